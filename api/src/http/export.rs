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
use futures_util::{Stream, TryStreamExt};
use sea_orm::Condition;
use serde::Deserialize;
use tokio::runtime::Handle;

use super::{
    content_negotiation::has,
    history, readable,
    states::{base, identify},
};
use crate::{
    config::Limits,
    executor::Executor,
    export::{
        self, BadParameter, Copied, Copies, ExportError, ExportPermit, ExportSlots, Exported,
        FilteredTable, Format, TABLES, WorkbookError,
    },
    graphql,
    store::{
        ReadError, ReadErrorKind, Store,
        dataset::{self, Summary},
        load::{BatchLoad, SlugExists},
        states::SpanError,
    },
};

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";
const PACKAGE: &str = "datapackage.json";
/// The parameter for a byte order mark.
const BYTE_ORDER_MARK: &str = "bom";

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
    // Compresses while streaming. Entity tags are weak, because the bytes differ by encoding.
    let compressed = web::scope("")
        .wrap(Compress::default())
        .wrap(DefaultHeaders::new().add((header::VARY, "Accept-Encoding")))
        .service(readable("", index))
        .service(readable("/", index))
        .service(readable(&format!("/{PACKAGE}"), package))
        .service(readable(&format!("/{}", export::FILE), database))
        .service(readable(&format!("/{}", history::RECORDS), history::records))
        .service(readable("/changes.{extension}", history::differences))
        .service(readable("/{file}", table));
    // A workbook is compressed already.
    web::scope("/export")
        .service(readable(&format!("/{}", export::WORKBOOK), whole_workbook))
        .service(readable(&format!("/{{table}}.{}", export::XLSX), workbook))
        .service(compressed)
}

/// Why an export fails.
#[derive(Debug, thiserror::Error)]
pub(super) enum ExportRequestError {
    #[error("there is no export `{0}`: /export/ lists all exports")]
    Address(String),
    #[error("there is no table `{name}`: the tables are {known}")]
    Table { name: String, known: String },
    #[error("there is no format `{name}`: the formats are {known}")]
    Format { name: String, known: String },
    #[error("the parameters can't be read: write them as name=value, joined by &")]
    Unreadable,
    #[error(
        "the differences of two states need `from`, and may have `to`: each is a version of the dataset, a content hash or the number of a revision"
    )]
    Between,
    #[error("there is no state `{0}`: /export/revisions.csv lists the revisions")]
    State(String),
    #[error(transparent)]
    Swapped(SpanError),
    #[error(transparent)]
    Parameter(#[from] BadParameter),
    #[error("`{BYTE_ORDER_MARK}` is for CSV: leave it out, or request the table as .csv")]
    NotCsv,
    #[error(
        "{} has all rows of all tables: leave the parameters out, or request one table, such as /export/events.xlsx?from=2020",
        export::WORKBOOK
    )]
    Whole,
    #[error(transparent)]
    Workbook(WorkbookError),
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

impl From<SpanError> for ExportRequestError {
    fn from(error: SpanError) -> Self {
        match error {
            SpanError::Unknown { name, .. } => Self::State(name.chars().take(80).collect()),
            swapped @ SpanError::Swapped => Self::Swapped(swapped),
        }
    }
}

impl From<WorkbookError> for ExportRequestError {
    fn from(error: WorkbookError) -> Self {
        match error {
            WorkbookError::Read(error) => error.into(),
            too_many @ WorkbookError::TooManyRows { .. } => Self::Workbook(too_many),
        }
    }
}

impl ResponseError for ExportRequestError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Address(_) | Self::Table { .. } | Self::Format { .. } => StatusCode::NOT_FOUND,
            Self::Unreadable | Self::Parameter(_) | Self::Name(_) => StatusCode::BAD_REQUEST,
            Self::Between | Self::State(_) | Self::Swapped(_) => StatusCode::BAD_REQUEST,
            Self::NotCsv | Self::Whole | Self::Workbook(_) => StatusCode::BAD_REQUEST,
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
        "Download the knowledge base. Each table is also available as .json, .ndjson and .xlsx, \
                    and takes the filters of the API as parameters.\n\n"
            .to_owned();
    let tables = TABLES.iter().map(|table| (format!("{}.csv", table.name()), table.description()));
    let whole = [
        (PACKAGE, "Describes the columns of the tables, as a Frictionless Data Package."),
        (history::RECORDS, "All records in canonical form; their SHA-256 is the content hash."),
        (
            "changes.csv?from=1",
            "What differs between a state and a later one, &to=STATE or the newest.",
        ),
        (export::FILE, "The whole knowledge base as a SQLite database."),
        (export::WORKBOOK, "All tables as one workbook for spreadsheet programs."),
    ];
    let whole = whole.map(|(file, what)| (file.to_owned(), what.to_owned()));
    let base = base(&http);
    for (file, what) in tables.chain(whole) {
        text += &format!("{base}/export/{file:<22} {what}\n");
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
    Ok(answer(&http, ok(&http, &tag, &summary).content_type(JSON), package))
}

/// The name of a file below `/export/`.
#[derive(Deserialize)]
struct ExportFile {
    file: String,
}

/// A table as CSV, JSON or NDJSON.
async fn table(
    http: HttpRequest,
    file: web::Path<ExportFile>,
    threads: web::Data<Executor>,
    limits: web::Data<Limits>,
    places: web::Data<ExportSlots>,
) -> Result<HttpResponse, ExportRequestError> {
    let (table, format) = named(&file.file)?;
    let mut parameters = parameters(&http)?;
    let byte_order_mark = byte_order_mark(&mut parameters, format == Format::Csv)?;
    let kept = table.filter(&parameters, &limits)?;
    let (condition, names) = (kept.condition, kept.names);
    let file = FileType {
        table: Some(table.name()),
        extension: format.extension(),
        media_type: format.media_type(),
    };
    download(&http, &threads, &places, file, &names, async |store, _| {
        Ok(export::rows(table, format, byte_order_mark, store, condition))
    })
    .await
}

/// The name of a table below `/export/`.
#[derive(Deserialize)]
struct WorkbookFile {
    table: String,
}

/// A table as a workbook.
async fn workbook(
    http: HttpRequest,
    file: web::Path<WorkbookFile>,
    threads: web::Data<Executor>,
    limits: web::Data<Limits>,
    places: web::Data<ExportSlots>,
) -> Result<HttpResponse, ExportRequestError> {
    let table = table_named(&file.table)?;
    let mut parameters = parameters(&http)?;
    byte_order_mark(&mut parameters, false)?;
    let kept = table.filter(&parameters, &limits)?;
    let parameters = parameters.iter().map(|(name, value)| format!("{name}={value}"));
    let parameters = parameters.collect::<Vec<_>>().join("&");
    let filtered = FilteredTable { table, condition: kept.condition, parameters };
    let file = FileType {
        table: Some(table.name()),
        extension: export::XLSX,
        media_type: export::XLSX_MEDIA_TYPE,
    };
    download(&http, &threads, &places, file, &kept.names, async |store, summary| {
        Ok(export::workbook(vec![filtered], store, summary).await?)
    })
    .await
}

/// All tables as a workbook.
async fn whole_workbook(
    http: HttpRequest,
    threads: web::Data<Executor>,
    places: web::Data<ExportSlots>,
) -> Result<HttpResponse, ExportRequestError> {
    if !parameters(&http)?.is_empty() {
        return Err(ExportRequestError::Whole);
    }
    let tables = TABLES.iter().map(|table| FilteredTable {
        table: table.as_ref(),
        condition: Condition::all(),
        parameters: String::new(),
    });
    let file =
        FileType { table: None, extension: export::XLSX, media_type: export::XLSX_MEDIA_TYPE };
    download(&http, &threads, &places, file, &[], async |store, summary| {
        Ok(export::workbook(tables.collect(), store, summary).await?)
    })
    .await
}

/// What kind of file an export is.
pub(super) struct FileType {
    /// The table in the file; `None` if the file has all tables.
    pub table: Option<&'static str>,
    pub extension: &'static str,
    pub media_type: &'static str,
}

/// Sends a file. `encode` has a snapshot of the data and its summary; `names` are the slugs and
/// codes in the filter.
pub(super) async fn download<S>(
    http: &HttpRequest,
    threads: &Executor,
    places: &web::Data<ExportSlots>,
    file: FileType,
    names: &[String],
    encode: impl AsyncFnOnce(Store, Summary) -> Result<S, ExportRequestError>,
) -> Result<HttpResponse, ExportRequestError>
where
    S: Stream<Item = Result<Vec<u8>, ExportError>> + Send + 'static,
{
    let now = summary(threads.store()).await?;
    let tag_now = EntityTag::new_weak(tag(http, &now));
    if let Some(unchanged) = unchanged(http, &tag_now) {
        return Ok(unchanged);
    }
    all_known(threads.store(), names).await?;
    if http.method() == Method::HEAD {
        return Ok(headed(http, &tag_now, &file, &now).body(NoBody::new()));
    }
    let runtime = threads.runtime().clone();
    let ExportPermit { store, taken } = place(&runtime, places).await?;
    // The data may have changed since.
    let summary = summary(&store).await?;
    let tag = EntityTag::new_weak(tag(http, &summary));
    let mut response = headed(http, &tag, &file, &summary);
    let pieces = encode(store, summary).await?;
    let pieces = export::spool(runtime, pieces, taken, places.spooled().clone()).await?;
    Ok(response.streaming(pieces.map_ok(web::Bytes::from)))
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
    let file = file_name(None, "sqlite", &copy.summary);
    let whole = 0..copy.length;
    let (mut response, part) = match part {
        None => (ok(&http, &tag, &copy.summary), whole),
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
pub(super) async fn place(
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
    let table = table_named(name)?;
    Ok((table, format_named(extension)?))
}

/// The format of a table with a file name extension.
pub(super) fn format_named(extension: &str) -> Result<Format, ExportRequestError> {
    let format = Format::ALL.into_iter().find(|format| format.extension() == extension);
    format.ok_or_else(|| {
        let known = Format::ALL.map(Format::extension).into_iter().chain([export::XLSX]);
        ExportRequestError::Format {
            name: extension.to_owned(),
            known: known.collect::<Vec<_>>().join(", "),
        }
    })
}

fn table_named(name: &str) -> Result<&'static dyn Exported, ExportRequestError> {
    match TABLES.iter().find(|table| table.name() == name) {
        Some(table) => Ok(table.as_ref()),
        None => {
            let known: Vec<&str> = TABLES.iter().map(|table| table.name()).collect();
            Err(ExportRequestError::Table { name: name.to_owned(), known: known.join(", ") })
        }
    }
}

/// The parameters of a URL, in their order.
fn parameters(http: &HttpRequest) -> Result<Vec<(String, String)>, ExportRequestError> {
    let parameters = web::Query::<Vec<(String, String)>>::from_query(http.query_string());
    Ok(parameters.map_err(|_| ExportRequestError::Unreadable)?.into_inner())
}

/// Takes `bom` out of the parameters: whether a file begins with a byte order mark.
fn byte_order_mark(
    parameters: &mut Vec<(String, String)>,
    is_csv: bool,
) -> Result<bool, ExportRequestError> {
    let values: Vec<_> =
        parameters.extract_if(.., |(name, _)| name.as_str() == BYTE_ORDER_MARK).collect();
    let Some((name, value)) = values.first() else { return Ok(false) };
    if !is_csv {
        return Err(ExportRequestError::NotCsv);
    }
    if values.len() > 1 {
        return Err(BadParameter::Twice(name.clone()).into());
    }
    match value.as_str() {
        "1" => Ok(true),
        "0" => Ok(false),
        _ => Err(BadParameter::Value {
            name: name.clone(),
            value: value.clone(),
            instead: "1 or 0".to_owned(),
        }
        .into()),
    }
}

pub(super) async fn summary(store: &Store) -> Result<Summary, ExportRequestError> {
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
pub(super) fn tag(http: &HttpRequest, summary: &Summary) -> String {
    let mut hasher = DefaultHasher::new();
    let address = http.uri().path_and_query().map(|address| address.as_str());
    (address, summary.updated_at, &summary.content_hash, env!("CARGO_PKG_VERSION"))
        .hash(&mut hasher);
    format!("r{}-{:016x}", summary.revision, hasher.finish())
}

/// The response 304, if the client has the current version.
pub(super) fn unchanged(http: &HttpRequest, tag: &EntityTag) -> Option<HttpResponse> {
    has(http, tag).then(|| validated(HttpResponse::NotModified(), tag).finish())
}

pub(super) fn ok(http: &HttpRequest, tag: &EntityTag, summary: &Summary) -> HttpResponseBuilder {
    let mut response = validated(HttpResponse::Ok(), tag);
    identify(&mut response, http, &summary.content_hash);
    response
}

/// The state of the data in the name of a file: the number of the revision, and the beginning of
/// the content hash.
fn state_name(summary: &Summary) -> String {
    let hash: String = summary.content_hash.chars().take(12).collect();
    format!("r{}-{hash}", summary.revision)
}

/// Lets caches store the response; they have to revalidate it before each use.
fn validated(mut response: HttpResponseBuilder, tag: &EntityTag) -> HttpResponseBuilder {
    response
        .insert_header(header::ETag(tag.clone()))
        .insert_header((header::CACHE_CONTROL, "no-cache"));
    response
}

fn headed(
    http: &HttpRequest,
    tag: &EntityTag,
    file: &FileType,
    summary: &Summary,
) -> HttpResponseBuilder {
    let mut response = ok(http, tag, summary);
    let name = file_name(file.table, file.extension, summary);
    response.content_type(file.media_type).insert_header(attachment(&name));
    response
}

/// The name of a file with a table, or with the whole knowledge base.
fn file_name(table: Option<&str>, extension: &str, summary: &Summary) -> String {
    let state = state_name(summary);
    match table {
        Some(table) => format!("adkb-{table}-{state}.{extension}"),
        None => format!("adkb-{state}.{extension}"),
    }
}

pub(super) fn attachment(file: &str) -> (header::HeaderName, String) {
    (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{file}\""))
}

pub(super) fn answer(
    http: &HttpRequest,
    response: &mut HttpResponseBuilder,
    body: String,
) -> HttpResponse {
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
