//! The record cache: the results of database reads, by their keys. Loaders, lists and the analysis
//! use it, so even a new document needs no statement if its records are cached.

use std::{
    any::{Any, TypeId},
    fmt::{self, Debug},
    hash::{Hash, Hasher},
    marker::PhantomData,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use quick_cache::{Equivalent, Weighter, sync::Cache};

use crate::heap_size::HeapSize;

/// Approximate overhead of an entry besides its key and value, in bytes.
const OVERHEAD: u64 = 160;

/// A value that can be cached.
pub trait Cached: HeapSize + Clone + Send + Sync + 'static {}

impl<T: HeapSize + Clone + Send + Sync + 'static> Cached for T {}

/// A key of any type, qualified by a marker type: the relation that it belongs to.
trait AnyKey: Any + Send + Sync {
    fn hash_to(&self, state: &mut dyn Hasher);
    fn same(&self, other: &dyn AnyKey) -> bool;
}

struct Owned<M, K>(K, PhantomData<fn() -> M>);

/// A borrowed key for lookups.
struct Lookup<'k, M, K>(&'k K, PhantomData<fn() -> M>);

impl<M: 'static, K: Hash> Hash for Lookup<'_, M, K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        TypeId::of::<M>().hash(state);
        self.0.hash(state);
    }
}

impl<M: 'static, K: Hash + Eq + Send + Sync + 'static> AnyKey for Owned<M, K> {
    fn hash_to(&self, mut state: &mut dyn Hasher) {
        Lookup::<M, K>(&self.0, PhantomData).hash(&mut state);
    }

    fn same(&self, other: &dyn AnyKey) -> bool {
        let other: &dyn Any = other;
        other.downcast_ref::<Self>().is_some_and(|other| other.0 == self.0)
    }
}

struct Key(Box<dyn AnyKey>);

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash_to(state);
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.0.same(&*other.0)
    }
}

impl Eq for Key {}

impl<M: 'static, K: Hash + Eq + Send + Sync + 'static> Equivalent<Key> for Lookup<'_, M, K> {
    fn equivalent(&self, key: &Key) -> bool {
        let key: &dyn Any = &*key.0;
        key.downcast_ref::<Owned<M, K>>().is_some_and(|key| key.0 == *self.0)
    }
}

#[derive(Clone)]
struct Entry {
    value: Arc<dyn Any + Send + Sync>,
    bytes: u64,
}

#[derive(Clone)]
struct Bytes;

impl Weighter<Key, Entry> for Bytes {
    fn weight(&self, _: &Key, entry: &Entry) -> u64 {
        entry.bytes
    }
}

/// Maximum memory of a cached key, in bytes. Larger keys contain filters composed by clients, which
/// are rarely repeated.
const LARGEST_KEY: u64 = 8 << 10;

/// The key of a list holds the condition that is made of its filter, which takes about this many
/// times the memory of the filter.
const CONDITION: u64 = 20;

/// The record cache of one revision, limited in bytes. Frequently used entries are kept.
pub struct RecordCache(Option<Cache<Key, Entry, Bytes>>);

impl Debug for RecordCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecordCache({} entries, {} bytes)", self.len(), self.bytes())
    }
}

impl RecordCache {
    pub fn new(bound: u64) -> Self {
        const USUAL_BYTES: u64 = 2_000;
        let entries = usize::try_from(bound / USUAL_BYTES).unwrap_or(usize::MAX);
        Self((bound > 0).then(|| Cache::with_weighter(entries.max(16), bound, Bytes)))
    }

    /// Whether the cache is enabled.
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// The cached value of a key of the relation `M`.
    pub fn get<M, K, V>(&self, key: &K) -> Option<V>
    where
        M: 'static,
        K: Hash + Eq + Send + Sync + 'static,
        V: Cached,
    {
        let entry = self.0.as_ref()?.get(&Lookup::<M, K>(key, PhantomData))?;
        entry.value.downcast_ref::<V>().cloned()
    }

    /// Caches what a request read. The caller must have checked that all of it belongs to this
    /// revision.
    pub fn keep(&self, fresh: &PendingRecords) {
        let entries = std::mem::take(&mut *fresh.entries());
        if let Some(cache) = &self.0 {
            for (key, entry) in entries {
                cache.insert(key, entry);
            }
        }
    }

    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, Cache::len)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Approximate size of the entries, in bytes.
    pub fn bytes(&self) -> u64 {
        self.0.as_ref().map_or(0, Cache::weight)
    }
}

/// What one request read from the database and is not cached yet, until its revision is certain.
#[derive(Default)]
pub struct PendingRecords {
    read: AtomicBool,
    entries: Mutex<Vec<(Key, Entry)>>,
}

impl PendingRecords {
    /// Notes that the request reads the database.
    pub fn touch(&self) {
        self.read.store(true, Ordering::Relaxed);
    }

    /// Whether the request read the database.
    pub fn is_touched(&self) -> bool {
        self.read.load(Ordering::Relaxed)
    }

    pub fn add<M, K, V>(&self, key: K, value: V)
    where
        M: 'static,
        K: HeapSize + Hash + Eq + Send + Sync + 'static,
        V: Cached,
    {
        let key_size = key.heap_size();
        if key_size > LARGEST_KEY {
            return;
        }
        let sizes = (size_of::<K>() + size_of::<V>()) as u64;
        let bytes = OVERHEAD + sizes + CONDITION * key_size + value.heap_size();
        let key = Key(Box::new(Owned::<M, K>(key, PhantomData)));
        self.entries().push((key, Entry { value: Arc::new(value), bytes }));
    }

    fn entries(&self) -> std::sync::MutexGuard<'_, Vec<(Key, Entry)>> {
        self.entries.lock().expect("nothing panics while the lock is held")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Lengths;
    struct Halves;

    #[test]
    fn a_key_belongs_to_its_relation() {
        let (records, fresh) = (RecordCache::new(1 << 20), PendingRecords::default());
        fresh.add::<Lengths, _, _>(7, "seven".to_owned());
        fresh.add::<Halves, _, _>(7, 4_i64);
        assert_eq!(records.get::<Lengths, i32, String>(&7), None, "not cached before the commit");
        records.keep(&fresh);
        assert_eq!(records.get::<Lengths, i32, String>(&7).as_deref(), Some("seven"));
        assert_eq!(records.get::<Halves, i32, i64>(&7), Some(4));
        assert_eq!(records.get::<Halves, i32, i64>(&8), None);
    }

    #[test]
    fn the_cache_never_exceeds_its_limit() {
        let records = RecordCache::new(100_000);
        for number in 0..10_000 {
            let fresh = PendingRecords::default();
            fresh.add::<Lengths, _, _>(number, "x".repeat(100));
            records.keep(&fresh);
        }
        assert!(records.bytes() <= 100_000, "{records:?}");
        assert!(records.len() > 100, "{records:?}");
    }

    #[test]
    fn an_entry_with_a_large_key_is_not_cached() {
        let (records, fresh) = (RecordCache::new(1 << 30), PendingRecords::default());
        let key = "x".repeat(1 << 20);
        fresh.add::<Lengths, _, _>(key.clone(), 7);
        records.keep(&fresh);
        assert_eq!(records.get::<Lengths, String, i32>(&key), None);
        assert!(records.is_empty());
    }

    #[test]
    fn a_limit_of_zero_disables_the_cache() {
        let (records, fresh) = (RecordCache::new(0), PendingRecords::default());
        fresh.add::<Lengths, _, _>(7, "seven".to_owned());
        records.keep(&fresh);
        assert_eq!(records.get::<Lengths, i32, String>(&7), None);
    }
}
