//! Threads that run operations and exports, apart from the threads that serve connections.
//!
//! Connections, health checks, cached responses and refusals are answered at once, however much
//! there is to compute: the operating system shares the processors between the two kinds of threads.

mod admission;

use std::{
    future::Future,
    io,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    thread,
};

use tokio::{runtime, sync::oneshot, task::JoinSet};

use crate::{
    config::Server,
    counted::Counted,
    store::{Store, database::ReadDatabase, read_pool::ReadPool},
};
use admission::Admission;
pub use admission::Wait;

/// The service has as much to do as it accepts.
#[derive(Clone, Copy, Debug)]
pub struct Overloaded;

/// The execution threads over a database. Each has a current-thread runtime with its own database
/// connections, so no operation waits for a lock of another thread.
pub struct Executor {
    threads: Arc<Threads>,
    /// The connections of each thread.
    connections: Vec<ThreadConnections>,
}

/// The threads, which the newest state and earlier states share.
struct Threads {
    threads: Vec<Thread>,
    admission: Admission,
}

struct Thread {
    runtime: runtime::Handle,
    /// Operations that run here.
    running: Arc<AtomicU32>,
    /// Ends the thread when dropped.
    _stop: oneshot::Sender<()>,
}

struct ThreadConnections {
    store: Store,
    pool: Arc<ReadPool>,
}

impl Executor {
    /// Starts the threads, each with a pool of connections to a database.
    pub fn start(config: &Server, source: &Arc<ReadDatabase>) -> io::Result<Self> {
        let threads = (0..config.threads()).map(Thread::start).collect::<io::Result<Vec<_>>>()?;
        let slots = config.operations as usize * threads.len();
        let threads = Arc::new(Threads { threads, admission: Admission::new(slots) });
        Ok(Self::on(threads, source, config.connections))
    }

    fn on(threads: Arc<Threads>, source: &Arc<ReadDatabase>, connections: u32) -> Self {
        let of_thread = |_: &Thread| {
            let pool = ReadPool::new(source.clone(), connections);
            ThreadConnections { store: Store::pooled(pool.clone()), pool }
        };
        let connections = threads.threads.iter().map(of_thread).collect();
        Self { threads, connections }
    }

    /// The same threads over another database, with at most `connections` connections each.
    pub fn over(&self, source: &Arc<ReadDatabase>, connections: u32) -> Self {
        Self::on(self.threads.clone(), source, connections)
    }

    /// Runs an operation on the thread with the least to do; `None` where it panicked. Dropping the
    /// returned future cancels the operation.
    pub async fn run<T, F>(
        &self,
        wait: Wait,
        operation: impl FnOnce(Store) -> F,
    ) -> Result<Option<T>, Overloaded>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let slot = self.threads.admission.admit(wait).await?;
        let (thread, connections) = self.least_busy();
        let running = Counted::new(&thread.running);
        let operation = operation(connections.store.clone());
        let mut task = JoinSet::new();
        task.spawn_on(
            async move {
                let _held = (slot, running);
                operation.await
            },
            &thread.runtime,
        );
        Ok(task.join_next().await.and_then(Result::ok))
    }

    /// The runtime of the thread with the least to do, for work that is bounded elsewhere.
    pub fn runtime(&self) -> &runtime::Handle {
        &self.least_busy().0.runtime
    }

    /// A store to read from outside of operations.
    pub fn store(&self) -> &Store {
        &self.least_busy().1.store
    }

    /// Database connections of all threads: open ones, and the idle ones among them.
    pub fn connections(&self) -> (u32, u32) {
        let add = |(open, idle), connections: &ThreadConnections| {
            (open + connections.pool.open(), idle + connections.pool.idle())
        };
        self.connections.iter().fold((0, 0), add)
    }

    /// How many operations run or wait to run.
    pub fn admitted(&self) -> u32 {
        self.threads.admission.admitted()
    }

    fn least_busy(&self) -> (&Thread, &ThreadConnections) {
        let threads = self.threads.threads.iter().zip(&self.connections);
        let load = |(thread, _): &(&Thread, _)| thread.running.load(Ordering::Relaxed);
        threads.min_by_key(load).expect("there is at least one thread")
    }
}

impl Thread {
    fn start(number: usize) -> io::Result<Self> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        thread::Builder::new().name(format!("adkb-exec-{number}")).spawn(move || {
            // The sender is dropped, never used.
            let _ = runtime.block_on(stopped);
            runtime.shutdown_background();
        })?;
        Ok(Self { runtime: handle, running: Arc::default(), _stop: stop })
    }
}
