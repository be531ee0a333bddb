//! The areas of work programmes. An area shares the citations of its programme.

use sea_orm::entity::prelude::*;

#[macro_rules_attribute::derive(crate::Row!)]
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "work_area")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[sea_orm(unique_key = "work_area_name")]
    pub programme_id: i32,
    /// The position in the programme, from 1.
    pub position: i32,
    #[sea_orm(unique_key = "work_area_name", column_type = "Text")]
    pub name: String,
    pub theme_id: Option<i32>,
    #[sea_orm(column_type = "Text")]
    pub summary: Option<String>,
    #[sea_orm(belongs_to, from = "programme_id", to = "id")]
    pub programme: BelongsTo<super::work_programme::Entity>,
    #[sea_orm(belongs_to, from = "theme_id", to = "id")]
    pub theme: BelongsTo<Option<super::theme::Entity>>,
    #[sea_orm(has_many)]
    pub contributions: HasMany<super::contribution::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
