//! The version of the rules by which the search index was built, in at most one row. A program with other rules
//! rebuilds the index.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "search_index")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
