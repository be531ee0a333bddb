use async_graphql::SimpleObject;

use super::tally::{Tally, tallies};
use crate::analysis;

/// Counts by two dimensions. An entry with several values of a dimension counts once for each value
/// but only once in a total, so a total can be less than the sum of its cells.
#[derive(SimpleObject)]
pub struct Matrix {
    /// The rows with their totals: largest first, years in chronological order, entries without a
    /// value last.
    rows: Vec<Tally>,
    /// The columns with their totals: largest first, years in chronological order, entries without
    /// a value last.
    columns: Vec<Tally>,
    /// The counts: one list for each entry of `rows`, with one count for each entry of `columns`.
    cells: Vec<Vec<i64>>,
    /// The number of entries counted, each once.
    total: i64,
}

impl From<analysis::Matrix> for Matrix {
    fn from(matrix: analysis::Matrix) -> Self {
        Self {
            rows: tallies(matrix.rows),
            columns: tallies(matrix.columns),
            cells: matrix.cells,
            total: matrix.total,
        }
    }
}
