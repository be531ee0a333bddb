//! A read connection. Every statement has a timeout, even if the database stops responding.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use sea_orm::{
    QueryResult, Statement,
    sqlx::{
        self, AssertSqlSafe, Connection as _, PgConnection, SqliteConnection,
        postgres::PgConnectOptions, sqlite::SqliteConnectOptions,
    },
};
use sea_query_sqlx::SqlxValues;
use tokio::sync::OwnedRwLockReadGuard;

/// Maximum length of a statement that is kept prepared, in bytes. Longer statements contain filters
/// composed by clients, which are rarely repeated.
const LONGEST_PREPARED: usize = 4 << 10;
/// Maximum number of prepared statements per connection.
pub const PREPARED_STATEMENTS: u16 = 256;
/// Maximum memory of a prepared statement in this process, in bytes: its SQL, its columns' names
/// and types, and in SQLite its bytecode, which took up to 26 kB for the statements of the API.
pub const PREPARED_BYTES: u64 = 32 << 10;
/// Maximum memory of a connection besides its prepared statements, in bytes: SQLite's page cache,
/// which is limited to 2 MB, and buffered rows.
pub const CONNECTION_BYTES: u64 = 4 << 20;
/// How long beyond the statement timeout to wait for the database to report the timeout.
const MARGIN: Duration = Duration::from_secs(2);
/// How long to wait for a response that takes the database no work, such as a ping.
pub(super) const SILENCE: Duration = Duration::from_secs(3);

/// Why a statement failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// No response in time.
    #[error("the connection does not respond")]
    Silent,
}

impl Failure {
    /// Whether the failure is one of the connection, so that a retry on a new one may succeed.
    pub fn is_of_the_connection(&self) -> bool {
        /// PostgreSQL error classes: operator intervention (shutdown, crash) and connection
        /// exceptions.
        const OF_THE_CONNECTION: [&str; 2] = ["57P", "08"];
        match self {
            Self::Silent => true,
            Self::Database(
                sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed,
            ) => true,
            Self::Database(sqlx::Error::Database(error)) => error
                .code()
                .is_some_and(|code| OF_THE_CONNECTION.iter().any(|class| code.starts_with(class))),
            Self::Database(_) => false,
        }
    }
}

/// Settings of all connections of a source.
#[derive(Clone, Debug)]
pub(super) struct Session {
    /// Maximum duration of a statement.
    pub statement_timeout: Duration,
    /// Whether a pooler in transaction mode is used: each transaction may run on another server
    /// connection.
    pub is_pooled: bool,
}

impl Session {
    /// PostgreSQL settings for read connections.
    pub fn settings(&self) -> [(&'static str, String); 5] {
        [
            ("statement_timeout", self.statement_timeout.as_millis().to_string()),
            // The knowledge base fits in memory, so random access costs the same as sequential
            // access.
            ("random_page_cost", "1.1".to_owned()),
            // Statements are repeated; planning one takes longer than running it.
            ("plan_cache_mode", "force_generic_plan".to_owned()),
            // Many statements share the cores, and starting workers takes longer than reading a
            // page.
            ("max_parallel_workers_per_gather", "0".to_owned()),
            ("jit", "off".to_owned()),
        ]
    }

    /// SQL that begins a PostgreSQL transaction. Behind a pooler, it also applies the settings.
    fn begin(&self, isolation: &str) -> String {
        let mut begin = format!("BEGIN ISOLATION LEVEL {isolation} READ ONLY");
        if self.is_pooled {
            for (setting, value) in self.settings() {
                begin += &format!("; SET LOCAL {setting} = {value}");
            }
        }
        begin
    }
}

/// A read connection, closed when dropped.
pub(super) struct ReadConnection {
    driver: Driver,
    session: Session,
    opened: Instant,
    used: Instant,
    in_transaction: bool,
    /// The epoch of its database; see [`ReadDatabase`](super::source::ReadDatabase).
    pub epoch: u32,
    /// How often its source had lost contact when the connection was opened.
    pub contact: u64,
    /// Held while a SQLite file is open.
    file: Option<OwnedRwLockReadGuard<()>>,
}

enum Driver {
    Postgres(Box<PgConnection>),
    Sqlite(SqliteConnection, Clock),
}

impl ReadConnection {
    pub async fn postgres(
        options: &PgConnectOptions,
        session: Session,
        epoch: u32,
        contact: u64,
    ) -> Result<Self, Failure> {
        let opening = PgConnection::connect_with(options);
        let connection =
            tokio::time::timeout(SILENCE, opening).await.map_err(|_| Failure::Silent)??;
        Ok(Self::new(Driver::Postgres(Box::new(connection)), session, epoch, contact, None))
    }

    pub async fn sqlite(
        options: &SqliteConnectOptions,
        session: Session,
        epoch: u32,
        file: Option<OwnedRwLockReadGuard<()>>,
    ) -> Result<Self, Failure> {
        let mut connection = SqliteConnection::connect_with(options).await?;
        let clock = Clock::default();
        clock.limit(&mut connection, session.statement_timeout).await?;
        Ok(Self::new(Driver::Sqlite(connection, clock), session, epoch, 0, file))
    }

    fn new(
        driver: Driver,
        session: Session,
        epoch: u32,
        contact: u64,
        file: Option<OwnedRwLockReadGuard<()>>,
    ) -> Self {
        let now = Instant::now();
        Self {
            driver,
            session,
            opened: now,
            used: now,
            in_transaction: false,
            epoch,
            contact,
            file,
        }
    }

    /// Replaces the guard that prevents a switch to another SQLite file. With `None`, the caller
    /// must prevent it.
    pub fn hold_file(&mut self, file: Option<OwnedRwLockReadGuard<()>>) {
        self.file = file;
    }

    /// How long it has been open, and how long it has been idle.
    pub fn age(&self) -> (Duration, Duration) {
        (self.opened.elapsed(), self.used.elapsed())
    }

    /// Runs a statement. After an error, the connection must not be used again.
    pub async fn run(&mut self, statement: Statement) -> Result<Vec<QueryResult>, Failure> {
        let limit = self.session.statement_timeout + MARGIN;
        let rows = tokio::time::timeout(limit, self.fetch(statement)).await;
        let rows = rows.map_err(|_| Failure::Silent)??;
        self.used = Instant::now();
        Ok(rows)
    }

    async fn fetch(&mut self, statement: Statement) -> Result<Vec<QueryResult>, sqlx::Error> {
        let is_kept = !self.session.is_pooled && statement.sql.len() <= LONGEST_PREPARED;
        let values = SqlxValues(statement.values.unwrap_or_else(|| sea_orm::Values(Vec::new())));
        let text = AssertSqlSafe(statement.sql);
        match &mut self.driver {
            Driver::Postgres(connection) => {
                let query = sqlx::query_with(text, values).persistent(is_kept);
                // SQLx sends several messages per statement. Outside a transaction, a pooler may
                // send them to different server connections.
                let wraps = self.session.is_pooled && !self.in_transaction;
                if wraps {
                    let begin = self.session.begin("READ COMMITTED");
                    sqlx::raw_sql(AssertSqlSafe(begin)).execute(&mut **connection).await?;
                }
                let rows = query.fetch_all(&mut **connection).await?;
                if wraps {
                    sqlx::raw_sql("COMMIT").execute(&mut **connection).await?;
                }
                Ok(rows.into_iter().map(QueryResult::from).collect())
            }
            Driver::Sqlite(connection, clock) => {
                clock.start();
                let query = sqlx::query_with(text, values).persistent(is_kept);
                let rows = query.fetch_all(connection).await?;
                Ok(rows.into_iter().map(QueryResult::from).collect())
            }
        }
    }

    /// Runs SQL that returns no rows.
    pub async fn execute(&mut self, text: String) -> Result<(), Failure> {
        let text = AssertSqlSafe(text);
        let run = async {
            match &mut self.driver {
                Driver::Postgres(connection) => {
                    sqlx::raw_sql(text).execute(&mut **connection).await.map(drop)
                }
                Driver::Sqlite(connection, clock) => {
                    clock.start();
                    sqlx::raw_sql(text).execute(connection).await.map(drop)
                }
            }
        };
        tokio::time::timeout(self.session.statement_timeout + MARGIN, run)
            .await
            .map_err(|_| Failure::Silent)??;
        self.used = Instant::now();
        Ok(())
    }

    /// Begins a transaction whose statements all see the state of the database at the first
    /// statement.
    pub async fn begin_snapshot(&mut self) -> Result<(), Failure> {
        let begin = match &self.driver {
            Driver::Postgres(_) => self.session.begin("REPEATABLE READ"),
            Driver::Sqlite(..) => "BEGIN".to_owned(),
        };
        self.execute(begin).await?;
        self.in_transaction = true;
        Ok(())
    }

    /// Whether its statements all see the same state; see [`ReadConnection::begin_snapshot`].
    pub fn is_snapshot(&self) -> bool {
        self.in_transaction
    }

    /// Whether the database responds.
    pub async fn answers(&mut self) -> bool {
        let pinged = match &mut self.driver {
            Driver::Postgres(connection) => tokio::time::timeout(SILENCE, connection.ping())
                .await
                .is_ok_and(|pong| pong.is_ok()),
            Driver::Sqlite(..) => true,
        };
        if pinged {
            self.used = Instant::now();
        }
        pinged
    }

    /// Waits for the end of an abandoned statement, and returns whether the connection can be
    /// reused.
    pub async fn recover(&mut self) -> bool {
        let limit = self.session.statement_timeout + MARGIN;
        let pong = match &mut self.driver {
            Driver::Postgres(connection) => tokio::time::timeout(limit, connection.ping()).await,
            Driver::Sqlite(connection, clock) => {
                clock.stop();
                tokio::time::timeout(limit, connection.ping()).await
            }
        };
        // Behind a pooler, its transaction is still open.
        pong.is_ok_and(|pong| pong.is_ok()) && !self.session.is_pooled
    }

    /// Closes the connection, and waits until it is closed.
    pub async fn close(self) {
        let closing = async {
            match self.driver {
                Driver::Postgres(connection) => connection.close().await,
                Driver::Sqlite(connection, _) => connection.close().await,
            }
        };
        // If closing fails, the connection is dropped.
        let _ = tokio::time::timeout(SILENCE, closing).await;
    }
}

/// When the current statement of a SQLite connection started. PostgreSQL enforces its timeout
/// itself.
#[derive(Clone)]
struct Clock {
    since: Instant,
    /// Milliseconds after `since`.
    started: Arc<AtomicU64>,
}

/// Marks a statement that must end immediately.
const STOPPED: u64 = u64::MAX;

impl Default for Clock {
    fn default() -> Self {
        Self { since: Instant::now(), started: Arc::default() }
    }
}

impl Clock {
    fn now(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_millis()).unwrap_or(STOPPED)
    }

    fn start(&self) {
        self.started.store(self.now(), Ordering::Relaxed);
    }

    fn stop(&self) {
        self.started.store(STOPPED, Ordering::Relaxed);
    }

    /// Interrupts statements of the connection that take longer than `longest`.
    async fn limit(
        &self,
        connection: &mut SqliteConnection,
        longest: Duration,
    ) -> Result<(), sqlx::Error> {
        /// Instructions of SQLite's virtual machine between two checks of the clock: a few
        /// milliseconds.
        const STEPS: i32 = 100_000;
        let clock = self.clone();
        let longest = u64::try_from(longest.as_millis()).unwrap_or(u64::MAX);
        let may_go_on = move || {
            let started = clock.started.load(Ordering::Relaxed);
            started != STOPPED && clock.now().saturating_sub(started) < longest
        };
        connection.lock_handle().await?.set_progress_handler(STEPS, may_go_on);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use sea_orm::{DbBackend, sqlx::sqlite::SqliteConnectOptions};
    use tempfile::TempDir;
    use tokio::runtime::Builder;

    use super::*;
    use crate::store::{ReadError, ReadErrorKind};

    async fn opened(
        folder: &TempDir,
        statement_timeout: Duration,
    ) -> Result<ReadConnection, Failure> {
        let file = folder.path().join("empty.db");
        let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
        let session = Session { statement_timeout, is_pooled: false };
        ReadConnection::sqlite(&options, session, 0, None).await
    }

    fn sql(text: String) -> Statement {
        Statement::from_string(DbBackend::Sqlite, text)
    }

    #[test]
    fn a_statement_that_takes_too_long_is_ended_and_told_so() -> Result<(), Box<dyn Error>> {
        let folder = TempDir::new()?;
        let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) \
            SELECT COUNT(*) FROM n";
        Builder::new_current_thread().enable_all().build()?.block_on(async {
            let mut connection = opened(&folder, Duration::from_millis(200)).await?;
            let failure = connection.run(sql(endless.to_owned())).await.expect_err("it is endless");
            assert_eq!(ReadError::from(failure).kind(), ReadErrorKind::TimedOut);
            // The connection still works, although pools close it.
            assert_eq!(connection.run(sql("SELECT 1".to_owned())).await?.len(), 1);
            Ok(())
        })
    }

    #[test]
    fn long_statements_are_not_kept_and_the_others_are_bounded() -> Result<(), Box<dyn Error>> {
        let folder = TempDir::new()?;
        Builder::new_current_thread().enable_all().build()?.block_on(async {
            let mut connection = opened(&folder, Duration::from_secs(10)).await?;
            let prepared = |connection: &ReadConnection| match &connection.driver {
                Driver::Sqlite(connection, _) => connection.cached_statements_size(),
                Driver::Postgres(_) => unreachable!("it is a file"),
            };
            for number in 0..20 {
                let long = format!("SELECT {number} -- {}", "x".repeat(LONGEST_PREPARED));
                connection.run(sql(long)).await?;
            }
            assert_eq!(prepared(&connection), 0);
            for number in 0..2 * PREPARED_STATEMENTS {
                connection.run(sql(format!("SELECT {number}"))).await?;
            }
            assert!((1..=usize::from(PREPARED_STATEMENTS)).contains(&prepared(&connection)));
            Ok(())
        })
    }

    #[test]
    fn connections_can_be_dropped_outside_of_their_runtime_and_after_it()
    -> Result<(), Box<dyn Error>> {
        let folder = TempDir::new()?;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let second = Duration::from_secs(1);
        drop(runtime.block_on(opened(&folder, second))?);
        let later = runtime.block_on(opened(&folder, second))?;
        drop(runtime);
        drop(later);
        Ok(())
    }
}
