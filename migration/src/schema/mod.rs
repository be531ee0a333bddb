//! The database's schema, as a list of migrations.

use sea_orm_migration::prelude::*;

mod m20261122_000001_knowledge_base;
mod m20261122_000002_search;
mod m20261122_000003_party_events;

/// All migrations, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_knowledge_base::Migration),
            Box::new(m20261122_000002_search::Migration),
            Box::new(m20261122_000003_party_events::Migration),
        ]
    }
}

/// The statement that lists what was applied to a database, in order; one column of text.
pub const APPLIED: &str = "SELECT version FROM seaql_migrations ORDER BY version";

/// What [`APPLIED`] lists where a database has the schema of this program.
pub fn versions() -> Vec<String> {
    Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect()
}
