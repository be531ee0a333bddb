//! Clients that stall, clients that are many, and how the service ends: nobody keeps it from answering others.

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

/// Longer than everything here may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How an HTTP/2 connection begins: the preface and empty settings.
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

/// A connection whose client has little room for what it does not read.
async fn narrow(service: &Service) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(1 << 14).unwrap();
    let address = service.at("");
    socket.connect(address.strip_prefix("http://").unwrap().parse().unwrap()).await.unwrap()
}

/// What comes until the service closes the connection.
async fn rest(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let read = timeout(PATIENCE, stream.read_to_end(&mut text)).await;
    // A reset ends a connection, too.
    let _ = read.expect("the service closes the connection");
    String::from_utf8_lossy(&text).into_owned()
}

/// What comes until a text has come.
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

/// Sends a byte now and then, until the service takes no more or has closed; what it said.
async fn trickle(mut stream: TcpStream) -> String {
    let mut said = Vec::new();
    for _ in 0..200 {
        let mut piece = [0; 4096];
        match timeout(Duration::from_millis(100), stream.read(&mut piece)).await {
            Ok(Ok(0) | Err(_)) => return String::from_utf8_lossy(&said).into_owned(),
            Ok(Ok(read)) => said.extend_from_slice(&piece[..read]),
            Err(_) => {
                let _ = stream.write_all(b"x").await;
            }
        }
    }
    panic!("the service keeps a client that trickles");
}

/// Asserts that a response written by hand is an error that pages can read; its message.
#[track_caller]
fn error(response: &str, status: &str, code: &str) -> String {
    assert!(response.starts_with(&format!("HTTP/1.1 {status} ")), "{response}");
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    assert!(head.to_lowercase().contains("access-control-allow-origin: *"), "{head}");
    let body: Value = serde_json::from_str(body).unwrap_or_else(|_| panic!("no JSON: {body}"));
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
fn other_methods_than_those_of_an_address_are_refused_and_told_which_there_are() {
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
fn the_api_answers_with_a_slash_at_its_end_too() {
    harness::run(async {
        let service = minimal(&[]);
        let body = json!({ "query": "{ dataset { revision } }" });
        let response =
            service.client().post(service.at("/graphql/")).json(&body).send().await.unwrap();
        assert_eq!(response.json::<Value>().await.unwrap()["data"]["dataset"]["revision"], 1);
    });
}

#[test]
fn an_answer_names_every_header_that_it_depends_on() {
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
            let told = vary(&open, path).await;
            for name in names {
                assert!(
                    told.split(", ").any(|told| told == *name),
                    "{path}: {name} is not in {told}"
                );
            }
            assert!(!told.contains("origin"), "{path}: the same for all origins");
            assert!(vary(&listed, path).await.contains("origin"), "{path}: it differs by origin");
        }
    });
}

#[test]
fn a_tag_that_a_proxy_changed_is_known() {
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
