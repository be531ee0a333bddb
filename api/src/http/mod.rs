//! The HTTP service: routes, and the headers of every response.

pub mod admin;
pub mod connections;
mod content_negotiation;
mod export;
mod graphql;
mod health;
mod history;
mod metrics;
mod request_id;
mod states;
mod trace;
mod web_app;

use std::{
    io,
    net::TcpListener,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use actix_cors::Cors;
use actix_web::{
    App, FromRequest, Handler, HttpRequest, HttpResponse, Resource, Responder, guard,
    http::{Method, header},
    middleware::{DefaultHeaders, from_fn},
    web,
};
use tokio::sync::watch;

use crate::{
    cache::CurrentRevision,
    config::Server,
    executor::Executor,
    export::{Copies, ExportSlots},
    graphql::{PublicUrl, Service, sdl},
    store::{
        database::ReadDatabase,
        states::States,
        version::DataVersion,
        watch::{DatabaseHealth, follow},
    },
};
use connections::{ErrorResponses, Registry};
use content_negotiation::{Encoding, StaticBody};
use graphql::GraphqlState;
pub use graphql::{Persisted, TrustedError};
use states::EarlierStates;

/// The persisted documents: the trusted ones of a file, or those that clients register.
pub fn persisted(config: &Server) -> Result<Persisted, TrustedError> {
    match &config.trusted_documents {
        Some(file) => Persisted::trusted(file, web_app::documents()),
        None => Ok(Persisted::automatic(config.caches.limits().documents, web_app::documents())),
    }
}

/// The signals of a shutdown.
#[derive(Clone, Debug)]
pub struct ShutdownSignals {
    /// Turns true first: `/readyz` then fails.
    pub draining: Arc<AtomicBool>,
    /// Turns true when the server shuts down: it closes idle connections and WebSockets.
    pub closing: watch::Receiver<bool>,
}

/// The listening sockets of the service.
pub struct Listeners {
    pub clients: Vec<TcpListener>,
    /// For operators: `--admin-address`.
    pub admin: Option<TcpListener>,
}

/// Starts the service. `version` is the current version of the database.
pub async fn start(
    config: &Server,
    listeners: Listeners,
    source: Arc<ReadDatabase>,
    states: States,
    version: DataVersion,
    threads: Executor,
    persisted: Persisted,
    ending: ShutdownSignals,
) -> io::Result<connections::Server> {
    let ShutdownSignals { draining, closing } = ending;
    let current = Arc::new(CurrentRevision::new(version, config.caches.limits()));
    let health = Arc::new(DatabaseHealth::of(version));
    let following = follow(source.clone(), current.clone(), health.clone(), closing.clone());
    actix_web::rt::spawn(following);
    let state = web::Data::new(GraphqlState {
        service: Arc::new(Service::new(config.into(), current)),
        timeout: Duration::from_secs(config.timeout),
        persisted: Arc::new(persisted),
        max_age: config.max_age,
        max_body: config.max_body,
        sockets: graphql::Sockets {
            init_timeout: Duration::from_secs(config.ws_init_timeout),
            max_operations: config.ws_max_operations as usize,
            registry: Registry::new(config.ws_max as usize, config.ws_max_per_address as usize, 0),
            origins: config.cors.clone(),
            closing: closing.clone(),
        },
    });
    let earlier = EarlierStates::new(
        states,
        Duration::from_secs(config.timeout),
        config.caches.limits(),
        config.connections,
    );
    let earlier = web::Data::new(earlier);
    let threads = web::Data::new(threads);
    let sdl = web::Data::new(StaticBody::new(sdl().into()));
    let places =
        web::Data::new(ExportSlots::new(source, config.exports, config.export_spool << 20));
    let copies = web::Data::new(Copies::default());
    let public_url = web::Data::new(PublicUrl(config.public_url.clone()));
    let draining = web::Data::from(draining);
    let health = web::Data::from(health);
    let limits = web::Data::new(config.limits);
    let settings = config.clone();
    let shared = move |app: &mut web::ServiceConfig| {
        app.app_data(state.clone())
            .app_data(threads.clone())
            .app_data(earlier.clone())
            .app_data(limits.clone())
            .app_data(places.clone())
            .app_data(copies.clone())
            .app_data(sdl.clone())
            .app_data(public_url.clone())
            .app_data(draining.clone())
            .app_data(health.clone());
    };
    let has_admin = listeners.admin.is_some();
    if let Some(listener) = listeners.admin {
        admin::start(listener, shared.clone())?;
    }
    let app = move || {
        App::new()
            .configure(shared.clone())
            .app_data(web::PayloadConfig::new(settings.max_body))
            .wrap(from_fn(connections::reject_over_limit))
            .wrap(cors(&settings.cors))
            .wrap(headers(&settings.cors))
            .wrap(from_fn(metrics::not_for_other_origins))
            .wrap(from_fn(request_id::name))
            .configure(|app| metrics::route(app, !has_admin))
            .configure(routes)
    };
    let notices = ErrorResponses::new(&config.cors, &exposed());
    connections::Server::start(config, listeners.clients, notices, closing, app).await
}

/// The headers that pages of other origins may read, in addition to those that CORS always exposes.
const EXPOSED: [header::HeaderName; 11] = [
    header::ACCEPT_RANGES,
    header::ALLOW,
    header::CONTENT_DISPOSITION,
    header::CONTENT_ENCODING,
    header::CONTENT_RANGE,
    header::DATE,
    header::ETAG,
    header::LINK,
    header::RETRY_AFTER,
    states::CONTENT_HASH,
    header::HeaderName::from_static("x-request-id"),
];

fn exposed() -> String {
    EXPOSED.map(|name| name.as_str().to_owned()).join(", ")
}

fn is_for_all(origins: &[String]) -> bool {
    origins.iter().any(|origin| origin == "*")
}

/// Allows pages of these origins to read responses. Responses do not depend on the user, so
/// credentials are not allowed.
fn cors(origins: &[String]) -> Cors {
    let cors = Cors::default()
        .allowed_methods([Method::GET, Method::HEAD, Method::POST, Method::OPTIONS])
        .allow_any_header()
        .expose_headers(EXPOSED)
        .max_age(86_400);
    match is_for_all(origins) {
        true => cors.allow_any_origin().send_wildcard().disable_vary_header(),
        false => origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin)),
    }
}

/// The headers of every response.
fn headers(origins: &[String]) -> DefaultHeaders {
    let headers = DefaultHeaders::new()
        .add((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .add((header::REFERRER_POLICY, "strict-origin-when-cross-origin"));
    if !is_for_all(origins) {
        return headers;
    }
    // Also for requests without an origin: a shared cache stores one response for all clients.
    headers
        .add((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .add((header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed()))
}

/// A resource that supports GET and HEAD.
fn readable<H, Args>(path: &str, handler: H) -> Resource
where
    H: Handler<Args>,
    Args: FromRequest + 'static,
    H::Output: Responder + 'static,
{
    web::resource(path)
        .route(web::route().guard(guard::Any(guard::Get()).or(guard::Head())).to(handler))
        .default_service(web::to(read_only))
}

/// Rejects methods other than GET and HEAD.
async fn read_only() -> HttpResponse {
    HttpResponse::MethodNotAllowed()
        .insert_header((header::ALLOW, "GET, HEAD"))
        .content_type("text/plain; charset=utf-8")
        .body("this address supports only GET and HEAD\n")
}

fn routes(app: &mut web::ServiceConfig) {
    app.service(readable("/healthz", health::alive))
        .service(readable("/readyz", health::ready))
        .service(readable("/assets/{name:.*}", web_app::asset))
        .service(states::scope())
        .configure(content);
}

/// What is served of every state of the knowledge base.
fn content(app: &mut web::ServiceConfig) {
    app.service(graphql::resource())
        .service(export::scope().wrap(from_fn(trace::within_span)))
        .service(readable("/schema.graphql", schema_text))
        .service(readable("/feed.atom", history::feed))
        .service(readable("/graphiql", web_app::graphiql))
        .default_service(web::to(web_app::any));
}

async fn schema_text(http: HttpRequest, sdl: web::Data<StaticBody>) -> HttpResponse {
    let encoding = Encoding::of(&http, sdl.len());
    let mut response = HttpResponse::Ok();
    response
        .content_type("text/plain; charset=utf-8")
        .insert_header((header::VARY, header::ACCEPT_ENCODING.as_str()));
    encoding.set_header(&mut response);
    response.body(sdl.encoded(encoding))
}
