//! The changes that an import makes: the difference between the dataset and the latest entries of
//! the change log, which are the content of the database.

use std::collections::{HashMap, HashSet};

use entities::{change, record, record::RecordKind, slug_alias};
use sea_orm::{
    ActiveEnum, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QuerySelect,
};
use serde_json::Value;

use super::ImportError;
use crate::{
    dataset::{Dataset, Record},
    history::newest_changes,
};

/// Primary keys of records by slug.
pub(crate) type Ids = HashMap<String, i32>;

#[derive(Default)]
pub(crate) struct Plan<'d> {
    pub created: Vec<&'d Record>,
    pub updated: Vec<Update<'d>>,
    pub removed: Vec<Removal>,
    pub unchanged: usize,
    pub absent: usize,
    /// The keys of existing records, by their slug after the import.
    pub ids: Ids,
    /// The keys of existing records, by their former slugs.
    pub aliases: Ids,
}

pub(crate) struct Update<'d> {
    pub id: i32,
    pub record: &'d Record,
    /// None if the record was removed earlier and is restored now.
    pub before: Option<Value>,
    pub renamed_from: Option<String>,
}

pub(crate) struct Removal {
    pub id: i32,
    pub kind: RecordKind,
    pub before: Value,
}

pub(super) fn json(record: &Record) -> Value {
    serde_json::to_value(record).expect("a record has only string keys")
}

impl<'d> Plan<'d> {
    pub(super) async fn make(
        txn: &DatabaseTransaction,
        dataset: &'d Dataset,
        prune: bool,
    ) -> Result<Self, ImportError> {
        let existing = record::Entity::find().all(txn).await?;
        let by_slug: HashMap<&str, &record::Model> =
            existing.iter().map(|record| (record.slug.as_str(), record)).collect();
        let slugs: HashMap<i32, &str> =
            existing.iter().map(|record| (record.id, record.slug.as_str())).collect();
        let aliases: Ids = slug_alias::Entity::find()
            .all(txn)
            .await?
            .into_iter()
            .map(|alias| (alias.slug, alias.record_id))
            .collect();
        let mut content = latest(txn).await?;

        let mut plan = Self::default();
        let mut kept: HashSet<i32> = HashSet::new();
        for record in &dataset.records {
            let former = || record.former_slugs.iter().find_map(|slug| by_slug.get(slug.as_str()));
            let found = by_slug.get(record.slug.as_str()).or_else(former);
            let own = std::iter::once(&record.slug).chain(&record.former_slugs);
            for (slug, owner) in own.filter_map(|slug| Some((slug, aliases.get(slug)?))) {
                if found.is_none_or(|found| found.id != *owner) {
                    return Err(ImportError::SlugTaken {
                        slug: slug.clone(),
                        owner: slugs[owner].to_owned(),
                    });
                }
            }
            let Some(found) = found else {
                plan.created.push(record);
                continue;
            };
            if found.kind != record.kind() {
                return Err(ImportError::KindChanged {
                    slug: record.slug.clone(),
                    database: found.kind.to_value(),
                    dataset: record.kind().to_value(),
                });
            }
            kept.insert(found.id);
            plan.ids.insert(record.slug.clone(), found.id);
            let before = content.remove(&found.id).flatten();
            if found.removed_in.is_none() && before.as_ref() == Some(&json(record)) {
                plan.unchanged += 1;
            } else {
                let renamed_from = (found.slug != record.slug).then(|| found.slug.clone());
                plan.updated.push(Update { id: found.id, record, before, renamed_from });
            }
        }
        for record in &existing {
            if kept.contains(&record.id) || record.removed_in.is_some() {
                continue;
            }
            let before = content.remove(&record.id).flatten().unwrap_or_default();
            if prune || no_longer_follows(&before, dataset) {
                plan.removed.push(Removal { id: record.id, kind: record.kind, before });
            } else {
                plan.absent += 1;
            }
        }
        plan.aliases = aliases;
        Ok(plan)
    }

    /// The records that are written.
    pub(super) fn records(&self) -> impl Iterator<Item = &'d Record> {
        let updated = self.updated.iter().map(|update| update.record);
        self.created.iter().copied().chain(updated)
    }

    /// The plan that writes records whose rows in `record` and whose aliases exist already.
    pub(crate) fn of_new(records: &'d [Record], aliases: Ids) -> Self {
        Self { created: records.iter().collect(), aliases, ..Self::default() }
    }
}

/// Whether the content is a derived contribution whose original record is in the dataset. The dataset no longer
/// derives it, so it is removed.
fn no_longer_follows(content: &Value, dataset: &Dataset) -> bool {
    let origin = content["event"].as_str().or(content["chair_term"].as_str());
    content["derived"] == true
        && origin.is_some_and(|origin| dataset.records.iter().any(|record| record.slug == origin))
}

/// The content of every record: the latest `after` in its change log, none if it was removed.
async fn latest(txn: &DatabaseTransaction) -> Result<HashMap<i32, Option<Value>>, DbErr> {
    let rows: Vec<(i32, Option<Value>)> = change::Entity::find()
        .select_only()
        .columns([change::Column::RecordId, change::Column::After])
        .filter(change::Column::Id.in_subquery(newest_changes()))
        .into_tuple()
        .all(txn)
        .await?;
    Ok(rows.into_iter().collect())
}
