//! The database that a service reads: opens its connections, and knows which of them still lead to it.

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
    connection::{Connection, Failure, PREPARED_STATEMENTS, Session},
};
use crate::config::Pooler;

/// How long a connection may wait for the change from one SQLite file to another.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a connection is used: what it has gathered in memory is given back then, on both ends.
const LIFETIME: Duration = Duration::from_secs(30 * 60);
/// How long a connection stays open that nobody uses.
const IDLE: Duration = Duration::from_secs(5 * 60);

const WHOLE: &str = "nothing panics while the lock is held";

/// Where a file is: a file of the same name may be another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileId(u64, u64);

impl FileId {
    /// Of the file that has this name now; none where there is none.
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

/// What keeps connections open that nobody uses at the moment.
pub(super) trait Holder: Send + Sync {
    /// Gives up the connections that are to go.
    fn release(&self, goes: &dyn Fn(&Connection) -> bool) -> Vec<Connection>;
}

/// A database that is read.
pub struct Source {
    options: Options,
    session: Session,
    /// How many databases there were before.
    epoch: AtomicU32,
    /// How often contact to PostgreSQL was lost. Connections from before are of no more use.
    contact: watch::Sender<u64>,
    holders: Mutex<Vec<Weak<dyn Holder>>>,
}

enum Options {
    Postgres(Box<PgConnectOptions>),
    Sqlite(Box<File>),
}

/// A SQLite file. Two files of one name share their write-ahead log, so that connections to both of them at
/// once would spoil either: while one of the old file is open, none is opened to the new one.
struct File {
    options: SqliteConnectOptions,
    path: PathBuf,
    id: Mutex<Option<FileId>>,
    /// Its write-ahead log, as it was seen last.
    log: Mutex<Option<FileId>>,
    /// Read by whoever has it open, written to change to another.
    users: Arc<RwLock<()>>,
}

impl Source {
    /// `statement_timeout` ends each statement.
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
    pub(super) async fn open(&self) -> Result<Connection, ReadError> {
        let epoch = self.epoch();
        let session = self.session.clone();
        let opened = match &self.options {
            Options::Postgres(options) => {
                let contact = *self.contact.borrow();
                Connection::postgres(options, session, epoch, contact).await
            }
            Options::Sqlite(file) => {
                let user = file.enter().await?;
                // It may have waited for another file.
                let epoch = self.epoch();
                Connection::sqlite(&file.options, session, epoch, Some(user)).await
            }
        };
        opened.map_err(ReadError::opening)
    }

    fn epoch(&self) -> u32 {
        self.epoch.load(Ordering::Relaxed)
    }

    /// Notes that the database is another than before. Connections from before are given up.
    pub(super) fn begin_epoch(&self) -> u32 {
        let epoch = self.epoch.fetch_add(1, Ordering::Relaxed) + 1;
        drop(self.release(&|connection| !connection.is_snapshot() && connection.epoch < epoch));
        epoch
    }

    /// The options of PostgreSQL, where notifications come through.
    pub(super) fn listens(&self) -> Option<&PgConnectOptions> {
        match &self.options {
            Options::Postgres(options) if !self.session.is_pooled => Some(options),
            _ => None,
        }
    }

    /// Notes that a connection which should have answered did not. Those that were opened before are given up;
    /// a snapshot has no other, and ends by its statement's time.
    pub(super) fn lose_contact(&self) {
        self.contact.send_modify(|contact| *contact += 1);
        let now = *self.contact.borrow();
        drop(self.release(&|connection| !connection.is_snapshot() && connection.contact < now));
    }

    /// Ends when contact was lost since a connection was opened.
    pub(super) async fn contact_lost(&self, since: u64) {
        let mut contact = self.contact.subscribe();
        if contact.wait_for(|contact| *contact > since).await.is_err() {
            std::future::pending().await
        }
    }

    /// Whether a connection is of further use.
    pub(super) fn may_keep(&self, connection: &Connection) -> bool {
        let (age, idle) = connection.age();
        age < LIFETIME && idle < IDLE && self.leads_here(connection)
    }

    fn leads_here(&self, connection: &Connection) -> bool {
        connection.epoch == self.epoch()
            && connection.contact == *self.contact.borrow()
            && !self.is_left()
    }

    /// Whether all connections have to go, so that another SQLite file can be opened.
    pub(super) fn is_left(&self) -> bool {
        match &self.options {
            Options::Postgres(_) => false,
            Options::Sqlite(file) => file.users.try_read().is_err(),
        }
    }

    /// Closes the connections that nobody has used for long, or that are old.
    pub(super) fn sweep(&self) {
        drop(self.release(&|connection| !connection.is_snapshot() && !self.may_keep(connection)));
    }

    pub(super) fn register(&self, holder: Weak<dyn Holder>) {
        let mut holders = self.holders();
        holders.retain(|holder| holder.strong_count() > 0);
        holders.push(holder);
    }

    fn release(&self, goes: &dyn Fn(&Connection) -> bool) -> Vec<Connection> {
        let holders: Vec<_> = self.holders().iter().filter_map(Weak::upgrade).collect();
        holders.iter().flat_map(|holder| holder.release(goes)).collect()
    }

    fn holders(&self) -> MutexGuard<'_, Vec<Weak<dyn Holder>>> {
        self.holders.lock().expect(WHOLE)
    }

    /// What became of the file.
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

    /// Opens the file that has the name now, in a new epoch; nobody else does before it is accepted. Before, it
    /// waits until all connections to the old file are closed but
    /// `last`, by which it empties that file's write-ahead log into it.
    pub(super) async fn change_file(&self, last: Option<Connection>) -> Result<NewFile, ReadError> {
        /// How long SQLite's thread may take to close a file that was dropped.
        const CLOSING: Duration = Duration::from_millis(100);
        let Options::Sqlite(file) = &self.options else {
            unreachable!("a server has no file that could be replaced")
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
        let new = Connection::sqlite(&file.options, self.session.clone(), epoch, None).await;
        Ok(NewFile { id, connection: new.map_err(ReadError::opening)?, exclusive })
    }

    /// Lets others open a file that [`Source::change_file`] went over to.
    pub(super) fn accept_file(&self, file: NewFile) -> Connection {
        if let Options::Sqlite(old) = &self.options {
            *old.id.lock().expect(WHOLE) = file.id;
        }
        let mut connection = file.connection;
        connection.hold_file(Some(file.exclusive.downgrade()));
        connection
    }
}

/// A SQLite file in place of another, which only this value has open.
pub(super) struct NewFile {
    id: Option<FileId>,
    pub connection: Connection,
    exclusive: OwnedRwLockWriteGuard<()>,
}

/// What became of a SQLite file under a name.
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
            // Readers do not create a file that was deleted.
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

    /// Whether the old file's log still lies in the new file's folder and has content, which SQLite would take for
    /// the new file's.
    fn has_old_log(&self) -> bool {
        let log = write_ahead_log(&self.path);
        let old = *self.log.lock().expect(WHOLE);
        old.is_some()
            && FileId::of(&log) == old
            && std::fs::metadata(&log).is_ok_and(|metadata| metadata.len() > 0)
    }

    /// Keeps the file from being left, unless it was replaced already.
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
    "the database file was replaced while another program used the one before: end the service, delete the database's files whose names end in -wal and -shm, and start the service"
)]
struct OldLog;

/// The file was deleted or replaced.
#[derive(Debug, thiserror::Error)]
#[error("the database file is no longer the one that was opened")]
struct OtherFile;

/// What all connections to a SQLite file have in common.
pub(super) fn sqlite(options: SqliteConnectOptions) -> SqliteConnectOptions {
    use sea_orm::sqlx::ConnectOptions;
    options
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .statement_cache_capacity(PREPARED_STATEMENTS.into())
        // The connection's own thread hands rows over: seldom waking the reader is cheaper.
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

/// What all connections to PostgreSQL have in common.
pub(super) fn common_postgres(options: PgConnectOptions, is_pooled: bool) -> PgConnectOptions {
    use sea_orm::sqlx::ConnectOptions;
    let options = options.application_name("adkb").disable_statement_logging();
    match is_pooled {
        // A pooler refuses parameters of the start that it does not know, and does not keep statements.
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

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Source({:?})", self.backend())
    }
}
