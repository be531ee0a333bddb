//! Connections that stay open between statements, to answer requests. A pool of SQLx tests a connection each
//! time it is given back, by a round trip of its own; these go from statement to statement untested, unless
//! nobody used them for some time. One whose statement failed is closed.

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
    connection::{Connection, Failure, SILENCE},
    source::{Holder, Source},
};

/// How long a statement waits for a connection.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long nobody may have used a connection that is used untested. What lies between, such as a firewall,
/// forgets connections that are silent for minutes.
const FRESH: Duration = Duration::from_secs(10);

/// The connections of one thread to its database.
pub struct ReadPool {
    source: Arc<Source>,
    /// One for each connection that there may be.
    permits: Arc<Semaphore>,
    open: Arc<AtomicU32>,
    idle: Mutex<Vec<PooledConnection>>,
}

/// A connection that is counted while it is open.
struct PooledConnection {
    connection: Connection,
    _open: Counted,
}

struct Counted(Arc<AtomicU32>);

impl Counted {
    fn new(count: &Arc<AtomicU32>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Debug for ReadPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReadPool({} open, {} idle)", self.open(), self.idle())
    }
}

impl ReadPool {
    /// At most `connections` to a source.
    pub fn new(source: Arc<Source>, connections: u32) -> Arc<Self> {
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

    /// How many of them nobody uses.
    pub fn idle(&self) -> u32 {
        u32::try_from(self.kept().len()).unwrap_or(u32::MAX)
    }

    /// Runs a statement on a connection that is free, or on a new one; also tells the epoch of the database
    /// that it ran on.
    pub(super) async fn query_all(
        self: &Arc<Self>,
        statement: &impl StatementBuilder,
    ) -> Result<(Vec<QueryResult>, u32), ReadError> {
        let permit = tokio::time::timeout(PATIENCE, self.permits.clone().acquire_owned());
        let permit = permit
            .await
            .map_err(|_| ReadError::new(ReadErrorKind::Busy, AllBusy))?
            .expect("permits are never closed");
        let mut running = Running { pool: self.clone(), connection: None, permit: Some(permit) };
        if let Some(kept) = self.usable().await {
            match running.run(kept, statement.build(&self.backend())).await {
                Err(failure) if failure.is_of_the_connection() => {
                    tracing::debug!(%failure, "a connection is broken: the statement is run again");
                    // Where the database was restarted, the others are broken too.
                    self.kept().clear();
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

    /// A connection that is free and leads to the database.
    async fn usable(&self) -> Option<PooledConnection> {
        loop {
            let mut kept = self.kept().pop()?;
            if !self.source.may_keep(&kept.connection) {
                continue;
            }
            let (_, idle) = kept.connection.age();
            if idle < FRESH || kept.connection.answers().await {
                return Some(kept);
            }
            self.kept().clear();
        }
    }

    fn keep(&self, connection: PooledConnection) {
        if self.source.may_keep(&connection.connection) {
            self.kept().push(connection);
        }
    }

    fn kept(&self) -> MutexGuard<'_, Vec<PooledConnection>> {
        self.idle.lock().expect("nothing panics while the lock is held")
    }
}

impl Holder for ReadPool {
    fn release(&self, goes: &dyn Fn(&Connection) -> bool) -> Vec<Connection> {
        let going = self.kept().extract_if(.., |kept| goes(&kept.connection)).collect::<Vec<_>>();
        going.into_iter().map(|kept| kept.connection).collect()
    }
}

/// A statement that runs. Where nobody waits for it any more, its place is free when it has ended: else clients
/// that give up would put more statements to work than there may be connections.
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
            // A statement that the loss does not concern has the time to end.
            tokio::time::sleep(SILENCE.saturating_sub(began.elapsed())).await;
        };
        let outcome = tokio::select! {
            rows = running.connection.run(statement) => rows,
            () = lost => Err(Failure::Silent),
        };
        let used = self.connection.take().expect("it was put there");
        let rows = outcome?;
        self.pool.keep(used);
        Ok((rows, epoch))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let Some(mut abandoned) = self.connection.take() else { return };
        // None where the service ends.
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
#[error("all database connections are taken")]
struct AllBusy;
