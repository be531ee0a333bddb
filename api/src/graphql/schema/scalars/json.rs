use async_graphql::{InputValueResult, Scalar, ScalarType, Value};

/// A JSON value: a record with the keys of the dataset files, documented in
/// `migration/data/README.md`.
#[derive(Clone, Debug, PartialEq)]
pub struct Json(pub serde_json::Value);

/// A JSON value: a record with the keys of the dataset files, documented in
/// `migration/data/README.md`.
#[Scalar(name = "JSON", specified_by_url = "https://www.rfc-editor.org/rfc/rfc8259")]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(value.into_json()?))
    }

    fn to_value(&self) -> Value {
        Value::from_json(self.0.clone()).unwrap_or_default()
    }
}
