//! Connections that are kept between statements. A pool tests a connection each time it is given back, by a
//! round trip of its own; these go from statement to statement untested. One whose statement failed or was
//! given up goes back to its pool, which finds out whether it is of any more use.

use std::{
    fmt::{self, Debug},
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use sea_orm::{
    ConnAcquireErr, DatabaseConnection, DbBackend, DbErr, QueryResult, RuntimeErr, Statement,
    StatementBuilder,
    sqlx::{self, AssertSqlSafe, Postgres, Sqlite, pool::PoolConnection},
};
use sea_query_sqlx::SqlxValues;
use tokio::sync::Semaphore;

use super::{connect::PATIENCE, within::Within};

/// The connections of one thread to its database.
pub struct Lines {
    pool: DatabaseConnection,
    /// One for each connection that there may be.
    permits: Semaphore,
    idle: Mutex<Vec<Line>>,
    longest: Duration,
}

/// A connection that is ours.
enum Line {
    Postgres(Within<PoolConnection<Postgres>>),
    Sqlite(Within<PoolConnection<Sqlite>>, Clock),
}

impl Debug for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lines({} open, {} idle)", self.open(), self.idle())
    }
}

impl Lines {
    /// Takes its connections from a pool that nothing else uses, and that has as many.
    pub(super) fn new(pool: DatabaseConnection, connections: u32, longest: Duration) -> Self {
        let permits =
            Semaphore::new(usize::try_from(connections).unwrap_or(Semaphore::MAX_PERMITS));
        Self { pool, permits, idle: Mutex::default(), longest }
    }

    pub(super) fn backend(&self) -> DbBackend {
        self.pool.get_database_backend()
    }

    /// How many connections are open.
    pub fn open(&self) -> u32 {
        match self.backend() {
            DbBackend::Postgres => self.pool.get_postgres_connection_pool().size(),
            _ => self.pool.get_sqlite_connection_pool().size(),
        }
    }

    /// How many of them nobody uses.
    pub fn idle(&self) -> u32 {
        let in_pool = match self.backend() {
            DbBackend::Postgres => self.pool.get_postgres_connection_pool().num_idle(),
            _ => self.pool.get_sqlite_connection_pool().num_idle(),
        };
        u32::try_from(in_pool + self.kept().len()).unwrap_or(u32::MAX)
    }

    /// Runs a statement on a connection that is free, or on a new one.
    pub(super) async fn query_all(
        &self,
        statement: &impl StatementBuilder,
    ) -> Result<Vec<QueryResult>, DbErr> {
        let statement = || statement.build(&self.backend());
        let permit = tokio::time::timeout(PATIENCE, self.permits.acquire());
        let busy = DbErr::ConnectionAcquire(ConnAcquireErr::Timeout);
        let _permit = permit.await.map_err(|_| busy)?.expect("permits are never closed");
        let kept = self.kept().pop();
        if let Some(line) = kept {
            match self.run(line, statement()).await {
                Err(error) if is_broken(&error) => {
                    tracing::warn!(%error, "a connection is broken: the statement is run anew");
                    // Where the database was restarted, the others are too.
                    self.kept().clear();
                }
                done => return done.map_err(failed),
            }
        }
        let line = self.line().await?;
        self.run(line, statement()).await.map_err(failed)
    }

    /// Runs a statement; the line is kept where all goes well.
    async fn run(
        &self,
        mut line: Line,
        statement: Statement,
    ) -> Result<Vec<QueryResult>, sqlx::Error> {
        let values = SqlxValues(statement.values.unwrap_or_else(|| sea_orm::Values(Vec::new())));
        let text = AssertSqlSafe(statement.sql);
        let rows = match &mut line {
            Line::Postgres(connection) => {
                let rows = sqlx::query_with(text, values).fetch_all(&mut ***connection).await?;
                rows.into_iter().map(QueryResult::from).collect()
            }
            Line::Sqlite(connection, clock) => {
                clock.start();
                let rows = sqlx::query_with(text, values).fetch_all(&mut ***connection).await?;
                rows.into_iter().map(QueryResult::from).collect()
            }
        };
        self.kept().push(line);
        Ok(rows)
    }

    async fn line(&self) -> Result<Line, DbErr> {
        let unreachable = |error| match error {
            sqlx::Error::PoolTimedOut => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
            other => DbErr::Conn(RuntimeErr::SqlxError(Arc::new(other))),
        };
        match self.backend() {
            DbBackend::Postgres => {
                let pool = self.pool.get_postgres_connection_pool();
                let connection = Within::this_runtime(pool.acquire().await.map_err(unreachable)?);
                Ok(Line::Postgres(connection))
            }
            _ => {
                let pool = self.pool.get_sqlite_connection_pool();
                let mut connection =
                    Within::this_runtime(pool.acquire().await.map_err(unreachable)?);
                let clock = Clock::default();
                clock.limit(&mut connection, self.longest).await.map_err(unreachable)?;
                Ok(Line::Sqlite(connection, clock))
            }
        }
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Line>> {
        self.idle.lock().expect("nothing panics while the lock is held")
    }
}

fn failed(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(Arc::new(error)))
}

/// Whether nothing can be asked over a connection any more.
fn is_broken(error: &sqlx::Error) -> bool {
    /// PostgreSQL's class for what operators do: shut down, terminate, crash.
    const INTERVENTION: &str = "57P";
    match error {
        sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(error) => {
            error.code().is_some_and(|code| code.starts_with(INTERVENTION))
        }
        _ => false,
    }
}

/// When the statement of a SQLite connection began; PostgreSQL looks at its clock itself.
#[derive(Clone)]
struct Clock {
    since: Instant,
    /// Milliseconds after `since`.
    started: Arc<AtomicU64>,
}

impl Default for Clock {
    fn default() -> Self {
        Self { since: Instant::now(), started: Arc::default() }
    }
}

impl Clock {
    fn now(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn start(&self) {
        self.started.store(self.now(), Ordering::Relaxed);
    }

    /// Ends statements of a connection that take longer than a time.
    async fn limit(
        &self,
        connection: &mut PoolConnection<Sqlite>,
        longest: Duration,
    ) -> Result<(), sqlx::Error> {
        /// Steps of SQLite's machine between two looks at the clock: some milliseconds.
        const STEPS: i32 = 100_000;
        let clock = self.clone();
        let longest = u64::try_from(longest.as_millis()).unwrap_or(u64::MAX);
        let may_go_on =
            move || clock.now().saturating_sub(clock.started.load(Ordering::Relaxed)) < longest;
        connection.lock_handle().await?.set_progress_handler(STEPS, may_go_on);
        Ok(())
    }
}
