//! What clients are told when something is refused or fails: a message that says what to change,
//! and a code in `extensions.code`.

use std::sync::Arc;

use async_graphql::{Pos, Response, ServerError, Value};

use crate::store::{ReadError, ReadErrorKind, list::CursorError};

/// The codes of `extensions.code`.
pub mod code {
    /// The document is not GraphQL.
    pub const PARSE: &str = "GRAPHQL_PARSE_FAILED";
    /// The document does not fit the schema, or a value does not fit its type.
    pub const VALIDATION: &str = "GRAPHQL_VALIDATION_FAILED";
    /// An argument is refused; the message says what it may be.
    pub const BAD_INPUT: &str = "BAD_USER_INPUT";
    /// A page was asked for that is too large, or from both ends at once.
    pub const PAGE: &str = "BAD_PAGE";
    /// A cursor leads nowhere.
    pub const CURSOR: &str = "BAD_CURSOR";
    /// The HTTP request is not one of GraphQL: its method, its media type or its body.
    pub const REQUEST: &str = "BAD_REQUEST";
    /// A page of another site embeds a request.
    pub const CSRF: &str = "CSRF_PREVENTION";
    /// No document is registered under the hash: send it with its text once.
    pub const PERSISTED_NOT_FOUND: &str = "PERSISTED_QUERY_NOT_FOUND";
    /// The hash is not that of the document.
    pub const PERSISTED_HASH: &str = "PERSISTED_QUERY_HASH_MISMATCH";
    /// The client speaks another version of Apollo's protocol.
    pub const PERSISTED_UNSUPPORTED: &str = "PERSISTED_QUERY_NOT_SUPPORTED";
    /// The service runs the documents of its list only.
    pub const NOT_TRUSTED: &str = "PERSISTED_QUERY_NOT_IN_LIST";
    /// The operation costs more than a limit allows; `extensions.measure` says which.
    pub const COSTLY: &str = "QUERY_TOO_COSTLY";
    /// The operation took too long.
    pub const TIMEOUT: &str = "TIMEOUT";
    /// The service has too much to do, or the data was written to again and again; ask again.
    pub const BUSY: &str = "BUSY";
    /// Our fault; the log has the cause.
    pub const INTERNAL: &str = "INTERNAL_SERVER_ERROR";

    /// The status of a response whatever its media type; none where GraphQL over HTTP leaves it to that.
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

/// A request that is refused: the user's fault.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Refusal {
    /// The document is not GraphQL; the message says what was expected.
    #[error("{0}")]
    Syntax(String),
    /// The document does not fit the schema, or a value does not fit its type.
    #[error("{0}")]
    Validation(String),
    #[error(
        "`{argument}` is {value}: a page has 0 to {max} entries; ask for more by paging with `after`"
    )]
    PageSize { argument: &'static str, value: i32, max: i32 },
    #[error(
        "`first` and `last` are both set: take `first` to page forward, `last` to page backward"
    )]
    BothEnds,
    #[error("`{argument}`: {cause}")]
    Cursor { argument: &'static str, cause: CursorError },
    #[error("`nodes` was asked for {asked} ids: ask for at most {max} at once")]
    TooManyIds { asked: usize, max: usize },
    #[error(
        "the filter names `{0}`, which is not in the knowledge base: correct it, or find its slug or code by a `text` filter"
    )]
    UnknownName(String),
    #[error("`partners` has {asked} different codes: compare 1 to {max} partners at once")]
    Partners { asked: usize, max: usize },
    #[error(
        "`partners` names `{0}`, which is not in the knowledge base: correct it, or find the code by `parties`"
    )]
    UnknownPartner(String),
    #[error(
        "`{measure}` of the operation is {}, at most {limit} is allowed: {advice}",
        measured(*value)
    )]
    Costly { measure: &'static str, value: u64, limit: u64, advice: &'static str },
    #[error("the document has no operation `{0}`: correct `operationName`")]
    UnknownOperation(String),
    #[error("the document has several operations: say by `operationName` which to run")]
    ManyOperations,
    #[error("a connection runs at most {max} operations at once: complete some first")]
    ManyOperationsAtOnce { max: usize },
    #[error("the schema can't be asked for by GraphQL here; /schema.graphql has it")]
    Introspection,
    #[error("subscriptions run over WebSocket, by the protocol graphql-transport-ws")]
    Transport,
    // The words of Apollo's protocol, by which its clients know them.
    #[error("PersistedQueryNotFound")]
    PersistedNotFound,
    #[error("provided sha does not match query")]
    PersistedHash,
    #[error(
        "the service runs the documents of its list only: send the SHA-256 of one of them as `documentId`"
    )]
    NotTrusted,
    #[error("the operation took longer than {seconds} seconds: ask for less at once")]
    Timeout { seconds: u64 },
    #[error("the database took too long for a part of the operation: ask for less at once")]
    SlowDatabase,
    #[error("the service is busy: ask again in a moment")]
    Busy,
    #[error("the operation failed; the log of the service has the cause")]
    Internal,
}

impl Refusal {
    /// The response is too long.
    pub(super) fn bytes(value: u64, limit: u64) -> Self {
        let advice = "select fewer fields, or take smaller pages by `first` or `last`";
        Self::Costly { measure: "bytes", value, limit, advice }
    }

    /// The error of a response, at a place of the document.
    pub(super) fn at(self, place: Option<Pos>) -> ServerError {
        let mut error = ServerError::from(self);
        error.locations.extend(place);
        error
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Syntax(_) => code::PARSE,
            Self::Validation(_) => code::VALIDATION,
            Self::PageSize { .. } | Self::BothEnds => code::PAGE,
            Self::Cursor { .. } => code::CURSOR,
            Self::TooManyIds { .. }
            | Self::UnknownName(_)
            | Self::Partners { .. }
            | Self::UnknownPartner(_) => code::BAD_INPUT,
            Self::Costly { .. } | Self::ManyOperationsAtOnce { .. } => code::COSTLY,
            Self::UnknownOperation(_) | Self::ManyOperations | Self::Introspection => {
                code::VALIDATION
            }
            Self::Transport => code::REQUEST,
            Self::PersistedNotFound => code::PERSISTED_NOT_FOUND,
            Self::PersistedHash => code::PERSISTED_HASH,
            Self::NotTrusted => code::NOT_TRUSTED,
            Self::Timeout { .. } | Self::SlowDatabase => code::TIMEOUT,
            Self::Busy => code::BUSY,
            Self::Internal => code::INTERNAL,
        }
    }
}

/// The largest number that every JSON client reads exactly. Larger measures are only known to be larger.
const MAX_SAFE: u64 = (1 << 53) - 1;

fn measured(value: u64) -> String {
    match value <= MAX_SAFE {
        true => value.to_string(),
        false => format!("more than {MAX_SAFE}"),
    }
}

impl From<Refusal> for ServerError {
    fn from(refusal: Refusal) -> Self {
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

/// What the client of an operation is told where a read failed for no fault in the program.
pub(super) fn refusal_of(error: &ReadError) -> Option<Refusal> {
    match error.kind() {
        ReadErrorKind::Busy | ReadErrorKind::Unavailable => Some(Refusal::Busy),
        ReadErrorKind::TimedOut => Some(Refusal::SlowDatabase),
        ReadErrorKind::Internal => None,
    }
}

/// The most errors that a response lists.
const MAX_ERRORS: usize = 20;

/// Gives every error of a response its code, logs the causes of our own errors, and cuts a long list.
pub fn finish(mut response: Response) -> Response {
    let omitted = response.errors.len().saturating_sub(MAX_ERRORS);
    response.errors.truncate(MAX_ERRORS);
    if omitted > 0 {
        response.extensions.insert("omittedErrors".to_owned(), Value::from(omitted));
    }
    for error in &mut response.errors {
        let code = code_of(error);
        let costly = match error.source::<Refusal>() {
            Some(Refusal::Costly { measure, value, limit, .. }) => Some((*measure, *value, *limit)),
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
    if let Some(refusal) = error.source::<Refusal>() {
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
