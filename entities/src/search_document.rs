//! What search knows of a record: the texts that it looks in, as they are shown and as they are
//! compared. Made from the other tables; nothing else is made from it.

use sea_orm::entity::prelude::*;

use crate::Names;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "search_document")]
pub struct Model {
    /// The record's own key, shared with its row in `record`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record_id: i32,
    /// What the record is called.
    #[sea_orm(column_type = "Text")]
    pub title: String,
    /// What else it is called: acronyms, codes, aliases.
    pub names: Names,
    /// What surrounds it: places, parties, bodies, years.
    pub context: Names,
    /// What it says.
    #[sea_orm(column_type = "Text")]
    pub text: Option<String>,
    /// The words of the title as they are compared, a space between two.
    #[sea_orm(column_type = "Text")]
    pub title_words: String,
    #[sea_orm(column_type = "Text")]
    pub names_words: String,
    /// Those of the slug are among them.
    #[sea_orm(column_type = "Text")]
    pub context_words: String,
    #[sea_orm(column_type = "Text")]
    pub text_words: String,
    /// How much a hit counts, in thousandths: more for a record that others hang on, less the
    /// longer its title is.
    pub weight: i32,
    #[sea_orm(belongs_to, from = "record_id", to = "id")]
    pub record: BelongsTo<super::record::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
