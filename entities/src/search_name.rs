//! Every complete name of a record, normalised for comparison. A query that equals a name is an exact match.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "search_name")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub record_id: i32,
    /// The normalised words of the name, separated by spaces.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub name: String,
    #[sea_orm(belongs_to, from = "record_id", to = "record_id")]
    pub document: BelongsTo<super::search_document::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
