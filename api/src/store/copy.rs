//! Copies the knowledge base to a SQLite file, from either database.

use std::path::Path;

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ColumnType, ConnectionTrait, DatabaseTransaction, DbErr,
    EntityTrait, IntoActiveModel, Iterable, QueryFilter, QuerySelect, QueryTrait, TransactionTrait,
};

use migration::import::ImportError;

use super::{
    ReadError, Store,
    connect::{self, ConnectError},
    tables::for_each_table,
};

/// How many keys' rows are read at a time.
const KEYS: i32 = 500;
/// Rows per INSERT statement: the widest table stays under SQLite's 32,766 parameters.
const CHUNK: usize = 500;
const LAST: &str = "last_key";

/// Why a copy failed.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("a table could not be copied")]
    Read(#[from] ReadError),
    #[error("a table could not be copied")]
    Write(#[from] DbErr),
    #[error(transparent)]
    Schema(#[from] ImportError),
}

/// Writes a new file with the current schema and all rows of the tables of `for_each_table`.
pub async fn copy(from: &Store, file: &Path) -> Result<(), CopyError> {
    let db = connect::connect(&format!("sqlite:{}", file.display()), 1).await?;
    // A single file, without a write-ahead log.
    db.execute_unprepared("PRAGMA journal_mode = DELETE").await?;
    migration::import::migrate(&db).await?;
    let to = db.begin().await?;
    // A row can reference rows of the same table or of a later one.
    to.execute_unprepared("PRAGMA defer_foreign_keys = ON").await?;
    macro_rules! copy_tables {
        (
            reference { $($reference:ident: $kind:ident,)* }
            cited { $($cited:ident: $cited_kind:ident,)* }
            other { $($other:ident,)* }
        ) => {
            $(table::<entities::$reference::Entity>(from, &to).await?;)*
            $(table::<entities::$cited::Entity>(from, &to).await?;)*
            $(table::<entities::$other::Entity>(from, &to).await?;)*
        };
    }
    for_each_table!(copy_tables);
    to.commit().await?;
    db.close().await?;
    Ok(())
}

/// Copies a table, [`KEYS`] values of its first integer column at a time: of its primary key, or of
/// the key of the record or row that its rows belong to.
async fn table<E>(from: &Store, to: &DatabaseTransaction) -> Result<(), CopyError>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
{
    let is_integer = |column: &E::Column| *column.def().get_column_type() == ColumnType::Integer;
    let key = E::Column::iter().find(is_integer).expect("every table has a key");
    let newest = E::find().select_only().column_as(key.max(), LAST).into_query();
    let newest = from.rows(newest).await?;
    let last: Option<i32> = newest.first().expect("an aggregate has one row").try_get("", LAST)?;
    let last = last.unwrap_or_default();
    let mut done = 0;
    while done < last {
        let upto = done.saturating_add(KEYS);
        let part = E::find().filter(key.gt(done)).filter(key.lte(upto)).into_query();
        let rows: Vec<E::Model> = from.models(part).await?;
        let mut rows = rows.into_iter().map(IntoActiveModel::into_active_model).peekable();
        while rows.peek().is_some() {
            let chunk: Vec<_> = rows.by_ref().take(CHUNK).collect();
            E::insert_many(chunk).exec_without_returning(to).await?;
        }
        done = upto;
    }
    Ok(())
}
