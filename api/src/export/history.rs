//! Exports of the history: the canonical records of a state, and the differences of two states.

use futures_util::{Stream, stream};
use migration::history::{canonical_line, canonical_reach};
use sea_orm::{
    ActiveEnum, ExprTrait, FromQueryResult,
    sea_query::{Alias, Expr, Order, Query},
};
use serde_json::Value;

use entities::{change, record, record::RecordKind};

use super::{
    ExportError,
    encode::{Encoder, Format},
    related::enum_value,
};
use crate::store::{
    ReadError, Store,
    changes::{self, Difference, DifferenceWindow},
    dataset::Summary,
};

/// Records per page.
const PAGE: u64 = 500;

/// The columns of the differences: a row for each field that differs.
const DIFFERENCE_FIELDS: [&str; 6] = ["kind", "slug", "action", "field", "before", "after"];

/// A part of a stream: what is sent, and what the next part begins after.
type Part<S> = Option<(Vec<u8>, S)>;

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
                return Ok(Some((first, (None, after)))) as Result<Part<_>, ExportError>;
            }
            let Some(after) = after else { return Ok(None) };
            let page = contents(&store, &after).await?;
            let next = page.last().filter(|_| page.len() as u64 == PAGE);
            let next = next.map(|last| last.slug.clone());
            let line = |content: Content| canonical_line(content.kind, content.after) + "\n";
            let text: String = page.into_iter().map(line).collect();
            Ok(Some((text.into_bytes(), (None, next))))
        }
    })
}

#[derive(FromQueryResult)]
struct Content {
    kind: RecordKind,
    slug: String,
    after: Value,
}

/// The newest content of the records after a slug, in the order of their slugs.
async fn contents(store: &Store, after: &str) -> Result<Vec<Content>, ReadError> {
    const NEWEST: &str = "newest";
    let column = |column: record::Column| (record::Entity, column);
    let newest = Query::select()
        .expr(Expr::col((Alias::new(NEWEST), change::Column::Id)).max())
        .from_as(change::Entity, Alias::new(NEWEST))
        .and_where(
            Expr::col((Alias::new(NEWEST), change::Column::RecordId))
                .equals(column(record::Column::Id)),
        )
        .to_owned();
    let select = Query::select()
        .columns([column(record::Column::Kind), column(record::Column::Slug)])
        .column((change::Entity, change::Column::After))
        .from(record::Entity)
        .inner_join(
            change::Entity,
            Expr::col((change::Entity, change::Column::Id)).in_subquery(newest),
        )
        .and_where(Expr::col(column(record::Column::RemovedIn)).is_null())
        .and_where(Expr::col(column(record::Column::Slug)).gt(after))
        .order_by(column(record::Column::Slug), Order::Asc)
        .limit(PAGE)
        .to_owned();
    store.models(select).await
}

/// The differences of the states after two revisions, as a table.
pub fn differences(
    format: Format,
    between: (i32, i32),
    store: Store,
) -> impl Stream<Item = Result<Vec<u8>, ExportError>> + Send {
    enum Next {
        Head,
        After(Option<String>),
        End,
    }
    let names = DIFFERENCE_FIELDS.to_vec();
    stream::try_unfold((Encoder::new(format, names), Next::Head), move |(mut encoder, next)| {
        let store = store.clone();
        async move {
            let after = match next {
                Next::Head => {
                    let head = encoder.head();
                    return Ok(Some((head, (encoder, Next::After(None)))))
                        as Result<Part<_>, ExportError>;
                }
                Next::After(after) => after,
                Next::End => return Ok(None),
            };
            let window = DifferenceWindow { limit: PAGE, after, ..DifferenceWindow::default() };
            let page = changes::differences(&store, between, None, &window).await?;
            let rows: Vec<Vec<Value>> =
                page.rows.iter().flat_map(|difference| rows(format, difference)).collect();
            let mut part = encoder.rows(&rows);
            let next = match page.rows.last().filter(|_| page.more) {
                Some(last) => Next::After(Some(last.slug.clone())),
                None => {
                    part.extend(encoder.tail());
                    Next::End
                }
            };
            Ok(Some((part, (encoder, next))))
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
    let row = |field: changes::FieldDifference| {
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
