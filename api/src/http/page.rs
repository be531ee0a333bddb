//! The web page and GraphiQL, as they were built into the program. A client like any other: it has nothing but
//! the public API.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex},
};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{self, EntityTag, Header, IfNoneMatch},
    },
    web::{self, Bytes},
};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::negotiate::Coding;

#[derive(RustEmbed)]
#[folder = "web/dist/"]
struct Built;

/// Nothing comes from elsewhere, and nothing runs or styles that is not a file of ours.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
    font-src 'self'; connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'";
/// The name of a file below it changes with its content.
const FOREVER: &str = "public, max-age=31536000, immutable";
const ASK: &str = "public, max-age=0, must-revalidate";

const PAGE: &str = "index.html";
const EXPLORER: &str = "graphiql.html";
const DOCUMENTS: &str = "persisted-documents.json";

/// The documents that the page sends, by their SHA-256.
pub(super) fn documents() -> HashMap<String, String> {
    let file = Built::get(DOCUMENTS).expect("the page is built with its documents");
    serde_json::from_slice(&file.data).expect("documents are texts by their hash")
}

/// Coded files, each once it is asked for: what is built in never changes.
static CODED: LazyLock<Mutex<HashMap<(String, Coding), Bytes>>> = LazyLock::new(Mutex::default);

/// A file below `/assets/`, whose name changes with its content.
pub(super) async fn asset(http: HttpRequest, name: web::Path<String>) -> HttpResponse {
    let name = format!("assets/{name}");
    match Built::get(&name) {
        Some(file) => send(&http, &name, &file, FOREVER),
        None => missing(),
    }
}

/// GraphiQL.
pub(super) async fn explorer(http: HttpRequest) -> HttpResponse {
    page(&http, EXPLORER)
}

/// Whatever is no other address: a file of the page, or the page itself, which knows its own addresses.
pub(super) async fn any(http: HttpRequest) -> HttpResponse {
    let name = http.path().trim_start_matches('/');
    let accepts = http.headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    match Built::get(name) {
        Some(file) if name != PAGE && name != EXPLORER => send(&http, name, &file, ASK),
        _ if name.is_empty() => page(&http, PAGE),
        _ if accepts.is_some_and(|accept| accept.contains("text/html")) => page(&http, PAGE),
        _ => missing(),
    }
}

fn page(http: &HttpRequest, name: &str) -> HttpResponse {
    let file = Built::get(name).expect("the page is built in");
    let mut response = send(http, name, &file, ASK);
    let policy = header::HeaderValue::from_static(POLICY);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

fn missing() -> HttpResponse {
    HttpResponse::build(StatusCode::NOT_FOUND)
        .content_type("text/plain; charset=utf-8")
        .body("there is nothing at this address: / is the page, /graphql the API\n")
}

fn send(http: &HttpRequest, name: &str, file: &EmbeddedFile, fresh: &str) -> HttpResponse {
    let coding = match media(name) {
        media if media.starts_with("font/") => Coding::Identity,
        _ => Coding::of(http, file.data.len()),
    };
    let hash: String =
        file.metadata.sha256_hash()[..12].iter().map(|byte| format!("{byte:02x}")).collect();
    let tag = EntityTag::new_strong(format!("{hash}.{}", coding.name()));
    let known = match IfNoneMatch::parse(http) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(&tag)),
        Err(_) => false,
    };
    let mut response =
        HttpResponse::build(if known { StatusCode::NOT_MODIFIED } else { StatusCode::OK });
    response
        .insert_header((header::ETAG, tag.to_string()))
        .insert_header((header::CACHE_CONTROL, fresh))
        .insert_header((header::VARY, "Accept-Encoding"));
    if known {
        return response.finish();
    }
    if coding != Coding::Identity {
        response.insert_header((header::CONTENT_ENCODING, coding.name()));
    }
    response.content_type(media(name)).body(coded(name, file, coding))
}

fn coded(name: &str, file: &EmbeddedFile, coding: Coding) -> Bytes {
    let mut coded = CODED.lock().expect("nothing panics while the lock is held");
    let whole = || coding.code(&Bytes::copy_from_slice(&file.data));
    coded.entry((name.to_owned(), coding)).or_insert_with(whole).clone()
}

fn media(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json") => "application/json",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}
