//! The history: the identity of content, earlier states, and what changed between them.

use std::path::Path;

use harness::{Adkb, Backend, Database, Dataset, Service, on_both};
use serde_json::{Value, json};

const IDENTITY: &str = "{ dataset { revision version contentHash permalink } }";

/// Every table of the exports.
const TABLES: [&str; 13] = [
    "parties",
    "themes",
    "bodies",
    "memberships",
    "chair-terms",
    "events",
    "documents",
    "provisions",
    "initiatives",
    "work-programmes",
    "contributions",
    "claims",
    "sources",
];

fn import(dataset: &Dataset, database: &Database, arguments: &[&str]) {
    Adkb::import(dataset).with(arguments).database(database).run().success();
}

async fn content_hash(service: &Service) -> String {
    service.query(IDENTITY).await["dataset"]["contentHash"].as_str().unwrap().to_owned()
}

async fn get(service: &Service, path: &str) -> reqwest::Response {
    service.client().get(service.at(path)).send().await.unwrap()
}

async fn text(service: &Service, path: &str) -> String {
    let response = get(service, path).await;
    assert_eq!(response.status(), 200, "{path}");
    response.text().await.unwrap()
}

/// Everything that the service tells of a state: `base` is empty for the newest one.
async fn everything(service: &Service, base: &str) -> Vec<String> {
    const QUERY: &str = "{
        dataset { revision updatedAt version contentHash collectedUntil counts { kind count } }
        revisions { nodes { number author message changes(first: 100) { nodes { action slug before after } } } }
        events(first: 100) { nodes { id slug title updatedAt themes { slug } bodies { slug } parties { role party { code } }
            citations { source { slug } locator } revisions { totalCount } contributions { nodes { slug status } } } }
        search(query: \"meeting relief\") { totalCount edges { score cursor } }
        contributionMatrix(rows: PARTNER, columns: KIND) { total }
    }";
    let url = service.at(&format!("{base}/graphql"));
    let response = service.client().post(url).json(&json!({ "query": QUERY })).send().await;
    let mut all = vec![response.unwrap().text().await.unwrap()];
    assert!(!all[0].contains("errors"), "{}", all[0]);
    for table in TABLES {
        all.push(text(service, &format!("{base}/export/{table}.csv")).await);
    }
    all
}

/// The datasets of a history: records are created, updated, renamed, removed and restored.
fn history() -> Vec<(Dataset, Vec<&'static str>)> {
    let base = || Dataset::minimal();
    let more = |dataset: Dataset| {
        dataset.with(
            "more.toml",
            "[[event]]\nslug = \"retreat-2020\"\ntitle = \"A retreat\"\nkind = \"retreat\"\nbodies = [\"ewg\"]\nstart = \"2020-02\"\nhosts = [\"SG\"]\nco_hosts = [\"AU\"]\nsummary = \"They met again.\"\ncitations = [{ source = \"gazette\" }]\n",
        )
    };
    let renamed = |dataset: Dataset| {
        dataset.replacing(
            "events.toml",
            "slug = \"meeting-2019\"",
            "slug = \"workshop-2019\"\nformer_slugs = [\"meeting-2019\"]",
        )
    };
    vec![
        (base(), vec![]),
        (more(base()), vec![]),
        (more(base()).replacing("themes.toml", "Disaster relief", "Relief"), vec![]),
        (renamed(more(base())), vec![]),
        (renamed(base()), vec!["--prune"]),
        (
            renamed(more(base())).replacing("bodies.toml", "A working group", "Another group"),
            vec![],
        ),
    ]
}

on_both! {
    async fn every_state_is_as_it_was_when_it_was_the_newest(backend: Backend) {
        let service = Service::start(Database::empty(backend));
        let mut seen = Vec::new();
        for (dataset, arguments) in history() {
            import(&dataset, service.database(), &arguments);
            service.catch_up().await;
            let identity = service.query(IDENTITY).await;
            seen.push((identity, everything(&service, "").await));
        }
        // The built-in dataset is revision 1.
        for (identity, newest) in seen.into_iter().rev() {
            let [revision, version, hash] = ["revision", "version", "contentHash"]
                .map(|key| identity["dataset"][key].to_string().trim_matches('"').to_owned());
            for state in [revision, version, hash] {
                assert_eq!(everything(&service, &format!("/at/{state}")).await, newest, "{state}");
            }
        }
    }

    async fn equal_content_has_one_hash_and_other_content_another(backend: Backend) {
        let steps = Service::start(Database::minimal(backend));
        let first = content_hash(&steps).await;
        for (dataset, arguments) in history() {
            import(&dataset, steps.database(), &arguments);
        }
        steps.catch_up().await;
        let (last, _) = history().pop().unwrap();
        let database = Database::empty(Backend::Sqlite);
        import(&last, &database, &[]);
        let once = Service::start(database);
        assert_eq!(content_hash(&steps).await, content_hash(&once).await);
        assert_ne!(content_hash(&steps).await, first);
        let revision = |answer: Value| answer["dataset"]["revision"].clone();
        assert_ne!(revision(steps.query(IDENTITY).await), revision(once.query(IDENTITY).await));
    }

    async fn a_version_names_one_content_for_ever(backend: Backend) {
        let database = Database::minimal(backend);
        let dataset = Dataset::minimal();
        let version = |name: &str| {
            std::fs::read_to_string(dataset.path().join("dataset.toml")).unwrap().lines()
                .map(|line| if line.starts_with("version") { format!("version = \"{name}\"\n") } else { format!("{line}\n") })
                .collect::<String>()
        };
        let fixed = version("2020.1");
        let dataset = dataset.replacing("themes.toml", "Disaster relief", "Relief").with_bytes("dataset.toml", fixed.as_bytes());
        import(&dataset, &database, &[]);
        let other = dataset.replacing("themes.toml", "Relief", "Aid");
        let refused = Adkb::import(&other).database(&database).run();
        assert_eq!(refused.code, Some(1));
        assert_eq!(refused.stderr.lines().last().unwrap(), "error: the version 2020.1 has other content in revision 2: a version names one content for ever, so raise `version` in dataset.toml");
        let service = Service::start(database);
        assert_eq!(service.query(IDENTITY).await["dataset"]["revision"], 2, "nothing was written");
    }

    async fn answers_of_a_state_never_change_and_say_so(backend: Backend) {
        let service = Service::start(Database::minimal(backend));
        let hash = content_hash(&service).await;
        import(&Dataset::minimal().replacing("themes.toml", "Disaster relief", "Relief"), service.database(), &[]);
        service.catch_up().await;
        let query = "graphql?query=%7Bthemes%7Bnodes%7Bname%7D%7D%7D";
        for path in [query, "export/themes.csv?slugs=hadr"] {
            let newest = get(&service, &format!("/{path}")).await;
            let now = content_hash(&service).await;
            assert_eq!(newest.headers()["x-content-hash"], now.as_str(), "{path}");
            assert_eq!(newest.headers()["link"], format!("</at/{now}/{path}>; rel=\"bookmark\"").as_str());
            let old = get(&service, &format!("/at/{hash}/{path}")).await;
            assert_eq!(old.headers()["x-content-hash"], hash.as_str());
            assert_eq!(old.headers()["cache-control"], "public, max-age=31536000, immutable");
            assert_eq!(old.headers()["link"], format!("</{path}>; rel=\"latest-version\"").as_str());
            assert!(old.headers()["memento-datetime"].to_str().unwrap().ends_with("GMT"));
            assert!(old.text().await.unwrap().contains("Disaster relief"), "{path}");
            assert!(newest.text().await.unwrap().contains("Relief"), "{path}");
        }
        let tag = get(&service, &format!("/at/{hash}/{query}")).await.headers()["etag"].clone();
        let again = service.client().get(service.at(&format!("/at/{hash}/{query}"))).header("if-none-match", tag);
        assert_eq!(again.send().await.unwrap().status(), 304);
    }

    async fn the_page_and_the_schema_of_a_state_are_served(backend: Backend) {
        let service = Service::start(Database::minimal(backend));
        for path in ["/at/1", "/at/1/", "/at/1/events/meeting-2019"] {
            let page = service.client().get(service.at(path)).header("accept", "text/html").send().await.unwrap();
            assert_eq!((page.status().as_u16(), &page.headers()["content-type"]), (200, &"text/html; charset=utf-8".parse().unwrap()), "{path}");
        }
        assert!(text(&service, "/at/1/schema.graphql").await.contains("type Query"));
        assert!(text(&service, "/at/1/graphiql").await.contains("<html"));
        assert!(text(&service, "/at/1/export/").await.contains("/at/1/export/events.csv"));
    }

    async fn an_unknown_state_is_404_with_those_that_exist(backend: Backend) {
        let service = Service::start(Database::minimal(backend));
        for state in ["9", "0", "-1", "2019.1", "%20", &"f".repeat(64), "%F0%9F%98%80"] {
            let response = get(&service, &format!("/at/{state}/graphql?query=%7B__typename%7D")).await;
            assert_eq!(response.status(), 404, "{state}");
            assert!(response.text().await.unwrap().contains("The revisions are 1 to 1"), "{state}");
        }
    }

    async fn a_renamed_record_keeps_its_global_id_and_its_former_slugs(backend: Backend) {
        let service = Service::start(Database::minimal(backend));
        let id = service.query("{ event(slug: \"meeting-2019\") { id } }").await["event"]["id"].clone();
        let renamed = |slug: &str, former: &str| Dataset::minimal().replacing(
            "events.toml",
            "slug = \"meeting-2019\"",
            &format!("slug = \"{slug}\"\nformer_slugs = [{former}]"),
        );
        import(&renamed("workshop-2019", "\"meeting-2019\""), service.database(), &[]);
        import(&renamed("seminar-2019", "\"workshop-2019\""), service.database(), &[]);
        service.catch_up().await;
        for slug in ["meeting-2019", "workshop-2019", "seminar-2019"] {
            let found = service.query(&format!("{{
                event(slug: \"{slug}\") {{ id slug }}
                events(filter: {{ slugs: [\"{slug}\"] }}) {{ totalCount }}
                contributions(filter: {{ events: [\"{slug}\"] }}) {{ totalCount }}
            }}")).await;
            assert_eq!(found["event"], json!({ "id": id, "slug": "seminar-2019" }), "{slug}");
            assert_eq!(found["events"]["totalCount"], 1, "{slug}");
            assert_eq!(found["contributions"]["totalCount"], 1, "{slug}");
            let csv = text(&service, &format!("/export/events.csv?slugs={slug}")).await;
            assert!(csv.contains("seminar-2019"), "{csv}");
        }
        let node = service.query_with("query($id: ID!) { node(id: $id) { ... on Event { slug } } }", json!({ "id": id })).await;
        assert_eq!(node["node"]["slug"], "seminar-2019");
    }

    async fn the_differences_of_two_states_are_told_field_by_field(backend: Backend) {
        let service = Service::start(Database::minimal(backend));
        for (dataset, arguments) in history() {
            import(&dataset, service.database(), &arguments);
        }
        service.catch_up().await;
        let changes = async |from: &str, to: &str| {
            let query = format!(
                "{{ changes(from: \"{from}\", to: \"{to}\") {{
                    created updated removed from {{ number }} to {{ number }}
                    records {{ totalCount nodes {{ slug kind action fields {{ field before after }} }} }}
                }} }}"
            );
            service.query(&query).await
        };
        let relief = changes("2", "3").await["changes"].clone();
        assert_eq!(relief["records"]["nodes"], json!([{ "slug": "hadr", "kind": "THEME", "action": "UPDATED",
            "fields": [{ "field": "name", "before": "Disaster relief", "after": "Relief" }] }]));
        assert_eq!((&relief["updated"], &relief["records"]["totalCount"]), (&json!(1), &json!(1)));
        // Created and removed again, and renamed there and back: no difference.
        let none = changes("2", "2").await["changes"].clone();
        assert_eq!((&none["records"]["totalCount"], &none["records"]["nodes"]), (&json!(0), &json!([])));
        let removed = changes("4", "5").await["changes"].clone();
        assert_eq!(removed["removed"], 2, "the retreat and its derived contribution: {removed}");
        let theirs = service.query("{ changes(from: \"1\", kinds: [EVENT]) { records(first: 1) { totalCount nodes { slug } pageInfo { hasNextPage endCursor } } } }").await;
        let records = &theirs["changes"]["records"];
        assert_eq!((records["totalCount"].clone(), records["nodes"][0]["slug"].clone()), (json!(2), json!("retreat-2020")));
        let rest = service.query("{ changes(from: \"1\", kinds: [EVENT]) { records(last: 1, after: \"retreat-2020\") { nodes { slug } } } }").await;
        assert_eq!(rest["changes"]["records"]["nodes"], json!([{ "slug": "workshop-2019" }]));
        for (arguments, message) in [
            ("from: \"4\", to: \"3\"", "`from` is a later state than `to`: swap them"),
            ("from: \"x\"", "`from` names the state `x`, which is not in the history: name a revision by its number, a version of the dataset or a content hash; `revisions` lists them"),
        ] {
            let errors = service.errors(&format!("{{ changes({arguments}) {{ created }} }}")).await;
            assert_eq!(errors[0]["message"], message);
            assert_eq!(errors[0]["extensions"]["code"], "BAD_USER_INPUT");
        }
    }

    async fn the_hash_is_that_of_the_canonical_records(backend: Backend) {
        use sha2::{Digest, Sha256};
        let service = Service::start(Database::filled(backend));
        let response = get(&service, "/export/records.ndjson").await;
        assert_eq!(response.headers()["content-type"], "application/x-ndjson");
        let canonical = response.bytes().await.unwrap();
        let hash: String = Sha256::digest(&canonical).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hash, content_hash(&service).await);
        let text = String::from_utf8(canonical.to_vec()).unwrap();
        assert_eq!(text.lines().next().unwrap(), "{\"collected_until\":\"2026-02\"}");
        let counts = service.query("{ dataset { counts { count } } }").await;
        let records: i64 = counts["dataset"]["counts"].as_array().unwrap().iter().map(|count| count["count"].as_i64().unwrap()).sum();
        assert_eq!(text.lines().count() as i64, records + 1);
    }

    async fn the_differences_of_two_states_can_be_downloaded(backend: Backend) {
        let service = Service::start(Database::minimal(backend));
        for (dataset, arguments) in history() {
            import(&dataset, service.database(), &arguments);
        }
        service.catch_up().await;
        assert_eq!(
            text(&service, "/export/changes.csv?from=2&to=3").await,
            "kind,slug,action,field,before,after\r\nTHEME,hadr,UPDATED,name,Disaster relief,Relief\r\n"
        );
        let all: Value = serde_json::from_str(&text(&service, "/export/changes.json?from=1").await).unwrap();
        let created = json!({ "kind": "EVENT", "slug": "retreat-2020", "action": "CREATED", "field": "bodies", "before": null, "after": ["ewg"] });
        assert!(all.as_array().unwrap().contains(&created), "{all}");
        for (parameters, message) in [
            ("", "the differences of two states need `from`"),
            ("?from=1&until=2", "the differences of two states need `from`"),
            ("?from=x", "there is no state `x`"),
            ("?from=3&to=2", "`from` is a later state than `to`"),
        ] {
            let response = get(&service, &format!("/export/changes.csv{parameters}")).await;
            assert_eq!(response.status(), 400, "{parameters}");
            let body = response.text().await.unwrap();
            assert!(body.starts_with(message), "{parameters}: {body}");
        }
    }

    async fn the_feed_has_the_newest_revisions_with_their_records(backend: Backend) {
        let database = Database::minimal(backend);
        let changed = Dataset::minimal().replacing("themes.toml", "Disaster relief", "Relief");
        import(&changed, &database, &["--author", "Ann & Bob", "--message", "<better> words"]);
        let service = Service::start_with(database, &["--public-url", "https://adkb.example/"]);
        let response = get(&service, "/feed.atom").await;
        assert_eq!(response.headers()["content-type"], "application/atom+xml; charset=utf-8");
        let feed = response.text().await.unwrap();
        for part in [
            "<feed xmlns=\"http://www.w3.org/2005/Atom\">",
            "<id>https://adkb.example/feed.atom</id>",
            "<link rel=\"self\" href=\"https://adkb.example/feed.atom\"/>",
            "<title>&lt;better&gt; words</title>",
            "<name>Ann &amp; Bob</name>",
            "<id>https://adkb.example/at/2/</id>",
            "updated theme hadr",
            "<id>https://adkb.example/at/1/</id>",
        ] {
            assert!(feed.contains(part), "{part}\n{feed}");
        }
        let permalink = service.query(IDENTITY).await["dataset"]["permalink"].clone();
        assert_eq!(permalink, format!("https://adkb.example/at/{}", changed.version()));
        let cited = service.query("{ dataset { cite(style: APA) } event(slug: \"meeting-2019\") { cite(style: APA) } party(code: \"AU\") { cite(style: BIBTEX) } compareContributions(partners: [\"AU\"]) { cite(style: CHICAGO) } }").await;
        let address = permalink.as_str().unwrap();
        for (reference, path) in [
            (&cited["dataset"]["cite"], "/"),
            (&cited["event"]["cite"], "/event/meeting-2019"),
            (&cited["party"]["cite"], "/party/AU"),
            (&cited["compareContributions"]["cite"], "/?partners=AU&filter="),
        ] {
            let reference = reference.as_str().unwrap();
            assert!(reference.contains(&format!("{address}{path}")), "{reference}");
        }
    }

    async fn two_databases_with_other_content_have_other_entity_tags(backend: Backend) {
        let other = Database::empty(backend);
        import(&Dataset::minimal().replacing("themes.toml", "Disaster relief", "Relief"), &other, &[]);
        let (one, other) = (Service::start(Database::minimal(backend)), Service::start(other));
        for path in ["/graphql?query=%7Bthemes%7Bnodes%7Bname%7D%7D%7D", "/export/themes.csv", "/export/datapackage.json"] {
            let tag = get(&one, path).await.headers()["etag"].clone();
            let response = other.client().get(other.at(path)).header("if-none-match", tag).send().await.unwrap();
            assert_eq!(response.status(), 200, "{path}");
        }
    }

    async fn a_preview_shows_what_an_import_changes_and_writes_nothing(backend: Backend) {
        let database = Database::minimal(backend);
        let changed = Dataset::minimal().replacing("themes.toml", "Disaster relief", "Relief").without("events.toml");
        let folder = changed.path().to_str().unwrap();
        let preview = Adkb::new(["diff", folder, "--prune"]).database(&database).run().success();
        for line in [
            "updated  theme hadr",
            "    name: \"Disaster relief\" → \"Relief\"",
            "removed  event meeting-2019",
            "an import would create 0 records, update 1 and remove 2; 8 are unchanged",
        ] {
            assert!(preview.stdout.contains(line), "{line}\n{}", preview.stdout);
        }
        let service = Service::start(database);
        assert_eq!(service.query(IDENTITY).await["dataset"]["revision"], 1);
    }

    async fn an_exported_dataset_is_the_same_content(backend: Backend) {
        let database = Database::filled(backend);
        let folder = harness::temporary();
        let target = folder.path().join("dataset");
        let target = target.to_str().unwrap();
        Adkb::new(["export", target]).database(&database).run().success();
        let again = Adkb::new(["import", target, "--prune"]).database(&database).run().success();
        assert!(again.stdout.starts_with("nothing changed"), "{}", again.stdout);
        let fresh = Database::empty(backend);
        Adkb::new(["import", target]).database(&fresh).run().success();
        let (one, other) = (Service::start(database), Service::start(fresh));
        assert_eq!(content_hash(&one).await, content_hash(&other).await);
        let occupied = Adkb::new(["export", target]).database(one.database()).run();
        assert_eq!(occupied.code, Some(1));
        assert!(occupied.stderr.contains("it is not empty"), "{}", occupied.stderr);
    }

    async fn the_data_of_a_newer_program_are_taken_when_asked_for(backend: Backend) {
        let database = std::sync::Arc::new(Database::minimal(backend));
        let service = Service::start(database.clone());
        assert!(service.log().contains("--import embedded takes it at the start"), "{}", service.log());
        drop(service);
        let service = Service::start_with(database, &["--import", "embedded"]);
        let dataset = service.query(IDENTITY).await["dataset"].clone();
        assert_eq!((&dataset["revision"], &dataset["version"]), (&json!(2), &json!("2026.11.30")));
        let own = service.query("{ event(slug: \"meeting-2019\") { slug } }").await;
        assert_eq!(own["event"]["slug"], "meeting-2019", "a curator's own record stays");
        assert!(!service.log().contains("takes it at the start"), "{}", service.log());
    }
}

#[test]
fn a_preview_of_no_database_creates_none() {
    let folder = harness::temporary();
    let file = folder.path().join("none.db");
    let preview =
        Adkb::new(["diff"]).env("DATABASE_URL", format!("sqlite:{}", file.display())).run();
    assert_eq!(preview.code, Some(1));
    assert!(preview.stderr.starts_with("error: there is no database"), "{}", preview.stderr);
    assert!(!Path::new(&file).exists());
}
