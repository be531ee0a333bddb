use async_graphql::SimpleObject;

use super::tally::{Tally, tallies};
use crate::analysis;

/// Counts by two dimensions. What has several values of a dimension counts in each of them, and once in every total, so a total can be less than the sum of its cells.
#[derive(SimpleObject)]
pub struct Matrix {
    /// The rows with their totals: largest first, years in their order, what has no value last.
    rows: Vec<Tally>,
    /// The columns with their totals: largest first, years in their order, what has no value last.
    columns: Vec<Tally>,
    /// A list for each of `rows`, in it a count for each of `columns`.
    cells: Vec<Vec<i64>>,
    /// How many were counted, each once.
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
