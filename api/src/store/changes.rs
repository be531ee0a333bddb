//! The changes of revisions, and the differences between two states.

use std::{collections::HashSet, ops::RangeInclusive};

use entities::{change, change::ChangeAction, record, record::RecordKind, revision};
use migration::history::{FieldDifference, change_action, current_keys, field_differences};
use sea_orm::{
    ActiveEnum, EntityTrait, ExprTrait, FromQueryResult, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Alias, Expr, Order, Query, SelectStatement, SimpleExpr},
};

use super::{ReadError, Store, dialect::without_nul, list::Page};

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
    /// The record's first slug, if it is another one.
    pub first_slug: Option<String>,
    pub action: ChangeAction,
}

#[derive(FromQueryResult)]
struct Row {
    kind: RecordKind,
    slug: String,
    first_slug: Option<String>,
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
        Some(Changed { kind: row.kind, slug: row.slug, first_slug: row.first_slug, action })
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
        .columns([
            (record::Entity, record::Column::Kind),
            (record::Entity, record::Column::Slug),
            (record::Entity, record::Column::FirstSlug),
        ])
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

/// A record that differs between two states.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Difference {
    pub id: i32,
    pub kind: RecordKind,
    pub slug: String,
    pub first_slug: Option<String>,
    /// The record in the earlier state, as the change log has it; none if it did not exist.
    pub before: Option<serde_json::Value>,
    /// The record in the later state; none if it no longer existed.
    pub after: Option<serde_json::Value>,
}

impl Difference {
    pub fn action(&self) -> ChangeAction {
        change_action(self.before.as_ref(), self.after.as_ref())
    }

    /// The fields that differ, by name, each with its value before and after.
    pub fn fields(&self) -> Vec<FieldDifference> {
        let current = |logged: &Option<serde_json::Value>| {
            logged.clone().map(|logged| current_keys(self.kind, logged))
        };
        field_differences(current(&self.before), current(&self.after))
    }
}

/// How many records differ between two states.
#[derive(Clone, Copy, Debug, Default)]
pub struct DifferenceCounts {
    pub created: i64,
    pub updated: i64,
    pub removed: i64,
}

impl DifferenceCounts {
    pub fn total(self) -> i64 {
        self.created + self.updated + self.removed
    }
}

crate::heap_size::heap_size! {
    Difference { slug first_slug before after }
    DifferenceCounts {}
    DifferenceWindow { after before }
}

const EARLIER: &str = "earlier";
const LATER: &str = "later";

/// Selects from the records whose content after the revision `from` differs from that after the
/// revision `to`. `EARLIER` is the first change in between, and `LATER` the last one.
fn different(from: i32, to: i32, kinds: Option<&[RecordKind]>) -> SelectStatement {
    let span = Query::select()
        .column(change::Column::RecordId)
        .expr_as(Expr::col(change::Column::Id).min(), Alias::new("first"))
        .expr_as(Expr::col(change::Column::Id).max(), Alias::new("last"))
        .from(change::Entity)
        .and_where(Expr::col(change::Column::RevisionId).gt(from))
        .and_where(Expr::col(change::Column::RevisionId).lte(to))
        .group_by_col(change::Column::RecordId)
        .to_owned();
    let mut select = Query::select();
    select.from_subquery(span, SPAN).inner_join(
        record::Entity,
        Expr::col((SPAN, change::Column::RecordId)).equals((record::Entity, record::Column::Id)),
    );
    for (end, alias) in [("first", EARLIER), ("last", LATER)] {
        select.join_as(
            sea_orm::JoinType::InnerJoin,
            change::Entity,
            Alias::new(alias),
            Expr::col((SPAN, Alias::new(end))).equals((Alias::new(alias), change::Column::Id)),
        );
    }
    let (before, after) = (before(), after());
    let text = |value: &SimpleExpr| value.clone().cast_as(Alias::new("text"));
    select.and_where(
        before
            .clone()
            .is_null()
            .and(after.clone().is_not_null())
            .or(before.clone().is_not_null().and(after.clone().is_null()))
            .or(text(&before).ne(text(&after))),
    );
    if let Some(kinds) = kinds {
        let kinds = kinds.iter().map(ActiveEnum::to_value);
        select.and_where(Expr::col((record::Entity, record::Column::Kind)).is_in(kinds));
    }
    select
}

fn before() -> SimpleExpr {
    Expr::col((Alias::new(EARLIER), change::Column::Before))
}

fn after() -> SimpleExpr {
    Expr::col((Alias::new(LATER), change::Column::After))
}

/// A page of differences: slugs are their positions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DifferenceWindow {
    pub limit: u64,
    /// Whether the page is taken from the end of the list.
    pub backward: bool,
    pub after: Option<String>,
    pub before: Option<String>,
}

/// A page of the records that differ between two states, in the order of their slugs.
pub async fn differences(
    store: &Store,
    (from, to): (i32, i32),
    kinds: Option<&[RecordKind]>,
    window: &DifferenceWindow,
) -> Result<Page<Difference>, ReadError> {
    let column = |column: record::Column| (record::Entity, column);
    let mut select = different(from, to, kinds);
    select
        .columns([
            column(record::Column::Id),
            column(record::Column::Kind),
            column(record::Column::Slug),
            column(record::Column::FirstSlug),
        ])
        .expr_as(before(), Alias::new("before"))
        .expr_as(after(), Alias::new("after"))
        .order_by(
            column(record::Column::Slug),
            if window.backward { Order::Desc } else { Order::Asc },
        )
        .limit(window.limit + 1);
    let slug = || Expr::col(column(record::Column::Slug));
    if let Some(after) = &window.after {
        select.and_where(slug().gt(without_nul(after.as_str().into())));
    }
    if let Some(before) = &window.before {
        select.and_where(slug().lt(without_nul(before.as_str().into())));
    }
    let mut rows: Vec<Difference> = store.models(select).await?;
    let more = rows.len() as u64 > window.limit;
    rows.truncate(usize::try_from(window.limit).unwrap_or(usize::MAX));
    if window.backward {
        rows.reverse();
    }
    Ok(Page { rows, more })
}

/// How many records differ between two states.
pub async fn count_differences(
    store: &Store,
    (from, to): (i32, i32),
    kinds: Option<&[RecordKind]>,
) -> Result<DifferenceCounts, ReadError> {
    let count = |picks: SimpleExpr| {
        let one = Expr::case(picks, Expr::value(1)).finally(Expr::value(0));
        Expr::expr(sea_orm::sea_query::Func::coalesce([
            SimpleExpr::from(sea_orm::sea_query::Func::sum(one)),
            Expr::value(0),
        ]))
        .cast_as(Alias::new("bigint"))
    };
    let mut select = different(from, to, kinds);
    select
        .expr_as(count(before().is_null()), Alias::new("created"))
        .expr_as(count(after().is_null()), Alias::new("removed"))
        .expr_as(count(before().is_not_null().and(after().is_not_null())), Alias::new("updated"));
    let rows = store.rows(select).await?;
    let row = rows.first().expect("an aggregate has one row");
    let value = |name: &str| -> Result<i64, ReadError> { Ok(row.try_get("", name)?) };
    Ok(DifferenceCounts {
        created: value("created")?,
        updated: value("updated")?,
        removed: value("removed")?,
    })
}

/// The newest revisions with their changes, newest first.
pub async fn newest_revisions(
    store: &Store,
    limit: u64,
) -> Result<Vec<(revision::Model, Changes)>, ReadError> {
    let select =
        revision::Entity::find().order_by_desc(revision::Column::Id).limit(limit).into_query();
    let revisions: Vec<revision::Model> = store.models(select).await?;
    let mut newest = Vec::with_capacity(revisions.len());
    for revision in revisions {
        let changes = between(store, revision.id..=revision.id, None).await?;
        newest.push((revision, changes));
    }
    Ok(newest)
}

/// The newest content of a record, as the change log has it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Content {
    pub kind: RecordKind,
    pub slug: String,
    pub after: serde_json::Value,
}

/// The contents of at most `limit` records after a slug, in the order of their slugs.
pub async fn contents(store: &Store, after: &str, limit: u64) -> Result<Vec<Content>, ReadError> {
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
        .limit(limit)
        .to_owned();
    store.models(select).await
}
