//! The size of a document with its fragments spread, measured before validation.

use std::collections::HashMap;

use apollo_compiler::ast::{Definition, Document, Selection};

/// Deeper selections are not measured: they exceed any useful limit, and recursion uses the stack.
const MAX_LEVEL: u64 = 300;

/// The largest number of fields, and the largest depth, among the definitions of a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DocumentSize {
    /// Number of fields; the fields of a fragment count once per spread.
    pub fields: u64,
    /// Nesting depth of fields.
    pub depth: u64,
}

impl DocumentSize {
    /// Too deep to be measured.
    pub const TOO_DEEP: Self = Self { fields: 0, depth: u64::MAX };

    /// Each fragment is measured once, so the time is linear in the document.
    pub fn of(document: &Document) -> Self {
        let fragments = document.definitions.iter().filter_map(|definition| match definition {
            Definition::FragmentDefinition(fragment) => {
                Some((fragment.name.as_str(), fragment.selection_set.as_slice()))
            }
            _ => None,
        });
        let mut meter =
            DocumentSizer { fragments: fragments.collect(), measured: HashMap::new(), level: 0 };
        let definitions = document.definitions.iter();
        let sizes = definitions.map(|definition| match definition {
            Definition::OperationDefinition(operation) => {
                meter.selections(&operation.selection_set)
            }
            Definition::FragmentDefinition(fragment) => meter.fragment(&fragment.name),
            _ => Self::default(),
        });
        sizes.fold(Self::default(), |largest, size| Self {
            fields: largest.fields.max(size.fields),
            depth: largest.depth.max(size.depth),
        })
    }
}

struct DocumentSizer<'d> {
    fragments: HashMap<&'d str, &'d [Selection]>,
    /// `None` while the fragment is being measured.
    measured: HashMap<&'d str, Option<DocumentSize>>,
    level: u64,
}

impl<'d> DocumentSizer<'d> {
    fn selections(&mut self, selections: &'d [Selection]) -> DocumentSize {
        if self.level > MAX_LEVEL {
            return DocumentSize::TOO_DEEP;
        }
        self.level += 1;
        let mut size = DocumentSize::default();
        for selection in selections {
            let (own, within) = match selection {
                Selection::Field(field) => (1, self.selections(&field.selection_set)),
                Selection::InlineFragment(fragment) => {
                    (0, self.selections(&fragment.selection_set))
                }
                Selection::FragmentSpread(spread) => (0, self.fragment(&spread.fragment_name)),
            };
            size.fields = size.fields.saturating_add(within.fields).saturating_add(own);
            size.depth = size.depth.max(within.depth.saturating_add(own));
        }
        self.level -= 1;
        size
    }

    fn fragment(&mut self, name: &'d str) -> DocumentSize {
        let Some(selections) = self.fragments.get(name).copied() else {
            return DocumentSize::default();
        };
        match self.measured.get(name) {
            Some(Some(size)) => return *size,
            // The fragment spreads itself; validation rejects that.
            Some(None) => return DocumentSize::default(),
            None => {}
        }
        self.measured.insert(name, None);
        let size = self.selections(selections);
        self.measured.insert(name, Some(size));
        size
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(text: &str) -> DocumentSize {
        DocumentSize::of(&Document::parse(text, "document").expect("it is GraphQL"))
    }

    #[test]
    fn fields_of_fragments_count_each_time_that_they_are_spread() {
        let text = "{ a { ...F ...F } } fragment F on A { b { c } ... on B { d } }";
        assert_eq!(size(text), DocumentSize { fields: 7, depth: 3 });
    }

    #[test]
    fn fragments_that_spread_each_other_are_measured_in_linear_time() {
        let mut text = "{ ...F0 }".to_owned();
        for level in 0..200 {
            text += &format!(" fragment F{level} on A {{ a {{ ...F{0} ...F{0} }} }}", level + 1);
        }
        text += " fragment F200 on A { a ...F0 }";
        assert_eq!(size(&text).fields, u64::MAX);
    }

    #[test]
    fn a_document_that_is_too_deep_is_not_measured() {
        let mut text = "{ ...F0 }".to_owned();
        for level in 0..2_000 {
            text += &format!(" fragment F{level} on A {{ a {{ ...F{} }} }}", level + 1);
        }
        text += " fragment F2000 on A { a }";
        assert_eq!(size(&text).depth, u64::MAX);
    }
}
