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

mod stalls {
    use super::*;

    #[test]
    fn a_client_that_says_nothing_is_let_go_without_a_word() {
        harness::run(async {
            let service = minimal(&["--head-timeout", "1"]);
            let began = Instant::now();
            let mut silent = connect(&service).await;
            assert_eq!(rest(&mut silent).await, "");
            let took = began.elapsed().as_secs_f32();
            assert!((0.9..4.0).contains(&took), "{took}");
            // The beginning of either protocol is no more.
            let mut half = connect(&service).await;
            half.write_all(b"PRI * HT").await.unwrap();
            rest(&mut half).await;
        });
    }

    #[test]
    fn a_head_that_trickles_is_answered_408_on_new_and_on_used_connections() {
        harness::run(async {
            let service = minimal(&["--head-timeout", "1"]);
            for is_used in [false, true] {
                let mut stream = connect(&service).await;
                if is_used {
                    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
                    assert!(until(&mut stream, "ok\n").await.starts_with("HTTP/1.1 200 "));
                }
                stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: ").await.unwrap();
                let began = Instant::now();
                let message = error(&trickle(stream).await, "408", "BAD_REQUEST");
                assert!(message.contains("too slowly"), "{message}");
                assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
            }
        });
    }

    #[test]
    fn a_body_that_trickles_is_answered_408() {
        harness::run(async {
            let service = minimal(&["--stall-timeout", "1"]);
            for framing in
                ["Content-Length: 1000\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n300\r\n{"]
            {
                let mut stream = connect(&service).await;
                let head =
                    "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
                stream.write_all(format!("{head}{framing}").as_bytes()).await.unwrap();
                let began = Instant::now();
                let said = trickle(stream).await;
                let first =
                    said.split("HTTP/1.1 408 ").nth(1).map(|rest| format!("HTTP/1.1 408 {rest}"));
                let message = error(&first.unwrap_or(said), "408", "BAD_REQUEST");
                assert!(message.contains("too slowly"), "{message}");
                assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
            }
        });
    }

    /// At 10 kB a second it takes several times as long as the grace.
    #[test]
    fn a_body_that_is_slow_and_steady_is_taken() {
        harness::run(async {
            let service = minimal(&["--stall-timeout", "1", "--min-rate", "5000"]);
            let query = format!("{{ dataset {{ revision }} }} #{}", "x".repeat(30_000));
            let body = json!({ "query": query }).to_string();
            let mut stream = connect(&service).await;
            let head = format!(
                "POST /graphql HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
                 Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            stream.write_all(head.as_bytes()).await.unwrap();
            for piece in body.as_bytes().chunks(1_000) {
                stream.write_all(piece).await.unwrap();
                sleep(Duration::from_millis(100)).await;
            }
            let answer = rest(&mut stream).await;
            assert!(answer.ends_with(r#"{"data":{"dataset":{"revision":1}}}"#), "{answer}");
        });
    }

    #[test]
    fn connections_without_requests_are_let_go_whatever_their_protocol() {
        harness::run(async {
            let service = minimal(&["--keep-alive", "1"]);
            let mut used = connect(&service).await;
            used.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
            until(&mut used, "ok\n").await;
            let mut http2 = connect(&service).await;
            http2.write_all(HTTP2).await.unwrap();
            let began = Instant::now();
            // It says that it is there, which is no request.
            let pinging = tokio::spawn(async move {
                let mut said = [0; 1024];
                loop {
                    match timeout(Duration::from_millis(200), http2.read(&mut said)).await {
                        Ok(Ok(0) | Err(_)) => return,
                        Ok(Ok(_)) => {}
                        Err(_) => drop(http2.write_all(b"\0\0\x08\x06\0\0\0\0\x0012345678").await),
                    }
                }
            });
            assert_eq!(rest(&mut used).await, "");
            timeout(PATIENCE, pinging).await.expect("HTTP/2 is let go").unwrap();
            let took = began.elapsed().as_secs_f32();
            assert!((0.9..5.0).contains(&took), "{took}");
        });
    }

    #[test]
    fn a_client_that_does_not_read_is_cut_off() {
        harness::run(async {
            let service = filled(&["--stall-timeout", "1", "--min-rate", "100000"]);
            for path in
                ["/export/adkb.sqlite", "/export/changes.json", "/export/contributions.json"]
            {
                let mut stream = narrow(&service).await;
                let request =
                    format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
                let whole = match service.client().get(service.at(path)).send().await.unwrap() {
                    response if response.status() != StatusCode::OK => continue,
                    response => response.bytes().await.unwrap().len(),
                };
                stream.write_all(request.as_bytes()).await.unwrap();
                sleep(Duration::from_secs(5)).await;
                let mut got = Vec::new();
                let read = timeout(PATIENCE, stream.read_to_end(&mut got)).await.unwrap();
                assert!(read.is_err() && got.len() < whole, "{path}: {} of {whole}", got.len());
            }
        });
    }

    /// It takes several times the grace, faster than the slowest pace.
    #[test]
    fn a_client_that_reads_slowly_and_steadily_gets_all() {
        harness::run(async {
            let service = filled(&["--stall-timeout", "1", "--min-rate", "50000"]);
            let mut stream = narrow(&service).await;
            let request = "GET /export/adkb.sqlite HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
                           Range: bytes=0-1199999\r\n\r\n";
            stream.write_all(request.as_bytes()).await.unwrap();
            let began = Instant::now();
            let mut got = 0;
            loop {
                let mut piece = [0; 20_000];
                let read = timeout(PATIENCE, stream.read(&mut piece)).await.unwrap();
                match read.expect("a slow reader is not cut off") {
                    0 => break,
                    read => got += read,
                }
                sleep(Duration::from_millis(if read_slowly(got) { 100 } else { 0 })).await;
            }
            assert!(got > 1_200_000, "{got} bytes came");
            assert!(began.elapsed() > Duration::from_secs(4), "{:?}", began.elapsed());
        });
    }

    fn read_slowly(got: usize) -> bool {
        got < 1_200_000
    }
}

mod bounds {
    use super::*;

    const ASK: &str = "GET /graphql?query=%7Bdataset%7Brevision%7D%7D HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

    async fn ask(service: &Service) -> String {
        let mut stream = connect(service).await;
        // It may be refused before it is read.
        let _ = stream.write_all(ASK.as_bytes()).await;
        rest(&mut stream).await
    }

    #[test]
    fn beyond_the_bounds_a_client_is_told_so_and_health_is_still_told() {
        harness::run(async {
            for bound in ["--max-connections", "--max-connections-per-address"] {
                let service = minimal(&[bound, "3"]);
                let mut silent = Vec::new();
                for _ in 0..3 {
                    silent.push(connect(&service).await);
                }
                let began = Instant::now();
                let refused = ask(&service).await;
                let message = error(&refused, "503", "BUSY");
                assert!(message.contains("too many connections"), "{message}");
                assert!(refused.to_lowercase().contains("retry-after: 1\r\n"), "{refused}");
                assert!(began.elapsed() < Duration::from_millis(500), "{:?}", began.elapsed());
                for path in ["/healthz", "/readyz"] {
                    assert_eq!(status(&service, path).await, StatusCode::OK, "{bound} {path}");
                }
                silent.pop();
                sleep(Duration::from_millis(300)).await;
                assert!(ask(&service).await.starts_with("HTTP/1.1 200 "), "{bound}");
            }
        });
    }

    #[test]
    fn a_flood_of_silent_clients_is_refused_at_once_and_passes() {
        harness::run(async {
            let service = minimal(&["--max-connections", "3"]);
            let mut silent = Vec::new();
            for _ in 0..140 {
                silent.push(connect(&service).await);
            }
            let began = Instant::now();
            error(&ask(&service).await, "503", "BUSY");
            assert!(began.elapsed() < Duration::from_millis(500), "{:?}", began.elapsed());
            sleep(Duration::from_millis(1500)).await;
            assert_eq!(status(&service, "/healthz").await, StatusCode::OK);
        });
    }

    #[test]
    fn more_clients_than_the_soft_limit_of_files_are_served() {
        let database = Database::minimal(Backend::Sqlite);
        let program = harness::adkb().to_string_lossy().into_owned();
        let script = format!("ulimit -S -n 64 && exec {program} serve --port 0");
        let mut command = std::process::Command::new("sh");
        command.args(["-c", &script]).env("DATABASE_URL", database.url());
        let mut child = command
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let address = crate::cli::address(&mut child);
        harness::run(async {
            let mut silent = Vec::new();
            for _ in 0..200 {
                silent.push(TcpStream::connect(&address).await.unwrap());
            }
            let mut stream = TcpStream::connect(&address).await.unwrap();
            stream.write_all(ASK.as_bytes()).await.unwrap();
            assert!(rest(&mut stream).await.starts_with("HTTP/1.1 200 "));
        });
        crate::cli::send(&child, "TERM");
        Output::of(child).success();
    }
}

mod ending {
    use super::*;

    struct Running {
        child: Child,
        address: String,
        _database: Database,
    }

    impl Running {
        fn start(arguments: &[&str]) -> Self {
            let database = Database::minimal(Backend::Sqlite);
            let adkb = Adkb::new(["serve", "--port", "0"]).with(arguments);
            let mut child = adkb.database(&database).spawn();
            let address = crate::cli::address(&mut child);
            Self { child, address, _database: database }
        }

        async fn connect(&self) -> TcpStream {
            TcpStream::connect(&self.address).await.unwrap()
        }

        fn signal(&self, signal: &str) {
            crate::cli::send(&self.child, signal);
        }

        /// Waits for its end.
        fn end(self) -> (Output, Duration) {
            let began = Instant::now();
            (Output::of(self.child), began.elapsed())
        }
    }

    const HEALTH: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";

    #[test]
    fn connections_without_a_request_do_not_delay_the_end() {
        harness::run(async {
            let running = Running::start(&[]);
            let _silent = running.connect().await;
            let mut used = running.connect().await;
            used.write_all(HEALTH).await.unwrap();
            until(&mut used, "ok\n").await;
            let mut http2 = running.connect().await;
            http2.write_all(HTTP2).await.unwrap();
            sleep(Duration::from_millis(300)).await;
            running.signal("TERM");
            let (output, took) = running.end();
            output.success();
            assert!(took < Duration::from_millis(1500), "{took:?}");
            assert_eq!(rest(&mut used).await, "");
        });
    }

    #[test]
    fn requests_that_have_arrived_are_answered() {
        harness::run(async {
            let running = Running::start(&[]);
            let query =
                "GET /graphql?query=%7Bdataset%7Brevision%7D%7D HTTP/1.1\r\nHost: x\r\n\r\n";
            let mut asking = Vec::new();
            for _ in 0..100 {
                let mut stream = running.connect().await;
                stream.write_all(query.as_bytes()).await.unwrap();
                asking.push(stream);
            }
            running.signal("TERM");
            let mut answered = 0;
            for stream in &mut asking {
                answered += usize::from(rest(stream).await.starts_with("HTTP/1.1 200 "));
            }
            assert_eq!(answered, 100);
            running.end().0.success();
        });
    }

    #[test]
    fn a_load_balancer_has_time_to_notice() {
        harness::run(async {
            let running = Running::start(&["--shutdown-delay", "2"]);
            running.signal("TERM");
            sleep(Duration::from_millis(300)).await;
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            let get = async |path: &str| {
                let response = client.get(format!("http://{}{path}", running.address)).send().await;
                response.unwrap().status()
            };
            assert_eq!(get("/readyz").await, StatusCode::SERVICE_UNAVAILABLE);
            assert_eq!(get("/healthz").await, StatusCode::OK);
            assert_eq!(get("/graphql?query={dataset{revision}}").await, StatusCode::OK);
            let (output, took) = running.end();
            output.success();
            assert!(took < Duration::from_secs(4), "{took:?}");
        });
    }

    /// Half a request is under way.
    async fn busy(running: &Running) -> TcpStream {
        let mut stream = running.connect().await;
        let half = "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
                    Content-Length: 100\r\n\r\n{";
        stream.write_all(half.as_bytes()).await.unwrap();
        sleep(Duration::from_millis(300)).await;
        stream
    }

    #[test]
    fn a_second_signal_ends_the_service_at_once() {
        harness::run(async {
            let running = Running::start(&[]);
            let _busy = busy(&running).await;
            running.signal("TERM");
            sleep(Duration::from_millis(700)).await;
            running.signal("INT");
            let (output, took) = running.end();
            assert_eq!(output.code, Some(130), "{}", output.stderr);
            assert!(took < Duration::from_secs(1), "{took:?}");
        });
    }

    #[test]
    fn requests_that_never_end_end_with_the_timeout() {
        harness::run(async {
            let running = Running::start(&["--shutdown-timeout", "1"]);
            let _busy = busy(&running).await;
            running.signal("TERM");
            let (output, took) = running.end();
            assert!(output.success().stderr.contains("broken off"));
            assert!(took < Duration::from_secs(3), "{took:?}");
        });
    }

    #[test]
    fn a_hangup_ends_nothing() {
        harness::run(async {
            let running = Running::start(&[]);
            running.signal("HUP");
            sleep(Duration::from_millis(300)).await;
            let mut stream = running.connect().await;
            stream.write_all(HEALTH).await.unwrap();
            until(&mut stream, "ok\n").await;
            running.signal("TERM");
            let (output, _) = running.end();
            let output = output.success();
            assert_eq!(output.stderr.matches("SIGHUP is ignored").count(), 1, "{}", output.stderr);
        });
    }
}

mod heads {
    use super::*;

    async fn get_of_length(service: &Service, length: usize) -> String {
        let mut stream = connect(service).await;
        let query = "/graphql?query=%7Bdataset%7Brevision%7D%7D%23";
        let path = format!("{query}{}", "x".repeat(length - query.len()));
        let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let _ = stream.write_all(head.as_bytes()).await;
        rest(&mut stream).await
    }

    #[test]
    fn a_long_address_is_taken_and_a_longer_one_is_refused_so_that_pages_can_read_it() {
        harness::run(async {
            let service = minimal(&[]);
            let answer = get_of_length(&service, 65_000).await;
            assert!(answer.ends_with(r#"{"data":{"dataset":{"revision":1}}}"#), "{answer}");
            for length in [65_600, 70_000, 120_000] {
                let message = error(&get_of_length(&service, length).await, "414", "BAD_REQUEST");
                assert!(message.contains("POST"), "{message}");
            }
            for length in [140_000, 300_000] {
                error(&get_of_length(&service, length).await, "431", "BAD_REQUEST");
            }
        });
    }

    #[test]
    fn what_is_no_request_is_refused_so_that_pages_can_read_it() {
        harness::run(async {
            let service = minimal(&[]);
            let many = "X: y\r\n".repeat(200);
            for (head, status) in [
                ("nonsense\r\n\r\n".to_owned(), "400"),
                ("GET / HTTP/1.1\r\nno colon\r\n\r\n".to_owned(), "400"),
                (format!("GET / HTTP/1.1\r\n{many}\r\n"), "431"),
            ] {
                let mut stream = connect(&service).await;
                stream.write_all(head.as_bytes()).await.unwrap();
                error(&rest(&mut stream).await, status, "BAD_REQUEST");
            }
        });
    }

    #[test]
    fn only_listed_origins_may_read_what_is_refused() {
        harness::run(async {
            let service = minimal(&["--cors", "https://a.example,https://b.example"]);
            for (origin, is_allowed) in [("https://b.example", true), ("https://c.example", false)]
            {
                let mut stream = connect(&service).await;
                let path = "x".repeat(70_000);
                let head = format!("GET /{path} HTTP/1.1\r\nHost: x\r\norigin: {origin}\r\n\r\n");
                stream.write_all(head.as_bytes()).await.unwrap();
                let response = rest(&mut stream).await.to_lowercase();
                assert!(response.starts_with("http/1.1 414 "), "{response}");
                let allowed = format!("access-control-allow-origin: {origin}\r\n");
                assert_eq!(response.contains(&allowed), is_allowed, "{response}");
            }
            let service = minimal(&["--cors", "https://a.example"]);
            let response = get_of_length(&service, 70_000).await.to_lowercase();
            assert!(
                response.contains("access-control-allow-origin: https://a.example\r\n"),
                "{response}"
            );
            assert!(response.contains("vary: origin\r\n"), "{response}");
        });
    }
}

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

mod hosts {
    use super::*;

    #[test]
    fn a_host_is_a_name_or_an_address_of_either_kind() {
        let database = Database::minimal(Backend::Sqlite);
        for host in ["localhost", "127.0.0.1", "::1", "[::1]", "0.0.0.0"] {
            let adkb = Adkb::new(["serve", "--port", "0", "--host", host]);
            let mut child = adkb.database(&database).spawn();
            let address = crate::cli::address(&mut child);
            harness::run(async {
                let url = format!("http://{address}/healthz");
                let client = reqwest::Client::builder().no_proxy().build().unwrap();
                assert_eq!(
                    client.get(url).send().await.unwrap().status(),
                    StatusCode::OK,
                    "{host}"
                );
            });
            crate::cli::send(&child, "TERM");
            Output::of(child).success();
        }
    }

    #[test]
    fn a_host_that_is_none_is_refused() {
        let adkb = Adkb::new(["serve", "--port", "0", "--host", "no such host"]);
        let line = adkb.run().refused();
        assert!(line.contains("no such host is known") && line.contains("--host"), "{line}");
    }
}

mod exports {
    use super::*;

    #[test]
    fn a_dashboard_may_ask_for_ten_files_at_once() {
        harness::run(async {
            for backend in [Backend::Sqlite, Backend::Postgres] {
                let service = Service::start_with(Database::filled(backend), &["--exports", "1"]);
                let tables = [
                    "parties",
                    "themes",
                    "bodies",
                    "events",
                    "documents",
                    "contributions",
                    "claims",
                    "sources",
                    "citations",
                    "revisions",
                ];
                let get =
                    async |table: &str| status(&service, &format!("/export/{table}.csv")).await;
                let all =
                    futures_util::future::join_all(tables.iter().map(|table| get(table))).await;
                assert!(all.iter().all(|status| *status == StatusCode::OK), "{all:?}");
            }
        });
    }

    #[test]
    fn clients_that_do_not_read_keep_no_place() {
        harness::run(async {
            for backend in [Backend::Sqlite, Backend::Postgres] {
                let service = Service::start_with(Database::filled(backend), &["--exports", "2"]);
                let mut stalled = Vec::new();
                for path in [
                    "/export/sources.json",
                    "/export/citations.json",
                    "/export/adkb.sqlite",
                    "/export/events.json",
                ] {
                    let mut stream = narrow(&service).await;
                    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
                    stream.write_all(request.as_bytes()).await.unwrap();
                    stalled.push(stream);
                }
                sleep(Duration::from_secs(2)).await;
                let began = Instant::now();
                for table in ["events", "sources", "contributions"] {
                    assert_eq!(
                        status(&service, &format!("/export/{table}.csv")).await,
                        StatusCode::OK
                    );
                }
                assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
            }
        });
    }

    #[test]
    fn an_interrupted_download_of_the_database_goes_on_where_it_ended() {
        harness::run(async {
            for backend in [Backend::Sqlite, Backend::Postgres] {
                let service = Service::start(Database::filled(backend));
                let get = async |headers: &[(&str, &str)]| {
                    let mut request = service.client().get(service.at("/export/adkb.sqlite"));
                    for (name, value) in headers {
                        request = request.header(*name, *value);
                    }
                    request.send().await.unwrap()
                };
                let whole = get(&[]).await;
                let header = |response: &reqwest::Response, name: &str| {
                    response.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
                };
                assert_eq!(header(&whole, "accept-ranges").as_deref(), Some("bytes"));
                let tag = header(&whole, "etag").unwrap();
                assert!(tag.starts_with('"'), "{tag}");
                let bytes = whole.bytes().await.unwrap();
                let length = bytes.len();

                let part = get(&[("Range", "bytes=1000-"), ("If-Range", &tag)]).await;
                assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
                assert_eq!(
                    header(&part, "content-range"),
                    Some(format!("bytes 1000-{}/{length}", length - 1))
                );
                assert_eq!(header(&part, "etag").as_deref(), Some(&*tag));
                assert_eq!(part.bytes().await.unwrap(), bytes[1000..]);
                let tail = get(&[("Range", "bytes=-16"), ("Accept-Encoding", "gzip")]).await;
                assert_eq!(tail.status(), StatusCode::PARTIAL_CONTENT);
                assert_eq!(tail.bytes().await.unwrap(), bytes[length - 16..]);

                for (headers, status) in [
                    (&[("Range", "bytes=0-9"), ("If-Range", "\"another\"")][..], 200),
                    (&[("Range", "bytes=0-9"), ("If-Range", &format!("W/{tag}"))], 200),
                    (&[("Range", "bytes=0-1,5-6"), ("Accept-Encoding", "identity")], 200),
                    (&[("Range", "lines=1-2")], 200),
                    (&[("Range", "bytes=99999999999-")], 416),
                ] {
                    let response = get(headers).await;
                    assert_eq!(response.status(), status, "{headers:?}");
                    match status {
                        200 => assert_eq!(response.bytes().await.unwrap(), bytes, "{headers:?}"),
                        _ => assert_eq!(
                            header(&response, "content-range"),
                            Some(format!("bytes */{length}"))
                        ),
                    }
                }

                let encoded = get(&[("Accept-Encoding", "gzip")]).await;
                assert_eq!(header(&encoded, "content-encoding").as_deref(), Some("gzip"));
                assert_eq!(
                    header(&encoded, "etag"),
                    Some(format!("W/{tag}")),
                    "other bytes, another tag"
                );
                let stale = get(&[
                    ("Accept-Encoding", "gzip"),
                    ("Range", "bytes=0-9"),
                    ("If-Range", "\"another\""),
                ]);
                let stale = stale.await;
                assert_eq!(header(&stale, "etag"), Some(format!("W/{tag}")), "encoded, too");
                let head =
                    service.client().head(service.at("/export/adkb.sqlite")).send().await.unwrap();
                assert_eq!(header(&head, "content-length"), Some(length.to_string()));
            }
        });
    }

    #[test]
    fn pages_may_read_what_a_download_is_called() {
        harness::run(async {
            for cors in ["*", "https://a.example"] {
                let service = minimal(&["--cors", cors]);
                let request = service.client().get(service.at("/export/events.csv"));
                let response = request.header("Origin", "https://a.example").send().await.unwrap();
                let exposed = response.headers()["access-control-expose-headers"]
                    .to_str()
                    .unwrap()
                    .to_lowercase();
                for name in [
                    "content-disposition",
                    "etag",
                    "retry-after",
                    "content-range",
                    "accept-ranges",
                    "x-request-id",
                ] {
                    assert!(
                        exposed.split(',').any(|exposed| exposed.trim() == name),
                        "{name}: {exposed}"
                    );
                }
            }
        });
    }

    #[test]
    fn without_a_free_connection_an_export_is_put_off() {
        harness::run(async {
            let database = Database::filled(Backend::Postgres);
            let sql = database.connect().await;
            sql.execute_unprepared(
                "CREATE ROLE limited LOGIN; GRANT ALL ON SCHEMA public TO limited; \
                 GRANT ALL ON ALL TABLES IN SCHEMA public TO limited;",
            )
            .await
            .unwrap();
            let url = database.url().replace("postgres@", "limited@");
            let mut child = Adkb::new(["serve", "--port", "0"]).env("DATABASE_URL", url).spawn();
            let address = crate::cli::address(&mut child);
            // The service has its connections, and gets no others.
            sql.execute_unprepared("ALTER ROLE limited CONNECTION LIMIT 0").await.unwrap();
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            for file in ["events.csv", "adkb.sqlite"] {
                let url = format!("http://{address}/export/{file}");
                let response = client.get(url).send().await.unwrap();
                assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE, "{file}");
                assert_eq!(response.headers()["retry-after"], "5");
                let message = response.text().await.unwrap();
                assert!(message.contains("the database is busy or can't be reached"), "{message}");
            }
            crate::cli::send(&child, "TERM");
            Output::of(child).success();
        });
    }
}
