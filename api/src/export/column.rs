//! The columns of exported tables. The CSV header, the JSON keys and the fields of the data package are all
//! generated from them.

use std::collections::HashMap;

use async_graphql::resolver_utils::EnumType;
use chrono::{DateTime, SecondsFormat, Utc};
use entities::{EdtfDate, Names, PartyCode, Slug, chair_seat::Seat, event_party::EventRole};
use sea_orm::Iterable;
use serde_json::Value;

use crate::store::{
    ReadError, Store,
    load::{
        AreaName, AreaNames, BatchLoad, Beneficiaries, Citations, Instruments, Mechanisms, Parties,
        Proposers, RecordMeta, RecordMetaById, Seats, Shared, Themes, WorkAreas,
    },
};

/// The type of a column's values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    Text,
    Integer,
    Number,
    Boolean,
    /// A year, a month or a day.
    Date,
    /// A timestamp in UTC.
    Moment,
    /// One of these values.
    Choice(Vec<&'static str>),
    /// A list of strings.
    List,
}

/// The primary key of another table, as the target of a reference.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    pub table: &'static str,
    pub field: &'static str,
}

/// The public definition of a column.
#[derive(Clone, Debug)]
pub struct Field {
    pub name: &'static str,
    /// Empty until `Table::with` inserts the description of the API's field of the same name.
    pub description: String,
    pub r#type: Type,
    pub required: bool,
    pub refers_to: Option<Target>,
}

/// A column and the source of its values.
pub(super) struct Column<M> {
    pub field: Field,
    pub source: ValueSource<M>,
}

type Key<M> = Box<dyn Fn(&M) -> Option<i32> + Send + Sync>;
type Read<T> = Box<dyn Fn(&T) -> Value + Send + Sync>;

/// The source of a column's values.
pub(super) enum ValueSource<M> {
    /// A field of the row itself.
    Row(Read<M>),
    /// Metadata of the row's own record, or of a record that it refers to.
    RecordMeta(Key<M>, Read<RecordMeta>),
    /// A work area that the row refers to.
    Area(Key<M>, Read<AreaName>),
    /// A list of related rows.
    List(RelatedList, fn(&M) -> i32),
}

/// A kind of related rows that fit into one cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum RelatedList {
    Themes,
    Sources,
    /// The locators of the citations, in the order of [`Sources`](Self::Sources).
    Locators,
    Parties(EventRole),
    Seats(Seat),
    Beneficiaries,
    Proposers,
    Mechanisms,
    Instruments,
    Areas,
}

pub(super) const BODIES: Target = Target { table: "bodies", field: "slug" };
pub(super) const CHAIR_TERMS: Target = Target { table: "chair-terms", field: "slug" };
pub(super) const DOCUMENTS: Target = Target { table: "documents", field: "slug" };
pub(super) const EVENTS: Target = Target { table: "events", field: "slug" };
pub(super) const INITIATIVES: Target = Target { table: "initiatives", field: "slug" };
pub(super) const PARTIES: Target = Target { table: "parties", field: "code" };
pub(super) const REVISIONS: Target = Target { table: "revisions", field: "number" };
pub(super) const SOURCES: Target = Target { table: "sources", field: "slug" };
pub(super) const THEMES: Target = Target { table: "themes", field: "slug" };
pub(super) const WORK_PROGRAMMES: Target = Target { table: "work-programmes", field: "slug" };

impl<M> Column<M> {
    fn new(name: &'static str, r#type: Type, required: bool, source: ValueSource<M>) -> Self {
        // An empty list is an empty cell.
        let required = required && r#type != Type::List;
        let field = Field { name, description: String::new(), r#type, required, refers_to: None };
        Self { field, source }
    }

    pub fn to(mut self, target: Target) -> Self {
        self.field.refers_to = Some(target);
        self
    }
}

/// Overrides the description of the API's field.
pub(super) fn described<M>(description: &str, mut column: Column<M>) -> Column<M> {
    column.field.description = description.to_owned();
    column
}

/// A column for a field of the row itself.
pub(super) fn own_column<M: 'static, C: Cell + 'static>(
    name: &'static str,
    value: fn(&M) -> C,
) -> Column<M> {
    let source = ValueSource::Row(Box::new(move |row| value(row).cell()));
    Column::new(name, C::r#type(), C::REQUIRED, source)
}

/// A required reference: the slug or code of another record.
pub(super) fn belongs_to<M: 'static>(
    name: &'static str,
    to: Target,
    key: fn(&M) -> i32,
) -> Column<M> {
    metadata(name, key, |head| head.slug.clone()).to(to)
}

/// An optional reference: the slug or code of another record, or null.
pub(super) fn references<M: 'static>(
    name: &'static str,
    to: Target,
    key: fn(&M) -> Option<i32>,
) -> Column<M> {
    let source =
        ValueSource::RecordMeta(Box::new(key), Box::new(|head| Value::from(head.slug.as_str())));
    Column::new(name, Type::Text, false, source).to(to)
}

/// A column for metadata of a record.
pub(super) fn metadata<M: 'static, C: Cell + 'static>(
    name: &'static str,
    key: fn(&M) -> i32,
    value: fn(&RecordMeta) -> C,
) -> Column<M> {
    let key: Key<M> = Box::new(move |row| Some(key(row)));
    let source = ValueSource::RecordMeta(key, Box::new(move |head| value(head).cell()));
    Column::new(name, C::r#type(), C::REQUIRED, source)
}

/// A column for a property of the work area that the row may refer to.
pub(super) fn area<M: 'static>(
    name: &'static str,
    to: Option<Target>,
    key: fn(&M) -> Option<i32>,
    value: fn(&AreaName) -> &String,
) -> Column<M> {
    let source =
        ValueSource::Area(Box::new(key), Box::new(move |area| Value::from(value(area).as_str())));
    let mut column = Column::new(name, Type::Text, false, source);
    column.field.refers_to = to;
    column
}

pub(super) fn list<M>(name: &'static str, list: RelatedList, key: fn(&M) -> i32) -> Column<M> {
    let mut column = Column::new(name, Type::List, false, ValueSource::List(list, key));
    column.field.refers_to = list.target();
    column
}

/// A type whose values can be stored in a cell.
pub(super) trait Cell {
    /// False if the value can be null.
    const REQUIRED: bool = true;

    fn r#type() -> Type;
    fn cell(self) -> Value;
}

impl<C: Cell> Cell for Option<C> {
    const REQUIRED: bool = false;

    fn r#type() -> Type {
        C::r#type()
    }

    fn cell(self) -> Value {
        self.map_or(Value::Null, C::cell)
    }
}

/// An enum value under its name in the API.
pub(super) struct EnumCell<T>(pub T);

impl<T: EnumType> Cell for EnumCell<T> {
    fn r#type() -> Type {
        Type::Choice(T::items().iter().map(|item| item.name).collect())
    }

    fn cell(self) -> Value {
        let item = T::items().iter().find(|item| item.value == self.0);
        Value::from(item.expect("an enum lists all its values").name)
    }
}

macro_rules! cells {
    ($($type:ty: $is:ident = |$value:ident| $cell:expr;)*) => {
        $(
            impl Cell for $type {
                fn r#type() -> Type {
                    Type::$is
                }

                fn cell(self) -> Value {
                    let $value = self;
                    Value::from($cell)
                }
            }
        )*
    };
}

cells! {
    String: Text = |text| text;
    Slug: Text = |slug| slug.to_string();
    PartyCode: Text = |code| code.to_string();
    i32: Integer = |number| number;
    f64: Number = |number| number;
    bool: Boolean = |truth| truth;
    EdtfDate: Date = |date| date.as_str();
    DateTime<Utc>: Moment = |moment| moment.to_rfc3339_opts(SecondsFormat::Secs, true);
    Names: List = |names| names.0;
}

impl RelatedList {
    fn target(self) -> Option<Target> {
        match self {
            Self::Themes => Some(THEMES),
            Self::Sources => Some(SOURCES),
            Self::Locators | Self::Areas => None,
            Self::Parties(_) | Self::Seats(_) | Self::Beneficiaries | Self::Proposers => {
                Some(PARTIES)
            }
            Self::Mechanisms => Some(BODIES),
            Self::Instruments => Some(DOCUMENTS),
        }
    }
}

/// The records that the rows of a page refer to, fetched with one statement per relation.
#[derive(Default)]
pub(super) struct RelatedRecords {
    heads: HashMap<i32, Option<RecordMeta>>,
    areas: HashMap<i32, Option<AreaName>>,
    lists: HashMap<(RelatedList, i32), Vec<Value>>,
}

impl RelatedRecords {
    /// Fetches everything that the columns need for these rows.
    pub async fn fetch<M>(
        store: &Store,
        sources: &[ValueSource<M>],
        rows: &[M],
    ) -> Result<Self, ReadError> {
        let mut linked = Self::default();
        if rows.is_empty() {
            return Ok(linked);
        }
        let (mut heads, mut areas) = (Vec::new(), Vec::new());
        for source in sources {
            match source {
                ValueSource::Row(_) => {}
                ValueSource::RecordMeta(key, _) => heads.extend(rows.iter().filter_map(key)),
                ValueSource::Area(key, _) => areas.extend(rows.iter().filter_map(key)),
                // One statement can fill several lists: this one may already be there.
                ValueSource::List(list, key) => {
                    let keys: Vec<i32> = rows.iter().map(key).collect();
                    if !linked.lists.contains_key(&(*list, keys[0])) {
                        linked.fill(store, *list, &distinct(keys)).await?;
                    }
                }
            }
        }
        if !heads.is_empty() {
            linked.heads = RecordMetaById::fetch(store, &distinct(heads)).await?;
        }
        if !areas.is_empty() {
            linked.areas = AreaNames::fetch(store, &distinct(areas)).await?;
        }
        Ok(linked)
    }

    /// The value of a row's cell.
    pub fn value<M>(&self, source: &ValueSource<M>, row: &M) -> Value {
        fn at<T>(of: &HashMap<i32, Option<T>>, key: Option<i32>, read: &Read<T>) -> Value {
            key.and_then(|key| of.get(&key)?.as_ref()).map_or(Value::Null, read)
        }
        match source {
            ValueSource::Row(read) => read(row),
            ValueSource::RecordMeta(key, read) => at(&self.heads, key(row), read),
            ValueSource::Area(key, read) => at(&self.areas, key(row), read),
            ValueSource::List(list, key) => {
                Value::from(self.lists.get(&(*list, key(row))).cloned().unwrap_or_default())
            }
        }
    }

    /// Fetches a list, and all lists that the same statement returns.
    async fn fill(
        &mut self,
        store: &Store,
        list: RelatedList,
        keys: &[i32],
    ) -> Result<(), ReadError> {
        match list {
            RelatedList::Themes => self.names::<Themes, _>(store, list, keys, |it| &it.slug).await,
            RelatedList::Mechanisms => {
                self.names::<Mechanisms, _>(store, list, keys, |it| &it.slug).await
            }
            RelatedList::Instruments => {
                self.names::<Instruments, _>(store, list, keys, |it| &it.slug).await
            }
            RelatedList::Proposers => {
                self.names::<Proposers, _>(store, list, keys, |it| &it.code).await
            }
            RelatedList::Beneficiaries => {
                self.names::<Beneficiaries, _>(store, list, keys, |it| &it.code).await
            }
            RelatedList::Areas => {
                self.names::<WorkAreas, _>(store, list, keys, |it| &it.name).await
            }
            RelatedList::Sources | RelatedList::Locators => {
                self.open(&[RelatedList::Sources, RelatedList::Locators], keys);
                for (key, cited) in Citations::fetch(store, keys).await? {
                    for citation in cited.iter() {
                        self.add(RelatedList::Sources, key, citation.source.slug.as_str());
                        self.add(RelatedList::Locators, key, citation.locator.as_deref());
                    }
                }
                Ok(())
            }
            RelatedList::Parties(_) => {
                let roles: Vec<EventRole> = EventRole::iter().collect();
                let lists: Vec<RelatedList> =
                    roles.iter().copied().map(RelatedList::Parties).collect();
                self.open(&lists, keys);
                let pairs = keys.iter().flat_map(|key| roles.iter().map(|role| (*key, *role)));
                let pairs: Vec<_> = pairs.collect();
                for ((key, role), parties) in Parties::fetch(store, &pairs).await? {
                    for party in parties.iter() {
                        self.add(RelatedList::Parties(role), key, party.code.as_str());
                    }
                }
                Ok(())
            }
            RelatedList::Seats(_) => {
                self.open(&[RelatedList::Seats(Seat::Asean), RelatedList::Seats(Seat::Plus)], keys);
                for (key, seats) in Seats::fetch(store, keys).await? {
                    for (seat, party) in seats.iter() {
                        self.add(RelatedList::Seats(*seat), key, party.code.as_str());
                    }
                }
                Ok(())
            }
        }
    }

    /// Fetches a list of related rows and stores a name for each.
    async fn names<R, M>(
        &mut self,
        store: &Store,
        list: RelatedList,
        keys: &[i32],
        name: impl Fn(&M) -> &dyn std::fmt::Display,
    ) -> Result<(), ReadError>
    where
        R: BatchLoad<Key = i32, Value = Shared<std::sync::Arc<M>>>,
    {
        self.open(&[list], keys);
        for (key, rows) in R::fetch(store, keys).await? {
            for row in rows.iter() {
                self.add(list, key, name(row).to_string());
            }
        }
        Ok(())
    }

    fn open(&mut self, lists: &[RelatedList], keys: &[i32]) {
        let pairs = lists.iter().flat_map(|list| keys.iter().map(|key| (*list, *key)));
        self.lists.extend(pairs.map(|pair| (pair, Vec::new())));
    }

    fn add(&mut self, list: RelatedList, key: i32, value: impl Into<Value>) {
        self.lists.entry((list, key)).or_default().push(value.into());
    }
}

/// Sorts the keys and removes duplicates.
fn distinct(mut keys: Vec<i32>) -> Vec<i32> {
    keys.sort_unstable();
    keys.dedup();
    keys
}
