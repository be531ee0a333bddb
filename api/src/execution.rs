//! Threads that run operations and exports, apart from the threads that serve connections.
//!
//! Connections, health checks, cached responses and refusals are answered at once, however much
//! there is to compute: the operating system shares the processors between the two kinds of threads.

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use tokio::{runtime, sync::oneshot, task::JoinSet};

use crate::{
    config::Server,
    metrics::METRICS,
    store::{Store, read_pool::ReadPool, source::Source},
};

/// How long the full queue may be used before the load counts as sustained.
const BURST: Duration = Duration::from_millis(250);
/// The part of the queue that sustained load may use, as a divisor.
const SUSTAINED: usize = 4;
/// The part of that below which there is little to do, as a divisor.
const CALM: usize = 8;

/// The service has as much to do as it accepts.
#[derive(Clone, Copy, Debug)]
pub struct Overloaded;

/// The result of an operation; `None` where it panicked.
pub type Running<T> = Pin<Box<dyn Future<Output = Option<T>> + Send>>;

/// The execution threads. Each has a current-thread runtime with its own database connections, so
/// no operation waits for a lock of another thread.
pub struct ExecutionThreads {
    threads: Vec<Thread>,
    admission: Arc<Admission>,
}

struct Thread {
    runtime: runtime::Handle,
    store: Store,
    connections: Arc<ReadPool>,
    /// Operations that run here.
    running: Arc<AtomicUsize>,
    /// Ends the thread when dropped.
    _stop: oneshot::Sender<()>,
}

impl ExecutionThreads {
    /// Starts the threads, each with a pool of connections to a database.
    pub fn start(config: &Server, source: &Arc<Source>) -> io::Result<Self> {
        let thread = |number| Thread::start(number, source, config.connections);
        let threads = (0..config.threads()).map(thread).collect::<io::Result<Vec<_>>>()?;
        let queue = config.queue as usize * threads.len();
        Ok(Self { threads, admission: Arc::new(Admission::new(queue)) })
    }

    /// Runs an operation on the thread with the least to do. Dropping the returned future cancels
    /// the operation.
    pub fn run<T, F>(&self, operation: impl FnOnce(Store) -> F) -> Result<Running<T>, Overloaded>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let slot = self.admission.admit()?;
        let thread = self.least_busy();
        let count = Count::of(&thread.running);
        let operation = operation(thread.store.clone());
        let mut task = JoinSet::new();
        task.spawn_on(
            async move {
                let _held = (slot, count);
                operation.await
            },
            &thread.runtime,
        );
        Ok(Box::pin(async move { task.join_next().await?.ok() }))
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
    pub fn admitted(&self) -> usize {
        self.admission.admitted.load(Ordering::Relaxed)
    }

    fn least_busy(&self) -> &Thread {
        let load = |thread: &&Thread| thread.running.load(Ordering::Relaxed);
        self.threads.iter().min_by_key(load).expect("there is at least one thread")
    }
}

impl Thread {
    fn start(number: usize, source: &Arc<Source>, connections: u32) -> io::Result<Self> {
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

/// Counts while it lives.
struct Count(Arc<AtomicUsize>);

impl Count {
    fn of(counter: &Arc<AtomicUsize>) -> Self {
        counter.fetch_add(1, Ordering::Relaxed);
        Self(counter.clone())
    }
}

impl Drop for Count {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Admits operations up to a bound. A burst may use the whole queue; sustained load only a part of
/// it, so that nobody waits long behind others and refusals come at once.
struct Admission {
    queue: usize,
    admitted: Arc<AtomicUsize>,
    /// When there was last little to do.
    calm: Mutex<Instant>,
}

impl Admission {
    fn new(queue: usize) -> Self {
        Self { queue, admitted: Arc::default(), calm: Mutex::new(Instant::now()) }
    }

    fn admit(&self) -> Result<Count, Overloaded> {
        let slot = Count::of(&self.admitted);
        let admitted = self.admitted.load(Ordering::Relaxed);
        let sustained = self.queue.div_ceil(SUSTAINED);
        let mut calm = self.calm.lock().expect("nothing panics while the lock is held");
        // Far below the bound: sustained load keeps the queue at it.
        if admitted <= sustained.div_ceil(CALM) {
            *calm = Instant::now();
        }
        if admitted <= sustained || (admitted <= self.queue && calm.elapsed() < BURST) {
            return Ok(slot);
        }
        METRICS.shed();
        Err(Overloaded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_may_fill_the_queue_and_sustained_load_a_quarter() {
        let admission = Admission::new(8);
        let burst: Vec<_> = (0..8).map(|_| admission.admit().expect("the queue is free")).collect();
        assert!(admission.admit().is_err(), "the queue is full");
        thread::sleep(BURST);
        drop(burst);
        let sustained: Vec<_> = (0..2).map(|_| admission.admit().expect("a quarter")).collect();
        *admission.calm.lock().expect("the lock is free") -= BURST;
        assert!(admission.admit().is_err(), "the load is sustained");
        drop(sustained);
        assert!(admission.admit().is_ok());
    }
}
