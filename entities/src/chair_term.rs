//! Who chairs or co-chairs a body in a cycle.

use sea_orm::entity::prelude::*;

use crate::{Confidence, EdtfDate, Slug};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "chair_term")]
pub struct Model {
    /// The record's own key, shared with its row in `record`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    #[sea_orm(unique)]
    pub slug: Slug,
    pub body_id: i32,
    /// As the field counts it: 2011-2013.
    #[sea_orm(column_type = "Text")]
    pub cycle: String,
    pub start: EdtfDate,
    pub end: Option<EdtfDate>,
    /// The earliest day that the period can mean.
    pub first_day: Date,
    /// The latest day that the period can mean.
    pub last_day: Date,
    pub confidence: Confidence,
    /// Where sources disagree, what they leave open.
    #[sea_orm(column_type = "Text")]
    pub note: Option<String>,
    #[sea_orm(belongs_to, from = "(id, slug)", to = "(id, slug)")]
    pub record: BelongsTo<super::record::Entity>,
    #[sea_orm(belongs_to, from = "body_id", to = "id")]
    pub body: BelongsTo<super::body::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
