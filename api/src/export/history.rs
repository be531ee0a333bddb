//! Exports of the history: the canonical records of a state, and the differences of two states.

use futures_util::{Stream, stream};
use migration::history::{FieldDifference, canonical_line, canonical_reach};
use sea_orm::ActiveEnum;
use serde_json::Value;

use super::{
    ExportError,
    encode::{Encoder, Format},
    encoded,
    related::enum_value,
};
use crate::store::{
    Store,
    changes::{self, Difference, DifferenceWindow},
    dataset::Summary,
};

/// Records per page.
const PAGE: u64 = 500;

/// The columns of the differences: a row for each field that differs.
const DIFFERENCE_FIELDS: [&str; 6] = ["kind", "slug", "action", "field", "before", "after"];

/// The canonical form of the content: its SHA-256 is the content hash.
pub fn records(
    summary: &Summary,
    store: Store,
) -> impl Stream<Item = Result<Vec<u8>, ExportError>> + Send + use<> {
    let reach = summary.collected_until.as_ref().map(entities::EdtfDate::as_str);
    let first = format!("{}\n", canonical_reach(reach)).into_bytes();
    stream::try_unfold((Some(first), Some(String::new())), move |(first, after)| {
        let store = store.clone();
        async move {
            if let Some(first) = first {
                return Ok(Some((first, (None, after))));
            }
            let Some(after) = after else { return Ok(None) };
            let page = changes::contents(&store, &after, PAGE).await?;
            let next = page.last().filter(|_| page.len() as u64 == PAGE);
            let next = next.map(|last| last.slug.clone());
            let line =
                |content: changes::Content| canonical_line(content.kind, content.after) + "\n";
            let text: String = page.into_iter().map(line).collect();
            Ok(Some((text.into_bytes(), (None, next))))
        }
    })
}

/// The differences of the states after two revisions, as a table.
pub fn differences(
    format: Format,
    between: (i32, i32),
    store: Store,
) -> impl Stream<Item = Result<Vec<u8>, ExportError>> + Send {
    let encoder = Encoder::new(format, DIFFERENCE_FIELDS.to_vec());
    encoded(encoder, move |after| {
        let store = store.clone();
        async move {
            let window = DifferenceWindow { limit: PAGE, after, ..DifferenceWindow::default() };
            let page = changes::differences(&store, between, None, &window).await?;
            let rows = page.rows.iter().flat_map(|difference| rows(format, difference)).collect();
            let next = page.rows.last().filter(|_| page.more).map(|last| last.slug.clone());
            Ok((rows, next))
        }
    })
}

fn rows(format: Format, difference: &Difference) -> Vec<Vec<Value>> {
    // A cell of CSV has no structure.
    let cell = |value: Option<Value>| match value.unwrap_or_default() {
        structured @ (Value::Array(_) | Value::Object(_)) if format == Format::Csv => {
            structured.to_string().into()
        }
        plain => plain,
    };
    let row = |field: FieldDifference| {
        vec![
            enum_value(&difference.kind.to_value()).into(),
            difference.slug.clone().into(),
            enum_value(&difference.action().to_value()).into(),
            field.name.into(),
            cell(field.before),
            cell(field.after),
        ]
    };
    difference.fields().into_iter().map(row).collect()
}
