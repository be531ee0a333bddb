//! The history of the knowledge base. The change log has every record before and after each
//! revision, so the content of a revision can be identified, and its state rebuilt.

mod content;
mod dataset_files;
mod logged;
mod rebuild;

pub use content::{ContentHash, ContentHashError, canonical_line, canonical_reach};
pub(crate) use content::{content_hash, record_hashes};
pub use dataset_files::{DatasetFile, dataset_files};
pub use logged::current_keys;
pub use rebuild::{HistoryError, rebuild};
