//! Links provisions to the bodies that they name.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provision_body")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub provision_id: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub body_id: i32,
    pub position: i32,
    #[sea_orm(belongs_to, from = "provision_id", to = "id")]
    pub provision: BelongsTo<super::provision::Entity>,
    #[sea_orm(belongs_to, from = "body_id", to = "id")]
    pub body: BelongsTo<super::body::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
