//! Orders: an enum of what a kind can be ordered by, and a direction. The slug breaks ties, in the
//! same direction; records without a value come last in both.

use async_graphql::Enum;

/// Which end of an order comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
pub enum OrderDirection {
    /// Smallest first: oldest, A to Z.
    #[default]
    Asc,
    /// Largest first: newest, Z to A.
    Desc,
}

/// Defines a kind's order: the input type, the enum of its fields with the columns behind them, and
/// what holds where a client says nothing.
macro_rules! order {
    (
        $order:ident by $field:ident on $entity:ident, default $default:ident $direction:ident {
            $($(#[$doc:meta])* $name:ident => $column:ident,)+
        }
    ) => {
        #[doc = "What a list of this kind can be ordered by."]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
        pub enum $field {
            $($(#[$doc])* $name,)+
        }

        #[doc = concat!(
            "The order of a list; `", stringify!($default), "`, `", stringify!($direction), "` where a client names none. ",
            "The slug breaks ties, in the same direction; records without a value come last.",
        )]
        #[derive(Clone, Copy, Debug, async_graphql::InputObject)]
        pub struct $order {
            /// By what.
            pub field: $field,
            /// In which direction.
            #[graphql(default)]
            pub direction: crate::graphql::order::OrderDirection,
        }

        impl Default for $order {
            fn default() -> Self {
                Self {
                    field: $field::$default,
                    direction: crate::graphql::order::OrderDirection::$direction,
                }
            }
        }

        impl From<$order> for crate::store::list::Sort<entities::$entity::Entity> {
            fn from(order: $order) -> Self {
                Self {
                    column: match order.field {
                        $($field::$name => entities::$entity::Column::$column,)+
                    },
                    descending: order.direction == crate::graphql::order::OrderDirection::Desc,
                }
            }
        }
    };
}

pub(crate) use order;
