//! How resolvers read: by the loaders that came with the request.

use std::sync::Arc;

use async_graphql::{Context, Result};

use super::pagination::{Entry, Row};
use crate::store::load::{Loaders, Relation, Rows};

pub trait Reads {
    fn loaders(&self) -> &Loaders;

    /// The entry with a key that a foreign key vouches for.
    fn one<T: Entry>(&self, key: i32) -> impl Future<Output = Result<T>> + Send;

    /// The entry with a key, if there is a key and an entry.
    fn maybe<T: Entry>(&self, key: Option<i32>) -> impl Future<Output = Result<Option<T>>> + Send;

    /// The short list that hangs on a key.
    fn all<R, M, T>(&self, key: R::Key) -> impl Future<Output = Result<Vec<T>>> + Send
    where
        R: Relation<Value = Arc<[M]>>,
        M: Clone + Send + Sync + 'static,
        T: From<M> + Send;
}

impl Reads for Context<'_> {
    fn loaders(&self) -> &Loaders {
        self.data_unchecked::<Arc<Loaders>>()
    }

    async fn one<T: Entry>(&self, key: i32) -> Result<T> {
        let entry = self.maybe::<T>(Some(key)).await?;
        entry
            .ok_or_else(|| async_graphql::Error::new("the record was removed meanwhile; ask again"))
    }

    async fn maybe<T: Entry>(&self, key: Option<i32>) -> Result<Option<T>> {
        let Some(key) = key else { return Ok(None) };
        let row: Option<Arc<Row<T>>> = self.loaders().load::<Rows<T::Entity>>(key).await?;
        Ok(row.map(T::from))
    }

    async fn all<R, M, T>(&self, key: R::Key) -> Result<Vec<T>>
    where
        R: Relation<Value = Arc<[M]>>,
        M: Clone + Send + Sync + 'static,
        T: From<M> + Send,
    {
        let list = self.loaders().load::<R>(key).await?;
        Ok(list.iter().cloned().map(T::from).collect())
    }
}
