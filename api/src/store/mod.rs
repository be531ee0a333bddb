//! Reads the knowledge base: rows by key or slug, rows that hang on a row, and pages of lists.
//! Plain entities out; nothing here knows GraphQL or HTTP.

pub mod changes;
pub mod connect;
pub mod copy;
pub mod dataset;
pub(crate) mod dialect;
pub mod entity;
pub mod filter;
pub mod lengths;
pub mod lines;
pub mod list;
pub mod load;
pub mod watch;
mod within;

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicI32, Ordering},
};

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, FromQueryResult,
    QueryResult,
    sea_query::{Alias, Expr, Query, SelectStatement, SimpleExpr, UnionType},
};

use crate::metrics::METRICS;
use entity::Keyed;
use lines::Lines;
use within::Within;

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
    seen: Option<Arc<Seen>>,
}

/// Which revisions the statements of a request saw.
#[derive(Debug)]
pub(crate) struct Seen {
    expected: i32,
    /// The newest other that a statement saw; 0 where none did.
    other: AtomicI32,
    /// Whether a statement did not say.
    unsure: AtomicBool,
}

/// What the statements of a request saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    /// All of them the revision that was expected.
    Expected,
    /// Some of them this one.
    Other(i32),
    /// Some of them did not say.
    Unsure,
}

impl Seen {
    fn note(&self, revision: Option<i32>) {
        match revision {
            Some(revision) if revision == self.expected => {}
            Some(revision) => {
                self.other.fetch_max(revision, Ordering::Relaxed);
            }
            None => self.unsure.store(true, Ordering::Relaxed),
        }
    }

    pub fn sight(&self) -> Sight {
        match self.other.load(Ordering::Relaxed) {
            0 if self.unsure.load(Ordering::Relaxed) => Sight::Unsure,
            0 => Sight::Expected,
            other => Sight::Other(other),
        }
    }
}

/// The rows of all of some statements, which have the same columns.
pub(crate) struct Union(SelectStatement);

impl Union {
    pub fn all(statements: impl IntoIterator<Item = SelectStatement>) -> Option<Self> {
        let mut statements = statements.into_iter();
        let mut all = statements.next()?;
        all.unions(statements.map(|statement| (UnionType::All, statement)));
        Some(Self(all))
    }

    /// As a part of another statement.
    pub fn into_statement(self) -> SelectStatement {
        self.0
    }
}

/// The number of the newest revision, as the statement that asks for it sees it.
fn newest_revision() -> SimpleExpr {
    Expr::cust(r#"(SELECT MAX("id") FROM "revision")"#)
}

/// The name of that number in a row.
const AT: &str = "at_revision";

#[derive(Clone, Debug)]
enum Reading {
    /// Each statement sees the newest state.
    Newest(DatabaseConnection),
    /// Likewise, on connections that are kept for it.
    Lines(Arc<Lines>),
    /// All statements see the same state.
    Snapshot(Arc<Within<DatabaseTransaction>>),
}

impl Store {
    pub fn new(db: DatabaseConnection) -> Self {
        Self { reading: Reading::Newest(db), seen: None }
    }

    /// To answer requests from. See [`connect::connect_to_serve`].
    pub fn on(lines: Arc<Lines>) -> Self {
        Self { reading: Reading::Lines(lines), seen: None }
    }

    /// The knowledge base as a transaction sees it, whatever is written meanwhile. See
    /// [`connect::snapshot`].
    pub fn snapshot(transaction: DatabaseTransaction) -> Self {
        let transaction = Arc::new(Within::this_runtime(transaction));
        Self { reading: Reading::Snapshot(transaction), seen: None }
    }

    /// The same, and what its statements will have seen, who expect a revision.
    pub(crate) fn expecting(&self, revision: i32) -> (Self, Arc<Seen>) {
        let seen =
            Seen { expected: revision, other: AtomicI32::default(), unsure: AtomicBool::default() };
        let seen = Arc::new(seen);
        (Self { reading: self.reading.clone(), seen: Some(seen.clone()) }, seen)
    }

    /// Whether the database answers and has content.
    pub async fn is_ready(&self) -> Result<bool, ReadError> {
        Ok(self.newest_revision_number().await? > 0)
    }

    /// The number of the newest revision; 0 while the knowledge base is empty.
    pub async fn newest_revision_number(&self) -> Result<i32, ReadError> {
        let select = Query::select().expr_as(newest_revision(), Alias::new(AT)).to_owned();
        let rows = self.run(&select).await?;
        let row = rows.first().expect("a statement without a table has one row");
        let newest: Option<i32> = row.try_get("", AT)?;
        Ok(newest.unwrap_or(0))
    }

    pub(crate) fn backend(&self) -> DbBackend {
        match &self.reading {
            Reading::Newest(db) => db.get_database_backend(),
            Reading::Lines(lines) => lines.backend(),
            Reading::Snapshot(transaction) => transaction.get_database_backend(),
        }
    }

    /// Runs a statement that is no union. Where it matters, each row also tells which revision it saw.
    pub(crate) async fn rows(
        &self,
        mut statement: SelectStatement,
    ) -> Result<Vec<QueryResult>, ReadError> {
        let Some(seen) = &self.seen else { return self.run(&statement).await };
        statement.expr_as(newest_revision(), Alias::new(AT));
        let rows = self.run(&statement).await?;
        let at: Option<Option<i32>> = rows.first().map(|row| row.try_get("", AT)).transpose()?;
        seen.note(at.flatten());
        Ok(rows)
    }

    pub(crate) async fn rows_of_union(&self, union: &Union) -> Result<Vec<QueryResult>, ReadError> {
        if let Some(seen) = &self.seen {
            seen.note(None);
        }
        self.run(&union.0).await
    }

    async fn run(&self, statement: &SelectStatement) -> Result<Vec<QueryResult>, ReadError> {
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
        statement: SelectStatement,
    ) -> Result<Vec<M>, ReadError> {
        models(&self.rows(statement).await?)
    }

    /// The rows of an entity: the statement begins with its columns.
    pub(crate) async fn rows_of<E: Keyed>(
        &self,
        statement: SelectStatement,
    ) -> Result<Vec<E::Model>, ReadError> {
        let rows: Result<_, DbErr> = self.rows(statement).await?.iter().map(E::read).collect();
        Ok(rows?)
    }

    pub(crate) async fn models_of_union<M: FromQueryResult>(
        &self,
        union: &Union,
    ) -> Result<Vec<M>, ReadError> {
        models(&self.rows_of_union(union).await?)
    }
}

fn models<M: FromQueryResult>(rows: &[QueryResult]) -> Result<Vec<M>, ReadError> {
    let models: Result<_, DbErr> = rows.iter().map(|row| M::from_query_result(row, "")).collect();
    Ok(models?)
}
