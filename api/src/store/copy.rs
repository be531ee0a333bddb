//! Copies the knowledge base to a SQLite file, from either database.

use std::path::Path;

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait,
    IntoActiveModel, QueryFilter, QuerySelect, QueryTrait, TransactionTrait,
};

use migration::import::ImportError;

use super::{
    ReadError, Store,
    connect::{self, ConnectError},
};

/// How many owners' rows are read at a time. The owner is the record or row that a row belongs to.
const OWNERS: i32 = 500;
/// Rows per INSERT statement: the widest table stays under SQLite's 32,766 parameters.
const CHUNK: usize = 500;
const LAST: &str = "last_owner";

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

/// Writes a new file with the current schema and all rows of the listed tables. The list is
/// explicit, so that a table that is added later is not published by accident.
pub async fn copy(from: &Store, file: &Path) -> Result<(), CopyError> {
    let db = connect::connect(&format!("sqlite:{}", file.display()), 1).await?;
    // A single file, without a write-ahead log.
    db.execute_unprepared("PRAGMA journal_mode = DELETE").await?;
    migration::import::migrate(&db).await?;
    let to = db.begin().await?;
    // A row can reference rows of the same table or of a later one.
    to.execute_unprepared("PRAGMA defer_foreign_keys = ON").await?;
    macro_rules! tables {
        ($($entity:ident by $owner:ident,)*) => {
            $(
                let owner = entities::$entity::Column::$owner;
                table::<entities::$entity::Entity>(from, &to, owner).await?;
            )*
        };
    }
    tables! {
        revision by Id,
        record by Id,
        slug_alias by RecordId,
        change by Id,
        source by Id,
        citation by RecordId,
        party by Id,
        body by Id,
        theme by Id,
        record_theme by RecordId,
        membership by Id,
        chair_term by Id,
        chair_seat by ChairTermId,
        event by Id,
        event_party by EventId,
        document by Id,
        provision by Id,
        provision_body by ProvisionId,
        provision_document by ProvisionId,
        initiative by Id,
        initiative_proposer by InitiativeId,
        work_programme by Id,
        work_area by Id,
        contribution by Id,
        contribution_beneficiary by ContributionId,
        claim by Id,
    }
    to.commit().await?;
    db.close().await?;
    Ok(())
}

/// Copies a table, [`OWNERS`] owners at a time.
async fn table<E>(from: &Store, to: &DatabaseTransaction, owner: E::Column) -> Result<(), CopyError>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
{
    let newest = E::find().select_only().column_as(owner.max(), LAST).into_query();
    let newest = from.rows(newest).await?;
    let last: Option<i32> = newest.first().expect("an aggregate has one row").try_get("", LAST)?;
    let last = last.unwrap_or_default();
    let mut done = 0;
    while done < last {
        let upto = done.saturating_add(OWNERS);
        let part = E::find().filter(owner.gt(done)).filter(owner.lte(upto)).into_query();
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
