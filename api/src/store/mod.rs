//! Reads the knowledge base: rows by key or slug, rows that hang on a row, and pages of lists.
//! Plain entities out; nothing here knows GraphQL or HTTP.

mod address;
pub mod changes;
pub mod connect;
pub mod connection;
pub mod copy;
pub mod dataset;
pub(crate) mod dialect;
pub mod entity;
pub mod filter;
pub mod lengths;
pub mod list;
pub mod load;
pub mod read_pool;
pub mod snapshot;
pub mod source;
pub mod watch;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use entities::revision;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, EntityTrait, FromQueryResult,
    QueryOrder, QueryResult, QuerySelect, QueryTrait, RuntimeErr,
    sea_query::{Alias, Expr, SelectStatement, SimpleExpr, UnionType},
    sqlx,
};

use crate::{cache::Version, metrics::METRICS};
use entity::Keyed;
use read_pool::ReadPool;
use snapshot::Snapshot;

/// A failed read. The cause is for the log; users see only what they can do.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the database could not be read")]
pub struct ReadError {
    kind: ReadErrorKind,
    #[source]
    cause: Arc<dyn std::error::Error + Send + Sync>,
}

/// What a failed read means to who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadErrorKind {
    /// All connections were in use for too long.
    Busy,
    /// The statement took longer than the statement timeout.
    TimedOut,
    /// The database can't be reached, or is another than before.
    Unavailable,
    /// A fault of ours.
    Internal,
}

impl ReadErrorKind {
    /// What a driver's error on an open connection means.
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
            // The classes of connections and of operators, and invalid_catalog_name.
            "3D000" => Self::Unavailable,
            code if code.starts_with("08") || code.starts_with("57P") => Self::Unavailable,
            _ => Self::Internal,
        }
    }

    fn of_sqlite(code: &str) -> Self {
        // The lowest byte is the primary code.
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

    /// Why a connection was not opened: as a rule, the database is to blame, whatever its error.
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
    reading: Reading,
    tracker: Option<Arc<RevisionTracker>>,
}

/// Whether the statements of a request saw the revision that it is answered at.
#[derive(Debug)]
pub(crate) struct RevisionTracker {
    expected: Version,
    /// Whether a statement saw another.
    has_other: AtomicBool,
    /// Whether a statement did not tell.
    has_unknown: AtomicBool,
}

/// What the statements of a request saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Observed {
    /// All of them the revision that was expected.
    Expected,
    /// Some of them another.
    Other,
    /// Some of them did not tell.
    Unknown,
}

impl RevisionTracker {
    /// `revision` is none where a statement has no row that could tell.
    fn note(&self, epoch: u32, revision: Option<i32>) {
        match revision {
            _ if epoch != self.expected.epoch => self.has_other.store(true, Ordering::Relaxed),
            Some(revision) if revision == self.expected.revision => {}
            Some(_) => self.has_other.store(true, Ordering::Relaxed),
            None => self.has_unknown.store(true, Ordering::Relaxed),
        }
    }

    pub fn observed(&self) -> Observed {
        if self.has_other.load(Ordering::Relaxed) {
            Observed::Other
        } else if self.has_unknown.load(Ordering::Relaxed) {
            Observed::Unknown
        } else {
            Observed::Expected
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
const REVISION_COLUMN: &str = "at_revision";

/// The newest revision: its number and when it was written.
fn newest_version() -> SelectStatement {
    revision::Entity::find()
        .select_only()
        .columns([revision::Column::Id, revision::Column::CreatedAt])
        .order_by_desc(revision::Column::Id)
        .limit(1)
        .into_query()
}

#[derive(FromQueryResult)]
struct NewestRevision {
    id: i32,
    created_at: chrono::DateTime<chrono::Utc>,
}

/// The version that the rows of [`newest_version`] tell; the default while the knowledge base is empty.
fn version(rows: &[QueryResult], epoch: u32) -> Result<Version, ReadError> {
    let newest: Vec<NewestRevision> = models(rows)?;
    Ok(newest.first().map_or(Version { epoch, ..Version::default() }, |newest| Version {
        epoch,
        revision: newest.id,
        written_at: newest.created_at.timestamp_micros(),
    }))
}

#[derive(Clone, Debug)]
enum Reading {
    /// Each statement sees the newest state.
    Newest(DatabaseConnection),
    /// Likewise, on connections that are kept for it.
    Pool(Arc<ReadPool>),
    /// All statements see the same state.
    Snapshot(Arc<Snapshot>),
}

impl Store {
    pub fn new(db: DatabaseConnection) -> Self {
        Self::reading(Reading::Newest(db))
    }

    /// To answer requests from.
    pub fn pooled(pool: Arc<ReadPool>) -> Self {
        Self::reading(Reading::Pool(pool))
    }

    /// The knowledge base in one state, whatever is written at the same time.
    pub fn snapshot(snapshot: Arc<Snapshot>) -> Self {
        Self::reading(Reading::Snapshot(snapshot))
    }

    fn reading(reading: Reading) -> Self {
        Self { reading, tracker: None }
    }

    /// The same store, and what tells whether its statements saw the version that is expected.
    pub(crate) fn expect_version(&self, expected: Version) -> (Self, Arc<RevisionTracker>) {
        let tracker = Arc::new(RevisionTracker {
            expected,
            has_other: AtomicBool::default(),
            has_unknown: AtomicBool::default(),
        });
        (Self { reading: self.reading.clone(), tracker: Some(tracker.clone()) }, tracker)
    }

    /// The newest revision; the default while the knowledge base is empty.
    pub async fn newest_version(&self) -> Result<Version, ReadError> {
        let (rows, epoch) = self.run(&newest_version()).await?;
        version(&rows, epoch)
    }

    pub(crate) fn backend(&self) -> DbBackend {
        match &self.reading {
            Reading::Newest(db) => db.get_database_backend(),
            Reading::Pool(pool) => pool.backend(),
            Reading::Snapshot(snapshot) => snapshot.backend(),
        }
    }

    /// Runs a statement that is no union. Where it matters, each row also tells which revision it saw.
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

    /// The rows, and the epoch of the database that they are from.
    async fn run(&self, statement: &SelectStatement) -> Result<(Vec<QueryResult>, u32), ReadError> {
        METRICS.statement();
        match &self.reading {
            Reading::Newest(db) => Ok((db.query_all(statement).await?, 0)),
            Reading::Pool(pool) => pool.query_all(statement).await,
            Reading::Snapshot(snapshot) => snapshot.query_all(statement).await,
        }
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
