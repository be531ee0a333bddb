//! Relay's conventions: connections with cursors, and global ids.

pub mod connection;
pub mod global_id;
pub mod node_type;
