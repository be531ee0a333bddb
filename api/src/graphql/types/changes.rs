use async_graphql::{ID, SimpleObject};

use super::{
    dataset::KindCount,
    kinds::{ChangeAction, RecordKind},
};
use crate::{
    graphql::{global_id::GlobalId, scalars::DateTime},
    store::{ReadError, Store, changes::Changes, dataset},
};

/// That the knowledge base has a new revision.
#[derive(SimpleObject)]
pub struct DatasetChange {
    /// The number of the newest revision.
    revision: i32,
    /// When it was written.
    updated_at: DateTime,
    /// The version of the newest imported dataset; null where nothing was imported.
    version: Option<String>,
    /// How many records of each kind there are now, kinds without any included.
    counts: Vec<KindCount>,
}

impl DatasetChange {
    /// Where the knowledge base stands now; none while it is empty.
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

/// Which records new revisions changed.
#[derive(SimpleObject)]
pub struct RecordsChange {
    /// The newest revision that is told of here.
    revision: i32,
    /// How many records of the kinds asked for changed.
    total_count: i64,
    /// The records, each once, in the order in which they were first changed; the first 1,000.
    records: Vec<ChangedRecord>,
}

/// A record that was changed.
#[derive(SimpleObject)]
pub struct ChangedRecord {
    /// The record's global id, for `node` and for caches.
    id: ID,
    /// The kind of the record.
    kind: RecordKind,
    /// The record's name in addresses, or a party's code.
    slug: String,
    /// What happened to it, from the state that was told before to the newest one.
    change: ChangeAction,
}

impl RecordsChange {
    pub(crate) fn new(revision: i32, changes: Changes) -> Self {
        let record = |record: crate::store::changes::Changed| ChangedRecord {
            id: GlobalId::record(record.kind, &record.slug),
            kind: record.kind.into(),
            slug: record.slug,
            change: record.action.into(),
        };
        Self {
            revision,
            total_count: changes.total,
            records: changes.records.into_iter().map(record).collect(),
        }
    }
}
