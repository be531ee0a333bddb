//! Time series of counts.

use entities::TableRow;
use std::collections::BTreeMap;

use sea_orm::Condition;

use super::{
    axis::{Axis, periods},
    count::{Counts, Group, Tally, complete, sort},
};
use crate::store::{ReadError, Store};

/// Number of rows of a group by the period of their start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// `None` if the series is not split by an axis.
    pub group: Option<Group>,
    /// All rows of the group, including undated ones.
    pub total: i64,
    /// Every period from the first to the last of all series and of the requested range.
    pub points: Vec<Point>,
    /// Rows whose date is missing or not precise enough for a period.
    pub undated: i64,
}

/// The count of a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    pub period: String,
    pub count: i64,
}

crate::heap_size::heap_size! {
    Series { group points }
    Point { period }
}

/// Counts the rows of `E` that match the filter by time and, with `split`, by another axis. The
/// series cover at least the periods of `bounds`. With `empty`, empty groups of `split` are
/// included.
pub async fn series<E: TableRow>(
    store: &Store,
    filter: &Condition,
    time: &Axis,
    split: Option<&Axis>,
    bounds: (Option<String>, Option<String>),
    empty: bool,
) -> Result<Vec<Series>, ReadError> {
    let axes: Vec<&Axis> = split.into_iter().collect();
    let mut counts = Counts::default();
    let by_time: Vec<&Axis> = axes.iter().copied().chain([time]).collect();
    let all = counts.of::<E>(filter);
    counts.add(all, &axes, None).add(all, &by_time, None);
    if let (true, Some(split)) = (empty, split) {
        counts.add_groups(split);
    }
    let mut totals: Vec<Tally> = Vec::new();
    let mut named: Vec<Group> = Vec::new();
    let mut steps: BTreeMap<(Option<String>, String), i64> = BTreeMap::new();
    for cell in counts.read(store).await? {
        let [first, second] = cell.groups;
        match (cell.part, split) {
            (0, _) => totals.push(Tally { group: first, count: cell.count }),
            (1, Some(_)) => {
                steps.extend(second.key.map(|period| ((first.key, period), cell.count)));
            }
            (1, None) => steps.extend(first.key.map(|period| ((None, period), cell.count))),
            _ => named.push(first),
        }
    }
    if let Some(split) = split {
        if empty {
            complete(&mut totals, split, named);
        }
        sort(&mut totals, split);
    }
    let occurring = || steps.keys().map(|(_, period)| period);
    let first = occurring().chain(&bounds.0).min().cloned();
    let last = occurring().chain(&bounds.1).max().cloned();
    let periods = match (first, last) {
        (Some(first), Some(last)) => periods(&first, &last),
        _ => Vec::new(),
    };
    let series = totals.into_iter().map(|Tally { group, count: total }| {
        let point = |period: &String| Point {
            period: period.clone(),
            count: steps.get(&(group.key.clone(), period.clone())).copied().unwrap_or(0),
        };
        let points: Vec<Point> = periods.iter().map(point).collect();
        let dated: i64 = points.iter().map(|point| point.count).sum();
        Series { group: split.map(|_| group), total, points, undated: total - dated }
    });
    Ok(series.collect())
}
