//! The web page and GraphiQL, embedded in the program. They use only the public API.

use std::{borrow::Cow, collections::HashMap, sync::LazyLock};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        Method, StatusCode,
        header::{self, EntityTag, HeaderValue},
    },
    web::{self, Bytes},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::content_negotiation::{Encoding, StaticBody, has};

#[derive(RustEmbed)]
#[folder = "web/dist/"]
struct Assets;

/// The content security policy: only files of this origin, and no inline scripts or styles.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
    font-src 'self'; connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'";
/// `Cache-Control` of files whose names change with their content.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";
const REVALIDATE: &str = "public, max-age=0, must-revalidate";

/// An unknown path is the page or 404, depending on `Accept`.
const PAGE_VARY: &str = "Accept, Accept-Encoding";

const PAGE: &str = "index.html";
const GRAPHIQL: &str = "graphiql.html";
const DOCUMENTS: &str = "persisted-documents.json";

/// The documents that the page sends, by their SHA-256.
pub(super) fn documents() -> HashMap<String, String> {
    let file = Assets::get(DOCUMENTS).expect("the page is built with its documents");
    serde_json::from_slice(&file.data).expect("the file has documents by their hash")
}

/// The files by name.
static FILES: LazyLock<HashMap<String, File>> = LazyLock::new(|| {
    let built = |name: Cow<'static, str>| {
        let file = File::new(&name, Assets::get(&name)?);
        Some((name.into_owned(), file))
    };
    Assets::iter().filter_map(built).collect()
});

/// A file, ready to be sent.
struct File {
    media: &'static str,
    hash: String,
    body: StaticBody,
}

impl File {
    fn new(name: &str, built: EmbeddedFile) -> Self {
        let hash = BASE64_URL_SAFE_NO_PAD.encode(&built.metadata.sha256_hash()[..12]);
        let body = match built.data {
            Cow::Borrowed(data) => Bytes::from_static(data),
            Cow::Owned(data) => data.into(),
        };
        Self { media: media(name), hash, body: StaticBody::new(body) }
    }

    /// `cache_control` is the value of `Cache-Control`.
    fn send(&self, http: &HttpRequest, cache_control: &str) -> HttpResponse {
        let encoding = match self.media.starts_with("font/") {
            true => Encoding::Identity,
            false => Encoding::of(http, self.body.len()),
        };
        let tag = EntityTag::new_strong(format!("{}.{}", self.hash, encoding.name()));
        let known = has(http, &tag);
        let status = if known { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
        let mut response = HttpResponse::build(status);
        response
            .insert_header((header::ETAG, tag.to_string()))
            .insert_header((header::CACHE_CONTROL, cache_control))
            .insert_header((header::VARY, "Accept-Encoding"));
        if known {
            return response.finish();
        }
        encoding.set_header(&mut response);
        response.content_type(self.media).body(self.body.encoded(encoding))
    }
}

/// A file below `/assets/`, whose name changes with its content.
pub(super) async fn asset(http: HttpRequest, name: web::Path<String>) -> HttpResponse {
    let name = format!("assets/{name}");
    match FILES.get(&name) {
        Some(file) => file.send(&http, IMMUTABLE),
        None => missing(),
    }
}

/// GraphiQL.
pub(super) async fn graphiql(http: HttpRequest) -> HttpResponse {
    page(&http, GRAPHIQL)
}

/// Any other path: a file of the page, or the page itself, which has its own router.
pub(super) async fn any(http: HttpRequest) -> HttpResponse {
    // Without the prefix of an earlier state.
    let name = http.match_info().unprocessed().trim_start_matches('/');
    let file = FILES.get(name).filter(|_| name != PAGE && name != GRAPHIQL);
    let mut lines = http.headers().get_all(header::ACCEPT).filter_map(|line| line.to_str().ok());
    let is_page = name.is_empty() || lines.any(|accept| accept.contains("text/html"));
    let is_read = matches!(*http.method(), Method::GET | Method::HEAD);
    match file {
        None if !is_page => missing(),
        _ if !is_read => super::read_only().await,
        Some(file) => file.send(&http, REVALIDATE),
        None => page(&http, PAGE),
    }
}

fn page(http: &HttpRequest, name: &str) -> HttpResponse {
    let file = FILES.get(name).expect("the page is built in");
    let mut response = file.send(http, REVALIDATE);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CSP));
    headers.insert(header::VARY, HeaderValue::from_static(PAGE_VARY));
    response
}

fn missing() -> HttpResponse {
    HttpResponse::build(StatusCode::NOT_FOUND)
        .content_type("text/plain; charset=utf-8")
        .insert_header((header::VARY, PAGE_VARY))
        .body("nothing found at this address: / is the page, /graphql the API\n")
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
