//! Opens databases, and says plainly what is wrong with one that does not open.

use std::{path::Path, time::Duration};

use sea_orm::{
    AccessMode, ConnectOptions, Database, DatabaseConnection, DatabaseTransaction, DbBackend,
    DbErr, IsolationLevel, TransactionTrait,
    sqlx::{Connection, PgConnection},
};

use super::lines::Lines;

/// Why a database does not open.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error(
        "--database-url `{0}` is no database that adkb knows: write sqlite:adkb.db for a file, or postgres://user@host/name"
    )]
    Scheme(String),
    #[error("the database {url} can't be reached: {cause}")]
    Unreachable { url: String, cause: String },
    #[error("the database file {file} can't be opened: {cause}")]
    File { file: String, cause: String },
}

/// An address of a database, without its password, which can also stand among the parameters.
pub fn redacted(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let rest = rest.split('?').next().unwrap_or_default();
    match rest.rsplit_once('@') {
        Some((user, host)) => {
            let user = user.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}@{host}")
        }
        None => format!("{scheme}://{rest}"),
    }
}

/// Opens a database with at most `connections` connections; a SQLite file that is not there is made.
pub async fn connect(url: &str, connections: u32) -> Result<DatabaseConnection, ConnectError> {
    open(url, connections, None).await
}

/// Opens a database to answer requests from: a statement that takes longer than `longest` fails.
pub async fn connect_to_serve(
    url: &str,
    connections: u32,
    longest: Duration,
) -> Result<Lines, ConnectError> {
    let pool = open(url, connections, Some(longest)).await?;
    Ok(Lines::new(pool, connections, longest))
}

async fn open(
    url: &str,
    connections: u32,
    longest: Option<Duration>,
) -> Result<DatabaseConnection, ConnectError> {
    let scheme = url.split(':').next().unwrap_or_default();
    let options = match scheme {
        "sqlite" => sqlite(url, connections),
        "postgres" | "postgresql" => postgres(url, connections, longest),
        _ => return Err(ConnectError::Scheme(redacted(url))),
    };
    match Database::connect(options).await {
        Ok(db) => Ok(db),
        Err(error) if scheme == "sqlite" => {
            let file = file(url);
            Err(ConnectError::File { cause: sqlite_cause(&file, &error), file })
        }
        Err(error) => {
            // A pool only says that it waited in vain; a single connection says why.
            let cause = match PgConnection::connect(url).await {
                Err(error) => cause(&error),
                Ok(_) => cause(&error),
            };
            Err(ConnectError::Unreachable { url: redacted(url), cause })
        }
    }
}

/// Opens a connection of its own whose statements all see the same state of the database, as it is
/// at the first of them. It closes when the transaction goes.
pub async fn snapshot(url: &str) -> Result<DatabaseTransaction, ConnectError> {
    let db = connect(url, 1).await?;
    let begun = match db.get_database_backend() {
        DbBackend::Postgres => {
            let isolation = Some(IsolationLevel::RepeatableRead);
            db.begin_with_config(isolation, Some(AccessMode::ReadOnly)).await
        }
        _ => db.begin().await,
    };
    begun.map_err(|error| ConnectError::Unreachable { url: redacted(url), cause: cause(&error) })
}

/// The path within a SQLite address.
fn file(url: &str) -> String {
    let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
    path.split('?').next().unwrap_or_default().to_owned()
}

fn sqlite_cause(file: &str, error: &DbErr) -> String {
    let folder = match Path::new(file).parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        return "its folder does not exist; make it, or choose another with --database-url"
            .to_owned();
    }
    let text = error.to_string();
    if text.contains("(code: 14)") || text.contains("readonly") {
        return "it can't be read or written there; choose another place with --database-url"
            .to_owned();
    }
    if text.contains("not a database") {
        return "it is not a SQLite database; choose another with --database-url".to_owned();
    }
    cause(error)
}

/// The innermost cause, which says most.
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

/// How long a statement waits for a connection.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

fn common(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(PATIENCE)
        .connect_timeout(Duration::from_secs(5))
        .sqlx_logging(false)
        // A ping before every statement would double the round trips.
        .test_before_acquire(false);
    options
}

fn sqlite(url: &str, connections: u32) -> ConnectOptions {
    let mut options = common(url, connections);
    options.map_sqlx_sqlite_opts(|options| {
        use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
        options
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(Duration::from_secs(30))
            .statement_cache_capacity(512)
            // The connection's own thread hands rows over: seldom waking the reader is cheaper.
            .row_buffer_size(1024)
    });
    options
}

fn postgres(url: &str, connections: u32, longest: Option<Duration>) -> ConnectOptions {
    let mut options = common(url, connections);
    options.set_application_name("adkb");
    if let Some(longest) = longest {
        options.statement_timeout(longest);
    }
    options.map_sqlx_postgres_opts(|options| {
        options.statement_cache_capacity(512).options([
            // The knowledge base is small and lies in memory: a page costs the same wherever it is.
            ("random_page_cost", "1.1"),
            // A statement comes again and again; planning it anew costs more than running it.
            ("plan_cache_mode", "force_generic_plan"),
            // Many statements at a time share the cores; to start workers for one takes longer than a page.
            ("max_parallel_workers_per_gather", "0"),
            ("jit", "off"),
        ])
    });
    options
}
