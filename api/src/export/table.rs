//! An exported table: the records of one kind, read page by page.

use async_graphql::registry::MetaType;
use entities::TableRow;
use futures_util::future::BoxFuture;
use sea_orm::{Condition, EntityName, EntityTrait};
use serde_json::Value;

use super::{
    column::{Column, Field, ValueSource, api_field, last_change, list_of},
    parameters::{self, BadParameter, ParsedFilter},
    related::{RelatedList, RelatedRecords},
};
use crate::{
    config::Limits,
    graphql::{REGISTRY, relay::node_type::NodeType},
    store::{
        ReadError, Store,
        list::{List, Position, Sort, Window},
    },
};

/// Rows per page: a trade-off between memory and the number of statements.
const PAGE: u64 = 500;

/// A table of any kind.
pub trait Exported: Send + Sync {
    /// The name in URLs, for example `chair-terms`.
    fn name(&self) -> &'static str;

    /// The name of the database table.
    fn entity(&self) -> &'static str;

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

    /// The number of rows that match the filter.
    fn count<'p>(
        &'p self,
        store: &'p Store,
        filter: Condition,
    ) -> BoxFuture<'p, Result<i64, ReadError>>;

    /// A page of the rows that match the filter, in ascending order of the tiebreak column, usually
    /// the slug.
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
    sources: Vec<ValueSource<T::Entity>>,
}

impl<T: NodeType> Table<T> {
    /// A table with the columns of the type's entity, in the entity's order.
    pub fn new(name: &'static str, key: &'static [&'static str]) -> Self {
        let mut table = Self { name, key, fields: Vec::new(), sources: Vec::new() };
        table.insert(0, Column::derived::<T>());
        table
    }

    /// Removes a column.
    pub fn without(mut self, name: &str) -> Self {
        let place = self.place(name);
        self.fields.remove(place);
        self.sources.remove(place);
        self
    }

    /// Inserts columns that the entity does not have.
    pub fn insert_before<const N: usize>(
        mut self,
        name: &str,
        columns: [Column<T::Entity>; N],
    ) -> Self {
        let place = self.place(name);
        self.insert(place, columns);
        self
    }

    /// Moves a column before another one, where the order is not the entity's.
    pub fn move_before(mut self, name: &str, moved: &str) -> Self {
        let from = self.place(moved);
        let column = Column { field: self.fields.remove(from), source: self.sources.remove(from) };
        self.insert_before(name, [column])
    }

    /// Sets the description of a column.
    pub fn describe(mut self, name: &str, description: &str) -> Self {
        let place = self.place(name);
        self.fields[place].description = description.to_owned();
        self
    }

    /// Appends the last change of each record.
    pub fn last_change(mut self) -> Self {
        self.insert(self.fields.len(), last_change(T::Entity::PRIMARY_KEY));
        self
    }

    /// Appends the citations and the last change of each record.
    pub fn sources(self) -> Self {
        self.sources_of(T::Entity::PRIMARY_KEY)
    }

    /// Appends the citations and the last change of the record with a key.
    pub fn sources_of(mut self, key: <T::Entity as EntityTrait>::Column) -> Self {
        let sources = list_of("sources", RelatedList::Sources, key)
            .described("The sources that support the record, at least one.");
        let locators = list_of("locators", RelatedList::Locators, key)
            .described("The place in each source, in the order of `sources`; empty if the source as a whole supports the record.");
        self.insert(self.fields.len(), [sources, locators]);
        self.insert(self.fields.len(), last_change(key));
        self
    }

    /// The rows that match the filter, in ascending order of the tiebreak column.
    fn list(filter: Condition) -> List<T::Entity> {
        let sort = Sort { column: T::Entity::TIEBREAK, descending: false };
        List { filter, sort, link: None }
    }

    fn place(&self, name: &str) -> usize {
        let place = self.fields.iter().position(|field| field.name == name);
        place.unwrap_or_else(|| panic!("the table {} has no column {name}", self.name))
    }

    /// A column without a description takes that of the API's field of the same name.
    fn insert(&mut self, place: usize, columns: impl IntoIterator<Item = Column<T::Entity>>) {
        for (place, Column { mut field, source }) in (place..).zip(columns) {
            if field.description.is_empty()
                && let Some(same) = api_field::<T>(field.name)
            {
                field.description = one_line(same.description.as_deref());
            }
            self.fields.insert(place, field);
            self.sources.insert(place, source);
        }
    }
}

/// A description of the schema without its line breaks.
fn one_line(description: Option<&str>) -> String {
    description.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}

impl<T: NodeType> Exported for Table<T> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn entity(&self) -> &'static str {
        T::Entity::default().table_name()
    }

    fn key(&self) -> &'static [&'static str] {
        self.key
    }

    fn description(&self) -> String {
        match REGISTRY.types.get(T::type_name().as_ref()) {
            Some(MetaType::Object { description, .. }) => one_line(description.as_deref()),
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

    fn count<'p>(
        &'p self,
        store: &'p Store,
        filter: Condition,
    ) -> BoxFuture<'p, Result<i64, ReadError>> {
        Box::pin(async move { Self::list(filter).count(store, None).await })
    }

    fn page<'p>(
        &'p self,
        store: &'p Store,
        filter: Condition,
        after: Option<Position>,
    ) -> BoxFuture<'p, Result<Page, ReadError>> {
        let list = Self::list(filter);
        let sort = list.sort;
        let window = Window { limit: PAGE, backward: false, after, before: None };
        Box::pin(async move {
            let page = list.page(store, None, &window).await?;
            let related = RelatedRecords::fetch(store, &self.sources, &page.rows).await?;
            let value =
                |row| self.sources.iter().map(|source| related.value(source, row)).collect();
            let next = page.rows.last().filter(|_| page.more).map(|last| sort.position(last));
            Ok(Page { rows: page.rows.iter().map(value).collect(), next })
        })
    }
}
