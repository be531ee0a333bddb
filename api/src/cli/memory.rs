//! The memory that a configuration gives the process.

use serde::Serialize;

use crate::{
    cache::CacheLimits,
    config::Server,
    export::EXPORT_BYTES,
    store::connection::{CONNECTION_BYTES, PREPARED_BYTES, PREPARED_STATEMENTS},
};

/// The memory budget that the settings give the process, in bytes. It excludes the program itself
/// and the working memory of single requests.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Memory {
    /// Cached responses.
    pub response_cache: u64,
    /// Cached results of database reads.
    pub record_cache: u64,
    /// Parsed and validated documents.
    pub document_cache: u64,
    /// Documents that clients registered by hash (automatic persisted queries).
    pub persisted_documents: u64,
    /// One database connection: its prepared statements and its page cache.
    pub each_database_connection: u64,
    /// All database connections: of the threads, of exports, and the one that watches for new
    /// revisions.
    pub database_connections: u64,
    /// Working memory of the exports that run at once.
    pub exports: u64,
    /// The largest operation on each thread: its data and its response.
    pub operations: u64,
    /// The sum.
    pub total: u64,
}

impl Memory {
    /// The budget of a configuration.
    pub fn of(config: &Server) -> Self {
        let CacheLimits { records, responses, documents } = config.caches.limits();
        let persisted = if config.trusted_documents.is_none() { documents } else { 0 };
        let exports = u64::from(config.exports);
        let threads = u64::try_from(config.threads()).unwrap_or(u64::MAX);
        let connection =
            u64::from(PREPARED_STATEMENTS).saturating_mul(PREPARED_BYTES) + CONNECTION_BYTES;
        let connections = threads.saturating_mul(config.connections.into()) + exports + 1;
        let mut memory = Self {
            response_cache: responses,
            record_cache: records,
            document_cache: documents,
            persisted_documents: persisted,
            each_database_connection: connection,
            database_connections: connections.saturating_mul(connection),
            exports: exports.saturating_mul(EXPORT_BYTES),
            operations: threads.saturating_mul(2).saturating_mul(config.limits.max_response),
            total: 0,
        };
        memory.total = [
            memory.response_cache,
            memory.record_cache,
            memory.document_cache,
            memory.persisted_documents,
            memory.database_connections,
            memory.exports,
            memory.operations,
        ]
        .into_iter()
        .fold(0, u64::saturating_add);
        memory
    }
}
