//! Object types over rows of an entity.

use entities::TableRow;
use std::{hash::Hash, sync::Arc};

use async_graphql::InputType;
use sea_orm::EntityTrait;

use crate::{
    graphql::macros::{filter::Filter, sync_fields::SyncFields},
    heap_size::HeapSize,
    store::list::Sort,
};

/// The model of a type's entity.
pub type Row<T> = <<T as NodeType>::Entity as EntityTrait>::Model;

/// An object type whose values are rows of an entity and that has connections.
pub trait NodeType: SyncFields + From<Arc<Row<Self>>> {
    type Entity: TableRow;
    type Filter: Filter;
    type Order: InputType
        + Default
        + Copy
        + Eq
        + Hash
        + HeapSize
        + Into<Sort<Self::Entity>>
        + 'static;
}
