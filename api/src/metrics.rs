//! What the service counts of itself, for Prometheus.

use std::{
    collections::HashSet,
    sync::{LazyLock, Mutex},
    time::Duration,
};

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

/// The figures of this process.
pub static METRICS: LazyLock<Metrics> = LazyLock::new(Metrics::new);

/// Operations are counted by name up to this many names; further ones together, as clients choose names.
const MOST_NAMES: usize = 200;
const OTHER: &str = "(other)";
const NAMELESS: &str = "(none)";

/// Upper ends of the classes of latency, in seconds.
const LATENCIES: [f64; 14] =
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Operation {
    operation: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    operation: String,
    outcome: &'static str,
}

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
    names: Mutex<HashSet<String>>,
    requests: Family<Outcome, Counter>,
    latency: Family<Operation, Histogram, fn() -> Histogram>,
    errors: Family<Code, Counter>,
    lookups: Family<Lookup, Counter>,
    cached: Family<Cache, Gauge>,
    statements: Counter,
    connections: Family<State, Gauge>,
    subscriptions: Gauge,
    revision: Gauge,
    memory: Gauge<i64>,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With the whole answer.
    Answered,
    /// The client had the answer.
    Unchanged,
    /// With errors.
    Amiss,
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
        let classes: fn() -> Histogram = || Histogram::new(LATENCIES);
        registered! {
            requests: Family::default(), "requests", "GraphQL requests by operation name and outcome";
            latency: Family::new_with_constructor(classes), "request_seconds", "Time to answer a GraphQL request, by operation name";
            errors: Family::default(), "errors", "Errors of GraphQL responses by extensions.code";
            lookups: Family::default(), "cache_lookups", "Questions to a cache by outcome";
            cached: Family::default(), "cache_bytes", "What a cache holds of the newest revision, about";
            statements: Counter::default(), "sql_statements", "SQL statements that were run";
            connections: Family::default(), "database_connections", "Connections of the pools by state";
            subscriptions: Gauge::default(), "subscriptions", "Subscriptions that are open";
            revision: Gauge::default(), "revision", "The newest revision that this process knows of";
            memory: Gauge::default(), "resident_memory_bytes", "Memory that the process has in RAM";
        }
        Self {
            registry,
            names: Mutex::default(),
            requests,
            latency,
            errors,
            lookups,
            cached,
            statements,
            connections,
            subscriptions,
            revision,
            memory,
        }
    }

    /// A request ended.
    pub fn request(&self, operation: Option<&str>, ended: Ended, time: Duration) {
        let operation = self.name(operation);
        let outcome = match ended {
            Ended::Answered => "answered",
            Ended::Unchanged => "unchanged",
            Ended::Amiss => "errors",
        };
        let label = Operation { operation: operation.clone() };
        self.latency.get_or_create(&label).observe(time.as_secs_f64());
        self.requests.get_or_create(&Outcome { operation, outcome }).inc();
    }

    fn name(&self, operation: Option<&str>) -> String {
        let Some(name) = operation else { return NAMELESS.to_owned() };
        let mut names = self.names.lock().expect("nothing panics while the lock is held");
        if names.contains(name) {
            return name.to_owned();
        }
        if names.len() >= MOST_NAMES {
            return OTHER.to_owned();
        }
        names.insert(name.to_owned());
        name.to_owned()
    }

    /// A response has an error.
    pub fn error(&self, code: &str) {
        self.errors.get_or_create(&Code { code: code.to_owned() }).inc();
    }

    /// A cache was asked.
    pub fn lookup(&self, cache: &'static str, hit: bool) {
        let outcome = if hit { "hit" } else { "miss" };
        self.lookups.get_or_create(&Lookup { cache, outcome }).inc();
    }

    /// A statement is run.
    pub fn statement(&self) {
        self.statements.inc();
    }

    /// A subscription is open until the value goes.
    pub fn subscription(&self) -> Subscribed {
        self.subscriptions.inc();
        Subscribed
    }

    /// How things stand: gauges that are read only when asked for.
    pub fn stand(&self, stand: Stand) {
        self.revision.set(stand.revision.into());
        let bytes = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
        for (cache, size) in stand.caches {
            self.cached.get_or_create(&Cache { cache }).set(bytes(size));
        }
        for (state, number) in [("open", stand.connections), ("idle", stand.idle)] {
            self.connections.get_or_create(&State { state }).set(number.into());
        }
        if let Some(resident) = resident_memory() {
            self.memory.set(bytes(resident));
        }
    }

    /// All figures, in OpenMetrics' text format.
    pub fn text(&self) -> String {
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("a string takes whatever is written to it");
        text
    }
}

/// How things stand.
pub struct Stand {
    pub revision: i32,
    /// Bytes by cache.
    pub caches: [(&'static str, u64); 2],
    /// Connections that are open, and those of them that nobody uses.
    pub connections: u32,
    pub idle: u32,
}

/// An open subscription.
pub struct Subscribed;

impl Drop for Subscribed {
    fn drop(&mut self) {
        METRICS.subscriptions.dec();
    }
}

/// Linux tells; elsewhere it is not known.
fn resident_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_can_not_make_up_names_without_end() {
        let metrics = Metrics::new();
        for number in 0..1_000 {
            let name = format!("Operation{number}");
            metrics.request(Some(&name), Ended::Answered, Duration::from_millis(1));
        }
        let lines =
            metrics.text().lines().filter(|line| line.starts_with("adkb_requests_total{")).count();
        assert_eq!(lines, MOST_NAMES + 1);
    }
}
