//! Three-year work programmes.

use sea_orm::entity::prelude::*;

use crate::{EdtfDate, Slug};

#[macro_rules_attribute::derive(crate::Row!)]
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "work_programme")]
pub struct Model {
    /// The primary key, also that of the record's row in `record`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    #[sea_orm(unique)]
    pub slug: Slug,
    #[sea_orm(column_type = "Text")]
    pub title: String,
    pub start: EdtfDate,
    pub end: Option<EdtfDate>,
    /// The first possible day of the period.
    pub first_day: Date,
    /// The last possible day of the period.
    pub last_day: Date,
    /// The event that adopted it.
    pub adopted_at_id: Option<i32>,
    /// Where sources disagree, and what they leave open.
    #[sea_orm(column_type = "Text")]
    pub note: Option<String>,
    #[sea_orm(belongs_to, from = "(id, slug)", to = "(id, slug)")]
    pub record: BelongsTo<super::record::Entity>,
    #[sea_orm(belongs_to, from = "adopted_at_id", to = "id")]
    pub adopted_at: BelongsTo<Option<super::event::Entity>>,
    #[sea_orm(has_many)]
    pub work_areas: HasMany<super::work_area::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
