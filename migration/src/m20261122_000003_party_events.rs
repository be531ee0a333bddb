//! Moves the role to the end of the index on `event_party`. The events of a party are looked up
//! regardless of its role, which is now one index lookup instead of one per role.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLE: &str = "event_party";

type Columns = [&'static str; 3];

const BY_ROLE: Columns = ["party_id", "role", "event_id"];
const BY_EVENT: Columns = ["party_id", "event_id", "role"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        replace(manager, BY_ROLE, BY_EVENT).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        replace(manager, BY_EVENT, BY_ROLE).await
    }
}

fn name(columns: Columns) -> String {
    format!("{TABLE}_by_{}", columns.join("_"))
}

async fn replace(manager: &SchemaManager<'_>, old: Columns, new: Columns) -> Result<(), DbErr> {
    let mut index = Index::create();
    index.name(name(new)).table(TABLE);
    for column in new {
        index.col(column);
    }
    manager.create_index(index).await?;
    manager.drop_index(Index::drop().name(name(old)).table(TABLE).to_owned()).await
}
