//! Prints measurements as table rows, so that two builds can be compared line by line.

use std::{collections::BTreeMap, fmt, time::Duration};

/// A case of a scenario. Prints one row per measurement.
pub struct Case {
    pub scenario: &'static str,
    pub name: String,
}

impl Case {
    pub fn row(&self, figure: &str, value: impl fmt::Display) {
        println!("| {} | {} | {figure} | {value} |", self.scenario, self.name);
    }

    /// A number with one decimal.
    pub fn number(&self, figure: &str, value: f64) {
        self.row(figure, format_args!("{value:.1}"));
    }
}

/// Durations, in milliseconds.
#[derive(Default)]
pub struct Times(Vec<f64>);

impl Times {
    pub fn add(&mut self, time: Duration) {
        self.0.push(time.as_secs_f64() * 1e3);
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The percentile by the nearest-rank method; NaN if there are no times.
    pub fn percentile(&self, percent: usize) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let rank = (sorted.len() * percent).div_ceil(100).max(1);
        sorted.get(rank - 1).copied().unwrap_or(f64::NAN)
    }
}

/// p50, p99 and maximum.
impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [p50, p99, max] = [50, 99, 100].map(|percent| self.percentile(percent));
        match self.0.is_empty() {
            true => write!(f, "none"),
            false => write!(f, "{p50:.1}, {p99:.1}, {max:.1}"),
        }
    }
}

/// Counts occurrences by name.
#[derive(Default)]
pub struct Tally(BTreeMap<String, usize>);

impl Tally {
    pub fn add(&mut self, what: impl Into<String>) {
        *self.0.entry(what.into()).or_default() += 1;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return write!(f, "none");
        }
        let entries = self.0.iter().map(|(what, count)| format!("{what}: {count}"));
        write!(f, "{}", entries.collect::<Vec<_>>().join("; "))
    }
}
