//! Runs operations: from the text of a request to the body of its response.

pub mod budget;
pub mod context_ext;
mod conversion;
pub mod cost;
mod descriptions;
mod document_size;
pub mod documents;
pub mod error;
pub mod input_size;
mod input_validation;
mod introspection;
pub mod permalink;
pub mod references;
pub mod request;
pub mod service;
