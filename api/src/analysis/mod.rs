//! Compares and measures: counts by one or two dimensions, series over time, comparisons of
//! partners, networks of parties, and what sources report beside what the records count.
//!
//! Each figure is counted by the database, by one statement; what depends on all figures together
//! (order, shares, breadth) is worked out here. Nothing knows GraphQL.

mod axis;
mod breadth;
mod comparison;
mod count;
pub mod coverage;
mod matrix;
mod network;
mod recorded;
mod series;

pub use axis::{Axis, Interval, contributions, events};
pub use breadth::Breadth;
pub use comparison::{Comparison, PartnerFigures, compare};
pub use count::{Group, Tally};
pub use matrix::{Matrix, matrix};
pub use network::{Link, Network, Node, Relation, network};
pub use recorded::{ComparableClaims, Recorded};
pub use series::{Point, Series, series};
