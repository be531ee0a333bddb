//! The database's schema, as a list of migrations.

use sea_orm_migration::prelude::*;

mod m20261122_000001_knowledge_base;

/// All migrations, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(m20261122_000001_knowledge_base::Migration)]
    }
}
