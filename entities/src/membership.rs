//! Memberships: which party belongs to which body, in which role and period.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{EdtfDate, Slug};

#[macro_rules_attribute::derive(crate::Row!)]
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "membership")]
pub struct Model {
    /// The primary key, also that of the record's row in `record`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    #[sea_orm(unique)]
    pub slug: Slug,
    pub body_id: i32,
    pub party_id: i32,
    pub role: MembershipRole,
    pub start: Option<EdtfDate>,
    pub end: Option<EdtfDate>,
    /// The earliest possible day of the start; null if the start is unknown.
    pub first_day: Option<Date>,
    /// The latest possible day of the end; null while the membership lasts.
    pub last_day: Option<Date>,
    /// Where sources disagree, and what they leave open.
    #[sea_orm(column_type = "Text")]
    pub note: Option<String>,
    #[sea_orm(belongs_to, from = "(id, slug)", to = "(id, slug)")]
    pub record: BelongsTo<super::record::Entity>,
    #[sea_orm(belongs_to, from = "body_id", to = "id")]
    pub body: BelongsTo<super::body::Entity>,
    #[sea_orm(belongs_to, from = "party_id", to = "id")]
    pub party: BelongsTo<super::party::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

/// The role of a party in a body.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
pub enum MembershipRole {
    Member,
    PlusMember,
    Observer,
    DialoguePartner,
}
