//! Everything that writes to a database: the schema migrations, the curated dataset (parser,
//! validation, import) and the search index.

pub mod dataset;
pub mod import;
pub mod schema;
pub mod search;
