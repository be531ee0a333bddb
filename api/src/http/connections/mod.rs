//! Client connections: who may open one, how long it may stay idle, and how slowly it may send or receive.
//!
//! A connection is [`io::Connection`], a TCP stream whose [`state::State`] knows whose turn it is: the service's
//! while a request is being answered, the client's otherwise. Each worker thread visits its connections in short
//! intervals and closes those whose client stalls. The acceptor bounds their number.

mod exchange;
mod io;
mod listen;
mod notice;
mod registry;
mod server;
mod state;

use std::time::Duration;

use actix_web::{Error, error::PayloadError};

use crate::config::Server as Settings;

pub(super) use exchange::turn_away;
use listen::raise_file_limit;
pub use listen::{ListenError, listen};
pub(super) use notice::Notices;
pub(super) use registry::{Registry, Slot};
pub use server::Server;
pub(super) use state::State;

const TOO_MANY: &str =
    "too many connections are open, of all clients or of this one: close some, and ask again";

/// How long a client may take.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// For the head of a request.
    head: Duration,
    /// Between two requests.
    keep_alive: Duration,
    pace: PaceLimit,
}

/// The slowest pace of a body or a response: a client may fall behind it for `grace` only.
#[derive(Clone, Copy, Debug)]
struct PaceLimit {
    grace: Duration,
    /// Bytes a second. 0 switches the limit off.
    rate: u64,
}

impl Limits {
    fn of(settings: &Settings) -> Self {
        Self {
            head: Duration::from_secs(settings.head_timeout),
            keep_alive: Duration::from_secs(settings.keep_alive),
            pace: PaceLimit {
                grace: Duration::from_secs(settings.stall_timeout),
                rate: settings.min_rate,
            },
        }
    }
}

/// Whether a request's body was given up because it came too slowly.
pub(super) fn is_too_slow(error: &Error) -> bool {
    match error.as_error::<PayloadError>() {
        Some(PayloadError::Io(cause)) => cause.kind() == std::io::ErrorKind::TimedOut,
        _ => false,
    }
}
