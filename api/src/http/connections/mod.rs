//! Client connections: limits on their number, their idle time, and how slowly they may transfer
//! data.
//!
//! An [`io::Connection`] is a TCP stream. Its [`state::State`] records who is expected to act next:
//! the service while it handles a request, otherwise the client. Each worker thread checks its
//! connections at short intervals and closes those whose client stalls. The acceptor limits their
//! number.

mod error_responses;
mod io;
mod listen;
mod registry;
mod request_state;
mod server;
mod state;

use std::time::Duration;

use actix_web::{Error, error::PayloadError};

use crate::config::Server as Settings;

pub(super) use error_responses::ErrorResponses;
use listen::raise_file_limit;
pub use listen::{ListenError, listen};
pub(super) use registry::{Registry, Slot};
pub(super) use request_state::reject_over_limit;
pub use server::Server;
pub(super) use state::State;

const TOO_MANY: &str =
    "too many connections are open, in total or from this client: close some, and retry";

/// The time limits of a client.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// To send the head of a request.
    head: Duration,
    /// Between two requests.
    keep_alive: Duration,
    pace: MinRate,
}

/// The minimum rate of a request body or a response. A client may fall behind it by `grace`.
#[derive(Clone, Copy, Debug)]
struct MinRate {
    grace: Duration,
    /// Bytes per second. 0 disables the limit.
    rate: u64,
}

impl Limits {
    fn of(settings: &Settings) -> Self {
        Self {
            head: Duration::from_secs(settings.head_timeout),
            keep_alive: Duration::from_secs(settings.keep_alive),
            pace: MinRate {
                grace: Duration::from_secs(settings.stall_timeout),
                rate: settings.min_rate,
            },
        }
    }
}

/// Whether a request body was rejected because it arrived too slowly.
pub(super) fn is_too_slow(error: &Error) -> bool {
    match error.as_error::<PayloadError>() {
        Some(PayloadError::Io(cause)) => cause.kind() == std::io::ErrorKind::TimedOut,
        _ => false,
    }
}
