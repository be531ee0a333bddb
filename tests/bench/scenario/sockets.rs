//! The open connections of the service, read from Linux: a client that does not read cannot notice
//! that its connection was closed.

use std::{collections::HashSet, fs};

/// The client ports of the connections to a local port that the service has not closed: those with
/// a file descriptor, and those waiting to be accepted.
pub fn held(port: u16) -> HashSet<u16> {
    let table = fs::read_to_string("/proc/net/tcp").expect("/proc/net/tcp is readable");
    table.lines().skip(1).filter_map(|line| held_port(line, port)).collect()
}

/// The client's port, if a line of `/proc/net/tcp` is an open connection to `port`.
fn held_port(line: &str, port: u16) -> Option<u16> {
    /// States of a connection that its server has not closed: ESTABLISHED and CLOSE_WAIT.
    const OPEN: [&str; 2] = ["01", "08"];
    let fields: Vec<&str> = line.split_whitespace().collect();
    let &[_, local, remote, state, _, _, _, _, _, inode, ..] = fields.as_slice() else {
        return None;
    };
    let number = |address: &str| {
        let (_, port) = address.rsplit_once(':')?;
        u16::from_str_radix(port, 16).ok()
    };
    let is_held = OPEN.contains(&state) || inode != "0";
    (number(local)? == port && is_held).then(|| number(remote)).flatten().filter(|&port| port != 0)
}
