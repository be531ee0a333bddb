//! Rebuilds the state of an earlier revision.

use std::collections::{BTreeMap, HashMap};

use entities::{
    change::{self, ChangeAction},
    record::{self, RecordKind},
    revision, slug_alias,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr,
    EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, TransactionTrait,
};
use serde_json::Value;

use super::logged;
use crate::{
    import::{self, CHUNK, Ids, ImportError, NoProgress, Plan},
    search,
};

/// Why a state could not be rebuilt.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    #[error("the database failed: {0}")]
    Database(#[from] DbErr),
    #[error(transparent)]
    Import(#[from] ImportError),
    #[error("the change log has a record that this program can't read: `{slug}`: {cause}")]
    Record { slug: String, cause: serde_json::Error },
}

/// Writes the state of a revision into an empty SQLite database: its records, with the primary keys
/// that they have in `log`, and the history up to it.
pub async fn rebuild(
    log: &DatabaseConnection,
    upto: i32,
    state: &DatabaseConnection,
) -> Result<(), HistoryError> {
    import::migrate(state).await?;
    let txn = state.begin().await?;
    // A row can refer to rows that are written after it.
    txn.execute_unprepared("PRAGMA defer_foreign_keys = ON").await?;
    copy_revisions(log, upto, &txn).await?;
    let histories = replay(log, upto, &txn).await?;
    write_records(histories, &txn).await?;
    search::update(&txn).await?;
    txn.commit().await?;
    Ok(())
}

/// What the change log tells of a record.
struct RecordHistory {
    kind: RecordKind,
    slug: String,
    first_slug: Option<String>,
    former_slugs: Vec<String>,
    created_in: i32,
    updated_in: i32,
    removed_in: Option<i32>,
    /// The newest content; none if the record was removed.
    content: Option<Value>,
}

impl RecordHistory {
    fn new(kind: RecordKind, first_slug: Option<String>, first: &change::Model) -> Self {
        Self {
            kind,
            slug: slug(first),
            first_slug,
            former_slugs: Vec::new(),
            created_in: first.revision_id,
            updated_in: first.revision_id,
            removed_in: None,
            content: None,
        }
    }

    fn add(&mut self, entry: change::Model) {
        let slug = slug(&entry);
        if slug != self.slug {
            self.former_slugs.push(std::mem::replace(&mut self.slug, slug));
        }
        let content = entry.after.as_ref().or(entry.before.as_ref());
        let listed = content.and_then(|content| content["former_slugs"].as_array());
        for former in listed.into_iter().flatten().filter_map(Value::as_str) {
            if !self.former_slugs.iter().any(|slug| slug == former) {
                self.former_slugs.push(former.to_owned());
            }
        }
        self.updated_in = entry.revision_id;
        self.removed_in = (entry.action == ChangeAction::Removed).then_some(entry.revision_id);
        self.content = entry.after;
    }
}

/// The slug of a record after a change, or before it was removed.
fn slug(entry: &change::Model) -> String {
    let content = entry.after.as_ref().or(entry.before.as_ref());
    content.and_then(|content| content["slug"].as_str()).unwrap_or_default().to_owned()
}

async fn copy_revisions(
    log: &DatabaseConnection,
    upto: i32,
    txn: &DatabaseTransaction,
) -> Result<(), DbErr> {
    let revisions = revision::Entity::find()
        .filter(revision::Column::Id.lte(upto))
        .order_by_asc(revision::Column::Id)
        .all(log)
        .await?;
    let rows: Vec<_> = revisions.into_iter().map(IntoActiveModel::into_active_model).collect();
    for chunk in rows.chunks(CHUNK) {
        revision::Entity::insert_many(chunk.iter().cloned()).exec_without_returning(txn).await?;
    }
    Ok(())
}

/// Copies the change log, and returns what it tells of each record.
async fn replay(
    log: &DatabaseConnection,
    upto: i32,
    txn: &DatabaseTransaction,
) -> Result<BTreeMap<i32, RecordHistory>, DbErr> {
    let records: Vec<(i32, RecordKind, Option<String>)> = record::Entity::find()
        .select_only()
        .columns([record::Column::Id, record::Column::Kind, record::Column::FirstSlug])
        .into_tuple()
        .all(log)
        .await?;
    let mut records: HashMap<i32, _> =
        records.into_iter().map(|(id, kind, first_slug)| (id, (kind, first_slug))).collect();
    let mut histories: BTreeMap<i32, RecordHistory> = BTreeMap::new();
    let mut last = 0;
    loop {
        let entries = change::Entity::find()
            .filter(change::Column::RevisionId.lte(upto))
            .filter(change::Column::Id.gt(last))
            .order_by_asc(change::Column::Id)
            .limit(CHUNK as u64)
            .all(log)
            .await?;
        let Some(newest) = entries.last() else { return Ok(histories) };
        last = newest.id;
        let rows = entries.iter().cloned().map(IntoActiveModel::into_active_model);
        change::Entity::insert_many(rows).exec_without_returning(txn).await?;
        for entry in entries {
            let id = entry.record_id;
            if let Some((kind, first_slug)) = records.remove(&id) {
                histories.insert(id, RecordHistory::new(kind, first_slug, &entry));
            }
            if let Some(history) = histories.get_mut(&id) {
                history.add(entry);
            }
        }
    }
}

async fn write_records(
    histories: BTreeMap<i32, RecordHistory>,
    txn: &DatabaseTransaction,
) -> Result<(), HistoryError> {
    let rows: Vec<_> = histories
        .iter()
        .map(|(id, history)| record::ActiveModel {
            id: Set(*id),
            kind: Set(history.kind),
            slug: Set(history.slug.clone()),
            first_slug: Set(history.first_slug.clone().filter(|first| *first != history.slug)),
            created_in: Set(history.created_in),
            updated_in: Set(history.updated_in),
            removed_in: Set(history.removed_in),
        })
        .collect();
    for chunk in rows.chunks(CHUNK) {
        record::Entity::insert_many(chunk.iter().cloned()).exec_without_returning(txn).await?;
    }
    let aliases: Ids = histories
        .iter()
        .flat_map(|(id, history)| history.former_slugs.iter().map(|slug| (slug.clone(), *id)))
        .collect();
    let rows = aliases
        .iter()
        .map(|(slug, id)| slug_alias::ActiveModel { slug: Set(slug.clone()), record_id: Set(*id) });
    let rows: Vec<_> = rows.collect();
    for chunk in rows.chunks(CHUNK) {
        slug_alias::Entity::insert_many(chunk.iter().cloned()).exec_without_returning(txn).await?;
    }
    let (mut records, mut ids) = (Vec::new(), Ids::new());
    for (id, RecordHistory { kind, slug, content, .. }) in histories {
        let Some(content) = content else { continue };
        let record = logged::record(kind, content);
        records.push(record.map_err(|cause| HistoryError::Record { slug: slug.clone(), cause })?);
        ids.insert(slug, id);
    }
    let plan = Plan::of_new(&records, aliases);
    Ok(import::write(txn, &plan, &ids, &NoProgress).await?)
}
