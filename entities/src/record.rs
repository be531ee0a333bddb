//! The common base of all records: key, kind, slug and revisions. Citations, the change log, the
//! search index and global ids refer to it.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

#[macro_rules_attribute::derive(crate::Row!)]
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "record")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub kind: RecordKind,
    /// For a party, its code.
    #[sea_orm(unique, column_type = "Text")]
    pub slug: String,
    /// The slug that the record's global id contains, if it is another one: the record's first
    /// slug.
    #[sea_orm(column_type = "Text")]
    pub first_slug: Option<String>,
    /// The revision that created the record.
    pub created_in: i32,
    /// The latest revision that changed the record.
    pub updated_in: i32,
    /// The revision that removed the record. Its change log stays.
    pub removed_in: Option<i32>,
    #[sea_orm(belongs_to, relation_enum = "Created", from = "created_in", to = "id")]
    pub created: BelongsTo<super::revision::Entity>,
    #[sea_orm(belongs_to, relation_enum = "Updated", from = "updated_in", to = "id")]
    pub updated: BelongsTo<super::revision::Entity>,
    #[sea_orm(belongs_to, relation_enum = "Removed", from = "removed_in", to = "id")]
    pub removed: BelongsTo<Option<super::revision::Entity>>,
    #[sea_orm(has_many, via = "record_theme")]
    pub themes: HasMany<super::theme::Entity>,
    #[sea_orm(has_many)]
    pub citations: HasMany<super::citation::Entity>,
    #[sea_orm(has_many)]
    pub changes: HasMany<super::change::Entity>,
    #[sea_orm(has_many)]
    pub slug_aliases: HasMany<super::slug_alias::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

/// The kind of a record.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
pub enum RecordKind {
    Party,
    Theme,
    Source,
    Body,
    Membership,
    ChairTerm,
    Event,
    Document,
    Provision,
    Initiative,
    WorkProgramme,
    Contribution,
    Claim,
}

impl RecordKind {
    /// Every kind needs a citation except reference data.
    pub fn needs_citation(self) -> bool {
        !matches!(self, Self::Party | Self::Theme | Self::Source)
    }

    /// Whether its records can have themes.
    pub fn has_themes(self) -> bool {
        matches!(
            self,
            Self::Body
                | Self::Event
                | Self::Document
                | Self::Provision
                | Self::Initiative
                | Self::Contribution
        )
    }

    /// Whether its records can have a note.
    pub fn has_note(self) -> bool {
        !matches!(self, Self::Party | Self::Theme)
    }
}
