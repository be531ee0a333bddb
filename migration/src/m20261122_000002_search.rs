//! The search index: documents, names and words in ordinary tables, and a full-text index on the words of the
//! documents, which the database keeps up to date by itself.

use sea_orm::{ConnectionTrait, DbBackend};
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// In the order of creation; dropped in reverse.
const TABLES: [&str; 4] = ["search_document", "search_name", "search_word", "search_index"];

/// The words are already normalised, so the tokenizer needs no language support. `columnsize` is
/// off because the ranking that needs it is not used.
const SQLITE: [&str; 4] = [
    "CREATE VIRTUAL TABLE search_text USING fts5(
        title_words, names_words, context_words, text_words,
        content = 'search_document', content_rowid = 'record_id', columnsize = 0,
        prefix = '1 2 3', tokenize = 'unicode61 remove_diacritics 0'
    )",
    "CREATE TRIGGER search_document_insert AFTER INSERT ON search_document BEGIN
        INSERT INTO search_text (rowid, title_words, names_words, context_words, text_words)
        VALUES (new.record_id, new.title_words, new.names_words, new.context_words, new.text_words);
    END",
    "CREATE TRIGGER search_document_delete AFTER DELETE ON search_document BEGIN
        INSERT INTO search_text (search_text, rowid, title_words, names_words, context_words, text_words)
        VALUES ('delete', old.record_id, old.title_words, old.names_words, old.context_words, old.text_words);
    END",
    "CREATE TRIGGER search_document_update AFTER UPDATE ON search_document BEGIN
        INSERT INTO search_text (search_text, rowid, title_words, names_words, context_words, text_words)
        VALUES ('delete', old.record_id, old.title_words, old.names_words, old.context_words, old.text_words);
        INSERT INTO search_text (rowid, title_words, names_words, context_words, text_words)
        VALUES (new.record_id, new.title_words, new.names_words, new.context_words, new.text_words);
    END",
];

/// Needs no extension, which a managed server may not allow.
const POSTGRES: [&str; 2] = [
    "ALTER TABLE search_document ADD COLUMN vector tsvector NOT NULL GENERATED ALWAYS AS (
        setweight(to_tsvector('simple'::regconfig, title_words), 'A') ||
        setweight(to_tsvector('simple'::regconfig, names_words), 'B') ||
        setweight(to_tsvector('simple'::regconfig, context_words), 'C') ||
        setweight(to_tsvector('simple'::regconfig, text_words), 'D')
    ) STORED",
    "CREATE INDEX search_document_by_vector ON search_document USING gin (vector)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        for table in tables(backend) {
            manager.create_table(table).await?;
        }
        for (table, column) in [("search_name", "name"), ("search_word", "reversed")] {
            let mut index = Index::create();
            index.name(format!("{table}_by_{column}")).table(table).col(column);
            manager.create_index(index).await?;
        }
        let full_text = match backend {
            DbBackend::Postgres => POSTGRES.as_slice(),
            _ => SQLITE.as_slice(),
        };
        for statement in full_text {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Sqlite {
            manager.get_connection().execute_unprepared("DROP TABLE search_text").await?;
            for event in ["insert", "delete", "update"] {
                let statement = format!("DROP TRIGGER search_document_{event}");
                manager.get_connection().execute_unprepared(&statement).await?;
            }
        }
        for table in TABLES.iter().rev() {
            manager.drop_table(Table::drop().table(*table).to_owned()).await?;
        }
        Ok(())
    }
}

fn tables(backend: DbBackend) -> [TableCreateStatement; 4] {
    // Both databases compare words byte by byte, which range queries rely on.
    let bytewise = |name: &'static str| {
        let mut column = text(name);
        if backend == DbBackend::Postgres {
            column.extra(r#"COLLATE "C""#);
        }
        column
    };
    [
        Table::create()
            .table("search_document")
            .col(integer("record_id").primary_key())
            .col(text("title"))
            .col(json("names"))
            .col(json("context"))
            .col(text_null("text"))
            .col(text("title_words"))
            .col(text("names_words"))
            .col(text("context_words"))
            .col(text("text_words"))
            .col(integer("weight"))
            .foreign_key(
                ForeignKey::create().from("search_document", "record_id").to("record", "id"),
            )
            .to_owned(),
        Table::create()
            .table("search_name")
            .col(integer("record_id"))
            .col(bytewise("name"))
            .primary_key(Index::create().col("record_id").col("name"))
            .foreign_key(
                ForeignKey::create()
                    .from("search_name", "record_id")
                    .to("search_document", "record_id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned(),
        Table::create()
            .table("search_word")
            .col(bytewise("word").primary_key())
            .col(bytewise("reversed"))
            .col(integer("documents"))
            .to_owned(),
        Table::create().table("search_index").col(integer("version").primary_key()).to_owned(),
    ]
}
