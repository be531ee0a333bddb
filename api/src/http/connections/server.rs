//! The HTTP server: one thread accepts connections, and assigns them to worker threads in turn.
//!
//! actix-server is not used, because at shutdown it can't close idle connections, drops connections
//! that are accepted but not yet served, and checks only once a second whether all have ended.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    io,
    net::{SocketAddr, TcpListener},
    rc::Rc,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use actix_http::{HttpService, KeepAlive, Protocol, Request, Response, error::DispatchError};
use actix_service::{
    IntoServiceFactory, Service, ServiceFactory, ServiceFactoryExt, apply_fn_factory, map_config,
};
use actix_web::{
    Error,
    body::MessageBody,
    dev::{AppConfig, ServiceResponse},
    rt::{self, Runtime, net::TcpStream, time},
};
use futures_util::future::select_all;
use tokio::{
    sync::{Notify, mpsc, watch},
    time::MissedTickBehavior,
};

use super::{
    ErrorResponses, Limits, Registry, Slot, State, io::ConnectionStream, raise_file_limit,
    request_state::RequestGuard,
};
use crate::{config::Server as Settings, metrics::METRICS};

/// The interval at which a worker checks its connections.
const VISIT: Duration = Duration::from_millis(100);
/// How long to wait if no connection can be accepted, for example at the limit of open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long a client may take to close the connection, if its request was not read completely.
const LINGER: Duration = Duration::from_secs(2);
/// Maximum number of connections over the limit that get an error at the same time.
const RESERVE: usize = 128;
/// Open files that are reserved for databases, exports and the program itself.
const OTHER_FILES: u64 = 128;

/// A running server.
pub struct Server {
    /// Closes when all threads have ended.
    running: mpsc::Receiver<()>,
}

/// A connection that was accepted.
type Accepted = (std::net::TcpStream, Slot);

impl Server {
    /// Serves the applications that `app` creates, one per thread, on the listeners. When `closing`
    /// turns true, idle connections are closed, only connections that already wait are accepted,
    /// and the server ends with its last request.
    pub async fn start<F, I, S, B>(
        settings: &Settings,
        listeners: Vec<TcpListener>,
        notices: ErrorResponses,
        closing: watch::Receiver<bool>,
        app: F,
    ) -> io::Result<Self>
    where
        F: Fn() -> I + Send + Clone + 'static,
        I: IntoServiceFactory<S, Request>,
        S: ServiceFactory<
                Request,
                Config = AppConfig,
                Response = ServiceResponse<B>,
                Error = Error,
                InitError = (),
            > + 'static,
        S::Future: 'static,
        S::Service: 'static,
        <S::Service as Service<Request>>::Future: 'static,
        B: MessageBody + 'static,
    {
        let limits = Limits::of(settings);
        let (alive, running) = mpsc::channel(1);
        let (started, mut starting) = mpsc::channel(settings.threads());
        let mut workers = Vec::new();
        for number in 0..settings.threads() {
            let (sender, receiver) = mpsc::unbounded_channel();
            workers.push(sender);
            let (app, notices, closing) = (app.clone(), notices.clone(), closing.clone());
            let (alive, started) = (alive.clone(), started.clone());
            thread::Builder::new().name(format!("http {number}")).spawn(move || {
                let _alive = alive;
                let worker = Worker {
                    limits,
                    notices: Rc::new(notices),
                    closing,
                    connections: Rc::default(),
                };
                match Runtime::new() {
                    Ok(runtime) => runtime.block_on(worker.run(app, receiver, started)),
                    Err(error) => drop(started.try_send(Err(error))),
                }
            })?;
        }
        drop(started);
        for _ in 0..workers.len() {
            starting.recv().await.unwrap_or_else(|| Err(io::Error::other("a thread ended")))?;
        }
        let registry = Registry::new(
            possible(settings.max_connections as usize),
            settings.max_connections_per_address as usize,
            RESERVE,
        );
        thread::Builder::new().name("accept".to_owned()).spawn(move || {
            let _alive = alive;
            match Runtime::new() {
                Ok(runtime) => {
                    runtime.block_on(accept(listeners, registry, notices, workers, closing));
                }
                Err(error) => tracing::error!(%error, "connections can't be accepted"),
            }
        })?;
        Ok(Self { running })
    }

    /// Waits until all threads have ended.
    pub async fn ended(mut self) {
        while self.running.recv().await.is_some() {}
    }
}

/// `wished` connections, or fewer if the limit of open files requires it.
fn possible(wished: usize) -> usize {
    let files = raise_file_limit().map(|files| files.saturating_sub(OTHER_FILES + RESERVE as u64));
    match files.map(|files| usize::try_from(files).unwrap_or(usize::MAX)) {
        Some(files) if files < wished => {
            tracing::warn!(
                connections = files.max(1),
                "the limit of open files (ulimit -n) allows fewer connections than --max-connections"
            );
            files.max(1)
        }
        _ => wished,
    }
}

/// Accepts connections until the server closes, and then those that already wait.
async fn accept(
    listeners: Vec<TcpListener>,
    registry: Arc<Registry>,
    notices: ErrorResponses,
    workers: Vec<mpsc::UnboundedSender<Accepted>>,
    mut closing: watch::Receiver<bool>,
) {
    let listeners: Vec<_> = listeners
        .into_iter()
        .filter_map(|listener| {
            tokio::net::TcpListener::from_std(listener)
                .inspect_err(|error| tracing::error!(%error, "the listener can't be used"))
                .ok()
        })
        .collect();
    let too_many = notices.too_many();
    let mut next = 0;
    let mut hand_over = |stream: tokio::net::TcpStream, address: SocketAddr| {
        let Some(slot) = registry.admit(address.ip()) else {
            // The response fits into the send queue of a new connection.
            let _ = stream.try_write(&too_many);
            return;
        };
        if let Ok(stream) = stream.into_std() {
            // Fails only if the worker has ended because the service shuts down.
            let _ = workers[next].send((stream, slot));
            next = (next + 1) % workers.len();
        }
    };
    while !*closing.borrow() {
        let accepting = select_all(listeners.iter().map(|listener| Box::pin(listener.accept())));
        let accepted = tokio::select! {
            (accepted, ..) = accepting => accepted,
            _ = closing.wait_for(|closing| *closing) => break,
        };
        match accepted {
            Ok((stream, address)) => hand_over(stream, address),
            Err(error) if is_of_connection(&error) => {}
            Err(error) => {
                tracing::error!(%error, "a connection can't be accepted");
                time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    for listener in listeners {
        let Ok(listener) = listener.into_std() else { continue };
        while let Ok((stream, address)) = listener.accept() {
            if stream.set_nonblocking(true).is_ok()
                && let Ok(stream) = tokio::net::TcpStream::from_std(stream)
            {
                hand_over(stream, address);
            }
        }
    }
}

/// Whether an error concerns one connection, not the listener.
fn is_of_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// A thread that serves connections.
struct Worker {
    limits: Limits,
    notices: Rc<ErrorResponses>,
    closing: watch::Receiver<bool>,
    connections: Rc<Connections>,
}

/// The connections that a thread serves, by number.
#[derive(Default)]
struct Connections {
    open: RefCell<HashMap<u64, Rc<State>>>,
    next: Cell<u64>,
    one_ended: Notify,
}

/// Removes a connection when dropped.
struct Open {
    number: u64,
    connections: Rc<Connections>,
}

impl Connections {
    fn insert(self: Rc<Self>, state: Rc<State>) -> Open {
        let number = self.next.get();
        self.next.set(number + 1);
        self.open.borrow_mut().insert(number, state);
        Open { number, connections: self }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.connections.open.borrow_mut().remove(&self.number);
        self.connections.one_ended.notify_one();
    }
}

impl Worker {
    async fn run<F, I, S, B>(
        self,
        app: F,
        mut accepted: mpsc::UnboundedReceiver<Accepted>,
        started: mpsc::Sender<io::Result<()>>,
    ) where
        F: Fn() -> I,
        I: IntoServiceFactory<S, Request>,
        S: ServiceFactory<
                Request,
                Config = AppConfig,
                Response = ServiceResponse<B>,
                Error = Error,
                InitError = (),
            > + 'static,
        S::Future: 'static,
        S::Service: 'static,
        <S::Service as Service<Request>>::Future: 'static,
        B: MessageBody + 'static,
    {
        let (pace, closing) = (self.limits.pace, self.closing.clone());
        let app = app()
            .into_factory()
            .map(|response: ServiceResponse<B>| Response::from(response))
            .map_err(|error: Error| Response::from(error.error_response()));
        let app = apply_fn_factory(app, move |mut request: Request, service| {
            let in_flight = RequestGuard::begin(&mut request, pace);
            in_flight.respond(service.call(request), closing.clone())
        });
        // The state of a connection enforces the time limits, not actix-http.
        let http = HttpService::build()
            .keep_alive(KeepAlive::Os)
            .client_request_timeout(Duration::ZERO)
            .client_disconnect_timeout(LINGER)
            .on_connect_ext(|connection: &ConnectionStream, data| {
                data.insert(connection.state().clone());
            })
            .finish(map_config(app, |()| AppConfig::default()));
        let service = match http.new_service(()).await {
            Ok(service) => Rc::new(service),
            Err(()) => {
                return drop(started.try_send(Err(io::Error::other("a thread can't start"))));
            }
        };
        let _ = started.try_send(Ok(()));
        drop(started);
        let mut visits = time::interval(VISIT);
        visits.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut closing = self.closing.clone();
        let mut is_accepting = true;
        while is_accepting || !self.connections.open.borrow().is_empty() {
            tokio::select! {
                next = accepted.recv(), if is_accepting => match next {
                    Some((stream, slot)) => self.serve(stream, slot, service.clone()),
                    None => is_accepting = false,
                },
                _ = visits.tick() => self.visit(),
                () = self.connections.one_ended.notified() => {}
                _ = closing.wait_for(|closing| *closing), if !self.is_closing() => self.visit(),
            }
        }
    }

    fn is_closing(&self) -> bool {
        *self.closing.borrow()
    }

    fn visit(&self) {
        let (now, is_closing) = (Instant::now(), self.is_closing());
        for state in self.connections.open.borrow().values() {
            state.visit(now, &self.limits, is_closing);
        }
    }

    fn serve<S>(&self, stream: std::net::TcpStream, slot: Slot, service: Rc<S>)
    where
        S: Service<
                (ConnectionStream, Protocol, Option<SocketAddr>),
                Response = (),
                Error = DispatchError,
            > + 'static,
    {
        let Ok(stream) = TcpStream::from_std(stream) else { return };
        let address = stream.peer_addr().ok();
        let state = State::new(slot);
        let open = self.connections.clone().insert(state.clone());
        let mut connection = ConnectionStream::new(stream, state, self.notices.clone());
        rt::spawn(async move {
            let _open = open;
            let _counted = METRICS.client("open");
            if let Ok(Some(protocol)) = connection.protocol().await
                && let Err(cause) = service.call((connection, protocol, address)).await
            {
                tracing::debug!(%cause, "a connection failed");
            }
        });
    }
}
