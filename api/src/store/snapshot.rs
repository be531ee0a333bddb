//! A read transaction for exports: all its statements see the same state of the database.

use std::sync::Arc;

use sea_orm::{DbBackend, QueryResult, StatementBuilder};
use tokio::sync::Mutex;

use super::{
    ReadError, ReadErrorKind,
    connection::ReadConnection,
    database::{Holder, ReadDatabase},
};

/// The state of the database at the first statement.
pub struct Snapshot {
    backend: DbBackend,
    source: Arc<ReadDatabase>,
    /// `None` after a statement failed or the database was replaced.
    connection: Mutex<Option<ReadConnection>>,
}

impl Snapshot {
    /// Opens a connection of its own, which is closed when the snapshot is dropped.
    pub async fn open(source: &Arc<ReadDatabase>) -> Result<Arc<Self>, ReadError> {
        let mut connection = source.open().await?;
        connection.begin_snapshot().await?;
        let snapshot = Arc::new(Self {
            backend: source.backend(),
            source: source.clone(),
            connection: Mutex::new(Some(connection)),
        });
        let holder: Arc<dyn Holder> = snapshot.clone();
        source.register(Arc::downgrade(&holder));
        Ok(snapshot)
    }

    pub(super) fn backend(&self) -> DbBackend {
        self.backend
    }

    pub(super) async fn query_all(
        &self,
        statement: &impl StatementBuilder,
    ) -> Result<(Vec<QueryResult>, u32), ReadError> {
        let mut place = self.connection.lock().await;
        // Put back only after success: a failed statement ends the transaction.
        let gone = || ReadError::new(ReadErrorKind::Unavailable, Gone);
        let mut connection = place.take().ok_or_else(gone)?;
        let rows = connection.run(statement.build(&self.backend)).await?;
        let epoch = connection.epoch;
        if !self.source.is_left() {
            *place = Some(connection);
        }
        Ok((rows, epoch))
    }
}

impl Holder for Snapshot {
    fn release(&self, goes: &dyn Fn(&ReadConnection) -> bool) -> Vec<ReadConnection> {
        // A running statement is not interrupted; `query_all` then drops the connection.
        let Ok(mut place) = self.connection.try_lock() else { return Vec::new() };
        place.take_if(|connection| goes(connection)).into_iter().collect()
    }
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Snapshot({:?})", self.backend)
    }
}

/// The snapshot can't be read any more.
#[derive(Debug, thiserror::Error)]
#[error("the snapshot's connection is closed")]
struct Gone;
