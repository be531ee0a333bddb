//! The service's metrics, for Prometheus.

mod operations;
mod text;

use std::{sync::LazyLock, time::Duration};

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

use operations::Operations;
pub use text::Format;

/// The metrics of this process.
pub static METRICS: LazyLock<Metrics> = LazyLock::new(Metrics::new);

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Code {
    code: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Lookup {
    cache: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Cache {
    cache: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct State {
    state: &'static str,
}

/// The metrics and their registry.
pub struct Metrics {
    registry: Registry,
    operations: Operations,
    /// Cache lookups, by cache ([`CacheKind`]) and outcome (hit, miss).
    looks: [[Counter; 2]; 2],
    errors: Family<Code, Counter>,
    cached: Family<Cache, Gauge>,
    statements: Counter,
    connections: Family<State, Gauge>,
    clients: Family<State, Gauge>,
    subscriptions: Gauge,
    shed: Counter,
    queue: Gauge,
    revision: Gauge,
    memory: Gauge<i64>,
}

/// A cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheKind {
    /// Whole responses.
    Responses,
    /// Rows, lists and counts that were read from the database.
    Records,
}

impl CacheKind {
    const ALL: [Self; 2] = [Self::Responses, Self::Records];

    fn name(self) -> &'static str {
        match self {
            Self::Responses => "response",
            Self::Records => "record",
        }
    }
}

/// The outcome of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The operation ran without errors.
    Answered,
    /// The client already had the response (304 Not Modified).
    Unchanged,
    /// The operation ran, and its response has errors.
    Errors,
    /// The operation did not run.
    Refused,
}

impl Outcome {
    const ALL: [Self; 4] = [Self::Answered, Self::Unchanged, Self::Errors, Self::Refused];

    fn name(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Unchanged => "unchanged",
            Self::Errors => "errors",
            Self::Refused => "refused",
        }
    }
}

impl Metrics {
    fn new() -> Self {
        let mut registry = Registry::with_prefix("adkb");
        macro_rules! registered {
            ($($field:ident: $metric:expr, $name:literal, $help:literal;)*) => {
                $(
                    let $field = $metric;
                    registry.register($name, $help, $field.clone());
                )*
            };
        }
        registered! {
            errors: Family::default(), "errors", "Errors in GraphQL responses, by extensions.code";
            lookups: Family::<Lookup, Counter>::default(), "cache_lookups", "Cache lookups, by cache and outcome";
            cached: Family::default(), "cache_bytes", "Approximate size of each cache's entries for the newest revision, in bytes";
            statements: Counter::default(), "sql_statements", "SQL statements run";
            connections: Family::default(), "database_connections", "Database connections in the pools, by state: open (all of them) or idle";
            clients: Family::default(), "client_connections", "Client connections, by state: open (all of them) or websocket";
            subscriptions: Gauge::default(), "subscriptions", "Open subscriptions";
            shed: Counter::default(), "operations_shed", "Operations refused because too many were running";
            queue: Gauge::default(), "operation_queue", "Operations running or waiting to run";
            revision: Gauge::default(), "revision", "Newest revision known to this process";
            memory: Gauge::default(), "resident_memory_bytes", "Resident memory of the process, in bytes (Linux only)";
        }
        let operations = Operations::register(&mut registry);
        let looks = CacheKind::ALL.map(|cache| {
            ["hit", "miss"].map(|outcome| {
                lookups.get_or_create_owned(&Lookup { cache: cache.name(), outcome })
            })
        });
        Self {
            registry,
            operations,
            looks,
            errors,
            cached,
            statements,
            connections,
            clients,
            subscriptions,
            shed,
            queue,
            revision,
            memory,
        }
    }

    /// Counts a finished request. `name` is the operation's name in its document.
    pub fn request(&self, name: Option<&str>, outcome: Outcome, time: Duration) {
        self.operations.count(name, outcome, time);
    }

    /// Counts an error in a response.
    pub fn error(&self, code: &str) {
        self.errors.get_or_create(&Code { code: code.to_owned() }).inc();
    }

    /// Counts a cache lookup.
    pub fn lookup(&self, cache: CacheKind, hit: bool) {
        self.looks[cache as usize][usize::from(!hit)].inc();
    }

    /// Counts a SQL statement.
    pub fn statement(&self) {
        self.statements.inc();
    }

    /// Counts an operation that was refused because too many were running.
    pub fn shed(&self) {
        self.shed.inc();
    }

    /// Counts an open subscription until the returned value is dropped.
    pub fn subscription(&self) -> Counted {
        Counted::of(self.subscriptions.clone())
    }

    /// Counts a client connection in a state until the returned value is dropped.
    pub fn client(&self, state: &'static str) -> Counted {
        Counted::of(self.clients.get_or_create_owned(&State { state }))
    }

    /// Sets the gauges whose values are read only when the metrics are requested.
    pub fn observe(&self, snapshot: Snapshot) {
        self.revision.set(snapshot.revision.into());
        let bytes = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
        for (cache, size) in CacheKind::ALL.into_iter().zip(snapshot.caches) {
            self.cached.get_or_create(&Cache { cache: cache.name() }).set(bytes(size));
        }
        for (state, number) in [("open", snapshot.connections), ("idle", snapshot.idle)] {
            self.connections.get_or_create(&State { state }).set(number.into());
        }
        self.queue.set(snapshot.queue.into());
        if let Some(resident) = resident_memory() {
            self.memory.set(bytes(resident));
        }
    }

    /// All metrics, in a text format.
    pub fn text(&self, format: Format) -> String {
        format.encode(&self.registry)
    }
}

/// The values of the gauges that are read on request.
pub struct Snapshot {
    pub revision: i32,
    /// The caches' sizes in bytes, in the order of [`CacheKind`].
    pub caches: [u64; 2],
    /// Open database connections; `idle` counts those that are not in use.
    pub connections: u32,
    pub idle: u32,
    /// Operations running or waiting to run.
    pub queue: u32,
}

/// Increments a gauge until it is dropped.
#[derive(Debug)]
pub struct Counted(Gauge);

impl Counted {
    fn of(gauge: Gauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Resident memory in bytes; `None` on systems other than Linux.
fn resident_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1024)
}
