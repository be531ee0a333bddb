use async_graphql::{InputValueResult, Scalar, ScalarType, Value};
use chrono::{SecondsFormat, Utc};

/// A date and time in UTC, in the format of RFC 3339: `2026-11-22T08:30:00Z`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateTime(pub chrono::DateTime<Utc>);

/// A date and time in UTC, in the format of RFC 3339: `2026-11-22T08:30:00Z`.
#[Scalar(specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        super::from_text(value, r#"a date and time, for example "2026-11-22T08:30:00Z""#, |text| {
            chrono::DateTime::parse_from_rfc3339(text).map(|moment| Self(moment.to_utc()))
        })
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::Secs, true))
    }
}
