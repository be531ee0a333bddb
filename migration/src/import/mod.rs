//! Imports a dataset into a database, as one revision in one transaction.

mod plan;
mod rows;

use chrono::Utc;
use entities::{
    change::{self, ChangeAction},
    citation,
    record::{self, RecordKind},
    record_theme, revision,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    EntityTrait, QueryFilter, QueryOrder, RuntimeErr, SqliteTransactionMode, SqlxError,
    SqlxPostgresError, Statement, TransactionOptions, TransactionTrait,
    sea_query::{Expr, ExprTrait},
};
use sea_orm_migration::{MigratorTrait, SchemaManager};
use serde_json::Value;

use crate::{
    APPLIED, Migrator,
    dataset::{Dataset, Problems, Record},
    history, search, versions,
};
pub(crate) use plan::{Ids, Plan};
pub(crate) use rows::write;

/// Rows per INSERT statement: the widest table stays under SQLite's 32,766 parameters.
pub(crate) const CHUNK: usize = 1000;

/// The options of an import.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    pub author: String,
    pub message: String,
    /// Remove the records that are missing from the dataset.
    pub prune: bool,
}

/// The result of an import: the numbers of records. `revision` is none if nothing changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportSummary {
    pub revision: Option<i32>,
    pub created: usize,
    pub updated: usize,
    pub removed: usize,
    pub unchanged: usize,
    /// Records that are missing from the dataset and were not removed.
    pub absent: usize,
}

/// Receives the progress of an import, in database rows.
pub trait Progress: Sync {
    fn begin(&self, rows: usize);
    fn advance(&self, rows: usize);
    fn end(&self);
}

/// Ignores the progress.
pub struct NoProgress;

impl Progress for NoProgress {
    fn begin(&self, _: usize) {}
    fn advance(&self, _: usize) {}
    fn end(&self) {}
}

/// Why an import failed. The transaction was rolled back, so the database is unchanged.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error(
        "`{slug}` is of the kind {database} in the database and {dataset} in the dataset: the kind of a slug can't change, choose another slug"
    )]
    KindChanged { slug: String, database: String, dataset: String },
    #[error("`{slug}` was a slug of `{owner}` before: slugs can't be reused, choose another")]
    SlugTaken { slug: String, owner: String },
    #[error(
        "the version {version} has other content in revision {revision}: a version names one content for ever, so raise `version` in dataset.toml"
    )]
    VersionUsed { version: String, revision: i32 },
    #[error("{0}")]
    Problems(#[from] Problems),
    #[error(
        "the database was written by a newer version of adkb: this version does not know its migration `{0}`; run the newer version, or choose another database with --database-url"
    )]
    NewerSchema(String),
    #[error(
        "the disk of the database is full: free some space, then run the command again; nothing was written"
    )]
    DiskFull,
    #[error(
        "the database can't be written to: check its permissions, disk and quota, then run the command again; nothing was written"
    )]
    Unwritable,
    #[error(
        "another program has locked the database for too long: stop it, or wait, then run the command again; nothing was written"
    )]
    Locked,
    #[error("the database failed: {0}; nothing was written")]
    Database(#[source] DbErr),
}

impl From<DbErr> for ImportError {
    fn from(error: DbErr) -> Self {
        let code = match &error {
            DbErr::Conn(RuntimeErr::SqlxError(error))
            | DbErr::Exec(RuntimeErr::SqlxError(error))
            | DbErr::Query(RuntimeErr::SqlxError(error)) => match &**error {
                SqlxError::Database(error) => error.code().map(|code| {
                    (error.try_downcast_ref::<SqlxPostgresError>().is_some(), code.into_owned())
                }),
                _ => None,
            },
            _ => None,
        };
        let Some((is_postgres, code)) = code else { return Self::Database(error) };
        // The lowest byte of a SQLite result code is its primary code.
        let primary = code.parse::<u32>().unwrap_or_default() & 0xff;
        match (is_postgres, primary) {
            // SQLITE_FULL
            (false, 13) => Self::DiskFull,
            // SQLITE_READONLY, SQLITE_IOERR
            (false, 8 | 10) => Self::Unwritable,
            // SQLITE_BUSY, SQLITE_LOCKED
            (false, 5 | 6) => Self::Locked,
            // disk_full
            (true, _) if code == "53100" => Self::DiskFull,
            // read_only_sql_transaction, insufficient_privilege
            (true, _) if code == "25006" || code == "42501" => Self::Unwritable,
            // lock_not_available, query_canceled
            (true, _) if code == "55P03" || code == "57014" => Self::Locked,
            _ => Self::Database(error),
        }
    }
}

/// A database to write to.
#[derive(Clone, Copy, Debug)]
pub struct ImportTarget<'d> {
    db: &'d DatabaseConnection,
    is_pooled: bool,
}

impl<'d> ImportTarget<'d> {
    /// A database behind a pooler that may run each transaction on a different server connection.
    pub fn pooled(db: &'d DatabaseConnection) -> Self {
        Self { db, is_pooled: true }
    }
}

impl<'d> From<&'d DatabaseConnection> for ImportTarget<'d> {
    fn from(db: &'d DatabaseConnection) -> Self {
        Self { db, is_pooled: false }
    }
}

/// Migrates the schema, and imports the dataset if the database has no revision yet. `dataset` is
/// only called in that case.
pub async fn prepare(
    target: impl Into<ImportTarget<'_>>,
    dataset: impl FnOnce() -> Result<(Dataset, ImportOptions), Problems>,
    progress: &dyn Progress,
) -> Result<ImportSummary, ImportError> {
    let target = target.into();
    let txn = write_transaction(target).await?;
    migrate_schema(&txn).await?;
    let outcome = match revision::Entity::find().one(&txn).await? {
        Some(_) => ImportSummary::default(),
        None => {
            let (dataset, options) = dataset()?;
            apply(&txn, &dataset, &options, progress).await?
        }
    };
    search::ensure(&txn).await?;
    announce(&txn, &outcome).await?;
    commit(target, txn).await?;
    Ok(outcome)
}

/// Migrates the schema and imports the dataset.
pub async fn import(
    target: impl Into<ImportTarget<'_>>,
    dataset: &Dataset,
    options: &ImportOptions,
    progress: &dyn Progress,
) -> Result<ImportSummary, ImportError> {
    let target = target.into();
    let txn = write_transaction(target).await?;
    migrate_schema(&txn).await?;
    let outcome = apply(&txn, dataset, options, progress).await?;
    search::ensure(&txn).await?;
    announce(&txn, &outcome).await?;
    commit(target, txn).await?;
    Ok(outcome)
}

/// The version of the built-in dataset, if no revision of the database has it.
pub async fn unknown_version(db: &DatabaseConnection) -> Result<Option<String>, ImportError> {
    let version = Dataset::embedded_version()?;
    let known = revision::Entity::find()
        .filter(revision::Column::DatasetVersion.eq(version.as_str()))
        .one(db)
        .await?;
    Ok(known.is_none().then_some(version))
}

/// What an import would change.
#[derive(Clone, Debug, Default)]
pub struct ImportPreview {
    /// In the order of the dataset.
    pub changes: Vec<PreviewedChange>,
    pub unchanged: usize,
    /// Records that are missing from the dataset and would stay.
    pub absent: usize,
    /// A revision that has the version of the dataset already, with other content.
    pub version_used_in: Option<i32>,
}

/// A record that an import would create, update or remove.
#[derive(Clone, Debug)]
pub struct PreviewedChange {
    pub kind: RecordKind,
    pub slug: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

/// What importing the dataset would change. Writes nothing.
pub async fn preview(
    target: impl Into<ImportTarget<'_>>,
    dataset: &Dataset,
    prune: bool,
) -> Result<ImportPreview, ImportError> {
    let target = target.into();
    let txn = write_transaction(target).await?;
    migrate_schema(&txn).await?;
    let plan = Plan::make(&txn, dataset, prune).await?;
    let change = |record: &Record, before| PreviewedChange {
        kind: record.kind(),
        slug: record.slug.clone(),
        before,
        after: Some(plan::json(record)),
    };
    let created = plan.created.iter().map(|record| change(record, None));
    let updated = plan.updated.iter().map(|update| change(update.record, update.before.clone()));
    let removed = plan.removed.iter().map(|removal| PreviewedChange {
        kind: removal.kind,
        slug: removal.before["slug"].as_str().unwrap_or_default().to_owned(),
        before: Some(removal.before.clone()),
        after: None,
    });
    let changes: Vec<_> = created.chain(updated).chain(removed).collect();
    let same_version = revision::Entity::find()
        .filter(revision::Column::DatasetVersion.eq(&*dataset.about.version))
        .one(&txn)
        .await?;
    let version_used_in = same_version.filter(|_| !changes.is_empty()).map(|revision| revision.id);
    let (unchanged, absent) = (plan.unchanged, plan.absent);
    txn.rollback().await?;
    Ok(ImportPreview { changes, unchanged, absent, version_used_in })
}

/// Migrates the schema and updates the search index, without changing the content.
pub async fn migrate(target: impl Into<ImportTarget<'_>>) -> Result<(), ImportError> {
    let target = target.into();
    let txn = write_transaction(target).await?;
    migrate_schema(&txn).await?;
    search::ensure(&txn).await?;
    Ok(commit(target, txn).await?)
}

async fn migrate_schema(txn: &DatabaseTransaction) -> Result<(), ImportError> {
    if SchemaManager::new(txn).has_table("seaql_migrations").await? {
        let backend = txn.get_database_backend();
        let applied = txn.query_all_raw(Statement::from_string(backend, APPLIED)).await?;
        let known = versions();
        for row in applied {
            let version: String = row.try_get_by_index(0)?;
            if !known.contains(&version) {
                return Err(ImportError::NewerSchema(version));
            }
        }
    }
    Ok(Migrator::up(txn, None).await?)
}

/// The PostgreSQL notification channel for new revisions. The payload is the revision's number.
pub const CHANNEL: &str = "adkb_revision";

/// Notifies listeners of the new revision. PostgreSQL delivers the notification on commit.
async fn announce(txn: &DatabaseTransaction, outcome: &ImportSummary) -> Result<(), DbErr> {
    let Some(revision) = outcome.revision else { return Ok(()) };
    if txn.get_database_backend() == DbBackend::Postgres {
        let notify = format!("NOTIFY {CHANNEL}, '{revision}'");
        txn.execute_raw(Statement::from_string(DbBackend::Postgres, notify)).await?;
    }
    Ok(())
}

/// Begins a transaction that excludes all other writers of the knowledge base.
async fn write_transaction(target: ImportTarget<'_>) -> Result<DatabaseTransaction, DbErr> {
    /// "adkb" as a number: the key of PostgreSQL's advisory lock.
    const LOCK: i64 = 0x6164_6b62;
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..Default::default()
    };
    let txn = target.db.begin_with_options(options).await?;
    forget_statements(target, &txn).await?;
    if txn.get_database_backend() == DbBackend::Postgres {
        txn.execute_raw(Statement::from_string(
            DbBackend::Postgres,
            format!("SELECT pg_advisory_xact_lock({LOCK})"),
        ))
        .await?;
    }
    Ok(txn)
}

async fn commit(target: ImportTarget<'_>, txn: DatabaseTransaction) -> Result<(), DbErr> {
    forget_statements(target, &txn).await?;
    txn.commit().await
}

/// Deallocates prepared statements. Behind a pooler, other clients use the same server connection
/// before and after this transaction, and the names of their prepared statements would conflict.
async fn forget_statements(
    target: ImportTarget<'_>,
    txn: &DatabaseTransaction,
) -> Result<(), DbErr> {
    if target.is_pooled && txn.get_database_backend() == DbBackend::Postgres {
        txn.execute_unprepared("DEALLOCATE ALL").await?;
    }
    Ok(())
}

async fn apply(
    txn: &DatabaseTransaction,
    dataset: &Dataset,
    options: &ImportOptions,
    progress: &dyn Progress,
) -> Result<ImportSummary, ImportError> {
    let plan = Plan::make(txn, dataset, options.prune).await?;
    let mut outcome = ImportSummary {
        revision: None,
        created: plan.created.len(),
        updated: plan.updated.len(),
        removed: plan.removed.len(),
        unchanged: plan.unchanged,
        absent: plan.absent,
    };
    let collected_until = Some(dataset.about.collected_until.0.clone());
    let newest = revision::Entity::find().order_by_desc(revision::Column::Id).one(txn).await?;
    let is_same_reach = newest.is_some_and(|newest| newest.collected_until == collected_until);
    if outcome.created + outcome.updated + outcome.removed == 0 && is_same_reach {
        return Ok(outcome);
    }
    let reached = collected_until.clone();
    let revision = revision::ActiveModel {
        created_at: Set(Utc::now()),
        author: Set(options.author.clone()),
        message: Set(options.message.clone()),
        dataset_version: Set(Some(dataset.about.version.to_string())),
        collected_until: Set(collected_until),
        ..Default::default()
    };
    let revision = revision::Entity::insert(revision).exec(txn).await?.last_insert_id;
    outcome.revision = Some(revision);

    let mut ids = plan.ids.clone();
    ids.extend(create_records(txn, &plan, revision).await?);
    rename_and_touch(txn, &plan, revision).await?;
    rows::write(txn, &plan, &ids, progress).await?;
    remove(txn, &plan, revision).await?;
    search::update(txn).await?;
    log(txn, &plan, &ids, revision).await?;
    let hash = history::content_hash(txn, reached.as_ref()).await?.to_string();
    check_version(txn, &dataset.about.version, &hash).await?;
    revision::Entity::update_many()
        .col_expr(revision::Column::ContentHash, Expr::value(hash))
        .filter(revision::Column::Id.eq(revision))
        .exec(txn)
        .await?;
    Ok(outcome)
}

/// Fails if a revision has the version with other content.
async fn check_version(
    txn: &DatabaseTransaction,
    version: &str,
    hash: &str,
) -> Result<(), ImportError> {
    let other = revision::Entity::find()
        .filter(revision::Column::DatasetVersion.eq(version))
        .filter(revision::Column::ContentHash.ne(hash))
        .one(txn)
        .await?;
    match other {
        Some(other) => {
            Err(ImportError::VersionUsed { version: version.to_owned(), revision: other.id })
        }
        None => Ok(()),
    }
}

/// Inserts the `record` rows of new records and returns their keys by slug.
async fn create_records(
    txn: &DatabaseTransaction,
    plan: &Plan<'_>,
    revision: i32,
) -> Result<Vec<(String, i32)>, DbErr> {
    let mut ids = Vec::new();
    for chunk in plan.created.chunks(CHUNK) {
        let models = chunk.iter().map(|record| record::ActiveModel {
            kind: Set(record.kind()),
            slug: Set(record.slug.clone()),
            first_slug: Set(record.former_slugs.first().cloned()),
            created_in: Set(revision),
            updated_in: Set(revision),
            removed_in: Set(None),
            ..Default::default()
        });
        let inserted = record::Entity::insert_many(models).exec_with_returning(txn).await?;
        ids.extend(inserted.into_iter().map(|record| (record.slug, record.id)));
    }
    Ok(ids)
}

async fn rename_and_touch(
    txn: &DatabaseTransaction,
    plan: &Plan<'_>,
    revision: i32,
) -> Result<(), DbErr> {
    for update in &plan.updated {
        if let Some(former) = &update.renamed_from {
            let first = Expr::col(record::Column::FirstSlug).if_null(former.as_str());
            record::Entity::update_many()
                .col_expr(record::Column::FirstSlug, first)
                .col_expr(record::Column::Slug, Expr::value(&update.record.slug))
                .filter(record::Column::Id.eq(update.id))
                .exec(txn)
                .await?;
        }
    }
    let touched: Vec<i32> = plan.updated.iter().map(|update| update.id).collect();
    for chunk in touched.chunks(CHUNK) {
        record::Entity::update_many()
            .col_expr(record::Column::UpdatedIn, Expr::value(revision))
            .col_expr(record::Column::RemovedIn, Expr::value(None::<i32>))
            .filter(record::Column::Id.is_in(chunk.iter().copied()))
            .exec(txn)
            .await?;
    }
    Ok(())
}

/// Removes records. Their rows in `record` and their change log stay.
async fn remove(txn: &DatabaseTransaction, plan: &Plan<'_>, revision: i32) -> Result<(), DbErr> {
    for chunk in plan.removed.chunks(CHUNK) {
        let ids: Vec<i32> = chunk.iter().map(|removal| removal.id).collect();
        rows::delete_by(txn, citation::Column::RecordId, &ids).await?;
        rows::delete_by(txn, record_theme::Column::RecordId, &ids).await?;
        record::Entity::update_many()
            .col_expr(record::Column::UpdatedIn, Expr::value(revision))
            .col_expr(record::Column::RemovedIn, Expr::value(revision))
            .filter(record::Column::Id.is_in(ids))
            .exec(txn)
            .await?;
    }
    rows::delete(txn, plan).await
}

/// Writes the change log: the content of every changed record before and after.
async fn log(
    txn: &DatabaseTransaction,
    plan: &Plan<'_>,
    ids: &plan::Ids,
    revision: i32,
) -> Result<(), DbErr> {
    let entry = |record_id, action, before, after| change::ActiveModel {
        revision_id: Set(revision),
        record_id: Set(record_id),
        action: Set(action),
        before: Set(before),
        after: Set(after),
        ..Default::default()
    };
    let created = plan.created.iter().map(|record| {
        let id = ids[&record.slug];
        entry(id, ChangeAction::Created, None, Some(plan::json(record)))
    });
    let updated = plan.updated.iter().map(|update| {
        let (action, before) = match &update.before {
            Some(before) => (ChangeAction::Updated, Some(before.clone())),
            None => (ChangeAction::Created, None),
        };
        entry(update.id, action, before, Some(plan::json(update.record)))
    });
    let removed = plan.removed.iter().map(|removal| {
        entry(removal.id, ChangeAction::Removed, Some(removal.before.clone()), None)
    });
    let changes: Vec<_> = created.chain(updated).chain(removed).collect();
    for chunk in changes.chunks(CHUNK) {
        change::Entity::insert_many(chunk.iter().cloned()).exec_without_returning(txn).await?;
    }
    Ok(())
}
