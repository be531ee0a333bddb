//! What befalls a database under a running service: it falls silent, is busy, is replaced, is another one; and
//! what is said of one that can't be used.

use std::{
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use ::adkb::{
    config::Pooler,
    store::{ReadErrorKind, Store, read_pool::ReadPool, snapshot::Snapshot, source::Source},
};
use harness::{Adkb, Backend, Database, Dataset, PgBouncer, Proxy, Service, run};
use migration::import::{ImportError, Options, Silent};
use reqwest::StatusCode;
use sea_orm::{ConnectionTrait, TransactionTrait};
use serde_json::{Value, json};

const NOTHING_KEPT: [&str; 4] = ["--response-cache", "0", "--record-cache", "0"];
const REVISION: &str = "{ dataset { revision } }";

/// A dataset whose one theme has another name.
fn named(theme: &str) -> Dataset {
    Dataset::minimal().replacing("themes.toml", "Disaster relief", theme)
}

/// Status and text of `/readyz`, which has to come at once.
async fn readiness(service: &Service) -> (StatusCode, String) {
    let began = Instant::now();
    let response = service.client().get(service.at("/readyz")).send().await.unwrap();
    let answer = (response.status(), response.text().await.unwrap());
    assert!(began.elapsed() < Duration::from_secs(1), "it took {:?}", began.elapsed());
    assert_eq!(answer.1.lines().count(), 1, "one plain line: {}", answer.1);
    answer
}

/// Waits until `/readyz` has a status, for as long as may be; its text.
async fn until(service: &Service, status: StatusCode, most: Duration) -> String {
    let began = Instant::now();
    loop {
        let (now, text) = readiness(service).await;
        if now == status {
            return text;
        }
        let log = service.log();
        assert!(began.elapsed() < most, "still {now}: {text}{log}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The name of the theme, as the API and as an export tell it.
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
fn connections_that_fall_silent_are_replaced_within_ten_seconds() {
    const MOST: Duration = Duration::from_secs(10);
    run(async {
        let database = Arc::new(Database::minimal(Backend::Postgres));
        let proxy = Proxy::before(database.port());
        let url = database.url_through(proxy.port());
        let service = Service::start_at(database.clone(), &url, &NOTHING_KEPT);
        until(&service, StatusCode::OK, MOST).await;
        // A connection of each thread.
        futures_util::future::join_all((0..8).map(|_| service.query(REVISION))).await;

        proxy.silence_old();
        let began = Instant::now();
        let asked = futures_util::future::join_all((0..8).map(|_| service.query(REVISION)));
        let (answers, _) = futures_util::future::join(asked, readiness(&service)).await;
        assert!(began.elapsed() < MOST, "the answers took {:?}", began.elapsed());
        assert!(answers.iter().all(|data| data["dataset"]["revision"] == 1), "{answers:?}");

        let dataset = named("Relief 2");
        let import = Adkb::import(&dataset).database(&database);
        tokio::task::spawn_blocking(move || import.run().success()).await.unwrap();
        while service.query(REVISION).await["dataset"]["revision"] != 2 {
            assert!(began.elapsed() < MOST + MOST, "the revision sticks: {}", service.log());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(readiness(&service).await.0, StatusCode::OK);
        let log = service.log();
        assert_eq!(occurrences(&log, "the database does not answer; trying again"), 1, "{log}");
        assert_eq!(occurrences(&log, "the database answers again"), 1, "{log}");
    });
}

#[test]
fn a_silent_database_is_told_at_once_and_once() {
    const MOST: Duration = Duration::from_secs(12);
    run(async {
        let database = Arc::new(Database::minimal(Backend::Postgres));
        let proxy = Proxy::before(database.port());
        let url = database.url_through(proxy.port());
        let service = Service::start_at(database, &url, &NOTHING_KEPT);
        until(&service, StatusCode::OK, MOST).await;
        proxy.silence_all();
        let text = until(&service, StatusCode::SERVICE_UNAVAILABLE, MOST).await;
        assert_eq!(text, "the database does not answer\n");
        let began = Instant::now();
        let errors = service.errors(REVISION).await;
        assert!(began.elapsed() < MOST, "the refusal took {:?}", began.elapsed());
        assert_eq!(errors[0]["extensions"]["code"], "BUSY", "{errors:?}");
        let export = service.client().get(service.at("/export/themes.csv")).send().await.unwrap();
        assert_eq!(export.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(export.headers().contains_key("retry-after"));
        tokio::time::sleep(Duration::from_secs(3)).await;
        proxy.silence_old();
        until(&service, StatusCode::OK, MOST).await;
        service.query(REVISION).await;
        let log = service.log();
        assert_eq!(occurrences(&log, "the database does not answer; trying again"), 1, "{log}");
        assert_eq!(occurrences(&log, "the database answers again"), 1, "{log}");
    });
}

#[test]
fn a_statement_of_an_export_ends_where_its_connection_falls_silent() {
    run(async {
        let database = Database::minimal(Backend::Postgres);
        let proxy = Proxy::before(database.port());
        let url = database.url_through(proxy.port());
        let source = Source::new(&url, Pooler::None, Duration::from_secs(1)).unwrap();
        let store = Store::snapshot(Snapshot::open(&source).await.unwrap());
        assert_eq!(store.newest_version().await.unwrap().revision, 1);
        proxy.silence_old();
        let began = Instant::now();
        let error = store.newest_version().await.unwrap_err();
        assert_eq!(error.kind(), ReadErrorKind::Unavailable);
        assert!(began.elapsed() < Duration::from_secs(5), "it took {:?}", began.elapsed());
    });
}

/// A lock makes the statements of readers wait.
#[test]
fn what_takes_too_long_is_told_from_what_finds_no_connection() {
    const LIMIT: Duration = Duration::from_secs(7);
    run(async {
        let database = Database::minimal(Backend::Postgres);
        let writer = database.connect().await;
        let source = Source::new(&database.url(), Pooler::None, LIMIT).unwrap();
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
        assert_eq!(export, ReadErrorKind::TimedOut, "--statement-timeout holds for exports too");
        assert_eq!(second, ReadErrorKind::Busy);
        lock.rollback().await.unwrap();
        assert_eq!(pooled.newest_version().await.unwrap().revision, 1);
    });
}

#[test]
fn a_file_that_is_gone_is_told_and_is_not_made_again() {
    const MOST: Duration = Duration::from_secs(5);
    run(async {
        let database = Arc::new(Database::minimal(Backend::Sqlite));
        let service = Service::start(database.clone());
        until(&service, StatusCode::OK, MOST).await;
        let (file, aside) = (database.file(), database.file().with_extension("aside"));
        fs::rename(&file, &aside).unwrap();
        let text = until(&service, StatusCode::SERVICE_UNAVAILABLE, MOST).await;
        assert_eq!(text, "the database file is gone\n");
        let export = service.client().get(service.at("/export/themes.csv")).send().await.unwrap();
        assert!(export.status() != StatusCode::INTERNAL_SERVER_ERROR);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(!file.exists(), "an empty file took its place");
        let log = service.log();
        assert_eq!(occurrences(&log, "the database file is gone"), 1, "{log}");
        fs::rename(&aside, &file).unwrap();
        until(&service, StatusCode::OK, MOST).await;
        assert_eq!(theme(&service).await.0, "Disaster relief");
    });
}

/// Both files are at revision 1.
#[test]
fn a_file_that_is_replaced_is_followed_and_nothing_old_is_told_with_it() {
    const MOST: Duration = Duration::from_secs(10);
    run(async {
        let database = Arc::new(Database::minimal(Backend::Sqlite));
        let service = Arc::new(Service::start(database.clone()));
        // What is in the log of the old file must not come into the new one.
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
            // Each answer is of one file, while the service turns from one to the other.
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
        // The new file is a database like any other.
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
fn a_file_that_is_replaced_by_one_of_another_kind_is_told() {
    const MOST: Duration = Duration::from_secs(10);
    run(async {
        let database = Arc::new(Database::minimal(Backend::Sqlite));
        let service = Service::start(database.clone());
        until(&service, StatusCode::OK, MOST).await;
        let other = database.file().with_extension("other");
        fs::write(&other, "Dear Sir or Madam, ".repeat(500)).unwrap();
        fs::rename(&other, database.file()).unwrap();
        let text = until(&service, StatusCode::SERVICE_UNAVAILABLE, MOST).await;
        assert!(text.contains("replaced by one that is not a knowledge base"), "{text}");
        let good = Database::empty(Backend::Sqlite);
        Adkb::import(&named("A good one")).database(&good).run().success();
        fs::rename(good.file(), database.file()).unwrap();
        until(&service, StatusCode::OK, MOST).await;
        assert_eq!(theme(&service).await, ("A good one".to_owned(), "A good one".to_owned()));
    });
}

/// As after a restore from a backup: the database tells an older revision than the service knows.
#[test]
fn a_database_that_was_restored_is_followed() {
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
fn an_address_without_a_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for url in ["sqlite:", "sqlite://", "sqlite::memory:", "sqlite:adkb.db?mode=memory"] {
        for command in [&["serve", "--port", "0"][..], &["import"], &["migrate"]] {
            let run = Adkb::new(command).cwd(folder.path()).env("DATABASE_URL", url).run();
            let line = run.refused();
            assert!(line.contains("write") && line.contains("sqlite:"), "{url}: {line}");
        }
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "a file was left behind");
}

#[test]
fn a_database_of_another_program_is_left_alone() {
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
fn a_database_of_a_newer_version_is_left_alone_and_told() {
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
fn a_full_disk_is_told_with_what_to_do() {
    run(async {
        let database = Database::minimal(Backend::Sqlite);
        let db = database.connect().await;
        // SQLite says the same of a file that may not grow as of a disk that is full.
        db.execute_unprepared("PRAGMA max_page_count = 1").await.unwrap();
        let dataset = migration::dataset::Dataset::embedded().unwrap();
        let options =
            Options { author: "a test".to_owned(), message: "a test".to_owned(), prune: false };
        let error = migration::import::import(&db, &dataset, &options, &Silent).await.unwrap_err();
        assert!(matches!(error, ImportError::DiskFull), "{error:?}");
        let text = error.to_string();
        assert!(text.contains("full") && text.contains("free some space"), "{text}");
        assert!(text.contains("nothing was written"), "{text}");
        let store = Store::new(database.connect().await);
        assert_eq!(store.newest_version().await.unwrap().revision, 1);
    });
}

#[test]
fn the_service_works_through_a_pooler_of_transactions() {
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
        let settings = [&pooled[..], &NOTHING_KEPT, &["--workers", "4"]].concat();
        let service = Service::start_at(database.clone(), &url, &settings);
        // More clients than the pooler has connections, with statements of many kinds.
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
            let asked = (0..40).map(|number| ask(round * 40 + number));
            for data in futures_util::future::join_all(asked).await {
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
fn the_configuration_reports_the_budget_of_memory_that_its_settings_make() {
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

/// Whatever is asked, a connection does not keep it for ever.
#[test]
fn large_filters_leave_no_memory_behind() {
    run(async {
        let service = Service::start_with(Database::minimal(Backend::Sqlite), &NOTHING_KEPT);
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
