//! The GraphQL schema: one file a type, thin resolvers over the store; and the service that answers
//! by it.

mod cost;
mod document;
mod error;
pub(crate) mod filter;
mod global_id;
mod measures;
mod object;
mod order;
pub(crate) mod pagination;
mod plain;
mod query;
mod question;
mod reads;
pub mod scalars;
mod schema;
mod service;
mod subscription;
pub mod types;
mod values;

pub use cost::Limits;
pub(crate) use document::is_query;
pub(crate) use error::finish;
pub use error::{Refusal, code};
pub use question::Question;
pub(crate) use schema::REGISTRY;
pub use schema::{Switches, sdl};
pub use service::{Answer, Reply, Service, Settings};
