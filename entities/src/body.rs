//! Ministerial meetings, working groups, centres, networks and other bodies of defence cooperation.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{EdtfDate, Names, Slug};

#[macro_rules_attribute::derive(crate::Row!)]
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "body")]
pub struct Model {
    /// The primary key, also that of the record's row in `record`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    #[sea_orm(unique)]
    pub slug: Slug,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub acronym: Option<String>,
    pub kind: BodyKind,
    /// The body that it reports to.
    pub parent_id: Option<i32>,
    pub established: Option<EdtfDate>,
    /// The earliest possible day of establishment.
    pub first_day: Option<Date>,
    /// The latest possible day of establishment.
    pub last_day: Option<Date>,
    pub dissolved: Option<EdtfDate>,
    /// Alternative names.
    pub aliases: Names,
    #[sea_orm(column_type = "Text")]
    pub summary: String,
    /// Where sources disagree, and what they leave open.
    #[sea_orm(column_type = "Text")]
    pub note: Option<String>,
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
    #[sea_orm(self_ref, relation_enum = "Children", relation_reverse = "Parent")]
    pub children: HasMany<Entity>,
    #[sea_orm(has_many)]
    pub memberships: HasMany<super::membership::Entity>,
    #[sea_orm(has_many)]
    pub chair_terms: HasMany<super::chair_term::Entity>,
    #[sea_orm(has_many)]
    pub events: HasMany<super::event::Entity>,
    #[sea_orm(has_many)]
    pub contributions: HasMany<super::contribution::Entity>,
    #[sea_orm(has_many)]
    pub themes: HasMany<super::theme::Entity>,
    #[sea_orm(has_many, via = "provision_body")]
    pub provisions: HasMany<super::provision::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

/// The kind of a body.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
pub enum BodyKind {
    Ministerial,
    SeniorOfficials,
    WorkingGroup,
    ExpertWorkingGroup,
    Centre,
    Network,
    Dialogue,
    LawEnforcementForum,
    Other,
}
