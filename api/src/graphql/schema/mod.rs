//! The schema of the public API.

mod analysis;
mod query;
pub mod scalars;
mod subscription;
pub mod types;

use std::sync::LazyLock;

use async_graphql::{
    EmptyMutation, OutputType, SDLExportOptions, SchemaBuilder, registry::Registry,
};

use query::Query;
use subscription::Subscription;

pub(crate) type Schema = async_graphql::Schema<Query, EmptyMutation, Subscription>;
pub(crate) type Builder = SchemaBuilder<Query, EmptyMutation, Subscription>;

/// What clients may learn about the schema.
#[derive(Clone, Copy, Debug)]
pub struct SchemaOptions {
    /// Whether introspection queries are allowed.
    pub introspection: bool,
    /// Whether errors suggest similar names for an unknown one.
    pub suggestions: bool,
}

/// The types of the schema that a query can reach, with their fields and descriptions.
pub(crate) static REGISTRY: LazyLock<Registry> = LazyLock::new(|| {
    let mut registry = Registry::default();
    Query::create_type_info(&mut registry);
    registry
});

pub(crate) fn builder(switches: SchemaOptions) -> Builder {
    let builder = async_graphql::Schema::build(Query, EmptyMutation, Subscription)
        .register_output_type::<types::node::Node>()
        .register_output_type::<types::record::Record>();
    match switches.suggestions {
        true => builder,
        false => builder.disable_suggestions(),
    }
}

/// The SDL, the content of `schema.graphql`.
pub fn sdl() -> String {
    let all = SchemaOptions { introspection: true, suggestions: true };
    builder(all).finish().sdl_with_options(
        SDLExportOptions::new().prefer_single_line_descriptions().include_specified_by(),
    )
}
