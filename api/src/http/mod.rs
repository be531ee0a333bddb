//! The HTTP server: routes, and the headers of every response.

pub mod admin;
mod export;
mod graphql;
mod health;
mod metrics;
mod negotiate;
mod page;
mod request_id;
mod trace;

use std::{io, net::TcpListener, sync::Arc, time::Duration};

use actix_cors::Cors;
use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer, Route,
    dev::Server as Running,
    guard,
    http::{Method, header},
    middleware::{DefaultHeaders, from_fn},
    web,
};
use tokio::sync::watch;

use crate::{
    cache::Current,
    config::Server,
    execution::ExecutionThreads,
    export::Places,
    graphql::{Service, sdl},
    store::watch::follow,
};
use graphql::Front;
pub use graphql::{Persisted, TrustedError};
use negotiate::{Coding, Fixed};

/// The documents that the service runs.
pub fn persisted(config: &Server) -> Result<Persisted, TrustedError> {
    match &config.trusted_documents {
        Some(file) => Persisted::trusted(file, page::documents()),
        None => Ok(Persisted::automatic(config.caches.bounds().documents, page::documents())),
    }
}

/// Starts the service on a listener, for a database that is at `revision`. When `closing` turns true, open
/// WebSockets are closed; the caller who stops the server sets it.
pub fn server(
    config: &Server,
    listener: TcpListener,
    admin: Option<TcpListener>,
    revision: i32,
    threads: ExecutionThreads,
    persisted: Persisted,
    closing: watch::Receiver<bool>,
) -> io::Result<Running> {
    let bounds = config.caches.bounds();
    let current = Arc::new(Current::new(revision, bounds));
    let url = config.database.database_url.clone();
    actix_web::rt::spawn(follow(url, current.clone(), closing.clone()));
    let front = web::Data::new(Front {
        service: Arc::new(Service::new(config.into(), current)),
        timeout: Duration::from_secs(config.timeout),
        persisted,
        max_age: config.max_age,
        max_body: config.max_body,
        init_timeout: Duration::from_secs(config.ws_init_timeout),
        closing,
    });
    let threads = web::Data::new(threads);
    let sdl = web::Data::new(Fixed::new(sdl().into()));
    let places = web::Data::new(Places::new(&config.database.database_url, config.exports));
    let limits = web::Data::new(config.limits);
    let settings = config.clone();
    let shared = move |app: &mut web::ServiceConfig| {
        app.app_data(front.clone())
            .app_data(threads.clone())
            .app_data(limits.clone())
            .app_data(places.clone())
            .app_data(sdl.clone());
    };
    let has_admin = admin.is_some();
    if let Some(listener) = admin {
        admin::start(listener, shared.clone())?;
    }
    let server = HttpServer::new(move || {
        App::new()
            .configure(shared.clone())
            .app_data(web::PayloadConfig::new(settings.max_body))
            .wrap(cors(&settings.cors))
            .wrap(headers(&settings.cors))
            .wrap(from_fn(metrics::not_for_other_origins))
            .wrap(from_fn(request_id::name))
            .configure(|app| metrics::route(app, !has_admin))
            .configure(routes)
    });
    Ok(server
        .workers(config.threads())
        .keep_alive(Duration::from_secs(75))
        .shutdown_timeout(config.shutdown_timeout)
        .disable_signals()
        .listen_auto_h2c(listener)?
        .run())
}

/// What pages of other origins may read of a response.
const EXPOSED: [header::HeaderName; 3] =
    [header::ETAG, header::RETRY_AFTER, header::HeaderName::from_static("x-request-id")];

fn is_for_all(origins: &[String]) -> bool {
    origins.iter().any(|origin| origin == "*")
}

/// Pages of which origins may read answers. No answer depends on who asks, so none needs credentials.
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

/// What every response has.
fn headers(origins: &[String]) -> DefaultHeaders {
    let headers = DefaultHeaders::new()
        .add((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .add((header::REFERRER_POLICY, "strict-origin-when-cross-origin"));
    if !is_for_all(origins) {
        return headers;
    }
    // Also where no page asks: a shared cache keeps one response for all.
    let exposed = EXPOSED.map(|name| name.as_str().to_owned()).join(", ");
    headers
        .add((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .add((header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed))
}

/// A route of GET and HEAD.
fn read() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

fn routes(app: &mut web::ServiceConfig) {
    app.service(graphql::resource())
        .service(export::scope().wrap(from_fn(trace::within_span)))
        .route("/schema.graphql", read().to(schema_text))
        .route("/healthz", read().to(health::alive))
        .service(
            web::resource("/readyz")
                .wrap(from_fn(trace::within_span))
                .route(read().to(health::ready)),
        )
        .route("/assets/{name:.*}", read().to(page::asset))
        .route("/graphiql", read().to(page::explorer))
        .default_service(read().to(page::any));
}

async fn schema_text(http: HttpRequest, sdl: web::Data<Fixed>) -> HttpResponse {
    let coding = Coding::of(&http, sdl.len());
    let mut response = HttpResponse::Ok();
    response
        .content_type("text/plain; charset=utf-8")
        .insert_header((header::VARY, header::ACCEPT_ENCODING.as_str()));
    coding.label(&mut response);
    response.body(sdl.coded(coding))
}
