//! Requests to every entry point, and checks that the responses are as the manual says.

use std::{collections::HashSet, fmt, time::Duration};

use base64::{Engine, prelude::BASE64_STANDARD};
use reqwest::{Client, Method, Url, header::RETRY_AFTER};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::{
    documents::{Corpus, generate},
    tape::Tape,
};

/// Maximum time of a response.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long to wait for the end of a connection.
const END: Duration = Duration::from_secs(2);
/// Requests with a longer URL are sent by POST.
const LONGEST_ADDRESS: usize = 60_000;

/// An entry point of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Post,
    Get,
    Persisted,
    WebSocket,
    Export,
    /// Bytes that resemble HTTP.
    Raw,
}

impl Way {
    pub const ALL: [Self; 6] =
        [Self::Post, Self::Get, Self::Persisted, Self::WebSocket, Self::Export, Self::Raw];
}

/// A generated request.
pub struct Request {
    way: Way,
    sent: Sent,
}

enum Sent {
    Http {
        method: Method,
        path: String,
        headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    },
    /// WebSocket frames after the handshake, and the number of operations in them that complete by
    /// themselves.
    Frames(Vec<Vec<u8>>, usize),
    Bytes(Vec<u8>),
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |bytes: &[u8]| {
            let shown = &bytes[..bytes.len().min(4_000)];
            format!("({} bytes) {}", bytes.len(), String::from_utf8_lossy(shown))
        };
        write!(f, "{:?} ", self.way)?;
        match &self.sent {
            Sent::Http { method, path, headers, body } => {
                write!(f, "{method} {} {headers:?} {}", text(path.as_bytes()), text(body))
            }
            Sent::Frames(frames, _) => {
                frames.iter().try_for_each(|frame| writeln!(f, "{}", text(frame)))
            }
            Sent::Bytes(bytes) => f.write_str(&text(bytes)),
        }
    }
}

impl Request {
    pub fn generate(corpus: &Corpus, tape: &mut Tape, way: Way) -> Self {
        let sent = match way {
            Way::Post => {
                let members = operation(corpus, tape);
                post(tape, &members)
            }
            Way::Get => {
                let members = operation(corpus, tape);
                get(tape, &members)
            }
            Way::Persisted => {
                let members = persisted(corpus, tape);
                match tape.chance(50) {
                    true => get(tape, &members),
                    false => post(tape, &members),
                }
            }
            Way::WebSocket => frames(corpus, tape),
            Way::Export => export(corpus, tape),
            Way::Raw => Sent::Bytes(raw(corpus, tape)),
        };
        Self { way, sent }
    }
}

/// The members of a request for an operation.
fn operation(corpus: &Corpus, tape: &mut Tape) -> Map<String, Value> {
    let subscription = tape.chance(3);
    let generated = generate(corpus, tape, subscription);
    let mut document = generated.document;
    if tape.chance(12) {
        let mut bytes = document.into_bytes();
        tape.mutate(&mut bytes);
        document = String::from_utf8_lossy(&bytes).into_owned();
    }
    let mut members = Map::new();
    members.insert("query".to_owned(), document.into());
    if tape.chance(90) {
        members.insert("variables".to_owned(), generated.variables);
    }
    if let Some(name) = generated.operation_name {
        members.insert("operationName".to_owned(), name.into());
    }
    members
}

fn persisted(corpus: &Corpus, tape: &mut Tape) -> Map<String, Value> {
    const KNOWN: [&str; 4] = [
        "{ dataset { revision } }",
        "query A($n: Int) { events(first: $n) { totalCount } }",
        "{ __typename }",
        "{ nothing }",
    ];
    let mut members = match tape.chance(60) {
        true => operation(corpus, tape),
        false => json!({ "query": tape.pick(&KNOWN), "variables": { "n": 1 } })
            .as_object()
            .unwrap()
            .clone(),
    };
    let query = members["query"].as_str().unwrap().to_owned();
    let mut hash: String =
        Sha256::digest(&query).iter().map(|byte| format!("{byte:02x}")).collect();
    if tape.chance(15) {
        hash = corpus.text(tape, "hash", "String");
    }
    if tape.chance(50) {
        members.remove("query");
    }
    let version = tape
        .pick(&[json!(1), json!(1), json!(1), json!(1), json!(2), json!("1"), Value::Null])
        .clone();
    match tape.below(6) {
        0 => {
            members.insert("documentId".to_owned(), json!(format!("sha256:{hash}")));
        }
        1 => {
            members.insert(
                "documentId".to_owned(),
                tape.pick(&[json!(""), json!(1), json!([]), Value::Null]).clone(),
            );
        }
        2 => {
            let odd = [
                json!([]),
                json!("x"),
                json!({ "persistedQuery": [] }),
                json!({ "persistedQuery": { "sha256Hash": 1 } }),
            ];
            members.insert("extensions".to_owned(), tape.pick(&odd).clone());
        }
        _ => {
            let extensions =
                json!({ "persistedQuery": { "version": version, "sha256Hash": hash } });
            members.insert("extensions".to_owned(), extensions);
        }
    }
    members
}

fn headers(tape: &mut Tape) -> Vec<(&'static str, String)> {
    const ACCEPT: [&str; 8] = [
        "application/json",
        "application/graphql-response+json",
        "*/*",
        "text/html",
        "application/json;q=0",
        "application/*;q=0.1,*/*",
        ";;;,",
        "",
    ];
    const ENCODINGS: [&str; 7] =
        ["gzip", "br", "zstd", "gzip, deflate, br, zstd", "identity;q=0", "*;q=nonsense", ""];
    const OTHERS: [(&str, &str); 12] = [
        ("x-adkb-cost", "1"),
        ("origin", "https://a.example"),
        ("if-none-match", "*"),
        ("if-none-match", "\"x\", W/\"y\""),
        ("if-none-match", "\""),
        ("x-request-id", "a b"),
        ("x-request-id", "made-up"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-mode", "no-cors"),
        ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        ("traceparent", "ff-0"),
        ("range", "bytes=5-1,-"),
    ];
    let mut headers = Vec::new();
    if tape.chance(15) {
        headers.push(("accept", (*tape.pick(&ACCEPT)).to_owned()));
    }
    if tape.chance(40) {
        headers.push(("accept-encoding", (*tape.pick(&ENCODINGS)).to_owned()));
    }
    if tape.chance(30) {
        let (name, value) = *tape.pick(&OTHERS);
        headers.push((name, value.to_owned()));
    }
    headers
}

fn post(tape: &mut Tape, members: &Map<String, Value>) -> Sent {
    const TYPES: [&str; 6] = [
        "application/json; charset=utf-8",
        "application/json;charset=utf8",
        "text/plain",
        "application/json; charset=latin1",
        "a",
        ";",
    ];
    let mut body = Value::Object(members.clone()).to_string().into_bytes();
    match tape.below(20) {
        16 | 17 => tape.mutate(&mut body),
        18 => body = b"[".repeat(1 + tape.length()),
        19 => body = [b"[", body.as_slice(), b"]"].concat(),
        _ => {}
    }
    let mut headers = headers(tape);
    let content_type = if tape.chance(8) { *tape.pick(&TYPES) } else { "application/json" };
    headers.push(("content-type", content_type.to_owned()));
    Sent::Http { method: Method::POST, path: "/graphql".to_owned(), headers, body }
}

fn get(tape: &mut Tape, members: &Map<String, Value>) -> Sent {
    let mut parameters: Vec<(String, String)> = members
        .iter()
        .map(|(name, value)| {
            (name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        })
        .collect();
    if tape.chance(8) && !parameters.is_empty() {
        let at = tape.below(parameters.len());
        let mut bytes = parameters[at].1.clone().into_bytes();
        tape.mutate(&mut bytes);
        parameters[at].1 = String::from_utf8_lossy(&bytes).into_owned();
    }
    let path = address("/graphql", &parameters);
    if path.len() > LONGEST_ADDRESS {
        return post(tape, members);
    }
    let method = match tape.below(12) {
        9 => Method::HEAD,
        10 => Method::OPTIONS,
        11 => Method::DELETE,
        _ => Method::GET,
    };
    Sent::Http { method, path, headers: headers(tape), body: Vec::new() }
}

fn address(path: &str, parameters: &[(String, String)]) -> String {
    let url = Url::parse_with_params("http://127.0.0.1", parameters).unwrap();
    format!("{path}?{}", url.query().unwrap_or_default())
}

fn export(corpus: &Corpus, tape: &mut Tape) -> Sent {
    let list = tape.pick(&corpus.schema().lists).clone();
    // Tables have the names of connections, in kebab case.
    let table: String = list
        .chars()
        .flat_map(|c| c.is_uppercase().then_some('-').into_iter().chain(c.to_lowercase()))
        .collect();
    let format = *tape.pick(&["csv", "json", "ndjson", "xlsx", "nothing"]);
    let mut parameters = Vec::new();
    for _ in 0..1 + tape.below(3) {
        match tape.chance(50) {
            true => parameters.extend(
                corpus.filter(tape, &list).map(|filter| ("filter".to_owned(), filter.to_string())),
            ),
            false => parameters.extend(corpus.parameter(tape, &list)),
        }
    }
    if tape.chance(5) && !parameters.is_empty() {
        let repeated = parameters[0].clone();
        parameters.extend(std::iter::repeat_n(repeated, tape.length()));
    }
    // An export without parameters is large, so only its head is requested.
    let whole = parameters.is_empty() || tape.chance(2);
    let file = match tape.below(40) {
        37 => "datapackage.json".to_owned(),
        38 => String::new(),
        39 => corpus.text(tape, "file", "String").replace(['/', '?', '#'], ""),
        _ => format!("{table}.{format}"),
    };
    let mut path = if whole {
        format!("/export/{file}")
    } else {
        address(&format!("/export/{file}"), &parameters)
    };
    if path.len() > LONGEST_ADDRESS {
        path.truncate(path.floor_char_boundary(LONGEST_ADDRESS));
    }
    let head = whole || tape.chance(30);
    let method = if head { Method::HEAD } else { Method::GET };
    Sent::Http { method, path, headers: headers(tape), body: Vec::new() }
}

fn raw(corpus: &Corpus, tape: &mut Tape) -> Vec<u8> {
    let body = Value::Object(operation(corpus, tape)).to_string();
    let mut bytes = match tape.below(3) {
        0 => format!(
            "POST /graphql HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ),
        1 => "GET /graphql?query=%7Bdataset%7Brevision%7D%7D HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_owned(),
        _ => format!(
            "POST /graphql HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
            body.len()
        ),
    }
    .into_bytes();
    tape.mutate(&mut bytes);
    bytes
}

/// A frame of a client, with the required mask: all zeros, so that the payload is unchanged.
fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x80 | kind];
    match payload.len() {
        length @ 0..126 => frame.push(0x80 | u8::try_from(length).unwrap()),
        length @ 126..65_536 => {
            frame.push(0x80 | 126);
            frame.extend(u16::try_from(length).unwrap().to_be_bytes());
        }
        length => {
            frame.push(0x80 | 127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;

fn frames(corpus: &Corpus, tape: &mut Tape) -> Sent {
    let text = |message: &Value| frame(TEXT, message.to_string().as_bytes());
    let mut frames = Vec::new();
    let mut operations = 0;
    if !tape.chance(4) {
        frames.push(text(&json!({ "type": "connection_init", "payload": {} })));
    }
    for number in 0..1 + tape.below(3) {
        let mut members = match tape.chance(20) {
            true => persisted(corpus, tape),
            false => operation(corpus, tape),
        };
        let subscription = tape.chance(25);
        if subscription {
            members = generate(corpus, tape, true).into_members();
        }
        let id =
            if tape.chance(5) { corpus.text(tape, "id", "String") } else { number.to_string() };
        let subscribe = json!({ "id": id, "type": "subscribe", "payload": members });
        match tape.below(30) {
            24 => frames.push(text(&json!({ "type": *tape.pick(&["ping", "pong", "complete", "next", ""]), "id": "0" }))),
            25 => frames.push(text(tape.pick(&[json!([]), json!(1), json!({}), json!("x"), json!({ "type": 1 })]))),
            26 => frames.push(frame(2, subscribe.to_string().as_bytes())),
            27 => {
                let mut bytes = subscribe.to_string().into_bytes();
                tape.mutate(&mut bytes);
                frames.push(frame(TEXT, &bytes));
            }
            28 => {
                let mut bytes = text(&subscribe);
                tape.mutate(&mut bytes);
                frames.push(bytes);
            }
            29 => frames.push(frame(PING, &b"x".repeat(tape.below(200)))),
            _ => {
                operations += usize::from(!subscription);
                frames.push(text(&subscribe));
            }
        }
        if tape.chance(10) {
            frames.push(text(&json!({ "id": id, "type": "complete" })));
            operations -= usize::from(operations > 0);
        }
    }
    Sent::Frames(frames, operations)
}

/// A summary of a response.
pub struct Seen {
    pub status: String,
    /// The codes of errors.
    pub codes: Vec<String>,
}

pub enum Failure {
    /// There is no connection, or it was lost.
    Gone(String),
    /// The response is not as the manual says.
    Wrong(String),
}

impl Failure {
    pub fn told(&self) -> &str {
        match self {
            Self::Gone(told) | Self::Wrong(told) => told,
        }
    }
}

/// The service that receives the requests.
pub struct Target {
    client: Client,
    address: String,
    /// The codes that api/README.md names.
    codes: HashSet<String>,
}

impl Target {
    pub fn new(address: String) -> Self {
        let manual = concat!(env!("CARGO_MANIFEST_DIR"), "/../api/README.md");
        let manual = std::fs::read_to_string(manual).unwrap();
        let code = |line: &str| {
            let name = line.strip_prefix("| `")?.split_once("` |")?.0;
            name.chars().all(|c| c.is_ascii_uppercase() || c == '_').then(|| name.to_owned())
        };
        let codes: HashSet<String> = manual.lines().filter_map(code).collect();
        assert!(codes.contains("QUERY_TOO_COSTLY"), "api/README.md has a table of codes");
        // Connections are not pooled: they belong to the runtime of one test.
        let client = Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
        Self { client, address, codes }
    }

    pub async fn is_alive(&self) -> bool {
        for _ in 0..5 {
            if self.client.get(format!("{}/healthz", self.address)).send().await.is_ok() {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        false
    }

    pub async fn send(&self, request: &Request) -> Result<Seen, Failure> {
        match &request.sent {
            Sent::Http { method, path, headers, body } => {
                self.http(request.way, method, path, headers, body).await
            }
            Sent::Frames(frames, operations) => self.socket(frames, *operations).await,
            Sent::Bytes(bytes) => self.raw(bytes).await,
        }
    }

    async fn http(
        &self,
        way: Way,
        method: &Method,
        path: &str,
        headers: &[(&'static str, String)],
        body: &[u8],
    ) -> Result<Seen, Failure> {
        let mut request = self
            .client
            .request(method.clone(), format!("{}{path}", self.address))
            .body(body.to_vec());
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let Ok(request) = request.build() else {
            return Ok(Seen { status: format!("{way:?} not sent"), codes: Vec::new() });
        };
        let response = match self.client.execute(request).await {
            Ok(response) => response,
            Err(error) if error.is_timeout() => {
                return Err(Failure::Wrong(format!("no response within {PATIENCE:?}")));
            }
            Err(error) => return Err(Failure::Gone(format!("{error:?}"))),
        };
        let status = response.status();
        let seen = format!("{way:?} {}", status.as_u16());
        if status.is_server_error() && !matches!(status.as_u16(), 503 | 504) {
            let text = response.text().await.unwrap_or_default();
            return Err(Failure::Wrong(format!("{status}: {text}")));
        }
        if status.as_u16() == 503 && !response.headers().contains_key(RETRY_AFTER) {
            return Err(Failure::Wrong("503 without Retry-After".to_owned()));
        }
        let coding =
            response.headers().get("content-encoding").and_then(|coding| coding.to_str().ok());
        let is_coded = coding.is_some_and(|coding| coding != "identity");
        let media = response
            .headers()
            .get("content-type")
            .and_then(|media| media.to_str().ok())
            .unwrap_or_default();
        let is_json = media.contains("json");
        let body = match response.bytes().await {
            Ok(body) => body,
            Err(error) => {
                return Err(Failure::Wrong(format!(
                    "{status}, and the body is incomplete: {error:?}"
                )));
            }
        };
        if way == Way::Export || !is_json || is_coded || *method == Method::HEAD || body.is_empty()
        {
            return Ok(Seen { status: seen, codes: Vec::new() });
        }
        let answer: Value = serde_json::from_slice(&body).map_err(|error| {
            Failure::Wrong(format!("{status}, and a body that is not JSON: {error}"))
        })?;
        let how = if answer.get("errors").is_none() { ", without errors" } else { "" };
        Ok(Seen { status: format!("{seen}{how}"), codes: self.codes(&answer["errors"])? })
    }

    /// The error codes. Fails if the manual does not list one.
    fn codes(&self, errors: &Value) -> Result<Vec<String>, Failure> {
        let mut codes = Vec::new();
        for error in errors.as_array().into_iter().flatten() {
            let code = error["extensions"]["code"].as_str().unwrap_or_default();
            if code == "INTERNAL_SERVER_ERROR" || !self.codes.contains(code) {
                return Err(Failure::Wrong(format!("the code `{code}`: {error}")));
            }
            codes.push(code.to_owned());
        }
        codes.dedup();
        Ok(codes)
    }

    async fn connect(&self) -> Result<TcpStream, Failure> {
        let address = self.address.trim_start_matches("http://");
        TcpStream::connect(address).await.map_err(|error| Failure::Gone(error.to_string()))
    }

    async fn raw(&self, bytes: &[u8]) -> Result<Seen, Failure> {
        let mut stream = self.connect().await?;
        // The service may reject the start without reading the rest.
        let _ = stream.write_all(bytes).await;
        let _ = stream.shutdown().await;
        let mut answer = Vec::new();
        let ended = timeout(END, stream.read_to_end(&mut answer)).await.is_ok();
        let line = String::from_utf8_lossy(&answer);
        let status = line.split_whitespace().nth(1).unwrap_or("none").to_owned();
        if status.starts_with('5') && !matches!(status.as_str(), "503" | "504" | "505") {
            return Err(Failure::Wrong(line.chars().take(500).collect()));
        }
        let seen = if ended { format!("Raw {status}") } else { format!("Raw {status}, left open") };
        Ok(Seen { status: seen, codes: Vec::new() })
    }

    async fn socket(&self, frames: &[Vec<u8>], operations: usize) -> Result<Seen, Failure> {
        let mut stream = self.connect().await?;
        let key = BASE64_STANDARD.encode([7; 16]);
        let handshake = format!(
            "GET /graphql HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
        );
        let gone = |error: std::io::Error| Failure::Gone(error.to_string());
        stream.write_all(handshake.as_bytes()).await.map_err(gone)?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match timeout(PATIENCE, stream.read_u8()).await {
                Ok(Ok(byte)) => head.push(byte),
                Ok(Err(error)) => return Err(gone(error)),
                Err(_) => return Err(Failure::Wrong("no response to a handshake".to_owned())),
            }
        }
        let head = String::from_utf8_lossy(&head);
        let status = head.split_whitespace().nth(1).unwrap_or_default().to_owned();
        if status != "101" {
            return match status.as_str() {
                "503" | "429" => {
                    Ok(Seen { status: format!("WebSocket {status}"), codes: Vec::new() })
                }
                _ => Err(Failure::Wrong(head.into_owned())),
            };
        }
        for frame in frames {
            // The service may have closed the connection.
            if stream.write_all(frame).await.is_err() {
                break;
            }
        }
        let mut codes = Vec::new();
        let mut close = None;
        let mut answer = Vec::new();
        let mut left = operations;
        let ended = loop {
            let mut rest = answer.as_slice();
            while let Some((kind, payload, after)) = next_frame(rest) {
                rest = after;
                match kind {
                    TEXT => {
                        let message: Value = serde_json::from_slice(payload).map_err(|error| {
                            Failure::Wrong(format!("a message that is not JSON: {error}"))
                        })?;
                        codes.extend(self.codes(&message["payload"])?);
                        codes.extend(self.codes(&message["payload"]["errors"])?);
                        let is_last =
                            matches!(message["type"].as_str(), Some("complete" | "error"));
                        left = left.saturating_sub(usize::from(is_last));
                    }
                    CLOSE => {
                        close = Some(
                            payload.first_chunk().map_or(1005, |code| u16::from_be_bytes(*code)),
                        )
                    }
                    _ => {}
                }
            }
            answer = rest.to_vec();
            if left == 0 && close.is_none() {
                // All operations are answered. The side that closes last waits for the other.
                let _ = stream.write_all(&frame(CLOSE, &1000_u16.to_be_bytes())).await;
                left = usize::MAX;
            }
            match timeout(END, stream.read_buf(&mut answer)).await {
                Ok(Ok(1..)) => {}
                read => break read.is_ok(),
            }
        };
        if close.is_some_and(|code| matches!(code, 1006 | 1011)) {
            return Err(Failure::Wrong(format!("closed with {close:?}")));
        }
        codes.dedup();
        let how = match (ended, close) {
            (_, Some(code)) => code.to_string(),
            (true, None) => "ended".to_owned(),
            (false, None) => "left open".to_owned(),
        };
        Ok(Seen { status: format!("WebSocket {how}"), codes })
    }
}

/// The kind and payload of a frame from the service, and the bytes after it.
fn next_frame(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[first, second], rest) = bytes.split_first_chunk::<2>()?;
    let (length, rest) = match second & 0x7f {
        126 => {
            let (length, rest) = rest.split_first_chunk::<2>()?;
            (usize::from(u16::from_be_bytes(*length)), rest)
        }
        127 => {
            let (length, rest) = rest.split_first_chunk::<8>()?;
            (usize::try_from(u64::from_be_bytes(*length)).ok()?, rest)
        }
        length => (usize::from(length), rest),
    };
    let (payload, after) = rest.split_at_checked(length)?;
    Some((first & 0x0f, payload, after))
}
