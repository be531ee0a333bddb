//! How resolvers read: by the loaders that came with the request.

use std::sync::Arc;

use async_graphql::{Context, Result};

use super::{
    pagination::{Entry, Row},
    plain::{Many, One},
};
use crate::store::load::{Loaders, Relation, Rows};

pub trait Reads {
    fn loaders(&self) -> &Loaders;

    /// The entry with a key that a foreign key vouches for.
    fn one<T: Entry>(&self, key: i32) -> impl Future<Output = Result<One<T>>> + Send;

    /// The entry with a key, if there is a key and an entry.
    fn maybe<T: Entry>(
        &self,
        key: Option<i32>,
    ) -> impl Future<Output = Result<Option<One<T>>>> + Send;

    /// The short list that hangs on a key.
    fn all<R, M, T>(&self, key: R::Key) -> impl Future<Output = Result<Many<T>>> + Send
    where
        R: Relation<Value = Arc<[M]>>,
        M: Clone + Send + Sync + 'static,
        T: From<M> + Send;
}

impl Reads for Context<'_> {
    fn loaders(&self) -> &Loaders {
        self.data_unchecked::<Arc<Loaders>>()
    }

    async fn one<T: Entry>(&self, key: i32) -> Result<One<T>> {
        let entry = self.maybe::<T>(Some(key)).await?;
        entry
            .ok_or_else(|| async_graphql::Error::new("the record was removed meanwhile; ask again"))
    }

    async fn maybe<T: Entry>(&self, key: Option<i32>) -> Result<Option<One<T>>> {
        let Some(key) = key else { return Ok(None) };
        let row: Option<Arc<Row<T>>> = self.loaders().load::<Rows<T::Entity>>(key).await?;
        Ok(row.map(|row| One(T::from(row))))
    }

    async fn all<R, M, T>(&self, key: R::Key) -> Result<Many<T>>
    where
        R: Relation<Value = Arc<[M]>>,
        M: Clone + Send + Sync + 'static,
        T: From<M> + Send,
    {
        let list = self.loaders().load::<R>(key).await?;
        Ok(Many(list.iter().cloned().map(T::from).collect()))
    }
}
