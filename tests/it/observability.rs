//! Logs, metrics and traces.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::{Duration, Instant},
};

use futures_util::{StreamExt, stream};
use harness::{Adkb, Backend, Database, Service, on_both};
use reqwest::{StatusCode, header::HeaderMap};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

/// Renames a table, so that every read of it fails.
async fn break_sources(service: &Service) {
    service
        .sql()
        .await
        .execute_unprepared("ALTER TABLE source RENAME TO source_that_is_gone")
        .await
        .unwrap();
}

/// The lines of the log that contain a text.
fn lines(service: &Service, with: &str) -> Vec<String> {
    service.log().lines().filter(|line| line.contains(with)).map(str::to_owned).collect()
}

/// Waits until the log has a line that contains a text.
async fn line(service: &Service, with: &str) -> String {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(30) {
        if let Some(line) = lines(service, with).pop() {
            return line;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the log has no line with `{with}`: {}", service.log());
}

on_both! {
    async fn each_logged_error_has_the_id_of_its_request(service: Service) {
        const REQUESTS: usize = 60;
        break_sources(&service).await;
        let client = service.client();
        // Half of the responses are large, so that they are compressed while other requests are answered.
        let request = async |number: usize| {
            let query = match number % 2 {
                0 => format!("{{ a{number}: sources(first: {}) {{ nodes {{ title }} }} }}", number + 1),
                _ => format!("{{ a{number}: events(first: 100) {{ nodes {{ title summary cite(style: CHICAGO) a: cite(style: APA) b: cite(style: BIBTEX) c: cite(style: RIS) d: cite(style: CSL_JSON) }} }} }}"),
            };
            let request = client.post(service.at("/graphql")).header("x-request-id", format!("r{number}"));
            let request = request.header("accept-encoding", "br").json(&json!({ "query": query }));
            request.send().await.unwrap().bytes().await.unwrap();
        };
        // As many at once as run without waiting.
        stream::iter((0..REQUESTS).map(request)).buffer_unordered(12).collect::<Vec<()>>().await;
        let failed = lines(&service, "read failed");
        assert_eq!(failed.len(), REQUESTS / 2, "{failed:?}");
        for number in (0..REQUESTS).step_by(2) {
            let of_request = format!("request=\"r{number}\"");
            let own: Vec<_> = failed.iter().filter(|line| line.contains(&of_request)).collect();
            assert_eq!(own.len(), 1, "{of_request}: {failed:?}");
            assert!(own[0].contains(&format!("a{number}\\\"")) || own[0].contains(&format!("a{number}\"")), "{}", own[0]);
            assert_eq!(own[0].matches("request=").count(), 1, "more than one request id: {}", own[0]);
        }
    }

    async fn a_failed_export_is_logged_with_the_id_of_its_request(service: Service) {
        break_sources(&service).await;
        let request = service.client().get(service.at("/export/sources.csv")).header("x-request-id", "of-an-export");
        if let Ok(response) = request.send().await {
            let _ = response.bytes().await;
        }
        let failed = line(&service, "export").await;
        assert!(failed.contains("request=\"of-an-export\""), "{failed}");
    }
}

#[test]
fn log_lines_are_limited_and_escaped_for_any_client_input() {
    for format in ["text", "json"] {
        harness::run(async {
            let database = Database::minimal(Backend::Sqlite);
            let service =
                Service::start_with(database, &["--log", "adkb=trace", "--log-format", format]);
            let long = "N".repeat(300_000);
            for name in
                [long.as_str(), "\u{1b}[31mred\u{202e}\nERROR forged line", "\u{85}\u{2028}"]
            {
                let query = format!("query {long} {{ dataset {{ revision }} }}");
                for query in [query.as_str(), "{ dataset { revision } }"] {
                    service
                        .client()
                        .post(service.at("/graphql"))
                        .json(&json!({ "query": query, "operationName": name }))
                        .send()
                        .await
                        .unwrap();
                }
            }
            service.query(&format!("query {long} {{ dataset {{ revision }} }}")).await;
            let log = service.log();
            assert!(log.contains("answered"), "{log}");
            for line in log.lines() {
                assert!(line.len() < 4_200, "{} bytes: {}…", line.len(), &line[..200]);
                assert!(!line.chars().any(|c| c.is_control() || c == '\u{2028}'), "{line:?}");
                match format {
                    "json" => drop(
                        serde_json::from_str::<Value>(line)
                            .unwrap_or_else(|_| panic!("not JSON: {line}")),
                    ),
                    _ => assert!(
                        line.starts_with("20") || line.contains("revision 1"),
                        "a forged line: {line}"
                    ),
                }
            }
        });
    }
}

#[test]
fn repeated_log_lines_are_counted_instead_of_written() {
    harness::run(async {
        let service =
            Service::start_with(Database::filled(Backend::Sqlite), &["--log-repeats", "5"]);
        break_sources(&service).await;
        for number in 0..100 {
            service.errors(&format!("{{ sources(first: {number}) {{ totalCount nodes {{ title }} }} event(slug: \"x{number}\") {{ slug }} }}")).await;
        }
        // Repeated lines do not suppress other kinds of lines.
        assert_eq!(lines(&service, "read failed").len(), 5, "{}", service.log());
        let summary = line(&service, "repeated lines were suppressed").await;
        assert!(
            summary.contains("left_out=")
                && summary.contains("read failed")
                && summary.contains("adkb::graphql"),
            "{summary}"
        );
        let left_out: f64 = lines(&service, "left_out=")
            .iter()
            .filter_map(|line| {
                line.split("left_out=").nth(1)?.split_whitespace().next()?.parse::<f64>().ok()
            })
            .sum();
        assert!((90.0..=95.0).contains(&left_out), "{}", service.log());
    });
}

async fn metrics(service: &Service, headers: &[(&'static str, &str)]) -> (HeaderMap, String) {
    let mut request = service.client().get(service.at("/metrics"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    (response.headers().clone(), response.text().await.unwrap())
}

/// The number of requests of an operation, by name and outcome.
async fn requests(service: &Service, name: &str, outcome: &str) -> Option<u64> {
    let sample = format!("adkb_requests_total{{operation=\"{name}\",outcome=\"{outcome}\"}} ");
    let (_, text) = metrics(service, &[]).await;
    text.lines().find_map(|line| line.strip_prefix(&sample)?.parse().ok())
}

#[test]
fn metrics_have_the_format_that_the_scraper_accepts() {
    harness::run(async {
        let service = Service::start(Database::minimal(Backend::Sqlite));
        service.query("{ dataset { revision } }").await;
        let (headers, text) = metrics(&service, &[]).await;
        assert_eq!(headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
        assert!(
            text.contains("# TYPE adkb_requests_total counter\nadkb_requests_total{"),
            "{text}"
        );
        assert!(!text.contains("# EOF"), "{text}");
        let (headers, text) = metrics(
            &service,
            &[("accept", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5")],
        )
        .await;
        assert_eq!(
            headers["content-type"],
            "application/openmetrics-text; version=1.0.0; charset=utf-8"
        );
        assert!(
            text.contains("# TYPE adkb_requests counter\nadkb_requests_total{")
                && text.ends_with("# EOF\n"),
            "{text}"
        );
    });
}

#[test]
fn pages_of_other_origins_cannot_read_metrics() {
    for cors in ["*", "https://a.example"] {
        harness::run(async {
            let service =
                Service::start_with(Database::minimal(Backend::Sqlite), &["--cors", cors]);
            for origin in [&[][..], &[("origin", "https://a.example")]] {
                let (headers, _) = metrics(&service, origin).await;
                assert!(
                    !headers.contains_key("access-control-allow-origin"),
                    "{cors}: {headers:?}"
                );
            }
            let preflight = service
                .client()
                .request(reqwest::Method::OPTIONS, service.at("/metrics"))
                .header("origin", "https://a.example")
                .header("access-control-request-method", "GET");
            let response = preflight.send().await.unwrap();
            assert!(
                !response.headers().contains_key("access-control-allow-origin"),
                "{:?}",
                response.headers()
            );
            let answer = service
                .client()
                .get(service.at("/graphql?query={dataset{revision}}"))
                .header("origin", "https://a.example");
            let headers = answer.send().await.unwrap().headers().clone();
            assert!(
                headers.contains_key("access-control-allow-origin"),
                "pages may read GraphQL responses: {headers:?}"
            );
        });
    }
}

#[test]
fn metrics_are_served_only_at_the_admin_address_if_one_is_set() {
    let admin = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().to_string()
    };
    harness::run(async {
        let service =
            Service::start_with(Database::minimal(Backend::Sqlite), &["--admin-address", &admin]);
        service.query("query Counted { dataset { revision } }").await;
        let get = async |address: String| {
            let response =
                service.client().get(address).header("accept", "text/html").send().await.unwrap();
            (response.status(), response.text().await.unwrap())
        };
        assert_eq!(get(service.at("/metrics")).await.0, StatusCode::NOT_FOUND);
        let (status, text) = get(format!("http://{admin}/metrics")).await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            text.contains("operation=\"Counted\"") && text.contains("adkb_operation_queue 0"),
            "{text}"
        );
        for (path, body) in [("/healthz", "ok\n"), ("/readyz", "ready\n")] {
            assert_eq!(
                get(format!("http://{admin}{path}")).await,
                (StatusCode::OK, body.to_owned())
            );
            assert_eq!(get(service.at(path)).await, (StatusCode::OK, body.to_owned()));
        }
        assert_eq!(
            get(format!("http://{admin}/graphql?query={{dataset{{revision}}}}")).await.0,
            StatusCode::NOT_FOUND
        );
        let other = Adkb::new(["serve", "--port", "0", "--admin-address", &admin])
            .database(service.database())
            .run()
            .refused();
        assert!(other.contains(&format!("can't listen on --admin-address {admin}")), "{other}");
    });
}

#[test]
fn metrics_name_only_operations_that_ran() {
    harness::run(async {
        let service = Service::start(Database::minimal(Backend::Sqlite));
        let send = async |query: &str, name: Option<&str>| {
            let request = json!({ "query": query, "operationName": name });
            service.client().post(service.at("/graphql")).json(&request).send().await.unwrap();
        };
        let real = "query Real { dataset { revision } }";
        // `operationName` is optional.
        send(real, None).await;
        send(real, Some("Real")).await;
        for number in 0..300 {
            send("{ dataset { revision } }", Some(&format!("Invented{number}"))).await;
            send(&format!("query Refused{number} {{ nothing }}"), None).await;
        }
        send("{ dataset { revision } }", Some(&"x".repeat(300_000))).await;
        send(&format!("query {} {{ dataset {{ revision }} }}", "y".repeat(300_000)), None).await;
        let (_, text) = metrics(&service, &[]).await;
        assert!(
            !text.contains("Invented") && !text.contains("Refused0") && !text.contains("xxx"),
            "{text}"
        );
        assert!(
            text.len() < 40_000 && text.lines().all(|line| line.len() < 300),
            "{} bytes",
            text.len()
        );
        assert_eq!(requests(&service, "Real", "answered").await, Some(2));
        assert_eq!(requests(&service, "(refused)", "refused").await, Some(601));
        // Invented names that run fill the table, but a name that is used repeatedly still gets in.
        for number in 0..300 {
            send(&format!("query MadeUp{number} {{ dataset {{ revision }} }}"), None).await;
        }
        for _ in 0..5 {
            send("query Late { dataset { revision } }", None).await;
        }
        assert!(requests(&service, "Late", "answered").await.is_some_and(|requests| requests >= 3));
        assert_eq!(requests(&service, "Real", "answered").await, Some(2));
    });
}

/// Starts an OTLP collector. Returns its URL, and the path and body of each request it receives.
fn collector() -> (String, mpsc::Receiver<(String, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (sender, received) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            if sender.send(request_of(stream.unwrap())).is_err() {
                return;
            }
        }
    });
    (address, received)
}

/// Answers an HTTP request with a `Content-Length`. Returns its path and body.
fn request_of(stream: TcpStream) -> (String, Vec<u8>) {
    let mut reader = BufReader::new(&stream);
    let mut length = 0;
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let line = line.trim().to_owned();
        if let Some(number) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = number.trim().parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
        head.push(line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    (&stream)
        .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        .unwrap();
    let path = head[0].split_whitespace().nth(1).unwrap().to_owned();
    (path, body)
}

fn count(body: &[u8], part: &[u8]) -> usize {
    body.windows(part.len()).filter(|window| *window == part).count()
}

async fn traced(service: &Service, headers: &[(&'static str, &str)]) {
    let query = "query TracedByName { dataset { revision } }";
    let mut request =
        service.client().post(service.at("/graphql")).json(&json!({ "query": query }));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);
}

#[test]
fn traces_of_executed_and_cached_responses_are_sent_to_the_otlp_path() {
    let (address, received) = collector();
    harness::run(async {
        let service =
            Service::start_with(Database::minimal(Backend::Sqlite), &["--otlp", &address]);
        for _ in 0..2 {
            traced(&service, &[]).await;
        }
        let mut spans = 0;
        while spans < 2 {
            let (path, body) = received.recv_timeout(Duration::from_secs(30)).expect("traces sent");
            assert_eq!(path, "/v1/traces");
            spans += count(&body, b"TracedByName");
        }
        assert_eq!(spans, 2);
    });
}

#[test]
fn the_service_continues_a_clients_trace() {
    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const PARENT: &str = "00f067aa0ba902b7";
    let bytes = |hex: &str| -> Vec<u8> {
        (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
            .collect()
    };
    let (address, received) = collector();
    harness::run(async {
        let service =
            Service::start_with(Database::minimal(Backend::Sqlite), &["--otlp", &address]);
        // The second response is cached; the last request has an invalid `traceparent`.
        for _ in 0..2 {
            traced(&service, &[("traceparent", &format!("00-{TRACE}-{PARENT}-01"))]).await;
        }
        traced(&service, &[("traceparent", "00-nonsense")]).await;
        let (mut spans, mut traces, mut parents) = (0, 0, 0);
        while spans < 3 {
            let (_, body) = received.recv_timeout(Duration::from_secs(30)).expect("traces sent");
            spans += count(&body, b"TracedByName");
            traces += count(&body, &bytes(TRACE));
            parents += count(&body, &bytes(PARENT));
        }
        assert_eq!((traces, parents), (2, 2));
    });
}

#[test]
fn an_unreachable_collector_is_logged_once() {
    let address = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    harness::run(async {
        let service =
            Service::start_with(Database::minimal(Backend::Sqlite), &["--otlp", &address]);
        // The service exports spans every five seconds.
        for _ in 0..12 {
            traced(&service, &[]).await;
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        let warnings = lines(&service, "the collector does not accept traces");
        assert_eq!(warnings.len(), 1, "{}", service.log());
        assert!(warnings[0].contains("WARN") && warnings[0].contains(&address), "{}", warnings[0]);
    });
}

/// Numeric settings that are not limits.
const NO_LIMITS: [&str; 2] = ["port", "max_age"];

#[test]
fn security_md_lists_every_limit_with_its_default() {
    let policy =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../SECURITY.md")).unwrap();
    let config = Adkb::new(["config"]).run().success().stdout;
    let config: Value = serde_json::from_str(&config).unwrap();
    let limits = config
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, value)| value.is_number() && !NO_LIMITS.contains(&name.as_str()));
    for (name, default) in limits {
        let flag = format!("| `--{}` |", name.replace('_', "-"));
        let row = policy.lines().find(|line| line.contains(&flag));
        let row = row.unwrap_or_else(|| panic!("SECURITY.md has no row for {flag}"));
        assert!(row.contains(&format!("| {default} |")), "the default is {default}: {row}");
    }
}
