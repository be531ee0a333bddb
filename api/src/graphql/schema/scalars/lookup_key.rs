use std::borrow::Cow;

use async_graphql::{InputType, InputValueError, InputValueResult, Value, registry::Registry};

use super::{PartyCode, Slug};

/// A slug or code for the lookup of a single record. A malformed value is not an error: the lookup
/// returns null, as for any unknown slug or code.
pub struct LookupKey<S>(Result<S, String>);

impl LookupKey<Slug> {
    pub fn name(&self) -> Option<String> {
        Some(self.0.as_ref().ok()?.0.to_string())
    }
}

impl LookupKey<PartyCode> {
    pub fn name(&self) -> Option<String> {
        Some(self.0.as_ref().ok()?.0.to_string())
    }
}

impl<S: InputType> InputType for LookupKey<S> {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        S::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        S::create_type_info(registry)
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        match value.unwrap_or_default() {
            Value::String(text) => {
                Ok(Self(S::parse(Some(Value::String(text.clone()))).map_err(|_| text)))
            }
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        match &self.0 {
            Ok(key) => key.to_value(),
            Err(text) => Value::String(text.clone()),
        }
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}
