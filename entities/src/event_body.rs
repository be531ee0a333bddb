//! Links events to the bodies that held them. A joint exercise has several.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event_body")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub event_id: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub body_id: i32,
    /// The position among the bodies of the event, from 0: that of the leading body.
    pub position: i32,
    #[sea_orm(belongs_to, from = "event_id", to = "id")]
    pub event: BelongsTo<super::event::Entity>,
    #[sea_orm(belongs_to, from = "body_id", to = "id")]
    pub body: BelongsTo<super::body::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
