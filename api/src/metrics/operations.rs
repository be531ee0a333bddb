//! Requests by operation name. Clients choose the names, so they are limited: long names are
//! truncated, a name is added only after its operation ran without errors, and if there are more
//! names than the limit, the most used ones are kept.

use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::Registry,
};

use super::Outcome;

/// Maximum number of operation names with metrics of their own.
const MAX_NAMES: usize = 200;
/// Maximum number of other names whose uses are counted, so that they can replace less used ones.
const MAX_CANDIDATES: usize = 1_000;
/// Maximum length of a name, in bytes; GraphQL names are ASCII. Longer names are truncated.
const MAX_LENGTH: usize = 80;

/// Label of operations without a name.
const UNNAMED: &str = "(none)";
/// Label of operations whose names have no metrics of their own.
const OTHER: &str = "(other)";
/// Label of requests whose operation did not run, whatever its name.
const REFUSED: &str = "(refused)";

/// Upper bounds of the latency buckets, in seconds.
const LATENCIES: [f64; 14] =
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Named {
    operation: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct NamedOutcome {
    operation: String,
    outcome: &'static str,
}

pub(super) struct Operations {
    requests: Family<NamedOutcome, Counter>,
    latency: Family<Named, Histogram, fn() -> Histogram>,
    unnamed: Figures,
    other: Figures,
    refused: Figures,
    names: RwLock<Names>,
}

#[derive(Default)]
struct Names {
    counted: HashMap<String, Arc<Figures>>,
    /// Number of uses of each name that has no metrics of its own.
    candidates: HashMap<String, u64>,
}

/// The metrics of an operation.
struct Figures {
    latency: Histogram,
    /// In the order of [`Outcome`].
    outcomes: [Counter; 4],
    /// Number of uses; see [`Names::halve`].
    uses: AtomicU64,
}

impl Operations {
    pub fn register(registry: &mut Registry) -> Self {
        let requests = Family::default();
        registry.register(
            "requests",
            "GraphQL requests, by operation name and outcome",
            requests.clone(),
        );
        let buckets: fn() -> Histogram = || Histogram::new(LATENCIES);
        let latency = Family::new_with_constructor(buckets);
        registry.register(
            "request_seconds",
            "Time to respond to a GraphQL request in seconds, by operation name",
            latency.clone(),
        );
        let [unnamed, other, refused] =
            [UNNAMED, OTHER, REFUSED].map(|name| Figures::new(name, &requests, &latency, 0));
        Self { requests, latency, unnamed, other, refused, names: RwLock::default() }
    }

    pub fn count(&self, name: Option<&str>, outcome: Outcome, time: Duration) {
        let Some(name) = name.filter(|_| outcome != Outcome::Refused) else {
            let figures = if outcome == Outcome::Refused { &self.refused } else { &self.unnamed };
            return figures.count(outcome, time);
        };
        let name = &name[..name.floor_char_boundary(MAX_LENGTH)];
        let known = {
            let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
            names.counted.get(name).cloned()
        };
        let known =
            known.or_else(|| (outcome != Outcome::Errors).then(|| self.admit(name)).flatten());
        known.as_deref().unwrap_or(&self.other).count(outcome, time);
    }

    /// Gives a name metrics of its own if there is room, or replaces the least used name if that
    /// one has fewer uses.
    fn admit(&self, name: &str) -> Option<Arc<Figures>> {
        let mut names = self.names.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(figures) = names.counted.get(name) {
            return Some(figures.clone());
        }
        if names.counted.len() < MAX_NAMES {
            return Some(self.add(&mut names, name, 0));
        }
        let is_watched = names.candidates.contains_key(name);
        if !is_watched && names.candidates.len() >= MAX_CANDIDATES {
            names.halve();
        }
        if !is_watched && names.candidates.len() >= MAX_CANDIDATES {
            return None;
        }
        let uses = names.candidates.entry(name.to_owned()).or_default();
        *uses += 1;
        let uses = *uses;
        let (least, figures) =
            names.counted.iter().min_by_key(|(_, figures)| figures.uses.load(Ordering::Relaxed))?;
        if figures.uses.load(Ordering::Relaxed) >= uses {
            return None;
        }
        let least = least.clone();
        names.counted.remove(&least);
        self.latency.remove(&Named { operation: least.clone() });
        for outcome in Outcome::ALL {
            self.requests
                .remove(&NamedOutcome { operation: least.clone(), outcome: outcome.name() });
        }
        Some(self.add(&mut names, name, uses - 1))
    }

    fn add(&self, names: &mut Names, name: &str, uses: u64) -> Arc<Figures> {
        names.candidates.remove(name);
        let figures = Arc::new(Figures::new(name, &self.requests, &self.latency, uses));
        names.counted.insert(name.to_owned(), figures.clone());
        figures
    }
}

impl Names {
    /// Halves all use counts, so that old uses count less, and removes candidates that were used
    /// once.
    fn halve(&mut self) {
        for figures in self.counted.values() {
            let uses = figures.uses.load(Ordering::Relaxed);
            figures.uses.store(uses / 2, Ordering::Relaxed);
        }
        self.candidates.retain(|_, uses| {
            *uses /= 2;
            *uses > 0
        });
    }
}

impl Figures {
    fn new(
        name: &str,
        requests: &Family<NamedOutcome, Counter>,
        latency: &Family<Named, Histogram, fn() -> Histogram>,
        uses: u64,
    ) -> Self {
        Self {
            latency: latency.get_or_create_owned(&Named { operation: name.to_owned() }),
            outcomes: Outcome::ALL.map(|outcome| {
                let outcome = NamedOutcome { operation: name.to_owned(), outcome: outcome.name() };
                requests.get_or_create_owned(&outcome)
            }),
            uses: AtomicU64::new(uses),
        }
    }

    fn count(&self, outcome: Outcome, time: Duration) {
        self.latency.observe(time.as_secs_f64());
        self.outcomes[outcome as usize].inc();
        self.uses.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Format;

    struct Counting(Registry, Operations);

    impl Counting {
        fn new() -> Self {
            let mut registry = Registry::default();
            let operations = Operations::register(&mut registry);
            Self(registry, operations)
        }

        fn count(&self, name: &str, outcome: Outcome) {
            self.1.count(Some(name), outcome, Duration::from_millis(1));
        }

        /// The number of requests of an operation with an outcome; `None` if the name has no
        /// metrics.
        fn requests(&self, name: &str, outcome: &str) -> Option<u64> {
            let text = Format::OpenMetrics.encode(&self.0);
            let sample = format!("requests_total{{operation=\"{name}\",outcome=\"{outcome}\"}} ");
            text.lines().find_map(|line| line.strip_prefix(&sample)?.parse().ok())
        }

        fn names(&self) -> usize {
            let text = Format::OpenMetrics.encode(&self.0);
            text.lines()
                .filter(|line| line.starts_with("requests_total{") && line.contains("answered"))
                .count()
        }
    }

    #[test]
    fn clients_can_not_make_up_names_without_end() {
        let counting = Counting::new();
        for number in 0..3_000 {
            counting.count(&format!("Operation{number}"), Outcome::Answered);
        }
        assert_eq!(counting.names(), MAX_NAMES + 3);
        assert!(counting.requests(OTHER, "answered").is_some_and(|requests| requests > 1_000));
        let names = counting.1.names.read().expect("no test panics while it holds the lock");
        assert!(names.candidates.len() <= MAX_CANDIDATES);
    }

    #[test]
    fn names_that_are_used_are_not_crowded_out_by_made_up_ones() {
        let counting = Counting::new();
        for number in 0..5_000 {
            counting.count(&format!("Early{number}"), Outcome::Answered);
        }
        for number in 0..5_000 {
            counting.count("Real", Outcome::Answered);
            counting.count(&format!("Late{number}"), Outcome::Answered);
        }
        assert!(counting.requests("Real", "answered").is_some_and(|requests| requests >= 4_990));
        assert_eq!(counting.names(), MAX_NAMES + 3);
    }

    #[test]
    fn a_name_stands_for_an_operation_that_ran_and_is_cut() {
        let counting = Counting::new();
        counting.count("Invented", Outcome::Refused);
        counting.count("Failing", Outcome::Errors);
        assert_eq!(counting.requests("Invented", "refused"), None);
        assert_eq!(counting.requests(REFUSED, "refused"), Some(1));
        assert_eq!(counting.requests(OTHER, "errors"), Some(1));
        counting.count("Failing", Outcome::Answered);
        counting.count("Failing", Outcome::Errors);
        assert_eq!(counting.requests("Failing", "errors"), Some(1));
        let long = "x".repeat(300_000);
        counting.count(&long, Outcome::Answered);
        assert_eq!(counting.requests(&long[..MAX_LENGTH], "answered"), Some(1));
    }
}
