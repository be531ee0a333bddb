//! A GraphQL request, independent of the transport: a document, an operation name and variables.

use std::sync::LazyLock;

use apollo_parser::{Lexer, TokenKind};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::{cache::ResponseKey, store::version::DataVersion};

/// A GraphQL request.
#[derive(Clone, Debug, Default)]
pub struct GraphqlRequest {
    pub query: String,
    pub operation_name: Option<String>,
    pub variables: Map<String, Value>,
    /// Whether the response reports the cost of the operation.
    pub wants_cost: bool,
}

/// A hash of the program's version and schema. It is part of every cache key, because another
/// version may respond differently.
static PROGRAM: LazyLock<[u8; 32]> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    hash.update(env!("CARGO_PKG_VERSION"));
    hash.update(crate::graphql::sdl());
    hash.finalize().into()
});

impl GraphqlRequest {
    /// The operation name of the request, or else the name of the first operation in the document.
    /// If the document runs, it has an operation of that name.
    pub fn operation(&self) -> Option<&str> {
        let named = self.operation_name.as_deref().filter(|name| !name.is_empty());
        named.or_else(|| first_operation(&self.query))
    }

    /// The cache key of the response: a hash of all that it depends on, which is the program, the
    /// revision and the request.
    ///
    /// It does not include the epoch, which differs between processes.
    pub fn key(&self, version: DataVersion) -> ResponseKey {
        let mut hash = Sha256::new();
        hash.update(*PROGRAM);
        hash.update(version.revision.to_le_bytes());
        hash.update(version.written_at.to_le_bytes());
        hash.update(version.content.as_bytes());
        hash.update([u8::from(self.wants_cost)]);
        let variables = serde_json::to_vec(&self.variables).expect("JSON can be written");
        let name = self.operation_name.as_deref().map(str::as_bytes);
        // Lengths distinguish two requests whose concatenated parts are equal.
        for part in [name.unwrap_or_default(), &variables, self.query.as_bytes()] {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        let hash = hash.finalize();
        std::array::from_fn(|index| hash[index])
    }
}

/// The name of the first operation of a document. Reads the document only up to that name.
fn first_operation(document: &str) -> Option<&str> {
    let ignored = [TokenKind::Whitespace, TokenKind::Comment, TokenKind::Comma];
    let mut tokens =
        Lexer::new(document).map_while(Result::ok).filter(|token| !ignored.contains(&token.kind()));
    let mut depth = 0_usize;
    while let Some(token) = tokens.next() {
        match (token.kind(), token.data()) {
            // The shorthand form of a query, which has no name.
            (TokenKind::LCurly, _) if depth == 0 => return None,
            (TokenKind::LCurly, _) => depth += 1,
            (TokenKind::RCurly, _) => depth = depth.saturating_sub(1),
            (TokenKind::Name, "query" | "mutation" | "subscription") if depth == 0 => {
                return tokens
                    .next()
                    .filter(|token| token.kind() == TokenKind::Name)
                    .map(|name| name.data());
            }
            (TokenKind::Name, "fragment") if depth == 0 => {
                // The fragment may be named `query`: skip its name, then go to its selection set.
                tokens.next()?;
                tokens.find(|token| token.kind() == TokenKind::LCurly)?;
                depth = 1;
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn graphql_request(query: &str, name: Option<&str>, variables: Value) -> GraphqlRequest {
        let Value::Object(variables) = variables else { panic!("variables are an object") };
        GraphqlRequest {
            query: query.to_owned(),
            operation_name: name.map(str::to_owned),
            variables,
            wants_cost: false,
        }
    }

    #[test]
    fn everything_that_a_response_depends_on_is_in_the_key() {
        let first = DataVersion { revision: 1, ..DataVersion::default() };
        let of = |query, name, variables| graphql_request(query, name, variables).key(first);
        let key = of("{ a }", Some("A"), json!({ "x": 1, "y": 2 }));
        assert_eq!(key, of("{ a }", Some("A"), json!({ "y": 2, "x": 1 })), "names have no order");
        let others = [
            of("{ b }", Some("A"), json!({ "x": 1, "y": 2 })),
            of("{ a }", Some("B"), json!({ "x": 1, "y": 2 })),
            of("{ a }", None, json!({ "x": 1, "y": 2 })),
            of("{ a }", Some("A"), json!({ "x": 1, "y": 3 })),
            of("{ a }", Some("A"), json!({ "x": "1", "y": 2 })),
            graphql_request("{ a }", Some("A"), json!({ "x": 1, "y": 2 }))
                .key(DataVersion { revision: 2, ..first }),
            graphql_request("{ a }", Some("A"), json!({ "x": 1, "y": 2 }))
                .key(DataVersion { written_at: 1, ..first }),
            GraphqlRequest {
                wants_cost: true,
                ..graphql_request("{ a }", Some("A"), json!({ "x": 1, "y": 2 }))
            }
            .key(first),
        ];
        assert!(!others.contains(&key));
    }

    #[test]
    fn the_operation_goes_by_its_name_in_the_document() {
        for (document, name) in [
            ("query Events { events { totalCount } }", Some("Events")),
            ("{ events { totalCount } }", None),
            ("query { events { totalCount } }", None),
            ("query($n: Int) { events(first: $n) { totalCount } }", None),
            ("# query No\n,\u{feff}query Yes($n: Int) { a }", Some("Yes")),
            ("subscription Changes { datasetChanged { revision } }", Some("Changes")),
            (
                "fragment query on Event @include(if: true) { a(b: \"}\") { c } } query Yes { a }",
                Some("Yes"),
            ),
            ("fragment F on Event { query { mutation } } { a }", None),
            ("\"\"\"query No {\"\"\" query Yes { a }", Some("Yes")),
            ("fragment", None),
            ("}} query Yes { a }", Some("Yes")),
            ("", None),
            ("\u{0}", None),
        ] {
            assert_eq!(graphql_request(document, None, json!({})).operation(), name, "{document}");
            assert_eq!(
                graphql_request(document, Some(""), json!({})).operation(),
                name,
                "{document}"
            );
            assert_eq!(
                graphql_request(document, Some("Named"), json!({})).operation(),
                Some("Named")
            );
        }
    }
}
