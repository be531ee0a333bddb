//! GraphQL over WebSocket, by the protocol `graphql-transport-ws`: connection_init, subscribe,
//! next, error, complete, ping and pong, with the protocol's close codes for violations.

use std::{
    collections::HashMap,
    net::Ipv4Addr,
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    rt, web,
};
use actix_ws::{
    AggregatedMessage, AggregatedMessageStream, CloseCode, CloseReason, Closed, Session,
};
use async_graphql::{Response, ServerError};
use futures_util::{
    FutureExt, Stream, StreamExt,
    stream::{self, AbortHandle, SelectAll},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::{sync::watch, time};
use tracing::{Instrument, Span};

use super::{GraphqlState, RequestContext, RequestParameters, count, response::RequestError};
use crate::http::connections::{Registry, Slot};
use crate::{
    executor::{Executor, Wait},
    graphql::{Execution, OperationError, OperationResponse},
    metrics::METRICS,
};

const PROTOCOL: &str = "graphql-transport-ws";
/// The interval of pings. They detect dead clients, and keep proxies from closing idle connections.
const HEARTBEAT: Duration = Duration::from_secs(25);
/// How long a message may wait for the client to receive it, before the connection is closed.
const SEND_TIMEOUT: Duration = Duration::from_secs(30);

/// The settings of all WebSockets.
#[derive(Clone)]
pub struct Sockets {
    /// How long a client may take to send connection_init.
    pub init_timeout: Duration,
    /// Maximum number of operations of one WebSocket that run at once.
    pub max_operations: usize,
    pub registry: Arc<Registry>,
    /// The origins whose pages may open a WebSocket, from `--cors`.
    pub origins: Vec<String>,
    /// Turns true when the service shuts down.
    pub closing: watch::Receiver<bool>,
}

impl Sockets {
    /// Whether a page may open a WebSocket: it must be of the same host or of an allowed origin.
    /// Browsers always send `Origin` and do not apply CORS to WebSockets; other clients may omit
    /// it.
    fn allows(&self, http: &HttpRequest) -> bool {
        let Some(origin) = http.headers().get(header::ORIGIN) else { return true };
        let Ok(origin) = origin.to_str() else { return false };
        let host = http.headers().get(header::HOST).and_then(|host| host.to_str().ok());
        let is_ours = origin.split_once("://").is_some_and(|(_, authority)| {
            host.is_some_and(|host| authority.eq_ignore_ascii_case(host))
        });
        is_ours || self.origins.iter().any(|allowed| allowed == "*" || allowed == origin)
    }

    /// A slot for another WebSocket, or why it is rejected.
    fn admit(&self, http: &HttpRequest) -> Result<Slot, RequestError> {
        if !self.allows(http) {
            let message = "pages of this origin may not open a WebSocket here: see `--cors`";
            return Err(RequestError::new(StatusCode::FORBIDDEN, message));
        }
        let address = http.peer_addr().map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.ip());
        self.registry.admit(address).ok_or_else(|| {
            RequestError::busy(
                "too many WebSockets are open, in total or from this client: run several operations over one",
            )
        })
    }
}

/// A message from a client.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Message {
    ConnectionInit {
        #[serde(default, rename = "payload")]
        _payload: Option<Map<String, Value>>,
    },
    Ping {
        #[serde(default)]
        payload: Option<Map<String, Value>>,
    },
    Pong {
        #[serde(default, rename = "payload")]
        _payload: Option<Map<String, Value>>,
    },
    Subscribe {
        id: String,
        payload: Map<String, Value>,
    },
    Complete {
        id: String,
    },
}

/// Why a connection ends.
enum CloseCause {
    /// The client violates the protocol, or the service shuts down: the close code and the reason.
    Close(u16, String),
    /// The client closes; its reason is sent back.
    Closed(Option<CloseReason>),
    /// The client is disconnected, or receives nothing.
    Gone,
}

impl From<Closed> for CloseCause {
    fn from(_: Closed) -> Self {
        Self::Gone
    }
}

/// A message of an operation to the client.
enum Sent {
    Next(String, Box<Response>),
    /// A response that is already JSON.
    Whole(String, web::Bytes),
    Error(String, Vec<ServerError>),
    Complete(String),
}

type Operation = Pin<Box<dyn Stream<Item = Sent>>>;

pub(super) fn open(
    http: &HttpRequest,
    payload: web::Payload,
    state: web::Data<GraphqlState>,
    threads: web::Data<Executor>,
) -> HttpResponse {
    let offered = http.headers().get_all("sec-websocket-protocol");
    let slot = match state.sockets.admit(http) {
        Ok(slot) => slot,
        Err(error) => return super::refuse(http, &error),
    };
    let speaks = offered
        .filter_map(|protocols| protocols.to_str().ok())
        .any(|protocols| protocols.split(',').any(|protocol| protocol.trim() == PROTOCOL));
    let (response, session, messages) =
        match actix_ws::handle_with_protocols(http, payload, &[PROTOCOL]) {
            Ok(opened) => opened,
            Err(error) => {
                let status = error.error_response().status();
                return super::refuse(
                    http,
                    &RequestError::new(status, "this is not a valid WebSocket handshake"),
                );
            }
        };
    let messages = messages
        .max_frame_size(state.max_body)
        .aggregate_continuations()
        .max_continuation_size(state.max_body);
    let request_context = RequestContext::of(http);
    rt::spawn(async move {
        let _slot = slot;
        let _counted = METRICS.client("websocket");
        let end = match speaks {
            true => {
                SocketConnection::new(session.clone(), state, threads, request_context)
                    .serve(messages)
                    .await
            }
            false => {
                CloseCause::Close(4406, format!("Subprotocol not acceptable: offer {PROTOCOL}"))
            }
        };
        let reason = match end {
            CloseCause::Close(code, reason) => {
                Some(CloseReason { code: CloseCode::from(code), description: Some(reason) })
            }
            CloseCause::Closed(reason) => reason,
            CloseCause::Gone => return,
        };
        // A disconnected client needs no reply.
        let _ = time::timeout(SEND_TIMEOUT, session.close(reason)).await;
    });
    response
}

struct SocketConnection {
    session: Session,
    state: web::Data<GraphqlState>,
    threads: web::Data<Executor>,
    request_context: RequestContext,
    is_acknowledged: bool,
    operations: SelectAll<Operation>,
    /// Abort handles of the running operations, by the ids that the client assigned.
    running: HashMap<String, AbortHandle>,
}

impl SocketConnection {
    fn new(
        session: Session,
        state: web::Data<GraphqlState>,
        threads: web::Data<Executor>,
        request_context: RequestContext,
    ) -> Self {
        Self {
            session,
            state,
            threads,
            request_context,
            is_acknowledged: false,
            operations: SelectAll::new(),
            running: HashMap::new(),
        }
    }

    async fn serve(mut self, mut messages: AggregatedMessageStream) -> CloseCause {
        let mut closing = self.state.sockets.closing.clone();
        let mut heartbeat = time::interval(HEARTBEAT);
        heartbeat.tick().await;
        let mut is_alive = true;
        let late = time::sleep(self.state.sockets.init_timeout);
        tokio::pin!(late);
        loop {
            let outcome = tokio::select! {
                message = messages.recv() => match message {
                    Some(Ok(AggregatedMessage::Text(text))) => {
                        is_alive = true;
                        self.handle_message(&text).await
                    }
                    Some(Ok(AggregatedMessage::Ping(bytes))) => {
                        in_time(self.session.pong(&bytes)).await
                    }
                    Some(Ok(AggregatedMessage::Pong(_))) => {
                        is_alive = true;
                        Ok(())
                    }
                    Some(Ok(AggregatedMessage::Binary(_))) => Err(invalid("messages must be text")),
                    Some(Ok(AggregatedMessage::Close(reason))) => Err(CloseCause::Closed(reason)),
                    None => Err(CloseCause::Gone),
                    Some(Err(error)) => Err(invalid(&error.to_string())),
                },
                Some(sent) = self.operations.next(), if !self.operations.is_empty() => self.send_event(sent).await,
                () = &mut late, if !self.is_acknowledged => {
                    Err(CloseCause::Close(4408, "Connection initialisation timeout".to_owned()))
                }
                _ = heartbeat.tick() => match std::mem::take(&mut is_alive) {
                    true => in_time(self.session.ping(b"")).await,
                    false => Err(CloseCause::Gone),
                },
                _ = closing.wait_for(|closing| *closing) => {
                    Err(CloseCause::Close(1001, "the service is shutting down".to_owned()))
                }
            };
            if let Err(end) = outcome {
                return end;
            }
        }
    }

    async fn handle_message(&mut self, text: &str) -> Result<(), CloseCause> {
        // Parsed as an object first, because serde also accepts a list as a message.
        let message = serde_json::from_str::<Map<String, Value>>(text)
            .and_then(|members| serde_json::from_value(Value::Object(members)))
            .map_err(|error| invalid(&error.to_string()))?;
        match message {
            Message::ConnectionInit { .. } if self.is_acknowledged => {
                Err(CloseCause::Close(4429, "Too many initialisation requests".to_owned()))
            }
            Message::ConnectionInit { .. } => {
                self.is_acknowledged = true;
                self.send(&json!({ "type": "connection_ack" })).await
            }
            Message::Ping { payload: Some(payload) } => {
                self.send(&json!({ "type": "pong", "payload": payload })).await
            }
            Message::Ping { payload: None } => self.send(&json!({ "type": "pong" })).await,
            Message::Pong { .. } => Ok(()),
            Message::Subscribe { .. } if !self.is_acknowledged => {
                Err(CloseCause::Close(4401, "Unauthorized: send connection_init first".to_owned()))
            }
            Message::Subscribe { id, .. } if self.running.contains_key(&id) => {
                Err(CloseCause::Close(4409, format!("Subscriber for {id} already exists")))
            }
            Message::Subscribe { id, .. } if id.is_empty() => Err(invalid("the id is empty")),
            Message::Subscribe { id, payload } => self.start(id, payload).await,
            Message::Complete { id } => {
                if let Some(operation) = self.running.remove(&id) {
                    operation.abort();
                }
                Ok(())
            }
        }
    }

    async fn start(&mut self, id: String, payload: Map<String, Value>) -> Result<(), CloseCause> {
        let parameters = RequestParameters::from_members(payload, "member")
            .map_err(|error| invalid(error.message()))?;
        if parameters.query.is_none() && parameters.hash.is_none() {
            return Err(invalid("the payload has no `query`"));
        }
        let max = self.state.sockets.max_operations;
        if self.running.len() >= max {
            let errors = Response::from(OperationError::ManyOperationsAtOnce { max }).errors;
            return self.send_event(Sent::Error(id, errors)).await;
        }
        let request = match self.state.persisted.resolve(parameters) {
            Ok(request) => request,
            Err(refusal) => {
                let errors = Response::from(refusal).errors;
                return self.send_event(Sent::Error(id, errors)).await;
            }
        };
        let (state, threads) = (self.state.clone(), self.threads.clone());
        let span = self.request_context.operation(request.operation());
        let (name, within) = (id.clone(), span.clone());
        let reply = async move {
            let started = Instant::now();
            let request = Arc::new(request);
            let (service, shared) = (state.service.clone(), request.clone());
            let operation = {
                let span = within.clone();
                |store| {
                    async move { service.execute_or_subscribe(&store, &shared).await }
                        .instrument(span)
                }
            };
            // When a service starts, all its subscribers connect at once: they wait instead of
            // failing.
            let reply = state.in_time(threads.run(Wait::UntilAdmitted, operation)).await;
            let reply = reply.unwrap_or_else(|refusal| Execution::Once(refusal.into()));
            if let Execution::Once(answer) = &reply {
                count(&request, answer, started);
            }
            events(name, reply, within)
        };
        let events = reply.instrument(span).flatten_stream();
        let (events, handle) = stream::abortable(events);
        self.running.insert(id, handle);
        self.operations.push(Box::pin(events));
        Ok(())
    }

    async fn send_event(&mut self, sent: Sent) -> Result<(), CloseCause> {
        match sent {
            Sent::Next(id, response) => {
                self.send(&json!({ "id": id, "type": "next", "payload": response })).await
            }
            Sent::Whole(id, body) => {
                let id = Value::from(id);
                let body = std::str::from_utf8(&body).expect("JSON is UTF-8");
                let text = format!(r#"{{"id":{id},"type":"next","payload":{body}}}"#);
                in_time(self.session.text(text)).await
            }
            Sent::Error(id, errors) => {
                self.running.remove(&id);
                self.send(&json!({ "id": id, "type": "error", "payload": errors })).await
            }
            Sent::Complete(id) => {
                // After the client has completed an operation, nothing more is sent for it.
                match self.running.remove(&id) {
                    Some(_) => self.send(&json!({ "id": id, "type": "complete" })).await,
                    None => Ok(()),
                }
            }
        }
    }

    async fn send(&mut self, message: &Value) -> Result<(), CloseCause> {
        in_time(self.session.text(message.to_string())).await
    }
}

fn invalid(cause: &str) -> CloseCause {
    /// A close frame has at most 125 bytes, two of them for the code.
    const ROOM: usize = 100;
    let cause: String = cause.chars().filter(char::is_ascii).take(ROOM).collect();
    CloseCause::Close(4400, format!("Invalid message: {cause}"))
}

async fn in_time(sending: impl Future<Output = Result<(), Closed>>) -> Result<(), CloseCause> {
    match time::timeout(SEND_TIMEOUT, sending).await {
        Ok(sent) => Ok(sent?),
        Err(_) => Err(CloseCause::Gone),
    }
}

/// The messages of an operation.
fn events(id: String, reply: Execution, span: Span) -> Operation {
    let once = |sent: Vec<Sent>| -> Operation { Box::pin(stream::iter(sent)) };
    match reply {
        Execution::Once(OperationResponse::Complete { body, .. }) => {
            once(vec![Sent::Whole(id.clone(), body), Sent::Complete(id)])
        }
        Execution::Once(OperationResponse::Errors(response)) => {
            match response.errors.iter().all(|error| error.path.is_empty()) {
                true => once(vec![Sent::Error(id, response.errors)]),
                false => once(vec![Sent::Next(id.clone(), response), Sent::Complete(id)]),
            }
        }
        Execution::Stream(mut responses) => {
            let open = METRICS.subscription();
            let of = id.clone();
            let next = stream::poll_fn(move |cx| {
                let _open = &open;
                let _entered = span.enter();
                responses.poll_next_unpin(cx)
            });
            let next = next.map(move |response| Sent::Next(of.clone(), Box::new(response)));
            Box::pin(next.chain(stream::once(async { Sent::Complete(id) })))
        }
    }
}
