//! The size of an operation's arguments: how much work they cause in the database. Measured before
//! they are parsed.

use std::{borrow::Cow, collections::HashSet};

use apollo_compiler::ast::Value as Literal;
use serde_json::{Map, Value as Json};

/// The size of arguments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InputSize {
    /// Filter conditions: fields, words of texts, and parts of `and`, `or` and `not`.
    pub conditions: u64,
    /// List entries; duplicates within a list count once.
    pub values: u64,
    /// Nesting depth of filters.
    pub depth: u64,
    /// Characters of the longest word or list entry.
    pub word_length: u64,
}

impl InputSize {
    /// The size of an argument.
    pub fn of(name: &str, value: &Json) -> Self {
        let mut size = Self::default();
        size.measure(name, value, 1);
        size
    }

    /// The size of an argument in a document.
    pub fn of_literal(name: &str, literal: &Literal, variables: &Map<String, Json>) -> Self {
        Self::of(name, &resolve(literal, variables))
    }

    /// Adds the size of another argument.
    pub fn add(&mut self, other: Self) {
        self.conditions = self.conditions.saturating_add(other.conditions);
        self.values = self.values.saturating_add(other.values);
        self.depth = self.depth.max(other.depth);
        self.word_length = self.word_length.max(other.word_length);
    }

    fn measure(&mut self, name: &str, value: &Json, depth: u64) {
        match (name, value) {
            ("text", Json::String(text)) => {
                for word in text.split_whitespace() {
                    self.conditions += 1;
                    self.word(word);
                }
            }
            // Not part of a filter.
            ("orderBy", _) => {}
            (_, Json::Object(filter)) => {
                self.depth = self.depth.max(depth);
                for (name, value) in filter {
                    match (name.as_str(), value) {
                        ("and" | "or", Json::Array(parts)) => {
                            for part in parts {
                                self.conditions += 1;
                                self.measure("", part, depth + 1);
                            }
                        }
                        (_, Json::Object(_)) => {
                            self.conditions += 1;
                            self.measure("", value, depth + 1);
                        }
                        ("text", _) => self.measure(name, value, depth),
                        (_, Json::Null) => {}
                        _ => {
                            self.conditions += 1;
                            self.measure(name, value, depth);
                        }
                    }
                }
            }
            (_, Json::Array(entries)) => {
                let mut distinct = HashSet::with_capacity(entries.len());
                for entry in entries {
                    let new = match entry {
                        Json::String(text) => distinct.insert(Cow::Borrowed(text.as_str())),
                        other => distinct.insert(Cow::Owned(other.to_string())),
                    };
                    if let (true, Json::String(text)) = (new, entry) {
                        self.word(text);
                    }
                }
                self.values += distinct.len() as u64;
            }
            _ => {}
        }
    }

    fn word(&mut self, word: &str) {
        self.word_length = self.word_length.max(word.chars().count() as u64);
    }
}

/// A literal as JSON, with variables replaced by their values.
fn resolve<'v>(literal: &Literal, variables: &'v Map<String, Json>) -> Cow<'v, Json> {
    static NULL: Json = Json::Null;
    match literal {
        Literal::Variable(name) => Cow::Borrowed(variables.get(name.as_str()).unwrap_or(&NULL)),
        Literal::Enum(name) => Cow::Owned(Json::from(name.as_str())),
        Literal::String(text) => Cow::Owned(Json::from(text.as_str())),
        Literal::Int(number) => Cow::Owned(Json::from(number.as_str())),
        Literal::Float(number) => Cow::Owned(Json::from(number.as_str())),
        Literal::Boolean(boolean) => Cow::Owned(Json::from(*boolean)),
        Literal::Null => Cow::Borrowed(&NULL),
        Literal::List(items) => {
            Cow::Owned(items.iter().map(|item| resolve(item, variables).into_owned()).collect())
        }
        Literal::Object(members) => {
            let member =
                |(name, value): &(apollo_compiler::Name, apollo_compiler::Node<Literal>)| {
                    (name.to_string(), resolve(value, variables).into_owned())
                };
            Cow::Owned(Json::Object(members.iter().map(member).collect()))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_words_and_parts_are_conditions_and_repeated_entries_count_once() {
        let filter = json!({
            "text": "maritime exercise",
            "kinds": ["RETREAT", "RETREAT", "WORKSHOP"],
            "and": [{ "planned": true }, { "or": [{ "text": "one" }] }],
            "not": { "hosts": ["AU"] },
            "from": null,
        });
        let size = InputSize::of("filter", &filter);
        // Two words, `kinds`, two parts with a field and a part with a word, and `not` with a
        // field.
        assert_eq!(size.conditions, 2 + 1 + (1 + 1) + (1 + 1 + 1) + (1 + 1));
        assert_eq!(size.values, 2 + 1);
        assert_eq!(size.depth, 3);
        assert_eq!(size.word_length, "maritime".len() as u64);
    }
}
