//! The response cache: whole answers as they go over the wire, by the hash of what they answer.

use std::fmt;

use actix_web::web::Bytes;
use quick_cache::{
    DefaultHashBuilder, Weighter,
    sync::{Cache, DefaultLifecycle, PlaceholderGuard},
};

/// The hash of a question and of the coding that its answer is sent in.
pub type Key = [u8; 16];

/// What an entry takes beside its body, in bytes, about.
const OVERHEAD: u64 = 160;

#[derive(Clone, Debug)]
struct Length;

impl Weighter<Key, Bytes> for Length {
    fn weight(&self, _: &Key, body: &Bytes) -> u64 {
        OVERHEAD + body.len() as u64
    }
}

/// The answers of one revision, bounded in bytes: what is asked for often stays.
pub struct Responses(Option<Cache<Key, Bytes, Length>>);

/// What the cache has for a question.
pub enum Lookup<'c> {
    Kept(Bytes),
    /// Nothing as yet. Who else asks the same meanwhile waits until the place is filled or given up.
    Vacant(Vacancy<'c>),
}

/// The place of an answer that is being worked out.
pub struct Vacancy<'c>(Option<Guard<'c>>);

type Guard<'c> =
    PlaceholderGuard<'c, Key, Bytes, Length, DefaultHashBuilder, DefaultLifecycle<Key, Bytes>>;

impl Vacancy<'_> {
    /// Fills the place.
    pub fn fill(self, body: Bytes) {
        if let Some(place) = self.0 {
            // Fails only where the place was emptied meanwhile: then nobody misses it.
            let _ = place.insert(body);
        }
    }
}

impl fmt::Debug for Responses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Responses({} entries, {} bytes)", self.len(), self.bytes())
    }
}

impl Responses {
    pub(super) fn new(bound: u64) -> Self {
        const USUAL_BYTES: u64 = 8_000;
        let entries = usize::try_from(bound / USUAL_BYTES).unwrap_or(usize::MAX);
        Self((bound > 0).then(|| Cache::with_weighter(entries.max(16), bound, Length)))
    }

    /// The answer to a question, if it is there.
    pub fn get(&self, key: &Key) -> Option<Bytes> {
        self.0.as_ref()?.get(key)
    }

    /// The answer to a question, or its place.
    pub async fn look(&self, key: Key) -> Lookup<'_> {
        let Some(cache) = &self.0 else { return Lookup::Vacant(Vacancy(None)) };
        match cache.get_value_or_guard_async(&key).await {
            Ok(body) => Lookup::Kept(body),
            Err(place) => Lookup::Vacant(Vacancy(Some(place))),
        }
    }

    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, Cache::len)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What the answers take, about.
    pub fn bytes(&self) -> u64 {
        self.0.as_ref().map_or(0, Cache::weight)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_place_that_is_given_up_is_vacant_again() {
        let responses = Responses::new(1 << 20);
        assert_eq!(responses.get(&[1; 16]), None);
        drop(responses.look([1; 16]).await);
        let Lookup::Vacant(place) = responses.look([1; 16]).await else { panic!("it is vacant") };
        place.fill(Bytes::from_static(b"{}"));
        assert_eq!(responses.get(&[1; 16]).as_deref(), Some(&b"{}"[..]));
        assert_eq!(responses.get(&[2; 16]), None);
    }
}
