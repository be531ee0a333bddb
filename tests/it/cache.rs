//! The caches, HTTP validators, and that no response is outdated.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use harness::{Adkb, Backend, Database, Dataset, Service, on_both};
use reqwest::{Response, StatusCode, header::HeaderMap};
use serde_json::{Value, json};

const QUERY: &str =
    "{ dataset { revision } themes { nodes { name } } events { nodes { slug themes { name } } } }";

/// A dataset whose only theme has the revision in its name.
fn of_revision(revision: i64) -> Dataset {
    Dataset::minimal().replacing("themes.toml", "Disaster relief", &format!("Relief {revision}"))
}

async fn get(service: &Service, query: &str, headers: &[(&'static str, &str)]) -> Response {
    let address = reqwest::Url::parse_with_params(&service.at("/graphql"), [("query", query)]);
    let mut request = service.client().get(address.unwrap());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers.get(name).map_or("", |value| value.to_str().unwrap())
}

/// The sum of the samples in `/metrics` whose name and labels start with `sample`.
async fn metric(service: &Service, sample: &str) -> f64 {
    let text =
        service.client().get(service.at("/metrics")).send().await.unwrap().text().await.unwrap();
    let lines = text.lines().filter(|line| line.starts_with(sample));
    lines.map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).sum()
}

on_both! {
    async fn a_repeated_query_is_answered_from_the_response_cache(service: &'static Service) {
        let query = "{ bodies(first: 7) { nodes { slug events(first: 2) { nodes { slug } } } } }";
        let first = service.query(query).await;
        let before = metric(service, "adkb_cache_lookups_total{cache=\"response\",outcome=\"hit\"").await;
        assert_eq!(service.query(query).await, first);
        let after = metric(service, "adkb_cache_lookups_total{cache=\"response\",outcome=\"hit\"").await;
        assert!(after > before, "{before} hits, then {after}");
    }

    async fn hits_of_the_record_cache_are_counted(service: &'static Service) {
        let of = |arguments: &str| format!("{{ documents({arguments}) {{ nodes {{ slug themes {{ slug }} }} }} }}");
        service.query(&of("first: 9")).await;
        let hits = || metric(service, "adkb_cache_lookups_total{cache=\"record\",outcome=\"hit\"");
        let before = hits().await;
        // A different list of records whose themes are already cached.
        service.query(&of("first: 8")).await;
        assert!(hits().await >= before + 8.0);
    }

    async fn a_client_with_the_current_response_receives_304(backend: Backend) {
        let service = Service::start(Database::minimal(backend));
        let first = get(&service, QUERY, &[]).await;
        let tag = header(first.headers(), "etag").to_owned();
        assert!(tag.starts_with('"') && tag.ends_with('"'), "not a strong entity tag: {tag}");
        assert_eq!(header(first.headers(), "cache-control"), "public, max-age=0, must-revalidate");
        assert_eq!(header(first.headers(), "vary"), "Accept, Accept-Encoding, X-Adkb-Cost");

        let second = get(&service, QUERY, &[("if-none-match", &tag)]).await;
        assert_eq!(second.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(header(second.headers(), "vary"), "Accept, Accept-Encoding, X-Adkb-Cost");
        assert_eq!(header(second.headers(), "cache-control"), "public, max-age=0, must-revalidate");
        assert_eq!(second.bytes().await.unwrap().len(), 0);

        Adkb::import(&of_revision(2)).database(service.database()).run().success();
        service.catch_up().await;
        let third = get(&service, QUERY, &[("if-none-match", &tag)]).await;
        assert_eq!(third.status(), StatusCode::OK);
        assert_ne!(header(third.headers(), "etag"), tag);
        let body: Value = third.json().await.unwrap();
        assert_eq!(body["data"]["themes"]["nodes"], json!([{ "name": "Relief 2" }]));
    }

    async fn each_encoding_and_media_type_of_a_response_has_its_own_entity_tag(service: &'static Service) {
        let query = "{ events(first: 40) { nodes { title summary } } }";
        let mut tags = Vec::new();
        for encoding in ["identity", "gzip", "br", "zstd"] {
            for media in ["application/json", "application/graphql-response+json"] {
                let answer = get(service, query, &[("accept-encoding", encoding), ("accept", media)]).await;
                let applied = header(answer.headers(), "content-encoding");
                assert_eq!(applied, if encoding == "identity" { "" } else { encoding });
                tags.push(header(answer.headers(), "etag").to_owned());
                let length = answer.bytes().await.unwrap().len();
                assert_eq!(length < 5_000, encoding != "identity", "{encoding}: {length} bytes");
            }
        }
        let all = tags.len();
        tags.sort();
        tags.dedup();
        assert_eq!(tags.len(), all, "{tags:?}");
    }

    async fn a_response_with_errors_is_not_cacheable(service: &'static Service) {
        for query in ["{ nothing }", r#"{ events(after: "x") { nodes { slug } } }"#] {
            let answer = get(service, query, &[]).await;
            assert_eq!(header(answer.headers(), "cache-control"), "no-store", "{query}");
            assert_eq!(header(answer.headers(), "etag"), "", "{query}");
        }
    }

    async fn the_service_notices_another_processs_import_within_a_second(backend: Backend) {
        let service = Service::start(Database::minimal(backend));
        let mut fastest = Duration::MAX;
        for revision in 2..5 {
            Adkb::import(&of_revision(revision)).database(service.database()).run().success();
            let written = Instant::now();
            service.catch_up().await;
            fastest = fastest.min(written.elapsed());
        }
        assert!(fastest < Duration::from_secs(1), "the fastest took {fastest:?}");
    }

    /// While imports write revisions, each response is consistent with one revision, and no client
    /// receives an older revision than before.
    async fn concurrent_readers_see_consistent_revisions_in_order_while_imports_run(backend: Backend) {
        const LAST: i64 = 12;
        let service = Arc::new(Service::start(Database::minimal(backend)));
        let is_done = AtomicBool::new(false);
        let read = async |number: usize| {
            let client = service.client();
            let (mut seen, mut answers) = (0, 0);
            while !is_done.load(Ordering::Relaxed) {
                // Half of the readers repeat a cacheable query; the others change it each time.
                let query = match number % 2 {
                    0 => QUERY.to_owned(),
                    _ => format!("query Q{answers} {QUERY}"),
                };
                let response = client.post(service.at("/graphql")).json(&json!({ "query": query }));
                let body: Value = response.send().await.unwrap().json().await.unwrap();
                assert_eq!(body.get("errors"), None, "{body}");
                let revision = body["data"]["dataset"]["revision"].as_i64().unwrap();
                assert!(revision >= seen, "revision {revision} after {seen}");
                let name = match revision {
                    1 => "Disaster relief".to_owned(),
                    _ => format!("Relief {revision}"),
                };
                assert_eq!(body["data"]["themes"]["nodes"], json!([{ "name": name }]));
                assert_eq!(body["data"]["events"]["nodes"][0]["themes"], json!([{ "name": name }]));
                seen = revision;
                answers += 1;
            }
            (seen, answers)
        };
        let write = async {
            for revision in 2..=LAST {
                let service = service.clone();
                let import = move || {
                    Adkb::import(&of_revision(revision)).database(service.database()).run().success();
                };
                tokio::task::spawn_blocking(import).await.unwrap();
            }
            service.catch_up().await;
            tokio::time::sleep(Duration::from_millis(50)).await;
            is_done.store(true, Ordering::Relaxed);
        };
        let ((), readers) = futures_util::future::join(
            write,
            futures_util::future::join_all((0..6).map(read)),
        )
        .await;
        for (seen, answers) in readers {
            assert_eq!(seen, LAST);
            assert!(answers > 20, "{answers} responses");
        }
    }
}

#[test]
fn caches_stay_within_their_memory_limits() {
    harness::run(async {
        let bounds = ["--response-cache", "1", "--record-cache", "1", "--document-cache", "1"];
        let service = Service::start_with(Database::filled(Backend::Sqlite), &bounds);
        for number in 1..=300 {
            let (first, skipped) = (number % 90 + 1, number * 7 % 399);
            service
                .query(&format!(
                    "query Q{number} {{ events(first: {first}, filter: {{ from: \"{}\" }}) {{ nodes {{ slug title summary \
                     citations {{ source {{ title }} }} }} }} a{skipped}: dataset {{ version }} }}",
                    1990 + number % 36
                ))
                .await;
        }
        for cache in ["response", "record"] {
            let bytes = metric(&service, &format!("adkb_cache_bytes{{cache=\"{cache}\"")).await;
            assert!(bytes > 100_000.0 && bytes <= (1 << 20) as f64, "{cache}: {bytes} bytes");
        }
    });
}
