//! Which connections the service holds, as Linux lists them. A client that does not read cannot tell.

use std::{collections::HashSet, fs};

/// The client ports of the connections to a port of this machine that its service has not let go of:
/// those with a file descriptor, and those that wait to be accepted.
pub fn held(port: u16) -> HashSet<u16> {
    let table = fs::read_to_string("/proc/net/tcp").expect("Linux lists its connections");
    table.lines().skip(1).filter_map(|line| held_port(line, port)).collect()
}

/// The client's port, if a line of `/proc/net/tcp` is a connection to `port` that is held.
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
