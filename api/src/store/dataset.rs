//! The knowledge base as a whole.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entities::{record, record::RecordKind, revision};
use sea_orm::{
    ActiveEnum, ColumnTrait, EntityTrait, Iterable, QueryFilter, QueryOrder, QuerySelect,
};

use super::{ReadError, Store};

/// The name of the dataset.
pub const NAME: &str = "ASEAN Defence Cooperation Knowledge Base";
/// The licence of the data, as an SPDX identifier.
pub const LICENCE: &str = "CC-BY-4.0";

/// Where the knowledge base stands.
#[derive(Clone, Debug)]
pub struct Summary {
    pub revision: i32,
    pub updated_at: DateTime<Utc>,
    pub version: Option<String>,
}

/// Where the knowledge base stands; none while it is empty.
pub async fn summary(store: &Store) -> Result<Option<Summary>, ReadError> {
    let Some(newest) = store.newest_revision().await? else { return Ok(None) };
    let version = match newest.dataset_version {
        Some(version) => Some(version),
        None => revision::Entity::find()
            .filter(revision::Column::DatasetVersion.is_not_null())
            .order_by_desc(revision::Column::Id)
            .one(&store.db())
            .await?
            .and_then(|revision| revision.dataset_version),
    };
    Ok(Some(Summary { revision: newest.id, updated_at: newest.created_at, version }))
}

/// How many records of each kind there are.
pub async fn counts(store: &Store) -> Result<Vec<(RecordKind, i64)>, ReadError> {
    let counts: Vec<(RecordKind, i64)> = record::Entity::find()
        .select_only()
        .column(record::Column::Kind)
        .column_as(record::Column::Id.count(), "count")
        .filter(record::Column::RemovedIn.is_null())
        .group_by(record::Column::Kind)
        .into_tuple()
        .all(&store.db())
        .await?;
    let counts: HashMap<String, i64> =
        counts.into_iter().map(|(kind, count)| (kind.to_value(), count)).collect();
    let count = |kind: RecordKind| (kind, counts.get(&kind.to_value()).copied().unwrap_or(0));
    Ok(RecordKind::iter().map(count).collect())
}
