//! Records in a connection's state which requests are in progress, and enforces the minimum rate.

use std::{
    future::Future,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use actix_http::{
    BoxedPayloadStream, ConnectionType, Payload, Request, Response, error::PayloadError,
};
use actix_web::{
    Error, HttpResponse,
    body::{BodySize, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, StatusCode, header},
    middleware::Next,
    rt::time::{Sleep, sleep_until},
    web::Bytes,
};
use futures_util::Stream;

use tokio::sync::watch;

use super::{
    MinRate, TOO_MANY,
    state::{RequestState, State},
};
use crate::graphql::ErrorCode;

/// Maximum number of bytes of a response that are offered to the client at once.
const PIECE: usize = 1 << 15;

/// Paths that also respond to connections over the limit.
const ALWAYS: [&str; 2] = ["/healthz", "/readyz"];

/// A request whose response has not left the application.
pub struct RequestGuard {
    state: Rc<State>,
    exchange: Rc<RequestState>,
}

impl Drop for RequestGuard {
    fn drop(&mut self) {
        self.state.end(&self.exchange);
    }
}

impl RequestGuard {
    /// Records that a request has arrived, and applies the minimum rate to its body.
    pub fn begin(request: &mut Request, limit: MinRate) -> Self {
        let state = request.conn_data::<Rc<State>>().expect("every connection has its state");
        let in_flight = Self { state: state.clone(), exchange: state.begin() };
        // The body of a GET is the stream of a WebSocket, which has a heartbeat.
        if request.method() != Method::GET && !matches!(request.payload(), Payload::None) {
            let payload: BoxedPayloadStream =
                Box::pin(RateLimitedBody::new(request.take_payload(), limit));
            *request.payload() = Payload::Stream { payload };
        }
        in_flight
    }

    /// Waits for the response. Its body then records its progress in the state.
    pub async fn respond<B: MessageBody, E>(
        self,
        responding: impl Future<Output = Result<Response<B>, E>>,
        closing: watch::Receiver<bool>,
    ) -> Result<Response<TrackedBody<B>>, E> {
        let mut response = responding.await?;
        self.state.responds();
        let is_last = *closing.borrow()
            || self.state.is_reserve()
            || response.status() == StatusCode::REQUEST_TIMEOUT;
        if is_last && response.status() != StatusCode::SWITCHING_PROTOCOLS {
            response.head_mut().set_connection_type(ConnectionType::Close);
        }
        Ok(response.map_body(|_, body| TrackedBody { body, rest: Bytes::new(), in_flight: self }))
    }
}

pin_project_lite::pin_project! {
    /// A response body that is offered to the client in pieces.
    pub struct TrackedBody<B> {
        #[pin]
        body: B,
        rest: Bytes,
        in_flight: RequestGuard,
    }
}

impl<B: MessageBody> MessageBody for TrackedBody<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = self.project();
        let exchange = &this.in_flight.exchange;
        exchange.took();
        if this.rest.is_empty() {
            match ready!(this.body.poll_next(context)) {
                Some(Ok(bytes)) => *this.rest = bytes,
                end => return Poll::Ready(end),
            }
        }
        let piece = this.rest.split_to(this.rest.len().min(PIECE));
        exchange.offer(piece.len());
        Poll::Ready(Some(Ok(piece)))
    }
}

/// A request body that fails if it arrives too slowly.
struct RateLimitedBody {
    payload: Payload,
    limit: MinRate,
    began: Instant,
    read: u64,
    late: Option<Pin<Box<Sleep>>>,
}

impl RateLimitedBody {
    fn new(payload: Payload, limit: MinRate) -> Self {
        Self { payload, limit, began: Instant::now(), read: 0, late: None }
    }

    /// When further bytes must have arrived.
    fn deadline(&self) -> Instant {
        let earned = Duration::from_secs_f64(self.read as f64 / self.limit.rate as f64);
        self.began + self.limit.grace + earned
    }
}

impl Stream for RateLimitedBody {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if let Poll::Ready(next) = Pin::new(&mut this.payload).poll_next(context) {
            if let Some(Ok(bytes)) = &next {
                this.read += bytes.len() as u64;
            }
            return Poll::Ready(next);
        }
        if this.limit.rate == 0 {
            return Poll::Pending;
        }
        let deadline = this.deadline().into();
        let late = this.late.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if late.deadline() != deadline {
            late.as_mut().reset(deadline);
        }
        ready!(late.as_mut().poll(context));
        let cause = std::io::Error::new(std::io::ErrorKind::TimedOut, "the body is too slow");
        Poll::Ready(Some(Err(PayloadError::Io(cause))))
    }
}

/// Middleware that responds to connections over the limit with an error.
pub async fn reject_over_limit(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let is_reserve = request.conn_data::<Rc<State>>().is_some_and(|state| state.is_reserve());
    if !is_reserve || ALWAYS.contains(&request.path()) {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let error = serde_json::json!({ "message": TOO_MANY, "extensions": { "code": ErrorCode::Busy.as_str() } });
    let response = HttpResponse::ServiceUnavailable()
        .insert_header((header::RETRY_AFTER, "1"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .content_type("application/json; charset=utf-8")
        .body(serde_json::json!({ "errors": [error] }).to_string());
    Ok(request.into_response(response).map_into_right_body())
}
