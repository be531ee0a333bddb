//! The endpoint `/graphql`, by the GraphQL over HTTP specification: POST with a JSON body, GET with
//! parameters, and GET with an upgrade to WebSocket.

mod parameters;
mod persisted;
mod response;
mod socket;

use std::{
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use actix_web::{HttpRequest, HttpResponse, Resource, http::header, web};
use tracing::{Instrument, Span};

use super::{content_negotiation::MediaType, trace::RequestContext};
use crate::{
    cache::CurrentRevision,
    executor::{Executor, Overloaded, Wait},
    graphql::{GraphqlRequest, OperationError, OperationResponse, Service},
    metrics::{CacheKind, METRICS, Outcome},
};
use parameters::RequestParameters;
pub use persisted::{Persisted, TrustedError};
use response::{RequestError, is_request_error, is_server_error, respond};
pub(super) use socket::Sockets;

/// The state of the GraphQL endpoint, shared by all threads.
pub(super) struct GraphqlState {
    pub service: Arc<Service>,
    /// How long an operation may take.
    pub timeout: Duration,
    pub persisted: Arc<Persisted>,
    /// How long HTTP caches may use a response without revalidation, in seconds.
    pub max_age: u32,
    pub max_body: usize,
    pub sockets: Sockets,
}

pub(super) fn resource() -> Resource {
    web::resource(["/graphql", "/graphql/"])
        .route(web::get().to(get))
        .route(web::head().to(get))
        .route(web::post().to(post))
        .default_service(web::to(|http: HttpRequest| async move {
            let how = "use POST with a JSON body, or GET with a `query` parameter";
            refuse(&http, &RequestError::method(how, "GET, HEAD, POST"))
        }))
}

async fn get(
    http: HttpRequest,
    payload: web::Payload,
    state: web::Data<GraphqlState>,
    threads: web::Data<Executor>,
) -> HttpResponse {
    let upgrade = http.headers().get(header::UPGRADE);
    if upgrade.is_some_and(|to| to.as_bytes().eq_ignore_ascii_case(b"websocket")) {
        return socket::open(&http, payload, state, threads);
    }
    match RequestParameters::from_parameters(&http) {
        Ok(parameters) => answer(&http, &state, &threads, parameters).await,
        Err(error) => refuse(&http, &error),
    }
}

async fn post(
    http: HttpRequest,
    body: Result<web::Bytes, actix_web::Error>,
    state: web::Data<GraphqlState>,
    threads: web::Data<Executor>,
) -> HttpResponse {
    match RequestParameters::from_body(&http, body, state.max_body) {
        Ok(parameters) => answer(&http, &state, &threads, parameters).await,
        Err(error) => refuse(&http, &error),
    }
}

fn refuse(http: &HttpRequest, error: &RequestError) -> HttpResponse {
    error.respond(MediaType::of(http).unwrap_or(MediaType::Json))
}

async fn answer(
    http: &HttpRequest,
    state: &GraphqlState,
    threads: &Executor,
    parameters: RequestParameters,
) -> HttpResponse {
    let Some(media) = MediaType::of(http) else {
        return refuse(http, &RequestError::not_acceptable());
    };
    let started = Instant::now();
    let request = match state.persisted.resolve(parameters) {
        Ok(request) => Arc::new(request),
        Err(refusal) => return response::error_response(http, media, refusal.into()),
    };
    let name = request.operation();
    let known = response::IfNoneMatch::of(http, media);
    let (key, revision_cache) = state.service.key(&request);
    if let Some(response) = known.not_modified(&key, state.max_age) {
        METRICS.lookup(CacheKind::Responses, true);
        METRICS.request(name, Outcome::Unchanged, started.elapsed());
        return response;
    }
    let (span, answer) = match state.service.cached(key, revision_cache) {
        // The span would not be recorded, and creating it takes longer than a cached response.
        Some(answer) if !tracing::enabled!(tracing::Level::DEBUG) => (Span::none(), answer),
        Some(answer) => (RequestContext::of(http).cached_operation(name), answer),
        None => {
            let span = RequestContext::of(http).operation(name);
            (span.clone(), state.run(threads, &request, span).await)
        }
    };
    span.in_scope(|| count(&request, &answer, started));
    respond(http, &known, state.max_age, &request, answer).instrument(span).await
}

/// Counts a request for an operation.
fn count(request: &GraphqlRequest, answer: &OperationResponse, started: Instant) {
    let outcome = match answer {
        OperationResponse::Complete { .. } => Outcome::Answered,
        OperationResponse::Errors(response)
            if is_request_error(response) && !is_server_error(response) =>
        {
            Outcome::Refused
        }
        OperationResponse::Errors(_) => Outcome::Errors,
    };
    METRICS.request(request.operation(), outcome, started.elapsed());
    tracing::debug!(?outcome, micros = started.elapsed().as_micros() as u64, "answered");
}

impl GraphqlState {
    /// The same endpoint over another state of the knowledge base.
    pub fn over(&self, current: Arc<CurrentRevision>) -> Self {
        Self {
            service: Arc::new(self.service.over(current)),
            persisted: self.persisted.clone(),
            sockets: self.sockets.clone(),
            ..*self
        }
    }

    /// Runs an operation on an execution thread, within the timeout.
    async fn run(
        &self,
        threads: &Executor,
        request: &Arc<GraphqlRequest>,
        span: Span,
    ) -> OperationResponse {
        let (service, request) = (self.service.clone(), request.clone());
        let operation =
            |store| async move { service.execute(&store, &request).await }.instrument(span);
        let running = threads.run(Wait::Briefly, operation);
        self.in_time(running).await.unwrap_or_else(OperationResponse::from)
    }

    /// The result of an execution thread, or the error if it is overloaded, too late or fails.
    async fn in_time<T>(
        &self,
        running: impl Future<Output = Result<Option<T>, Overloaded>>,
    ) -> Result<T, OperationError> {
        match tokio::time::timeout(self.timeout, running).await {
            Ok(Ok(Some(result))) => Ok(result),
            Ok(Ok(None)) => Err(OperationError::Internal),
            Ok(Err(Overloaded)) => Err(OperationError::Busy),
            Err(_) => Err(OperationError::Timeout { seconds: self.timeout.as_secs() }),
        }
    }
}
