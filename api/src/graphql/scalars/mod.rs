//! Scalars that check themselves and say what they take.

mod date_time;
mod edtf_date;
mod json;
mod party_code;
mod slug;

pub use date_time::DateTime;
pub use edtf_date::EdtfDate;
pub use json::Json;
pub use party_code::PartyCode;
pub use slug::Slug;

use async_graphql::{InputType, InputValueError, InputValueResult, Value};

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
