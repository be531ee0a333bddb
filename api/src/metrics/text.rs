//! The text formats that Prometheus scrapes.

use std::collections::HashSet;

use prometheus_client::{encoding::text::encode, registry::Registry};

/// A text format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// OpenMetrics 1.0.0.
    OpenMetrics,
    /// The Prometheus text format 0.0.4, which every scraper reads.
    Prometheus,
}

impl Format {
    pub fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
        }
    }

    pub(super) fn encode(self, registry: &Registry) -> String {
        let mut text = String::new();
        encode(&mut text, registry).expect("writing to a String does not fail");
        match self {
            Self::OpenMetrics => text,
            Self::Prometheus => prometheus(&text),
        }
    }
}

/// Converts OpenMetrics to the Prometheus text format, in which `HELP` and `TYPE` lines of a
/// counter use the name of its sample, and which has neither `UNIT` nor `EOF` lines.
fn prometheus(text: &str) -> String {
    let described = |line: &str, keyword: &str| {
        let (name, rest) = line.strip_prefix(keyword)?.split_once(' ')?;
        Some((name.to_owned(), rest.to_owned()))
    };
    let counters: HashSet<String> = text
        .lines()
        .filter_map(|line| described(line, "# TYPE "))
        .filter_map(|(name, kind)| (kind == "counter").then_some(name))
        .collect();
    let mut converted = String::with_capacity(text.len());
    for line in text.lines() {
        let description = ["# HELP ", "# TYPE "]
            .into_iter()
            .find_map(|keyword| described(line, keyword).map(|(name, rest)| (keyword, name, rest)));
        match description {
            Some((keyword, name, rest)) if counters.contains(&name) => {
                converted += &format!("{keyword}{name}_total {rest}\n");
            }
            None if line.starts_with('#') => {}
            _ => {
                converted += line;
                converted.push('\n');
            }
        }
    }
    converted
}

#[cfg(test)]
mod tests {
    use prometheus_client::metrics::{counter::Counter, gauge::Gauge, histogram::Histogram};

    use super::*;

    #[test]
    fn both_formats_describe_each_metric_as_they_name_its_samples() {
        let mut registry = Registry::with_prefix("adkb");
        registry.register("errors", "What failed", Counter::<u64>::default());
        registry.register("revision", "The newest", Gauge::<i64>::default());
        registry.register("seconds", "How long", Histogram::new([1.0]));
        assert_eq!(
            Format::Prometheus.encode(&registry),
            "# HELP adkb_errors_total What failed.\n# TYPE adkb_errors_total counter\nadkb_errors_total 0\n\
             # HELP adkb_revision The newest.\n# TYPE adkb_revision gauge\nadkb_revision 0\n\
             # HELP adkb_seconds How long.\n# TYPE adkb_seconds histogram\nadkb_seconds_sum 0.0\n\
             adkb_seconds_count 0\nadkb_seconds_bucket{le=\"1.0\"} 0\nadkb_seconds_bucket{le=\"+Inf\"} 0\n",
        );
        let open = Format::OpenMetrics.encode(&registry);
        assert!(open.contains("# TYPE adkb_errors counter\nadkb_errors_total 0\n"), "{open}");
        assert!(open.ends_with("# EOF\n"), "{open}");
    }
}
