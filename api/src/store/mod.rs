//! Reads the knowledge base: rows by key or slug, rows that hang on a row, and pages of lists.
//! Plain entities out; nothing here knows GraphQL or HTTP.

pub mod connect;
pub mod copy;
pub mod dataset;
pub(crate) mod dialect;
pub mod entity;
pub mod filter;
pub mod list;
pub mod load;

use std::sync::Arc;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseExecutor, DatabaseTransaction, DbErr, EntityTrait,
    FromQueryResult, QueryResult, sea_query::SelectStatement,
};

/// A failed read. The cause is for the log; users see only that it was our fault.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the database could not be read")]
pub struct ReadError(#[source] Arc<DbErr>);

impl From<DbErr> for ReadError {
    fn from(error: DbErr) -> Self {
        Self(Arc::new(error))
    }
}

/// The knowledge base, open for reading.
#[derive(Clone, Debug)]
pub struct Store {
    reading: Reading,
}

#[derive(Clone, Debug)]
enum Reading {
    /// Each statement sees the newest state.
    Newest(DatabaseConnection),
    /// All statements see the same state.
    Snapshot(Arc<DatabaseTransaction>),
}

impl Store {
    pub fn new(db: DatabaseConnection) -> Self {
        Self { reading: Reading::Newest(db) }
    }

    /// The knowledge base as a transaction sees it, whatever is written meanwhile. See
    /// [`connect::snapshot`].
    pub fn snapshot(transaction: DatabaseTransaction) -> Self {
        Self { reading: Reading::Snapshot(Arc::new(transaction)) }
    }

    /// Whether the database answers and has content.
    pub async fn is_ready(&self) -> Result<bool, ReadError> {
        Ok(self.newest_revision().await?.is_some())
    }

    /// The revision that the database is at.
    pub async fn newest_revision(&self) -> Result<Option<entities::revision::Model>, ReadError> {
        use sea_orm::QueryOrder;
        Ok(entities::revision::Entity::find()
            .order_by_desc(entities::revision::Column::Id)
            .one(&self.db())
            .await?)
    }

    fn db(&self) -> DatabaseExecutor<'_> {
        match &self.reading {
            Reading::Newest(db) => DatabaseExecutor::Connection(db),
            Reading::Snapshot(transaction) => DatabaseExecutor::Transaction(transaction),
        }
    }

    pub(crate) fn backend(&self) -> sea_orm::DbBackend {
        self.db().get_database_backend()
    }

    pub(crate) async fn rows(
        &self,
        statement: &SelectStatement,
    ) -> Result<Vec<QueryResult>, ReadError> {
        Ok(self.db().query_all(statement).await?)
    }

    pub(crate) async fn models<M: FromQueryResult>(
        &self,
        statement: &SelectStatement,
    ) -> Result<Vec<M>, ReadError> {
        let rows = self.rows(statement).await?;
        let models: Result<_, DbErr> =
            rows.iter().map(|row| M::from_query_result(row, "")).collect();
        Ok(models?)
    }
}
