//! Initiatives: centres, networks, exercises and frameworks that were proposed for cooperation.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{EdtfDate, Names, Slug};

#[macro_rules_attribute::derive(crate::Row!)]
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "initiative")]
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
    pub framework: Framework,
    pub status: InitiativeStatus,
    pub started: Option<EdtfDate>,
    /// The earliest possible day of the start.
    pub first_day: Option<Date>,
    /// The latest possible day of the start.
    pub last_day: Option<Date>,
    /// The event that adopted it.
    pub adopted_at_id: Option<i32>,
    /// Alternative names.
    pub aliases: Names,
    #[sea_orm(column_type = "Text")]
    pub summary: String,
    /// Where sources disagree, and what they leave open.
    #[sea_orm(column_type = "Text")]
    pub note: Option<String>,
    #[sea_orm(belongs_to, from = "(id, slug)", to = "(id, slug)")]
    pub record: BelongsTo<super::record::Entity>,
    #[sea_orm(belongs_to, from = "adopted_at_id", to = "id")]
    pub adopted_at: BelongsTo<Option<super::event::Entity>>,
    #[sea_orm(has_many, via = "initiative_proposer")]
    pub proposers: HasMany<super::party::Entity>,
    #[sea_orm(has_many)]
    pub contributions: HasMany<super::contribution::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

/// The framework that an initiative belongs to.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
pub enum Framework {
    Admm,
    AdmmPlus,
    Asean,
    Partner,
}

/// The status of an initiative.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
pub enum InitiativeStatus {
    Proposed,
    Active,
    Ended,
    Unknown,
}
