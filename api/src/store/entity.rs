//! What reading needs to know of an entity.

use sea_orm::{EntityTrait, FromQueryResult};

/// An entity whose rows have one whole number as their key.
pub trait Keyed:
    EntityTrait<Model: FromQueryResult + Send + Sync + 'static, Column: Send + Sync>
{
    const KEY: Self::Column;
    fn key(row: &Self::Model) -> i32;
}

/// An entity that can be listed: it has a unique column that breaks the ties of an order. A
/// record's is its slug.
pub trait Listed: Keyed {
    const TIE: Self::Column;
}

macro_rules! keyed {
    ($($entity:ident)*) => {
        $(
            impl Keyed for entities::$entity::Entity {
                const KEY: Self::Column = entities::$entity::Column::Id;
                fn key(row: &Self::Model) -> i32 {
                    row.id
                }
            }
        )*
    };
}

keyed! {
    party theme body event document provision initiative work_programme work_area contribution
    claim source membership chair_term revision record change citation
}

macro_rules! listed {
    ($tie:ident: $($entity:ident)*) => {
        $(
            impl Listed for entities::$entity::Entity {
                const TIE: Self::Column = entities::$entity::Column::$tie;
            }
        )*
    };
}

listed! {
    Slug: party theme body event document provision initiative work_programme contribution claim
    source membership chair_term record
}
listed! { Id: work_area revision change citation }
