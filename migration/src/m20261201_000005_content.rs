//! What identifies content for ever: the hash of each revision's content, and the first slug of
//! records that were renamed.

use sea_orm_migration::{prelude::*, schema::*};

use crate::history;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let add = |table: &'static str, column| {
            Table::alter().table(table).add_column(text_null(column)).take()
        };
        manager.alter_table(add("revision", "content_hash")).await?;
        manager.alter_table(add("record", "first_slug")).await?;
        let db = manager.get_connection();
        // The slug of the first entry in the change log, or the first of the former slugs that it
        // lists.
        let first = "SELECT COALESCE(change.after -> 'former_slugs' ->> 0, change.after ->> 'slug') \
                     FROM change WHERE change.record_id = record.id ORDER BY change.id LIMIT 1";
        db.execute_unprepared(&format!(
            "UPDATE record SET first_slug = ({first}) \
             WHERE id IN (SELECT record_id FROM slug_alias)"
        ))
        .await?;
        db.execute_unprepared("UPDATE record SET first_slug = NULL WHERE first_slug = slug")
            .await?;
        history::record_hashes(db).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = |table: &'static str, column: &'static str| {
            Table::alter().table(table).drop_column(column).take()
        };
        manager.alter_table(drop("record", "first_slug")).await?;
        manager.alter_table(drop("revision", "content_hash")).await
    }
}
