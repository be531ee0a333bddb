//! Declarations, concept papers, protocols, work programmes, guidelines and visions.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{EdtfDate, Slug};

#[macro_rules_attribute::derive(crate::Row!)]
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "document")]
pub struct Model {
    /// The primary key, also that of the record's row in `record`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    #[sea_orm(unique)]
    pub slug: Slug,
    #[sea_orm(column_type = "Text")]
    pub title: String,
    pub kind: DocumentKind,
    pub adopted: Option<EdtfDate>,
    /// The earliest possible day of adoption.
    pub first_day: Option<Date>,
    /// The latest possible day of adoption.
    pub last_day: Option<Date>,
    /// The event that adopted it.
    pub adopted_at_id: Option<i32>,
    /// The event where it was presented, if no source reports that the event adopted it.
    pub presented_at_id: Option<i32>,
    #[sea_orm(column_type = "Text")]
    pub url: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub summary: String,
    /// Where sources disagree, and what they leave open.
    #[sea_orm(column_type = "Text")]
    pub note: Option<String>,
    #[sea_orm(belongs_to, from = "(id, slug)", to = "(id, slug)")]
    pub record: BelongsTo<super::record::Entity>,
    #[sea_orm(belongs_to, relation_enum = "AdoptedAt", from = "adopted_at_id", to = "id")]
    pub adopted_at: BelongsTo<Option<super::event::Entity>>,
    #[sea_orm(belongs_to, relation_enum = "PresentedAt", from = "presented_at_id", to = "id")]
    pub presented_at: BelongsTo<Option<super::event::Entity>>,
    #[sea_orm(has_many)]
    pub provisions: HasMany<super::provision::Entity>,
    #[sea_orm(has_many)]
    pub provision_documents: HasMany<super::provision_document::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

/// The kind of a document.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
pub enum DocumentKind {
    JointDeclaration,
    JointStatement,
    ConceptPaper,
    WorkProgramme,
    ActionPlan,
    Guidelines,
    Protocol,
    TermsOfReference,
    Vision,
    Other,
}
