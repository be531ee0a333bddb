//! Figures that sources report. They are kept apart from figures counted from the records.

use sea_orm::entity::prelude::*;

use crate::{EdtfDate, Slug};

#[macro_rules_attribute::derive(crate::Row!)]
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "claim")]
pub struct Model {
    /// The primary key, also that of the record's row in `record`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    #[sea_orm(unique)]
    pub slug: Slug,
    /// The record that the figure is about: a party, a body, an event or a work programme.
    pub subject_id: i32,
    #[sea_orm(column_type = "Text")]
    pub measure: String,
    pub value: f64,
    #[sea_orm(column_type = "Text")]
    pub unit: String,
    pub start: Option<EdtfDate>,
    pub end: Option<EdtfDate>,
    /// The first possible day of the period.
    pub first_day: Option<Date>,
    /// The last possible day of the period.
    pub last_day: Option<Date>,
    /// What the source says, paraphrased.
    #[sea_orm(column_type = "Text")]
    pub statement: String,
    /// Where sources disagree, and what they leave open.
    #[sea_orm(column_type = "Text")]
    pub note: Option<String>,
    #[sea_orm(belongs_to, from = "(id, slug)", to = "(id, slug)")]
    pub record: BelongsTo<super::record::Entity>,
    #[sea_orm(belongs_to, relation_enum = "Subject", from = "subject_id", to = "id")]
    pub subject: BelongsTo<super::record::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
