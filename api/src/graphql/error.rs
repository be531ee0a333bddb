//! The errors of responses: each has a message that says what to change, and a code in
//! `extensions.code`.

use std::sync::Arc;

use async_graphql::{Pos, Response, ServerError, Value};

use crate::store::{ReadError, ReadErrorKind, list::CursorError};

/// The codes of `extensions.code`.
pub mod code {
    /// The document has a syntax error.
    pub const PARSE: &str = "GRAPHQL_PARSE_FAILED";
    /// The document does not match the schema, or a value does not match its type.
    pub const VALIDATION: &str = "GRAPHQL_VALIDATION_FAILED";
    /// An argument is invalid; the message says which values are valid.
    pub const BAD_INPUT: &str = "BAD_USER_INPUT";
    /// The page size is out of range, or `first` and `last` are both set.
    pub const PAGE: &str = "BAD_PAGE";
    /// A cursor is invalid, or belongs to another order or search.
    pub const CURSOR: &str = "BAD_CURSOR";
    /// The HTTP request is invalid: for example its head, method, media type or body.
    pub const REQUEST: &str = "BAD_REQUEST";
    /// A page of another site embeds the request, for example as an image.
    pub const CSRF: &str = "CSRF_PREVENTION";
    /// No document is registered under the hash: send the hash and the document together once.
    pub const PERSISTED_NOT_FOUND: &str = "PERSISTED_QUERY_NOT_FOUND";
    /// The hash does not match the document.
    pub const PERSISTED_HASH: &str = "PERSISTED_QUERY_HASH_MISMATCH";
    /// The client uses an unsupported version of Apollo's persisted query protocol.
    pub const PERSISTED_UNSUPPORTED: &str = "PERSISTED_QUERY_NOT_SUPPORTED";
    /// The document is not one of the service's trusted documents.
    pub const NOT_TRUSTED: &str = "PERSISTED_QUERY_NOT_IN_LIST";
    /// The operation exceeds a limit; `extensions.measure` names it.
    pub const COSTLY: &str = "QUERY_TOO_COSTLY";
    /// The operation took too long.
    pub const TIMEOUT: &str = "TIMEOUT";
    /// The service or the database is overloaded or unavailable, or the data changed repeatedly
    /// while the operation read it. Retry later.
    pub const BUSY: &str = "BUSY";
    /// An internal error; the log has the cause.
    pub const INTERNAL: &str = "INTERNAL_SERVER_ERROR";

    /// The HTTP status of an error code. `None` if the status depends on the media type of the
    /// response, as GraphQL over HTTP specifies.
    pub(crate) fn status(code: &str) -> Option<actix_web::http::StatusCode> {
        use actix_web::http::StatusCode;
        match code {
            PERSISTED_HASH | PERSISTED_UNSUPPORTED | NOT_TRUSTED => Some(StatusCode::BAD_REQUEST),
            TIMEOUT => Some(StatusCode::GATEWAY_TIMEOUT),
            BUSY => Some(StatusCode::SERVICE_UNAVAILABLE),
            INTERNAL => Some(StatusCode::INTERNAL_SERVER_ERROR),
            _ => None,
        }
    }
}

/// Why an operation is rejected or aborted, as an error for the client.
#[derive(Clone, Debug, thiserror::Error)]
pub enum OperationError {
    /// The document has a syntax error; the message says what was expected.
    #[error("{0}")]
    Syntax(String),
    /// The document does not match the schema, or a value does not match its type.
    #[error("{0}")]
    Validation(String),
    #[error(
        "`{argument}` is {value}: a page has 0 to {max} entries; get more with `after` or `before`"
    )]
    PageSize { argument: &'static str, value: i32, max: i32 },
    #[error(
        "`first` and `last` are both set: use `first` to page forward or `last` to page backward"
    )]
    FirstAndLast,
    #[error("`{argument}`: {cause}")]
    Cursor { argument: &'static str, cause: CursorError },
    #[error("`nodes` has {asked} ids: request at most {max} at once")]
    TooManyIds { asked: usize, max: usize },
    #[error(
        "the filter names `{0}`, which is not in the knowledge base: correct it, or find its slug or code with a `text` filter"
    )]
    UnknownName(String),
    #[error("`partners` has {asked} different codes: compare 1 to {max} partners at once")]
    Partners { asked: usize, max: usize },
    #[error(
        "`partners` names `{0}`, which is not in the knowledge base: correct it, or find the code with `parties`"
    )]
    UnknownPartner(String),
    #[error(
        "`{measure}` of the operation is {}, at most {limit} is allowed: {advice}",
        measured(*value)
    )]
    LimitExceeded { measure: &'static str, value: u64, limit: u64, advice: &'static str },
    #[error("the document has no operation `{0}`: correct `operationName`")]
    UnknownOperation(String),
    #[error("the document has several operations: set `operationName` to the one to run")]
    ManyOperations,
    #[error("a connection runs at most {max} operations at once: complete some first")]
    ManyOperationsAtOnce { max: usize },
    #[error("introspection is disabled: get the schema from /schema.graphql")]
    Introspection,
    #[error("subscriptions need a WebSocket with the protocol graphql-transport-ws")]
    SubscriptionOverHttp,
    // Apollo's clients recognise these two errors by their messages.
    #[error("PersistedQueryNotFound")]
    PersistedNotFound,
    #[error("provided sha does not match query")]
    PersistedHash,
    #[error(
        "the service runs only trusted documents: send the SHA-256 of one of them as `documentId`"
    )]
    NotTrusted,
    #[error("the operation took longer than {seconds} seconds: request less data at once")]
    Timeout { seconds: u64 },
    #[error("a database statement of the operation took too long: request less data at once")]
    SlowDatabase,
    #[error("the service is busy: retry in a moment")]
    Busy,
    #[error("the operation failed; the log of the service has the cause")]
    Internal,
}

impl OperationError {
    /// The response has too many bytes.
    pub(super) fn bytes(value: u64, limit: u64) -> Self {
        let advice = "select fewer fields, or request smaller pages with `first` or `last`";
        Self::LimitExceeded { measure: "bytes", value, limit, advice }
    }

    /// The error with its location in the document.
    pub(super) fn at(self, place: Option<Pos>) -> ServerError {
        let mut error = ServerError::from(self);
        error.locations.extend(place);
        error
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Syntax(_) => code::PARSE,
            Self::Validation(_) => code::VALIDATION,
            Self::PageSize { .. } | Self::FirstAndLast => code::PAGE,
            Self::Cursor { .. } => code::CURSOR,
            Self::TooManyIds { .. }
            | Self::UnknownName(_)
            | Self::Partners { .. }
            | Self::UnknownPartner(_) => code::BAD_INPUT,
            Self::LimitExceeded { .. } | Self::ManyOperationsAtOnce { .. } => code::COSTLY,
            Self::UnknownOperation(_) | Self::ManyOperations | Self::Introspection => {
                code::VALIDATION
            }
            Self::SubscriptionOverHttp => code::REQUEST,
            Self::PersistedNotFound => code::PERSISTED_NOT_FOUND,
            Self::PersistedHash => code::PERSISTED_HASH,
            Self::NotTrusted => code::NOT_TRUSTED,
            Self::Timeout { .. } | Self::SlowDatabase => code::TIMEOUT,
            Self::Busy => code::BUSY,
            Self::Internal => code::INTERNAL,
        }
    }
}

/// The largest integer that every JSON client reads exactly. Larger values are reported as more
/// than this.
const MAX_SAFE: u64 = (1 << 53) - 1;

fn measured(value: u64) -> String {
    match value <= MAX_SAFE {
        true => value.to_string(),
        false => format!("more than {MAX_SAFE}"),
    }
}

impl From<OperationError> for ServerError {
    fn from(refusal: OperationError) -> Self {
        let mut error = Self::new(refusal.to_string(), None);
        error.source = Some(Arc::new(refusal));
        error
    }
}

impl From<ReadError> for ServerError {
    fn from(cause: ReadError) -> Self {
        let mut error = Self::new(cause.to_string(), None);
        error.source = Some(Arc::new(cause));
        error
    }
}

/// The client's error for a failed read; `None` if the cause is an internal error.
pub(super) fn client_error(error: &ReadError) -> Option<OperationError> {
    match error.kind() {
        ReadErrorKind::Busy | ReadErrorKind::Unavailable => Some(OperationError::Busy),
        ReadErrorKind::TimedOut => Some(OperationError::SlowDatabase),
        ReadErrorKind::Internal => None,
    }
}

/// Maximum number of errors in a response.
const MAX_ERRORS: usize = 20;

/// Adds its code to every error of a response, logs the causes of internal errors, and truncates a
/// long list of errors.
pub fn finish(mut response: Response) -> Response {
    let omitted = response.errors.len().saturating_sub(MAX_ERRORS);
    response.errors.truncate(MAX_ERRORS);
    if omitted > 0 {
        response.extensions.insert("omittedErrors".to_owned(), Value::from(omitted));
    }
    for error in &mut response.errors {
        let code = code_of(error);
        let costly = match error.source::<OperationError>() {
            Some(OperationError::LimitExceeded { measure, value, limit, .. }) => Some((*measure, *value, *limit)),
            _ => None,
        };
        let extensions = error.extensions.get_or_insert_default();
        extensions.set("code", code);
        if let Some((measure, value, limit)) = costly {
            extensions.set("measure", measure);
            extensions.set("value", value.min(MAX_SAFE));
            extensions.set("limit", limit);
        }
    }
    response
}

fn code_of(error: &ServerError) -> &'static str {
    if let Some(refusal) = error.source::<OperationError>() {
        return refusal.code();
    }
    if let Some(cause) = error.source::<ReadError>() {
        let path = format!("{:?}", error.path);
        tracing::error!(cause = ?cause, path, "read failed");
        return code::INTERNAL;
    }
    match error.path.is_empty() {
        true => code::VALIDATION,
        false => code::BAD_INPUT,
    }
}
