use async_graphql::InputObject;
use sea_orm::{
    ExprTrait,
    sea_query::{Expr, SimpleExpr},
};

use crate::{graphql::macros::filter::ReferencedKeys, heap_size::heap_size};

/// A range of numbers, both ends included. Without ends, it contains every number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, InputObject)]
pub struct CountRange {
    /// The least number. Default: no limit.
    min: Option<i32>,
    /// The greatest number. Default: no limit.
    max: Option<i32>,
}

impl CountRange {
    /// The condition that a number is in the range.
    pub(crate) fn contains(self, number: SimpleExpr) -> SimpleExpr {
        let at_least = self.min.map(|min| number.clone().gte(min));
        let at_most = self.max.map(|max| number.lte(max));
        match (at_least, at_most) {
            (Some(low), Some(high)) => low.and(high),
            (Some(bound), None) | (None, Some(bound)) => bound,
            (None, None) => Expr::value(true),
        }
    }
}

heap_size! {
    CountRange {}
}

impl ReferencedKeys for CountRange {}
