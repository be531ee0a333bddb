use async_graphql::{InputValueResult, Scalar, ScalarType, Value};

/// The name of a record in addresses: lower-case letters, digits and single hyphens, for example
/// `admm-plus-01-hanoi-2010`. Unique over all kinds, and stable: after a rename the former slug still
/// leads to the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slug(pub entities::Slug);

/// The name of a record in addresses: lower-case letters, digits and single hyphens, for example
/// `admm-plus-01-hanoi-2010`. Unique over all kinds, and stable: after a rename the former slug still
/// leads to the record.
#[Scalar]
impl ScalarType for Slug {
    fn parse(value: Value) -> InputValueResult<Self> {
        super::from_text(value, r#"a slug, for example "admm-plus""#, |text| text.parse().map(Self))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.as_str().to_owned())
    }
}
