//! In-memory caches, one set per revision. The data of a revision never changes, so entries never
//! become stale and are never invalidated: a new revision starts with empty caches, and the old
//! caches are freed when the last request that uses them ends.

mod responses;

use std::sync::Arc;

use tokio::sync::{OnceCell, watch};

pub use responses::{Lookup, ResponseKey, Responses};

use crate::{
    config::Caches,
    store::{
        FirstSlugs, ReadError, Store,
        lengths::ListLengths,
        load::RecordCache,
        states::{self, Recorded},
        version::{DataVersion, NewestVersion},
    },
};

/// Maximum size of each cache, in bytes; 0 disables it.
#[derive(Clone, Copy, Debug)]
pub struct CacheLimits {
    pub records: u64,
    pub responses: u64,
    pub documents: u64,
}

impl Caches {
    /// The limits in bytes.
    pub fn limits(&self) -> CacheLimits {
        CacheLimits {
            records: self.record_cache << 20,
            responses: self.response_cache << 20,
            documents: self.document_cache << 20,
        }
    }
}

/// A revision and its caches.
#[derive(Debug)]
pub struct RevisionCache {
    pub version: DataVersion,
    pub records: Arc<RecordCache>,
    pub responses: Responses,
    lengths: OnceCell<ListLengths>,
    first_slugs: OnceCell<Arc<FirstSlugs>>,
    revisions: OnceCell<Arc<[Recorded]>>,
}

impl RevisionCache {
    fn new(version: DataVersion, bounds: CacheLimits) -> Self {
        Self {
            version,
            records: Arc::new(RecordCache::new(bounds.records)),
            responses: Responses::new(bounds.responses),
            lengths: OnceCell::new(),
            first_slugs: OnceCell::new(),
            revisions: OnceCell::new(),
        }
    }

    /// Maximum lengths of the lists without pagination, read once per revision.
    pub async fn list_lengths(&self, store: &Store) -> Result<ListLengths, ReadError> {
        self.lengths.get_or_try_init(|| ListLengths::fetch(store)).await.copied()
    }

    /// The first slugs of renamed records, read once per revision.
    pub async fn first_slugs(&self, store: &Store) -> Result<Arc<FirstSlugs>, ReadError> {
        let read = async || FirstSlugs::fetch(store).await.map(Arc::new);
        self.first_slugs.get_or_try_init(read).await.cloned()
    }

    /// All revisions, read once per revision.
    pub async fn revisions(&self, store: &Store) -> Result<Arc<[Recorded]>, ReadError> {
        let read = async || states::recorded(store).await.map(Arc::from);
        self.revisions.get_or_try_init(read).await.cloned()
    }
}

/// The newest revision known to this process. It never decreases, so a client never receives an
/// older revision after a newer one, unless the database is replaced.
#[derive(Debug)]
pub struct CurrentRevision {
    bounds: CacheLimits,
    newest: watch::Sender<Arc<RevisionCache>>,
}

impl CurrentRevision {
    pub fn new(version: DataVersion, bounds: CacheLimits) -> Self {
        Self { bounds, newest: watch::Sender::new(Arc::new(RevisionCache::new(version, bounds))) }
    }

    pub fn revision_cache(&self) -> Arc<RevisionCache> {
        self.newest.borrow().clone()
    }

    /// Subscribes to the revisions. A slow receiver skips to the newest one.
    pub fn follow(&self) -> watch::Receiver<Arc<RevisionCache>> {
        self.newest.subscribe()
    }
}

impl NewestVersion for CurrentRevision {
    fn version(&self) -> DataVersion {
        self.newest.borrow().version
    }

    fn advance(&self, version: DataVersion) {
        self.newest.send_if_modified(|newest| {
            let is_news = version > newest.version;
            if is_news {
                *newest = Arc::new(RevisionCache::new(version, self.bounds));
            }
            is_news
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(epoch: u32, revision: i32) -> DataVersion {
        DataVersion { epoch, revision, ..DataVersion::default() }
    }

    #[test]
    fn the_revision_never_goes_back_within_a_database() {
        let current =
            CurrentRevision::new(at(0, 3), CacheLimits { records: 0, responses: 0, documents: 0 });
        current.advance(at(0, 5));
        current.advance(at(0, 4));
        assert_eq!(current.revision_cache().version, at(0, 5));
        current.advance(at(1, 2));
        current.advance(at(0, 6));
        assert_eq!(current.revision_cache().version, at(1, 2));
    }
}
