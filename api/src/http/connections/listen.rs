//! Listens on the addresses of a host, with room for a burst of connections.

use std::{
    io,
    net::{IpAddr, SocketAddr, TcpListener, ToSocketAddrs},
};

use socket2::{Domain, Protocol, Socket, Type};

use super::state::STEP;

/// Connections that the kernel keeps until they are accepted. Linux takes the smaller of this and
/// `net.core.somaxconn`.
const BACKLOG: i32 = 4096;

/// Why an address can't be listened on.
#[derive(Debug, thiserror::Error)]
#[error("{address} can't be listened on: {cause}; choose another with --host and --port")]
pub struct ListenError {
    address: String,
    cause: String,
}

/// Listens on every address of a host: an IP address, or a name such as `localhost`, which often stands for an
/// IPv4 and an IPv6 address. The port is the same for all; 0 takes a free one.
pub fn listen(host: &str, port: u16) -> Result<Vec<TcpListener>, ListenError> {
    let failed = |cause: &str| ListenError {
        address: if host.contains(':') {
            format!("[{host}]:{port}")
        } else {
            format!("{host}:{port}")
        },
        cause: cause.to_owned(),
    };
    let addresses: Vec<IpAddr> = match host.trim_start_matches('[').trim_end_matches(']').parse() {
        Ok(address) => vec![address],
        Err(_) => {
            let found = (host, port).to_socket_addrs();
            let found = found.map_err(|_| failed("no such host is known"))?;
            let mut addresses = Vec::new();
            for address in found.map(|address| address.ip()) {
                if !addresses.contains(&address) {
                    addresses.push(address);
                }
            }
            addresses
        }
    };
    let mut listeners: Vec<TcpListener> = Vec::new();
    let mut refusal = failed("the host has no address");
    let mut port = port;
    for address in addresses {
        let address = SocketAddr::new(address, port);
        match listen_on(address) {
            Ok(listener) => {
                port = listener.local_addr().map_or(port, |address| address.port());
                listeners.push(listener);
            }
            // A taken port is refused even if another address of the host is free.
            Err(error) if error.kind() != io::ErrorKind::AddrInUse && !listeners.is_empty() => {
                tracing::warn!(%address, %error, "one address of the host can't be listened on");
            }
            Err(error) => {
                refusal = failed(&match error.kind() {
                    io::ErrorKind::AddrInUse => "another program listens there".to_owned(),
                    io::ErrorKind::PermissionDenied => {
                        "permission denied (ports below 1024 need root)".to_owned()
                    }
                    io::ErrorKind::AddrNotAvailable => {
                        "this machine has no such address".to_owned()
                    }
                    _ => error.to_string(),
                });
                if error.kind() == io::ErrorKind::AddrInUse {
                    return Err(refusal);
                }
            }
        }
    }
    if listeners.is_empty() { Err(refusal) } else { Ok(listeners) }
}

/// Accepted connections inherit these options.
fn listen_on(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // Windows would share the port by it.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.set_tcp_nodelay(true)?;
    // A slow client's progress shows in small steps, and little is buffered for it.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    socket.set_tcp_notsent_lowat(STEP as u32)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Raises the soft limit of open files to the hard one; how many there may be, if there is a limit.
pub fn raise_file_limit() -> Option<u64> {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let limit = getrlimit(Resource::Nofile);
        let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
        match setrlimit(Resource::Nofile, raised) {
            Ok(()) => limit.maximum,
            Err(_) => limit.current,
        }
    }
    #[cfg(not(unix))]
    None
}
