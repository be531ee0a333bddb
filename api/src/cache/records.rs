//! The record cache: what was read of the database, by what was asked. It lies under the loaders, the lists
//! and the analysis, so that a document never seen before costs no statement where its records are warm.

use std::{
    any::{Any, TypeId},
    fmt::{self, Debug, Write},
    hash::{Hash, Hasher},
    marker::PhantomData,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use quick_cache::{Equivalent, Weighter, sync::Cache};

/// What an entry takes beside its key and its value, in bytes, about.
const OVERHEAD: u64 = 160;

/// What can be kept: its size is taken from what it says of itself.
pub trait Kept: Debug + Clone + Send + Sync + 'static {}

impl<T: Debug + Clone + Send + Sync + 'static> Kept for T {}

/// A key of any type, told apart by a marker: the relation that it belongs to.
trait AnyKey: Any + Send + Sync {
    fn hash_to(&self, state: &mut dyn Hasher);
    fn same(&self, other: &dyn AnyKey) -> bool;
}

struct Owned<M, K>(K, PhantomData<fn() -> M>);

/// A key to look by, without a copy.
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

/// Counts the bytes that are written to it.
struct Length(u64);

impl Write for Length {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 += text.len() as u64;
        Ok(())
    }
}

/// The longest text of a key that is kept, in bytes. Longer ones are filters put together by clients, which
/// seldom come again.
const LONGEST_KEY: u64 = 8 << 10;

/// The length of what a value says of itself.
fn length(value: &impl Debug) -> u64 {
    let mut length = Length(0);
    write!(length, "{value:?}").expect("counting does not fail");
    length.0
}

/// About what a key and a value take in memory, by their texts. A number of eight bytes may have one digit; the
/// tree of a condition takes twenty times its text.
fn bytes(key: u64, value: u64) -> u64 {
    OVERHEAD + 20 * key + 2 * value
}

/// What was read of one revision, bounded in bytes: what is asked for often stays.
pub struct Records(Option<Cache<Key, Entry, Bytes>>);

impl Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Records({} entries, {} bytes)", self.len(), self.bytes())
    }
}

impl Records {
    pub(super) fn new(bound: u64) -> Self {
        const USUAL_BYTES: u64 = 2_000;
        let entries = usize::try_from(bound / USUAL_BYTES).unwrap_or(usize::MAX);
        Self((bound > 0).then(|| Cache::with_weighter(entries.max(16), bound, Bytes)))
    }

    /// Whether anything is kept at all.
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// What is kept under a key of the relation `M`.
    pub fn get<M, K, V>(&self, key: &K) -> Option<V>
    where
        M: 'static,
        K: Hash + Eq + Send + Sync + 'static,
        V: Kept,
    {
        let entry = self.0.as_ref()?.get(&Lookup::<M, K>(key, PhantomData))?;
        entry.value.downcast_ref::<V>().cloned()
    }

    /// Keeps what was read, once it is certain that all of it belongs to this revision.
    pub fn keep(&self, fresh: &Fresh) {
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

    /// What the entries take, about.
    pub fn bytes(&self) -> u64 {
        self.0.as_ref().map_or(0, Cache::weight)
    }
}

/// What one request read of the database, until it is certain to which revision it belongs.
#[derive(Default)]
pub struct Fresh {
    read: AtomicBool,
    entries: Mutex<Vec<(Key, Entry)>>,
}

impl Fresh {
    /// Notes that the database is being read.
    pub fn touch(&self) {
        self.read.store(true, Ordering::Relaxed);
    }

    /// Whether the database was read at all.
    pub fn is_touched(&self) -> bool {
        self.read.load(Ordering::Relaxed)
    }

    pub fn add<M, K, V>(&self, key: K, value: V)
    where
        M: 'static,
        K: Debug + Hash + Eq + Send + Sync + 'static,
        V: Kept,
    {
        let length_of_key = length(&key);
        if length_of_key > LONGEST_KEY {
            return;
        }
        let bytes = bytes(length_of_key, length(&value));
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
        let (records, fresh) = (Records::new(1 << 20), Fresh::default());
        fresh.add::<Lengths, _, _>(7, "seven".to_owned());
        fresh.add::<Halves, _, _>(7, 3.5);
        assert_eq!(records.get::<Lengths, i32, String>(&7), None, "not kept before it is certain");
        records.keep(&fresh);
        assert_eq!(records.get::<Lengths, i32, String>(&7).as_deref(), Some("seven"));
        assert_eq!(records.get::<Halves, i32, f64>(&7), Some(3.5));
        assert_eq!(records.get::<Halves, i32, f64>(&8), None);
    }

    #[test]
    fn the_bound_holds_whatever_comes() {
        let records = Records::new(100_000);
        for number in 0..10_000 {
            let fresh = Fresh::default();
            fresh.add::<Lengths, _, _>(number, "x".repeat(100));
            records.keep(&fresh);
        }
        assert!(records.bytes() <= 100_000, "{records:?}");
        assert!(records.len() > 100, "{records:?}");
    }

    #[test]
    fn what_has_an_endless_key_is_not_kept() {
        let (records, fresh) = (Records::new(1 << 30), Fresh::default());
        let key = "x".repeat(1 << 20);
        fresh.add::<Lengths, _, _>(key.clone(), 7);
        records.keep(&fresh);
        assert_eq!(records.get::<Lengths, String, i32>(&key), None);
        assert!(records.is_empty());
    }

    #[test]
    fn a_bound_of_nothing_keeps_nothing() {
        let (records, fresh) = (Records::new(0), Fresh::default());
        fresh.add::<Lengths, _, _>(7, "seven".to_owned());
        records.keep(&fresh);
        assert_eq!(records.get::<Lengths, i32, String>(&7), None);
    }
}
