//! The database schema: the migrations run up and down, and their schema matches the entities.

use std::collections::BTreeSet;

use harness::{Backend, Database, on_both};
use migration::Migrator;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Schema, Statement};
use sea_orm_migration::MigratorTrait;

/// The migrations' own table, which has no entity.
const OWN: &str = "seaql_migrations";
/// Prefix of SQLite's full-text index over the search documents and of the tables that SQLite
/// creates for it.
const FULL_TEXT: &str = "search_text";

async fn lines(db: &DatabaseConnection, sql: &str) -> BTreeSet<String> {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let rows = db.query_all_raw(statement).await.unwrap();
    // An internal table of SQLite may have no primary key.
    rows.iter().filter_map(|row| row.try_get_by_index::<Option<String>>(0).unwrap()).collect()
}

/// Normalises the names of the string type. No column has a length.
fn one_text(line: String) -> String {
    line.replace(" character varying ", " text ").replace(" varchar ", " text ")
}

/// Each column, primary key, unique key and foreign key, as a line that starts with the table name.
async fn schema(db: &DatabaseConnection) -> BTreeSet<String> {
    let statements: &[&str] = match db.get_database_backend() {
        DbBackend::Postgres => &[
            "SELECT table_name || ' column ' || column_name || ' ' || data_type || ' ' ||
                CASE is_nullable WHEN 'YES' THEN 'null' ELSE 'not null' END
             FROM information_schema.columns WHERE table_schema = 'public'",
            "SELECT c.relname || CASE WHEN i.indisprimary THEN ' primary ' ELSE ' unique ' END ||
                (SELECT string_agg(a.attname, ',' ORDER BY k.place)
                 FROM unnest(i.indkey) WITH ORDINALITY k(number, place)
                 JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number)
             FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
             JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = 'public' AND i.indisunique",
            "SELECT c.conrelid::regclass::text || ' foreign ' || (
                SELECT string_agg(a.attname || ' -> ' || c.confrelid::regclass::text || '.' || b.attname,
                    ', ' ORDER BY k.place)
                FROM unnest(c.conkey, c.confkey) WITH ORDINALITY k(own, other, place)
                JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.own
                JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = k.other)
             FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace
             WHERE n.nspname = 'public' AND c.contype = 'f'",
        ],
        _ => &[
            "SELECT m.name || ' column ' || c.name || ' ' || lower(c.type) || ' ' ||
                CASE WHEN c.\"notnull\" OR c.pk THEN 'not null' ELSE 'null' END
             FROM sqlite_master m, pragma_table_info(m.name) c
             WHERE m.type = 'table' AND m.name <> 'sqlite_sequence'",
            "SELECT m.name || ' primary ' || (
                SELECT group_concat(name, ',') FROM (
                    SELECT c.name FROM pragma_table_info(m.name) c WHERE c.pk > 0 ORDER BY c.pk))
             FROM sqlite_master m WHERE m.type = 'table' AND m.name <> 'sqlite_sequence'",
            "SELECT m.name || ' unique ' || (
                SELECT group_concat(name, ',') FROM (SELECT c.name FROM pragma_index_info(i.name) c ORDER BY c.seqno))
             FROM sqlite_master m, pragma_index_list(m.name) i
             WHERE m.type = 'table' AND i.\"unique\" AND i.origin <> 'pk'",
            "SELECT DISTINCT m.name || ' foreign ' || (
                SELECT group_concat(pair, ', ') FROM (
                    SELECT p.\"from\" || ' -> ' || p.\"table\" || '.' || p.\"to\" AS pair
                    FROM pragma_foreign_key_list(m.name) p WHERE p.id = f.id ORDER BY p.seq))
             FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table'",
        ],
    };
    let mut all = BTreeSet::new();
    for sql in statements {
        all.extend(lines(db, sql).await.into_iter().map(one_text));
    }
    all.retain(|line| !line.starts_with(OWN) && !line.starts_with(FULL_TEXT));
    all
}

/// Unique keys over several columns, which an entity cannot declare. The foreign keys of records
/// reference the first.
const BY_DESIGN: [&str; 4] = [
    "record unique id,slug",
    "citation unique record_id,position",
    "provision unique document_id,position",
    "work_area unique programme_id,name",
];

/// PostgreSQL's full-text index is a generated column.
const BY_POSTGRES: &str = "search_document column vector tsvector not null";

/// Creates the tables of the entities, in an order that foreign keys allow. Returns their number.
async fn create_from_entities(db: &DatabaseConnection) -> usize {
    let schema = Schema::new(db.get_database_backend());
    let mut tables = 0;
    macro_rules! create {
        ($($entity:ident)*) => {$(
            db.execute(&schema.create_table_from_entity(entities::$entity::Entity)).await.unwrap();
            tables += 1;
        )*};
    }
    create!(revision record);
    let key = r#"CREATE UNIQUE INDEX record_id_slug ON "record" (id, slug)"#;
    db.execute_unprepared(key).await.unwrap();
    create!(
        slug_alias change source citation party body theme record_theme membership chair_term
        chair_seat event event_party event_body document provision provision_body provision_document initiative
        initiative_proposer work_programme work_area contribution contribution_beneficiary claim
        search_document search_name search_word search_index
    );
    tables
}

on_both! {
    async fn migrations_run_up_and_down_and_up_again(backend: Backend) {
        let database = Database::empty(backend);
        let db = database.connect().await;
        Migrator::up(&db, None).await.unwrap();
        let up = schema(&db).await;
        assert!(!up.is_empty());
        Migrator::down(&db, None).await.unwrap();
        assert_eq!(schema(&db).await, BTreeSet::new(), "migrating down left something");
        Migrator::up(&db, None).await.unwrap();
        assert_eq!(schema(&db).await, up);
    }

    async fn migrations_run_down_over_a_filled_database(database: Database) {
        let db = database.connect().await;
        Migrator::down(&db, None).await.unwrap();
        assert_eq!(schema(&db).await, BTreeSet::new(), "migrating down left something");
    }

    async fn migrating_down_removes_the_whole_full_text_index(database: Database) {
        let db = database.connect().await;
        let left = match db.get_database_backend() {
            DbBackend::Postgres => "SELECT relname::text FROM pg_class WHERE relname LIKE 'search%'",
            _ => "SELECT name FROM sqlite_master WHERE name LIKE 'search%'",
        };
        assert!(lines(&db, left).await.len() > 6, "the tables and indexes of the search exist");
        // The first migration creates the tables, the second the search index.
        let later = Migrator::migrations().len() - 1;
        Migrator::down(&db, Some(later as u32)).await.unwrap();
        assert_eq!(lines(&db, left).await, BTreeSet::new());
    }

    async fn the_migrated_schema_is_the_schema_of_the_entities(backend: Backend) {
        let (migrated, created) = (Database::empty(backend), Database::empty(backend));
        let db = migrated.connect().await;
        Migrator::up(&db, None).await.unwrap();
        let migrated = schema(&db).await;
        let db = created.connect().await;
        let tables = create_from_entities(&db).await;
        assert_eq!(tables, 31);
        let mut created = schema(&db).await;
        created.extend(BY_DESIGN.map(str::to_owned));
        if backend == Backend::Postgres {
            created.insert(BY_POSTGRES.to_owned());
        }
        let only = |a: &BTreeSet<String>, b: &BTreeSet<String>| -> Vec<String> {
            a.difference(b).cloned().collect()
        };
        let (extra, missing) = (only(&migrated, &created), only(&created, &migrated));
        assert!(
            extra.is_empty() && missing.is_empty(),
            "only the migrations have {extra:#?}\nonly the entities have {missing:#?}",
        );
    }

    async fn migrating_twice_changes_nothing(database: Database) {
        let db = database.connect().await;
        let before = schema(&db).await;
        migration::import::migrate(&db).await.unwrap();
        assert_eq!(schema(&db).await, before);
    }
}
