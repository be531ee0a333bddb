//! A line of the log. Clients control parts of it, so its length is limited and control characters are escaped.

use std::{
    borrow::Cow,
    io::{self, Write},
};

use serde_json::Value;
use tracing_subscriber::fmt::MakeWriter;

/// The maximum length of a line, in bytes.
const MAX_LENGTH: usize = 4_096;
/// Limits of the strings in a JSON line, in bytes. The first limit with which the line fits is used.
const STRING_LENGTHS: [usize; 4] = [1_024, 256, 64, 16];

/// Writes lines to standard error.
#[derive(Clone, Copy, Debug)]
pub(super) enum Lines {
    Text,
    /// Text with the colour sequences of tracing-subscriber, which escapes the sequences in values.
    Coloured,
    Json,
}

impl<'w> MakeWriter<'w> for Lines {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        *self
    }
}

impl Write for Lines {
    /// Receives a whole line: tracing-subscriber writes each event with one call.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let bounded = match self {
            Self::Text => bounded_text(text, must_be_escaped),
            Self::Coloured => bounded_text(text, |c| c != '\u{1b}' && must_be_escaped(c)),
            Self::Json => bounded_json(text),
        };
        io::stderr().write_all(format!("{bounded}\n").as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// Whether a character breaks a line, controls a terminal or reorders displayed text.
fn must_be_escaped(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn bounded_text(text: &str, must_be_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if text.len() <= MAX_LENGTH && !text.chars().any(&must_be_escaped) {
        return Cow::Borrowed(text);
    }
    let mut bounded = String::with_capacity(text.len().min(MAX_LENGTH));
    for (at, c) in text.char_indices() {
        // The longest escape sequence, such as \u{202e}, has eight bytes.
        if bounded.len() + 8 > MAX_LENGTH {
            bounded += &format!("… ({} more bytes)", text.len() - at);
            break;
        }
        match must_be_escaped(c) {
            true => bounded.extend(c.escape_default()),
            false => bounded.push(c),
        }
    }
    Cow::Owned(bounded)
}

/// The same object, with shortened strings if the line is too long.
fn bounded_json(line: &str) -> Cow<'_, str> {
    let escaped = escaped_json(line);
    if escaped.len() <= MAX_LENGTH {
        return escaped;
    }
    let mut value: Value = serde_json::from_str(line).unwrap_or_default();
    for length in STRING_LENGTHS {
        shorten(&mut value, length);
        let shorter = escaped_json(&value.to_string()).into_owned();
        if shorter.len() <= MAX_LENGTH {
            return Cow::Owned(shorter);
        }
    }
    let left_out = format!("a line of {} bytes was omitted", line.len());
    let mut bounded = serde_json::json!({ "message": left_out });
    for member in ["timestamp", "level", "target"] {
        bounded[member] = value[member].take();
    }
    Cow::Owned(bounded.to_string())
}

/// Escapes such characters, which JSON has only within strings. U+0000 to U+001F are already escaped.
fn escaped_json(json: &str) -> Cow<'_, str> {
    if !json.chars().any(must_be_escaped) {
        return Cow::Borrowed(json);
    }
    let escaped = json.chars().fold(String::with_capacity(json.len()), |mut escaped, c| {
        match must_be_escaped(c) {
            true => escaped += &format!("\\u{:04x}", u32::from(c)),
            false => escaped.push(c),
        }
        escaped
    });
    Cow::Owned(escaped)
}

fn shorten(value: &mut Value, length: usize) {
    match value {
        Value::String(text) if text.len() > length => {
            let more = text.len() - text.floor_char_boundary(length);
            text.truncate(text.len() - more);
            *text += &format!("… ({more} more bytes)");
        }
        Value::Array(values) => values.iter_mut().for_each(|value| shorten(value, length)),
        Value::Object(members) => members.values_mut().for_each(|value| shorten(value, length)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stays_one_line_and_is_bounded() {
        let text = |text: &str| bounded_text(text, must_be_escaped).into_owned();
        assert_eq!(text("plain ngày"), "plain ngày");
        assert_eq!(text("a\nb\u{1b}[31m\u{202e}"), "a\\nb\\u{1b}[31m\\u{202e}");
        for long in ["x".repeat(1 << 20), "\u{202e}".repeat(1 << 20), "ắ".repeat(1 << 20)] {
            let bounded = text(&long);
            assert!(bounded.len() <= MAX_LENGTH + 40, "{} bytes", bounded.len());
            assert!(bounded.ends_with("more bytes)"), "{bounded}");
        }
    }

    #[test]
    fn a_line_of_json_stays_json_and_is_bounded() {
        let line = |long: &str, many: usize| {
            let many: Vec<_> = (0..many).map(|_| long).collect();
            serde_json::json!({ "level": "ERROR", "timestamp": "now", "cause": long, "spans": many }).to_string()
        };
        for line in
            [line(&"ắ".repeat(1 << 18), 1), line("\n\"", 900), line(&"\u{1}".repeat(9_000), 5)]
        {
            let bounded = bounded_json(&line);
            assert!(bounded.len() <= MAX_LENGTH, "{} bytes", bounded.len());
            let value: Value = serde_json::from_str(&bounded).expect("still JSON");
            assert_eq!(value["level"], "ERROR");
        }
        let escaped = bounded_json("{\"a\":\"\u{85}\u{202e}\"}");
        assert_eq!(escaped, r#"{"a":"\u0085\u202e"}"#);
        let short = line("x", 1);
        assert_eq!(bounded_json(&short), short);
    }
}
