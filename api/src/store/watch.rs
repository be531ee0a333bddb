//! Tracks the newest revision of a database, whichever process writes it, and whether the database
//! responds.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use migration::import::CHANNEL;
use sea_orm::{
    DbBackend, Statement, StatementBuilder,
    sqlx::{
        self,
        postgres::{PgListener, PgPoolOptions},
    },
};
use tokio::{sync::watch, time::timeout};

use super::{
    ReadError, ReadErrorKind,
    connection::{ReadConnection, SILENCE},
    database::{FileState, ReadDatabase},
    version::{DataVersion, NewestVersion, newest_version, version},
};

/// How often a SQLite file is checked for writes. A check reads no table.
const GLANCE: Duration = Duration::from_millis(200);
/// How often PostgreSQL is queried, in case a notification was lost.
const POLL: Duration = Duration::from_secs(1);
/// How long to wait after a failure before the next attempt.
const PAUSE: Duration = Duration::from_millis(500);
/// How long after its last response the database counts as responding: a response may take
/// [`SILENCE`], and if it does not arrive, there is still time to open a new connection.
const FRESH: Duration = Duration::from_secs(6);
/// How long PostgreSQL may report an older revision, as a lagging replica does, before the database
/// counts as replaced, for example restored from a backup.
const LAG: Duration = Duration::from_secs(5);

/// The state of the database as last observed; reading it runs no statement.
#[derive(Debug, Default)]
pub struct DatabaseHealth(Mutex<Health>);

#[derive(Debug, Default)]
struct Health {
    contact: Option<Instant>,
    revision: i32,
    trouble: Option<Trouble>,
}

/// Why the database can't be used at the moment: one line for the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    #[error("the database does not respond")]
    Silent,
    #[error("the database can't be reached")]
    Unreachable,
    #[error("the database is busy")]
    Busy,
    #[error("the database can't be read")]
    Unreadable,
    #[error("the database file is missing")]
    FileGone,
    #[error("the database file was replaced by one that is not a knowledge base of this version")]
    FileForeign,
    #[error("the knowledge base is empty")]
    Empty,
}

impl From<&ReadError> for Trouble {
    fn from(error: &ReadError) -> Self {
        match error.kind() {
            ReadErrorKind::Busy => Self::Busy,
            ReadErrorKind::TimedOut => Self::Silent,
            ReadErrorKind::Unavailable => Self::Unreachable,
            ReadErrorKind::Internal => Self::Unreadable,
        }
    }
}

impl DatabaseHealth {
    /// The health of a database that was just read.
    pub fn of(version: DataVersion) -> Self {
        let health = Self::default();
        health.answered(version);
        health
    }

    /// Whether requests can be answered from the database. Returns at once, even if the database
    /// does not respond.
    pub fn check(&self) -> Result<(), Trouble> {
        let health = self.health();
        match health.contact.is_some_and(|contact| contact.elapsed() < FRESH) {
            false => Err(health.trouble.unwrap_or(Trouble::Silent)),
            true if health.revision == 0 => Err(Trouble::Empty),
            true => Ok(()),
        }
    }

    fn answered(&self, version: DataVersion) {
        let mut health = self.health();
        let trouble = health.trouble.take();
        health.contact = Some(Instant::now());
        health.revision = version.revision;
        if let Some(trouble) = trouble {
            tracing::info!(revision = version.revision, after = %trouble, "the database responds again");
        }
    }

    /// Notes that a connection failed; a new one may work. Each trouble is logged once, not at each
    /// attempt to reconnect.
    fn doubt(&self, (trouble, cause): &Lost) {
        let mut health = self.health();
        if health.trouble.replace(*trouble) != Some(*trouble) {
            tracing::warn!(?cause, "{trouble}; trying again");
        }
    }

    /// Notes that the database can't be used.
    fn failed(&self, lost: &Lost) {
        self.health().contact = None;
        self.doubt(lost);
    }

    fn health(&self) -> MutexGuard<'_, Health> {
        self.0.lock().expect("nothing panics while the lock is held")
    }
}

/// Updates `current` and `health` from a database until `closing` becomes true.
pub async fn follow(
    source: Arc<ReadDatabase>,
    current: Arc<dyn NewestVersion>,
    health: Arc<DatabaseHealth>,
    mut closing: watch::Receiver<bool>,
) {
    let watcher = Watcher { source, current, health };
    let watching = async {
        loop {
            let Err(lost) = watcher.watch().await;
            watcher.health.failed(&lost);
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::select! {
        () = watching => {}
        _ = closing.wait_for(|closing| *closing) => {}
    }
}

struct Watcher {
    source: Arc<ReadDatabase>,
    current: Arc<dyn NewestVersion>,
    health: Arc<DatabaseHealth>,
}

/// Why watching ended.
type Lost = (Trouble, ReadError);

fn lost(error: ReadError) -> Lost {
    (Trouble::from(&error), error)
}

/// The database did not respond in time.
#[derive(Debug, thiserror::Error)]
#[error("no response in time")]
struct Silence;

fn silent() -> Lost {
    (Trouble::Silent, ReadError::new(ReadErrorKind::Unavailable, Silence))
}

impl Watcher {
    async fn watch(&self) -> Result<Infallible, Lost> {
        match self.source.backend() {
            DbBackend::Postgres => self.watch_server().await,
            _ => self.watch_file().await,
        }
    }

    async fn watch_server(&self) -> Result<Infallible, Lost> {
        let mut line = Line::open(&self.source).await?;
        let mut older_since: Option<Instant> = None;
        loop {
            let newest = match timeout(SILENCE, line.newest_version()).await {
                Ok(Ok(newest)) => newest,
                failed => {
                    self.health.doubt(&match failed {
                        Ok(Err(error)) => lost(error),
                        _ => silent(),
                    });
                    self.source.lose_contact();
                    line = Line::open(&self.source).await?;
                    continue;
                }
            };
            self.observe(newest, &mut older_since);
            self.source.sweep();
            line.wait().await?;
        }
    }

    /// Applies the newest revision that PostgreSQL reported.
    fn observe(&self, newest: DataVersion, older_since: &mut Option<Instant>) {
        let known = self.current.version();
        let newest = DataVersion { epoch: known.epoch, ..newest };
        let is_another = match newest.revision.cmp(&known.revision) {
            std::cmp::Ordering::Greater => false,
            std::cmp::Ordering::Equal => newest.written_at != known.written_at,
            std::cmp::Ordering::Less => {
                older_since.get_or_insert_with(Instant::now).elapsed() > LAG
            }
        };
        if newest.revision >= known.revision || is_another {
            *older_since = None;
        }
        self.health.answered(newest);
        match is_another {
            true => {
                let epoch = self.source.begin_epoch();
                tracing::warn!(
                    before = known.revision,
                    now = newest.revision,
                    "the database was replaced or restored; the caches are cleared"
                );
                self.current.advance(DataVersion { epoch, ..newest });
            }
            false => self.current.advance(newest),
        }
    }

    async fn watch_file(&self) -> Result<Infallible, Lost> {
        let mut connection = match self.source.file_state() {
            FileState::Same => self.source.open().await.map_err(lost)?,
            FileState::Missing => return Err(gone()),
            FileState::Replaced => self.change_file(None).await?,
        };
        let mut seen: Option<(i32, DataVersion)> = None;
        loop {
            match self.source.file_state() {
                FileState::Same => {}
                // The connection is kept: the file may reappear, or another may take its place.
                FileState::Missing => {
                    self.health.failed(&gone());
                    tokio::time::sleep(GLANCE).await;
                    continue;
                }
                FileState::Replaced => {
                    connection = self.change_file(Some(connection)).await?;
                    seen = None;
                }
            }
            let data = data_version(&mut connection).await.map_err(lost)?;
            let newest = match seen {
                Some((before, newest)) if before == data => newest,
                _ => newest_of(&mut connection).await.map_err(lost)?,
            };
            seen = Some((data, newest));
            self.health.answered(newest);
            self.current.advance(newest);
            self.source.sweep();
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Switches to another file of the same name, if it contains a knowledge base.
    async fn change_file(&self, last: Option<ReadConnection>) -> Result<ReadConnection, Lost> {
        let foreign = |error| (Trouble::FileForeign, error);
        if last.is_some() {
            tracing::warn!("the database file was replaced; switching to the new file");
        }
        let mut file = self.source.change_file(last).await.map_err(foreign)?;
        let newest = newest_of(&mut file.connection).await.map_err(foreign)?;
        if newest.revision == 0 || !has_our_schema(&mut file.connection).await.map_err(foreign)? {
            return Err(foreign(ReadError::new(ReadErrorKind::Unavailable, Foreign)));
        }
        let connection = self.source.accept_file(file);
        self.current.advance(newest);
        Ok(connection)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the file does not contain a knowledge base, or it belongs to another version of adkb")]
struct Foreign;

fn gone() -> Lost {
    #[derive(Debug, thiserror::Error)]
    #[error("the file does not exist")]
    struct Gone;
    (Trouble::FileGone, ReadError::new(ReadErrorKind::Unavailable, Gone))
}

/// A number that changes whenever another connection writes to the file.
async fn data_version(connection: &mut ReadConnection) -> Result<i32, ReadError> {
    let rows =
        connection.run(Statement::from_string(DbBackend::Sqlite, "PRAGMA data_version")).await?;
    let row = rows.first().expect("PRAGMA data_version returns a row");
    Ok(row.try_get_by_index(0)?)
}

async fn newest_of(connection: &mut ReadConnection) -> Result<DataVersion, ReadError> {
    let rows =
        connection.run(StatementBuilder::build(&newest_version(), &DbBackend::Sqlite)).await?;
    version(&rows, connection.epoch)
}

/// Whether all migrations of this version, and no others, are applied to the file.
async fn has_our_schema(connection: &mut ReadConnection) -> Result<bool, ReadError> {
    let statement = Statement::from_string(DbBackend::Sqlite, migration::APPLIED);
    let rows = connection.run(statement).await?;
    let applied: Result<Vec<String>, _> = rows.iter().map(|row| row.try_get_by_index(0)).collect();
    Ok(applied? == migration::versions())
}

/// A connection to PostgreSQL that listens for new revisions, or, behind a pooler, only polls.
enum Line {
    Listening(PgListener),
    Asking(ReadConnection),
}

impl Line {
    async fn open(source: &ReadDatabase) -> Result<Self, Lost> {
        let Some(options) = source.listens() else {
            return Ok(Self::Asking(source.open().await.map_err(lost)?));
        };
        let unreachable = |error| {
            let error = ReadError::from_driver(error);
            (Trouble::Unreachable, error)
        };
        let listening = async {
            let pool = PgPoolOptions::new()
                .max_connections(1)
                .max_lifetime(None)
                .idle_timeout(None)
                // The outer timeout ends it earlier.
                .acquire_timeout(2 * SILENCE)
                .connect_with(options.clone())
                .await?;
            let mut listener = PgListener::connect_with(&pool).await?;
            listener.listen(CHANNEL).await?;
            Ok(listener)
        };
        let listener = timeout(SILENCE, listening).await.map_err(|_| silent())?;
        Ok(Self::Listening(listener.map_err(unreachable)?))
    }

    async fn newest_version(&mut self) -> Result<DataVersion, ReadError> {
        let rows = match self {
            Self::Asking(connection) => {
                connection
                    .run(StatementBuilder::build(&newest_version(), &DbBackend::Postgres))
                    .await?
            }
            Self::Listening(listener) => {
                let Statement { sql, values, .. } =
                    StatementBuilder::build(&newest_version(), &DbBackend::Postgres);
                let values = sea_query_sqlx::SqlxValues(
                    values.unwrap_or_else(|| sea_orm::Values(Vec::new())),
                );
                let query = sqlx::query_with(sqlx::AssertSqlSafe(sql), values);
                let rows = query.fetch_all(listener).await.map_err(ReadError::from_driver)?;
                rows.into_iter().map(sea_orm::QueryResult::from).collect()
            }
        };
        version(&rows, 0)
    }

    /// Waits for a notification, at most for [`POLL`].
    async fn wait(&mut self) -> Result<(), Lost> {
        match self {
            Self::Asking(_) => tokio::time::sleep(POLL).await,
            Self::Listening(listener) => {
                if let Ok(Err(error)) = timeout(POLL, listener.recv()).await {
                    return Err(lost(ReadError::from_driver(error)));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_counts_as_ready_after_it_has_answered_with_content() {
        let lost = |trouble| (trouble, ReadError::new(ReadErrorKind::Unavailable, Silence));
        let health = DatabaseHealth::default();
        assert_eq!(health.check(), Err(Trouble::Silent));
        health.answered(DataVersion::default());
        assert_eq!(health.check(), Err(Trouble::Empty));
        health.answered(DataVersion { revision: 1, ..DataVersion::default() });
        assert_eq!(health.check(), Ok(()));
        health.doubt(&lost(Trouble::Silent));
        assert_eq!(health.check(), Ok(()), "a new connection may still work");
        health.failed(&lost(Trouble::Unreachable));
        assert_eq!(health.check(), Err(Trouble::Unreachable));
        health.answered(DataVersion { revision: 1, ..DataVersion::default() });
        assert_eq!(health.check(), Ok(()));
    }
}
