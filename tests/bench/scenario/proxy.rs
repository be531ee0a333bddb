//! A TCP proxy that can stall like a broken network: connections stay open but transfer no data.

use std::net::SocketAddr;

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// A proxy on 127.0.0.1 that stops when it is dropped.
pub struct Proxy {
    pub address: SocketAddr,
    /// Number of stalls so far. A connection transfers data until this number changes.
    stalls: watch::Sender<u64>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    pub async fn start(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("the port is known");
        let (stalls, stalled) = watch::channel(0);
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, target, stalled.clone()));
            }
        });
        Self { address, stalls, accepting }
    }

    /// Stalls the existing connections. New ones work.
    pub fn stall(&self) {
        self.stalls.send_modify(|stalls| *stalls += 1);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn carry(mut client: TcpStream, target: SocketAddr, mut stalled: watch::Receiver<u64>) {
    stalled.mark_unchanged();
    let Ok(mut server) = TcpStream::connect(target).await else { return };
    tokio::select! {
        _ = copy_bidirectional(&mut client, &mut server) => return,
        changed = stalled.changed() => {
            if changed.is_err() {
                return;
            }
        }
    }
    // Keeps the connection open until the proxy is dropped.
    while stalled.changed().await.is_ok() {}
}
