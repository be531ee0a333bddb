//! Reading in resolvers, through the loaders of the request.

use std::sync::Arc;

use async_graphql::{Context, Result};

use crate::graphql::{
    execution::error::OperationError,
    macros::sync_fields::{Obj, ObjList},
    relay::node_type::{NodeType, Row},
};
use crate::store::load::{BatchLoad, ById, Loaders};

pub trait ContextExt {
    fn loaders(&self) -> &Loaders;

    /// The entry with this key. Fails if there is none, although a foreign key refers to it.
    fn load_required<T: NodeType>(&self, key: i32) -> impl Future<Output = Result<Obj<T>>> + Send;

    /// The entry with this key; `None` if the key is `None` or no entry has it.
    fn load_optional<T: NodeType>(
        &self,
        key: Option<i32>,
    ) -> impl Future<Output = Result<Option<Obj<T>>>> + Send;

    /// All entries of the relation `R` for a key. Only for short lists, which need no paging.
    fn load_list<R, M, T>(&self, key: R::Key) -> impl Future<Output = Result<ObjList<T>>> + Send
    where
        R: BatchLoad<Value = Arc<[M]>>,
        M: Clone + Send + Sync + 'static,
        T: From<M> + Send;
}

impl ContextExt for Context<'_> {
    fn loaders(&self) -> &Loaders {
        self.data_unchecked::<Arc<Loaders>>()
    }

    async fn load_required<T: NodeType>(&self, key: i32) -> Result<Obj<T>> {
        let entry = self.load_optional::<T>(Some(key)).await?;
        entry.ok_or_else(|| OperationError::RecordRemoved.into())
    }

    async fn load_optional<T: NodeType>(&self, key: Option<i32>) -> Result<Option<Obj<T>>> {
        let Some(key) = key else { return Ok(None) };
        let row: Option<Arc<Row<T>>> = self.loaders().load::<ById<T::Entity>>(key).await?;
        Ok(row.map(|row| Obj(T::from(row))))
    }

    async fn load_list<R, M, T>(&self, key: R::Key) -> Result<ObjList<T>>
    where
        R: BatchLoad<Value = Arc<[M]>>,
        M: Clone + Send + Sync + 'static,
        T: From<M> + Send,
    {
        let list = self.loaders().load::<R>(key).await?;
        Ok(ObjList(list.iter().cloned().map(T::from).collect()))
    }
}
