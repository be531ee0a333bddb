//! Reads the knowledge base: rows by primary key or slug, related rows, and pages of lists. Returns
//! models; independent of GraphQL and HTTP.

mod address;
pub mod changes;
pub mod connect;
pub mod connection;
pub mod copy;
pub mod database;
pub mod dataset;
pub(crate) mod dialect;
pub mod filter;
mod first_slugs;
pub mod lengths;
pub mod links;
pub mod list;
pub mod load;
pub mod read_pool;
pub mod snapshot;
pub mod states;
pub(crate) mod tables;
pub mod version;
pub mod watch;

use entities::TableRow;
use std::sync::Arc;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, FromQueryResult, QueryResult,
    RuntimeErr,
    sea_query::{Alias, Expr, SelectStatement, SimpleExpr, UnionType},
    sqlx,
};

use crate::metrics::METRICS;
pub use first_slugs::FirstSlugs;
use read_pool::ReadPool;
use snapshot::Snapshot;
use version::{DataVersion, RevisionTracker, newest_version, version};

/// A failed read. The cause is logged; clients receive only a message for the kind of error.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the database could not be read")]
pub struct ReadError {
    kind: ReadErrorKind,
    #[source]
    cause: Arc<dyn std::error::Error + Send + Sync>,
}

/// What a failed read means to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadErrorKind {
    /// All connections were in use for too long.
    Busy,
    /// The statement took longer than the statement timeout.
    TimedOut,
    /// The database can't be reached, or was replaced.
    Unavailable,
    /// A bug or an unexpected error of the database.
    Internal,
}

impl ReadErrorKind {
    /// The kind of a driver's error on an open connection.
    fn of(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::PoolClosed => Self::Unavailable,
            sqlx::Error::PoolTimedOut => Self::Busy,
            sqlx::Error::Database(error) => {
                let code = error.code().unwrap_or_default();
                match error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>() {
                    Some(_) => Self::of_postgres(&code),
                    None => Self::of_sqlite(&code),
                }
            }
            _ => Self::Internal,
        }
    }

    fn of_postgres(code: &str) -> Self {
        match code {
            // query_canceled
            "57014" => Self::TimedOut,
            // too_many_connections, lock_not_available
            "53300" | "55P03" => Self::Busy,
            // invalid_catalog_name, and the classes connection_exception and operator_intervention.
            "3D000" => Self::Unavailable,
            code if code.starts_with("08") || code.starts_with("57P") => Self::Unavailable,
            _ => Self::Internal,
        }
    }

    fn of_sqlite(code: &str) -> Self {
        // The lowest byte is the primary result code.
        match code.parse::<u32>().unwrap_or_default() & 0xff {
            // SQLITE_INTERRUPT
            9 => Self::TimedOut,
            // SQLITE_BUSY, SQLITE_LOCKED
            5 | 6 => Self::Busy,
            // SQLITE_IOERR, SQLITE_CANTOPEN
            10 | 14 => Self::Unavailable,
            _ => Self::Internal,
        }
    }
}

impl From<DbErr> for ReadError {
    fn from(error: DbErr) -> Self {
        let kind = match &error {
            DbErr::ConnectionAcquire(_) => ReadErrorKind::Busy,
            DbErr::Conn(RuntimeErr::SqlxError(error))
            | DbErr::Exec(RuntimeErr::SqlxError(error))
            | DbErr::Query(RuntimeErr::SqlxError(error)) => ReadErrorKind::of(error),
            _ => ReadErrorKind::Internal,
        };
        Self::new(kind, error)
    }
}

impl ReadError {
    fn new(kind: ReadErrorKind, cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self { kind, cause: Arc::new(cause) }
    }

    fn from_driver(error: sqlx::Error) -> Self {
        Self::new(ReadErrorKind::of(&error), error)
    }

    /// The error of a connection that could not be opened. An unexpected error counts as
    /// [`ReadErrorKind::Unavailable`], as its cause is most likely the database.
    fn opening(failure: connection::Failure) -> Self {
        let mut error = Self::from(failure);
        if error.kind == ReadErrorKind::Internal {
            error.kind = ReadErrorKind::Unavailable;
        }
        error
    }

    pub fn kind(&self) -> ReadErrorKind {
        self.kind
    }
}

/// The knowledge base, open for reading.
#[derive(Clone, Debug)]
pub struct Store {
    reading: Backing,
    tracker: Option<Arc<RevisionTracker>>,
}

/// `UNION ALL` of statements with the same columns.
pub(crate) struct Union(SelectStatement);

impl Union {
    pub fn all(statements: impl IntoIterator<Item = SelectStatement>) -> Option<Self> {
        let mut statements = statements.into_iter();
        let mut all = statements.next()?;
        all.unions(statements.map(|statement| (UnionType::All, statement)));
        Some(Self(all))
    }

    /// For use as a subquery.
    pub fn into_statement(self) -> SelectStatement {
        self.0
    }
}

/// The newest revision that the enclosing statement sees.
fn newest_revision() -> SimpleExpr {
    Expr::cust(r#"(SELECT MAX("id") FROM "revision")"#)
}

/// The column alias of [`newest_revision`].
const REVISION_COLUMN: &str = "at_revision";

#[derive(Clone, Debug)]
enum Backing {
    /// Each statement sees the newest state.
    Newest(DatabaseConnection),
    /// Each statement sees the newest state, on a pooled connection.
    Pool(Arc<ReadPool>),
    /// All statements see the same state.
    Snapshot(Arc<Snapshot>),
}

impl Store {
    pub fn new(db: DatabaseConnection) -> Self {
        Self::reading(Backing::Newest(db))
    }

    /// A store for requests.
    pub fn pooled(pool: Arc<ReadPool>) -> Self {
        Self::reading(Backing::Pool(pool))
    }

    /// A store whose statements all see the same state, even during an import.
    pub fn snapshot(snapshot: Arc<Snapshot>) -> Self {
        Self::reading(Backing::Snapshot(snapshot))
    }

    fn reading(reading: Backing) -> Self {
        Self { reading, tracker: None }
    }

    /// The same store, with a tracker of whether its statements saw the expected version.
    pub(crate) fn expect_version(&self, expected: DataVersion) -> (Self, Arc<RevisionTracker>) {
        let tracker = Arc::new(RevisionTracker::new(expected));
        (Self { reading: self.reading.clone(), tracker: Some(tracker.clone()) }, tracker)
    }

    /// The newest version; the default revision 0 if the knowledge base is empty.
    pub async fn newest_version(&self) -> Result<DataVersion, ReadError> {
        let (rows, epoch) = self.run(&newest_version()).await?;
        version(&rows, epoch)
    }

    pub(crate) fn backend(&self) -> DbBackend {
        match &self.reading {
            Backing::Newest(db) => db.get_database_backend(),
            Backing::Pool(pool) => pool.backend(),
            Backing::Snapshot(snapshot) => snapshot.backend(),
        }
    }

    /// Runs a statement that is not a union. If the store has a tracker, adds the revision that the
    /// statement sees to its rows.
    pub(crate) async fn rows(
        &self,
        mut statement: SelectStatement,
    ) -> Result<Vec<QueryResult>, ReadError> {
        let Some(tracker) = &self.tracker else { return Ok(self.run(&statement).await?.0) };
        statement.expr_as(newest_revision(), Alias::new(REVISION_COLUMN));
        let (rows, epoch) = self.run(&statement).await?;
        let at: Option<Option<i32>> =
            rows.first().map(|row| row.try_get("", REVISION_COLUMN)).transpose()?;
        tracker.note(epoch, at.flatten());
        Ok(rows)
    }

    pub(crate) async fn rows_of_union(&self, union: &Union) -> Result<Vec<QueryResult>, ReadError> {
        let (rows, epoch) = self.run(&union.0).await?;
        if let Some(tracker) = &self.tracker {
            tracker.note(epoch, None);
        }
        Ok(rows)
    }

    /// Returns the rows and the epoch of the database that they come from.
    async fn run(&self, statement: &SelectStatement) -> Result<(Vec<QueryResult>, u32), ReadError> {
        METRICS.statement();
        match &self.reading {
            Backing::Newest(db) => Ok((db.query_all(statement).await?, 0)),
            Backing::Pool(pool) => pool.query_all(statement).await,
            Backing::Snapshot(snapshot) => snapshot.query_all(statement).await,
        }
    }

    pub(crate) async fn models<M: FromQueryResult>(
        &self,
        statement: SelectStatement,
    ) -> Result<Vec<M>, ReadError> {
        models(&self.rows(statement).await?)
    }

    /// The models of an entity. The statement must select the columns of the entity first.
    pub(crate) async fn rows_of<E: TableRow>(
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
