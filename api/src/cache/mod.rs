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

/// One revision and all that is kept of it.
#[derive(Debug)]
pub struct Generation {
    pub revision: i32,
    pub records: Records,
    pub responses: Responses,
    lengths: OnceCell<ListLengths>,
}

impl Generation {
    fn new(revision: i32, bounds: Bounds) -> Self {
        Self {
            revision,
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
/// revision is answered from an older one later.
#[derive(Debug)]
pub struct Current {
    bounds: Bounds,
    newest: watch::Sender<Arc<Generation>>,
}

impl Current {
    pub fn new(revision: i32, bounds: Bounds) -> Self {
        Self { bounds, newest: watch::Sender::new(Arc::new(Generation::new(revision, bounds))) }
    }

    pub fn generation(&self) -> Arc<Generation> {
        self.newest.borrow().clone()
    }

    /// Turns to a revision, unless it is no news.
    pub fn advance(&self, revision: i32) {
        self.newest.send_if_modified(|newest| {
            let news = revision > newest.revision;
            if news {
                *newest = Arc::new(Generation::new(revision, self.bounds));
            }
            news
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

    #[test]
    fn the_revision_never_goes_back() {
        let current = Current::new(3, Bounds { records: 0, responses: 0, documents: 0 });
        current.advance(5);
        current.advance(4);
        assert_eq!(current.generation().revision, 5);
    }
}
