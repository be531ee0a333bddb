//! The terms in which parties chair or co-chair a body.

use sea_orm::entity::prelude::*;

use crate::{Confidence, EdtfDate, Slug};

#[macro_rules_attribute::derive(crate::Row!)]
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "chair_term")]
pub struct Model {
    /// The primary key, also that of the record's row in `record`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    #[sea_orm(unique)]
    pub slug: Slug,
    pub body_id: i32,
    /// The name of the cycle as sources use it: 2011-2013.
    #[sea_orm(column_type = "Text")]
    pub cycle: String,
    pub start: EdtfDate,
    pub end: Option<EdtfDate>,
    /// The first possible day of the period.
    pub first_day: Date,
    /// The last possible day of the period.
    pub last_day: Date,
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
    pub body: BelongsTo<super::body::Entity>,
    #[sea_orm(has_many)]
    pub chair_seats: HasMany<super::chair_seat::Entity>,
    #[sea_orm(has_many)]
    pub contributions: HasMany<super::contribution::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
