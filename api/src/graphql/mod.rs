//! The GraphQL API: the schema, with one file per type and thin resolvers over the store, and the
//! service that runs operations.

pub(crate) mod execution;
pub(crate) mod macros;
pub(crate) mod relay;
pub(crate) mod schema;

pub(crate) use execution::documents::is_query;
pub(crate) use execution::error::finish;
pub(crate) use execution::input_size::InputSize;
pub use execution::{
    error::{ErrorCode, OperationError},
    permalink::PublicUrl,
    request::GraphqlRequest,
    service::{Execution, OperationResponse, Service, Settings},
};
pub(crate) use schema::REGISTRY;
pub use schema::{SchemaOptions, sdl};
