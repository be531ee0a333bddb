//! What differs between a record before and after.

use std::collections::BTreeSet;

use entities::change::ChangeAction;
use serde_json::{Map, Value};

/// A field that differs, with its value before and after.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldDifference {
    /// The key of the dataset files.
    pub name: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

/// What happened to a record: it is none before it was created and after it was removed.
pub fn change_action(before: Option<&Value>, after: Option<&Value>) -> ChangeAction {
    match (before, after) {
        (None, _) => ChangeAction::Created,
        (_, None) => ChangeAction::Removed,
        _ => ChangeAction::Updated,
    }
}

/// The fields that differ, by name.
pub fn field_differences(before: Option<Value>, after: Option<Value>) -> Vec<FieldDifference> {
    let fields = |record| match record {
        Some(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    let (mut before, mut after) = (fields(before), fields(after));
    let names: BTreeSet<String> = before.keys().chain(after.keys()).cloned().collect();
    let field = |name: String| {
        let (before, after) = (before.remove(&name), after.remove(&name));
        (before != after).then_some(FieldDifference { name, before, after })
    };
    names.into_iter().filter_map(field).collect()
}
