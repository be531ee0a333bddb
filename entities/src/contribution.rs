//! Contributions of partners outside ASEAN.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{Confidence, EdtfDate, Slug, event::EventStatus};

#[macro_rules_attribute::derive(crate::Row!)]
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "contribution")]
pub struct Model {
    /// The primary key, also that of the record's row in `record`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    #[sea_orm(unique)]
    pub slug: Slug,
    #[sea_orm(column_type = "Text")]
    pub title: String,
    pub kind: ContributionKind,
    /// The status of the event that a hosting follows from; held for all others.
    pub status: EventStatus,
    pub partner_id: i32,
    pub start: Option<EdtfDate>,
    pub end: Option<EdtfDate>,
    /// The first possible day of the period.
    pub first_day: Option<Date>,
    /// The last possible day of the period.
    pub last_day: Option<Date>,
    /// The amount, in whole units of the currency.
    pub amount_value: Option<f64>,
    /// An ISO 4217 code.
    pub amount_currency: Option<String>,
    pub event_id: Option<i32>,
    pub body_id: Option<i32>,
    pub initiative_id: Option<i32>,
    pub work_area_id: Option<i32>,
    pub chair_term_id: Option<i32>,
    /// True if the import derived it from an event's hosts or a chair term's co-chairs, false if it
    /// was recorded by hand.
    pub derived: bool,
    #[sea_orm(column_type = "Text")]
    pub summary: String,
    pub confidence: Confidence,
    /// Why the confidence differs from what follows from the citations.
    #[sea_orm(column_type = "Text")]
    pub confidence_reason: Option<String>,
    /// Where sources disagree, and what they leave open.
    #[sea_orm(column_type = "Text")]
    pub note: Option<String>,
    #[sea_orm(belongs_to, from = "(id, slug)", to = "(id, slug)")]
    pub record: BelongsTo<super::record::Entity>,
    #[sea_orm(belongs_to, from = "partner_id", to = "id")]
    pub partner: BelongsTo<super::party::Entity>,
    #[sea_orm(belongs_to, from = "event_id", to = "id")]
    pub event: BelongsTo<Option<super::event::Entity>>,
    #[sea_orm(belongs_to, from = "body_id", to = "id")]
    pub body: BelongsTo<Option<super::body::Entity>>,
    #[sea_orm(belongs_to, from = "initiative_id", to = "id")]
    pub initiative: BelongsTo<Option<super::initiative::Entity>>,
    #[sea_orm(belongs_to, from = "work_area_id", to = "id")]
    pub work_area: BelongsTo<Option<super::work_area::Entity>>,
    #[sea_orm(belongs_to, from = "chair_term_id", to = "id")]
    pub chair_term: BelongsTo<Option<super::chair_term::Entity>>,
    #[sea_orm(has_many)]
    pub contribution_beneficiaries: HasMany<super::contribution_beneficiary::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

/// The kind of a contribution.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
pub enum ContributionKind {
    Hosting,
    CoChairing,
    Funding,
    Training,
    Equipment,
    Personnel,
    Scholarship,
    TechnicalAssistance,
    Facility,
    Proposal,
    Exercise,
    Dialogue,
}
