//! The change log: what each revision did to each record. Append-only.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

#[macro_rules_attribute::derive(crate::Row!)]
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "change")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub revision_id: i32,
    pub record_id: i32,
    pub action: ChangeAction,
    /// The complete record before the revision, with the keys of the dataset; null if it was created.
    pub before: Option<Json>,
    /// The complete record after the revision, with the keys of the dataset; null if it was removed.
    pub after: Option<Json>,
    #[sea_orm(belongs_to, from = "revision_id", to = "id")]
    pub revision: BelongsTo<super::revision::Entity>,
    #[sea_orm(belongs_to, from = "record_id", to = "id")]
    pub record: BelongsTo<super::record::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

/// What happened to a record.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
pub enum ChangeAction {
    Created,
    Updated,
    Removed,
}
