//! Reads the knowledge base: rows by key or slug, rows that hang on a row, and pages of lists.
//! Plain entities out; nothing here knows GraphQL or HTTP.

pub mod changes;
pub mod connect;
pub mod copy;
pub mod dataset;
pub(crate) mod dialect;
pub mod entity;
pub mod filter;
pub mod lines;
pub mod list;
pub mod load;
pub mod watch;

use std::sync::Arc;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExprTrait,
    FromQueryResult, QueryResult,
    sea_query::{Alias, Expr, Query, SelectStatement},
};

use crate::metrics::METRICS;
use lines::Lines;

/// A failed read. The cause is for the log; users see only that it was our fault.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the database could not be read")]
pub struct ReadError(#[source] Arc<DbErr>);

impl From<DbErr> for ReadError {
    fn from(error: DbErr) -> Self {
        Self(Arc::new(error))
    }
}

impl ReadError {
    /// Whether it failed only because all connections were taken for too long.
    pub fn is_busy(&self) -> bool {
        matches!(&*self.0, DbErr::ConnectionAcquire(_))
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
    /// Likewise, on connections that are kept for it.
    Lines(Arc<Lines>),
    /// All statements see the same state.
    Snapshot(Arc<DatabaseTransaction>),
}

impl Store {
    pub fn new(db: DatabaseConnection) -> Self {
        Self { reading: Reading::Newest(db) }
    }

    /// To answer requests from. See [`connect::connect_to_serve`].
    pub fn on(lines: Arc<Lines>) -> Self {
        Self { reading: Reading::Lines(lines) }
    }

    /// The knowledge base as a transaction sees it, whatever is written meanwhile. See
    /// [`connect::snapshot`].
    pub fn snapshot(transaction: DatabaseTransaction) -> Self {
        Self { reading: Reading::Snapshot(Arc::new(transaction)) }
    }

    /// Whether the database answers and has content.
    pub async fn is_ready(&self) -> Result<bool, ReadError> {
        Ok(self.newest_revision_number().await? > 0)
    }

    /// The number of the newest revision; 0 while the knowledge base is empty.
    pub async fn newest_revision_number(&self) -> Result<i32, ReadError> {
        use entities::revision;
        let select = Query::select()
            .expr_as(Expr::col(revision::Column::Id).max(), Alias::new("newest"))
            .from(revision::Entity)
            .to_owned();
        let rows = self.rows(&select).await?;
        let row = rows.first().expect("an aggregate has one row");
        let newest: Option<i32> = row.try_get("", "newest")?;
        Ok(newest.unwrap_or(0))
    }

    pub(crate) fn backend(&self) -> DbBackend {
        match &self.reading {
            Reading::Newest(db) => db.get_database_backend(),
            Reading::Lines(lines) => lines.backend(),
            Reading::Snapshot(transaction) => transaction.get_database_backend(),
        }
    }

    pub(crate) async fn rows(
        &self,
        statement: &SelectStatement,
    ) -> Result<Vec<QueryResult>, ReadError> {
        METRICS.statement();
        let rows = match &self.reading {
            Reading::Newest(db) => db.query_all(statement).await,
            Reading::Lines(lines) => lines.query_all(statement).await,
            Reading::Snapshot(transaction) => transaction.query_all(statement).await,
        };
        Ok(rows?)
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
