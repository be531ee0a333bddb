//! Exports over HTTP: the addresses below `/export`.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    pin::pin,
    time::Duration,
};

use actix_web::{
    Error, Handler, HttpRequest, HttpResponse, HttpResponseBuilder, Resource, Responder,
    ResponseError, Scope,
    body::{MessageBody, None as NoBody, SizedStream},
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{self, EntityTag},
    },
    middleware::Compress,
    web,
};
use futures_util::{Stream, StreamExt, stream};
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, mpsc},
};
use tracing::{Instrument, Span};

use super::negotiate::has;
use crate::{
    execution::ExecutionThreads,
    export::{self, BadParameter, ExportError, Exported, Format, Place, Places, TABLES},
    graphql::{self, Limits},
    store::{
        ReadError, Store,
        dataset::{self, Summary},
        load::{Known, Relation},
    },
};

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";
const PACKAGE: &str = "datapackage.json";

/// How long a client may take nothing of an export. Then it loses its place to those who wait.
const PATIENCE: Duration = Duration::from_secs(60);
/// Pieces of an export that wait for its client.
const PIECES: usize = 2;
/// In seconds: when to ask again where all places are taken.
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
        // Coded as it streams; its tag is weak, as codings differ in their bytes.
        .wrap(Compress::default())
        .service(readable("", index))
        .service(readable("/", index))
        .service(readable(&format!("/{PACKAGE}"), package))
        .service(readable(&format!("/{}", export::FILE), database))
        .service(readable("/{file}", table))
}

/// A resource that takes GET and HEAD.
fn readable<H, Args>(path: &str, handler: H) -> Resource
where
    H: Handler<Args>,
    Args: actix_web::FromRequest + 'static,
    H::Output: Responder + 'static,
{
    web::resource(path).route(super::read().to(handler)).default_service(web::to(|| async {
        HttpResponse::MethodNotAllowed()
            .insert_header((header::ALLOW, "GET, HEAD"))
            .content_type(TEXT)
            .body("an export is read by GET\n")
    }))
}

/// Why there is no export.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("there is no export `{0}`: /export/ lists what there is")]
    Address(String),
    #[error("there is no table `{asked}`: there are {known}")]
    Table { asked: String, known: String },
    #[error("there is no format `{asked}`: there are {known}")]
    Format { asked: String, known: String },
    #[error("the parameters can't be read: write them as name=value, joined by &")]
    Unreadable,
    #[error(transparent)]
    Parameter(#[from] BadParameter),
    #[error(transparent)]
    Name(graphql::Refusal),
    #[error(
        "as many exports as the service takes at once are under way: ask again in {RETRY_AFTER} seconds"
    )]
    Busy,
    #[error("the knowledge base is empty; import a dataset with `adkb import`")]
    Empty,
    #[error("the export failed; the log of the service has the cause")]
    Failed(#[from] ExportError),
}

impl From<ReadError> for Refused {
    fn from(error: ReadError) -> Self {
        Self::Failed(error.into())
    }
}

impl ResponseError for Refused {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Address(_) | Self::Table { .. } | Self::Format { .. } => StatusCode::NOT_FOUND,
            Self::Unreadable | Self::Parameter(_) | Self::Name(_) => StatusCode::BAD_REQUEST,
            Self::Busy | Self::Empty => StatusCode::SERVICE_UNAVAILABLE,
            Self::Failed(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        if let Self::Failed(cause) = self {
            tracing::error!(?cause, "export failed");
        }
        let mut response = HttpResponse::build(self.status_code());
        if let Self::Busy = self {
            response.insert_header((header::RETRY_AFTER, RETRY_AFTER));
        }
        response.content_type(TEXT).body(format!("{self}\n"))
    }
}

/// What there is, for people.
async fn index(http: HttpRequest) -> HttpResponse {
    let mut text =
        "The knowledge base to take away. Each table also as .json and .ndjson, and with \
                    the filters of the API as parameters.\n\n"
            .to_owned();
    let tables = TABLES.iter().map(|table| (format!("{}.csv", table.name()), table.description()));
    let whole = [
        (PACKAGE, "What the columns of the tables are; a Frictionless Data Package."),
        (export::FILE, "The whole knowledge base as a SQLite database."),
    ];
    let whole = whole.map(|(file, what)| (file.to_owned(), what.to_owned()));
    for (file, what) in tables.chain(whole) {
        text += &format!("/export/{file:<22} {what}\n");
    }
    answer(&http, HttpResponse::Ok().content_type(TEXT), text)
}

/// What the tables are, for machines.
async fn package(
    http: HttpRequest,
    threads: web::Data<ExecutionThreads>,
) -> Result<HttpResponse, Refused> {
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
    threads: web::Data<ExecutionThreads>,
    limits: web::Data<Limits>,
    places: web::Data<Places>,
) -> Result<HttpResponse, Refused> {
    let (table, format) = named(&file)?;
    let parameters = web::Query::<Vec<(String, String)>>::from_query(http.query_string())
        .map_err(|_| Refused::Unreadable)?;
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
    let Place { store, taken } = place(&runtime, &places).await?;
    // It may have gone on since.
    let summary = summary(&store).await?;
    let tag = EntityTag::new_weak(tag(&http, &summary));
    let rows = export::rows(table, format, store, kept.condition);
    Ok(headed(&tag, table.name(), format, &summary).streaming(sent(runtime, rows, taken)))
}

/// The whole knowledge base as a SQLite file.
async fn database(
    http: HttpRequest,
    threads: web::Data<ExecutionThreads>,
    places: web::Data<Places>,
) -> Result<HttpResponse, Refused> {
    let now = summary(threads.store()).await?;
    // Weak: the same content, while the bytes of two copies may differ.
    let tag_now = EntityTag::new_weak(tag(&http, &now));
    if let Some(unchanged) = unchanged(&http, &tag_now) {
        return Ok(unchanged);
    }
    let head = |tag: &EntityTag, summary: &Summary| {
        let mut response = ok(tag);
        response
            .content_type("application/vnd.sqlite3")
            .insert_header(attachment(&format!("adkb-r{}.sqlite", summary.revision)));
        response
    };
    if http.method() == Method::HEAD {
        return Ok(head(&tag_now, &now).body(NoBody::new()));
    }
    let runtime = threads.runtime().clone();
    let Place { store, taken } = place(&runtime, &places).await?;
    let summary = summary(&store).await?;
    let tag = EntityTag::new_weak(tag(&http, &summary));
    // A task of its own, which ends well where its client or the service goes first.
    let copying = runtime.spawn(async move { Ok((export::copy(&store).await?, taken)) });
    let copied: Result<_, ExportError> =
        copying.await.map_err(std::io::Error::other).map_err(ExportError::from)?;
    let (copy, taken) = copied?;
    let length = copy.length;
    Ok(head(&tag, &summary).body(SizedStream::new(length, sent(runtime, copy.bytes(), taken))))
}

/// A place for an export, whose database connection belongs to `runtime`.
async fn place(runtime: &Handle, places: &web::Data<Places>) -> Result<Place, Refused> {
    let places = places.get_ref().clone();
    let place = runtime.spawn(async move { places.take().await }).await;
    let place = place.map_err(std::io::Error::other).map_err(ExportError::from)?;
    place?.ok_or(Refused::Busy)
}

/// The table and the format that a file's name stands for.
fn named(file: &str) -> Result<(&'static dyn Exported, Format), Refused> {
    let (name, extension) =
        file.rsplit_once('.').ok_or_else(|| Refused::Address(file.to_owned()))?;
    let known = |names: Vec<&str>| names.join(", ");
    let table = TABLES.iter().find(|table| table.name() == name).ok_or_else(|| Refused::Table {
        asked: name.to_owned(),
        known: known(TABLES.iter().map(|table| table.name()).collect()),
    })?;
    let format = Format::ALL.into_iter().find(|format| format.extension() == extension);
    let format = format.ok_or_else(|| Refused::Format {
        asked: extension.to_owned(),
        known: known(Format::ALL.map(Format::extension).to_vec()),
    })?;
    Ok((table.as_ref(), format))
}

async fn summary(store: &Store) -> Result<Summary, Refused> {
    dataset::summary(store).await?.ok_or(Refused::Empty)
}

/// Refuses slugs and codes that nothing goes by.
async fn all_known(store: &Store, names: &[String]) -> Result<(), Refused> {
    if names.is_empty() {
        return Ok(());
    }
    let known = Known::fetch(store, names).await?;
    match names.iter().find(|name| !known.contains_key(*name)) {
        Some(name) => Err(Refused::Name(graphql::Refusal::UnknownName(name.clone()))),
        None => Ok(()),
    }
}

/// What an answer depends on: the address with its parameters, the state of the data, and the
/// program that writes it.
fn tag(http: &HttpRequest, summary: &Summary) -> String {
    let mut hasher = DefaultHasher::new();
    let address = http.uri().path_and_query().map(|address| address.as_str());
    (address, summary.updated_at, env!("CARGO_PKG_VERSION")).hash(&mut hasher);
    format!("r{}-{:016x}", summary.revision, hasher.finish())
}

/// The answer to a client that has what there is.
fn unchanged(http: &HttpRequest, tag: &EntityTag) -> Option<HttpResponse> {
    has(http, tag).then(|| validated(HttpResponse::NotModified(), tag).finish())
}

fn ok(tag: &EntityTag) -> HttpResponseBuilder {
    validated(HttpResponse::Ok(), tag)
}

/// Caches may keep the answer and have to ask whether it still holds.
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

/// The answer broke off.
#[derive(Debug, thiserror::Error)]
#[error("the export broke off")]
struct Cut;

/// Makes the pieces of an export by a task of their own. It ends with the last piece, and where the
/// client has gone away or takes nothing any more, so that what it holds is free again.
fn sent(
    runtime: Handle,
    pieces: impl Stream<Item = Result<Vec<u8>, ExportError>> + Send + 'static,
    taken: OwnedSemaphorePermit,
) -> impl Stream<Item = Result<web::Bytes, Cut>> {
    let (sender, receiver) = mpsc::channel(PIECES);
    let sending = async move {
        let _taken = taken;
        let mut pieces = pin!(pieces);
        loop {
            let piece = match pieces.next().await.transpose() {
                Ok(piece) => piece.map(web::Bytes::from),
                Err(cause) => return tracing::error!(?cause, "export broke off"),
            };
            let last = piece.is_none();
            match tokio::time::timeout(PATIENCE, sender.send(piece)).await {
                Ok(Ok(())) if !last => {}
                _ => return,
            }
        }
    };
    runtime.spawn(sending.instrument(Span::current()));
    // Without its last piece, which is none, an export is not whole, and its client has to see it.
    stream::unfold(Some(receiver), |receiver| async {
        let mut receiver = receiver?;
        match receiver.recv().await {
            Some(Some(piece)) => Some((Ok(piece), Some(receiver))),
            Some(None) => None,
            None => Some((Err(Cut), None)),
        }
    })
}
