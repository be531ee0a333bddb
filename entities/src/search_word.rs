//! The vocabulary of the search index, to which misspelt words are compared.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "search_word")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub word: String,
    /// The word with its characters reversed, so that the index supports suffix lookups.
    #[sea_orm(column_type = "Text")]
    pub reversed: String,
    /// The number of records that contain the word.
    pub documents: i32,
}

impl ActiveModelBehavior for ActiveModel {}
