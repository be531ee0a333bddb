//! The database that the service reads: opens connections to it, and knows which of them are still
//! valid.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, Weak,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use sea_orm::{
    DbBackend,
    sqlx::{
        postgres::PgConnectOptions,
        sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
    },
};
use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock, watch};

use super::{
    ReadError, ReadErrorKind,
    address::{Address, AddressError, write_ahead_log},
    connection::{Failure, PREPARED_STATEMENTS, ReadConnection, Session},
};
use crate::config::Pooler;

/// How long opening a connection may wait while the service switches to another SQLite file.
const PATIENCE: Duration = Duration::from_secs(5);
/// Maximum age of a connection, so that client and server free the memory that it accumulates.
const LIFETIME: Duration = Duration::from_secs(30 * 60);
/// How long an idle connection stays open.
const IDLE: Duration = Duration::from_secs(5 * 60);

const WHOLE: &str = "nothing panics while the lock is held";

/// Device and inode: they tell a file from another of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileId(u64, u64);

impl FileId {
    /// The id of the file that now has this name; `None` if there is none.
    pub fn of(path: &Path) -> Option<Self> {
        let metadata = std::fs::metadata(path).ok()?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            Some(Self(metadata.dev(), metadata.ino()))
        }
        #[cfg(not(unix))]
        {
            let _ = metadata;
            Some(Self(0, 0))
        }
    }
}

/// Holds idle connections open.
pub(super) trait Holder: Send + Sync {
    /// Removes and returns the connections for which `goes` returns true.
    fn release(&self, goes: &dyn Fn(&ReadConnection) -> bool) -> Vec<ReadConnection>;
}

/// A database that the service reads.
pub struct ReadDatabase {
    options: Options,
    session: Session,
    /// Number of databases that were read before this one.
    epoch: AtomicU32,
    /// How often contact with PostgreSQL was lost. Connections opened before the last loss are
    /// invalid.
    contact: watch::Sender<u64>,
    holders: Mutex<Vec<Weak<dyn Holder>>>,
}

enum Options {
    Postgres(Box<PgConnectOptions>),
    Sqlite(Box<File>),
}

/// A SQLite file. Two files of the same name use the same write-ahead log, so simultaneous
/// connections to both would corrupt them: no connection to the new file is opened while one to the
/// old file is open.
struct File {
    options: SqliteConnectOptions,
    path: PathBuf,
    id: Mutex<Option<FileId>>,
    /// Its write-ahead log, as last observed.
    log: Mutex<Option<FileId>>,
    /// Read-locked by each open connection, write-locked to switch to another file.
    users: Arc<RwLock<()>>,
}

impl ReadDatabase {
    /// Statements are cancelled after `statement_timeout`.
    pub fn new(
        url: &str,
        pooler: Pooler,
        statement_timeout: Duration,
    ) -> Result<Arc<Self>, AddressError> {
        let session = Session { statement_timeout, is_pooled: pooler == Pooler::Transaction };
        let options = match Address::parse(url)? {
            Address::Postgres(options) => Options::Postgres(Box::new(postgres(*options, &session))),
            Address::Sqlite(options) => Options::Sqlite(Box::new(File::new(*options, &session))),
        };
        let contact = watch::Sender::new(0);
        let epoch = AtomicU32::new(0);
        Ok(Arc::new(Self { options, session, epoch, contact, holders: Mutex::default() }))
    }

    pub fn backend(&self) -> DbBackend {
        match self.options {
            Options::Postgres(_) => DbBackend::Postgres,
            Options::Sqlite(_) => DbBackend::Sqlite,
        }
    }

    /// Opens a connection.
    pub(super) async fn open(&self) -> Result<ReadConnection, ReadError> {
        let epoch = self.epoch();
        let session = self.session.clone();
        let opened = match &self.options {
            Options::Postgres(options) => {
                let contact = *self.contact.borrow();
                ReadConnection::postgres(options, session, epoch, contact).await
            }
            Options::Sqlite(file) => {
                let user = file.enter().await?;
                // `enter` may have waited for a switch to another file.
                let epoch = self.epoch();
                ReadConnection::sqlite(&file.options, session, epoch, Some(user)).await
            }
        };
        opened.map_err(ReadError::opening)
    }

    fn epoch(&self) -> u32 {
        self.epoch.load(Ordering::Relaxed)
    }

    /// Notes that the database was replaced, and closes the idle connections to the old one.
    pub(super) fn begin_epoch(&self) -> u32 {
        let epoch = self.epoch.fetch_add(1, Ordering::Relaxed) + 1;
        drop(self.release(&|connection| !connection.is_snapshot() && connection.epoch < epoch));
        epoch
    }

    /// The PostgreSQL options if notifications can be received; a pooler does not forward them.
    pub(super) fn listens(&self) -> Option<&PgConnectOptions> {
        match &self.options {
            Options::Postgres(options) if !self.session.is_pooled => Some(options),
            _ => None,
        }
    }

    /// Notes that a connection did not respond in time, and closes the idle connections that were
    /// opened before. Snapshots can't reconnect, so they are kept until the statement timeout.
    pub(super) fn lose_contact(&self) {
        self.contact.send_modify(|contact| *contact += 1);
        let now = *self.contact.borrow();
        drop(self.release(&|connection| !connection.is_snapshot() && connection.contact < now));
    }

    /// Waits until contact is lost after a connection was opened; `since` is the connection's
    /// `contact`.
    pub(super) async fn contact_lost(&self, since: u64) {
        let mut contact = self.contact.subscribe();
        if contact.wait_for(|contact| *contact > since).await.is_err() {
            std::future::pending().await
        }
    }

    /// Whether a connection may be reused.
    pub(super) fn may_keep(&self, connection: &ReadConnection) -> bool {
        let (age, idle) = connection.age();
        age < LIFETIME && idle < IDLE && self.leads_here(connection)
    }

    fn leads_here(&self, connection: &ReadConnection) -> bool {
        connection.epoch == self.epoch()
            && connection.contact == *self.contact.borrow()
            && !self.is_left()
    }

    /// Whether all connections must close so that another SQLite file can be opened.
    pub(super) fn is_left(&self) -> bool {
        match &self.options {
            Options::Postgres(_) => false,
            Options::Sqlite(file) => file.users.try_read().is_err(),
        }
    }

    /// Closes connections that were idle for too long or are too old.
    pub(super) fn sweep(&self) {
        drop(self.release(&|connection| !connection.is_snapshot() && !self.may_keep(connection)));
    }

    pub(super) fn register(&self, holder: Weak<dyn Holder>) {
        let mut holders = self.holders();
        holders.retain(|holder| holder.strong_count() > 0);
        holders.push(holder);
    }

    fn release(&self, goes: &dyn Fn(&ReadConnection) -> bool) -> Vec<ReadConnection> {
        let holders: Vec<_> = self.holders().iter().filter_map(Weak::upgrade).collect();
        holders.iter().flat_map(|holder| holder.release(goes)).collect()
    }

    fn holders(&self) -> MutexGuard<'_, Vec<Weak<dyn Holder>>> {
        self.holders.lock().expect(WHOLE)
    }

    /// Whether the path still leads to the SQLite file that was opened.
    pub(super) fn file_state(&self) -> FileState {
        let Options::Sqlite(file) = &self.options else { return FileState::Same };
        match FileId::of(&file.path) {
            None => FileState::Missing,
            now if now == file.id() => {
                file.note_log();
                FileState::Same
            }
            Some(_) => FileState::Replaced,
        }
    }

    /// Opens the file that now has the name, in a new epoch. First waits until all connections to
    /// the old file except `last` are closed, and uses `last` to checkpoint the old file's
    /// write-ahead log. No other connection to the new file can be opened until
    /// [`ReadDatabase::accept_file`].
    pub(super) async fn change_file(
        &self,
        last: Option<ReadConnection>,
    ) -> Result<NewFile, ReadError> {
        /// How long SQLite's thread may take to close the file of a dropped connection.
        const CLOSING: Duration = Duration::from_millis(100);
        let Options::Sqlite(file) = &self.options else {
            unreachable!("a PostgreSQL database is not a file")
        };
        let last = last.map(|mut last| {
            last.hold_file(None);
            last
        });
        let exclusive = file.users.clone().write_owned();
        tokio::pin!(exclusive);
        let exclusive = loop {
            for connection in self.release(&|_| true) {
                connection.close().await;
            }
            if let Ok(exclusive) = tokio::time::timeout(CLOSING, &mut exclusive).await {
                break exclusive;
            }
        };
        tokio::time::sleep(CLOSING).await;
        if let Some(mut last) = last {
            let emptied = last.execute("PRAGMA wal_checkpoint(TRUNCATE)".to_owned()).await;
            last.close().await;
            emptied?;
        }
        if file.has_old_log() {
            return Err(ReadError::new(ReadErrorKind::Unavailable, OldLog));
        }
        let id = FileId::of(&file.path);
        let epoch = self.begin_epoch();
        let new = ReadConnection::sqlite(&file.options, self.session.clone(), epoch, None).await;
        Ok(NewFile { id, connection: new.map_err(ReadError::opening)?, exclusive })
    }

    /// Allows other connections to the file that [`ReadDatabase::change_file`] opened.
    pub(super) fn accept_file(&self, file: NewFile) -> ReadConnection {
        if let Options::Sqlite(old) = &self.options {
            *old.id.lock().expect(WHOLE) = file.id;
        }
        let mut connection = file.connection;
        connection.hold_file(Some(file.exclusive.downgrade()));
        connection
    }
}

/// A SQLite file that replaced another, open in this value only.
pub(super) struct NewFile {
    id: Option<FileId>,
    pub connection: ReadConnection,
    exclusive: OwnedRwLockWriteGuard<()>,
}

/// What the path of a SQLite file now leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileState {
    Same,
    Missing,
    Replaced,
}

impl File {
    fn new(options: SqliteConnectOptions, session: &Session) -> Self {
        let path = options.get_filename().to_owned();
        let options = sqlite(options)
            // A deleted file is not created again by a reader.
            .create_if_missing(false)
            .busy_timeout(session.statement_timeout.min(PATIENCE));
        let id = Mutex::new(FileId::of(&path));
        let log = Mutex::default();
        Self { options, path, id, log, users: Arc::default() }
    }

    fn id(&self) -> Option<FileId> {
        *self.id.lock().expect(WHOLE)
    }

    fn note_log(&self) {
        *self.log.lock().expect(WHOLE) = FileId::of(&write_ahead_log(&self.path));
    }

    /// Whether the old file's write-ahead log still exists and has content. SQLite would apply it
    /// to the new file.
    fn has_old_log(&self) -> bool {
        let log = write_ahead_log(&self.path);
        let old = *self.log.lock().expect(WHOLE);
        old.is_some()
            && FileId::of(&log) == old
            && std::fs::metadata(&log).is_ok_and(|metadata| metadata.len() > 0)
    }

    /// Prevents a switch to another file while the guard is held. Fails if the file was replaced
    /// already.
    async fn enter(&self) -> Result<OwnedRwLockReadGuard<()>, ReadError> {
        let other = || ReadError::new(ReadErrorKind::Unavailable, OtherFile);
        let user = tokio::time::timeout(PATIENCE, self.users.clone().read_owned());
        let user = user.await.map_err(|_| other())?;
        match FileId::of(&self.path) == self.id() {
            true => Ok(user),
            false => Err(other()),
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error(
    "the database file was replaced while another program was using the old one: stop the service, delete the database's -wal and -shm files, and start the service again"
)]
struct OldLog;

/// The file was deleted or replaced.
#[derive(Debug, thiserror::Error)]
#[error("the database file is no longer the one that was opened")]
struct OtherFile;

/// Options of all connections to a SQLite file.
pub(super) fn sqlite(options: SqliteConnectOptions) -> SqliteConnectOptions {
    use sea_orm::sqlx::ConnectOptions;
    options
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .statement_cache_capacity(PREPARED_STATEMENTS.into())
        // Rows come from the connection's own thread; a large buffer wakes the reader less often.
        .row_buffer_size(1024)
        .disable_statement_logging()
}

fn postgres(options: PgConnectOptions, session: &Session) -> PgConnectOptions {
    let options = common_postgres(options, session.is_pooled);
    match session.is_pooled {
        true => options,
        false => options.options(session.settings()),
    }
}

/// Options of all connections to PostgreSQL.
pub(super) fn common_postgres(options: PgConnectOptions, is_pooled: bool) -> PgConnectOptions {
    use sea_orm::sqlx::ConnectOptions;
    let options = options.application_name("adkb").disable_statement_logging();
    match is_pooled {
        // A pooler rejects unknown startup parameters and does not keep prepared statements.
        true => options.statement_cache_capacity(0).extra_float_digits(None),
        false => options.statement_cache_capacity(PREPARED_STATEMENTS.into()),
    }
}

impl From<Failure> for ReadError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Database(error) => Self::from_driver(error),
            silent @ Failure::Silent => Self::new(ReadErrorKind::Unavailable, silent),
        }
    }
}

impl std::fmt::Debug for ReadDatabase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ReadDatabase({:?})", self.backend())
    }
}
