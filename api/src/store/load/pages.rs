//! Pages of lists that hang on many parents: one statement for each list that a level asks for.

use std::{
    collections::HashMap,
    fmt,
    hash::{Hash, Hasher},
    marker::PhantomData,
    sync::Arc,
};

use super::{
    super::{
        ReadError, Store,
        entity::Listed,
        list::{List, Page, Window},
    },
    Relation,
};

/// A list as one field of a document asks for it. Two are the same if their signatures are: the
/// relation's name with its arguments.
pub struct Listing<E: Listed> {
    pub signature: String,
    pub list: List<E>,
    pub window: Window,
}

/// A list of one parent.
pub struct Key<E: Listed> {
    pub listing: Arc<Listing<E>>,
    pub parent: i32,
}

impl<E: Listed> Clone for Key<E> {
    fn clone(&self) -> Self {
        Self { listing: self.listing.clone(), parent: self.parent }
    }
}

impl<E: Listed> fmt::Debug for Key<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.listing.signature, self.parent)
    }
}

impl<E: Listed> PartialEq for Key<E> {
    fn eq(&self, other: &Self) -> bool {
        self.parent == other.parent && self.listing.signature == other.listing.signature
    }
}

impl<E: Listed> Eq for Key<E> {}

impl<E: Listed> Hash for Key<E> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parent.hash(state);
        self.listing.signature.hash(state);
    }
}

/// The parents of each listing among some keys.
fn by_listing<E: Listed>(keys: &[Key<E>]) -> Vec<(Arc<Listing<E>>, Vec<i32>)> {
    let mut listings: Vec<(Arc<Listing<E>>, Vec<i32>)> = Vec::new();
    for key in keys {
        let same =
            |(listing, _): &&mut (Arc<Listing<E>>, _)| listing.signature == key.listing.signature;
        match listings.iter_mut().find(same) {
            Some((_, parents)) => parents.push(key.parent),
            None => listings.push((key.listing.clone(), vec![key.parent])),
        }
    }
    listings
}

/// The rows of a page.
pub struct Pages<E>(PhantomData<fn() -> E>);

impl<E: Listed> Relation for Pages<E> {
    type Key = Key<E>;
    type Value = Arc<Page<Arc<E::Model>>>;

    async fn fetch(
        store: &Store,
        keys: &[Key<E>],
    ) -> Result<HashMap<Key<E>, Self::Value>, ReadError> {
        let mut found = HashMap::new();
        for (listing, parents) in by_listing(keys) {
            let pages = listing.list.pages(store, &parents, &listing.window).await?;
            for (parent, page) in pages {
                let rows = page.rows.into_iter().map(Arc::new).collect();
                let page = Arc::new(Page { rows, more: page.more });
                found.insert(Key { listing: listing.clone(), parent }, page);
            }
        }
        Ok(found)
    }
}

/// The length of a list.
pub struct Counts<E>(PhantomData<fn() -> E>);

impl<E: Listed> Relation for Counts<E> {
    type Key = Key<E>;
    type Value = i64;

    async fn fetch(store: &Store, keys: &[Key<E>]) -> Result<HashMap<Key<E>, i64>, ReadError> {
        let mut found = HashMap::new();
        for (listing, parents) in by_listing(keys) {
            for (parent, count) in listing.list.counts(store, &parents).await? {
                found.insert(Key { listing: listing.clone(), parent }, count);
            }
        }
        Ok(found)
    }
}
