//! Links provisions to the documents that they cite.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provision_document")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub provision_id: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub document_id: i32,
    pub position: i32,
    #[sea_orm(belongs_to, from = "provision_id", to = "id")]
    pub provision: BelongsTo<super::provision::Entity>,
    #[sea_orm(belongs_to, from = "document_id", to = "id")]
    pub document: BelongsTo<super::document::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
