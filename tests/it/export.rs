//! The exports: tables as CSV, JSON and NDJSON, the whole database as a SQLite file, the index and
//! the data package.

mod workbook;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use ::adkb::{
    config::Pooler,
    store::{Store, database::ReadDatabase, dataset, snapshot::Snapshot},
};
use harness::{Adkb, Backend, Database, Dataset, Output, Service, number, on_both, texts};
use reqwest::{Method, Response, StatusCode, Url};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement, TransactionTrait};
use serde_json::{Value, json};

/// The tables, each with the connection of the API that has the same rows.
const LISTS: [(&str, &str); 14] = [
    ("parties", "parties"),
    ("themes", "themes"),
    ("bodies", "bodies"),
    ("memberships", "memberships"),
    ("chair-terms", "chairTerms"),
    ("events", "events"),
    ("documents", "documents"),
    ("provisions", "provisions"),
    ("initiatives", "initiatives"),
    ("work-programmes", "workProgrammes"),
    ("contributions", "contributions"),
    ("claims", "claims"),
    ("sources", "sources"),
    ("revisions", "revisions"),
];

async fn once(service: &Service, path: &str) -> Response {
    service.client().get(service.at(path)).send().await.unwrap()
}

/// The response, once an export slot is free: other tests request exports of the same service.
async fn get(service: &Service, path: &str) -> Response {
    for _ in 0..600 {
        let response = once(service, path).await;
        if response.status() != StatusCode::SERVICE_UNAVAILABLE {
            return response;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("no free export slot for {path}");
}

async fn text(service: &Service, path: &str) -> String {
    let response = get(service, path).await;
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    response.text().await.unwrap()
}

/// The rows of a table's JSON export.
async fn rows(service: &Service, table: &str, parameters: &[(&str, &str)]) -> Vec<Value> {
    let address = service.at(&format!("/export/{table}.json"));
    let address = Url::parse_with_params(&address, parameters).unwrap();
    let path = address.as_str().strip_prefix(&service.at("")).unwrap();
    let response = get(service, path).await;
    assert_eq!(response.status(), StatusCode::OK, "{table} {parameters:?}");
    response.json().await.unwrap()
}

/// The header and the rows of a table's CSV export.
async fn csv(service: &Service, table: &str) -> (Vec<String>, Vec<BTreeMap<String, String>>) {
    let text = text(service, &format!("/export/{table}.csv")).await;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let rows = reader.deserialize().map(|row| row.unwrap()).collect();
    (header, rows)
}

/// The CSV cell of a JSON value, as documented.
fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => return String::new(),
        Value::String(text) => text.clone(),
        Value::Array(entries) => {
            let entry = |entry: &Value| {
                entry.as_str().unwrap_or_default().replace('\\', "\\\\").replace('|', "\\|")
            };
            entries.iter().map(entry).collect::<Vec<_>>().join("|")
        }
        other => return other.to_string(),
    };
    let plain_number = text.parse::<f64>().is_ok_and(f64::is_finite);
    match text.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r') if !plain_number => format!("'{text}"),
        _ => text,
    }
}

fn sql(db: &DatabaseConnection, text: &str) -> Statement {
    Statement::from_string(db.get_database_backend(), text)
}

/// The message of an error response. Asserts that it is one line without implementation details.
async fn error_message(response: Response, status: StatusCode) -> String {
    let address = response.url().to_string();
    assert_eq!(response.status(), status, "{address}");
    assert_eq!(response.headers()["content-type"], "text/plain; charset=utf-8");
    let text = response.text().await.unwrap();
    for internal in ["SELECT", "sqlx", "panicked", ".rs", "/tmp", "DbErr", "sea_orm"] {
        assert!(!text.contains(internal), "the message contains `{internal}`: {text}");
    }
    assert_eq!(text.lines().count(), 1, "{text}");
    text
}

on_both! {
    async fn every_table_has_every_record_in_every_format(service: &'static Service) {
        for (table, list) in LISTS {
            let data = service.query(&format!("{{ {list} {{ totalCount }} }}")).await;
            let expected = number(&data[list]["totalCount"]) as usize;
            assert_eq!(csv(service, table).await.1.len(), expected, "{table}.csv");
            assert_eq!(rows(service, table, &[]).await.len(), expected, "{table}.json");
            let lines = text(service, &format!("/export/{table}.ndjson")).await;
            assert_eq!(lines.lines().count(), expected, "{table}.ndjson");
        }
    }

    async fn citations_and_work_areas_are_separate_tables(service: &'static Service) {
        let sources = service.all("sources", "", "slug citations { totalCount }").await;
        let expected: i64 =
            sources.iter().map(|source| number(&source["citations"]["totalCount"])).sum();
        let citations = rows(service, "citations", &[]).await;
        assert_eq!(citations.len() as i64, expected);
        assert!(expected > 500, "more than one page");

        let programmes = service.all("workProgrammes", "", "slug areas { name }").await;
        let named = |programme: &Value| {
            let slug = programme["slug"].clone();
            let areas = programme["areas"].as_array().unwrap().clone();
            areas.into_iter().map(move |area| (slug.to_string(), area["name"].to_string()))
        };
        let expected: BTreeSet<_> = programmes.iter().flat_map(named).collect();
        let areas = rows(service, "work-areas", &[]).await;
        let got: BTreeSet<_> = areas
            .iter()
            .map(|area| (area["programme"].to_string(), area["name"].to_string()))
            .collect();
        assert_eq!(got, expected);
    }

    async fn the_three_formats_have_the_same_values(service: &'static Service) {
        for table in LISTS.map(|(table, _)| table).into_iter().chain(["citations", "work-areas"]) {
            let json = rows(service, table, &[]).await;
            let ndjson = text(service, &format!("/export/{table}.ndjson")).await;
            let lines: Vec<Value> =
                ndjson.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            assert_eq!(lines, json, "{table}");
            let (header, records) = csv(service, table).await;
            let first = ndjson.lines().next().unwrap();
            let places = header.iter().map(|name| first.find(&format!("\"{name}\":")).unwrap());
            assert!(places.is_sorted(), "keys in the order of the columns: {first}");
            assert_eq!(records.len(), json.len(), "{table}");
            for (record, row) in records.iter().zip(&json) {
                for name in &header {
                    assert_eq!(record[name], cell(&row[name]), "{name} of {row}");
                }
            }
        }
    }

    async fn a_row_has_the_same_values_as_the_api(service: &'static Service) {
        let slug = |value: &Value| value["slug"].clone();
        let all = |list: &Value, key: &str| -> Value {
            list.as_array().unwrap().iter().map(|entry| entry[key].clone()).collect()
        };
        let cited = |row: &Value, node: &Value| {
            let citations = node["citations"].as_array().unwrap();
            assert_eq!(
                row["sources"],
                citations.iter().map(|citation| slug(&citation["source"])).collect::<Value>()
            );
            assert_eq!(row["locators"], all(&node["citations"], "locator"));
            assert_eq!(row["updated_at"], node["updatedAt"]);
            assert_eq!(row["note"], node["note"]);
        };
        let record = "slug note updatedAt citations { locator source { slug } }";

        let selection = format!(
            "{record} title kind start end city format planned summary confidence ordinal
             participantCount body {{ slug }} country {{ code }} themes {{ slug }} hosts {{ code }}
             coHosts {{ code }} chairs {{ code }} coChairs {{ code }} participants {{ code }}
             observers {{ code }}"
        );
        let nodes = service.all("events", ", orderBy: {field: SLUG}", &selection).await;
        let events = rows(service, "events", &[]).await;
        assert_eq!(events.len(), nodes.len());
        for (row, node) in events.iter().zip(&nodes) {
            cited(row, node);
            for field in
                ["slug", "title", "kind", "start", "end", "city", "format", "planned", "summary",
                 "confidence", "ordinal"]
            {
                assert_eq!(row[field], node[field], "{field} of {row}");
            }
            assert_eq!(row["participant_count"], node["participantCount"]);
            assert_eq!(row["body"], slug(&node["body"]));
            assert_eq!(row["country"], node["country"]["code"]);
            assert_eq!(row["themes"], all(&node["themes"], "slug"));
            for (column, field) in [
                ("hosts", "hosts"), ("co_hosts", "coHosts"), ("chairs", "chairs"),
                ("co_chairs", "coChairs"), ("participants", "participants"),
                ("observers", "observers"),
            ] {
                assert_eq!(row[column], all(&node[field], "code"), "{column} of {row}");
            }
            assert_eq!(row["revision"], 1);
        }

        let selection = format!(
            "{record} title kind start end derived summary confidence partner {{ code }}
             amount {{ value currency }} beneficiaries {{ code }} themes {{ slug }}
             event {{ slug }} body {{ slug }} initiative {{ slug }} chairTerm {{ slug }}
             workArea {{ name programme {{ slug }} }}"
        );
        let nodes = service.all("contributions", ", orderBy: {field: SLUG}", &selection).await;
        for (row, node) in rows(service, "contributions", &[]).await.iter().zip(&nodes) {
            cited(row, node);
            for field in ["slug", "title", "kind", "start", "end", "derived", "summary", "confidence"] {
                assert_eq!(row[field], node[field], "{field} of {row}");
            }
            assert_eq!(row["partner"], node["partner"]["code"]);
            assert_eq!(row["amount_value"], node["amount"]["value"]);
            assert_eq!(row["amount_currency"], node["amount"]["currency"]);
            assert_eq!(row["beneficiaries"], all(&node["beneficiaries"], "code"));
            for field in ["event", "body", "initiative"] {
                assert_eq!(row[field], slug(&node[field]), "{field} of {row}");
            }
            assert_eq!(row["chair_term"], slug(&node["chairTerm"]));
            assert_eq!(row["work_area"], node["workArea"]["name"]);
            assert_eq!(row["work_programme"], slug(&node["workArea"]["programme"]));
        }

        let selection = format!(
            "{record} document {{ slug }} mechanisms {{ slug }} instruments {{ slug }} position path"
        );
        let nodes = service.all("provisions", ", orderBy: {field: SLUG}", &selection).await;
        for (row, node) in rows(service, "provisions", &[]).await.iter().zip(&nodes) {
            cited(row, node);
            assert_eq!(row["document"], slug(&node["document"]));
            assert_eq!(row["mechanisms"], all(&node["mechanisms"], "slug"));
            assert_eq!(row["instruments"], all(&node["instruments"], "slug"));
        }

        let selection = format!("{record} cycle body {{ slug }} seats {{ seat party {{ code }} }}");
        let nodes = service.all("chairTerms", ", orderBy: {field: SLUG}", &selection).await;
        for (row, node) in rows(service, "chair-terms", &[]).await.iter().zip(&nodes) {
            cited(row, node);
            for (column, seat) in [("asean_seat", "ASEAN"), ("plus_seat", "PLUS")] {
                let seats = node["seats"].as_array().unwrap().iter();
                let sitting: Value = seats
                    .filter(|entry| entry["seat"] == seat)
                    .map(|entry| entry["party"]["code"].clone())
                    .collect();
                assert_eq!(row[column], sitting, "{column} of {row}");
            }
        }
    }

    async fn a_parameter_matches_the_same_rows_as_the_filter_field(service: &'static Service) {
        for (table, parameters, filter) in [
            (
                "events",
                &[("themes", "maritime-security"), ("from", "2012"), ("hosts", "AU"), ("hosts", "JP")][..],
                r#"{themes: ["maritime-security"], from: "2012", hosts: ["AU", "JP"]}"#,
            ),
            ("events", &[("hosts", "AU,JP")], r#"{hosts: ["AU", "JP"]}"#),
            ("events", &[("kinds", "RETREAT, MARITIME_EXERCISE")], "{kinds: [RETREAT, MARITIME_EXERCISE]}"),
            ("events", &[("ordinals", "1,5"), ("planned", "false")], "{ordinals: [1, 5], planned: false}"),
            ("events", &[("confidence", "REPORTED")], "{confidence: REPORTED}"),
            ("events", &[("cities", "Singapore"), ("cities", "Sydney")], r#"{cities: ["Singapore", "Sydney"]}"#),
            ("events", &[("text", "maritime exercise")], r#"{text: "maritime exercise"}"#),
            ("contributions", &[("hasAmount", "true"), ("partners", "JP")], r#"{hasAmount: true, partners: ["JP"]}"#),
            ("contributions", &[("derived", "false"), ("to", "2013-06")], r#"{derived: false, to: "2013-06"}"#),
            ("parties", &[("memberOf", "admm")], r#"{memberOf: ["admm"]}"#),
            ("documents", &[("adoptedAt", "admm-05-jakarta-2011")], r#"{adoptedAt: ["admm-05-jakarta-2011"]}"#),
            ("claims", &[("subjects", "admm")], r#"{subjects: ["admm"]}"#),
            ("revisions", &[("authors", "nobody")], r#"{authors: ["nobody"]}"#),
            (
                "events",
                &[("filter", r#"{"or":[{"hosts":["AU"]},{"not":{"from":"2010"}}],"kinds":["RETREAT"]}"#)],
                r#"{or: [{hosts: ["AU"]}, {not: {from: "2010"}}], kinds: [RETREAT]}"#,
            ),
            (
                "events",
                &[("filter", r#"{"not":{"hosts":["AU"]}}"#), ("from", "2020")],
                r#"{not: {hosts: ["AU"]}, from: "2020"}"#,
            ),
        ] {
            let list = table;
            let data = service
                .query(&format!("{{ {list}(filter: {filter}) {{ totalCount }} }}"))
                .await;
            let kept = rows(service, table, parameters).await;
            assert_eq!(kept.len() as i64, number(&data[list]["totalCount"]), "{table} {parameters:?}");
        }
        let programmes = rows(service, "work-areas", &[("programmes", "admm-wp-2023-2026")]).await;
        assert_eq!(programmes.len(), 6);
        let claimed = rows(service, "citations", &[("kinds", "CLAIM")]).await;
        assert!(!claimed.is_empty() && claimed.iter().all(|row| row["record_kind"] == "CLAIM"));
    }

    async fn an_unknown_export_is_rejected_with_the_available_ones(service: &'static Service) {
        for (path, expected) in [
            ("/export/meetings.csv", "there is no table `meetings`: the tables are parties, themes,"),
            ("/export/chairTerms.csv", "chair-terms"),
            (
                "/export/events.parquet",
                "there is no format `parquet`: the formats are csv, json, ndjson, xlsx",
            ),
            ("/export/events", "/export/ lists all exports"),
        ] {
            let message = error_message(get(service, path).await, StatusCode::NOT_FOUND).await;
            assert!(message.contains(expected), "{path}: {message}");
        }
    }

    async fn an_invalid_parameter_is_rejected_with_the_valid_values(service: &'static Service) {
        for (parameters, expected) in [
            ("host=AU", "there is no parameter `host`: the parameters are `slugs`, `kinds`,"),
            ("and=x", "there is no parameter `and`"),
            ("kinds=PICNIC", "`kinds` is `PICNIC`: write MINISTERIAL_MEETING, RETREAT,"),
            ("planned=yes", "`planned` is `yes`: write true or false"),
            ("ordinals=1,first", "`ordinals` is `first`: write a whole number"),
            ("from=2013-13", "months go from 01 to 12"),
            ("from=2012&from=2013", "`from` is given twice"),
            ("hosts=australia", "is not a party code"),
            ("hosts=", "is not a party code"),
            ("slugs=Not+A+Slug", "is not a slug"),
            ("themes=maritime", "`maritime`, which is not in the knowledge base"),
            ("hosts=AU,ZZ", "`ZZ`, which is not in the knowledge base"),
            ("filter=[]", "`filter` is not a JSON object"),
            ("filter={", "`filter` is not a JSON object"),
            (r#"filter={"host":["AU"]}"#, "the filter has no field `host`: the fields are `slugs`,"),
            (r#"filter={"not":{"kinds":["PICNIC"]}}"#, "write MINISTERIAL_MEETING"),
            (r#"filter={"planned":"yes"}"#, "Boolean"),
        ] {
            for format in ["csv", "json"] {
                let response = get(service, &format!("/export/events.{format}?{parameters}")).await;
                let message = error_message(response, StatusCode::BAD_REQUEST).await;
                assert!(message.contains(expected), "{parameters}: {message}");
            }
        }
    }

    async fn exports_accept_only_get_and_head(service: &'static Service) {
        for path in ["/export/events.csv", "/export/", "/export/adkb.sqlite"] {
            let response =
                service.client().request(Method::POST, service.at(path)).send().await.unwrap();
            assert_eq!(response.headers()["allow"], "GET, HEAD");
            error_message(response, StatusCode::METHOD_NOT_ALLOWED).await;
        }
    }

    async fn an_export_has_a_media_type_and_a_file_name(service: &'static Service) {
        let dataset = service.query("{ dataset { contentHash } }").await["dataset"].clone();
        let state = format!("r1-{}", &dataset["contentHash"].as_str().unwrap()[..12]);
        for (path, media_type, file) in [
            ("/export/events.csv", "text/csv; charset=utf-8; header=present", "adkb-events-{state}.csv"),
            ("/export/events.json", "application/json", "adkb-events-{state}.json"),
            ("/export/chair-terms.ndjson", "application/x-ndjson", "adkb-chair-terms-{state}.ndjson"),
            ("/export/adkb.sqlite", "application/vnd.sqlite3", "adkb-{state}.sqlite"),
        ] {
            let response = get(service, path).await;
            let head = service.client().head(service.at(path)).send().await.unwrap();
            for response in [&response, &head] {
                assert_eq!(response.status(), StatusCode::OK);
                assert_eq!(response.headers()["content-type"], media_type);
                assert_eq!(
                    response.headers()["content-disposition"],
                    format!("attachment; filename=\"{}\"", file.replace("{state}", &state)).as_str(),
                );
                assert_eq!(response.headers()["cache-control"], "no-cache");
            }
            assert_eq!(response.headers()["etag"], head.headers()["etag"]);
            assert!(head.bytes().await.unwrap().is_empty());
            assert!(!response.bytes().await.unwrap().is_empty());
        }
    }

    async fn a_client_with_the_current_export_receives_304(service: &'static Service) {
        let mut tags = BTreeSet::new();
        let paths = [
            "/export/events.csv", "/export/events.json", "/export/themes.csv",
            "/export/events.csv?hosts=AU", "/export/datapackage.json", "/export/adkb.sqlite",
        ];
        for path in paths {
            let head = service.client().head(service.at(path)).send().await.unwrap();
            let tag = head.headers()["etag"].to_str().unwrap().to_owned();
            let is_weak = tag.starts_with("W/");
            assert_eq!(is_weak, path != "/export/adkb.sqlite", "only the SQLite file has a strong entity tag: {tag}");
            for (method, known, status) in [
                (Method::GET, tag.clone(), 304),
                (Method::HEAD, tag.clone(), 304),
                (Method::GET, format!("\"other\", {tag}"), 304),
                (Method::GET, "*".to_owned(), 304),
                (Method::GET, "\"other\"".to_owned(), 200),
            ] {
                let response = loop {
                    let request = service.client().request(method.clone(), service.at(path));
                    let request = request.header("If-None-Match", &known);
                    let response = request.send().await.unwrap();
                    if response.status() != StatusCode::SERVICE_UNAVAILABLE {
                        break response;
                    }
                };
                assert_eq!(response.status().as_u16(), status, "{path}");
                assert_eq!(response.headers()["etag"], tag.as_str());
                assert_eq!(response.bytes().await.unwrap().is_empty(), status == 304);
            }
            tags.insert(tag);
        }
        assert_eq!(tags.len(), paths.len(), "not all different: {tags:?}");
    }

    async fn the_index_lists_every_export(service: &'static Service) {
        for path in ["/export", "/export/"] {
            let index = text(service, path).await;
            for file in index.lines().filter_map(|line| line.strip_prefix("/export/")) {
                let (file, what) = file.split_once(' ').unwrap();
                assert!(what.trim().len() > 10, "{file}: {what}");
                let head = service.client().head(service.at(&format!("/export/{file}"))).send().await;
                assert_eq!(head.unwrap().status(), StatusCode::OK, "{file}");
            }
            for (table, _) in LISTS {
                assert!(index.contains(&format!("/export/{table}.csv")), "{index}");
            }
        }
    }

    async fn the_data_package_describes_every_table_correctly(service: &'static Service) {
        let package: Value =
            serde_json::from_str(&text(service, "/export/datapackage.json").await).unwrap();
        assert_eq!(package["version"], "2026.11.30");
        assert_eq!(package["licenses"][0]["name"], "CC-BY-4.0");
        let resources = package["resources"].as_array().unwrap();
        assert_eq!(resources.len(), LISTS.len() + 2);
        let mut tables = BTreeMap::new();
        for resource in resources {
            let name = resource["name"].as_str().unwrap();
            assert_eq!(resource["path"], format!("{name}.csv"));
            assert!(resource["description"].as_str().unwrap().len() > 10, "{name}");
            let (header, records) = csv(service, name).await;
            assert_eq!(texts(&resource["schema"]["fields"], "/name"), header, "{name}");
            tables.insert(name, records);
        }
        for resource in resources {
            let name = resource["name"].as_str().unwrap();
            let records = &tables[name];
            let schema = &resource["schema"];
            let key = texts(&schema["primaryKey"], "");
            let distinct: BTreeSet<Vec<&String>> =
                records.iter().map(|row| key.iter().map(|field| &row[*field]).collect()).collect();
            assert_eq!(distinct.len(), records.len(), "the key of {name}");
            for field in schema["fields"].as_array().unwrap() {
                let column = field["name"].as_str().unwrap();
                let described = field["description"].as_str().unwrap();
                assert!(!described.is_empty(), "{name}.{column} has no description");
                for row in records {
                    let value = row[column].as_str();
                    if value.is_empty() {
                        assert_ne!(field["constraints"]["required"], true, "{name}.{column} {row:?}");
                        continue;
                    }
                    let fits = match field["type"].as_str().unwrap() {
                        "integer" => value.parse::<i64>().is_ok(),
                        "number" => value.parse::<f64>().is_ok(),
                        "boolean" => ["true", "false"].contains(&value),
                        "datetime" => value.len() == 20 && value.ends_with('Z'),
                        _ => true,
                    };
                    assert!(fits, "{name}.{column} is {value}");
                    if let Some(values) = field["constraints"].get("enum") {
                        assert!(values.as_array().unwrap().contains(&json!(value)), "{name}.{column} is {value}");
                    }
                }
            }
            for reference in schema["foreignKeys"].as_array().unwrap() {
                let column = reference["fields"].as_str().unwrap();
                let target = &tables[reference["reference"]["resource"].as_str().unwrap()];
                let field = reference["reference"]["fields"].as_str().unwrap();
                let known: BTreeSet<&String> = target.iter().map(|row| &row[field]).collect();
                for row in records.iter().filter(|row| !row[column].is_empty()) {
                    assert!(known.contains(&row[column]), "{name}.{column} is {}", row[column]);
                }
            }
        }
    }

    async fn the_sqlite_file_is_the_whole_knowledge_base(service: &'static Service) {
        let response = get(service, "/export/adkb.sqlite").await;
        let length: usize = response.headers()["content-length"].to_str().unwrap().parse().unwrap();
        let bytes = response.bytes().await.unwrap();
        assert_eq!(bytes.len(), length);
        let database = Database::of(&bytes);
        let (ours, theirs) = (service.sql().await, database.connect().await);
        // The search index is not copied: the service rebuilds it from the records.
        let tables = "SELECT name FROM sqlite_master WHERE type = 'table'
            AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'search_%' AND name <> 'seaql_migrations'";
        let tables = theirs.query_all_raw(sql(&theirs, tables)).await.unwrap();
        let tables: Vec<String> = tables.iter().map(|row| row.try_get("", "name").unwrap()).collect();
        assert!(tables.len() >= 26, "{tables:?}");
        for table in tables {
            // A new table must be copied, or excluded above.
            let count = format!("SELECT count(*) AS rows FROM \"{table}\"");
            let rows = async |db: &DatabaseConnection| -> i64 {
                let row = db.query_one_raw(sql(db, &count)).await.unwrap().unwrap();
                row.try_get("", "rows").unwrap()
            };
            assert_eq!(rows(&theirs).await, rows(&ours).await, "{table}");
        }

        let copy = Service::start(database);
        let lists = LISTS.map(|(_, list)| format!("{list} {{ totalCount }}")).join(" ");
        let document = format!(
            "{{ {lists} dataset {{ version revision updatedAt }}
                newest: revisions(first: 1) {{ nodes {{ number author message createdAt changes(first: 3) {{
                    totalCount nodes {{ slug action before after }} }} }} }}
                event(slug: \"medex-lucknow-2019\") {{ id title participantCount planned note
                    hosts {{ code aliases }} parties {{ role party {{ code }} }} themes {{ slug }}
                    citations {{ locator source {{ slug published }} }}
                    body {{ slug aliases parent {{ slug }} }} contributions {{ nodes {{ slug }} }} }} }}"
        );
        assert_eq!(copy.query(&document).await, service.query(&document).await);
        for table in ["contributions", "citations", "bodies"] {
            assert_eq!(rows(&copy, table, &[]).await, rows(service, table, &[]).await);
        }
    }

    /// A concurrent import does not change what a snapshot reads.
    async fn an_export_reads_one_consistent_state(database: Database) {
        let source = ReadDatabase::new(&database.url(), Pooler::None, Duration::from_secs(5)).unwrap();
        let snapshot = Store::snapshot(Snapshot::open(&source).await.unwrap());
        let newest = Store::new(database.connect().await);
        let before = dataset::counts(&snapshot).await.unwrap();
        let small = Dataset::minimal();
        let import = Adkb::import(&small).with(["--prune"]).database(&database);
        tokio::task::spawn_blocking(move || import.run().success()).await.unwrap();
        assert_eq!(dataset::counts(&snapshot).await.unwrap(), before);
        assert_eq!(dataset::summary(&snapshot).await.unwrap().unwrap().revision, 1);
        assert_eq!(dataset::summary(&newest).await.unwrap().unwrap().revision, 2);
        assert_ne!(dataset::counts(&newest).await.unwrap(), before);
    }

    async fn an_import_changes_the_entity_tag_and_removes_pruned_records(backend: Backend) {
        let database = Database::empty(backend);
        Adkb::import(&Dataset::minimal()).database(&database).run().success();
        let service = Service::start(database);
        let tag = async || {
            let response = get(&service, "/export/events.csv").await;
            let tag = response.headers()["etag"].to_str().unwrap().to_owned();
            (tag, response.text().await.unwrap().lines().count() - 1)
        };
        let (before, events) = tag().await;
        assert_eq!(events, 1);
        let without = Dataset::minimal().without("events.toml");
        let import = Adkb::import(&without).with(["--prune"]).database(service.database());
        import.run().success();
        let (after, events) = tag().await;
        assert_ne!(after, before);
        assert_eq!(events, 0);
        assert_eq!(rows(&service, "contributions", &[]).await.len(), 0);
        let cited = rows(&service, "citations", &[]).await;
        assert!(cited.iter().all(|row| row["record_kind"] != "EVENT"), "{cited:?}");
    }

    async fn special_characters_are_preserved_and_formulas_are_escaped(backend: Backend) {
        let awkward = r#"[[event]]
slug = "awkward"
title = '=HYPERLINK("http://example.org","click")'
kind = "workshop"
bodies = ["ewg"]
start = "2020"
city = "+1 (2), \"Saint-Étienne\""
hosts = ["AU"]
themes = ["hadr"]
summary = "-2\nlines, \"quoted\"; 中文 🌏 | and \\ so on"
note = "-5"
citations = [
    { source = "gazette", locator = "@p. 1 | 2" },
    { source = "second", locator = 'c:\d' },
    { source = "third" },
]
"#;
        let dataset = Dataset::minimal().with("events.toml", awkward).with("sources.toml", r#"[[source]]
slug = "second"
title = "Second, with a comma"
kind = "news"
url = "https://example.org/second"

[[source]]
slug = "third"
title = "'Third'"
kind = "news"
url = "https://example.org/third"
"#);
        let database = Database::empty(backend);
        Adkb::import(&dataset).database(&database).run().success();
        let service = Service::start(database);
        let json = rows(&service, "events", &[("slugs", "awkward")]).await;
        assert_eq!(json[0]["title"], r#"=HYPERLINK("http://example.org","click")"#);
        assert_eq!(json[0]["summary"], "-2\nlines, \"quoted\"; 中文 🌏 | and \\ so on");
        assert_eq!(json[0]["locators"], json!(["@p. 1 | 2", r"c:\d", null]));

        let plain = text(&service, "/export/events.csv?slugs=awkward").await;
        assert!(plain.ends_with("\r\n"), "lines must end in CR LF: {plain:?}");
        let mut reader = csv::Reader::from_reader(plain.as_bytes());
        let row: BTreeMap<String, String> = reader.deserialize().next().unwrap().unwrap();
        assert_eq!(row["title"], r#"'=HYPERLINK("http://example.org","click")"#);
        assert_eq!(row["city"], r#"'+1 (2), "Saint-Étienne""#);
        assert_eq!(row["summary"], "'-2\nlines, \"quoted\"; 中文 🌏 | and \\ so on");
        assert_eq!(row["note"], "-5", "a number is not escaped");
        assert_eq!(row["sources"], "gazette|second|third");
        assert_eq!(row["locators"], r"'@p. 1 \| 2|c:\\d|");
        assert_eq!(row["end"], "");
    }
}

/// Exports use separate database connections.
#[test]
fn without_a_free_slot_an_export_receives_503_while_queries_are_answered() {
    harness::run(async {
        let service = Service::start(Database::filled(Backend::Postgres));
        let connection = service.sql().await;
        let lock = connection.begin().await.unwrap();
        lock.execute_unprepared("LOCK TABLE event").await.unwrap();
        let mut under_way = Vec::new();
        for _ in 0..4 {
            under_way.push(once(&service, "/export/events.csv").await);
        }
        let put_off = once(&service, "/export/themes.csv").await;
        assert_eq!(put_off.headers()["retry-after"], "5");
        let message = error_message(put_off, StatusCode::SERVICE_UNAVAILABLE).await;
        assert!(message.contains("retry in 5 seconds"), "{message}");
        service.query("{ themes { totalCount } }").await;

        lock.rollback().await.unwrap();
        for export in under_way {
            assert_eq!(export.text().await.unwrap().matches("\r\n").count(), 492);
        }
        text(&service, "/export/themes.csv").await;
    });
}

#[test]
fn an_export_whose_client_disconnects_frees_its_slot() {
    harness::run(async {
        let service = Service::start(Database::filled(Backend::Postgres));
        let connection = service.sql().await;
        for _ in 0..3 {
            let lock = connection.begin().await.unwrap();
            lock.execute_unprepared("LOCK TABLE event").await.unwrap();
            for _ in 0..4 {
                drop(once(&service, "/export/events.csv").await);
            }
            lock.rollback().await.unwrap();
            let mut free = 0;
            for _ in 0..100 {
                let response = once(&service, "/export/themes.csv").await;
                free += usize::from(response.status() == StatusCode::OK);
                if free == 4 {
                    break;
                }
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
            assert_eq!(free, 4, "the slots are free again");
        }
        assert!(!service.log().contains("panicked"), "{}", service.log());
    });
}

#[test]
fn a_service_that_stops_during_exports_does_not_panic() {
    harness::run(async {
        let database = Database::filled(Backend::Postgres);
        let mut service = Adkb::new(["serve", "--port", "0", "--shutdown-timeout", "1"])
            .database(&database)
            .spawn();
        let address = crate::cli::address(&mut service);
        let connection = database.connect().await;
        let lock = connection.begin().await.unwrap();
        lock.execute_unprepared("LOCK TABLE event").await.unwrap();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let export =
            client.get(format!("http://{address}/export/events.csv")).send().await.unwrap();
        let copy = tokio::spawn(client.get(format!("http://{address}/export/adkb.sqlite")).send());
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        crate::cli::send(&service, "TERM");
        let output = tokio::task::spawn_blocking(|| Output::of(service)).await.unwrap().success();
        assert!(!output.stderr.contains("panicked"), "{}", output.stderr);
        assert!(export.text().await.is_err(), "an aborted export must fail");
        assert!(copy.await.unwrap().is_err());
    });
}
