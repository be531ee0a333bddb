//! Reads values from responses.

use serde_json::Value;

/// The string at a JSON pointer in each element of a list.
#[track_caller]
pub fn texts<'v>(list: &'v Value, pointer: &str) -> Vec<&'v str> {
    let entries = list.as_array().unwrap_or_else(|| panic!("not a list: {list}"));
    let text = |entry: &'v Value| {
        entry
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("no {pointer} in {entry}"))
    };
    entries.iter().map(text).collect()
}

/// The integer in a JSON value.
#[track_caller]
pub fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("not an integer: {value}"))
}

/// A diagnostic report as one line, without its box-drawing characters.
pub fn flatten(report: &str) -> String {
    let drawn = |c: char| c.is_whitespace() || ('\u{2500}'..='\u{257f}').contains(&c);
    report.split(drawn).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}
