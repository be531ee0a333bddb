//! The records and lists that the rows of an exported table refer to.

use std::{collections::HashMap, fmt::Display, sync::Arc};

use entities::{
    TableRow, body, chair_seat::Seat, document, event_party::EventRole, party, source, theme,
};
use sea_orm::{EntityName, Iterable, ModelTrait};
use serde_json::Value;

use super::column::{ValueSource, own_value};
use crate::store::{
    ReadError, Store,
    load::{
        AreaName, AreaNames, BatchLoad, Beneficiaries, Bodies, Citations, Instruments, Mechanisms,
        Parties, Proposers, RecordMeta, RecordMetaById, Seats, Shared, Themes, WorkAreas,
    },
};

/// A kind of related rows that fit into one cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum RelatedList {
    Themes,
    Sources,
    /// The locators of the citations, in the order of [`Sources`](Self::Sources).
    Locators,
    Parties(EventRole),
    Bodies,
    Seats(Seat),
    Beneficiaries,
    Proposers,
    Mechanisms,
    Instruments,
    Areas,
}

impl RelatedList {
    /// The database table of the records that the entries identify.
    pub fn target(self) -> Option<&'static str> {
        Some(match self {
            Self::Themes => theme::Entity.table_name(),
            Self::Sources => source::Entity.table_name(),
            Self::Locators | Self::Areas => return None,
            Self::Parties(_) | Self::Seats(_) | Self::Beneficiaries | Self::Proposers => {
                party::Entity.table_name()
            }
            Self::Bodies | Self::Mechanisms => body::Entity.table_name(),
            Self::Instruments => document::Entity.table_name(),
        })
    }
}

/// The records that the rows of a page refer to, fetched with one statement per relation.
#[derive(Default)]
pub(super) struct RelatedRecords {
    records: HashMap<i32, Option<RecordMeta>>,
    areas: HashMap<i32, Option<AreaName>>,
    lists: HashMap<(RelatedList, i32), Vec<Value>>,
}

/// The key in a column of a row.
fn key<E: TableRow>(row: &E::Model, column: E::Column) -> Option<i32> {
    match row.get(column) {
        sea_orm::Value::Int(key) => key,
        _ => None,
    }
}

impl RelatedRecords {
    /// Fetches everything that the columns need for these rows.
    pub async fn fetch<E: TableRow>(
        store: &Store,
        sources: &[ValueSource<E>],
        rows: &[E::Model],
    ) -> Result<Self, ReadError> {
        let mut related = Self::default();
        if rows.is_empty() {
            return Ok(related);
        }
        let keys = |column: E::Column| rows.iter().filter_map(move |row| key::<E>(row, column));
        let (mut records, mut areas) = (Vec::new(), Vec::new());
        for source in sources {
            match source {
                ValueSource::Own(_)
                | ValueSource::Choice(_)
                | ValueSource::Date(..)
                | ValueSource::Computed(_)
                | ValueSource::Authors(_) => {}
                ValueSource::Record(column, _) => records.extend(keys(*column)),
                ValueSource::Area(column, _) => areas.extend(keys(*column)),
                // One statement can fill several lists: this one may already be there.
                ValueSource::List(column, list) => {
                    let keys = distinct(keys(*column).collect());
                    if keys.iter().any(|key| !related.lists.contains_key(&(*list, *key))) {
                        related.fill(store, *list, &keys).await?;
                    }
                }
            }
        }
        if !records.is_empty() {
            related.records = RecordMetaById::fetch(store, &distinct(records)).await?;
        }
        if !areas.is_empty() {
            related.areas = AreaNames::fetch(store, &distinct(areas)).await?;
        }
        Ok(related)
    }

    /// The value of a row's cell.
    pub fn value<E: TableRow>(&self, source: &ValueSource<E>, row: &E::Model) -> Value {
        fn at<T>(
            of: &HashMap<i32, Option<T>>,
            key: Option<i32>,
            read: impl Fn(&T) -> Value,
        ) -> Value {
            key.and_then(|key| of.get(&key)?.as_ref()).map_or(Value::Null, read)
        }
        match source {
            ValueSource::Own(column) => own_value(row.get(*column)),
            ValueSource::Choice(column) => match own_value(row.get(*column)) {
                Value::String(stored) => Value::from(enum_value(&stored)),
                null => null,
            },
            ValueSource::Date(column, read) => match own_value(row.get(*column)) {
                Value::String(date) => date.parse().map_or(Value::Null, |date| read(&date)),
                null => null,
            },
            ValueSource::Computed(value) => value(row),
            ValueSource::Authors(column) => match own_value(row.get(*column)) {
                Value::Array(authors) => {
                    authors.iter().map(|author| author["name"].clone()).collect()
                }
                null => null,
            },
            ValueSource::Record(column, read) => at(&self.records, key::<E>(row, *column), read),
            ValueSource::Area(column, read) => {
                at(&self.areas, key::<E>(row, *column), |area| Value::from(read(area)))
            }
            ValueSource::List(column, list) => {
                let entries = key::<E>(row, *column).and_then(|key| self.lists.get(&(*list, key)));
                Value::from(entries.cloned().unwrap_or_default())
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
            RelatedList::Bodies => self.names::<Bodies, _>(store, list, keys, |it| &it.slug).await,
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
        name: impl Fn(&M) -> &dyn Display,
    ) -> Result<(), ReadError>
    where
        R: BatchLoad<Key = i32, Value = Shared<Arc<M>>>,
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

/// The name in the API of a stored enum value: `IN_PERSON` for `in-person`.
pub(super) fn enum_value(stored: &str) -> String {
    stored.replace('-', "_").to_uppercase()
}

/// Sorts the keys and removes duplicates.
fn distinct(mut keys: Vec<i32>) -> Vec<i32> {
    keys.sort_unstable();
    keys.dedup();
    keys
}
