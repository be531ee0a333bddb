//! Pages and lengths of lists, of all rows or of many parents: one statement per list of a level.

use entities::TableRow;
use std::{
    collections::HashMap,
    fmt,
    hash::{Hash, Hasher},
    marker::PhantomData,
    sync::Arc,
};

use super::BatchLoad;
use crate::{
    heap_size::HeapSize,
    store::{
        ReadError, Store,
        list::{List, Page, Window},
    },
};

/// The arguments of a list: its filter, order and page. Equal arguments of the same relation are
/// the same list.
pub trait Arguments: Hash + Eq + HeapSize + Send + Sync + 'static {}

impl<T: Hash + Eq + HeapSize + Send + Sync + 'static> Arguments for T {}

/// The list of one field of a document.
pub struct Listing<E: TableRow, A> {
    /// The name of the parent's type and of the field; empty for a list without a parent.
    pub relation: &'static str,
    pub arguments: A,
    pub list: List<E>,
    pub window: Window,
}

impl<E: TableRow, A: Arguments> Listing<E, A> {
    fn is(&self, other: &Self) -> bool {
        self.relation == other.relation && self.arguments == other.arguments
    }
}

/// The list of one parent, or of all rows.
pub struct Key<E: TableRow, A> {
    pub listing: Arc<Listing<E, A>>,
    pub parent: Option<i32>,
}

impl<E: TableRow, A> Clone for Key<E, A> {
    fn clone(&self) -> Self {
        Self { listing: self.listing.clone(), parent: self.parent }
    }
}

impl<E: TableRow, A> fmt::Debug for Key<E, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {:?}", self.listing.relation, self.parent)
    }
}

impl<E: TableRow, A: Arguments> PartialEq for Key<E, A> {
    fn eq(&self, other: &Self) -> bool {
        self.parent == other.parent && self.listing.is(&other.listing)
    }
}

impl<E: TableRow, A: Arguments> Eq for Key<E, A> {}

impl<E: TableRow, A: Arguments> Hash for Key<E, A> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parent.hash(state);
        self.listing.relation.hash(state);
        self.listing.arguments.hash(state);
    }
}

impl<E: TableRow, A: Arguments> HeapSize for Key<E, A> {
    fn heap_size(&self) -> u64 {
        self.listing.arguments.heap_size()
    }
}

/// Groups keys by listing.
fn by_listing<E: TableRow, A: Arguments>(keys: &[Key<E, A>]) -> Vec<Vec<&Key<E, A>>> {
    let mut listings: Vec<Vec<&Key<E, A>>> = Vec::new();
    for key in keys {
        let same = |keys: &&mut Vec<&Key<E, A>>| keys[0].listing.is(&key.listing);
        match listings.iter_mut().find(same) {
            Some(keys) => keys.push(key),
            None => listings.push(vec![key]),
        }
    }
    listings
}

/// The parents of the keys of one listing; `None` for a list of all rows, which has one key.
fn parents<E: TableRow, A>(keys: &[&Key<E, A>]) -> Option<Vec<i32>> {
    keys.iter().map(|key| key.parent).collect()
}

/// Pages of lists.
pub struct Pages<E, A>(PhantomData<fn() -> (E, A)>);

impl<E: TableRow, A: Arguments> BatchLoad for Pages<E, A> {
    type Key = Key<E, A>;
    type Value = Arc<Page<Arc<E::Model>>>;

    async fn fetch(
        store: &Store,
        keys: &[Key<E, A>],
    ) -> Result<HashMap<Key<E, A>, Self::Value>, ReadError> {
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
pub struct Counts<E, A>(PhantomData<fn() -> (E, A)>);

impl<E: TableRow, A: Arguments> BatchLoad for Counts<E, A> {
    type Key = Key<E, A>;
    type Value = i64;

    async fn fetch(
        store: &Store,
        keys: &[Key<E, A>],
    ) -> Result<HashMap<Key<E, A>, i64>, ReadError> {
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
