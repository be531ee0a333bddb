//! The changes of revisions.

use std::{collections::HashSet, ops::RangeInclusive};

use entities::{change, change::ChangeAction, record, record::RecordKind};
use sea_orm::{
    ActiveEnum, ExprTrait, FromQueryResult,
    sea_query::{Alias, Expr, Order, Query, SelectStatement},
};

use super::{ReadError, Store};

/// Maximum number of records that are listed.
pub const MOST: u64 = 1_000;

/// The combined changes of a range of revisions.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Number of changed records.
    pub total: i64,
    /// The first [`MOST`] of them, in the order of their first change.
    pub records: Vec<Changed>,
}

/// The combined changes of a record.
#[derive(Clone, Debug)]
pub struct Changed {
    pub kind: RecordKind,
    pub slug: String,
    pub action: ChangeAction,
}

#[derive(FromQueryResult)]
struct Row {
    kind: RecordKind,
    slug: String,
    first: ChangeAction,
    last: ChangeAction,
}

/// Combines the first and the last action on a record; `None` if it was created and removed again.
fn sum(first: ChangeAction, last: ChangeAction) -> Option<ChangeAction> {
    use ChangeAction::{Created, Removed, Updated};
    match (first, last) {
        (Created, Removed) => None,
        (_, Removed) => Some(Removed),
        (Created, _) => Some(Created),
        // Removed and created again, or updated.
        _ => Some(Updated),
    }
}

const SPAN: &str = "span";

/// The combined changes of the revisions in records of some kinds; of all kinds if `kinds` is
/// `None`.
pub async fn between(
    store: &Store,
    revisions: RangeInclusive<i32>,
    kinds: Option<&HashSet<RecordKind>>,
) -> Result<Changes, ReadError> {
    let mut span = Query::select();
    span.column((change::Entity, change::Column::RecordId))
        .expr_as(Expr::col((change::Entity, change::Column::Id)).min(), Alias::new("first"))
        .expr_as(Expr::col((change::Entity, change::Column::Id)).max(), Alias::new("last"))
        .from(change::Entity)
        .inner_join(
            record::Entity,
            Expr::col((change::Entity, change::Column::RecordId))
                .equals((record::Entity, record::Column::Id)),
        )
        .and_where(
            Expr::col((change::Entity, change::Column::RevisionId))
                .between(*revisions.start(), *revisions.end()),
        )
        .group_by_col((change::Entity, change::Column::RecordId));
    if let Some(kinds) = kinds {
        let kinds = kinds.iter().map(ActiveEnum::to_value);
        span.and_where(Expr::col((record::Entity, record::Column::Kind)).is_in(kinds));
    }
    let rows: Vec<Row> = store.models(spans(span.clone())).await?;
    let records = rows.into_iter().filter_map(|row| {
        let action = sum(row.first, row.last)?;
        Some(Changed { kind: row.kind, slug: row.slug, action })
    });
    let records: Vec<Changed> = records.collect();
    let total = match (records.len() as u64) < MOST {
        true => records.len() as i64,
        false => count(store, span).await?,
    };
    Ok(Changes { total, records })
}

/// The records of the spans, with the first and the last action on each.
fn spans(span: SelectStatement) -> SelectStatement {
    let mut select = Query::select();
    select
        .columns([(record::Entity, record::Column::Kind), (record::Entity, record::Column::Slug)])
        .from_subquery(span, SPAN)
        .inner_join(
            record::Entity,
            Expr::col((SPAN, change::Column::RecordId))
                .equals((record::Entity, record::Column::Id)),
        );
    for end in ["first", "last"] {
        let of = format!("{end}_change");
        select
            .expr_as(Expr::col((Alias::new(&of), change::Column::Action)), Alias::new(end))
            .join_as(
                sea_orm::JoinType::InnerJoin,
                change::Entity,
                Alias::new(&of),
                Expr::col((SPAN, Alias::new(end))).equals((Alias::new(&of), change::Column::Id)),
            );
    }
    select.order_by((SPAN, Alias::new("first")), Order::Asc).limit(MOST).to_owned()
}

async fn count(store: &Store, span: SelectStatement) -> Result<i64, ReadError> {
    let select = Query::select()
        .expr_as(Expr::col((SPAN, change::Column::RecordId)).count(), Alias::new("total"))
        .from_subquery(span, SPAN)
        .to_owned();
    let rows = store.rows(select).await?;
    let row = rows.first().expect("an aggregate has one row");
    Ok(row.try_get("", "total")?)
}
