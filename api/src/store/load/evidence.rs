//! How many sources support a record.

use std::collections::HashMap;

use entities::{
    TableRow, citation,
    source::{self, SourceKind},
};
use sea_orm::{
    ActiveEnum, ColumnTrait, ExprTrait,
    sea_query::{Alias, Expr, Func, Query, SelectStatement, SimpleExpr},
};

use super::BatchLoad;
use crate::{
    heap_size::heap_size,
    store::{
        ReadError, Store, dialect,
        filter::{self, col},
    },
};

/// The numbers of sources of a record.
#[derive(Clone, Copy, Debug, Default)]
pub struct EvidenceCounts {
    pub sources: i64,
    /// Of these, sources of ASEAN or a government.
    pub official: i64,
    /// Publishers of the originals. A copy of a text is no source of its own.
    pub independent: i64,
}

heap_size! {
    EvidenceCounts {}
}

/// The evidence for records.
pub struct Evidence;

const ORIGINAL: &str = "original";

/// Selects the citations with their sources, and the original of each source as `original`.
fn cited() -> SelectStatement {
    use source::Column;
    let original = Func::coalesce([col(Column::CopyOfId), col(Column::Id)]);
    Query::select()
        .from(citation::Entity)
        .inner_join(source::Entity, col(Column::Id).eq(col(citation::Column::SourceId)))
        .join_as(
            sea_orm::JoinType::InnerJoin,
            source::Entity,
            ORIGINAL,
            Expr::col((ORIGINAL, source::Entity::PRIMARY_KEY)).eq(original),
        )
        .take()
}

/// The number of independent sources of a group of [`cited`] rows.
fn independent() -> SimpleExpr {
    publisher().count_distinct()
}

/// Selects the keys of a record's sources, after each copy is replaced by its original.
pub fn originals(record: SimpleExpr) -> SelectStatement {
    cited().expr(original()).and_where(col(citation::Column::RecordId).eq(record)).take()
}

/// The key of the original of a source.
pub fn original() -> SimpleExpr {
    Expr::col((ORIGINAL, source::Entity::PRIMARY_KEY))
}

/// The publisher of an original; an original without one stands for itself.
fn publisher() -> SimpleExpr {
    let of_original = |column: source::Column| Expr::col((ORIGINAL, column));
    Func::coalesce([
        of_original(source::Column::Publisher),
        of_original(source::Column::Slug).cast_as("text"),
    ])
    .into()
}

/// The record's number of sources meets a condition.
pub fn has_sources(
    key: impl ColumnTrait,
    bound: impl FnOnce(SimpleExpr) -> SimpleExpr,
) -> SimpleExpr {
    counted(key, bound(col(source::Column::Id).count_distinct()))
}

/// The record's number of independent sources meets a condition.
pub fn has_independent_sources(
    key: impl ColumnTrait,
    bound: impl FnOnce(SimpleExpr) -> SimpleExpr,
) -> SimpleExpr {
    counted(key, bound(independent()))
}

fn counted(key: impl ColumnTrait, bound: SimpleExpr) -> SimpleExpr {
    let record = col(citation::Column::RecordId);
    let records = cited().expr(record.clone()).add_group_by([record]).and_having(bound).take();
    col(key).in_subquery(records)
}

/// One of the record's sources has one of the kinds.
pub fn cites_kind(key: impl ColumnTrait, kinds: Vec<String>) -> SimpleExpr {
    let picks = filter::references::<source::Entity>(
        citation::Column::SourceId,
        filter::any_of(source::Column::Kind, kinds),
    );
    filter::linked::<citation::Entity>(key, citation::Column::RecordId, picks)
}

impl BatchLoad for Evidence {
    type Key = i32;
    type Value = EvidenceCounts;

    async fn fetch(
        store: &Store,
        records: &[i32],
    ) -> Result<HashMap<i32, EvidenceCounts>, ReadError> {
        let official = [SourceKind::Asean, SourceKind::Government].map(|kind| kind.to_value());
        let official: SimpleExpr =
            Expr::case(col(source::Column::Kind).is_in(official), col(source::Column::Id)).into();
        let select = cited()
            .expr_as(col(citation::Column::RecordId), Alias::new("record"))
            .expr_as(col(source::Column::Id).count_distinct(), Alias::new("sources"))
            .expr_as(official.count_distinct(), Alias::new("official"))
            .expr_as(independent(), Alias::new("independent"))
            .add_group_by([col(citation::Column::RecordId)])
            .and_where(dialect::in_list(store.backend(), col(citation::Column::RecordId), records))
            .take();
        let mut counts = HashMap::new();
        for row in store.rows(select).await? {
            counts.insert(
                row.try_get("", "record")?,
                EvidenceCounts {
                    sources: row.try_get("", "sources")?,
                    official: row.try_get("", "official")?,
                    independent: row.try_get("", "independent")?,
                },
            );
        }
        Ok(counts)
    }
}
