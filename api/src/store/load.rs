//! Batched reads, by the `dataloader` crate: what the resolvers of one level ask for is fetched by
//! one statement. Loaders live for one request.

mod links;
mod pages;
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

use super::{ReadError, Store};
pub use links::{
    Beneficiaries, Citations, Cited, Instruments, Mechanisms, Parties, Proposers, Seats, Shared,
    Themes, WorkAreas,
};
pub use pages::{Counts, Key, Listing, Pages};
pub use rows::{AreaName, AreaNames, Head, Heads, Known, Named, Rows, Slugs, Summaries};

/// Something that is fetched for many keys by one statement.
pub trait Relation: Send + Sync + 'static {
    type Key: Clone + Debug + Eq + Hash + Send + Sync;
    /// The default stands for a key that has nothing.
    type Value: Clone + Default + Send + Sync;

    fn fetch(
        store: &Store,
        keys: &[Self::Key],
    ) -> impl Future<Output = Result<HashMap<Self::Key, Self::Value>, ReadError>> + Send;
}

/// How many turns of its request's task a batch waits for more keys. In one turn every resolver of
/// a level asks; the second covers those whose parents came with the end of the first.
const YIELDS: usize = 2;

/// Loads one relation for one request.
struct Loader<R: Relation> {
    loader: cached::Loader<R::Key, Result<R::Value, ReadError>, Batch<R>>,
}

struct Batch<R> {
    store: Store,
    relation: std::marker::PhantomData<fn() -> R>,
}

impl<R: Relation> BatchFn<R::Key, Result<R::Value, ReadError>> for Batch<R> {
    async fn load(&mut self, keys: &[R::Key]) -> HashMap<R::Key, Result<R::Value, ReadError>> {
        // On the heap: else every field's future would have room for a whole statement.
        let mut found = Box::pin(R::fetch(&self.store, keys)).await;
        let take = |key: &R::Key| match &mut found {
            Ok(values) => Ok(values.remove(key).unwrap_or_default()),
            Err(error) => Err(error.clone()),
        };
        keys.iter().cloned().zip(keys.iter().map(take)).collect()
    }
}

impl<R: Relation> Loader<R> {
    fn new(store: &Store) -> Self {
        let batch = Batch { store: store.clone(), relation: std::marker::PhantomData };
        let loader = cached::Loader::new(batch)
            // A level is one batch, however many rows it has.
            .with_max_batch_size(usize::MAX)
            .with_yield_count(YIELDS);
        Self { loader }
    }

    async fn load(&self, key: R::Key) -> Result<R::Value, ReadError> {
        self.loader.try_load(key).await.expect("a batch answers every key")
    }
}

/// Every loader of one request; each is made when it is first used.
pub struct Loaders {
    store: Store,
    loaders: Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
}

impl Loaders {
    pub fn new(store: Store) -> Self {
        Self { store, loaders: Mutex::new(HashMap::new()) }
    }

    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The value of a key, from the batch of its level.
    pub async fn load<R: Relation>(&self, key: R::Key) -> Result<R::Value, ReadError> {
        self.loader::<R>().load(key).await
    }

    fn loader<R: Relation>(&self) -> Arc<Loader<R>> {
        let mut loaders = self.loaders.lock().expect("nothing panics while the lock is held");
        let loader = loaders
            .entry(TypeId::of::<R>())
            .or_insert_with(|| Arc::new(Loader::<R>::new(&self.store)))
            .clone();
        loader.downcast().expect("a loader is kept under the type of its relation")
    }
}
