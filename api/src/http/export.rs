//! Exports over HTTP: the addresses below `/export`.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    ops::Range,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use actix_web::{
    Error, HttpMessage, HttpRequest, HttpResponse, HttpResponseBuilder, ResponseError, Scope,
    body::{BodySize, BoxBody, MessageBody, None as NoBody, SizedStream},
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{self, EntityTag},
    },
    middleware::{Compress, DefaultHeaders},
    web,
};
use futures_util::TryStreamExt;
use tokio::runtime::Handle;

use super::{content_negotiation::has, readable};
use crate::{
    config::Limits,
    executor::Executor,
    export::{
        self, BadParameter, Copied, Copies, ExportError, ExportPermit, ExportSlots, Exported,
        Format, TABLES,
    },
    graphql,
    store::{
        ReadError, ReadErrorKind, Store,
        dataset::{self, Summary},
        load::{BatchLoad, SlugExists},
    },
};

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";
const PACKAGE: &str = "datapackage.json";

/// In seconds: when to retry if all slots are taken or the database is unavailable.
const RETRY_AFTER: u32 = 5;

pub(super) fn scope() -> Scope<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    web::scope("/export")
        // Compresses while streaming. Entity tags are weak, because the bytes differ by encoding.
        .wrap(Compress::default())
        .wrap(DefaultHeaders::new().add((header::VARY, "Accept-Encoding")))
        .service(readable("", index))
        .service(readable("/", index))
        .service(readable(&format!("/{PACKAGE}"), package))
        .service(readable(&format!("/{}", export::FILE), database))
        .service(readable("/{file}", table))
}

/// Why an export fails.
#[derive(Debug, thiserror::Error)]
enum ExportRequestError {
    #[error("there is no export `{0}`: /export/ lists all exports")]
    Address(String),
    #[error("there is no table `{name}`: the tables are {known}")]
    Table { name: String, known: String },
    #[error("there is no format `{name}`: the formats are {known}")]
    Format { name: String, known: String },
    #[error("the parameters can't be read: write them as name=value, joined by &")]
    Unreadable,
    #[error(transparent)]
    Parameter(#[from] BadParameter),
    #[error(transparent)]
    Name(graphql::OperationError),
    #[error("too many exports are running: retry in {RETRY_AFTER} seconds")]
    Busy,
    #[error("the knowledge base is empty; import a dataset with `adkb import`")]
    Empty,
    #[error("the database is busy or can't be reached: retry in {RETRY_AFTER} seconds")]
    Unavailable(#[source] ExportError),
    #[error("the database took too long: request less data at once, with filter parameters")]
    TimedOut(#[source] ExportError),
    #[error("the export failed; the log of the service has the cause")]
    Failed(#[source] ExportError),
}

impl From<ExportError> for ExportRequestError {
    fn from(error: ExportError) -> Self {
        match error.kind() {
            ReadErrorKind::Busy | ReadErrorKind::Unavailable => Self::Unavailable(error),
            ReadErrorKind::TimedOut => Self::TimedOut(error),
            ReadErrorKind::Internal => Self::Failed(error),
        }
    }
}

impl From<ReadError> for ExportRequestError {
    fn from(error: ReadError) -> Self {
        ExportError::from(error).into()
    }
}

impl ResponseError for ExportRequestError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Address(_) | Self::Table { .. } | Self::Format { .. } => StatusCode::NOT_FOUND,
            Self::Unreadable | Self::Parameter(_) | Self::Name(_) => StatusCode::BAD_REQUEST,
            Self::Busy | Self::Unavailable(_) | Self::Empty => StatusCode::SERVICE_UNAVAILABLE,
            Self::TimedOut(_) => StatusCode::GATEWAY_TIMEOUT,
            Self::Failed(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        match self {
            Self::Failed(cause) => tracing::error!(?cause, "export failed"),
            Self::Unavailable(cause) | Self::TimedOut(cause) => {
                tracing::warn!(?cause, "export rejected");
            }
            _ => {}
        }
        let mut response = HttpResponse::build(self.status_code());
        if let Self::Busy | Self::Unavailable(_) = self {
            response.insert_header((header::RETRY_AFTER, RETRY_AFTER));
        }
        response.content_type(TEXT).body(format!("{self}\n"))
    }
}

/// The list of exports, for people.
async fn index(http: HttpRequest) -> HttpResponse {
    let mut text =
        "Download the knowledge base. Each table is also available as .json and .ndjson, \
                    and takes the filters of the API as parameters.\n\n"
            .to_owned();
    let tables = TABLES.iter().map(|table| (format!("{}.csv", table.name()), table.description()));
    let whole = [
        (PACKAGE, "Describes the columns of the tables, as a Frictionless Data Package."),
        (export::FILE, "The whole knowledge base as a SQLite database."),
    ];
    let whole = whole.map(|(file, what)| (file.to_owned(), what.to_owned()));
    for (file, what) in tables.chain(whole) {
        text += &format!("/export/{file:<22} {what}\n");
    }
    answer(&http, HttpResponse::Ok().content_type(TEXT), text)
}

/// The description of the tables, for programs.
async fn package(
    http: HttpRequest,
    threads: web::Data<Executor>,
) -> Result<HttpResponse, ExportRequestError> {
    let summary = summary(threads.store()).await?;
    let tag = EntityTag::new_weak(tag(&http, &summary));
    if let Some(unchanged) = unchanged(&http, &tag) {
        return Ok(unchanged);
    }
    let package = format!("{:#}\n", export::package(&summary));
    Ok(answer(&http, ok(&tag).content_type(JSON), package))
}

/// A table.
async fn table(
    http: HttpRequest,
    file: web::Path<String>,
    threads: web::Data<Executor>,
    limits: web::Data<Limits>,
    places: web::Data<ExportSlots>,
) -> Result<HttpResponse, ExportRequestError> {
    let (table, format) = named(&file)?;
    let parameters = web::Query::<Vec<(String, String)>>::from_query(http.query_string())
        .map_err(|_| ExportRequestError::Unreadable)?;
    let kept = table.filter(&parameters, &limits)?;
    let now = summary(threads.store()).await?;
    let tag_now = EntityTag::new_weak(tag(&http, &now));
    if let Some(unchanged) = unchanged(&http, &tag_now) {
        return Ok(unchanged);
    }
    all_known(threads.store(), &kept.names).await?;
    if http.method() == Method::HEAD {
        return Ok(headed(&tag_now, table.name(), format, &now).body(NoBody::new()));
    }
    let runtime = threads.runtime().clone();
    let ExportPermit { store, taken } = place(&runtime, &places).await?;
    // The data may have changed since.
    let summary = summary(&store).await?;
    let tag = EntityTag::new_weak(tag(&http, &summary));
    let rows = export::rows(table, format, store, kept.condition);
    let pieces = export::spool(runtime, rows, taken, places.spooled().clone()).await?;
    let pieces = pieces.map_ok(web::Bytes::from);
    Ok(headed(&tag, table.name(), format, &summary).streaming(pieces))
}

/// The whole knowledge base as a SQLite file.
async fn database(
    http: HttpRequest,
    threads: web::Data<Executor>,
    places: web::Data<ExportSlots>,
    copies: web::Data<Copies>,
) -> Result<HttpResponse, ExportRequestError> {
    let now = summary(threads.store()).await?;
    let copy =
        copies.of(&now, &places, threads.runtime()).await?.ok_or(ExportRequestError::Busy)?;
    // Only the file without encoding has a strong entity tag and byte ranges.
    let strong = EntityTag::new_strong(copy.hash.clone());
    let part = range(&http, &strong, copy.length);
    let is_plain = part.is_some() || is_plain(&http);
    let tag = if is_plain { strong.clone() } else { EntityTag::new_weak(copy.hash.clone()) };
    if let Some(unchanged) = unchanged(&http, &tag) {
        return Ok(unchanged);
    }
    let file = format!("adkb-r{}.sqlite", copy.summary.revision);
    let whole = 0..copy.length;
    let (mut response, part) = match part {
        None => (ok(&tag), whole),
        Some(Some(part)) => {
            let mut response = validated(HttpResponse::PartialContent(), &tag);
            let range = format!("bytes {}-{}/{}", part.start, part.end - 1, copy.length);
            response.insert_header((header::CONTENT_RANGE, range));
            (response, part)
        }
        Some(None) => {
            let range = format!("bytes */{}", copy.length);
            let message = format!("the file has {} bytes: request a range of them\n", copy.length);
            return Ok(HttpResponse::RangeNotSatisfiable()
                .insert_header((header::CONTENT_RANGE, range))
                .content_type(TEXT)
                .body(message));
        }
    };
    response.content_type("application/vnd.sqlite3").insert_header(attachment(&file));
    if is_plain {
        response.insert_header((header::ACCEPT_RANGES, "bytes"));
    }
    Ok(response.body(bytes(&http, copy, part)))
}

fn bytes(http: &HttpRequest, copy: Arc<Copied>, part: Range<u64>) -> BoxBody {
    let length = part.end - part.start;
    match *http.method() {
        Method::HEAD => Sized(length).boxed(),
        _ => {
            let pieces = copy.bytes(part).map_ok(web::Bytes::from);
            SizedStream::new(length, pieces).boxed()
        }
    }
}

/// Whether the client accepts only the file without encoding.
fn is_plain(http: &HttpRequest) -> bool {
    let encodings = http.headers().get(header::ACCEPT_ENCODING);
    encodings.is_none_or(|encodings| encodings.is_empty() || encodings == "identity")
}

/// The byte range that the client requests, if it is a single one and `If-Range` matches. The inner
/// value is `None` if the range is outside the file.
fn range(http: &HttpRequest, tag: &EntityTag, length: u64) -> Option<Option<Range<u64>>> {
    if http.method() != Method::GET {
        return None;
    }
    if let Some(condition) = http.headers().get(header::IF_RANGE)
        && condition.as_bytes() != tag.to_string().as_bytes()
    {
        return None;
    }
    let Some(header::Range::Bytes(parts)) = http.get_header() else { return None };
    let [part] = parts.as_slice() else { return None };
    Some(part.to_satisfiable_range(length).map(|(first, last)| first..last + 1))
}

/// A slot for an export, with a database connection that belongs to `runtime`.
async fn place(
    runtime: &Handle,
    places: &web::Data<ExportSlots>,
) -> Result<ExportPermit, ExportRequestError> {
    let places = places.get_ref().clone();
    let place = runtime.spawn(async move { places.take().await }).await;
    let place = place.map_err(std::io::Error::other).map_err(ExportError::from)?;
    place?.ok_or(ExportRequestError::Busy)
}

/// The table and the format of a file name.
fn named(file: &str) -> Result<(&'static dyn Exported, Format), ExportRequestError> {
    let (name, extension) =
        file.rsplit_once('.').ok_or_else(|| ExportRequestError::Address(file.to_owned()))?;
    let known = |names: Vec<&str>| names.join(", ");
    let table = TABLES.iter().find(|table| table.name() == name).ok_or_else(|| {
        ExportRequestError::Table {
            name: name.to_owned(),
            known: known(TABLES.iter().map(|table| table.name()).collect()),
        }
    })?;
    let format = Format::ALL.into_iter().find(|format| format.extension() == extension);
    let format = format.ok_or_else(|| ExportRequestError::Format {
        name: extension.to_owned(),
        known: known(Format::ALL.map(Format::extension).to_vec()),
    })?;
    Ok((table.as_ref(), format))
}

async fn summary(store: &Store) -> Result<Summary, ExportRequestError> {
    dataset::summary(store).await?.ok_or(ExportRequestError::Empty)
}

/// Rejects slugs and codes that no record has.
async fn all_known(store: &Store, names: &[String]) -> Result<(), ExportRequestError> {
    if names.is_empty() {
        return Ok(());
    }
    let known = SlugExists::fetch(store, names).await?;
    match names.iter().find(|name| !known.contains_key(*name)) {
        Some(name) => {
            Err(ExportRequestError::Name(graphql::OperationError::UnknownName(name.clone())))
        }
        None => Ok(()),
    }
}

/// The value of the entity tag. It includes all that the response depends on: the path with its
/// parameters, the state of the data, and the version of the program.
fn tag(http: &HttpRequest, summary: &Summary) -> String {
    let mut hasher = DefaultHasher::new();
    let address = http.uri().path_and_query().map(|address| address.as_str());
    (address, summary.updated_at, env!("CARGO_PKG_VERSION")).hash(&mut hasher);
    format!("r{}-{:016x}", summary.revision, hasher.finish())
}

/// The response 304, if the client has the current version.
fn unchanged(http: &HttpRequest, tag: &EntityTag) -> Option<HttpResponse> {
    has(http, tag).then(|| validated(HttpResponse::NotModified(), tag).finish())
}

fn ok(tag: &EntityTag) -> HttpResponseBuilder {
    validated(HttpResponse::Ok(), tag)
}

/// Lets caches store the response; they have to revalidate it before each use.
fn validated(mut response: HttpResponseBuilder, tag: &EntityTag) -> HttpResponseBuilder {
    response
        .insert_header(header::ETag(tag.clone()))
        .insert_header((header::CACHE_CONTROL, "no-cache"));
    response
}

fn headed(tag: &EntityTag, table: &str, format: Format, summary: &Summary) -> HttpResponseBuilder {
    let file = format!("adkb-{table}-r{}.{}", summary.revision, format.extension());
    let mut response = ok(tag);
    response.content_type(format.media_type()).insert_header(attachment(&file));
    response
}

fn attachment(file: &str) -> (header::HeaderName, String) {
    (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{file}\""))
}

fn answer(http: &HttpRequest, response: &mut HttpResponseBuilder, body: String) -> HttpResponse {
    match *http.method() {
        Method::HEAD => response.body(NoBody::new()),
        _ => response.body(body),
    }
}

/// The empty body of a response to HEAD that has a `Content-Length`.
struct Sized(u64);

impl MessageBody for Sized {
    type Error = std::convert::Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.0)
    }

    fn poll_next(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<web::Bytes, Self::Error>>> {
        Poll::Ready(None)
    }
}
