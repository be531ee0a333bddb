//! Pages and lengths of lists, of all rows or of many parents: one statement per list of a level.

use std::{
    collections::HashMap,
    fmt,
    hash::{Hash, Hasher},
    marker::PhantomData,
    sync::Arc,
};

use super::BatchLoad;
use crate::store::{
    ReadError, Store,
    entity::Sortable,
    list::{List, Page, Window},
};

/// The list of one field of a document. The signature identifies it: the name of the relation,
/// which is empty for a list without a parent, and the arguments.
pub struct Listing<E: Sortable> {
    pub signature: String,
    pub list: List<E>,
    pub window: Window,
}

/// The list of one parent, or of all rows.
pub struct Key<E: Sortable> {
    pub listing: Arc<Listing<E>>,
    pub parent: Option<i32>,
}

impl<E: Sortable> Clone for Key<E> {
    fn clone(&self) -> Self {
        Self { listing: self.listing.clone(), parent: self.parent }
    }
}

impl<E: Sortable> fmt::Debug for Key<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {:?}", self.listing.signature, self.parent)
    }
}

impl<E: Sortable> PartialEq for Key<E> {
    fn eq(&self, other: &Self) -> bool {
        self.parent == other.parent && self.listing.signature == other.listing.signature
    }
}

impl<E: Sortable> Eq for Key<E> {}

impl<E: Sortable> Hash for Key<E> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parent.hash(state);
        self.listing.signature.hash(state);
    }
}

/// Groups keys by listing.
fn by_listing<E: Sortable>(keys: &[Key<E>]) -> Vec<Vec<&Key<E>>> {
    let mut listings: Vec<Vec<&Key<E>>> = Vec::new();
    for key in keys {
        let same = |keys: &&mut Vec<&Key<E>>| keys[0].listing.signature == key.listing.signature;
        match listings.iter_mut().find(same) {
            Some(keys) => keys.push(key),
            None => listings.push(vec![key]),
        }
    }
    listings
}

/// The parents of the keys of one listing; `None` for a list of all rows, which has one key.
fn parents<E: Sortable>(keys: &[&Key<E>]) -> Option<Vec<i32>> {
    keys.iter().map(|key| key.parent).collect()
}

/// Pages of lists.
pub struct Pages<E>(PhantomData<fn() -> E>);

impl<E: Sortable> BatchLoad for Pages<E> {
    type Key = Key<E>;
    type Value = Arc<Page<Arc<E::Model>>>;

    async fn fetch(
        store: &Store,
        keys: &[Key<E>],
    ) -> Result<HashMap<Key<E>, Self::Value>, ReadError> {
        let share = |page: Page<E::Model>| {
            let rows = page.rows.into_iter().map(Arc::new).collect();
            Arc::new(Page { rows, more: page.more })
        };
        let mut found = HashMap::new();
        for keys in by_listing(keys) {
            let listing = &keys[0].listing;
            let Some(parents) = parents(&keys) else {
                let page = listing.list.page(store, None, &listing.window).await?;
                found.insert(keys[0].clone(), share(page));
                continue;
            };
            for (parent, page) in listing.list.pages(store, &parents, &listing.window).await? {
                found.insert(Key { listing: listing.clone(), parent: Some(parent) }, share(page));
            }
        }
        Ok(found)
    }
}

/// Lengths of lists.
pub struct Counts<E>(PhantomData<fn() -> E>);

impl<E: Sortable> BatchLoad for Counts<E> {
    type Key = Key<E>;
    type Value = i64;

    async fn fetch(store: &Store, keys: &[Key<E>]) -> Result<HashMap<Key<E>, i64>, ReadError> {
        let mut found = HashMap::new();
        for keys in by_listing(keys) {
            let listing = &keys[0].listing;
            let Some(parents) = parents(&keys) else {
                found.insert(keys[0].clone(), listing.list.count(store, None).await?);
                continue;
            };
            for (parent, count) in listing.list.counts(store, &parents).await? {
                found.insert(Key { listing: listing.clone(), parent: Some(parent) }, count);
            }
        }
        Ok(found)
    }
}
