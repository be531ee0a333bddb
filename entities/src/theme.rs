//! Themes: areas of cooperation, which form a tree.

use sea_orm::entity::prelude::*;

use crate::{Names, Slug};

#[macro_rules_attribute::derive(crate::Row!)]
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "theme")]
pub struct Model {
    /// The primary key, also that of the record's row in `record`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    #[sea_orm(unique)]
    pub slug: Slug,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub summary: String,
    /// Alternative names.
    pub aliases: Names,
    pub parent_id: Option<i32>,
    /// The Experts' Working Group of the theme.
    pub working_group_id: Option<i32>,
    #[sea_orm(belongs_to, from = "(id, slug)", to = "(id, slug)")]
    pub record: BelongsTo<super::record::Entity>,
    #[sea_orm(
        self_ref,
        relation_enum = "Parent",
        relation_reverse = "Children",
        from = "parent_id",
        to = "id"
    )]
    pub parent: BelongsTo<Option<Entity>>,
    #[sea_orm(belongs_to, from = "working_group_id", to = "id")]
    pub working_group: BelongsTo<Option<super::body::Entity>>,
    #[sea_orm(self_ref, relation_enum = "Children", relation_reverse = "Parent")]
    pub children: HasMany<Entity>,
    #[sea_orm(has_many)]
    pub work_areas: HasMany<super::work_area::Entity>,
    #[sea_orm(has_many)]
    pub record_themes: HasMany<super::record_theme::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
