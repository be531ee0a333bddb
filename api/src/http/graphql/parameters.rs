//! The parameters of a GraphQL request by HTTP or WebSocket, before persisted documents are looked
//! up.

use actix_web::{
    HttpRequest,
    http::{
        StatusCode,
        header::{self, HeaderName},
    },
    web,
};
use serde_json::{Map, Value};

use super::response::RequestError;
use crate::http::connections::is_too_slow;

/// Requests the cost of the operation in the response.
const COST: HeaderName = HeaderName::from_static("x-adkb-cost");

/// Some clients send it before their JSON.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The parameters of a request, as defined by GraphQL over HTTP.
#[derive(Clone, Debug, Default)]
pub struct RequestParameters {
    pub query: Option<String>,
    /// A document by the SHA-256 of its text, as `documentId` or as Apollo's `persistedQuery`.
    pub hash: Option<String>,
    pub operation_name: Option<String>,
    pub variables: Map<String, Value>,
    pub wants_cost: bool,
}

impl RequestParameters {
    /// From the parameters of a GET request.
    pub fn from_parameters(http: &HttpRequest) -> Result<Self, RequestError> {
        refuse_embedding(http)?;
        let mut members = Map::new();
        for (name, value) in form_urlencoded::parse(http.query_string().as_bytes()) {
            let value = match &*name {
                "variables" | "extensions" if value.is_empty() => Value::Null,
                "variables" | "extensions" => serde_json::from_str(&value).map_err(|_| {
                    RequestError::bad(&format!("the parameter `{name}` is not a JSON object"))
                })?,
                _ => Value::String(value.into_owned()),
            };
            members.insert(name.into_owned(), value);
        }
        let parameters = Self::from_members(members, "parameter")?;
        if parameters.query.is_none() && parameters.hash.is_none() {
            return Err(RequestError::bad(
                "the parameter `query` is missing: write ?query={dataset{revision}}",
            ));
        }
        Ok(Self { wants_cost: wants_cost(http), ..parameters })
    }

    /// From the body of a POST request.
    pub fn from_body(
        http: &HttpRequest,
        body: Result<web::Bytes, actix_web::Error>,
        max: usize,
    ) -> Result<Self, RequestError> {
        if !is_json(http) {
            return Err(RequestError::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "send the request as JSON in UTF-8, with the header `Content-Type: application/json`",
            ));
        }
        let body = body.map_err(|error| match error.as_response_error().status_code() {
            _ if is_too_slow(&error) => RequestError::new(
                StatusCode::REQUEST_TIMEOUT,
                "the body arrived too slowly: send it faster, or use a persisted document",
            ),
            StatusCode::PAYLOAD_TOO_LARGE => RequestError::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                &format!("the body is larger than {max} bytes: send a smaller one, or use a persisted document"),
            ),
            _ => RequestError::bad("the body ended too early, or can't be decoded"),
        })?;
        let parameters = Self::from_json(&body)?;
        Ok(Self { wants_cost: wants_cost(http), ..parameters })
    }

    /// From the JSON of a request.
    pub fn from_json(json: &[u8]) -> Result<Self, RequestError> {
        let shape = r#"send {"query": "…", "variables": {…}}"#;
        let json = json.strip_prefix(BYTE_ORDER_MARK).unwrap_or(json);
        let members = match serde_json::from_slice(json) {
            Ok(Value::Object(members)) => members,
            Ok(Value::Array(_)) => {
                return Err(RequestError::bad(
                    "batches are not supported: send each operation as a separate request, or several root fields in one document",
                ));
            }
            Ok(_) => {
                return Err(RequestError::bad(&format!(
                    "the body is not a GraphQL request: {shape}"
                )));
            }
            Err(error) => {
                return Err(RequestError::bad(&format!(
                    "the body is not a GraphQL request: {error}; {shape}"
                )));
            }
        };
        let parameters = Self::from_members(members, "member")?;
        if parameters.query.is_none() && parameters.hash.is_none() {
            return Err(RequestError::bad(&format!("the member `query` is missing: {shape}")));
        }
        Ok(parameters)
    }

    /// From the members of a request. `what` is what error messages call a member.
    pub fn from_members(mut members: Map<String, Value>, what: &str) -> Result<Self, RequestError> {
        let mut text = |name: &str| match members.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(RequestError::bad(&format!("the {what} `{name}` is not a string"))),
        };
        let query = text("query")?;
        // Some clients send an empty name instead of null.
        let operation_name = text("operationName")?.filter(|name| !name.is_empty());
        let document = text("documentId")?;
        let mut object = |name: &str| match members.remove(name) {
            None | Some(Value::Null) => Ok(Map::new()),
            Some(Value::Object(object)) => Ok(object),
            Some(_) => Err(RequestError::bad(&format!("the {what} `{name}` is not a JSON object"))),
        };
        let variables = object("variables")?;
        let extensions = object("extensions")?;
        let persisted = extensions.get("persistedQuery");
        if persisted.is_some_and(|query| query.get("version").is_some_and(|version| version != 1)) {
            return Err(RequestError::persisted_version());
        }
        let named = persisted.and_then(|query| query.get("sha256Hash"));
        let hash = document.or_else(|| Some(named?.as_str()?.to_owned()));
        let hash = hash.map(|hash| hash.trim_start_matches("sha256:").to_ascii_lowercase());
        Ok(Self { query, hash, operation_name, variables, wants_cost: false })
    }
}

fn wants_cost(http: &HttpRequest) -> bool {
    http.headers().get(COST).is_some_and(|wanted| wanted == "1" || wanted == "true")
}

fn is_json(http: &HttpRequest) -> bool {
    let content_type = http.headers().get(header::CONTENT_TYPE);
    let Some(content_type) = content_type.and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let mut pieces = content_type.split(';').map(str::trim);
    let json = pieces.next().is_some_and(|media| media.eq_ignore_ascii_case("application/json"));
    let utf8 = pieces.all(|parameter| {
        let charset = parameter.get(..8).filter(|name| name.eq_ignore_ascii_case("charset="));
        charset.is_none_or(|_| {
            let charset = parameter[8..].trim_matches('"');
            ["utf-8", "utf8"].iter().any(|name| charset.eq_ignore_ascii_case(name))
        })
    });
    json && utf8
}

/// Headers that a page of another site can't make a browser send without a CORS preflight.
const PREFLIGHTED: [HeaderName; 3] = [
    HeaderName::from_static("apollo-require-preflight"),
    HeaderName::from_static("graphql-require-preflight"),
    HeaderName::from_static("x-apollo-operation-name"),
];
/// Fetch metadata: what the browser reports about the page and its request.
const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");
/// The media types that a page can send without a preflight.
const SIMPLE: [&str; 3] =
    ["text/plain", "multipart/form-data", "application/x-www-form-urlencoded"];
/// The values of `Sec-Fetch-Dest` for an embedded address.
const EMBEDDED: [&str; 11] = [
    "script", "image", "iframe", "frame", "object", "embed", "style", "video", "audio", "font",
    "track",
];

/// Rejects a request that a browser sends because a page of another site embeds the address, for
/// example as an image, a script or a frame.
fn refuse_embedding(http: &HttpRequest) -> Result<(), RequestError> {
    let header = |name: HeaderName| http.headers().get(name).and_then(|value| value.to_str().ok());
    if !matches!(header(SITE), Some("cross-site" | "same-site")) {
        return Ok(());
    }
    let is_simple = |content_type: &str| {
        let media = content_type.split(';').next().unwrap_or_default().trim();
        SIMPLE.iter().any(|simple| media.eq_ignore_ascii_case(simple))
    };
    let embedded = header(MODE) == Some("no-cors")
        || header(DEST).is_some_and(|dest| EMBEDDED.contains(&dest));
    let preflighted = PREFLIGHTED.iter().any(|name| http.headers().contains_key(name))
        || header(header::CONTENT_TYPE).is_some_and(|content_type| !is_simple(content_type));
    match embedded && !preflighted {
        true => Err(RequestError::csrf()),
        false => Ok(()),
    }
}
