//! The first slugs of renamed records, which their global ids contain.

use std::collections::HashMap;

use entities::record;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait};

use super::{ReadError, Store};

/// The first slugs of the records that have another one now, by primary key. Few records are
/// renamed, so all are read at once for each revision.
#[derive(Debug, Default)]
pub struct FirstSlugs(HashMap<i32, String>);

impl FirstSlugs {
    /// The first slug of a record; `None` if it is the current one.
    pub fn of(&self, key: i32) -> Option<&str> {
        self.0.get(&key).map(String::as_str)
    }

    pub(crate) async fn fetch(store: &Store) -> Result<Self, ReadError> {
        use record::Column::{FirstSlug, Id};
        let select = record::Entity::find()
            .select_only()
            .columns([Id, FirstSlug])
            .filter(FirstSlug.is_not_null())
            .into_query();
        let rows = store.rows(select).await?;
        let slug =
            |row: &sea_orm::QueryResult| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
        Ok(Self(rows.iter().map(slug).collect::<Result<_, sea_orm::DbErr>>()?))
    }
}
