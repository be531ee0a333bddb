//! Data quality: confidence, kinds of sources, agreement with reported figures, and coverage by
//! body.

use entities::{
    Confidence, body, citation, claim, event, event_body, record, source, source::SourceKind,
};
use sea_orm::{
    ActiveEnum, ColumnTrait, EntityTrait, ExprTrait, IdenStatic, Iterable,
    sea_query::{Alias, Expr, Order, Query, SelectStatement},
};

use super::recorded;
use crate::store::{
    ReadError, Store, Union,
    filter::{self, col},
    tables::for_each_table,
};

/// Number of records of a kind with a level of confidence.
#[derive(Clone, Debug)]
pub struct Support {
    pub kind: record::RecordKind,
    pub confidence: Confidence,
    pub records: i64,
}

/// Number of sources of a kind and of citations of them.
#[derive(Clone, Debug)]
pub struct Origin {
    pub kind: SourceKind,
    pub sources: i64,
    pub citations: i64,
}

/// How figures reported by sources compare with counts of the records.
#[derive(Clone, Copy, Debug, Default)]
pub struct Agreement {
    pub claims: i64,
    /// Claims that can be compared with a count of the records.
    pub comparable: i64,
    /// Comparable claims whose value equals the count.
    pub matched: i64,
    /// Of these, claims whose counted records cite none of their sources.
    pub independent: i64,
}

/// The events of a body that were held: their number, and the first and latest start date.
#[derive(Clone, Debug)]
pub struct Reach {
    /// Primary key of the body.
    pub body: i32,
    pub events: i64,
    pub first: String,
    pub latest: String,
}

crate::heap_size::heap_size! {
    Support {}
    Origin {}
    Agreement {}
    Reach { first latest }
}

const COUNT: &str = "how_many";
const CONFIDENCE: &str = "confidence";

/// Number of records by kind and confidence, for kinds with a confidence. Combinations without
/// records are omitted.
pub async fn support(store: &Store) -> Result<Vec<Support>, ReadError> {
    fn of<E: EntityTrait>(kind: record::RecordKind) -> Option<SelectStatement> {
        let confidence = E::Column::iter().find(|column| column.as_str() == CONFIDENCE)?;
        let select = Query::select()
            .expr_as(Expr::value(kind.to_value()), Alias::new("kind"))
            .expr_as(col(confidence), Alias::new(CONFIDENCE))
            .expr_as(Expr::cust("COUNT(*)"), Alias::new(COUNT))
            .from(E::default().table_ref())
            .add_group_by([col(confidence)])
            .to_owned();
        Some(select)
    }
    macro_rules! counts {
        (
            reference { $($reference:ident: $reference_kind:ident,)* }
            cited { $($cited:ident: $cited_kind:ident,)* }
            other { $($other:ident,)* }
        ) => {
            [
                $(of::<entities::$reference::Entity>(record::RecordKind::$reference_kind),)*
                $(of::<entities::$cited::Entity>(record::RecordKind::$cited_kind),)*
            ]
        };
    }
    let union = Union::all(for_each_table!(counts).into_iter().flatten());
    let union = union.expect("there are kinds with a confidence");
    let mut found = Vec::new();
    for row in store.rows_of_union(&union).await? {
        let kind: String = row.try_get("", "kind")?;
        found.push(Support {
            kind: record::RecordKind::try_from_value(&kind)?,
            confidence: row.try_get("", CONFIDENCE)?,
            records: row.try_get("", COUNT)?,
        });
    }
    let place =
        |kind: record::RecordKind| record::RecordKind::iter().position(|other| other == kind);
    found.sort_by_key(|support| (place(support.kind), support.confidence as u8));
    Ok(found)
}

/// Number of sources and citations by kind of source, for all kinds.
pub async fn origins(store: &Store) -> Result<Vec<Origin>, ReadError> {
    let select = Query::select()
        .expr_as(col(source::Column::Kind), Alias::new("kind"))
        .expr_as(col(source::Column::Id).count_distinct(), Alias::new("sources"))
        .expr_as(col(citation::Column::Id).count(), Alias::new("citations"))
        .from(source::Entity)
        .left_join(citation::Entity, col(citation::Column::SourceId).eq(col(source::Column::Id)))
        .add_group_by([col(source::Column::Kind)])
        .to_owned();
    let mut found: Vec<Origin> =
        SourceKind::iter().map(|kind| Origin { kind, sources: 0, citations: 0 }).collect();
    for row in store.rows(select).await? {
        let kind: SourceKind = row.try_get("", "kind")?;
        if let Some(origin) = found.iter_mut().find(|origin| origin.kind == kind) {
            origin.sources = row.try_get("", "sources")?;
            origin.citations = row.try_get("", "citations")?;
        }
    }
    Ok(found)
}

/// Number of claims, of those that can be compared with a count, and of those that agree with it.
pub async fn agreement(store: &Store) -> Result<Agreement, ReadError> {
    let select = Query::select()
        .exprs([col(claim::Column::Id), col(claim::Column::Value)])
        .from(claim::Entity)
        .to_owned();
    let recorded = recorded::counts(store, &Expr::value(1).eq(1)).await?;
    let mut agreement = Agreement::default();
    for row in store.rows(select).await? {
        let id: i32 = row.try_get("", "id")?;
        let value: f64 = row.try_get("", "value")?;
        agreement.claims += 1;
        if let Some(count) = recorded.get(&id).copied().flatten() {
            let is_match = value == count.records as f64;
            agreement.comparable += 1;
            agreement.matched += i64::from(is_match);
            agreement.independent += i64::from(is_match && count.is_independent);
        }
    }
    Ok(agreement)
}

/// Events by body, for bodies with events; most events first.
pub async fn reach(store: &Store) -> Result<Vec<Reach>, ReadError> {
    let select = Query::select()
        .expr_as(col(event_body::Column::BodyId), Alias::new("body"))
        .expr_as(Expr::cust("COUNT(*)"), Alias::new(COUNT))
        .expr_as(col(event::Column::Start).min(), Alias::new("earliest"))
        .expr_as(col(event::Column::Start).max(), Alias::new("latest"))
        .from(event::Entity)
        .inner_join(event_body::Entity, col(event_body::Column::EventId).eq(col(event::Column::Id)))
        .inner_join(body::Entity, col(body::Column::Id).eq(col(event_body::Column::BodyId)))
        .and_where(filter::not_held(event::Column::Status, false))
        .add_group_by([col(event_body::Column::BodyId), col(body::Column::Slug)])
        .order_by(COUNT, Order::Desc)
        .order_by(body::Column::Slug.as_column_ref(), Order::Asc)
        .to_owned();
    let reach = |row: &sea_orm::QueryResult| {
        Ok(Reach {
            body: row.try_get("", "body")?,
            events: row.try_get("", COUNT)?,
            first: row.try_get("", "earliest")?,
            latest: row.try_get("", "latest")?,
        })
    };
    let found: Result<_, sea_orm::DbErr> = store.rows(select).await?.iter().map(reach).collect();
    Ok(found?)
}
