//! The knowledge base as a whole.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entities::{EdtfDate, record, record::RecordKind, revision, source};
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

/// The newest revision, and the version and the reach of the dataset.
#[derive(Clone, Debug)]
pub struct Summary {
    pub revision: i32,
    pub updated_at: DateTime<Utc>,
    /// The hash of the content in hexadecimal digits.
    pub content_hash: String,
    pub version: Option<String>,
    /// The period of the newest facts.
    pub collected_until: Option<EdtfDate>,
}

heap_size! {
    Summary { content_hash version collected_until }
}

/// The newest revision, and what the newest import told of its dataset; `None` if the knowledge
/// base is empty.
pub async fn summary(store: &Store) -> Result<Option<Summary>, ReadError> {
    let revisions = || revision::Entity::find().order_by_desc(revision::Column::Id).limit(1);
    let newest: Vec<revision::Model> = store.models(revisions().into_query()).await?;
    let Some(newest) = newest.into_iter().next() else { return Ok(None) };
    let (revision, updated_at) = (newest.id, newest.created_at);
    let content_hash = newest.content_hash.clone().unwrap_or_default();
    let imported = match newest.dataset_version {
        Some(_) => Some(newest),
        None => {
            let imports = revisions().filter(revision::Column::DatasetVersion.is_not_null());
            store.models(imports.into_query()).await?.into_iter().next()
        }
    };
    let (version, collected_until) = imported
        .map(|imported: revision::Model| (imported.dataset_version, imported.collected_until))
        .unwrap_or_default();
    Ok(Some(Summary { revision, updated_at, content_hash, version, collected_until }))
}

impl Summary {
    /// The path of this state, for ever: its version, or else the hash of its content.
    pub fn path(&self) -> String {
        format!("/at/{}", self.version.as_ref().unwrap_or(&self.content_hash))
    }
}

/// The primary key of the source that was published last; `None` if no source is dated.
pub async fn newest_source(store: &Store) -> Result<Option<i32>, ReadError> {
    let select = source::Entity::find()
        .select_only()
        .column(source::Column::Id)
        .filter(source::Column::LastDay.is_not_null())
        .order_by_desc(source::Column::LastDay)
        .order_by_asc(source::Column::Slug)
        .limit(1)
        .into_query();
    match store.rows(select).await?.first() {
        Some(row) => Ok(row.try_get_by_index(0)?),
        None => Ok(None),
    }
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
