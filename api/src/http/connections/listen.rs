//! Listens on the addresses of a host, with a backlog for bursts of connections.

use std::{
    io,
    net::{IpAddr, SocketAddr, TcpListener, ToSocketAddrs},
};

use socket2::{Domain, Protocol, Socket, Type};

use super::state::STEP;

/// Maximum number of connections that wait in the kernel to be accepted. Linux uses the smaller of
/// this and `net.core.somaxconn`.
const BACKLOG: i32 = 4096;

/// Why listening on an address failed.
#[derive(Debug, thiserror::Error)]
#[error("can't listen on {address}: {cause}; choose another with --host and --port")]
pub struct ListenError {
    address: String,
    cause: String,
}

/// Listens on every address of a host: an IP address, or a name such as `localhost`, which often
/// has an IPv4 and an IPv6 address. The port is the same for all; 0 selects a free one.
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
            // A port in use is an error even if it is free at another address of the host.
            Err(error) if error.kind() != io::ErrorKind::AddrInUse && !listeners.is_empty() => {
                tracing::warn!(%address, %error, "can't listen on one address of the host");
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
    // On Windows, the option would share the port with other programs.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.set_tcp_nodelay(true)?;
    // Makes a slow client's progress visible in small steps, and limits what is buffered for it.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    socket.set_tcp_notsent_lowat(STEP as u32)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Raises the soft limit of open files to the hard limit. Returns the limit, if there is one.
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
