//! The errors of responses: each has a message that says what to change, and a code in
//! `extensions.code`.

use std::sync::Arc;

use async_graphql::{Pos, Response, ServerError, Value};

use crate::store::{ReadError, ReadErrorKind, list::CursorError, states::SpanError};

/// Defines the error codes, each with its text in `extensions.code`.
macro_rules! error_codes {
    ($($(#[$doc:meta])* $code:ident = $text:literal;)*) => {
        /// A code of `extensions.code`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum ErrorCode {
            $($(#[$doc])* $code,)*
        }

        impl ErrorCode {
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$code => $text,)*
                }
            }
        }
    };
}

error_codes! {
    /// The document has a syntax error.
    ParseFailed = "GRAPHQL_PARSE_FAILED";
    /// The document does not match the schema, or a value does not match its type.
    ValidationFailed = "GRAPHQL_VALIDATION_FAILED";
    /// An argument is invalid; the message says which values are valid.
    BadUserInput = "BAD_USER_INPUT";
    /// The page size is out of range, or `first` and `last` are both set.
    BadPage = "BAD_PAGE";
    /// A cursor is invalid, or belongs to another order or search.
    BadCursor = "BAD_CURSOR";
    /// The HTTP request is invalid: for example its head, method, media type or body.
    BadRequest = "BAD_REQUEST";
    /// A page of another site embeds the request, for example as an image.
    CsrfPrevention = "CSRF_PREVENTION";
    /// No document is registered under the hash: send the hash and the document together once.
    PersistedQueryNotFound = "PERSISTED_QUERY_NOT_FOUND";
    /// The hash does not match the document.
    PersistedQueryHashMismatch = "PERSISTED_QUERY_HASH_MISMATCH";
    /// The client uses an unsupported version of Apollo's persisted query protocol.
    PersistedQueryNotSupported = "PERSISTED_QUERY_NOT_SUPPORTED";
    /// The document is not one of the service's trusted documents.
    PersistedQueryNotInList = "PERSISTED_QUERY_NOT_IN_LIST";
    /// The operation exceeds a limit; `extensions.measure` names it.
    QueryTooCostly = "QUERY_TOO_COSTLY";
    /// The operation took too long.
    Timeout = "TIMEOUT";
    /// The service or the database is overloaded or unavailable, or the data changed while the
    /// operation read it. Retry later.
    Busy = "BUSY";
    /// An internal error; the log has the cause.
    InternalServerError = "INTERNAL_SERVER_ERROR";
}

impl ErrorCode {
    /// The code of an error in a response. An error of unknown origin is an internal error.
    pub fn of(error: &ServerError) -> Self {
        if let Some(error) = error.source::<OperationError>() {
            return error.code();
        }
        let read_error = error.source::<ReadError>().and_then(client_error);
        read_error.map_or(Self::InternalServerError, |error| error.code())
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
    #[error(
        "`{argument}` names the state `{name}`, which is not in the history: name a revision by its number, a version of the dataset or a content hash; `revisions` lists them"
    )]
    UnknownState { argument: &'static str, name: String },
    #[error(transparent)]
    StatesSwapped(SpanError),
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
    /// An argument of a field is invalid, found while the operation ran.
    #[error("{0}")]
    InvalidArgument(String),
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
    /// A revision that was written during the operation removed the record.
    #[error("the record was removed; retry the query")]
    RecordRemoved,
    #[error("the operation failed; the log of the service has the cause")]
    Internal,
}

impl From<SpanError> for OperationError {
    fn from(error: SpanError) -> Self {
        match error {
            SpanError::Unknown { argument, name } => Self::UnknownState { argument, name },
            swapped @ SpanError::Swapped => Self::StatesSwapped(swapped),
        }
    }
}

impl OperationError {
    /// The response has too many bytes.
    pub(crate) fn bytes(value: u64, limit: u64) -> Self {
        let advice = "select fewer fields, or request smaller pages with `first` or `last`";
        Self::LimitExceeded { measure: "bytes", value, limit, advice }
    }

    /// The error with its location in the document.
    pub(crate) fn at(self, place: Option<Pos>) -> ServerError {
        let mut error = ServerError::from(self);
        error.locations.extend(place);
        error
    }

    fn code(&self) -> ErrorCode {
        match self {
            Self::Syntax(_) => ErrorCode::ParseFailed,
            Self::Validation(_)
            | Self::UnknownOperation(_)
            | Self::ManyOperations
            | Self::Introspection => ErrorCode::ValidationFailed,
            Self::PageSize { .. } | Self::FirstAndLast => ErrorCode::BadPage,
            Self::Cursor { .. } => ErrorCode::BadCursor,
            Self::TooManyIds { .. }
            | Self::InvalidArgument(_)
            | Self::UnknownName(_)
            | Self::UnknownState { .. }
            | Self::StatesSwapped(_)
            | Self::Partners { .. }
            | Self::UnknownPartner(_) => ErrorCode::BadUserInput,
            Self::LimitExceeded { .. } | Self::ManyOperationsAtOnce { .. } => {
                ErrorCode::QueryTooCostly
            }
            Self::SubscriptionOverHttp => ErrorCode::BadRequest,
            Self::PersistedNotFound => ErrorCode::PersistedQueryNotFound,
            Self::PersistedHash => ErrorCode::PersistedQueryHashMismatch,
            Self::NotTrusted => ErrorCode::PersistedQueryNotInList,
            Self::Timeout { .. } | Self::SlowDatabase => ErrorCode::Timeout,
            Self::Busy | Self::RecordRemoved => ErrorCode::Busy,
            Self::Internal => ErrorCode::InternalServerError,
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
pub(crate) fn client_error(error: &ReadError) -> Option<OperationError> {
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
        let code = ErrorCode::of(error);
        if code == ErrorCode::InternalServerError && error.source::<OperationError>().is_none() {
            log_internal(error);
        }
        let exceeded = match error.source::<OperationError>() {
            Some(OperationError::LimitExceeded { measure, value, limit, .. }) => {
                Some((*measure, *value, *limit))
            }
            _ => None,
        };
        let extensions = error.extensions.get_or_insert_default();
        extensions.set("code", code.as_str());
        if let Some((measure, value, limit)) = exceeded {
            extensions.set("measure", measure);
            extensions.set("value", value.min(MAX_SAFE));
            extensions.set("limit", limit);
        }
    }
    response
}

/// Logs an error of unknown origin. Only the message of a failed read is safe to send to clients.
fn log_internal(error: &mut ServerError) {
    let path = format!("{:?}", error.path);
    match error.source::<ReadError>() {
        Some(cause) => tracing::error!(?cause, path, "read failed"),
        None => {
            tracing::error!(cause = error.message, path, "operation failed");
            error.message = OperationError::Internal.to_string();
        }
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::DbErr;

    use super::*;

    fn sent(error: ServerError) -> (String, String) {
        let response = finish(Response::from_errors(vec![error]));
        let error = response.errors.into_iter().next().expect("it has one error");
        let code = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
        (code.map(Value::to_string).unwrap_or_default(), error.message)
    }

    #[test]
    fn an_error_of_unknown_origin_is_internal_and_its_cause_is_not_sent() {
        let (code, message) = sent(ServerError::new("no such column: x", None));
        assert_eq!(code, r#""INTERNAL_SERVER_ERROR""#);
        assert!(!message.contains("column"), "{message}");
        let (code, message) = sent(ReadError::from(DbErr::Custom("secret".to_owned())).into());
        assert_eq!(code, r#""INTERNAL_SERVER_ERROR""#);
        assert!(!message.contains("secret"), "{message}");
    }

    #[test]
    fn an_operation_error_keeps_its_code_through_a_resolver() {
        let error = async_graphql::Error::from(OperationError::RecordRemoved);
        let (code, _) = sent(error.into_server_error(Pos::default()));
        assert_eq!(code, r#""BUSY""#);
    }
}
