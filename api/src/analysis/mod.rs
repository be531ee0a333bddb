//! Analysis: counts by one or two dimensions, time series, comparisons of partners, networks of
//! parties, and figures that sources report next to counts of the records.
//!
//! The database counts; what depends on all counts together (order, shares, breadth) is computed
//! here. Independent of GraphQL.

mod axis;
mod breadth;
mod comparison;
mod count;
pub mod coverage;
mod matrix;
mod network;
mod numbered;
mod recorded;
mod series;

pub use axis::{Axis, Interval, contributions, events};
pub use breadth::Breadth;
pub use comparison::{Comparison, PartnerFigures, compare};
pub use count::{Group, Tally};
pub use matrix::{Matrix, matrix};
pub use network::{Network, NetworkEdge, NetworkNode, Relation, network};
pub use numbered::{NumberedSeries, SeriesOfBody, all_series};
pub use recorded::{ComparableClaims, Recorded};
pub use series::{Point, Series, series};
