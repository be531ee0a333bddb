//! An exported table: the records of one kind, read page by page.

use async_graphql::{OutputType, registry::MetaType};
use futures_util::future::BoxFuture;
use sea_orm::Condition;
use serde_json::Value;

use super::{
    column::{Column, Field, RelatedRecords, ValueSource},
    parameters::{self, BadParameter, ParsedFilter},
};
use crate::{
    graphql::{
        Limits, REGISTRY,
        relay::connection::{NodeType, Row},
    },
    store::{
        ReadError, Store,
        entity::Sortable,
        list::{List, Position, Sort, Window},
    },
};

/// Rows per page: a trade-off between memory and the number of statements.
const PAGE: u64 = 500;

/// A table of any kind.
pub trait Exported: Send + Sync {
    /// The name in URLs, for example `chair-terms`.
    fn name(&self) -> &'static str;

    /// The fields of the primary key.
    fn key(&self) -> &'static [&'static str];

    /// What a row is: the description of its type in the API.
    fn description(&self) -> String;

    fn fields(&self) -> &[Field];

    /// Parses the query parameters of a URL as a filter. An error says what to write instead.
    fn filter(
        &self,
        parameters: &[(String, String)],
        limits: &Limits,
    ) -> Result<ParsedFilter, BadParameter>;

    /// A page of the rows that match the filter, in ascending order of the tiebreak column, usually the slug.
    fn page<'p>(
        &'p self,
        store: &'p Store,
        filter: Condition,
        after: Option<Position>,
    ) -> BoxFuture<'p, Result<Page, ReadError>>;
}

/// A page of rows, each with a value for every field.
pub struct Page {
    pub rows: Vec<Vec<Value>>,
    /// The position after which the next page begins; none on the last page.
    pub next: Option<Position>,
}

/// The records of a type of the API as a table.
pub(super) struct Table<T: NodeType> {
    name: &'static str,
    key: &'static [&'static str],
    fields: Vec<Field>,
    sources: Vec<ValueSource<Row<T>>>,
}

impl<T: NodeType> Table<T> {
    pub fn new(name: &'static str, key: &'static [&'static str]) -> Self {
        Self { name, key, fields: Vec::new(), sources: Vec::new() }
    }

    /// Adds columns. A column without a description takes that of the API's field of the same name.
    pub fn with<const N: usize>(mut self, columns: [Column<Row<T>>; N]) -> Self {
        for Column { mut field, source } in columns {
            if field.description.is_empty()
                && let Some(MetaType::Object { fields, .. }) = api_type::<T>()
                && let Some(same) = fields.get(&camel_case(field.name))
            {
                field.description = same.description.clone().unwrap_or_default();
            }
            self.fields.push(field);
            self.sources.push(source);
        }
        self
    }
}

impl<T: NodeType> Exported for Table<T> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn key(&self) -> &'static [&'static str] {
        self.key
    }

    fn description(&self) -> String {
        match api_type::<T>() {
            Some(MetaType::Object { description: Some(description), .. }) => description.clone(),
            _ => String::new(),
        }
    }

    fn fields(&self) -> &[Field] {
        &self.fields
    }

    fn filter(
        &self,
        parameters: &[(String, String)],
        limits: &Limits,
    ) -> Result<ParsedFilter, BadParameter> {
        parameters::read::<T::Filter>(&REGISTRY, parameters, limits)
    }

    fn page<'p>(
        &'p self,
        store: &'p Store,
        filter: Condition,
        after: Option<Position>,
    ) -> BoxFuture<'p, Result<Page, ReadError>> {
        let sort: Sort<T::Entity> = Sort { column: T::Entity::TIEBREAK, descending: false };
        let list = List { filter, sort, link: None };
        let window = Window { limit: PAGE, backward: false, after, before: None };
        Box::pin(async move {
            let page = list.page(store, None, &window).await?;
            let linked = RelatedRecords::fetch(store, &self.sources, &page.rows).await?;
            let value = |row| self.sources.iter().map(|source| linked.value(source, row)).collect();
            let next = page.rows.last().filter(|_| page.more).map(|last| sort.position(last));
            Ok(Page { rows: page.rows.iter().map(value).collect(), next })
        })
    }
}

fn api_type<T: OutputType>() -> Option<&'static MetaType> {
    REGISTRY.types.get(T::type_name().as_ref())
}

/// Converts a column name from snake_case to the API's camelCase.
fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let (initial, rest) = word.split_at(1);
        name + &initial.to_uppercase() + rest
    })
}
