//! An address for operators, with metrics and health checks only.

use std::{
    io,
    net::{SocketAddr, TcpListener},
};

use actix_web::{App, HttpServer, middleware::from_fn, web::ServiceConfig};

use super::{health, metrics, readable, request_id, trace};

/// Listening on the admin address failed.
#[derive(Debug, thiserror::Error)]
#[error("can't listen on --admin-address {address}: {cause}; choose another")]
pub struct ListenError {
    address: SocketAddr,
    cause: io::Error,
}

pub fn listen(address: SocketAddr) -> Result<TcpListener, ListenError> {
    TcpListener::bind(address).map_err(|cause| ListenError { address, cause })
}

/// Serves until the process ends, so that metrics are available during a shutdown. `shared` adds
/// the app data of the handlers.
pub(super) fn start(
    listener: TcpListener,
    shared: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
) -> io::Result<()> {
    let server = HttpServer::new(move || {
        App::new()
            .configure(shared.clone())
            .wrap(from_fn(trace::within_span))
            .wrap(from_fn(request_id::name))
            .configure(|app| metrics::route(app, true))
            .service(readable("/healthz", health::alive))
            .service(readable("/readyz", health::ready))
    });
    actix_web::rt::spawn(server.workers(1).disable_signals().listen(listener)?.run());
    Ok(())
}
