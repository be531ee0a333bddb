//! What a client is told where no request reaches the application: the connection's own responses, which
//! programs and pages can read.

use actix_web::{
    http::{StatusCode, header},
    web::Bytes,
};

use crate::graphql::code;

/// Writes such responses.
#[derive(Clone, Debug)]
pub struct Notices {
    origins: Vec<String>,
    /// The headers that pages of other origins may read.
    exposed: String,
}

impl Notices {
    /// `origins` are those of `--cors`.
    pub fn new(origins: &[String], exposed: &str) -> Self {
        Self { origins: origins.to_owned(), exposed: exposed.to_owned() }
    }

    /// Whether the origin that a head tells decides who may read the response.
    pub fn depend_on_head(&self) -> bool {
        self.origins.len() > 1 && !self.allows_all()
    }

    fn allows_all(&self) -> bool {
        self.origins.iter().any(|origin| origin == "*")
    }

    /// The headers by which pages may read a response to a head. The head may be incomplete.
    fn cors(&self, head: &[u8]) -> String {
        let allowed = match &*self.origins {
            _ if self.allows_all() => Some("*"),
            [origin] => Some(&**origin),
            origins => origin(head)
                .and_then(|asking| origins.iter().find(|origin| origin.as_bytes() == asking))
                .map(|origin| &**origin),
        };
        let vary = if self.allows_all() { "" } else { "vary: Origin\r\n" };
        let allow = allowed.map_or_else(String::new, |origin| {
            format!(
                "{}: {origin}\r\n{}: {}\r\n",
                header::ACCESS_CONTROL_ALLOW_ORIGIN,
                header::ACCESS_CONTROL_EXPOSE_HEADERS,
                self.exposed,
            )
        });
        allow + vary
    }

    /// A whole HTTP/1.1 response, after which the connection closes.
    fn response(&self, head: &[u8], status: StatusCode, code: &str, message: &str) -> Bytes {
        let error = serde_json::json!({ "message": message, "extensions": { "code": code } });
        let body = serde_json::json!({ "errors": [error] }).to_string();
        let retry = match status {
            StatusCode::SERVICE_UNAVAILABLE => "retry-after: 1\r\n",
            _ => "",
        };
        let text = format!(
            "HTTP/1.1 {} {}\r\ncontent-type: application/json; charset=utf-8\r\n\
             content-length: {}\r\ncache-control: no-store\r\nx-content-type-options: nosniff\r\n\
             connection: close\r\n{retry}{}\r\n{body}",
            status.as_u16(),
            status.canonical_reason().unwrap_or_default(),
            body.len(),
            self.cors(head),
        );
        text.into()
    }

    /// The head of a request did not come in time.
    pub fn slow_head(&self, head: &[u8]) -> Bytes {
        let message = "the head of the request came too slowly: send it at once";
        self.response(head, StatusCode::REQUEST_TIMEOUT, code::REQUEST, message)
    }

    /// There is no place for another connection.
    pub fn too_many(&self) -> Bytes {
        self.response(&[], StatusCode::SERVICE_UNAVAILABLE, code::BUSY, super::TOO_MANY)
    }

    /// What takes the place of a response without a body, by which actix-http refuses a head of so many bytes.
    pub fn instead_of(&self, response: &[u8], head: &[u8], length: u64) -> Option<Bytes> {
        /// The longest that `http::Uri` takes.
        const LONGEST_ADDRESS: u64 = 65_534;
        let (status, message) = match response.get(..12)? {
            b"HTTP/1.1 400" if length > LONGEST_ADDRESS => (
                StatusCode::URI_TOO_LONG,
                "the address is longer than 65534 bytes: send the query by POST, or a persisted document",
            ),
            b"HTTP/1.1 400" => {
                (StatusCode::BAD_REQUEST, "this is no HTTP/1.1 request that can be read")
            }
            b"HTTP/1.1 431" => (
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "the head of the request is larger than 128 KiB or has more than 96 headers: send fewer or shorter ones",
            ),
            _ => return None,
        };
        Some(self.response(head, status, code::REQUEST, message))
    }
}

/// The origin that a head tells.
fn origin(head: &[u8]) -> Option<&[u8]> {
    const NAME: &[u8] = b"origin:";
    head.split(|byte| *byte == b'\n').find_map(|line| {
        let (name, value) = line.split_at_checked(NAME.len())?;
        name.eq_ignore_ascii_case(NAME).then_some(value.trim_ascii())
    })
}
