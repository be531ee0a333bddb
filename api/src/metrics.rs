//! What the service counts of itself, for Prometheus.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, RwLock},
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
    /// By name, so that a request looks for its own once.
    operations: RwLock<HashMap<String, Arc<Figures>>>,
    /// By cache and outcome.
    looks: [[Counter; 2]; 2],
    requests: Family<Outcome, Counter>,
    latency: Family<Operation, Histogram, fn() -> Histogram>,
    errors: Family<Code, Counter>,
    cached: Family<Cache, Gauge>,
    statements: Counter,
    connections: Family<State, Gauge>,
    subscriptions: Gauge,
    shed: Counter,
    revision: Gauge,
    memory: Gauge<i64>,
}

/// The figures of an operation.
struct Figures {
    latency: Histogram,
    /// In the order of [`Ended`].
    ended: [Counter; 3],
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

impl Ended {
    const ALL: [Self; 3] = [Self::Answered, Self::Unchanged, Self::Amiss];

    fn name(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Unchanged => "unchanged",
            Self::Amiss => "errors",
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
        let classes: fn() -> Histogram = || Histogram::new(LATENCIES);
        registered! {
            requests: Family::default(), "requests", "GraphQL requests by operation name and outcome";
            latency: Family::new_with_constructor(classes), "request_seconds", "Time to answer a GraphQL request, by operation name";
            errors: Family::default(), "errors", "Errors of GraphQL responses by extensions.code";
            lookups: Family::<Lookup, Counter>::default(), "cache_lookups", "Questions to a cache by outcome";
            cached: Family::default(), "cache_bytes", "What a cache holds of the newest revision, about";
            statements: Counter::default(), "sql_statements", "SQL statements that were run";
            connections: Family::default(), "database_connections", "Connections of the pools by state";
            subscriptions: Gauge::default(), "subscriptions", "Subscriptions that are open";
            shed: Counter::default(), "operations_shed", "Operations refused because the queue was full";
            revision: Gauge::default(), "revision", "The newest revision that this process knows of";
            memory: Gauge::default(), "resident_memory_bytes", "Memory that the process has in RAM";
        }
        let looks = Layer::ALL.map(|cache| {
            ["hit", "miss"].map(|outcome| {
                lookups.get_or_create_owned(&Lookup { cache: cache.name(), outcome })
            })
        });
        Self {
            registry,
            operations: RwLock::default(),
            looks,
            requests,
            latency,
            errors,
            cached,
            statements,
            connections,
            subscriptions,
            shed,
            revision,
            memory,
        }
    }

    /// A request ended.
    pub fn request(&self, operation: Option<&str>, ended: Ended, time: Duration) {
        let figures = self.figures(operation.unwrap_or(NAMELESS));
        figures.latency.observe(time.as_secs_f64());
        figures.ended[ended as usize].inc();
    }

    fn figures(&self, operation: &str) -> Arc<Figures> {
        const WHOLE: &str = "nothing panics while the lock is held";
        if let Some(figures) = self.operations.read().expect(WHOLE).get(operation) {
            return figures.clone();
        }
        let mut operations = self.operations.write().expect(WHOLE);
        let name = if operations.len() < MOST_NAMES { operation } else { OTHER }.to_owned();
        let figures = operations.entry(name).or_insert_with_key(|name| {
            let latency = self.latency.get_or_create_owned(&Operation { operation: name.clone() });
            let ended = Ended::ALL.map(|ended| {
                let outcome = Outcome { operation: name.clone(), outcome: ended.name() };
                self.requests.get_or_create_owned(&outcome)
            });
            Arc::new(Figures { latency, ended })
        });
        figures.clone()
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

    /// A subscription is open until the value goes.
    pub fn subscription(&self) -> Subscribed {
        self.subscriptions.inc();
        Subscribed
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
    /// Bytes, in the order of [`Layer`].
    pub caches: [u64; 2],
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
        let text = metrics.text();
        let answered = text
            .lines()
            .filter(|line| line.starts_with("adkb_requests_total{") && line.contains("answered"));
        assert_eq!(answered.count(), MOST_NAMES + 1);
        assert!(text.contains(r#"operation="(other)",outcome="answered"} 800"#), "{text}");
    }
}
