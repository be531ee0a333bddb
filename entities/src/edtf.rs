//! Dates with the precision of their source: EDTF level 0 (ISO 8601-2:2019), restricted to `YYYY`,
//! `YYYY-MM` and `YYYY-MM-DD`.

use std::{fmt, str::FromStr};

use chrono::{Datelike, Days, NaiveDate};
use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};

/// A year, a month or a day, stored as its source gives it. [`first_day`](Self::first_day) and
/// [`last_day`](Self::last_day) are the first and the last day that it can mean.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, DeriveValueType)]
#[serde(try_from = "String", into = "String")]
// Validated on import: values from the database are not parsed again.
pub struct EdtfDate(String);

/// The precision of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    Year,
    Month,
    Day,
}

/// Why a string is not a valid date. The message says what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EdtfError {
    #[error(
        "`{0}` is not a date: write YYYY, YYYY-MM or YYYY-MM-DD, for example 2013, 2013-06 or 2013-06-17"
    )]
    Format(String),
    #[error("`{0}` has an invalid month: months go from 01 to 12")]
    Month(String),
    #[error("`{0}` has an invalid day: that month has no such day")]
    Day(String),
}

impl From<NaiveDate> for EdtfDate {
    fn from(day: NaiveDate) -> Self {
        Self(day.to_string())
    }
}

impl EdtfDate {
    /// The date as a string, exactly as its source gives it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn precision(&self) -> Precision {
        match self.0.len() {
            4 => Precision::Year,
            7 => Precision::Month,
            _ => Precision::Day,
        }
    }

    /// The earliest day that the date can mean: 2013-06 → 2013-06-01.
    pub fn first_day(&self) -> NaiveDate {
        bounds(&self.0).expect("an EdtfDate is validated when it is created").0
    }

    /// The latest day that the date can mean: 2013-06 → 2013-06-30.
    pub fn last_day(&self) -> NaiveDate {
        bounds(&self.0).expect("an EdtfDate is validated when it is created").1
    }
}

fn bounds(text: &str) -> Result<(NaiveDate, NaiveDate), EdtfError> {
    let format = || EdtfError::Format(text.to_owned());
    let digits = |part: &str, width: usize| -> Result<u32, EdtfError> {
        if part.len() == width && part.bytes().all(|b| b.is_ascii_digit()) {
            part.parse().map_err(|_| format())
        } else {
            Err(format())
        }
    };
    let mut parts = text.split('-');
    let year = digits(parts.next().unwrap_or_default(), 4)? as i32;
    let month = parts.next().map(|part| digits(part, 2)).transpose()?;
    let day = parts.next().map(|part| digits(part, 2)).transpose()?;
    if parts.next().is_some() {
        return Err(format());
    }
    let first = NaiveDate::from_ymd_opt(year, month.unwrap_or(1), 1)
        .ok_or_else(|| EdtfError::Month(text.to_owned()))?;
    if let Some(day) = day {
        let day = first.with_day(day).ok_or_else(|| EdtfError::Day(text.to_owned()))?;
        return Ok((day, day));
    }
    let (next_year, next_month) = match month {
        Some(month) if month < 12 => (year, month + 1),
        _ => (year + 1, 1),
    };
    let last = NaiveDate::from_ymd_opt(next_year, next_month, 1)
        .and_then(|next| next.checked_sub_days(Days::new(1)))
        .ok_or_else(format)?;
    Ok((first, last))
}

impl FromStr for EdtfDate {
    type Err = EdtfError;

    fn from_str(text: &str) -> Result<Self, EdtfError> {
        bounds(text).map(|_| Self(text.to_owned()))
    }
}

impl TryFrom<String> for EdtfDate {
    type Error = EdtfError;

    fn try_from(text: String) -> Result<Self, EdtfError> {
        text.parse()
    }
}

impl From<EdtfDate> for String {
    fn from(date: EdtfDate) -> String {
        date.0
    }
}

impl fmt::Display for EdtfDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The first and the last day that a period can cover: the first day that its start can mean and
/// the last day that its end can mean. If one of the two is missing, the other stands for both.
/// None if both are missing.
pub fn span(start: Option<&EdtfDate>, end: Option<&EdtfDate>) -> Option<(NaiveDate, NaiveDate)> {
    let first = start.or(end)?.first_day();
    let last = end.or(start)?.last_day();
    Some((first, last))
}
