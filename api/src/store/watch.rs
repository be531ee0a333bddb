//! Follows the newest revision of a database, whichever process writes it.

use std::{sync::Arc, time::Duration};

use migration::import::CHANNEL;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, sqlx::postgres::PgListener};

use tokio::sync::watch;

use super::{ReadError, Store, connect};
use crate::cache::Current;

/// How often a SQLite file is asked whether it was written to, which costs no reading.
const GLANCE: Duration = Duration::from_millis(200);
/// How often PostgreSQL is asked, in case that a notification was lost.
const POLL: Duration = Duration::from_secs(1);
/// How long to wait before a database that failed is asked again.
const PAUSE: Duration = Duration::from_secs(1);

/// Keeps `current` up with the database at `url`, until `closing` turns true.
pub async fn follow(url: String, current: Arc<Current>, mut closing: watch::Receiver<bool>) {
    loop {
        let cause = tokio::select! {
            Err(cause) = watch(&url, &current) => cause,
            _ = closing.wait_for(|closing| *closing) => return,
        };
        tracing::warn!(cause = %cause, "the database can't be watched; trying again");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Why watching ended.
#[derive(Debug, thiserror::Error)]
enum Lost {
    #[error(transparent)]
    Connect(#[from] connect::ConnectError),
    #[error(transparent)]
    Database(#[from] DbErr),
    #[error("{0:?}")]
    Read(#[from] ReadError),
    #[error(transparent)]
    Listener(#[from] sea_orm::sqlx::Error),
}

async fn watch(url: &str, current: &Current) -> Result<std::convert::Infallible, Lost> {
    let db = connect::connect(url, 1).await?;
    match db.get_database_backend() {
        DbBackend::Postgres => listen(url, db, current).await,
        _ => glance(db, current).await,
    }
}

async fn glance(
    db: DatabaseConnection,
    current: &Current,
) -> Result<std::convert::Infallible, Lost> {
    let store = Store::new(db.clone());
    let mut seen: Option<i32> = None;
    loop {
        let row = db
            .query_one_raw(sea_orm::Statement::from_string(
                DbBackend::Sqlite,
                "PRAGMA data_version",
            ))
            .await?;
        let version = row.map(|row| row.try_get_by_index(0)).transpose()?;
        if version != seen {
            current.advance(store.newest_revision_number().await?);
            seen = version;
        }
        tokio::time::sleep(GLANCE).await;
    }
}

async fn listen(
    url: &str,
    db: DatabaseConnection,
    current: &Current,
) -> Result<std::convert::Infallible, Lost> {
    let store = Store::new(db);
    let mut listener = PgListener::connect(url).await?;
    listener.listen(CHANNEL).await?;
    loop {
        current.advance(store.newest_revision_number().await?);
        if let Ok(heard) = tokio::time::timeout(POLL, listener.recv()).await {
            heard?;
        }
    }
}
