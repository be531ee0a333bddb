use async_graphql::{Enum, SimpleObject};

use super::tally::named;
use crate::{analysis, graphql::scalars::EdtfDate};

/// How long each step of a series is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
#[graphql(remote = "analysis::Interval")]
pub enum Interval {
    /// A year.
    #[default]
    Year,
    /// A month. What is known by its year only is in no step; `undated` counts it.
    Month,
}

/// How many began in each step of time. What goes on for years counts in its first.
#[derive(SimpleObject)]
pub struct Series {
    /// The group's code, slug or enum value, as filters take it; null where nothing is split, and for what has no value of the dimension.
    key: Option<String>,
    /// The group's name for people; `All` where nothing is split.
    label: String,
    /// How many there are, those without a date that is precise enough included.
    total: i64,
    /// Every step, those without anything included, from the first to the last that any of the series has or the filter names (between 1900 and 2100). All series of an answer have the same steps.
    points: Vec<Point>,
    /// How many are in no step, because their date is not known or less precise than a step.
    undated: i64,
}

/// A step of time.
#[derive(SimpleObject)]
pub struct Point {
    /// The year or the month.
    period: EdtfDate,
    /// How many began in it.
    count: i64,
}

impl Series {
    pub(crate) fn new(series: analysis::Series) -> Self {
        let (key, label) = series.group.map_or_else(|| (None, "All".to_owned()), named);
        let point = |point: analysis::Point| {
            let period = point.period.parse().expect("a step is a year or a month");
            Point { period: EdtfDate(period), count: point.count }
        };
        Self {
            key,
            label,
            total: series.total,
            points: series.points.into_iter().map(point).collect(),
            undated: series.undated,
        }
    }
}
