//! Everything that writes to a database: the schema migrations, the curated dataset (parser,
//! validation, import), the history and the search index.

use sea_orm_migration::prelude::*;

pub mod dataset;
pub mod history;
pub mod import;
pub mod search;

mod m20261122_000001_knowledge_base;
mod m20261122_000002_search;
mod m20261122_000003_party_events;
mod m20261130_000004_evidence;
mod m20261201_000005_content;

/// All migrations, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_knowledge_base::Migration),
            Box::new(m20261122_000002_search::Migration),
            Box::new(m20261122_000003_party_events::Migration),
            Box::new(m20261130_000004_evidence::Migration),
            Box::new(m20261201_000005_content::Migration),
        ]
    }
}

/// The statement that lists the migrations applied to a database, in order, in one text column.
pub const APPLIED: &str = "SELECT version FROM seaql_migrations ORDER BY version";

/// The result of [`APPLIED`] for a database with the schema of this program.
pub fn versions() -> Vec<String> {
    Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect()
}
