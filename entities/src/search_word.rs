//! Every word that search can find, against which misspelt ones are held.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "search_word")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub word: String,
    /// The word from its end to its start, so that an index finds words by their ends.
    #[sea_orm(column_type = "Text")]
    pub reversed: String,
    /// How many records have the word.
    pub documents: i32,
}

impl ActiveModelBehavior for ActiveModel {}
