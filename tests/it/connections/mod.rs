//! Stalled clients, many clients, malformed requests and shutdown: no client prevents the service
//! from answering others.

use std::{
    process::Child,
    time::{Duration, Instant},
};

use harness::{Adkb, Backend, Database, Output, Service};
use reqwest::{Method, StatusCode};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::{sleep, timeout},
};

/// A timeout that is longer than any step of these tests.
const PATIENCE: Duration = Duration::from_secs(20);
/// The HTTP/2 connection preface and an empty SETTINGS frame.
const HTTP2: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

fn minimal(arguments: &[&str]) -> Service {
    Service::start_with(Database::minimal(Backend::Sqlite), arguments)
}

fn filled(arguments: &[&str]) -> Service {
    Service::start_with(Database::filled(Backend::Sqlite), arguments)
}

async fn connect(service: &Service) -> TcpStream {
    let address = service.at("");
    TcpStream::connect(address.strip_prefix("http://").unwrap()).await.unwrap()
}

/// A connection with a small receive buffer.
async fn narrow(service: &Service) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(1 << 14).unwrap();
    let address = service.at("");
    socket.connect(address.strip_prefix("http://").unwrap().parse().unwrap()).await.unwrap()
}

/// Reads until the service closes the connection.
async fn rest(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let read = timeout(PATIENCE, stream.read_to_end(&mut text)).await;
    // A reset closes the connection too.
    let _ = read.expect("the service closes the connection");
    String::from_utf8_lossy(&text).into_owned()
}

/// Reads until the received text contains `end`.
async fn until(stream: &mut TcpStream, end: &str) -> String {
    let mut text = String::new();
    while !text.contains(end) {
        let mut piece = [0; 4096];
        let read = timeout(PATIENCE, stream.read(&mut piece)).await.unwrap().unwrap();
        assert!(read > 0, "the connection closed after {text}");
        text += &String::from_utf8_lossy(&piece[..read]);
    }
    text
}

/// Sends a byte every 100 ms until the service closes the connection. Returns what it sent.
async fn trickle(mut stream: TcpStream) -> String {
    let mut received = Vec::new();
    for _ in 0..200 {
        let mut piece = [0; 4096];
        match timeout(Duration::from_millis(100), stream.read(&mut piece)).await {
            Ok(Ok(0) | Err(_)) => return String::from_utf8_lossy(&received).into_owned(),
            Ok(Ok(read)) => received.extend_from_slice(&piece[..read]),
            Err(_) => {
                let _ = stream.write_all(b"x").await;
            }
        }
    }
    panic!("the service keeps the connection of a client that trickles");
}

/// Asserts that a raw response is a GraphQL error that web pages of any origin can read. Returns
/// its message.
#[track_caller]
fn error(response: &str, status: &str, code: &str) -> String {
    assert!(response.starts_with(&format!("HTTP/1.1 {status} ")), "{response}");
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    assert!(head.to_lowercase().contains("access-control-allow-origin: *"), "{head}");
    let body: Value = serde_json::from_str(body).unwrap_or_else(|_| panic!("not JSON: {body}"));
    assert_eq!(body["errors"][0]["extensions"]["code"], code, "{body}");
    body["errors"][0]["message"].as_str().unwrap().to_owned()
}

async fn status(service: &Service, path: &str) -> StatusCode {
    service.client().get(service.at(path)).send().await.unwrap().status()
}

mod stalls;

mod bounds;

mod ending;

mod heads;

#[test]
fn an_unsupported_method_receives_405_with_the_allowed_methods() {
    harness::run(async {
        let service = minimal(&[]);
        let send = async |method: Method, path: &str, accept: &str| {
            let request = service.client().request(method, service.at(path));
            request.header("Accept", accept).send().await.unwrap()
        };
        let page =
            service.client().get(service.at("/")).send().await.unwrap().text().await.unwrap();
        let asset = page.split("src=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        for path in [
            "/",
            "/graphiql",
            "/schema.graphql",
            "/healthz",
            "/readyz",
            "/metrics",
            &asset,
            "/export/",
            "/export/events.csv",
        ] {
            for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
                let response = send(method.clone(), path, "*/*").await;
                assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
                assert_eq!(response.headers()["allow"], "GET, HEAD", "{method} {path}");
            }
            assert_eq!(send(Method::HEAD, path, "*/*").await.status(), StatusCode::OK, "{path}");
        }
        let page = send(Method::POST, "/event/medex-lucknow-2019", "text/html").await;
        assert_eq!(page.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(send(Method::POST, "/nowhere", "*/*").await.status(), StatusCode::NOT_FOUND);
    });
}

#[test]
fn the_api_also_answers_at_a_path_with_a_trailing_slash() {
    harness::run(async {
        let service = minimal(&[]);
        let body = json!({ "query": "{ dataset { revision } }" });
        let response =
            service.client().post(service.at("/graphql/")).json(&body).send().await.unwrap();
        assert_eq!(response.json::<Value>().await.unwrap()["data"]["dataset"]["revision"], 1);
    });
}

#[test]
fn vary_names_every_header_that_a_response_depends_on() {
    harness::run(async {
        let open = minimal(&[]);
        let listed = minimal(&["--cors", "https://a.example,https://b.example"]);
        let vary = async |service: &Service, path: &str| {
            let response = service.client().get(service.at(path)).send().await.unwrap();
            let lines = response.headers().get_all("vary").iter();
            let names: Vec<String> =
                lines.map(|line| line.to_str().unwrap().to_lowercase()).collect();
            names.join(", ")
        };
        let query = "/graphql?query={dataset{revision}}";
        for (path, names) in [
            (query, &["accept", "accept-encoding", "x-adkb-cost"][..]),
            ("/graphql?query={nothing}", &["accept", "accept-encoding", "x-adkb-cost"]),
            ("/", &["accept", "accept-encoding"]),
            ("/nowhere", &["accept"]),
            ("/schema.graphql", &["accept-encoding"]),
            ("/export/events.csv", &["accept-encoding"]),
            ("/export/adkb.sqlite", &["accept-encoding"]),
        ] {
            let value = vary(&open, path).await;
            for name in names {
                assert!(
                    value.split(", ").any(|value| value == *name),
                    "{path}: {name} is not in {value}"
                );
            }
            assert!(!value.contains("origin"), "{path}: the same for all origins");
            assert!(vary(&listed, path).await.contains("origin"), "{path}: it differs by origin");
        }
    });
}

#[test]
fn an_entity_tag_modified_by_a_proxy_is_recognised() {
    harness::run(async {
        let service = minimal(&[]);
        for path in [
            "/graphql?query={dataset{revision}}",
            "/schema.graphql",
            "/",
            "/export/events.csv",
            "/export/adkb.sqlite",
        ] {
            let get = async |known: &str| {
                let request = service.client().get(service.at(path)).header("If-None-Match", known);
                request.send().await.unwrap()
            };
            let first = get("\"other\"").await;
            assert_eq!(first.status(), StatusCode::OK, "{path}");
            let Some(tag) = first.headers().get("etag") else { continue };
            let opaque =
                tag.to_str().unwrap().trim_start_matches("W/").trim_matches('"').to_owned();
            for changed in [
                format!("\"{opaque}\""),
                format!("W/\"{opaque}\""),
                format!("\"{opaque}-gzip\""),
                format!("W/\"{opaque}--gzip\""),
                format!("\"{opaque};gzip\""),
                format!("\"other\", W/\"{opaque}-br\""),
            ] {
                assert_eq!(
                    get(&changed).await.status(),
                    StatusCode::NOT_MODIFIED,
                    "{path} {changed}"
                );
            }
            assert_eq!(
                get(&format!("\"{opaque}-other\"")).await.status(),
                StatusCode::OK,
                "{path}"
            );
        }
    });
}

mod hosts;

mod exports;
