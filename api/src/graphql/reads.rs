//! Reading in resolvers, through the loaders of the request.

use std::sync::Arc;

use async_graphql::{Context, Result};

use super::{
    pagination::{Entry, Row},
    plain::{Many, One},
};
use crate::store::load::{Loaders, Relation, Rows};

pub trait Reads {
    fn loaders(&self) -> &Loaders;

    /// The entry with this key. Fails if there is none, although a foreign key refers to it.
    fn one<T: Entry>(&self, key: i32) -> impl Future<Output = Result<One<T>>> + Send;

    /// The entry with this key; `None` if the key is `None` or no entry has it.
    fn maybe<T: Entry>(
        &self,
        key: Option<i32>,
    ) -> impl Future<Output = Result<Option<One<T>>>> + Send;

    /// All entries of the relation `R` for a key. Only for short lists, which need no paging.
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
        entry.ok_or_else(|| async_graphql::Error::new("the record was removed; retry the query"))
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
