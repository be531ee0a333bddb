//! Brings a database to today's schema and content: the migrations, and the curated dataset with
//! its reader, its checks and its import, and the search index that is kept beside it.

pub mod dataset;
pub mod import;
pub mod schema;
pub mod search;
