//! Opens databases for writing, with clear errors for those that can't be opened.

use std::{path::Path, time::Duration};

use sea_orm::{
    DatabaseConnection, SqlxPostgresConnector, SqlxSqliteConnector,
    sqlx::{
        self, ConnectOptions as _, Connection as _, PgConnection, SqliteConnection,
        postgres::{PgConnectOptions, PgPoolOptions},
        sqlite::{SqliteConnectOptions, SqlitePoolOptions},
    },
};
use tokio::time::timeout;

pub use super::address::{AddressError, redacted};
use super::{
    address::{Address, write_ahead_log},
    database::{common_postgres, sqlite},
};
use crate::config::Pooler;

/// Why a database can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error(transparent)]
    Address(#[from] AddressError),
    #[error("the database {url} can't be reached: {cause}")]
    Unreachable { url: String, cause: String },
    #[error("the database file {file} can't be opened: {cause}")]
    File { file: String, cause: String },
}

/// How long to wait for a connection.
const PATIENCE: Duration = Duration::from_secs(10);

/// Opens a database with at most `connections` connections. Creates the SQLite file if it is
/// missing.
pub async fn connect(url: &str, connections: u32) -> Result<DatabaseConnection, ConnectError> {
    connect_through(url, connections, Pooler::None).await
}

/// Like [`connect`], optionally through a connection pooler.
pub async fn connect_through(
    url: &str,
    connections: u32,
    pooler: Pooler,
) -> Result<DatabaseConnection, ConnectError> {
    match Address::parse(url)? {
        Address::Sqlite(options) => {
            let file = options.get_filename().to_owned();
            open_file(*options, connections)
                .await
                .map_err(|cause| ConnectError::File { file: file.display().to_string(), cause })
        }
        Address::Postgres(options) => {
            let options = common_postgres(*options, pooler == Pooler::Transaction);
            open_server(options, connections)
                .await
                .map_err(|cause| ConnectError::Unreachable { url: redacted(url), cause })
        }
    }
}

/// Whether the database is a SQLite file that does not exist.
pub fn is_missing(url: &str) -> Result<bool, ConnectError> {
    match Address::parse(url)? {
        Address::Sqlite(options) => Ok(!options.get_filename().exists()),
        Address::Postgres(_) => Ok(false),
    }
}

async fn open_server(
    options: PgConnectOptions,
    connections: u32,
) -> Result<DatabaseConnection, String> {
    // A pool only reports a timeout; a single connection reports the cause.
    let first = timeout(PATIENCE, PgConnection::connect_with(&options)).await;
    let first = first.map_err(|_| format!("no response within {} seconds", PATIENCE.as_secs()))?;
    let first = first.map_err(|error| match is_refused_by_pooler(&error) {
        true => format!(
            "{}; behind a pooler such as PgBouncer, add --database-pooler transaction",
            cause(&error)
        ),
        false => cause(&error),
    })?;
    // If closing fails, the connection is dropped.
    let _ = first.close().await;
    let pool = PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(PATIENCE)
        .test_before_acquire(false)
        .connect_lazy_with(options);
    Ok(SqlxPostgresConnector::from_sqlx_postgres_pool(pool))
}

/// PgBouncer rejects unknown startup parameters with `protocol_violation`; PostgreSQL itself does
/// not.
fn is_refused_by_pooler(error: &sqlx::Error) -> bool {
    /// protocol_violation
    const BREACH: &str = "08P01";
    error.as_database_error().is_some_and(|error| error.code().as_deref() == Some(BREACH))
}

async fn open_file(
    options: SqliteConnectOptions,
    connections: u32,
) -> Result<DatabaseConnection, String> {
    let file = options.get_filename().to_owned();
    let explained = |error: sqlx::Error| sqlite_cause(&file, &error);
    if is_foreign(&options).await.map_err(explained)? {
        return Err(
            "it is a SQLite database of another program; choose another file with --database-url"
                .to_owned(),
        );
    }
    let options = sqlite(options).create_if_missing(true).busy_timeout(Duration::from_secs(30));
    let pool = SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(PATIENCE)
        .test_before_acquire(false);
    let pool = pool.connect_with(options).await.map_err(explained)?;
    Ok(SqlxSqliteConnector::from_sqlx_sqlite_pool(pool))
}

/// Whether a file is the database of another program: it has tables, but not those of a knowledge
/// base. The file is not changed.
async fn is_foreign(options: &SqliteConnectOptions) -> Result<bool, sqlx::Error> {
    let file = options.get_filename();
    let is_empty = std::fs::metadata(file).map_or(true, |metadata| metadata.len() == 0);
    if is_empty {
        return Ok(false);
    }
    // Immutable: nothing is locked or written, and tables that exist only in the write-ahead log
    // are not visible.
    let has_log = std::fs::metadata(write_ahead_log(file)).is_ok_and(|log| log.len() > 0);
    let reading = options.clone().read_only(true).immutable(true).disable_statement_logging();
    let mut connection = SqliteConnection::connect_with(&reading).await?;
    let tables: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM sqlite_master WHERE type = 'table'")
        .fetch_one(&mut connection)
        .await?;
    let ours: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name IN ('seaql_migrations', 'record', 'revision')",
    )
    .fetch_one(&mut connection)
    .await?;
    connection.close().await?;
    let is_begun = has_log && ours > 0;
    Ok(tables > 0 && ours < 3 && !is_begun)
}

fn sqlite_cause(file: &Path, error: &sqlx::Error) -> String {
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        return "its folder does not exist; create it, or choose another with --database-url"
            .to_owned();
    }
    if file.is_dir() {
        return "it is a folder; choose a file in it with --database-url".to_owned();
    }
    let code = match error {
        sqlx::Error::Database(error) => error.code().and_then(|code| code.parse::<u32>().ok()),
        _ => None,
    };
    // The lowest byte is the primary result code.
    match code.unwrap_or_default() & 0xff {
        // SQLITE_READONLY, SQLITE_CANTOPEN
        8 | 14 => {
            "it can't be read or written there; choose another place with --database-url".to_owned()
        }
        // SQLITE_FULL
        13 => "the disk is full; free some space, or choose another place with --database-url"
            .to_owned(),
        // SQLITE_NOTADB
        26 => "it is not a SQLite database; choose another with --database-url".to_owned(),
        // SQLITE_CORRUPT
        11 => "it is damaged; restore it from a backup, or choose another with --database-url"
            .to_owned(),
        // SQLITE_BUSY
        5 => "another program has locked it; stop that program, then try again".to_owned(),
        _ => cause(error),
    }
}

/// The innermost cause, which is the most specific.
fn cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let text = cause.to_string();
    match text.rsplit_once("error returned from database: ") {
        Some((_, message)) => message.to_owned(),
        None => text,
    }
}
