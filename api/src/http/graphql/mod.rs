//! GraphQL over HTTP, by the specification of that name: POST with a JSON body, GET with parameters,
//! and WebSocket where GET asks for it.

mod asked;
mod persisted;
mod respond;
mod socket;

use std::time::{Duration, Instant};

use actix_web::{HttpRequest, HttpResponse, Resource, http::header, web};
use tracing::Instrument;

use super::{negotiate::Media, trace::Caller};
use crate::{
    graphql::{Answer, Question, Service},
    metrics::{METRICS, Outcome},
    store::Store,
};
use asked::Asked;
pub use persisted::{Persisted, TrustedError};
use respond::{Refused, is_our_fault, is_refused, respond};
pub(super) use socket::Closing;

/// What answers GraphQL requests, shared by all threads.
pub(super) struct Front {
    pub service: Service,
    pub persisted: Persisted,
    /// How long caches of others may use an answer without asking, in seconds.
    pub max_age: u32,
    pub max_body: usize,
    pub init_timeout: Duration,
    pub closing: Closing,
}

pub(super) fn resource() -> Resource {
    web::resource("/graphql")
        .route(web::get().to(get))
        .route(web::head().to(get))
        .route(web::post().to(post))
        .default_service(web::to(|http: HttpRequest| async move {
            let how = "use POST with a JSON body, or GET with a `query` parameter";
            refuse(&http, &Refused::method(how, "GET, HEAD, POST"))
        }))
}

async fn get(
    http: HttpRequest,
    payload: web::Payload,
    front: web::Data<Front>,
    store: web::Data<Store>,
) -> HttpResponse {
    let upgrade = http.headers().get(header::UPGRADE);
    if upgrade.is_some_and(|to| to.as_bytes().eq_ignore_ascii_case(b"websocket")) {
        return socket::open(&http, payload, front, store);
    }
    match Asked::from_parameters(&http) {
        Ok(asked) => answer(&http, &front, &store, asked).await,
        Err(refused) => refuse(&http, &refused),
    }
}

async fn post(
    http: HttpRequest,
    body: Result<web::Bytes, actix_web::Error>,
    front: web::Data<Front>,
    store: web::Data<Store>,
) -> HttpResponse {
    match Asked::from_body(&http, body, front.max_body) {
        Ok(asked) => answer(&http, &front, &store, asked).await,
        Err(refused) => refuse(&http, &refused),
    }
}

fn refuse(http: &HttpRequest, refused: &Refused) -> HttpResponse {
    refused.respond(Media::of(http).unwrap_or(Media::Json))
}

async fn answer(http: &HttpRequest, front: &Front, store: &Store, asked: Asked) -> HttpResponse {
    let Some(media) = Media::of(http) else {
        return refuse(http, &Refused::not_acceptable());
    };
    let started = Instant::now();
    let question = match front.persisted.resolve(asked) {
        Ok(question) => question,
        Err(refusal) => return respond::amiss(http, media, refusal.into()),
    };
    let name = question.operation();
    let caller = Caller::of(http);
    let known = respond::Known::of(http, media);
    let has = |key: &_| known.has(key);
    let (span, answer) = match front.service.kept(&question, has) {
        Some(answer) => (caller.cached_operation(name), answer),
        None => {
            let span = caller.operation(name);
            let answer = front.service.answer(store, &question, has).instrument(span.clone());
            (span, answer.await)
        }
    };
    span.in_scope(|| count(&question, &answer, started));
    respond(http, &known, front.max_age, &question, answer).instrument(span).await
}

/// Counts a request for an operation.
fn count(question: &Question, answer: &Answer, started: Instant) {
    let outcome = match answer {
        Answer::Whole { .. } => Outcome::Answered,
        Answer::Same(_) => Outcome::Unchanged,
        Answer::Amiss(response) if is_refused(response) && !is_our_fault(response) => {
            Outcome::Refused
        }
        Answer::Amiss(_) => Outcome::Errors,
    };
    METRICS.request(question.operation(), outcome, started.elapsed());
    tracing::debug!(?outcome, micros = started.elapsed().as_micros() as u64, "answered");
}
