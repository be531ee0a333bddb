//! GraphQL service over the ASEAN defence cooperation knowledge base.

pub mod analysis;
pub mod cache;
pub mod cite;
pub mod cli;
pub mod config;
mod counted;
pub mod executor;
mod export;
pub mod graphql;
mod heap_size;
pub mod http;
mod metrics;
pub mod search;
pub mod store;
