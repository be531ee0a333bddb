//! A connection to read by: each statement has a bound of time, also where the database falls silent.

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

/// The longest text of a statement that is kept prepared, in bytes. Longer ones are filters put together by
/// clients, which seldom come again.
const LONGEST_PREPARED: usize = 4 << 10;
/// Statements that a connection keeps prepared.
pub const PREPARED_STATEMENTS: u16 = 256;
/// What a prepared statement takes at most in this process, in bytes: its text, the names and types of its
/// columns, and with SQLite its program, which took up to 26 kB for the statements of the API.
pub const PREPARED_BYTES: u64 = 32 << 10;
/// What else a connection takes at most, in bytes: SQLite's pages, which it bounds at 2 MB, and rows on their
/// way.
pub const CONNECTION_BYTES: u64 = 4 << 20;
/// How long a database may take beyond the statement timeout to say that it ended the statement.
const MARGIN: Duration = Duration::from_secs(2);
/// How long a database may take to answer where there is nothing to work out.
pub(super) const SILENCE: Duration = Duration::from_secs(3);

/// Why a statement has no rows.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// Nothing came back.
    #[error("the connection fell silent")]
    Silent,
}

impl Failure {
    /// Whether another connection may do better.
    pub fn is_of_the_connection(&self) -> bool {
        /// PostgreSQL's classes for what operators do (shut down, terminate, crash), and for what befalls a
        /// connection.
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

/// What all connections of a source have in common.
#[derive(Clone, Debug)]
pub(super) struct Session {
    /// How long a statement may take.
    pub statement_timeout: Duration,
    /// Whether a pooler hands each transaction to any of its own connections to PostgreSQL.
    pub is_pooled: bool,
}

impl Session {
    /// Settings of PostgreSQL for reading.
    pub fn settings(&self) -> [(&'static str, String); 5] {
        [
            ("statement_timeout", self.statement_timeout.as_millis().to_string()),
            // The knowledge base is small and lies in memory: a page costs the same wherever it is.
            ("random_page_cost", "1.1".to_owned()),
            // Statements repeat; planning one again costs more than running it.
            ("plan_cache_mode", "force_generic_plan".to_owned()),
            // Many statements at a time share the cores; to start workers for one takes longer than a page.
            ("max_parallel_workers_per_gather", "0".to_owned()),
            ("jit", "off".to_owned()),
        ]
    }

    /// Begins a transaction of PostgreSQL. Through a pooler, its settings have to come with it.
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

/// A connection. Dropped, it closes.
pub(super) struct Connection {
    driver: Driver,
    session: Session,
    opened: Instant,
    used: Instant,
    in_transaction: bool,
    /// The database that it is to, as its source counts them.
    pub epoch: u32,
    /// How often its source had lost contact when it was opened.
    pub contact: u64,
    /// Held while a SQLite file is open.
    file: Option<OwnedRwLockReadGuard<()>>,
}

enum Driver {
    Postgres(Box<PgConnection>),
    Sqlite(SqliteConnection, Clock),
}

impl Connection {
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

    /// From now on, somebody else sees to it that no other file is opened meanwhile; or the connection does.
    pub fn hold_file(&mut self, file: Option<OwnedRwLockReadGuard<()>>) {
        self.file = file;
    }

    /// How long it has been open, and how long nobody has used it.
    pub fn age(&self) -> (Duration, Duration) {
        (self.opened.elapsed(), self.used.elapsed())
    }

    /// Runs a statement. After an error, the connection is of no more use.
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
                // A pooler may give the second half of a statement to another server, but for a transaction.
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

    /// Runs a text that has no rows.
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

    /// Begins a transaction whose statements all see the same state of the database, as it is at the first
    /// of them.
    pub async fn begin_snapshot(&mut self) -> Result<(), Failure> {
        let begin = match &self.driver {
            Driver::Postgres(_) => self.session.begin("REPEATABLE READ"),
            Driver::Sqlite(..) => "BEGIN".to_owned(),
        };
        self.execute(begin).await?;
        self.in_transaction = true;
        Ok(())
    }

    /// Whether its statements see one state of the database, see [`Connection::begin_snapshot`].
    pub fn is_snapshot(&self) -> bool {
        self.in_transaction
    }

    /// Whether the other end answers.
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

    /// Waits for the end of a statement that nobody waits for any more, and tells whether the connection is of
    /// further use.
    pub async fn recover(&mut self) -> bool {
        let limit = self.session.statement_timeout + MARGIN;
        let pong = match &mut self.driver {
            Driver::Postgres(connection) => tokio::time::timeout(limit, connection.ping()).await,
            Driver::Sqlite(connection, clock) => {
                clock.stop();
                tokio::time::timeout(limit, connection.ping()).await
            }
        };
        // Through a pooler, its transaction is still open.
        pong.is_ok_and(|pong| pong.is_ok()) && !self.session.is_pooled
    }

    /// Closes it, and returns when a SQLite file is closed.
    pub async fn close(self) {
        let closing = async {
            match self.driver {
                Driver::Postgres(connection) => connection.close().await,
                Driver::Sqlite(connection, _) => connection.close().await,
            }
        };
        // One that can't be closed is dropped.
        let _ = tokio::time::timeout(SILENCE, closing).await;
    }
}

/// When the statement of a SQLite connection began; PostgreSQL looks at its clock itself.
#[derive(Clone)]
struct Clock {
    since: Instant,
    /// Milliseconds after `since`.
    started: Arc<AtomicU64>,
}

/// The start of a statement that has to end at once.
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

    /// Ends statements of a connection that take longer than a time.
    async fn limit(
        &self,
        connection: &mut SqliteConnection,
        longest: Duration,
    ) -> Result<(), sqlx::Error> {
        /// Steps of SQLite's machine between two looks at the clock: some milliseconds.
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

    async fn opened(folder: &TempDir, statement_timeout: Duration) -> Result<Connection, Failure> {
        let file = folder.path().join("empty.db");
        let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
        let session = Session { statement_timeout, is_pooled: false };
        Connection::sqlite(&options, session, 0, None).await
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
            // It is of further use, though pools close it.
            assert_eq!(connection.run(sql("SELECT 1".to_owned())).await?.len(), 1);
            Ok(())
        })
    }

    #[test]
    fn long_statements_are_not_kept_and_the_others_are_bounded() -> Result<(), Box<dyn Error>> {
        let folder = TempDir::new()?;
        Builder::new_current_thread().enable_all().build()?.block_on(async {
            let mut connection = opened(&folder, Duration::from_secs(10)).await?;
            let kept = |connection: &Connection| match &connection.driver {
                Driver::Sqlite(connection, _) => connection.cached_statements_size(),
                Driver::Postgres(_) => unreachable!("it is a file"),
            };
            for number in 0..20 {
                let long = format!("SELECT {number} -- {}", "x".repeat(LONGEST_PREPARED));
                connection.run(sql(long)).await?;
            }
            assert_eq!(kept(&connection), 0);
            for number in 0..2 * PREPARED_STATEMENTS {
                connection.run(sql(format!("SELECT {number}"))).await?;
            }
            assert!((1..=usize::from(PREPARED_STATEMENTS)).contains(&kept(&connection)));
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
