//! Imports: what they change in the database and what they leave unchanged.

use std::sync::Arc;

use harness::{Adkb, Backend, Database, Dataset, Service, number, on_both, texts};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use serde_json::{Value, json};

const RENAMED: (&str, &str, &str) =
    ("events.toml", "\"meeting-2019\"", "\"workshop-2019\"\nformer_slugs = [\"meeting-2019\"]");

fn import(database: &Database, dataset: &Dataset) -> String {
    Adkb::import(dataset).database(database).run().success().stdout
}

fn renamed() -> Dataset {
    let (file, old, new) = RENAMED;
    Dataset::minimal().replacing(file, old, new)
}

async fn rows(db: &DatabaseConnection, sql: &str) -> Vec<String> {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let rows = db.query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

/// Every row of every table.
async fn content(database: &Database) -> Vec<String> {
    let db = database.connect().await;
    let backend = db.get_database_backend();
    let tables = match backend {
        DbBackend::Postgres => {
            "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1"
        }
        _ => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY 1"
        }
    };
    let mut content = Vec::new();
    for table in rows(&db, tables).await {
        let select = match backend {
            DbBackend::Postgres => {
                format!(r#"SELECT row_to_json(t)::text FROM "{table}" t ORDER BY 1"#)
            }
            _ => {
                let columns =
                    rows(&db, &format!("SELECT name FROM pragma_table_info('{table}')")).await;
                let quoted: Vec<String> =
                    columns.iter().map(|column| format!(r#"quote("{column}")"#)).collect();
                format!(r#"SELECT {} FROM "{table}" ORDER BY 1"#, quoted.join(" || ',' || "))
            }
        };
        content.push(format!("# {table}"));
        content.extend(rows(&db, &select).await);
    }
    assert!(content.len() > 26, "the tables were not found");
    content
}

on_both! {
    async fn importing_the_same_dataset_again_changes_nothing_and_creates_no_revision(
        database: Database
    ) {
        let before = content(&database).await;
        let output = Adkb::new(["import"]).database(&database).run().success();
        assert!(output.stdout.starts_with("nothing changed"), "{}", output.stdout);
        assert!(before == content(&database).await, "the database has changed");
    }

    async fn an_import_reports_what_it_did(backend: Backend) {
        let database = Database::empty(backend);
        assert_eq!(
            import(&database, &Dataset::minimal()),
            "revision 1: 11 records created, 0 updated, 0 removed, 0 unchanged\n",
        );
    }

    async fn one_changed_record_creates_one_revision_with_its_values_before_and_after(backend: Backend) {
        let service = Service::start(Database::minimal(backend));
        let changed = Dataset::minimal().replacing("themes.toml", "Disaster relief", "Relief");
        import(service.database(), &changed);
        service.catch_up().await;
        let data = service
            .query("{ revisions { totalCount nodes { number author message changes { totalCount nodes {
                action kind slug before after record { ... on Theme { name } }
            } } } } }")
            .await;
        assert_eq!(data["revisions"]["totalCount"], 2);
        let newest = &data["revisions"]["nodes"][0];
        assert_eq!(newest["number"], 2);
        assert_eq!(newest["message"], format!("A small dataset {}", changed.version()));
        assert_eq!(newest["changes"]["totalCount"], 1);
        let change = &newest["changes"]["nodes"][0];
        assert_eq!(change["action"], "UPDATED");
        assert_eq!(change["kind"], "THEME");
        assert_eq!(change["slug"], "hadr");
        assert_eq!(change["record"]["name"], "Relief");
        assert_eq!(change["before"]["name"], "Disaster relief");
        assert_eq!(change["after"]["name"], "Relief");
        assert_eq!(change["before"]["summary"], change["after"]["summary"]);
    }

    async fn a_revision_keeps_its_author_and_message(backend: Backend) {
        let database = Database::empty(backend);
        let dataset = Dataset::minimal();
        let version = dataset.version();
        Adkb::import(&dataset)
            .with(["--author", "Ann", "--message", "first light"])
            .database(&database)
            .run()
            .success();
        let data = Service::start(database)
            .query("{ revisions { nodes { author message datasetVersion } } }")
            .await;
        assert_eq!(data["revisions"]["nodes"], json!([
            { "author": "Ann", "message": "first light", "datasetVersion": version }
        ]));
    }

    async fn a_running_service_shows_every_kind_of_change(backend: Backend) {
        let service = Service::start(Database::minimal(backend));
        let changed = Dataset::minimal()
            .replacing("events.toml", "themes = [\"hadr\"]", "themes = [\"hadr\", \"cbr\"]")
            .replacing("events.toml", "hosts = [\"AU\"]", "hosts = [\"SG\"]\ncity = \"Singapore\"")
            .replacing("events.toml", ", locator = \"p. 1\"", "")
            .with("themes.toml", "[[theme]]\nslug = \"cbr\"\nname = \"CBR\"\nsummary = \"Agents.\"\n");
        import(service.database(), &changed);
        service.catch_up().await;
        let data = service
            .query(r#"{ event(slug: "meeting-2019") {
                city hosts { code } themes { slug } citations { locator source { slug } }
                revisions { nodes { number } }
            } }"#)
            .await;
        assert_eq!(data["event"], json!({
            "city": "Singapore",
            "hosts": [{ "code": "SG" }],
            "themes": [{ "slug": "hadr" }, { "slug": "cbr" }],
            "citations": [{ "locator": null, "source": { "slug": "gazette" } }],
            "revisions": { "nodes": [{ "number": 2 }, { "number": 1 }] },
        }));
    }

    async fn importing_an_invalid_dataset_leaves_the_database_unchanged(database: Database) {
        let before = content(&database).await;
        let dataset = Dataset::minimal().replacing("events.toml", "2019-03-11", "2013-13");
        let output = Adkb::import(&dataset).database(&database).run();
        assert_eq!(output.code, Some(1));
        assert!(output.stderr.contains("nothing was written"), "{}", output.stderr);
        assert!(before == content(&database).await, "the database has changed");
    }

    /// The database rejects the last rows that the import writes.
    async fn an_import_that_fails_at_the_end_leaves_the_database_unchanged(database: Database) {
        let db = database.connect().await;
        let obstacle = match db.get_database_backend() {
            DbBackend::Postgres => "ALTER TABLE change ADD CHECK (revision_id < 2)",
            _ => "CREATE TRIGGER obstacle BEFORE INSERT ON change BEGIN SELECT RAISE(ABORT, 'no'); END",
        };
        db.execute_unprepared(obstacle).await.unwrap();
        let before = content(&database).await;
        Adkb::import(&Dataset::minimal()).with(["--prune"]).database(&database).run().failed();
        assert!(before == content(&database).await, "the database has changed");
    }

    async fn a_slug_cannot_change_its_kind(backend: Backend) {
        let service = Service::start(Database::minimal(backend));
        let dataset = Dataset::minimal()
            .replacing("themes.toml", "\"hadr\"", "\"meeting-2019\"")
            .replacing("events.toml", "slug = \"meeting-2019\"", "slug = \"meeting\"")
            .replacing("events.toml", "[\"hadr\"]", "[\"meeting-2019\"]");
        let bodies = std::fs::read_to_string(dataset.path().join("bodies.toml")).unwrap();
        let dataset = dataset.with_bytes("bodies.toml", bodies.replace("hadr", "meeting-2019").as_bytes());
        let before = content(service.database()).await;
        let line = Adkb::import(&dataset).database(service.database()).run().refused();
        assert!(line.contains("`meeting-2019` is of the kind event in the database and theme"), "{line}");
        assert!(before == content(service.database()).await, "the database has changed");
    }

    async fn after_a_rename_the_former_slug_still_finds_the_event(backend: Backend) {
        let service = Service::start(Database::minimal(backend));
        let id = |data: &Value| data["event"]["id"].clone();
        let old_id = id(&service.query(r#"{ event(slug: "meeting-2019") { id } }"#).await);
        import(service.database(), &renamed());
        service.catch_up().await;
        for slug in ["meeting-2019", "workshop-2019"] {
            let data = service
                .query(&format!(r#"{{ event(slug: "{slug}") {{ slug revisions {{ totalCount }} }} }}"#))
                .await;
            let expected = json!({ "slug": "workshop-2019", "revisions": { "totalCount": 2 } });
            assert_eq!(data["event"], expected);
        }
        let data = service
            .query_with("query($id: ID!) { node(id: $id) { ... on Event { slug } } }", json!({ "id": old_id }))
            .await;
        assert_eq!(data["node"]["slug"], "workshop-2019", "the old id still works");
        let events = service.query("{ events { nodes { slug } } }").await;
        assert_eq!(texts(&events["events"]["nodes"], "/slug"), ["workshop-2019"]);
    }

    async fn a_former_slug_cannot_be_reused(backend: Backend) {
        let service = Service::start(Database::minimal(backend));
        import(service.database(), &renamed());
        service.catch_up().await;
        let dataset = Dataset::minimal()
            .replacing("events.toml", "\"meeting-2019\"", "\"workshop-2019\"")
            .replacing("themes.toml", "[[theme]]", "[[theme]]\nslug = \"meeting-2019\"\nname = \"M\"\nsummary = \"M.\"\n\n[[theme]]");
        let line = Adkb::import(&dataset).database(service.database()).run().refused();
        assert!(line.contains("`meeting-2019` was a slug of `workshop-2019` before"), "{line}");
    }

    /// The slug of the derived contribution contains the slug of the event.
    async fn a_renamed_event_still_has_one_hosting_contribution(backend: Backend) {
        let service = Service::start(Database::minimal(backend));
        import(service.database(), &renamed());
        service.catch_up().await;
        let data = service
            .query(r#"{ contributions(filter: {kinds: [HOSTING]}) { nodes { event { slug } } } }"#)
            .await;
        assert_eq!(texts(&data["contributions"]["nodes"], "/event/slug"), ["workshop-2019"]);
    }

    /// Derived records follow their source records, even without `--prune`.
    async fn correcting_a_host_removes_its_derived_contribution(backend: Backend) {
        let service = Service::start(Database::minimal(backend));
        let corrected = Dataset::minimal().replacing("events.toml", "[\"AU\"]", "[\"SG\"]");
        import(service.database(), &corrected);
        service.catch_up().await;
        let data = service.query("{ contributions { totalCount } }").await;
        assert_eq!(number(&data["contributions"]["totalCount"]), 0);
    }

    async fn a_hosting_contribution_recorded_later_replaces_the_derived_one(backend: Backend) {
        let service = Service::start(Database::minimal(backend));
        let recorded = Dataset::minimal().with(
            "contributions.toml",
            r#"[[contribution]]
slug = "au-hosting"
title = "Hosting of the meeting, with a grant"
kind = "hosting"
partner = "AU"
event = "meeting-2019"
themes = ["hadr"]
summary = "It hosted."
citations = [{ source = "gazette" }]
"#,
        );
        import(service.database(), &recorded);
        service.catch_up().await;
        let data = service.query("{ contributions { nodes { slug derived } } }").await;
        let expected = json!([{ "slug": "au-hosting", "derived": false }]);
        assert_eq!(data["contributions"]["nodes"], expected);
    }

    async fn records_missing_from_the_dataset_stay_until_they_are_pruned(backend: Backend) {
        let service = Service::start(Database::minimal(backend));
        let less = Dataset::minimal().without("events.toml");
        let output = import(service.database(), &less);
        service.catch_up().await;
        assert!(output.contains("--prune removes them"), "{output}");
        let query = r#"{ event(slug: "meeting-2019") { slug } events { totalCount } dataset { revision } }"#;
        let data = service.query(query).await;
        assert_eq!(data["event"]["slug"], "meeting-2019");
        assert_eq!(data["dataset"]["revision"], 1);

        Adkb::import(&less).with(["--prune"]).database(service.database()).run().success();
        service.catch_up().await;
        let data = service.query(query).await;
        assert_eq!(data, json!({
            "event": null, "events": { "totalCount": 0 }, "dataset": { "revision": 2 },
        }));
    }

    async fn a_pruned_record_keeps_its_history_and_can_be_restored(backend: Backend) {
        let service = Service::start(Database::minimal(backend));
        let less = Dataset::minimal().without("events.toml");
        Adkb::import(&less).with(["--prune"]).database(service.database()).run().success();
        service.catch_up().await;
        let data = service
            .query("{ revisions(first: 1) { nodes { changes(filter: {kinds: [EVENT]}) { nodes {
                action slug record { id } before after
            } } } } }")
            .await;
        let change = &data["revisions"]["nodes"][0]["changes"]["nodes"][0];
        assert_eq!(change["action"], "REMOVED");
        assert_eq!(change["slug"], "meeting-2019");
        assert_eq!(change["record"], Value::Null);
        assert_eq!(change["before"]["title"], "A meeting");
        assert_eq!(change["after"], Value::Null);

        import(service.database(), &Dataset::minimal());
        service.catch_up().await;
        let data = service
            .query(r#"{ event(slug: "meeting-2019") { title revisions { nodes { number } } } }"#)
            .await;
        assert_eq!(data["event"], json!({
            "title": "A meeting", "revisions": { "nodes": [{ "number": 3 }, { "number": 2 }, { "number": 1 }] },
        }));
    }

    async fn two_concurrent_imports_create_one_revision(backend: Backend) {
        let database = Database::empty(backend);
        std::thread::scope(|scope| {
            let imports = [0, 1].map(|_| scope.spawn(|| import(&database, &Dataset::minimal())));
            let mut output = imports.map(|import| import.join().unwrap());
            output.sort();
            assert!(output[0].starts_with("nothing changed"), "{output:?}");
            assert!(output[1].starts_with("revision 1: 11 records created"), "{output:?}");
        });
    }

    async fn two_services_that_start_on_one_empty_database_import_once(backend: Backend) {
        let database = Arc::new(Database::empty(backend));
        let services = std::thread::scope(|scope| {
            let starts = [0, 1].map(|_| scope.spawn(|| Service::start(database.clone())));
            starts.map(|start| start.join().unwrap())
        });
        for service in services {
            let data = service.query("{ revisions { totalCount } events { totalCount } }").await;
            let expected = json!({ "revisions": { "totalCount": 1 }, "events": { "totalCount": 491 } });
            assert_eq!(data, expected);
        }
    }

    async fn a_running_service_shows_an_import(backend: Backend) {
        let service = Service::start(Database::minimal(backend));
        let query = "{ dataset { revision } themes { nodes { name } } }";
        assert_eq!(service.query(query).await["dataset"]["revision"], 1);
        let changed = Dataset::minimal().replacing("themes.toml", "Disaster relief", "Relief");
        import(service.database(), &changed);
        service.catch_up().await;
        assert_eq!(service.query(query).await, json!({
            "dataset": { "revision": 2 }, "themes": { "nodes": [{ "name": "Relief" }] },
        }));
    }

    async fn without_a_terminal_progress_is_printed_as_plain_lines(backend: Backend) {
        let output = Adkb::new(["import"]).database(&Database::empty(backend)).run().success();
        let lines: Vec<&str> = output.stderr.lines().collect();
        assert_eq!(lines.len(), 5, "{}", output.stderr);
        assert!(lines[0].starts_with("importing ") && lines[4].starts_with("imported "));
        assert!(!output.stderr.contains(['\r', '\x1b']), "{:?}", output.stderr);
    }
}
