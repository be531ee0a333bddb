//! Entities for reading.

pub use entities::{TableRow, TableRow as Sortable};
