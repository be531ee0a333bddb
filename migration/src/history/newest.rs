//! The newest content in the change log.

use entities::{
    change,
    record::{self, RecordKind},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Query, SelectStatement},
};
use serde_json::Value;

/// Selects the key of the newest change of every record.
pub(crate) fn newest_changes() -> SelectStatement {
    Query::select()
        .expr(change::Column::Id.max())
        .from(change::Entity)
        .group_by_col(change::Column::RecordId)
        .to_owned()
}

/// The records that are not removed, by slug: kind, slug and content.
pub(super) async fn newest_contents(
    db: &impl ConnectionTrait,
) -> Result<Vec<(RecordKind, String, Value)>, DbErr> {
    change::Entity::find()
        .select_only()
        .columns([record::Column::Kind, record::Column::Slug])
        .column(change::Column::After)
        .inner_join(record::Entity)
        .filter(change::Column::Id.in_subquery(newest_changes()))
        .filter(record::Column::RemovedIn.is_null())
        .order_by_asc(record::Column::Slug)
        .into_tuple()
        .all(db)
        .await
}
