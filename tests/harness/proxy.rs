//! A TCP proxy that can stall like a network: connections stay open but transfer no data.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

/// Maximum number of connections in the proxy's lifetime.
const MOST_CONNECTIONS: usize = 500;
/// How often a connection checks whether it is stalled.
const LOOK: Duration = Duration::from_millis(20);

/// A proxy on 127.0.0.1 that stops on drop.
pub struct Proxy {
    port: u16,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    accepted: AtomicUsize,
    /// Connections with lower numbers are stalled.
    silent_below: AtomicUsize,
    is_over: AtomicBool,
}

impl Proxy {
    /// Starts a proxy to a local port.
    pub fn before(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let own = listener.local_addr().unwrap().port();
        let state = Arc::<State>::default();
        let accepting = state.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().take(MOST_CONNECTIONS) {
                if accepting.is_over.load(Ordering::Relaxed) {
                    return;
                }
                let (Ok(client), Ok(server)) = (client, TcpStream::connect(("127.0.0.1", port)))
                else {
                    continue;
                };
                let number = accepting.accepted.fetch_add(1, Ordering::Relaxed);
                let halves =
                    [(client.try_clone().unwrap(), server.try_clone().unwrap()), (server, client)];
                for (from, to) in halves {
                    let state = accepting.clone();
                    std::thread::spawn(move || carry(from, to, number, &state));
                }
            }
        });
        Self { port: own, state }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Stalls the existing connections; new ones work.
    pub fn silence_old(&self) {
        let accepted = self.state.accepted.load(Ordering::Relaxed);
        self.state.silent_below.store(accepted, Ordering::Relaxed);
    }

    /// Stalls all connections, including new ones, until [`Proxy::silence_old`] is called.
    pub fn silence_all(&self) {
        self.state.silent_below.store(usize::MAX, Ordering::Relaxed);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.state.is_over.store(true, Ordering::Relaxed);
        // Wakes the accepting thread.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, number: usize, state: &State) {
    let mut bytes = [0; 16 << 10];
    from.set_read_timeout(Some(LOOK)).unwrap();
    while !state.is_over.load(Ordering::Relaxed) {
        if number < state.silent_below.load(Ordering::Relaxed) {
            std::thread::sleep(LOOK);
            continue;
        }
        match from.read(&mut bytes) {
            Ok(0) => break,
            // Data that arrived while the connection was being stalled is lost.
            Ok(_) if number < state.silent_below.load(Ordering::Relaxed) => {}
            Ok(length) if to.write_all(&bytes[..length]).is_ok() => {}
            Err(error) if is_timeout(&error) => {}
            _ => break,
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

fn is_timeout(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut)
}
