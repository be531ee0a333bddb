//! What the service counts of itself, for Prometheus.

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

/// The figures of this process.
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

/// What the service counts of itself.
pub struct Metrics {
    registry: Registry,
    operations: Operations,
    /// By cache and outcome.
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
pub enum Layer {
    /// Whole answers.
    Responses,
    /// What was read of the database.
    Records,
}

impl Layer {
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
    /// The client had the response already.
    Unchanged,
    /// The operation ran and its response has errors.
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
            errors: Family::default(), "errors", "Errors of GraphQL responses by extensions.code";
            lookups: Family::<Lookup, Counter>::default(), "cache_lookups", "Questions to a cache by outcome";
            cached: Family::default(), "cache_bytes", "What a cache holds of the newest revision, about";
            statements: Counter::default(), "sql_statements", "SQL statements that were run";
            connections: Family::default(), "database_connections", "Connections of the pools by state";
            clients: Family::default(), "client_connections", "Connections of clients: open ones, and the WebSockets among them";
            subscriptions: Gauge::default(), "subscriptions", "Subscriptions that are open";
            shed: Counter::default(), "operations_shed", "Operations refused because the queue was full";
            queue: Gauge::default(), "operation_queue", "Operations that run or wait to run";
            revision: Gauge::default(), "revision", "The newest revision that this process knows of";
            memory: Gauge::default(), "resident_memory_bytes", "Memory that the process has in RAM";
        }
        let operations = Operations::register(&mut registry);
        let looks = Layer::ALL.map(|cache| {
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

    /// A request for an operation ended. `name` is the operation's name in its document.
    pub fn request(&self, name: Option<&str>, outcome: Outcome, time: Duration) {
        self.operations.count(name, outcome, time);
    }

    /// A response has an error.
    pub fn error(&self, code: &str) {
        self.errors.get_or_create(&Code { code: code.to_owned() }).inc();
    }

    /// A cache was asked.
    pub fn lookup(&self, cache: Layer, hit: bool) {
        self.looks[cache as usize][usize::from(!hit)].inc();
    }

    /// A statement is run.
    pub fn statement(&self) {
        self.statements.inc();
    }

    /// An operation was refused because the queue was full.
    pub fn shed(&self) {
        self.shed.inc();
    }

    /// A subscription is open until the value is dropped.
    pub fn subscription(&self) -> Counted {
        Counted::of(self.subscriptions.clone())
    }

    /// A client's connection is in a state until the value is dropped.
    pub fn client(&self, state: &'static str) -> Counted {
        Counted::of(self.clients.get_or_create_owned(&State { state }))
    }

    /// How things stand: gauges that are read only when asked for.
    pub fn stand(&self, stand: Stand) {
        self.revision.set(stand.revision.into());
        let bytes = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
        for (cache, size) in Layer::ALL.into_iter().zip(stand.caches) {
            self.cached.get_or_create(&Cache { cache: cache.name() }).set(bytes(size));
        }
        for (state, number) in [("open", stand.connections), ("idle", stand.idle)] {
            self.connections.get_or_create(&State { state }).set(number.into());
        }
        self.queue.set(i64::try_from(stand.queue).unwrap_or(i64::MAX));
        if let Some(resident) = resident_memory() {
            self.memory.set(bytes(resident));
        }
    }

    /// All figures.
    pub fn text(&self, format: Format) -> String {
        format.encode(&self.registry)
    }
}

/// How things stand.
pub struct Stand {
    pub revision: i32,
    /// Bytes, in the order of [`Layer`].
    pub caches: [u64; 2],
    /// Connections that are open, and those of them that nobody uses.
    pub connections: u32,
    pub idle: u32,
    /// Operations that run or wait to run.
    pub queue: usize,
}

/// Counts in a gauge until it is dropped.
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

/// Linux tells; elsewhere it is not known.
fn resident_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1024)
}
