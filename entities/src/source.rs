//! Sources: the web pages, papers and books that records cite.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{Authors, EdtfDate, Slug};

#[macro_rules_attribute::derive(crate::Row!)]
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "source")]
pub struct Model {
    /// The primary key, also that of the record's row in `record`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    #[sea_orm(unique)]
    pub slug: Slug,
    #[sea_orm(column_type = "Text")]
    pub title: String,
    pub kind: SourceKind,
    pub published: Option<EdtfDate>,
    /// The earliest possible day of publication.
    pub first_day: Option<Date>,
    /// The latest possible day of publication.
    pub last_day: Option<Date>,
    #[sea_orm(column_type = "Text")]
    pub url: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub publisher: Option<String>,
    pub authors: Authors,
    /// The language of the text, as a BCP 47 tag.
    #[sea_orm(column_type = "Text")]
    pub language: Option<String>,
    /// The journal, book, series or site that it appeared in.
    #[sea_orm(column_type = "Text")]
    pub container: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub volume: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub issue: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub pages: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub doi: Option<String>,
    /// When the source was read.
    pub accessed: Option<EdtfDate>,
    #[sea_orm(column_type = "Text")]
    pub archived_url: Option<String>,
    /// The source whose text it repeats.
    pub copy_of_id: Option<i32>,
    /// Where sources disagree, and what they leave open.
    #[sea_orm(column_type = "Text")]
    pub note: Option<String>,
    #[sea_orm(belongs_to, from = "(id, slug)", to = "(id, slug)")]
    pub record: BelongsTo<super::record::Entity>,
    #[sea_orm(
        self_ref,
        relation_enum = "CopyOf",
        relation_reverse = "Copies",
        from = "copy_of_id",
        to = "id"
    )]
    pub copy_of: BelongsTo<Option<Entity>>,
    #[sea_orm(self_ref, relation_enum = "Copies", relation_reverse = "CopyOf")]
    pub copies: HasMany<Entity>,
    #[sea_orm(has_many)]
    pub citations: HasMany<super::citation::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

/// The kind of a source, by its publisher.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
pub enum SourceKind {
    Asean,
    Government,
    ThinkTank,
    Academic,
    News,
    Encyclopedia,
    Other,
}
