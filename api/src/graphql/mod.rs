//! The GraphQL schema: one file a type, thin resolvers over the store.

mod error;
pub(crate) mod filter;
mod global_id;
mod measures;
mod object;
mod order;
pub(crate) mod pagination;
mod query;
mod reads;
pub mod scalars;
pub mod types;

use std::sync::LazyLock;

use async_graphql::{
    EmptyMutation, EmptySubscription, OutputType, Request, Response, SDLExportOptions,
    SchemaBuilder, registry::Registry,
};

use error::finish;
pub use error::{Refusal, code};
use query::Query;

use crate::store::{Store, load::Loaders};

/// The schema of the public API.
pub type Schema = async_graphql::Schema<Query, EmptyMutation, EmptySubscription>;

/// The types of the schema, with the fields and the descriptions that clients see.
pub(crate) static REGISTRY: LazyLock<Registry> = LazyLock::new(|| {
    let mut registry = Registry::default();
    Query::create_type_info(&mut registry);
    registry
});

fn builder() -> SchemaBuilder<Query, EmptyMutation, EmptySubscription> {
    async_graphql::Schema::build(Query, EmptyMutation, EmptySubscription)
        .register_output_type::<types::node::Node>()
        .register_output_type::<types::record::Record>()
}

/// Builds the schema. A request brings its own `Loaders`.
pub fn schema() -> Schema {
    builder().finish()
}

/// Answers a request over a store.
pub async fn execute(schema: &Schema, store: &Store, request: Request) -> Response {
    let request = request.data(Loaders::new(store.clone()));
    // The scheduler's budget would break a level's loads into several batches.
    finish(tokio::task::unconstrained(schema.execute(request)).await)
}

/// The schema in GraphQL's definition language, as `schema.graphql` has it.
pub fn sdl() -> String {
    schema().sdl_with_options(
        SDLExportOptions::new().prefer_single_line_descriptions().include_specified_by(),
    )
}
