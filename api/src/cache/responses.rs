//! The response cache: whole response bodies as they are sent, by the hash of their request.

use std::fmt;

use bytes::Bytes;
use quick_cache::{
    DefaultHashBuilder, Weighter,
    sync::{Cache, DefaultLifecycle, PlaceholderGuard},
};

/// The hash of a request and of the encoding of its response.
pub type ResponseKey = [u8; 16];

/// Approximate overhead of an entry besides its body, in bytes.
const OVERHEAD: u64 = 160;

#[derive(Clone, Debug)]
struct Length;

impl Weighter<ResponseKey, Bytes> for Length {
    fn weight(&self, _: &ResponseKey, body: &Bytes) -> u64 {
        OVERHEAD + body.len() as u64
    }
}

/// The response cache of one revision, limited in bytes. Frequently used entries are kept.
pub struct Responses(Option<Cache<ResponseKey, Bytes, Length>>);

/// The result of a lookup.
pub enum Lookup<'c> {
    Hit(Bytes),
    /// No entry yet. Other requests with the same key wait until the vacancy is filled or dropped.
    Miss(Reservation<'c>),
}

/// The reserved entry of a response that is being computed.
pub struct Reservation<'c>(Option<Guard<'c>>);

type Guard<'c> = PlaceholderGuard<
    'c,
    ResponseKey,
    Bytes,
    Length,
    DefaultHashBuilder,
    DefaultLifecycle<ResponseKey, Bytes>,
>;

impl Reservation<'_> {
    /// Inserts the response.
    pub fn fill(self, body: Bytes) {
        if let Some(place) = self.0 {
            // Fails only if the reservation was removed in the meantime, which is harmless.
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

    /// The response of a key, if it is cached.
    pub fn get(&self, key: &ResponseKey) -> Option<Bytes> {
        self.0.as_ref()?.get(key)
    }

    /// The response of a key, or a reservation to insert it.
    pub async fn get_or_reserve(&self, key: ResponseKey) -> Lookup<'_> {
        let Some(cache) = &self.0 else { return Lookup::Miss(Reservation(None)) };
        match cache.get_value_or_guard_async(&key).await {
            Ok(body) => Lookup::Hit(body),
            Err(place) => Lookup::Miss(Reservation(Some(place))),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_dropped_reservation_frees_its_entry() {
        let responses = Responses::new(1 << 20);
        assert_eq!(responses.get(&[1; 16]), None);
        drop(responses.get_or_reserve([1; 16]).await);
        let Lookup::Miss(place) = responses.get_or_reserve([1; 16]).await else {
            panic!("it is vacant")
        };
        place.fill(Bytes::from_static(b"{}"));
        assert_eq!(responses.get(&[1; 16]).as_deref(), Some(&b"{}"[..]));
        assert_eq!(responses.get(&[2; 16]), None);
    }
}
