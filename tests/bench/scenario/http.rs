//! A minimal HTTP/1.1 client with control over the bytes that it sends and the connection.

use std::{io, net::SocketAddr};

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// The bytes of a POST request to `/graphql`.
pub fn post(query: &str, variables: Value) -> Vec<u8> {
    let body = json!({ "query": query, "variables": variables }).to_string();
    let length = body.len();
    format!(
        "POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// The bytes of a GET request.
pub fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").into_bytes()
}

/// Sends a request on a new connection and returns the response.
pub async fn ask(address: SocketAddr, request: &[u8]) -> io::Result<Response> {
    let mut connection = Connection::new(TcpStream::connect(address).await?);
    connection.send(request).await?;
    connection.response().await
}

/// The outcome of a request: the status and error code of the response, or why there is none.
pub fn outcome(response: &io::Result<Response>) -> String {
    match response {
        Ok(response) => response.outcome(),
        Err(error) if error.kind() == io::ErrorKind::TimedOut => "timed out".to_owned(),
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            "connection refused".to_owned()
        }
        Err(_) => "connection lost".to_owned(),
    }
}

pub struct Response {
    pub status: u16,
    /// Length of the body as it was sent.
    pub bytes: u64,
    pub retry_after: bool,
    /// Whether the server closes the connection after this response.
    pub closes: bool,
    /// The body, or its first mebibyte.
    pub body: Vec<u8>,
}

/// The errors of a GraphQL response.
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    errors: Vec<GraphqlError>,
}

#[derive(Deserialize)]
struct GraphqlError {
    extensions: Option<Value>,
}

impl Response {
    /// The status, and the code of the first error: `503 BUSY`.
    pub fn outcome(&self) -> String {
        // Most responses have no errors, and searching is cheaper than parsing.
        let has_errors = str::from_utf8(&self.body).is_ok_and(|body| body.contains("\"errors\":"));
        let answer =
            has_errors.then(|| serde_json::from_slice::<Answer>(&self.body).ok()).flatten();
        match answer.as_ref().and_then(|answer| answer.errors.first()) {
            None => self.status.to_string(),
            Some(error) => {
                let code = error.extensions.as_ref().and_then(|all| all["code"].as_str());
                format!("{} {}", self.status, code.unwrap_or("without an error code"))
            }
        }
    }
}

/// A connection, and the received bytes that are not yet part of a returned response.
pub struct Connection {
    pub stream: TcpStream,
    received: Vec<u8>,
}

enum Framing {
    Length(u64),
    Chunked,
    UntilEnd,
}

impl Connection {
    pub fn new(stream: TcpStream) -> Self {
        Self { stream, received: Vec::with_capacity(64 << 10) }
    }

    pub async fn send(&mut self, request: &[u8]) -> io::Result<()> {
        self.stream.write_all(request).await
    }

    /// The next response.
    pub async fn response(&mut self) -> io::Result<Response> {
        let (mut response, framing) = loop {
            if let Some(head) = self.head()? {
                break head;
            }
            self.read().await?;
        };
        match framing {
            Framing::Length(length) => self.take(length, &mut response).await?,
            Framing::Chunked => loop {
                let length = self.chunk().await?;
                self.take(length, &mut response).await?;
                // The line break after a chunk is not part of the body.
                self.take(2, &mut Response { body: Vec::new(), ..response }).await?;
                if length == 0 {
                    break;
                }
            },
            Framing::UntilEnd => loop {
                let length = self.received.len() as u64;
                self.take(length, &mut response).await?;
                match self.read().await {
                    Ok(()) => {}
                    Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break,
                    Err(error) => return Err(error),
                }
            },
        }
        Ok(response)
    }

    /// The head of a response; `None` if it has not been received completely.
    fn head(&mut self) -> io::Result<Option<(Response, Framing)>> {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut head = httparse::Response::new(&mut headers);
        let parsed = head.parse(&self.received).map_err(io::Error::other)?;
        let httparse::Status::Complete(length) = parsed else { return Ok(None) };
        let header = |name: &str| {
            let found = head.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
            found.map(|header| String::from_utf8_lossy(header.value).into_owned())
        };
        let framing = match (header("transfer-encoding"), header("content-length")) {
            (Some(encoding), _) if encoding.contains("chunked") => Framing::Chunked,
            (_, Some(length)) => Framing::Length(length.trim().parse().map_err(io::Error::other)?),
            _ => Framing::UntilEnd,
        };
        let response = Response {
            status: head.code.unwrap_or_default(),
            bytes: 0,
            retry_after: header("retry-after").is_some(),
            closes: header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close")),
            body: Vec::new(),
        };
        self.received.drain(..length);
        Ok(Some((response, framing)))
    }

    /// The length of the next chunk.
    async fn chunk(&mut self) -> io::Result<u64> {
        loop {
            let parsed = httparse::parse_chunk_size(&self.received);
            let parsed = parsed.map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
            if let httparse::Status::Complete((head, length)) = parsed {
                self.received.drain(..head);
                return Ok(length);
            }
            self.read().await?;
        }
    }

    /// Reads `length` bytes of a response's body. Keeps the first mebibyte and counts the rest.
    async fn take(&mut self, mut length: u64, response: &mut Response) -> io::Result<()> {
        const KEPT: usize = 1 << 20;
        loop {
            let now = self.received.len().min(usize::try_from(length).unwrap_or(usize::MAX));
            let kept = now.min(KEPT - response.body.len());
            response.body.extend_from_slice(&self.received[..kept]);
            response.bytes += now as u64;
            self.received.drain(..now);
            length -= now as u64;
            if length == 0 {
                return Ok(());
            }
            self.read().await?;
        }
    }

    async fn read(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.received).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}
