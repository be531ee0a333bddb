//! The history of the knowledge base. The change log has every record before and after each
//! revision, so the content of a revision can be identified, and its state rebuilt.

mod content;
mod dataset_files;
mod differences;
mod logged;
mod newest;
mod rebuild;

pub use content::{ContentHash, ContentHashError, canonical_line, canonical_reach};
pub(crate) use content::{content_hash, record_hashes};
pub use dataset_files::{DatasetFile, dataset_files};
pub use differences::{FieldDifference, change_action, field_differences};
pub use logged::current_keys;
pub(crate) use newest::newest_changes;
pub use rebuild::{HistoryError, rebuild};
