//! Custom scalars. Each validates its input and explains the accepted format in its errors.

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

/// Parses a scalar that is written as a string. `what` describes it in the error for other types.
fn from_text<S: InputType, E: std::fmt::Display>(
    value: Value,
    what: &str,
    parse: impl FnOnce(&str) -> Result<S, E>,
) -> InputValueResult<S> {
    match value {
        Value::String(text) => parse(&text).map_err(InputValueError::custom),
        other => Err(InputValueError::custom(format!("`{other}` is not a string: write {what}"))),
    }
}

/// The error in a value for the custom scalar with this name. `None` if the value is valid or the
/// scalar is not one of these.
pub(crate) fn fault(scalar: &str, value: Value) -> Option<String> {
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
