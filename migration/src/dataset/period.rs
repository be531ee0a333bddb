//! Periods, with dates as precise as the source. Their keys are `start` and `end`.

use entities::{EdtfDate, span};
use serde::{Deserialize, Serialize};

use super::{
    field::{Columns, Field},
    toml_table::TableReader,
};

/// A period with a known start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Period {
    pub start: EdtfDate,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<EdtfDate>,
}

/// A period that may have no known start. If one of the two dates is missing, the other stands for
/// both.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PartialPeriod {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<EdtfDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<EdtfDate>,
}

/// A period that may have no known start, and that lasts if it has no end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LastingPeriod(pub PartialPeriod);

impl PartialPeriod {
    fn dates(period: Option<&Self>) -> [Option<&EdtfDate>; 2] {
        [
            period.and_then(|period| period.start.as_ref()),
            period.and_then(|period| period.end.as_ref()),
        ]
    }
}

impl From<Period> for PartialPeriod {
    fn from(Period { start, end }: Period) -> Self {
        Self { start: Some(start), end }
    }
}

impl Field for Period {
    fn from_toml(table: &mut TableReader<'_, '_>, _: &'static str) -> Option<Self> {
        let mut end = None;
        let start = table.required("start", |table, _| {
            let period = read(table);
            end = period.end;
            period.start
        });
        Some(Self { start: start?, end })
    }

    fn is_absent(&self) -> bool {
        false
    }

    fn columns(field: Option<&Self>, name: &str, row: &mut Columns<'_>) {
        let period = field.cloned().map(PartialPeriod::from);
        PartialPeriod::columns(period.as_ref(), name, row);
    }
}

impl Field for PartialPeriod {
    fn from_toml(table: &mut TableReader<'_, '_>, _: &'static str) -> Option<Self> {
        Some(read(table))
    }

    fn is_absent(&self) -> bool {
        false
    }

    fn columns(field: Option<&Self>, _: &str, row: &mut Columns<'_>) {
        let [start, end] = Self::dates(field);
        row.set("start", start.cloned());
        row.set("end", end.cloned());
        row.days(span(start, end));
    }
}

impl Field for LastingPeriod {
    fn from_toml(table: &mut TableReader<'_, '_>, _: &'static str) -> Option<Self> {
        Some(Self(read(table)))
    }

    fn is_absent(&self) -> bool {
        false
    }

    fn columns(field: Option<&Self>, _: &str, row: &mut Columns<'_>) {
        let [start, end] = PartialPeriod::dates(field.map(|period| &period.0));
        row.set("start", start.cloned());
        row.set("end", end.cloned());
        row.set("first_day", start.map(EdtfDate::first_day));
        row.set("last_day", end.map(EdtfDate::last_day));
    }
}

/// Reads `start` and `end`. An end before the start is reported.
fn read(table: &mut TableReader<'_, '_>) -> PartialPeriod {
    let start = table.date("start");
    let end = table.parsed::<EdtfDate>("end");
    if let (Some(start), Some((end, place))) = (&start, &end)
        && end.last_day() < start.first_day()
    {
        table.report(place.problem(
            format!("the end, {end}, is before the start, {start}"),
            "correct one of the two",
        ));
    }
    PartialPeriod { start, end: end.map(|(end, _)| end) }
}
