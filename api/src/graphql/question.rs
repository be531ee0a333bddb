//! What a client asks, whatever the transport: a document, an operation of it, and variables.

use std::sync::LazyLock;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::cache::{Key, Version};

/// What a client asks.
#[derive(Clone, Debug, Default)]
pub struct Question {
    pub query: String,
    pub operation_name: Option<String>,
    pub variables: Map<String, Value>,
    /// Whether the answer says what the operation costs.
    pub wants_cost: bool,
}

/// Another program may answer otherwise: its version and its schema are part of each question.
static PROGRAM: LazyLock<[u8; 32]> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    hash.update(env!("CARGO_PKG_VERSION"));
    hash.update(super::sdl());
    hash.finalize().into()
});

impl Question {
    /// What an answer is a function of, hashed: the program, the revision, and the question.
    ///
    /// The epoch is no part of it: other processes count others.
    pub fn key(&self, version: Version) -> Key {
        let mut hash = Sha256::new();
        hash.update(*PROGRAM);
        hash.update(version.revision.to_le_bytes());
        hash.update(version.written_at.to_le_bytes());
        hash.update([u8::from(self.wants_cost)]);
        let variables = serde_json::to_vec(&self.variables).expect("JSON can be written");
        let name = self.operation_name.as_deref().map(str::as_bytes);
        // Lengths keep two questions apart whose parts joined are the same.
        for part in [name.unwrap_or_default(), &variables, self.query.as_bytes()] {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        let hash = hash.finalize();
        std::array::from_fn(|index| hash[index])
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn question(query: &str, name: Option<&str>, variables: Value) -> Question {
        let Value::Object(variables) = variables else { panic!("variables are an object") };
        Question {
            query: query.to_owned(),
            operation_name: name.map(str::to_owned),
            variables,
            wants_cost: false,
        }
    }

    #[test]
    fn whatever_an_answer_depends_on_is_in_the_key() {
        let first = Version { revision: 1, ..Version::default() };
        let of = |query, name, variables| question(query, name, variables).key(first);
        let key = of("{ a }", Some("A"), json!({ "x": 1, "y": 2 }));
        assert_eq!(key, of("{ a }", Some("A"), json!({ "y": 2, "x": 1 })), "names have no order");
        let others = [
            of("{ b }", Some("A"), json!({ "x": 1, "y": 2 })),
            of("{ a }", Some("B"), json!({ "x": 1, "y": 2 })),
            of("{ a }", None, json!({ "x": 1, "y": 2 })),
            of("{ a }", Some("A"), json!({ "x": 1, "y": 3 })),
            of("{ a }", Some("A"), json!({ "x": "1", "y": 2 })),
            question("{ a }", Some("A"), json!({ "x": 1, "y": 2 }))
                .key(Version { revision: 2, ..first }),
            question("{ a }", Some("A"), json!({ "x": 1, "y": 2 }))
                .key(Version { written_at: 1, ..first }),
            Question {
                wants_cost: true,
                ..question("{ a }", Some("A"), json!({ "x": 1, "y": 2 }))
            }
            .key(first),
        ];
        assert!(!others.contains(&key));
    }
}
