//! Counts by two axes, with totals.

use entities::TableRow;
use std::collections::HashMap;

use sea_orm::Condition;

use super::{
    axis::Axis,
    count::{Cell, Counts, Tally, complete, sort},
};
use crate::store::{ReadError, Store};

/// Counts by two axes. An entity's row in several groups of an axis counts once in each of them and
/// only once in their total, so a total can be less than the sum of its cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrix {
    pub rows: Vec<Tally>,
    pub columns: Vec<Tally>,
    /// One list per row, with one count per column.
    pub cells: Vec<Vec<i64>>,
    pub total: i64,
}

crate::heap_size::heap_size! {
    Matrix { rows columns cells }
}

/// Counts the rows of `E` that match the filter by two axes; with `empty`, including empty groups.
pub async fn matrix<E: TableRow>(
    store: &Store,
    filter: &Condition,
    [rows, columns]: [&Axis; 2],
    empty: bool,
) -> Result<Matrix, ReadError> {
    let mut counts = Counts::default();
    let all = counts.of::<E>(filter);
    for axes in [&[rows, columns][..], &[rows], &[columns], &[]] {
        counts.add(all, axes, None);
    }
    if empty {
        counts.add_groups(rows).add_groups(columns);
    }
    let mut parts: [Vec<_>; 6] = Default::default();
    for cell in counts.read(store).await? {
        parts[cell.part].push(cell);
    }
    let [cells, row_totals, column_totals, total, all_rows, all_columns] = parts;
    let side = |axis: &Axis, totals: Vec<Cell>, all: Vec<Cell>| {
        let tally = |cell: Cell| {
            let [group, _] = cell.groups;
            Tally { group, count: cell.count }
        };
        let mut tallies: Vec<Tally> = totals.into_iter().map(tally).collect();
        if empty {
            complete(&mut tallies, axis, all.into_iter().map(|cell| tally(cell).group).collect());
        }
        sort(&mut tallies, axis);
        tallies
    };
    let rows = side(rows, row_totals, all_rows);
    let columns = side(columns, column_totals, all_columns);
    let places = |tallies: &[Tally]| -> HashMap<Option<String>, usize> {
        tallies.iter().map(|tally| tally.group.key.clone()).zip(0..).collect()
    };
    let (row_places, column_places) = (places(&rows), places(&columns));
    let mut table = vec![vec![0; columns.len()]; rows.len()];
    for cell in cells {
        let [row, column] = cell.groups;
        table[row_places[&row.key]][column_places[&column.key]] = cell.count;
    }
    let total = total.first().map_or(0, |cell| cell.count);
    Ok(Matrix { rows, columns, cells: table, total })
}
