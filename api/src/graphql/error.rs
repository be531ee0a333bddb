//! What clients are told when something is refused or fails: a message that says what to change,
//! and a code in `extensions.code`.

use async_graphql::{Response, ServerError};

use crate::store::{ReadError, list::CursorError};

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
    /// Our fault; the log has the cause.
    pub const INTERNAL: &str = "INTERNAL_SERVER_ERROR";
}

/// A request that is refused: the user's fault.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Refusal {
    #[error(
        "`{argument}` is {value}: a page has 1 to {max} entries; ask for more by paging with `after`"
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
    #[error("`{0}` is no id of ours: pass the `id` of a node unchanged")]
    Id(String),
}

impl Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::PageSize { .. } | Self::BothEnds => code::PAGE,
            Self::Cursor { .. } => code::CURSOR,
            Self::TooManyIds { .. }
            | Self::UnknownName(_)
            | Self::Partners { .. }
            | Self::UnknownPartner(_)
            | Self::Id(_) => code::BAD_INPUT,
        }
    }
}

/// Gives every error of a response its code, and keeps causes of our own for the log.
pub fn finish(mut response: Response) -> Response {
    for error in &mut response.errors {
        let code = code_of(error);
        error.extensions.get_or_insert_default().set("code", code);
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
        true if error.message.trim_start().starts_with("-->") => code::PARSE,
        true => code::VALIDATION,
        false => code::BAD_INPUT,
    }
}
