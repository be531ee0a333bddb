//! Brings a database to today's schema and content: the migrations, and the curated dataset with
//! its reader, its checks and its import.

pub mod dataset;
pub mod import;
pub mod schema;
