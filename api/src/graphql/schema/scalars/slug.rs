use async_graphql::{InputValueResult, Scalar, ScalarType, Value};

/// The identifier of a record in URLs: lower-case letters, digits and single hyphens, for example
/// `admm-plus-01-hanoi-2010`. It is unique over all kinds of records. After a rename, the fields
/// that look up a single record still accept the former slug; filters accept only the current one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Slug(pub entities::Slug);

crate::heap_size::heap_size! {
    Slug { 0 }
}

/// The identifier of a record in URLs: lower-case letters, digits and single hyphens, for example
/// `admm-plus-01-hanoi-2010`. It is unique over all kinds of records. After a rename, the fields
/// that look up a single record still accept the former slug; filters accept only the current one.
#[Scalar]
impl ScalarType for Slug {
    fn parse(value: Value) -> InputValueResult<Self> {
        super::from_text(value, r#"a slug, for example "admm-plus""#, |text| text.parse().map(Self))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.as_str().to_owned())
    }
}
