//! A database that stalls, is busy, is replaced or is restored under a running service; and the
//! errors for a database that can't be used.

use std::{
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use ::adkb::{
    config::Pooler,
    store::{
        ReadErrorKind, Store, database::ReadDatabase, read_pool::ReadPool, snapshot::Snapshot,
    },
};
use harness::{Adkb, Backend, Database, Dataset, PgBouncer, Proxy, Service, run};
use migration::import::{ImportError, ImportOptions, NoProgress};
use reqwest::StatusCode;
use sea_orm::{ConnectionTrait, TransactionTrait};
use serde_json::{Value, json};

const NO_CACHES: [&str; 4] = ["--response-cache", "0", "--record-cache", "0"];
const REVISION: &str = "{ dataset { revision } }";

/// A dataset whose only theme has this name.
fn named(theme: &str) -> Dataset {
    Dataset::minimal().replacing("themes.toml", "Disaster relief", theme)
}

/// Status and text of `/readyz`, which must respond at once.
async fn readiness(service: &Service) -> (StatusCode, String) {
    let began = Instant::now();
    let response = service.client().get(service.at("/readyz")).send().await.unwrap();
    let answer = (response.status(), response.text().await.unwrap());
    assert!(began.elapsed() < Duration::from_secs(1), "it took {:?}", began.elapsed());
    assert_eq!(answer.1.lines().count(), 1, "not a single line: {}", answer.1);
    answer
}

/// Waits until `/readyz` has this status, for at most `most`. Returns its text.
async fn until(service: &Service, status: StatusCode, most: Duration) -> String {
    until_text(service, status, "", most).await
}

/// The same with a text that contains this. Which check of the service notices a problem first is a
/// matter of milliseconds, so another text may come before.
async fn until_text(service: &Service, status: StatusCode, part: &str, most: Duration) -> String {
    let began = Instant::now();
    loop {
        let (now, text) = readiness(service).await;
        if now == status && text.contains(part) {
            return text;
        }
        let log = service.log();
        assert!(began.elapsed() < most, "still {now}: {text}{log}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The name of the theme, from the API and from an export.
async fn theme(service: &Service) -> (String, String) {
    let data = service.query("{ themes { nodes { name } } }").await;
    let name = data["themes"]["nodes"][0]["name"].as_str().unwrap().to_owned();
    let export = service.client().get(service.at("/export/themes.json")).send().await.unwrap();
    let rows: Value = export.json().await.unwrap();
    (name, rows[0]["name"].as_str().unwrap().to_owned())
}

fn occurrences(text: &str, part: &str) -> usize {
    text.matches(part).count()
}

#[test]
fn stalled_database_connections_are_replaced_within_ten_seconds() {
    const MOST: Duration = Duration::from_secs(10);
    run(async {
        let database = Arc::new(Database::minimal(Backend::Postgres));
        let proxy = Proxy::before(database.port());
        let url = database.url_through(proxy.port());
        let service = Service::start_at(database.clone(), &url, &NO_CACHES);
        until(&service, StatusCode::OK, MOST).await;
        // Opens a connection on each worker.
        futures_util::future::join_all((0..8).map(|_| service.query(REVISION))).await;

        proxy.silence_old();
        let began = Instant::now();
        let requests = futures_util::future::join_all((0..8).map(|_| service.query(REVISION)));
        let (answers, _) = futures_util::future::join(requests, readiness(&service)).await;
        assert!(began.elapsed() < MOST, "the responses took {:?}", began.elapsed());
        assert!(answers.iter().all(|data| data["dataset"]["revision"] == 1), "{answers:?}");

        let dataset = named("Relief 2");
        let import = Adkb::import(&dataset).database(&database);
        tokio::task::spawn_blocking(move || import.run().success()).await.unwrap();
        while service.query(REVISION).await["dataset"]["revision"] != 2 {
            assert!(began.elapsed() < MOST + MOST, "it is not noticed: {}", service.log());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(readiness(&service).await.0, StatusCode::OK);
        let log = service.log();
        assert_eq!(occurrences(&log, "the database does not respond; trying again"), 1, "{log}");
        assert_eq!(occurrences(&log, "the database responds again"), 1, "{log}");
    });
}

#[test]
fn a_stalled_database_is_reported_at_once_and_logged_once() {
    const MOST: Duration = Duration::from_secs(12);
    run(async {
        let database = Arc::new(Database::minimal(Backend::Postgres));
        let proxy = Proxy::before(database.port());
        let url = database.url_through(proxy.port());
        let service = Service::start_at(database, &url, &NO_CACHES);
        until(&service, StatusCode::OK, MOST).await;
        proxy.silence_all();
        let text = until(&service, StatusCode::SERVICE_UNAVAILABLE, MOST).await;
        assert_eq!(text, "the database does not respond\n");
        let began = Instant::now();
        let errors = service.errors(REVISION).await;
        assert!(began.elapsed() < MOST, "the error took {:?}", began.elapsed());
        assert_eq!(errors[0]["extensions"]["code"], "BUSY", "{errors:?}");
        let export = service.client().get(service.at("/export/themes.csv")).send().await.unwrap();
        assert_eq!(export.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(export.headers().contains_key("retry-after"));
        tokio::time::sleep(Duration::from_secs(3)).await;
        proxy.silence_old();
        until(&service, StatusCode::OK, MOST).await;
        service.query(REVISION).await;
        let log = service.log();
        assert_eq!(occurrences(&log, "the database does not respond; trying again"), 1, "{log}");
        assert_eq!(occurrences(&log, "the database responds again"), 1, "{log}");
    });
}

#[test]
fn an_export_statement_fails_when_its_connection_stalls() {
    run(async {
        let database = Database::minimal(Backend::Postgres);
        let proxy = Proxy::before(database.port());
        let url = database.url_through(proxy.port());
        let source = ReadDatabase::new(&url, Pooler::None, Duration::from_secs(1)).unwrap();
        let store = Store::snapshot(Snapshot::open(&source).await.unwrap());
        assert_eq!(store.newest_version().await.unwrap().revision, 1);
        proxy.silence_old();
        let began = Instant::now();
        let error = store.newest_version().await.unwrap_err();
        assert_eq!(error.kind(), ReadErrorKind::Unavailable);
        assert!(began.elapsed() < Duration::from_secs(5), "it took {:?}", began.elapsed());
    });
}

/// A table lock makes the statements of readers wait.
#[test]
fn a_statement_timeout_is_distinct_from_an_exhausted_connection_pool() {
    const LIMIT: Duration = Duration::from_secs(7);
    run(async {
        let database = Database::minimal(Backend::Postgres);
        let writer = database.connect().await;
        let source = ReadDatabase::new(&database.url(), Pooler::None, LIMIT).unwrap();
        let pooled = Store::pooled(ReadPool::new(source.clone(), 1));
        let snapshot = Store::snapshot(Snapshot::open(&source).await.unwrap());
        let lock = writer.begin().await.unwrap();
        lock.execute_unprepared("LOCK TABLE revision IN ACCESS EXCLUSIVE MODE").await.unwrap();
        let kind = async |store: &Store| store.newest_version().await.unwrap_err().kind();
        let late = async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            kind(&pooled).await
        };
        let (first, export, second) = tokio::join!(kind(&pooled), kind(&snapshot), late);
        assert_eq!(first, ReadErrorKind::TimedOut);
        assert_eq!(export, ReadErrorKind::TimedOut, "--statement-timeout applies to exports too");
        assert_eq!(second, ReadErrorKind::Busy);
        lock.rollback().await.unwrap();
        assert_eq!(pooled.newest_version().await.unwrap().revision, 1);
    });
}

#[test]
fn a_deleted_database_file_is_reported_and_not_recreated() {
    const MOST: Duration = Duration::from_secs(5);
    run(async {
        let database = Arc::new(Database::minimal(Backend::Sqlite));
        let service = Service::start(database.clone());
        until(&service, StatusCode::OK, MOST).await;
        let (file, aside) = (database.file(), database.file().with_extension("aside"));
        fs::rename(&file, &aside).unwrap();
        let unready = StatusCode::SERVICE_UNAVAILABLE;
        let text = until_text(&service, unready, "file is missing", MOST).await;
        assert_eq!(text, "the database file is missing\n");
        let export = service.client().get(service.at("/export/themes.csv")).send().await.unwrap();
        assert!(export.status() != StatusCode::INTERNAL_SERVER_ERROR);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(!file.exists(), "an empty file was created");
        let log = service.log();
        assert_eq!(occurrences(&log, "the database file is missing"), 1, "{log}");
        fs::rename(&aside, &file).unwrap();
        until(&service, StatusCode::OK, MOST).await;
        assert_eq!(theme(&service).await.0, "Disaster relief");
    });
}

/// All replacement files are at revision 1.
#[test]
fn the_service_follows_a_replaced_database_file_without_mixing_old_and_new_data() {
    const MOST: Duration = Duration::from_secs(10);
    run(async {
        let database = Arc::new(Database::minimal(Backend::Sqlite));
        let service = Arc::new(Service::start(database.clone()));
        // The write-ahead log of the old file must not be applied to the new one.
        Adkb::import(&named("Relief 2")).database(&database).run().success();
        service.catch_up().await;
        let tag = async || {
            let address = service.at("/graphql?query={themes{nodes{name}}}");
            let response = service.client().get(address).send().await.unwrap();
            response.headers()["etag"].clone()
        };
        let before = tag().await;
        assert_eq!(theme(&service).await, ("Relief 2".to_owned(), "Relief 2".to_owned()));

        for (round, name) in ["Relief of another kind", "Relief of a third kind"].iter().enumerate()
        {
            let other = Database::empty(Backend::Sqlite);
            Adkb::import(&named(name)).database(&other).run().success();
            fs::rename(other.file(), database.file()).unwrap();
            let began = Instant::now();
            // While the service switches files, each response is consistent with one of them.
            loop {
                let document = "{ themes { nodes { name } } events { nodes { themes { name } } } }";
                let answer = service.answer(&format!("query Q{round} {document}"), json!({})).await;
                if answer.get("errors").is_none() {
                    let theme = &answer["data"]["themes"]["nodes"][0]["name"];
                    assert_eq!(&answer["data"]["events"]["nodes"][0]["themes"][0]["name"], theme);
                    if theme == name {
                        break;
                    }
                }
                assert!(began.elapsed() < MOST, "{answer}{}", service.log());
            }
            assert_eq!(theme(&service).await, ((*name).to_owned(), (*name).to_owned()));
            assert_eq!(service.query(REVISION).await["dataset"]["revision"], 1);
            until(&service, StatusCode::OK, MOST).await;
        }
        assert_ne!(tag().await, before);
        let sound = "PRAGMA integrity_check";
        let sound = database.connect().await.query_one_raw(sql(sound)).await.unwrap().unwrap();
        assert_eq!(sound.try_get_by_index::<String>(0).unwrap(), "ok");
        // The new file can be written to like any other database.
        Adkb::import(&named("Relief again")).database(&database).run().success();
        service.catch_up().await;
        assert_eq!(theme(&service).await.0, "Relief again");
        assert!(!service.log().contains("panicked"), "{}", service.log());
    });
}

fn sql(text: &str) -> sea_orm::Statement {
    sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, text)
}

#[test]
fn replacing_the_database_with_another_kind_of_file_is_reported() {
    const MOST: Duration = Duration::from_secs(10);
    run(async {
        let database = Arc::new(Database::minimal(Backend::Sqlite));
        let service = Service::start(database.clone());
        until(&service, StatusCode::OK, MOST).await;
        let other = database.file().with_extension("other");
        fs::write(&other, "Dear Sir or Madam, ".repeat(500)).unwrap();
        fs::rename(&other, database.file()).unwrap();
        let reason = "replaced by one that is not a knowledge base";
        until_text(&service, StatusCode::SERVICE_UNAVAILABLE, reason, MOST).await;
        let good = Database::empty(Backend::Sqlite);
        Adkb::import(&named("A good one")).database(&good).run().success();
        fs::rename(good.file(), database.file()).unwrap();
        until(&service, StatusCode::OK, MOST).await;
        assert_eq!(theme(&service).await, ("A good one".to_owned(), "A good one".to_owned()));
    });
}

/// After a restore the database has an older revision than the service knows.
#[test]
fn the_service_follows_a_database_restored_from_a_backup() {
    const MOST: Duration = Duration::from_secs(15);
    run(async {
        let database = Arc::new(Database::minimal(Backend::Postgres));
        let service = Service::start(database.clone());
        Adkb::import(&named("Relief 2")).database(&database).run().success();
        service.catch_up().await;
        assert_eq!(theme(&service).await.0, "Relief 2");
        let db = database.connect().await;
        for statement in [
            "DELETE FROM change WHERE revision_id = 2",
            "UPDATE record SET updated_in = 1",
            "DELETE FROM revision WHERE id = 2",
            "UPDATE theme SET name = 'Restored'",
        ] {
            db.execute_unprepared(statement).await.unwrap();
        }
        let began = Instant::now();
        loop {
            let answer = service.answer("{ themes { nodes { name } } }", json!({})).await;
            if answer["data"]["themes"]["nodes"][0]["name"] == "Restored" {
                break;
            }
            assert!(began.elapsed() < MOST, "{answer}{}", service.log());
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    });
}

#[test]
fn a_sqlite_url_without_a_file_is_rejected() {
    let folder = tempfile::tempdir().unwrap();
    for url in ["sqlite:", "sqlite://", "sqlite::memory:", "sqlite:adkb.db?mode=memory"] {
        for command in [&["serve", "--port", "0"][..], &["import"], &["migrate"]] {
            let run = Adkb::new(command).cwd(folder.path()).env("DATABASE_URL", url).run();
            let line = run.refused();
            assert!(line.contains("write") && line.contains("sqlite:"), "{url}: {line}");
        }
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "a file was created");
}

#[test]
fn another_programs_database_is_rejected_unchanged() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        for mode in ["DELETE", "WAL"] {
            let file = folder.path().join(format!("{mode}.db"));
            foreign(&file, mode).await;
            let before = fs::read(&file).unwrap();
            for command in [&["serve", "--port", "0"][..], &["import"], &["migrate"]] {
                let url = format!("sqlite:{}", file.display());
                let line = Adkb::new(command).env("DATABASE_URL", url).run().refused();
                assert!(line.contains("a SQLite database of another program"), "{line}");
            }
            assert!(fs::read(&file).unwrap() == before, "{mode}: the file was written to");
        }
    });
}

async fn foreign(file: &Path, mode: &str) {
    use sea_orm::sqlx::{Connection, Executor, SqliteConnection};
    let url = format!("sqlite:{}?mode=rwc", file.display());
    let mut db = SqliteConnection::connect(&url).await.unwrap();
    for statement in [
        format!("PRAGMA journal_mode = {mode}"),
        "CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT)".to_owned(),
        "INSERT INTO customer (name) VALUES ('Ann')".to_owned(),
    ] {
        db.execute(sea_orm::sqlx::AssertSqlSafe(statement)).await.unwrap();
    }
    db.close().await.unwrap();
}

#[test]
fn a_database_of_a_newer_version_is_rejected() {
    run(async {
        for backend in [Backend::Sqlite, Backend::Postgres] {
            let database = Database::minimal(backend);
            let db = database.connect().await;
            let newer = "INSERT INTO seaql_migrations (version, applied_at) \
                VALUES ('m20990101_000001_wonders', 1)";
            db.execute_unprepared(newer).await.unwrap();
            for command in [&["serve", "--port", "0"][..], &["import"], &["migrate"]] {
                let line = Adkb::new(command).database(&database).run().refused();
                assert!(line.contains("newer version of adkb"), "{line}");
                assert!(line.contains("m20990101_000001_wonders"), "{line}");
                assert!(line.contains("run the newer version"), "{line}");
            }
        }
    });
}

#[test]
fn a_full_disk_is_reported_with_what_to_do() {
    run(async {
        let database = Database::minimal(Backend::Sqlite);
        let db = database.connect().await;
        // SQLite reports the same error for a file that may not grow as for a full disk.
        db.execute_unprepared("PRAGMA max_page_count = 1").await.unwrap();
        let dataset = migration::dataset::Dataset::embedded().unwrap();
        let options = ImportOptions {
            author: "a test".to_owned(),
            message: "a test".to_owned(),
            prune: false,
        };
        let error =
            migration::import::import(&db, &dataset, &options, &NoProgress).await.unwrap_err();
        assert!(matches!(error, ImportError::DiskFull), "{error:?}");
        let text = error.to_string();
        assert!(text.contains("full") && text.contains("free some space"), "{text}");
        assert!(text.contains("nothing was written"), "{text}");
        let store = Store::new(database.connect().await);
        assert_eq!(store.newest_version().await.unwrap().revision, 1);
    });
}

#[test]
fn the_service_works_through_pgbouncer_in_transaction_mode() {
    run(async {
        let database = Arc::new(Database::empty(Backend::Postgres));
        let Some(pooler) = PgBouncer::before(&database) else {
            eprintln!(
                "skipped: PgBouncer is not on this machine (Debian: apt-get install pgbouncer)"
            );
            return;
        };
        let url = database.url_through(pooler.port());
        let pooled = ["--database-pooler", "transaction"];
        let import = |dataset: &Dataset| {
            let import = Adkb::import(dataset).env("DATABASE_URL", &url).with(pooled);
            tokio::task::spawn_blocking(move || import.run().success())
        };
        let unset = Adkb::new(["migrate"]).env("DATABASE_URL", &url).run().refused();
        assert!(unset.contains("--database-pooler transaction"), "{unset}");
        import(&Dataset::minimal()).await.unwrap();
        let settings = [&pooled[..], &NO_CACHES, &["--workers", "4"]].concat();
        let service = Service::start_at(database.clone(), &url, &settings);
        // More clients than the pooler has connections, with many different statements.
        let ask = async |number: usize| {
            let first = number % 7 + 1;
            let document = format!(
                "query Q{number} {{ events(first: {first}) {{ totalCount nodes {{ slug themes {{ slug }} }} }} \
                 bodies(first: {first}, filter: {{ text: \"group {number}\" }}) {{ totalCount }} \
                 search(query: \"meeting\", first: {first}) {{ totalCount }} dataset {{ revision }} }}"
            );
            service.query(&document).await
        };
        for round in 0..5 {
            let requests = (0..40).map(|number| ask(round * 40 + number));
            for data in futures_util::future::join_all(requests).await {
                assert_eq!(data["events"]["totalCount"], 1);
                assert_eq!(data["dataset"]["revision"], 1);
            }
        }
        let export = service.client().get(service.at("/export/adkb.sqlite")).send().await.unwrap();
        assert_eq!(export.status(), StatusCode::OK);
        let written = Instant::now();
        import(&named("Relief 2")).await.unwrap();
        while theme(&service).await.0 != "Relief 2" {
            assert!(written.elapsed() < Duration::from_secs(10), "{}", service.log());
        }
        let log = service.log();
        assert!(!log.contains("ERROR") && !log.contains("WARN"), "{log}");
    });
}

#[test]
fn the_configuration_reports_the_memory_budget_of_its_settings() {
    let memory = |arguments: &[&str]| -> Value {
        let output = Adkb::new(["config", "--workers", "2"]).with(arguments).run().success();
        let config: Value = serde_json::from_str(&output.stdout).unwrap();
        config["memory"].clone()
    };
    let number = |memory: &Value, part: &str| memory[part].as_u64().unwrap();
    let usual = memory(&[]);
    assert_eq!(number(&usual, "response_cache"), 64 << 20);
    let parts = ["response_cache", "record_cache", "document_cache", "persisted_documents"];
    let sum: u64 = parts.iter().map(|part| number(&usual, part)).sum();
    let other = ["database_connections", "exports", "operations"];
    let sum = sum + other.iter().map(|part| number(&usual, part)).sum::<u64>();
    assert_eq!(number(&usual, "total"), sum);
    let more = memory(&["--connections", "12"]);
    let each = number(&usual, "each_database_connection");
    assert_eq!(number(&more, "total"), sum + 2 * 10 * each);
    let none = memory(&["--response-cache", "0", "--record-cache", "0"]);
    assert_eq!(number(&none, "total"), sum - (128 << 20));
}

/// A connection does not keep every prepared statement.
#[test]
fn large_filters_do_not_leak_memory() {
    run(async {
        let service = Service::start_with(Database::minimal(Backend::Sqlite), &NO_CACHES);
        let memory = async || -> f64 {
            let text = service.client().get(service.at("/metrics")).send().await.unwrap();
            let text = text.text().await.unwrap();
            let line = text.lines().find(|line| line.starts_with("adkb_resident_memory_bytes"));
            line.unwrap().rsplit(' ').next().unwrap().parse().unwrap()
        };
        let ask = async |number: usize| {
            let words = (0..20).map(|word| json!({ "text": format!("a{word} b{number}") }));
            let filter: Vec<Value> = words.cycle().take(30 + number % 20).collect();
            let query = "query Q($f: EventFilter) { events(filter: $f) { totalCount } }";
            service.query_with(query, json!({ "f": { "or": filter } })).await
        };
        for number in 0..60 {
            ask(number).await;
        }
        let before = memory().await;
        for number in 60..360 {
            ask(number).await;
        }
        let grown = memory().await - before;
        assert!(grown < 60e6, "{grown} bytes for 300 filters");
    });
}
