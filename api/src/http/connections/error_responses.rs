//! The error responses that a connection writes itself, when a request does not reach the
//! application. They are JSON with CORS headers, so programs and pages can read them.

use actix_web::{
    http::{StatusCode, header},
    web::Bytes,
};

use crate::graphql::ErrorCode;

/// Builds these responses.
#[derive(Clone, Debug)]
pub struct ErrorResponses {
    origins: Vec<String>,
    /// The headers that pages of other origins may read.
    exposed: String,
}

impl ErrorResponses {
    /// `origins` are those of `--cors`.
    pub fn new(origins: &[String], exposed: &str) -> Self {
        Self { origins: origins.to_owned(), exposed: exposed.to_owned() }
    }

    /// Whether the CORS headers depend on the `Origin` of the request.
    pub fn depend_on_head(&self) -> bool {
        self.origins.len() > 1 && !self.allows_all()
    }

    fn allows_all(&self) -> bool {
        self.origins.iter().any(|origin| origin == "*")
    }

    /// The CORS headers of the response to a request head, which may be incomplete.
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

    /// A complete HTTP/1.1 response, after which the connection closes.
    fn response(&self, head: &[u8], status: StatusCode, code: ErrorCode, message: &str) -> Bytes {
        let error =
            serde_json::json!({ "message": message, "extensions": { "code": code.as_str() } });
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

    /// The head of a request did not arrive in time.
    pub fn slow_head(&self, head: &[u8]) -> Bytes {
        let message = "the head of the request arrived too slowly: send it faster";
        self.response(head, StatusCode::REQUEST_TIMEOUT, ErrorCode::BadRequest, message)
    }

    /// The connection limits are reached.
    pub fn too_many(&self) -> Bytes {
        self.response(&[], StatusCode::SERVICE_UNAVAILABLE, ErrorCode::Busy, super::TOO_MANY)
    }

    /// Replaces a response without a body, with which actix-http rejects a head of `length` bytes.
    pub fn instead_of(&self, response: &[u8], head: &[u8], length: u64) -> Option<Bytes> {
        /// Maximum length of `http::Uri`, in bytes.
        const LONGEST_ADDRESS: u64 = 65_534;
        let (status, message) = match response.get(..12)? {
            b"HTTP/1.1 400" if length > LONGEST_ADDRESS => (
                StatusCode::URI_TOO_LONG,
                "the address is longer than 65534 bytes: send the query by POST, or use a persisted document",
            ),
            b"HTTP/1.1 400" => (StatusCode::BAD_REQUEST, "this is not a valid HTTP/1.1 request"),
            b"HTTP/1.1 431" => (
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "the head of the request is larger than 128 KiB or has more than 96 headers: send fewer or shorter ones",
            ),
            _ => return None,
        };
        Some(self.response(head, status, ErrorCode::BadRequest, message))
    }
}

/// The value of `Origin` in a request head.
fn origin(head: &[u8]) -> Option<&[u8]> {
    const NAME: &[u8] = b"origin:";
    head.split(|byte| *byte == b'\n').find_map(|line| {
        let (name, value) = line.split_at_checked(NAME.len())?;
        name.eq_ignore_ascii_case(NAME).then_some(value.trim_ascii())
    })
}
