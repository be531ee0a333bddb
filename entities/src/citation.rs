//! The citations: which source supports which record, and where in the source.

use sea_orm::entity::prelude::*;

#[macro_rules_attribute::derive(crate::Row!)]
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "citation")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub record_id: i32,
    /// The position among the citations of the record, from 0.
    pub position: i32,
    pub source_id: i32,
    /// Where in the source: a page, paragraph or table.
    #[sea_orm(column_type = "Text")]
    pub locator: Option<String>,
    #[sea_orm(belongs_to, from = "record_id", to = "id")]
    pub record: BelongsTo<super::record::Entity>,
    #[sea_orm(belongs_to, from = "source_id", to = "id")]
    pub source: BelongsTo<super::source::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
