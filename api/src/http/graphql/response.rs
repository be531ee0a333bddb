//! Responses: status, media type, encoding and cache headers.

use std::collections::BTreeMap;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, StatusCode, header},
    web::{self, Bytes},
};
use async_graphql::{Response, ServerError, Value};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Serialize;

use crate::http::{
    content_negotiation::{Encoding, MediaType, if_none_match},
    request_id::RequestId,
    states::identify_version,
};
use crate::{
    cache::{Lookup, ResponseKey, RevisionCache},
    graphql::{ErrorCode, GraphqlRequest, OperationError, OperationResponse, finish, is_query},
    metrics::METRICS,
};

/// The request headers that a response depends on.
const VARY: &str = "Accept, Accept-Encoding, X-Adkb-Cost";
/// Larger bodies, in bytes, are compressed on a blocking thread.
const LARGE: usize = 200_000;
/// In seconds: when to retry if the service is busy.
const RETRY_AFTER: &str = "1";

/// The responses that a client has cached, by `If-None-Match`.
pub(super) struct IfNoneMatch<'h> {
    tags: Vec<&'h str>,
    media: MediaType,
    encoding: Encoding,
}

/// The last part of the entity tag of a body that is too small to be compressed.
const PLAIN: &str = "plain";

impl<'h> IfNoneMatch<'h> {
    pub fn of(http: &'h HttpRequest, media: MediaType) -> Self {
        // Clients cache only GET and HEAD responses.
        let conditional = matches!(*http.method(), Method::GET | Method::HEAD);
        let tags = if conditional { if_none_match(http).collect() } else { Vec::new() };
        Self { tags, media, encoding: Encoding::of(http, usize::MAX) }
    }

    /// The client's entity tag for the response, if it has the response as it would be sent now.
    fn tag(&self, key: &ResponseKey) -> Option<String> {
        if self.tags.is_empty() {
            return None;
        }
        let now = [self.encoding.name(), PLAIN].map(|form| tag(key, self.media, form));
        now.into_iter().find(|tag| self.tags.contains(&tag.trim_matches('"')))
    }

    /// The response 304, if the client has the response cached.
    pub fn not_modified(&self, key: &ResponseKey, max_age: u32) -> Option<HttpResponse> {
        Some(not_modified(self.tag(key)?, max_age))
    }

    /// Whether `If-None-Match` is `*`, which matches every response.
    fn is_any(&self) -> bool {
        self.tags.contains(&"*")
    }
}

/// The strong entity tag of a response. It differs by media type and encoding.
fn tag(key: &ResponseKey, media: MediaType, form: &str) -> String {
    let media = match media {
        MediaType::GraphQl => "g",
        MediaType::Json => "j",
    };
    format!("\"{}.{media}.{form}\"", BASE64_URL_SAFE_NO_PAD.encode(key))
}

fn not_modified(tag: String, max_age: u32) -> HttpResponse {
    HttpResponse::NotModified()
        .insert_header((header::ETAG, tag))
        .insert_header((header::CACHE_CONTROL, cache_control(max_age)))
        .insert_header((header::VARY, VARY))
        .finish()
}

pub(super) async fn respond(
    http: &HttpRequest,
    known: &IfNoneMatch<'_>,
    max_age: u32,
    request: &GraphqlRequest,
    answer: OperationResponse,
) -> HttpResponse {
    let by_get = *http.method() != Method::POST;
    let media = known.media;
    match answer {
        OperationResponse::Complete { key, body, revision_cache } => {
            if let Some(response) = known.not_modified(&key, max_age) {
                return response;
            }
            let encoding = Encoding::of(http, body.len());
            let form = if Encoding::is_worthwhile(body.len()) { encoding.name() } else { PLAIN };
            let tag = tag(&key, media, form);
            if known.is_any() {
                return not_modified(tag, max_age);
            }
            let body = encoded(&revision_cache, &key, encoding, body).await;
            let mut response = HttpResponse::Ok();
            response.content_type(media.content_type()).insert_header((header::VARY, VARY));
            encoding.set_header(&mut response);
            identify_version(&mut response, http, revision_cache.version);
            if by_get {
                response
                    .insert_header((header::ETAG, tag))
                    .insert_header((header::CACHE_CONTROL, cache_control(max_age)));
            }
            response.body(body)
        }
        OperationResponse::Errors(response)
            if by_get && is_request_error(&response) && !is_query(request) =>
        {
            RequestError::method(
                "GET runs queries only; send a mutation by POST and a subscription by WebSocket",
                "POST",
            )
            .respond(media)
        }
        OperationResponse::Errors(response) => error_response(http, media, *response),
    }
}

fn cache_control(max_age: u32) -> String {
    format!("public, max-age={max_age}, must-revalidate")
}

/// The encoded body, from the cache or encoded and then cached.
async fn encoded(
    revision_cache: &RevisionCache,
    key: &ResponseKey,
    encoding: Encoding,
    body: Bytes,
) -> Bytes {
    if encoding == Encoding::Identity {
        return body;
    }
    let mut place_of = *key;
    // The last byte distinguishes the encodings of a response.
    place_of[place_of.len() - 1] ^= encoding as u8;
    match revision_cache.responses.get_or_reserve(place_of).await {
        Lookup::Hit(encoded) => encoded,
        Lookup::Miss(place) => {
            let encoded = match body.len() > LARGE {
                true => web::block(move || encoding.encode(&body))
                    .await
                    .expect("encoding does not panic"),
                false => encoding.encode(&body),
            };
            place.fill(encoded.clone());
            encoded
        }
    }
}

/// Whether an operation was rejected before it ran.
pub(super) fn is_request_error(response: &Response) -> bool {
    response.data == Value::Null && response.errors.iter().all(|error| error.path.is_empty())
}

/// Whether the service is the cause of an error: a timeout, an overload or an internal error.
pub(super) fn is_server_error(response: &Response) -> bool {
    response
        .errors
        .iter()
        .any(|error| status_of(ErrorCode::of(error)).is_some_and(|status| status.is_server_error()))
}

/// The HTTP status of an error code. `None` if the status depends on the media type of the
/// response, as GraphQL over HTTP specifies.
fn status_of(code: ErrorCode) -> Option<StatusCode> {
    match code {
        ErrorCode::PersistedQueryHashMismatch
        | ErrorCode::PersistedQueryNotSupported
        | ErrorCode::PersistedQueryNotInList => Some(StatusCode::BAD_REQUEST),
        ErrorCode::Timeout => Some(StatusCode::GATEWAY_TIMEOUT),
        ErrorCode::Busy => Some(StatusCode::SERVICE_UNAVAILABLE),
        ErrorCode::InternalServerError => Some(StatusCode::INTERNAL_SERVER_ERROR),
        _ => None,
    }
}

/// A response with errors.
pub(super) fn error_response(
    http: &HttpRequest,
    media: MediaType,
    mut response: Response,
) -> HttpResponse {
    let refused = is_request_error(&response);
    let mut status = StatusCode::OK;
    for error in &mut response.errors {
        let code = ErrorCode::of(error);
        METRICS.error(code.as_str());
        let own = status_of(code);
        if own.is_some_and(|status| status.is_server_error()) {
            let extensions = error.extensions.get_or_insert_default();
            extensions.set("requestId", RequestId::of(http).as_str());
        }
        if refused {
            let theirs =
                if media == MediaType::GraphQl { StatusCode::BAD_REQUEST } else { StatusCode::OK };
            status = own.unwrap_or(theirs);
        }
    }
    let body = json(&response, refused);
    let mut built = HttpResponse::build(status);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        built.insert_header((header::RETRY_AFTER, RETRY_AFTER));
    }
    built
        .content_type(media.content_type())
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::VARY, VARY))
        .body(body)
}

/// A response as JSON, in the order of its fields; without `data` if the operation did not run.
fn json(response: &Response, refused: bool) -> String {
    #[derive(Serialize)]
    struct WithoutData<'r> {
        errors: &'r [ServerError],
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        extensions: &'r BTreeMap<String, Value>,
    }
    let Response { errors, extensions, .. } = response;
    let json = match refused {
        true => serde_json::to_string(&WithoutData { errors, extensions }),
        false => serde_json::to_string(response),
    };
    json.expect("a response is JSON")
}

impl From<OperationError> for Response {
    fn from(refusal: OperationError) -> Self {
        finish(Self::from_errors(vec![refusal.into()]))
    }
}

/// Why an HTTP request is rejected before its document is read: for example for its method, media
/// type or body.
#[derive(Debug)]
pub struct RequestError {
    status: StatusCode,
    message: String,
    code: ErrorCode,
    allow: Option<&'static str>,
}

impl RequestError {
    pub fn new(status: StatusCode, message: &str) -> Self {
        Self { status, message: message.to_owned(), code: ErrorCode::BadRequest, allow: None }
    }

    pub fn bad(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// `allow` lists the supported methods.
    pub fn method(message: &str, allow: &'static str) -> Self {
        Self { allow: Some(allow), ..Self::new(StatusCode::METHOD_NOT_ALLOWED, message) }
    }

    pub fn not_acceptable() -> Self {
        Self::new(
            StatusCode::NOT_ACCEPTABLE,
            "responses are `application/graphql-response+json` or `application/json`: name one in the header `Accept`",
        )
    }

    /// Too many WebSockets are open; the client may retry.
    pub fn busy(message: &str) -> Self {
        Self { code: ErrorCode::Busy, ..Self::new(StatusCode::SERVICE_UNAVAILABLE, message) }
    }

    pub fn csrf() -> Self {
        Self {
            code: ErrorCode::CsrfPrevention,
            ..Self::bad(
                "a page of another site embeds this address; to allow it, send the header `graphql-require-preflight: 1`",
            )
        }
    }

    pub fn persisted_version() -> Self {
        Self {
            code: ErrorCode::PersistedQueryNotSupported,
            ..Self::bad(
                "only version 1 of automatic persisted queries is supported: send `version: 1`",
            )
        }
    }

    pub fn message(&self) -> &str {
        &self.message
    }

    pub(in crate::http) fn respond(&self, media: MediaType) -> HttpResponse {
        METRICS.error(self.code.as_str());
        let error = serde_json::json!({ "message": self.message, "extensions": { "code": self.code.as_str() } });
        let mut response = HttpResponse::build(self.status);
        if let Some(methods) = self.allow {
            response.insert_header((header::ALLOW, methods));
        }
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.insert_header((header::RETRY_AFTER, RETRY_AFTER));
        }
        response
            .content_type(media.content_type())
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .insert_header((header::VARY, VARY))
            .body(serde_json::json!({ "errors": [error] }).to_string())
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{Name, Value, indexmap::IndexMap};

    use super::*;

    #[test]
    fn a_response_with_errors_keeps_the_order_of_its_fields() {
        let fields = ["z", "a", "m"].map(|name| (Name::new(name), Value::from(1)));
        let mut response = Response::new(Value::Object(IndexMap::from(fields)));
        response.errors.push(ServerError::new("an error", None));
        assert!(json(&response, false).contains(r#""data":{"z":1,"a":1,"m":1}"#));
        assert!(!json(&response, true).contains("data"));
    }
}
