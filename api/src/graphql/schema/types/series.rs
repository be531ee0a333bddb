use async_graphql::{Enum, SimpleObject};

use super::tally::named;
use crate::{analysis, graphql::schema::scalars::EdtfDate};

/// The length of the steps of a series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
#[graphql(remote = "analysis::Interval")]
pub enum Interval {
    /// One year.
    #[default]
    Year,
    /// One month. Entries dated by year only are in no step; `undated` counts them.
    Month,
}

/// The number of entries that began in each step of time. An entry over several steps counts in the
/// first one.
#[derive(SimpleObject)]
pub struct Series {
    /// The group's code, slug or enum value, as filters accept it. Null without `splitBy`, and for
    /// the entries that have no value of the dimension.
    key: Option<String>,
    /// The group's name for display; `All` without `splitBy`.
    label: String,
    /// The number of entries, including those without a date that is precise enough for a step.
    total: i64,
    /// All steps in chronological order, including those without entries; the same steps in all
    /// series of the response. They run from the first to the last step that has an entry in any
    /// series or that the filter names in `from` or `to`; filter dates outside 1900 to 2100 add no
    /// steps.
    points: Vec<Point>,
    /// The number of entries that are in no step, because their date is not known or is less
    /// precise than a step.
    undated: i64,
}

/// One step of a series.
#[derive(SimpleObject)]
pub struct Point {
    /// The year or month.
    period: EdtfDate,
    /// The number of entries that began in it.
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
