//! Filters: one input type for each kind of list. All fields must match; filters combine by `and`,
//! `or` and `not`.

use std::hash::Hash;

use async_graphql::InputType;
use sea_orm::{
    Condition, ExprTrait,
    sea_query::{Expr, Func},
};

use crate::{
    graphql::schema::scalars::{EdtfDate, PartyCode, Slug},
    heap_size::HeapSize,
    store::filter::balanced,
};

/// The filter of one kind of list.
pub trait Filter: InputType + Clone + Default + Eq + Hash + HeapSize + 'static {
    /// The condition of the rows that match.
    fn condition(&self) -> Condition;

    /// Appends the slugs and codes that the filter contains.
    fn referenced_keys(&self, names: &mut Vec<String>);
}

/// The slugs and codes in a field of a filter. Only lists of slugs or codes contain any.
pub(crate) trait ReferencedKeys {
    fn referenced_keys(&self, _names: &mut Vec<String>) {}
}

impl ReferencedKeys for bool {}
impl ReferencedKeys for String {}
impl ReferencedKeys for EdtfDate {}
impl ReferencedKeys for Vec<String> {}
impl ReferencedKeys for Vec<i32> {}

impl ReferencedKeys for Vec<Slug> {
    fn referenced_keys(&self, names: &mut Vec<String>) {
        names.extend(slugs(self));
    }
}

impl ReferencedKeys for Vec<PartyCode> {
    fn referenced_keys(&self, names: &mut Vec<String>) {
        names.extend(codes(self));
    }
}

/// Combines the condition of a filter's own fields with its `and`, `or` and `not`.
pub(crate) fn compose<F: Filter>(
    own: Condition,
    and: &Option<Vec<F>>,
    or: &Option<Vec<F>>,
    not: &Option<Box<F>>,
) -> Condition {
    let mut all = vec![own];
    all.extend(and.iter().flatten().map(F::condition));
    all.retain(|condition| !condition.is_empty());
    if let Some(alternatives) = or {
        all.push(match alternatives.is_empty() {
            // An empty `or` matches nothing.
            true => Condition::all().add(Expr::value(false)),
            false => balanced(alternatives.iter().map(F::condition).collect(), Condition::any),
        });
    }
    if let Some(filter) = not {
        // In SQL, a comparison with null is null, and so is its negation. Here null counts as
        // false, so that its negation matches.
        let fits: Expr = filter.condition().into();
        all.push(Condition::all().add(Func::coalesce([fits, Expr::value(false)]).not()));
    }
    balanced(all, Condition::all)
}

/// Defines the filter of a kind of list: each field, with the condition for its value. `record` adds
/// the fields that the filters of all records with citations share; they need the entity's `Column`.
macro_rules! filter {
    (
        $(#[$doc:meta])*
        record $name:ident { $($fields:tt)* }
    ) => {
        crate::graphql::macros::filter::filter! {
            $(#[$doc])*
            $name {
                $($fields)*
                /// Cites a source of one of these kinds.
                source_kinds: Vec<crate::graphql::schema::types::enums::SourceKind> => |kinds| {
                    crate::store::load::cites_kind(
                        Column::Id,
                        crate::graphql::macros::filter::db_values(kinds),
                    )
                },
                /// The number of sources that it cites, `evidence.sources`, is in this range.
                citation_count: crate::graphql::schema::types::count_range::CountRange => |range| {
                    crate::store::load::has_sources(Column::Id, |number| range.contains(number))
                },
                /// The number of independent sources, `evidence.independent`, is in this range.
                independent_sources: crate::graphql::schema::types::count_range::CountRange => |range| {
                    crate::store::load::has_independent_sources(Column::Id, |number| range.contains(number))
                },
            }
        }
    };

    (
        $(#[$doc:meta])*
        $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty => |$value:ident| $condition:expr,)* }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, Hash, async_graphql::InputObject)]
        pub struct $name {
            $($(#[$field_doc])* pub(crate) $field: Option<$type>,)*
            /// All of these filters match. An empty list matches everything.
            pub(crate) and: Option<Vec<$name>>,
            /// At least one of these filters matches. An empty list matches nothing.
            pub(crate) or: Option<Vec<$name>>,
            /// This filter does not match. A condition on a null value never matches, so `not`
            /// includes the record.
            pub(crate) not: Option<Box<$name>>,
        }

        crate::heap_size::heap_size! {
            $name { $($field)* and or not }
        }

        impl crate::graphql::macros::filter::Filter for $name {
            fn condition(&self) -> sea_orm::Condition {
                let own = sea_orm::Condition::all();
                $(
                    let own = match &self.$field {
                        Some($value) => own.add($condition),
                        None => own,
                    };
                )*
                crate::graphql::macros::filter::compose(own, &self.and, &self.or, &self.not)
            }

            fn referenced_keys(&self, names: &mut Vec<String>) {
                use crate::graphql::macros::filter::ReferencedKeys;
                $(self.$field.iter().for_each(|value| value.referenced_keys(names));)*
                let within = self.and.iter().chain(&self.or).flatten().chain(self.not.as_deref());
                within.for_each(|filter| filter.referenced_keys(names));
            }
        }
    };
}

pub(crate) use filter;

/// A GraphQL enum for an enum of the entities.
pub(crate) trait DbEnum: Copy {
    /// The value as stored in the database.
    fn db_value(self) -> String;
}

/// The values as stored in the database.
pub(crate) fn db_values(values: &[impl DbEnum]) -> Vec<String> {
    values.iter().map(|value| value.db_value()).collect()
}

pub(crate) fn slugs(slugs: &[Slug]) -> Vec<String> {
    slugs.iter().map(|slug| slug.0.to_string()).collect()
}

pub(crate) fn codes(codes: &[PartyCode]) -> Vec<String> {
    codes.iter().map(|code| code.0.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use sea_orm::sea_query::{PostgresQueryBuilder, Query, SqliteQueryBuilder};
    use serde_json::json;

    use super::*;
    use crate::graphql::{InputSize, schema::types::event::EventFilter};

    /// The number of conditions that the default limits allow in a filter of any shape.
    const CONDITIONS: usize = 300;

    fn statement_sizes(filter: serde_json::Value) -> [usize; 2] {
        let value = async_graphql::Value::from_json(filter).expect("JSON is a value");
        let filter = <EventFilter as InputType>::parse(Some(value));
        let condition =
            filter.map_err(|error| format!("{error:?}")).expect("it is a filter").condition();
        let select = Query::select().cond_where(condition).to_owned();
        [select.to_string(SqliteQueryBuilder).len(), select.to_string(PostgresQueryBuilder).len()]
    }

    #[test]
    fn filters_at_the_limits_need_little_stack() {
        const STACK: usize = 512 << 10;
        let words = json!({ "text": "word ".repeat(CONDITIONS) });
        let parts = vec![json!({ "text": "word" }); CONDITIONS / 2];
        let mut deep = json!({ "text": "word" });
        for level in 0..9 {
            deep = match level % 3 {
                0 => json!({ "and": [deep, { "planned": true }] }),
                1 => json!({ "or": [{ "ordinals": [1] }, deep] }),
                _ => json!({ "not": deep }),
            };
        }
        let cities: Vec<String> = (0..2_000).map(|number| format!("city {number}")).collect();
        let filters = [
            words,
            json!({ "or": parts }),
            json!({ "and": parts }),
            deep,
            json!({ "cities": cities }),
        ];
        let largest = filters.iter().map(|filter| InputSize::of("filter", filter).conditions).max();
        assert_eq!(largest, Some(CONDITIONS as u64));
        for filter in filters {
            let thread = std::thread::Builder::new().stack_size(STACK);
            let sizes = thread.spawn(move || statement_sizes(filter)).expect("a thread starts");
            assert!(sizes.join().expect("the stack suffices").into_iter().all(|size| size > 50));
        }
    }
}
