//! Counts over time.

use std::collections::BTreeMap;

use sea_orm::Condition;

use super::{
    axis::{Axis, periods},
    count::{Counts, Group, Tally, complete, sort},
};
use crate::store::{ReadError, Store, entity::Keyed};

/// How many rows of a group begin in each step of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// None where the rows are not split.
    pub group: Option<Group>,
    /// All rows of the group, those without a date that is precise enough included.
    pub total: i64,
    /// Every step, from the first to the last that any series has or the filter names.
    pub points: Vec<Point>,
    /// The rows that are in no step, for want of a precise date.
    pub undated: i64,
}

/// A step of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    pub period: String,
    pub count: i64,
}

/// Counts the rows of `E` that fit by time, and by another axis where one is given. The series go
/// at least from the first to the last step of `bounds`.
pub async fn series<E: Keyed>(
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
