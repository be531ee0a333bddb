//! What the types of the schema share, written once.

pub mod filter;
pub mod node_type;
pub mod order;
pub mod sync_fields;
