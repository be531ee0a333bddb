//! Links chair terms to the parties that chair them.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "chair_seat")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub chair_term_id: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub seat: Seat,
    #[sea_orm(primary_key, auto_increment = false)]
    pub party_id: i32,
    #[sea_orm(belongs_to, from = "chair_term_id", to = "id")]
    pub chair_term: BelongsTo<super::chair_term::Entity>,
    #[sea_orm(belongs_to, from = "party_id", to = "id")]
    pub party: BelongsTo<super::party::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

/// Whether a co-chair is from ASEAN or from the Plus countries.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
pub enum Seat {
    Asean,
    Plus,
}
