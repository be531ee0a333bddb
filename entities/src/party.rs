//! Countries and organisations.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{Names, PartyCode};

#[macro_rules_attribute::derive(crate::Row!)]
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "party")]
pub struct Model {
    /// The primary key, also that of the record's row in `record`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    #[sea_orm(unique)]
    pub slug: PartyCode,
    /// The ISO 3166-1 alpha-2 code of a country, or the abbreviation of an organisation. Equal to the slug.
    #[sea_orm(unique)]
    pub code: PartyCode,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub official_name: Option<String>,
    pub kind: PartyKind,
    /// Alternative names.
    pub aliases: Names,
    #[sea_orm(belongs_to, from = "(id, slug)", to = "(id, slug)")]
    pub record: BelongsTo<super::record::Entity>,
    #[sea_orm(has_many)]
    pub memberships: HasMany<super::membership::Entity>,
    #[sea_orm(has_many)]
    pub chair_seats: HasMany<super::chair_seat::Entity>,
    #[sea_orm(has_many)]
    pub event_parties: HasMany<super::event_party::Entity>,
    #[sea_orm(has_many)]
    pub contributions: HasMany<super::contribution::Entity>,
    #[sea_orm(has_many)]
    pub contribution_beneficiaries: HasMany<super::contribution_beneficiary::Entity>,
    #[sea_orm(has_many, via = "initiative_proposer")]
    pub initiatives: HasMany<super::initiative::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

/// The kind of a party.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
pub enum PartyKind {
    Country,
    Organisation,
}
