//! Centres, networks, exercises and frameworks that somebody proposed and ministers took up.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{EdtfDate, Names, Slug};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "initiative")]
pub struct Model {
    /// The record's own key, shared with its row in `record`.
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
    /// The earliest day that the start can mean.
    pub first_day: Option<Date>,
    /// The latest day that the start can mean.
    pub last_day: Option<Date>,
    /// The event that adopted it.
    pub adopted_at_id: Option<i32>,
    /// Other names in use.
    pub aliases: Names,
    #[sea_orm(column_type = "Text")]
    pub summary: String,
    /// Where sources disagree, what they leave open.
    #[sea_orm(column_type = "Text")]
    pub note: Option<String>,
    #[sea_orm(belongs_to, from = "(id, slug)", to = "(id, slug)")]
    pub record: BelongsTo<super::record::Entity>,
    #[sea_orm(belongs_to, from = "adopted_at_id", to = "id")]
    pub adopted_at: BelongsTo<Option<super::event::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}

/// In whose framework.
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

/// How far it has come.
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
