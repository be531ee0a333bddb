//! Scalars that check themselves and say what they take.

mod date_time;
mod edtf_date;
mod json;
mod lookup_key;
mod party_code;
mod slug;

pub use date_time::DateTime;
pub use edtf_date::EdtfDate;
pub use json::Json;
pub use lookup_key::LookupKey;
pub use party_code::PartyCode;
pub use slug::Slug;

use async_graphql::{InputType, InputValueError, InputValueResult, Pos, ScalarType, Value};

/// Reads a scalar that is written as a text.
fn from_text<S: InputType, E: std::fmt::Display>(
    value: Value,
    what: &str,
    parse: impl FnOnce(&str) -> Result<S, E>,
) -> InputValueResult<S> {
    match value {
        Value::String(text) => parse(&text).map_err(InputValueError::custom),
        other => Err(InputValueError::custom(format!("`{other}` is not a text: write {what}"))),
    }
}

/// What is wrong with a value for the scalar of this name; nothing for the scalars of GraphQL itself.
pub(super) fn fault(scalar: &str, value: Value) -> Option<String> {
    fn of<S: ScalarType + InputType>(value: Value) -> Option<String> {
        let error = <S as ScalarType>::parse(value).err()?;
        Some(error.into_server_error(Pos::default()).message)
    }
    match scalar {
        "DateTime" => of::<DateTime>(value),
        "EdtfDate" => of::<EdtfDate>(value),
        "PartyCode" => of::<PartyCode>(value),
        "Slug" => of::<Slug>(value),
        _ => None,
    }
}
