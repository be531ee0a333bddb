//! Provisions: the numbered paragraphs of documents, paraphrased.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::Slug;

#[macro_rules_attribute::derive(crate::Row!)]
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provision")]
pub struct Model {
    /// The primary key, also that of the record's row in `record`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    #[sea_orm(unique)]
    pub slug: Slug,
    pub document_id: i32,
    pub kind: ProvisionKind,
    /// The position in the document, from 1.
    pub position: i32,
    /// The number of the paragraph in the document: 8(a)(i).
    #[sea_orm(column_type = "Text")]
    pub path: String,
    #[sea_orm(column_type = "Text")]
    pub summary: String,
    /// Where sources disagree, and what they leave open.
    #[sea_orm(column_type = "Text")]
    pub note: Option<String>,
    #[sea_orm(belongs_to, from = "(id, slug)", to = "(id, slug)")]
    pub record: BelongsTo<super::record::Entity>,
    #[sea_orm(belongs_to, from = "document_id", to = "id")]
    pub document: BelongsTo<super::document::Entity>,
    #[sea_orm(has_many, via = "provision_body")]
    pub bodies: HasMany<super::body::Entity>,
    #[sea_orm(has_many)]
    pub provision_documents: HasMany<super::provision_document::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

/// The kind of a provision.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
pub enum ProvisionKind {
    Principle,
    Purpose,
    Objective,
    Activity,
    Scope,
    Reporting,
    Instrument,
    Exclusion,
}
