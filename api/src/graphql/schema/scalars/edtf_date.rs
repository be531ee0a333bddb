use async_graphql::{InputValueResult, Scalar, ScalarType, Value};

/// A date as precise as its source: a year (`2013`), a month (`2013-06`) or a day (`2013-06-17`).
/// The format is EDTF level 0 (ISO 8601-2). In a filter, a year or month stands for every day in
/// it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EdtfDate(pub entities::EdtfDate);

crate::heap_size::heap_size! {
    EdtfDate { 0 }
}

/// A date as precise as its source: a year (`2013`), a month (`2013-06`) or a day (`2013-06-17`).
/// The format is EDTF level 0 (ISO 8601-2). In a filter, a year or month stands for every day in
/// it.
#[Scalar(specified_by_url = "https://www.loc.gov/standards/datetime/")]
impl ScalarType for EdtfDate {
    fn parse(value: Value) -> InputValueResult<Self> {
        super::from_text(value, r#"a date, for example "2013-06""#, |text| text.parse().map(Self))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.as_str().to_owned())
    }
}

impl From<entities::EdtfDate> for EdtfDate {
    fn from(date: entities::EdtfDate) -> Self {
        Self(date)
    }
}
