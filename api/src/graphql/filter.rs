//! Filters: an input type a kind, whose fields combine by AND and which compose by `and`, `or`, `not`.

use sea_orm::{
    Condition, ExprTrait,
    sea_query::{Expr, Func},
};

use super::scalars::{EdtfDate, PartyCode, Slug};
use crate::store::filter::balanced;

/// A kind's filter.
pub trait Filter: async_graphql::InputType + std::fmt::Debug + Default {
    /// What the filter keeps.
    fn condition(&self) -> Condition;

    /// Adds the slugs and codes that the filter names.
    fn mentions(&self, names: &mut Vec<String>);
}

/// The slugs and codes that a field of a filter names: none, but for lists of them.
pub(super) trait Mentions {
    fn mentions(&self, _names: &mut Vec<String>) {}
}

impl Mentions for bool {}
impl Mentions for String {}
impl Mentions for EdtfDate {}
impl Mentions for Vec<String> {}
impl Mentions for Vec<i32> {}

impl Mentions for Vec<Slug> {
    fn mentions(&self, names: &mut Vec<String>) {
        names.extend(slugs(self));
    }
}

impl Mentions for Vec<PartyCode> {
    fn mentions(&self, names: &mut Vec<String>) {
        names.extend(codes(self));
    }
}

/// `and`, `or` and `not` of a filter, added to what its own fields ask.
pub(super) fn compose<F: Filter>(
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
            // No alternative at all fits nothing.
            true => Condition::all().add(Expr::value(false)),
            false => balanced(alternatives.iter().map(F::condition).collect(), Condition::any),
        });
    }
    if let Some(filter) = not {
        // What is unknown does not fit, so its opposite does: a null counts as false.
        let fits: Expr = filter.condition().into();
        all.push(Condition::all().add(Func::coalesce([fits, Expr::value(false)]).not()));
    }
    balanced(all, Condition::all)
}

/// Defines a kind's filter: each field, and the condition that its value asks for.
macro_rules! filter {
    (
        $(#[$doc:meta])*
        $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty => |$value:ident| $condition:expr,)* }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, async_graphql::InputObject)]
        pub struct $name {
            $($(#[$field_doc])* pub(crate) $field: Option<$type>,)*
            /// All of these filters hold.
            and: Option<Vec<$name>>,
            /// At least one of these filters holds.
            or: Option<Vec<$name>>,
            /// This filter does not hold.
            not: Option<Box<$name>>,
        }

        impl crate::graphql::filter::Filter for $name {
            fn condition(&self) -> sea_orm::Condition {
                let own = sea_orm::Condition::all();
                $(
                    let own = match &self.$field {
                        Some($value) => own.add($condition),
                        None => own,
                    };
                )*
                crate::graphql::filter::compose(own, &self.and, &self.or, &self.not)
            }

            fn mentions(&self, names: &mut Vec<String>) {
                use crate::graphql::filter::Mentions;
                $(self.$field.iter().for_each(|value| value.mentions(names));)*
                let within = self.and.iter().chain(&self.or).flatten().chain(self.not.as_deref());
                within.for_each(|filter| filter.mentions(names));
            }
        }
    };
}

pub(super) use filter;

/// An enum of the schema that mirrors one of the database's.
pub(super) trait Stored: Copy {
    /// The value as the database has it.
    fn stored(self) -> String;
}

/// The values as the database has them.
pub(super) fn stored(values: &[impl Stored]) -> Vec<String> {
    values.iter().map(|value| value.stored()).collect()
}

pub(super) fn slugs(slugs: &[Slug]) -> Vec<String> {
    slugs.iter().map(|slug| slug.0.to_string()).collect()
}

pub(super) fn codes(codes: &[PartyCode]) -> Vec<String> {
    codes.iter().map(|code| code.0.to_string()).collect()
}
