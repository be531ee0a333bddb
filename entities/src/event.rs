//! Meetings, retreats, exercises, workshops, courses and conferences.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{Confidence, EdtfDate, Place, Slug};

#[macro_rules_attribute::derive(crate::Row!)]
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "event")]
pub struct Model {
    /// The primary key, also that of the record's row in `record`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    #[sea_orm(unique)]
    pub slug: Slug,
    #[sea_orm(column_type = "Text")]
    pub title: String,
    pub kind: EventKind,
    /// The body that met or that organised the event; of several, the leading one.
    pub body_id: Option<i32>,
    /// The number of the event in its series, from 1.
    pub ordinal: Option<i32>,
    pub start: EdtfDate,
    pub end: Option<EdtfDate>,
    /// The first possible day of the period.
    pub first_day: Date,
    /// The last possible day of the period.
    pub last_day: Date,
    #[sea_orm(column_type = "Text")]
    pub city: Option<String>,
    /// The place of the city, from the gazetteer.
    pub place: Option<Place>,
    pub country_id: Option<i32>,
    pub format: Option<EventFormat>,
    /// The number of people who took part.
    pub participant_count: Option<i32>,
    pub status: EventStatus,
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
    #[sea_orm(belongs_to, from = "body_id", to = "id")]
    pub body: BelongsTo<Option<super::body::Entity>>,
    #[sea_orm(has_many)]
    pub event_bodies: HasMany<super::event_body::Entity>,
    #[sea_orm(belongs_to, from = "country_id", to = "id")]
    pub country: BelongsTo<Option<super::party::Entity>>,
    #[sea_orm(has_many)]
    pub event_parties: HasMany<super::event_party::Entity>,
    #[sea_orm(has_many, relation_enum = "AdoptedDocuments", via_rel = "AdoptedAt")]
    pub adopted_documents: HasMany<super::document::Entity>,
    #[sea_orm(has_many, relation_enum = "PresentedDocuments", via_rel = "PresentedAt")]
    pub presented_documents: HasMany<super::document::Entity>,
    #[sea_orm(has_many)]
    pub initiatives: HasMany<super::initiative::Entity>,
    #[sea_orm(has_many)]
    pub work_programmes: HasMany<super::work_programme::Entity>,
    #[sea_orm(has_many)]
    pub contributions: HasMany<super::contribution::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

/// The kind of an event.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
pub enum EventKind {
    MinisterialMeeting,
    Retreat,
    InformalMeeting,
    SeniorOfficialsMeeting,
    WorkingGroupMeeting,
    ExpertWorkingGroupMeeting,
    PlanningConference,
    Conference,
    Dialogue,
    Workshop,
    Seminar,
    Symposium,
    TrainingCourse,
    TabletopExercise,
    StaffExercise,
    FieldTrainingExercise,
    MaritimeExercise,
    SportsMeet,
    Launch,
    Other,
}

/// Whether an event took place.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "kebab-case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
pub enum EventStatus {
    #[default]
    Held,
    Announced,
    /// Announced for a day that the data have passed, without a report that it took place.
    Unconfirmed,
    Postponed,
    Cancelled,
}

/// Whether participants met in person.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
pub enum EventFormat {
    InPerson,
    Virtual,
    Hybrid,
}
