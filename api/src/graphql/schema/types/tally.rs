use async_graphql::SimpleObject;

use crate::analysis;

/// A group of a count, with the number of entries in it.
#[derive(SimpleObject)]
pub struct Tally {
    /// The group's code, slug, enum value or year, as filters accept it; null for the entries that
    /// have no value of the dimension.
    key: Option<String>,
    /// The group's name for display.
    label: String,
    /// The number of entries in the group.
    count: i64,
}

/// The key and label of a group for clients. Enum values are spelt as in the schema.
pub(super) fn named(group: analysis::Group) -> (Option<String>, String) {
    match (group.key, group.label) {
        (None, _) => (None, "None recorded".to_owned()),
        (Some(key), Some(label)) => (Some(key), label),
        (Some(period), None) if period.starts_with(|c: char| c.is_ascii_digit()) => {
            (Some(period.clone()), period)
        }
        (Some(value), None) => (Some(value.to_uppercase().replace('-', "_")), label(&value)),
    }
}

/// `technical-assistance` → `Technical assistance`.
fn label(value: &str) -> String {
    let text =
        value.replace('-', " ").replace("co chair", "co-chair").replace("in person", "in-person");
    let text =
        text.replace("admm plus", "ADMM-Plus").replace("admm", "ADMM").replace("asean", "ASEAN");
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

impl From<analysis::Tally> for Tally {
    fn from(tally: analysis::Tally) -> Self {
        let (key, label) = named(tally.group);
        Self { key, label, count: tally.count }
    }
}

/// Converts tallies for clients.
pub(super) fn tallies(list: impl IntoIterator<Item = analysis::Tally>) -> Vec<Tally> {
    list.into_iter().map(Tally::from).collect()
}
