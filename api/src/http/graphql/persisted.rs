//! Persisted documents, by the SHA-256 of their text: those that clients register (Apollo's
//! automatic persisted queries), or only those of a file (trusted documents).

use std::{collections::HashMap, path::Path, sync::Arc};

use quick_cache::{Weighter, sync::Cache};
use sha2::{Digest, Sha256};

use super::RequestParameters;
use crate::graphql::{GraphqlRequest, OperationError};

/// The persisted documents.
pub enum Persisted {
    /// Registered by clients, in a cache limited in bytes.
    Automatic(Cache<String, Arc<str>, Length>),
    /// Only these documents run.
    Trusted(HashMap<String, Arc<str>>),
}

#[derive(Clone)]
pub struct Length;

impl Weighter<String, Arc<str>> for Length {
    fn weight(&self, hash: &String, text: &Arc<str>) -> u64 {
        (hash.len() + text.len() + 100) as u64
    }
}

/// Why a file of trusted documents is rejected.
#[derive(Debug, thiserror::Error)]
pub enum TrustedError {
    #[error("--trusted-documents {file} can't be read: {cause}")]
    Unreadable { file: String, cause: String },
    #[error("--trusted-documents {file} is not a JSON object of documents by SHA-256: {cause}")]
    Shape { file: String, cause: String },
    #[error("--trusted-documents {file}: the document under `{hash}` has the SHA-256 {actual}")]
    Hash { file: String, hash: String, actual: String },
}

fn sha256(text: &str) -> String {
    use std::fmt::Write;
    Sha256::digest(text).iter().fold(String::with_capacity(64), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("writing to a string does not fail");
        hex
    })
}

impl Persisted {
    /// Clients register documents, in a cache of at most `bound` bytes. Those of the page are
    /// registered from the start.
    pub fn automatic(bound: u64, of_page: HashMap<String, String>) -> Self {
        let registered = Cache::with_weighter(1_000, bound, Length);
        for (hash, document) in of_page {
            registered.insert(hash, Arc::from(document));
        }
        Self::Automatic(registered)
    }

    /// Only the documents of a file and those of the page run.
    pub fn trusted(path: &Path, of_page: HashMap<String, String>) -> Result<Self, TrustedError> {
        let file = || path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| TrustedError::Unreadable {
            file: file(),
            cause: error.kind().to_string(),
        })?;
        let documents: HashMap<String, Arc<str>> = serde_json::from_str(&text)
            .map_err(|error| TrustedError::Shape { file: file(), cause: error.to_string() })?;
        let of_page = of_page.into_iter().map(|(hash, document)| (hash, Arc::from(document)));
        let mut trusted: HashMap<String, Arc<str>> = of_page.collect();
        for (hash, document) in documents {
            let named = hash.trim_start_matches("sha256:").to_ascii_lowercase();
            let actual = sha256(&document);
            // Compilers may use another hash. One with the length of a SHA-256 must match.
            if named.len() == actual.len() && named != actual {
                return Err(TrustedError::Hash { file: file(), hash, actual });
            }
            trusted.insert(named, document);
        }
        Ok(Self::Trusted(trusted))
    }

    /// The request, with the text of its document.
    pub fn resolve(&self, parameters: RequestParameters) -> Result<GraphqlRequest, OperationError> {
        let RequestParameters { query, hash, operation_name, variables, wants_cost } = parameters;
        let query = match self {
            Self::Automatic(registered) => Self::registered(registered, query, hash)?,
            Self::Trusted(documents) => {
                let hash = hash.or_else(|| query.as_deref().map(sha256)).unwrap_or_default();
                let document = documents.get(&hash).ok_or(OperationError::NotTrusted)?;
                if query.is_some_and(|query| *query != **document) {
                    return Err(OperationError::NotTrusted);
                }
                document.to_string()
            }
        };
        Ok(GraphqlRequest { query, operation_name, variables, wants_cost })
    }

    fn registered(
        registered: &Cache<String, Arc<str>, Length>,
        query: Option<String>,
        hash: Option<String>,
    ) -> Result<String, OperationError> {
        match (query, hash) {
            (Some(query), None) => Ok(query),
            (Some(query), Some(hash)) => {
                if registered.peek(&hash).is_some_and(|known| *known == *query) {
                    return Ok(query);
                }
                if sha256(&query) != hash {
                    return Err(OperationError::PersistedHash);
                }
                registered.insert(hash, Arc::from(query.as_str()));
                Ok(query)
            }
            (None, hash) => {
                let known = registered.get(&hash.unwrap_or_default());
                known.map(|query| query.to_string()).ok_or(OperationError::PersistedNotFound)
            }
        }
    }
}
