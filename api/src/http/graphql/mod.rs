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
    executor::{Executor, Overloaded, Wait},
    graphql::{GraphqlRequest, OperationError, OperationResponse, Service},
    metrics::{CacheKind, METRICS, Outcome},
};
use parameters::RequestParameters;
pub use persisted::{Persisted, TrustedError};
use response::{RequestError, is_our_fault, is_refused, respond};
pub(super) use socket::Sockets;

/// The state of the GraphQL endpoint, shared by all threads.
pub(super) struct GraphqlState {
    pub service: Arc<Service>,
    /// How long an operation may take.
    pub timeout: Duration,
    pub persisted: Persisted,
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
    front: web::Data<GraphqlState>,
    threads: web::Data<Executor>,
) -> HttpResponse {
    let upgrade = http.headers().get(header::UPGRADE);
    if upgrade.is_some_and(|to| to.as_bytes().eq_ignore_ascii_case(b"websocket")) {
        return socket::open(&http, payload, front, threads);
    }
    match RequestParameters::from_parameters(&http) {
        Ok(asked) => answer(&http, &front, &threads, asked).await,
        Err(refused) => refuse(&http, &refused),
    }
}

async fn post(
    http: HttpRequest,
    body: Result<web::Bytes, actix_web::Error>,
    front: web::Data<GraphqlState>,
    threads: web::Data<Executor>,
) -> HttpResponse {
    match RequestParameters::from_body(&http, body, front.max_body) {
        Ok(asked) => answer(&http, &front, &threads, asked).await,
        Err(refused) => refuse(&http, &refused),
    }
}

fn refuse(http: &HttpRequest, refused: &RequestError) -> HttpResponse {
    refused.respond(MediaType::of(http).unwrap_or(MediaType::Json))
}

async fn answer(
    http: &HttpRequest,
    front: &GraphqlState,
    threads: &Executor,
    asked: RequestParameters,
) -> HttpResponse {
    let Some(media) = MediaType::of(http) else {
        return refuse(http, &RequestError::not_acceptable());
    };
    let started = Instant::now();
    let question = match front.persisted.resolve(asked) {
        Ok(question) => Arc::new(question),
        Err(refusal) => return response::error_response(http, media, refusal.into()),
    };
    let name = question.operation();
    let known = response::IfNoneMatch::of(http, media);
    let (key, revision_cache) = front.service.key(&question);
    if let Some(response) = known.not_modified(&key, front.max_age) {
        METRICS.lookup(CacheKind::Responses, true);
        METRICS.request(name, Outcome::Unchanged, started.elapsed());
        return response;
    }
    let (span, answer) = match front.service.cached(key, revision_cache) {
        // The span would not be recorded, and creating it takes longer than a cached response.
        Some(answer) if !tracing::enabled!(tracing::Level::DEBUG) => (Span::none(), answer),
        Some(answer) => (RequestContext::of(http).cached_operation(name), answer),
        None => {
            let span = RequestContext::of(http).operation(name);
            (span.clone(), front.run(threads, &question, span).await)
        }
    };
    span.in_scope(|| count(&question, &answer, started));
    respond(http, &known, front.max_age, &question, answer).instrument(span).await
}

/// Counts a request for an operation.
fn count(question: &GraphqlRequest, answer: &OperationResponse, started: Instant) {
    let outcome = match answer {
        OperationResponse::Complete { .. } => Outcome::Answered,
        OperationResponse::Errors(response) if is_refused(response) && !is_our_fault(response) => {
            Outcome::Refused
        }
        OperationResponse::Errors(_) => Outcome::Errors,
    };
    METRICS.request(question.operation(), outcome, started.elapsed());
    tracing::debug!(?outcome, micros = started.elapsed().as_micros() as u64, "answered");
}

impl GraphqlState {
    /// Runs an operation on an execution thread, within the timeout.
    async fn run(
        &self,
        threads: &Executor,
        question: &Arc<GraphqlRequest>,
        span: Span,
    ) -> OperationResponse {
        let (service, question) = (self.service.clone(), question.clone());
        let operation =
            |store| async move { service.execute(&store, &question).await }.instrument(span);
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
