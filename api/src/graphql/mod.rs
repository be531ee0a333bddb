//! The GraphQL schema, with one file per type and thin resolvers over the store, and the service
//! that runs operations.

mod budget;
mod conversion;
mod cost;
mod descriptions;
mod document_size;
mod documents;
mod error;
pub(crate) mod filter;
mod global_id;
mod input_size;
mod input_validation;
mod introspection;
mod measures;
mod object;
mod order;
pub(crate) mod pagination;
mod plain;
mod query;
mod question;
mod reads;
mod references;
pub mod scalars;
mod schema;
mod service;
mod subscription;
pub mod types;

pub use cost::Limits;
pub(crate) use documents::is_query;
pub(crate) use error::finish;
pub use error::{OperationError, code};
pub(crate) use input_size::InputSize;
pub use question::GraphqlRequest;
pub(crate) use schema::REGISTRY;
pub use schema::{SchemaOptions, sdl};
pub use service::{OperationResponse, Execution, Service, Settings};
