//! Sort orders: an input type for each kind of list, with an enum of sortable fields and a
//! direction. Ties are broken by slug, or by internal id if there is no slug, in the same
//! direction. Nulls come last in both directions.

use async_graphql::Enum;

/// The direction of a sort order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Enum)]
pub enum OrderDirection {
    /// Ascending: smallest first, oldest first, A to Z.
    #[default]
    Asc,
    /// Descending: largest first, newest first, Z to A.
    Desc,
}

/// Defines the sort order of a kind of list: the input type, the enum of sortable fields with their
/// columns, and the default.
macro_rules! order {
    ($order:ident by $field:ident on $entity:ident, default $default:ident Asc $fields:tt) => {
        crate::graphql::macros::order::order! {
            @ $order $field $entity ($default Asc "ascending") $fields
        }
    };

    ($order:ident by $field:ident on $entity:ident, default $default:ident Desc $fields:tt) => {
        crate::graphql::macros::order::order! {
            @ $order $field $entity ($default Desc "descending") $fields
        }
    };

    (
        @ $order:ident $field:ident $entity:ident ($default:ident $direction:ident $words:tt)
        { $($(#[$doc:meta])* $name:ident => $column:ident,)+ }
    ) => {
        #[doc = "A field by which the list can be sorted."]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, async_graphql::Enum)]
        pub enum $field {
            $($(#[$doc])* $name,)+
        }

        #[doc = concat!(
            "The sort order of a list. Default: ", stringify!($default), ", ", $words, ". ",
            "Ties are broken by slug, or by internal id if there is no slug, in the same direction. ",
            "Nulls come last.",
        )]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, async_graphql::InputObject)]
        pub struct $order {
            /// The field to sort by.
            pub field: $field,
            /// The sort direction. It is ascending if left out, even if the default order of the
            /// list is descending.
            #[graphql(default)]
            pub direction: crate::graphql::macros::order::OrderDirection,
        }

        crate::heap_size::heap_size! {
            $order {}
        }

        impl Default for $order {
            fn default() -> Self {
                Self {
                    field: $field::$default,
                    direction: crate::graphql::macros::order::OrderDirection::$direction,
                }
            }
        }

        impl From<$order> for crate::store::list::Sort<entities::$entity::Entity> {
            fn from(order: $order) -> Self {
                Self {
                    column: match order.field {
                        $($field::$name => entities::$entity::Column::$column,)+
                    },
                    descending: order.direction == crate::graphql::macros::order::OrderDirection::Desc,
                }
            }
        }
    };
}

pub(crate) use order;
