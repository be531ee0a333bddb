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

/// The execution threads. Each has a current-thread runtime with its own database connections, so
/// no operation waits for a lock of another thread.
pub struct Executor {
    threads: Vec<Thread>,
    admission: Admission,
}

struct Thread {
    runtime: runtime::Handle,
    store: Store,
    connections: Arc<ReadPool>,
    /// Operations that run here.
    running: Arc<AtomicU32>,
    /// Ends the thread when dropped.
    _stop: oneshot::Sender<()>,
}

impl Executor {
    /// Starts the threads, each with a pool of connections to a database.
    pub fn start(config: &Server, source: &Arc<ReadDatabase>) -> io::Result<Self> {
        let thread = |number| Thread::start(number, source, config.connections);
        let threads = (0..config.threads()).map(thread).collect::<io::Result<Vec<_>>>()?;
        let slots = config.operations as usize * threads.len();
        Ok(Self { threads, admission: Admission::new(slots) })
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
        let slot = self.admission.admit(wait).await?;
        let thread = self.least_busy();
        let running = Counted::new(&thread.running);
        let operation = operation(thread.store.clone());
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
        &self.least_busy().runtime
    }

    /// A store to read from outside of operations.
    pub fn store(&self) -> &Store {
        &self.least_busy().store
    }

    /// Database connections of all threads: open ones, and the idle ones among them.
    pub fn connections(&self) -> (u32, u32) {
        let add = |(open, idle), thread: &Thread| {
            (open + thread.connections.open(), idle + thread.connections.idle())
        };
        self.threads.iter().fold((0, 0), add)
    }

    /// How many operations run or wait to run.
    pub fn admitted(&self) -> u32 {
        self.admission.admitted()
    }

    fn least_busy(&self) -> &Thread {
        let load = |thread: &&Thread| thread.running.load(Ordering::Relaxed);
        self.threads.iter().min_by_key(load).expect("there is at least one thread")
    }
}

impl Thread {
    fn start(number: usize, source: &Arc<ReadDatabase>, connections: u32) -> io::Result<Self> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        thread::Builder::new().name(format!("adkb-exec-{number}")).spawn(move || {
            // The sender is dropped, never used.
            let _ = runtime.block_on(stopped);
            runtime.shutdown_background();
        })?;
        let connections = ReadPool::new(source.clone(), connections);
        Ok(Self {
            runtime: handle,
            store: Store::pooled(connections.clone()),
            connections,
            running: Arc::default(),
            _stop: stop,
        })
    }
}
