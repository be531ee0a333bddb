//! A connection pool for requests. SQLx's pool pings a connection each time it is returned; this
//! one saves the round trip and pings only connections that were idle for some time. A connection
//! whose statement failed is closed.

use std::{
    fmt::{self, Debug},
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use sea_orm::{DbBackend, QueryResult, Statement, StatementBuilder};
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
};

use super::{
    ReadError, ReadErrorKind,
    connection::{Failure, ReadConnection, SILENCE},
    database::{Holder, ReadDatabase},
};
use crate::counted::Counted;

/// How long a statement waits for a connection.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a connection may have been idle to be used without a ping. Firewalls and the like drop
/// connections that are idle for minutes.
const FRESH: Duration = Duration::from_secs(10);

/// The read connections of one thread.
pub struct ReadPool {
    source: Arc<ReadDatabase>,
    /// One permit per allowed connection.
    permits: Arc<Semaphore>,
    open: Arc<AtomicU32>,
    idle: Mutex<Vec<PooledConnection>>,
}

/// A connection, counted while it is open.
struct PooledConnection {
    connection: ReadConnection,
    _open: Counted,
}

impl Debug for ReadPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReadPool({} open, {} idle)", self.open(), self.idle())
    }
}

impl ReadPool {
    /// A pool of at most `connections` connections to a source.
    pub fn new(source: Arc<ReadDatabase>, connections: u32) -> Arc<Self> {
        let permits = usize::try_from(connections).unwrap_or(Semaphore::MAX_PERMITS);
        let pool = Arc::new(Self {
            source,
            permits: Arc::new(Semaphore::new(permits)),
            open: Arc::default(),
            idle: Mutex::default(),
        });
        let holder: Arc<dyn Holder> = pool.clone();
        pool.source.register(Arc::downgrade(&holder));
        pool
    }

    pub(super) fn backend(&self) -> DbBackend {
        self.source.backend()
    }

    /// How many connections are open.
    pub fn open(&self) -> u32 {
        self.open.load(Ordering::Relaxed)
    }

    /// How many of them are not in use.
    pub fn idle(&self) -> u32 {
        u32::try_from(self.idle_connections().len()).unwrap_or(u32::MAX)
    }

    /// Runs a statement on an idle connection or a new one. Returns the rows and the epoch of the
    /// database. If an idle connection is broken, the statement is retried on a new one.
    pub(super) async fn query_all(
        self: &Arc<Self>,
        statement: &impl StatementBuilder,
    ) -> Result<(Vec<QueryResult>, u32), ReadError> {
        let permit = tokio::time::timeout(PATIENCE, self.permits.clone().acquire_owned());
        let permit = permit
            .await
            .map_err(|_| ReadError::new(ReadErrorKind::Busy, AllBusy))?
            .expect("the semaphore is never closed");
        let mut running = Running { pool: self.clone(), connection: None, permit: Some(permit) };
        if let Some(connection) = self.usable().await {
            match running.run(connection, statement.build(&self.backend())).await {
                Err(failure) if failure.is_of_the_connection() => {
                    tracing::debug!(%failure, "a connection is broken; retrying the statement on a new one");
                    // If the database was restarted, the other idle connections are broken too.
                    self.idle_connections().clear();
                }
                done => return done.map_err(ReadError::from),
            }
        }
        let new = PooledConnection {
            connection: self.source.open().await?,
            _open: Counted::new(&self.open),
        };
        Ok(running.run(new, statement.build(&self.backend())).await?)
    }

    /// An idle connection that is valid and responds.
    async fn usable(&self) -> Option<PooledConnection> {
        loop {
            let mut pooled = self.idle_connections().pop()?;
            if !self.source.may_keep(&pooled.connection) {
                continue;
            }
            let (_, idle) = pooled.connection.age();
            if idle < FRESH || pooled.connection.answers().await {
                return Some(pooled);
            }
            self.idle_connections().clear();
        }
    }

    fn keep(&self, connection: PooledConnection) {
        if self.source.may_keep(&connection.connection) {
            self.idle_connections().push(connection);
        }
    }

    fn idle_connections(&self) -> MutexGuard<'_, Vec<PooledConnection>> {
        self.idle.lock().expect("nothing panics while the lock is held")
    }
}

impl Holder for ReadPool {
    fn release(&self, goes: &dyn Fn(&ReadConnection) -> bool) -> Vec<ReadConnection> {
        let going = self
            .idle_connections()
            .extract_if(.., |pooled| goes(&pooled.connection))
            .collect::<Vec<_>>();
        going.into_iter().map(|pooled| pooled.connection).collect()
    }
}

/// A running statement. If it is abandoned, its permit is released only when it has ended:
/// otherwise, clients that disconnect could start more statements than the pool has connections.
struct Running {
    pool: Arc<ReadPool>,
    connection: Option<PooledConnection>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Running {
    async fn run(
        &mut self,
        connection: PooledConnection,
        statement: Statement,
    ) -> Result<(Vec<QueryResult>, u32), Failure> {
        let source = self.pool.source.clone();
        let running = self.connection.insert(connection);
        let (epoch, contact) = (running.connection.epoch, running.connection.contact);
        let lost = async {
            let began = Instant::now();
            source.contact_lost(contact).await;
            // Leaves time for a statement whose connection still works.
            tokio::time::sleep(SILENCE.saturating_sub(began.elapsed())).await;
        };
        let outcome = tokio::select! {
            rows = running.connection.run(statement) => rows,
            () = lost => Err(Failure::Silent),
        };
        let used = self.connection.take().expect("the connection was inserted above");
        let rows = outcome?;
        self.pool.keep(used);
        Ok((rows, epoch))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let Some(mut abandoned) = self.connection.take() else { return };
        // There is no runtime during shutdown.
        let Ok(runtime) = Handle::try_current() else { return };
        let (pool, permit) = (self.pool.clone(), self.permit.take());
        runtime.spawn(async move {
            let _permit = permit;
            if abandoned.connection.recover().await {
                pool.keep(abandoned);
            }
        });
    }
}

/// All connections were in use for too long.
#[derive(Debug, thiserror::Error)]
#[error("all database connections are in use")]
struct AllBusy;
