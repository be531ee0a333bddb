use async_graphql::SimpleObject;

use crate::analysis;

/// A group of what was counted, and how many are in it.
#[derive(SimpleObject)]
pub struct Tally {
    /// The group's code, slug, enum value or year, as filters take it; null for what has no value of the dimension.
    key: Option<String>,
    /// The group's name for people.
    label: String,
    /// How many are in it.
    count: i64,
}

/// Key and label of a group, as clients see them. Values of enums come as the schema writes them.
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

/// Tallies, as clients see them.
pub(super) fn tallies(list: impl IntoIterator<Item = analysis::Tally>) -> Vec<Tally> {
    list.into_iter().map(Tally::from).collect()
}
