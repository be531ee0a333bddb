//! Rows as CSV, JSON and NDJSON.

use std::borrow::Cow;

use serde_json::Value;

/// The format of an exported table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// RFC 4180, safe to open in a spreadsheet.
    Csv,
    /// One array of objects.
    Json,
    /// One object per line.
    Ndjson,
}

impl Format {
    pub const ALL: [Self; 3] = [Self::Csv, Self::Json, Self::Ndjson];

    /// The file name extension, without a dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
        }
    }

    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Json => "application/json",
            Self::Ndjson => "application/x-ndjson",
        }
    }
}

/// The byte order mark in UTF-8. Without it, Excel reads CSV in a legacy encoding.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Encodes a table in chunks.
pub(super) struct Encoder {
    format: Format,
    names: Vec<&'static str>,
    byte_order_mark: bool,
    /// Whether a row was encoded.
    begun: bool,
}

impl Encoder {
    pub fn new(format: Format, names: Vec<&'static str>) -> Self {
        Self { format, names, byte_order_mark: false, begun: false }
    }

    /// Sets whether CSV begins with a byte order mark.
    pub fn with_byte_order_mark(mut self, byte_order_mark: bool) -> Self {
        self.byte_order_mark = byte_order_mark;
        self
    }

    /// The bytes before the first row.
    pub fn head(&self) -> Vec<u8> {
        match self.format {
            Format::Csv => {
                let mark = if self.byte_order_mark { BYTE_ORDER_MARK } else { "" };
                [mark.as_bytes(), &csv(|csv| csv.write_record(&self.names))].concat()
            }
            Format::Json => b"[".to_vec(),
            Format::Ndjson => Vec::new(),
        }
    }

    pub fn rows(&mut self, rows: &[Vec<Value>]) -> Vec<u8> {
        if self.format == Format::Csv {
            return csv(|csv| {
                rows.iter().try_for_each(|row| {
                    csv.write_record(row.iter().map(|cell| plain(cell).into_owned()))
                })
            });
        }
        let mut out = Vec::new();
        for row in rows {
            if self.format == Format::Json {
                out.extend_from_slice(if self.begun { b",\n" } else { b"\n" });
            }
            self.begun = true;
            self.object(&mut out, row);
            if self.format == Format::Ndjson {
                out.push(b'\n');
            }
        }
        out
    }

    /// The bytes after the last row.
    pub fn tail(&self) -> Vec<u8> {
        match self.format {
            Format::Json => b"\n]\n".to_vec(),
            Format::Csv | Format::Ndjson => Vec::new(),
        }
    }

    /// Encodes a row as an object whose keys have the order of the columns.
    fn object(&self, out: &mut Vec<u8>, row: &[Value]) {
        out.push(b'{');
        for (place, (name, cell)) in self.names.iter().zip(row).enumerate() {
            if place > 0 {
                out.push(b',');
            }
            out.extend_from_slice(format!("\"{name}\":{cell}").as_bytes());
        }
        out.push(b'}');
    }
}

fn csv(write: impl FnOnce(&mut csv::Writer<Vec<u8>>) -> csv::Result<()>) -> Vec<u8> {
    let mut csv = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .flexible(false)
        .from_writer(Vec::new());
    write(&mut csv).expect("a row has a cell for each column");
    csv.into_inner().expect("writing to memory does not fail")
}

/// The string of a CSV cell.
fn plain(cell: &Value) -> Cow<'_, str> {
    match cell {
        Value::Null => Cow::Borrowed(""),
        Value::String(text) => safe(Cow::Borrowed(text)),
        Value::Array(entries) => safe(Cow::Owned(joined(entries))),
        other => Cow::Owned(other.to_string()),
    }
}

/// The entries of a list in one cell, joined by `|`. Within an entry, `|` and `\` are escaped with
/// `\`.
pub(super) fn joined(entries: &[Value]) -> String {
    let entry = |entry: &Value| match entry {
        Value::String(text) => text.replace('\\', r"\\").replace('|', r"\|"),
        _ => String::new(),
    };
    entries.iter().map(entry).collect::<Vec<_>>().join("|")
}

/// Prevents CSV injection: a spreadsheet runs a string that begins with one of these characters as
/// a formula, unless an apostrophe precedes it. Numbers stay numbers.
fn safe(text: Cow<'_, str>) -> Cow<'_, str> {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number(&text) {
        true => Cow::Owned(format!("'{text}")),
        false => text,
    }
}

/// An optional sign, then digits with at most one decimal point.
fn is_number(text: &str) -> bool {
    let digits = text.trim_start_matches(['+', '-']);
    text.len() - digits.len() <= 1
        && digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && digits.bytes().filter(|byte| *byte == b'.').count() <= 1
}
