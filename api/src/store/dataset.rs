//! The knowledge base as a whole.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entities::{record, record::RecordKind, revision};
use sea_orm::{
    ActiveEnum, ColumnTrait, EntityTrait, IdenStatic, Iterable, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait,
};

use super::{ReadError, Store};
use crate::heap_size::heap_size;

/// The name of the dataset.
pub const NAME: &str = "ASEAN Defence Cooperation Knowledge Base";
/// The licence of the data, as an SPDX identifier.
pub const LICENCE: &str = "CC-BY-4.0";

/// The newest revision and the version of the dataset.
#[derive(Clone, Debug)]
pub struct Summary {
    pub revision: i32,
    pub updated_at: DateTime<Utc>,
    pub version: Option<String>,
}

heap_size! {
    Summary { version }
}

/// The newest revision and the latest known version of the dataset; `None` if the knowledge base is
/// empty.
pub async fn summary(store: &Store) -> Result<Option<Summary>, ReadError> {
    let revisions = || revision::Entity::find().order_by_desc(revision::Column::Id).limit(1);
    let newest: Vec<revision::Model> = store.models(revisions().into_query()).await?;
    let Some(newest) = newest.into_iter().next() else { return Ok(None) };
    let version = match newest.dataset_version {
        Some(version) => Some(version),
        None => {
            let named = revisions().filter(revision::Column::DatasetVersion.is_not_null());
            let named: Vec<revision::Model> = store.models(named.into_query()).await?;
            named.into_iter().find_map(|revision| revision.dataset_version)
        }
    };
    Ok(Some(Summary { revision: newest.id, updated_at: newest.created_at, version }))
}

const COUNT: &str = "how_many";

/// Number of records of each kind, 0 included.
pub async fn counts(store: &Store) -> Result<Vec<(RecordKind, i64)>, ReadError> {
    let select = record::Entity::find()
        .select_only()
        .column(record::Column::Kind)
        .column_as(record::Column::Id.count(), COUNT)
        .filter(record::Column::RemovedIn.is_null())
        .group_by(record::Column::Kind)
        .into_query();
    let mut counts: HashMap<String, i64> = HashMap::new();
    for row in store.rows(select).await? {
        counts.insert(row.try_get("", record::Column::Kind.as_str())?, row.try_get("", COUNT)?);
    }
    let count = |kind: RecordKind| (kind, counts.get(&kind.to_value()).copied().unwrap_or(0));
    Ok(RecordKind::iter().map(count).collect())
}
