use async_graphql::{Enum, SimpleObject};
use chrono::Datelike;

use crate::graphql::schema::scalars::EdtfDate;

/// How precise a date is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entities::Precision")]
pub enum DatePrecision {
    /// A year: `2013`.
    Year,
    /// A month: `2013-06`.
    Month,
    /// A day: `2013-06-17`.
    Day,
}

/// The days that a date can mean, for calculations: `2013-06` means 1 to 30 June 2013.
#[derive(SimpleObject)]
pub struct DateBounds {
    /// The earliest day that the date can mean.
    earliest: EdtfDate,
    /// The latest day that the date can mean.
    latest: EdtfDate,
    /// How precise the date is.
    precision: DatePrecision,
    /// The year.
    year: i32,
}

impl From<&entities::EdtfDate> for DateBounds {
    fn from(date: &entities::EdtfDate) -> Self {
        Self {
            earliest: EdtfDate(date.first_day().into()),
            latest: EdtfDate(date.last_day().into()),
            precision: date.precision().into(),
            year: date.first_day().year(),
        }
    }
}
