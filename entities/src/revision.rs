//! Revisions: each is one atomic write to the knowledge base.

use sea_orm::entity::prelude::*;

use crate::EdtfDate;

#[macro_rules_attribute::derive(crate::Row!)]
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "revision")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub created_at: DateTimeUtc,
    #[sea_orm(column_type = "Text")]
    pub author: String,
    #[sea_orm(column_type = "Text")]
    pub message: String,
    /// The version of the imported dataset; null if the revision was not an import.
    #[sea_orm(column_type = "Text")]
    pub dataset_version: Option<String>,
    /// The period of the newest facts of the imported dataset.
    pub collected_until: Option<EdtfDate>,
    /// The SHA-256 of the content after the revision, in hexadecimal digits; null in a database of
    /// an older program.
    #[sea_orm(column_type = "Text")]
    pub content_hash: Option<String>,
    #[sea_orm(has_many)]
    pub changes: HasMany<super::change::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
