//! Batched reads with the `dataloader` crate: what the resolvers of one level load is fetched with
//! one statement, or comes from the record cache. Loaders live for one request.

pub mod evidence;
mod links;
mod pages;
mod record_cache;
mod rows;

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    fmt::Debug,
    future::Future,
    hash::Hash,
    sync::{Arc, Mutex},
};

use dataloader::{BatchFn, cached};

use super::{
    ReadError, Store,
    version::{DataVersion, Observed, RevisionTracker},
};
use crate::{
    heap_size::HeapSize,
    metrics::{CacheKind, METRICS},
};
pub use evidence::{Evidence, EvidenceCounts, cites_kind, has_independent_sources, has_sources};
pub use links::{
    Beneficiaries, Bodies, Citations, Cited, Instruments, Mechanisms, Parties, Proposers, Seats,
    Shared, Themes, WorkAreas,
};
pub use pages::{Counts, Key, Listing, Pages};
use record_cache::PendingRecords;
pub use record_cache::{Cached, RecordCache};
pub use rows::{
    AreaName, AreaNames, ById, BySlug, DatasetSummary, IdBySlug, RecordMeta, RecordMetaById,
    SlugExists,
};

/// Something that is fetched for many keys with one statement.
pub trait BatchLoad: Send + Sync + 'static {
    type Key: Clone + Debug + Eq + Hash + HeapSize + Send + Sync;
    /// The default is the value of keys that `fetch` does not return.
    type Value: Cached + Default;

    fn fetch(
        store: &Store,
        keys: &[Self::Key],
    ) -> impl Future<Output = Result<HashMap<Self::Key, Self::Value>, ReadError>> + Send;
}

/// How often a batch yields to its request's task to collect more keys. All resolvers of a level
/// run in one turn; the second turn covers those whose parents were loaded at the end of the first.
const YIELDS: usize = 2;

/// A revision that a response is of.
struct Revision {
    version: DataVersion,
    records: Arc<RecordCache>,
    /// Tracks which version the store's statements see.
    tracker: Arc<RevisionTracker>,
}

/// The sources of a request's data: the record cache and the database.
struct RequestReads {
    store: Store,
    /// The revision of the response; `None` if the data is read without a cache.
    revision: Option<Revision>,
    fresh: PendingRecords,
}

impl RequestReads {
    fn cached<M, K, V>(&self, key: &K) -> Option<V>
    where
        M: 'static,
        K: Hash + Eq + Send + Sync + 'static,
        V: Cached,
    {
        let value = self.revision.as_ref()?.records.get::<M, K, V>(key);
        METRICS.lookup(CacheKind::Records, value.is_some());
        value
    }

    fn keep<M, K, V>(&self, key: &K, value: &V)
    where
        M: 'static,
        K: Clone + Hash + Eq + HeapSize + Send + Sync + 'static,
        V: Cached,
    {
        if self.revision.as_ref().is_some_and(|revision| revision.records.is_on()) {
            self.fresh.add::<M, K, V>(key.clone(), value.clone());
        }
    }
}

/// Loads one relation for one request.
struct Loader<R: BatchLoad> {
    loader: cached::Loader<R::Key, Result<R::Value, ReadError>, Batch<R>>,
}

struct Batch<R> {
    source: Arc<RequestReads>,
    relation: std::marker::PhantomData<fn() -> R>,
}

impl<R: BatchLoad> BatchFn<R::Key, Result<R::Value, ReadError>> for Batch<R> {
    async fn load(&mut self, keys: &[R::Key]) -> HashMap<R::Key, Result<R::Value, ReadError>> {
        self.source.fresh.touch();
        // On the heap; otherwise every field's future would be as large as that of a statement.
        let mut found = Box::pin(R::fetch(&self.source.store, keys)).await;
        let take = |key: &R::Key| match &mut found {
            Ok(values) => {
                let value = values.remove(key).unwrap_or_default();
                self.source.keep::<R, _, _>(key, &value);
                Ok(value)
            }
            Err(error) => Err(error.clone()),
        };
        keys.iter().cloned().zip(keys.iter().map(take)).collect()
    }
}

impl<R: BatchLoad> Loader<R> {
    fn new(source: &Arc<RequestReads>) -> Self {
        let batch = Batch { source: source.clone(), relation: std::marker::PhantomData };
        let loader = cached::Loader::new(batch)
            // A level is one batch, whatever its number of rows.
            .with_max_batch_size(usize::MAX)
            .with_yield_count(YIELDS);
        Self { loader }
    }

    async fn load(&self, key: R::Key) -> Result<R::Value, ReadError> {
        loop {
            match self.loader.try_load(key.clone()).await {
                Ok(loaded) => return loaded,
                // The batch with the key was dropped together with the resolver that ran it, because
                // a sibling of that resolver failed. The key goes into another batch.
                Err(_) => tokio::task::yield_now().await,
            }
        }
    }
}

/// The loaders of one request, each created on first use.
pub struct Loaders {
    source: Arc<RequestReads>,
    loaders: Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
}

impl Loaders {
    /// Loaders that read the store without a cache.
    pub fn new(store: Store) -> Self {
        Self::of(store, None)
    }

    /// Loaders that read one revision, from its cache or else from the store. [`Loaders::commit`]
    /// caches what was read from the store.
    pub fn at(store: &Store, version: DataVersion, records: Arc<RecordCache>) -> Self {
        let (store, tracker) = store.expect_version(version);
        Self::of(store, Some(Revision { version, records, tracker }))
    }

    fn of(store: Store, revision: Option<Revision>) -> Self {
        let source = Arc::new(RequestReads { store, revision, fresh: PendingRecords::default() });
        Self { source, loaders: Mutex::new(HashMap::new()) }
    }

    /// The value of a key, from the cache or from the batch of its level.
    pub async fn load<R: BatchLoad>(&self, key: R::Key) -> Result<R::Value, ReadError> {
        match self.source.cached::<R, _, _>(&key) {
            Some(value) => Ok(value),
            None => self.loader::<R>().load(key).await,
        }
    }

    /// The cached result of `read`, which must depend only on `key` and the revision. Results of
    /// different types have separate keys.
    pub async fn once<K, V>(
        &self,
        key: K,
        read: impl AsyncFnOnce(Store) -> Result<V, ReadError>,
    ) -> Result<V, ReadError>
    where
        K: Clone + Hash + Eq + HeapSize + Send + Sync + 'static,
        V: Cached,
    {
        if let Some(value) = self.source.cached::<V, _, V>(&key) {
            return Ok(value);
        }
        self.source.fresh.touch();
        let value = read(self.source.store.clone()).await?;
        self.source.keep::<V, _, _>(&key, &value);
        Ok(value)
    }

    /// Checks whether everything that was read belongs to the revision of [`Loaders::at`]. If so,
    /// caches it; otherwise returns the newest version of the store.
    ///
    /// Most statements report the revision that they saw. If one did not, because it returned no
    /// rows, the newest version is read once more: revisions are written atomically and never
    /// change, so if the store was at the same revision before and after the other statements, they
    /// saw it too.
    pub async fn commit(&self) -> Result<Result<(), DataVersion>, ReadError> {
        let Some(revision) = &self.source.revision else { return Ok(Ok(())) };
        if !self.source.fresh.is_touched() {
            return Ok(Ok(()));
        }
        let observed = revision.tracker.observed();
        if observed != Observed::Expected {
            let newest = self.source.store.newest_version().await?;
            if observed == Observed::Other || newest != revision.version {
                return Ok(Err(newest));
            }
        }
        revision.records.keep(&self.source.fresh);
        Ok(Ok(()))
    }

    fn loader<R: BatchLoad>(&self) -> Arc<Loader<R>> {
        let mut loaders = self.loaders.lock().expect("nothing panics while the lock is held");
        let loader = loaders
            .entry(TypeId::of::<R>())
            .or_insert_with(|| Arc::new(Loader::<R>::new(&self.source)))
            .clone();
        loader.downcast().expect("a loader is stored under the type of its relation")
    }
}
