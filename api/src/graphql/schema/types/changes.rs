use async_graphql::{ID, SimpleObject};

use super::{
    dataset::KindCount,
    enums::{ChangeAction, RecordKind},
};
use crate::{
    graphql::{relay::global_id::GlobalId, schema::scalars::DateTime},
    store::{ReadError, Store, changes::Changes, dataset},
};

/// A new revision of the knowledge base.
#[derive(SimpleObject)]
pub struct DatasetChange {
    /// The number of the newest revision.
    revision: i32,
    /// When the newest revision was written.
    updated_at: DateTime,
    /// The version of the newest imported dataset; null if none was imported.
    version: Option<String>,
    /// The number of records of each kind, including kinds without records.
    counts: Vec<KindCount>,
}

impl DatasetChange {
    /// The current state of the knowledge base; `None` while it is empty.
    pub(crate) async fn now(store: &Store) -> Result<Option<Self>, ReadError> {
        let Some(summary) = dataset::summary(store).await? else { return Ok(None) };
        let counts = dataset::counts(store).await?;
        Ok(Some(Self {
            revision: summary.revision,
            updated_at: DateTime(summary.updated_at),
            version: summary.version,
            counts: counts.into_iter().map(KindCount::from).collect(),
        }))
    }

    pub(crate) fn number(&self) -> i32 {
        self.revision
    }
}

/// The records that new revisions changed.
#[derive(SimpleObject)]
pub struct RecordsChange {
    /// The number of the newest revision that the message covers.
    revision: i32,
    /// The number of changed records of the requested kinds.
    total_count: i64,
    /// The changed records, each once, in the order in which they were first changed; at most
    /// 1,000. A record that was created and removed again is not listed.
    records: Vec<ChangedRecord>,
}

/// A changed record.
#[derive(SimpleObject)]
pub struct ChangedRecord {
    /// The record's global id, for `node` and for client caches.
    id: ID,
    /// The kind of the record.
    kind: RecordKind,
    /// The record's slug, or a party's code.
    slug: String,
    /// The slug with which the record was created, if it was renamed since; null otherwise. The
    /// global id contains it and does not change.
    first_slug: Option<String>,
    /// The net change of the record over all revisions that the message covers.
    change: ChangeAction,
}

impl RecordsChange {
    pub(crate) fn new(revision: i32, changes: Changes) -> Self {
        let record = |record: crate::store::changes::Changed| ChangedRecord {
            id: GlobalId::record(record.kind, record.first_slug.as_deref().unwrap_or(&record.slug)),
            kind: record.kind.into(),
            slug: record.slug,
            first_slug: record.first_slug,
            change: record.action.into(),
        };
        Self {
            revision,
            total_count: changes.total,
            records: changes.records.into_iter().map(record).collect(),
        }
    }
}
