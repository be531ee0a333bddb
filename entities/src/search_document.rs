//! The search index of records: the searchable strings, once as displayed and once normalised for comparison.
//! Derived from the other tables.

use sea_orm::entity::prelude::*;

use crate::Names;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "search_document")]
pub struct Model {
    /// The primary key, also that of the record's row in `record`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record_id: i32,
    /// The name or title of the record.
    #[sea_orm(column_type = "Text")]
    pub title: String,
    /// Its other names: acronyms, codes, aliases.
    pub names: Names,
    /// Related names: places, parties, bodies, years.
    pub context: Names,
    /// The full text, usually the summary.
    #[sea_orm(column_type = "Text")]
    pub text: Option<String>,
    /// The normalised words of the title, separated by spaces.
    #[sea_orm(column_type = "Text")]
    pub title_words: String,
    #[sea_orm(column_type = "Text")]
    pub names_words: String,
    /// Includes the words of the slug.
    #[sea_orm(column_type = "Text")]
    pub context_words: String,
    #[sea_orm(column_type = "Text")]
    pub text_words: String,
    /// The ranking weight of a hit, in thousandths: higher for kinds that other records refer to,
    /// lower for longer titles.
    pub weight: i32,
    #[sea_orm(belongs_to, from = "record_id", to = "id")]
    pub record: BelongsTo<super::record::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
