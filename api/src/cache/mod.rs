//! What is kept in memory, by revision. The data of a revision never changes, so nothing kept is
//! ever stale and nothing is invalidated: a new revision begins with empty caches, and those of the
//! one before go when the last request that reads them ends.

mod records;
mod responses;

use std::sync::Arc;

use tokio::sync::{OnceCell, watch};

pub use records::{Fresh, Kept, Records};
pub use responses::{Key, Lookup, Responses};

use crate::store::{ReadError, Store, lengths::ListLengths};

/// How much memory each cache may take, in bytes; none where it is 0.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    pub records: u64,
    pub responses: u64,
    pub documents: u64,
}

/// A state of the data: a revision of a database. Later ones are greater.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// How many databases this process has read before this one: a SQLite file can be replaced, PostgreSQL can
    /// be restored from a backup.
    pub epoch: u32,
    /// The number of the revision; 0 while the knowledge base is empty.
    pub revision: i32,
    /// When the revision was written, in microseconds since 1970. It tells two databases apart that are at
    /// revisions of the same number.
    pub written_at: i64,
}

impl Version {
    /// A revision of the same database, whenever it was written.
    pub fn all_of(self, revision: i32) -> Self {
        Self { epoch: self.epoch, revision, written_at: i64::MAX }
    }
}

/// One revision and all that is kept of it.
#[derive(Debug)]
pub struct Generation {
    pub version: Version,
    pub records: Records,
    pub responses: Responses,
    lengths: OnceCell<ListLengths>,
}

impl Generation {
    fn new(version: Version, bounds: Bounds) -> Self {
        Self {
            version,
            records: Records::new(bounds.records),
            responses: Responses::new(bounds.responses),
            lengths: OnceCell::new(),
        }
    }

    /// How long the lists without pages are. Read once for a revision.
    pub async fn list_lengths(&self, store: &Store) -> Result<ListLengths, ReadError> {
        self.lengths.get_or_try_init(|| ListLengths::fetch(store)).await.copied()
    }
}

/// The newest revision that this process knows of. It only ever grows, so nobody who has seen a
/// revision is answered from an older one later, unless the database is another.
#[derive(Debug)]
pub struct Current {
    bounds: Bounds,
    newest: watch::Sender<Arc<Generation>>,
}

impl Current {
    pub fn new(version: Version, bounds: Bounds) -> Self {
        Self { bounds, newest: watch::Sender::new(Arc::new(Generation::new(version, bounds))) }
    }

    pub fn generation(&self) -> Arc<Generation> {
        self.newest.borrow().clone()
    }

    /// Turns to a version, unless it is no news.
    pub fn advance(&self, version: Version) {
        self.newest.send_if_modified(|newest| {
            let is_news = version > newest.version;
            if is_news {
                *newest = Arc::new(Generation::new(version, self.bounds));
            }
            is_news
        });
    }

    /// Follows the revisions. Who reads slowly gets the newest only.
    pub fn follow(&self) -> watch::Receiver<Arc<Generation>> {
        self.newest.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(epoch: u32, revision: i32) -> Version {
        Version { epoch, revision, written_at: 0 }
    }

    #[test]
    fn the_revision_never_goes_back_within_a_database() {
        let current = Current::new(at(0, 3), Bounds { records: 0, responses: 0, documents: 0 });
        current.advance(at(0, 5));
        current.advance(at(0, 4));
        assert_eq!(current.generation().version, at(0, 5));
        current.advance(at(1, 2));
        current.advance(at(0, 6));
        assert_eq!(current.generation().version, at(1, 2));
    }
}
