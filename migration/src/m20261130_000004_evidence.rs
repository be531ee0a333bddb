//! What the sources say, more exactly: whether an event was held, all bodies that held it, why a
//! confidence differs from the evidence, and sources as references need them.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

const STATUSES: [&str; 5] = ["held", "announced", "unconfirmed", "postponed", "cancelled"];

/// The tables whose rows have a confidence.
const JUDGED: [&str; 3] = ["chair_term", "event", "contribution"];

/// The columns of a source that are texts.
const SOURCE_TEXTS: [&str; 7] =
    ["language", "container", "volume", "issue", "pages", "doi", "archived_url"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["event", "contribution"] {
            add(manager, table, status()).await?;
        }
        execute(manager, "UPDATE event SET status = 'announced' WHERE planned").await?;
        drop_index(manager, "event", "planned").await?;
        remove(manager, "event", "planned").await?;
        for table in ["event", "contribution"] {
            add_index(manager, table, "status").await?;
        }
        add(manager, "event", json_null("place")).await?;
        for table in JUDGED {
            add(manager, table, text_null("confidence_reason")).await?;
        }
        add(manager, "body", string_null("dissolved")).await?;
        add(manager, "revision", string_null("collected_until")).await?;
        manager.create_table(event_body()).await?;
        manager.create_index(bodies_index()).await?;
        execute(
            manager,
            "INSERT INTO event_body (event_id, body_id, position) \
             SELECT id, body_id, 0 FROM event WHERE body_id IS NOT NULL",
        )
        .await?;
        for column in SOURCE_TEXTS {
            add(manager, "source", text_null(column)).await?;
        }
        add(manager, "source", json("authors").default("[]").take()).await?;
        add(manager, "source", string_null("accessed")).await?;
        // SeaQuery adds no foreign keys to tables of SQLite. Deferred, because a copy may be
        // written before its original.
        let copied = integer_null("copy_of_id")
            .extra("REFERENCES source (id) DEFERRABLE INITIALLY DEFERRED")
            .take();
        add(manager, "source", copied).await?;
        add_index(manager, "source", "copy_of_id").await?;
        add_index(manager, "source", "language").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["language", "copy_of_id"] {
            drop_index(manager, "source", column).await?;
        }
        for column in SOURCE_TEXTS.into_iter().chain(["authors", "accessed", "copy_of_id"]) {
            remove(manager, "source", column).await?;
        }
        manager.drop_table(Table::drop().table("event_body").to_owned()).await?;
        remove(manager, "revision", "collected_until").await?;
        remove(manager, "body", "dissolved").await?;
        remove(manager, "event", "place").await?;
        for table in JUDGED {
            remove(manager, table, "confidence_reason").await?;
        }
        add(manager, "event", boolean("planned").default(false).take()).await?;
        execute(
            manager,
            "UPDATE event SET planned = true WHERE status IN ('announced', 'unconfirmed')",
        )
        .await?;
        for table in ["event", "contribution"] {
            drop_index(manager, table, "status").await?;
            remove(manager, table, "status").await?;
        }
        add_index(manager, "event", "planned").await
    }
}

fn status() -> ColumnDef {
    text("status").default("held").check(Expr::col("status").is_in(STATUSES)).take()
}

fn event_body() -> TableCreateStatement {
    let key = |column, to| ForeignKey::create().from("event_body", column).to(to, "id").take();
    Table::create()
        .table("event_body")
        .col(integer("event_id"))
        .col(integer("body_id"))
        .col(integer("position"))
        .primary_key(Index::create().col("event_id").col("body_id"))
        .foreign_key(&mut key("event_id", "event").on_delete(ForeignKeyAction::Cascade).take())
        .foreign_key(&mut key("body_id", "body"))
        .take()
}

fn bodies_index() -> IndexCreateStatement {
    Index::create()
        .name("event_body_by_body_id_event_id")
        .table("event_body")
        .col("body_id")
        .col("event_id")
        .take()
}

async fn execute(manager: &SchemaManager<'_>, statement: &str) -> Result<(), DbErr> {
    manager.get_connection().execute_unprepared(statement).await.map(drop)
}

async fn add(
    manager: &SchemaManager<'_>,
    table: &'static str,
    column: ColumnDef,
) -> Result<(), DbErr> {
    manager.alter_table(Table::alter().table(table).add_column(column).take()).await
}

async fn remove(
    manager: &SchemaManager<'_>,
    table: &'static str,
    column: &'static str,
) -> Result<(), DbErr> {
    manager.alter_table(Table::alter().table(table).drop_column(column).take()).await
}

fn index_name(table: &str, column: &str) -> String {
    format!("{table}_by_{column}")
}

async fn add_index(
    manager: &SchemaManager<'_>,
    table: &'static str,
    column: &'static str,
) -> Result<(), DbErr> {
    let name = index_name(table, column);
    manager.create_index(Index::create().name(name).table(table).col(column).take()).await
}

async fn drop_index(
    manager: &SchemaManager<'_>,
    table: &'static str,
    column: &'static str,
) -> Result<(), DbErr> {
    let name = index_name(table, column);
    manager.drop_index(Index::drop().name(name).table(table).to_owned()).await
}
