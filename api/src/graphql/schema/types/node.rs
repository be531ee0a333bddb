//! The interface `Node` and the lookup of its objects.

use async_graphql::{Context, ID, Interface, Result};
use entities::record::RecordKind;

use super::{record::Record, revision::Revision};
use crate::{
    graphql::{
        OperationError,
        execution::context_ext::ContextExt,
        macros::sync_fields::Obj,
        relay::{global_id::GlobalId, node_type::NodeType},
    },
    store::{
        load::{IdBySlug, RecordMetaById},
        tables::for_each_table,
    },
};

macro_rules! define_node {
    (
        reference { $($reference_module:ident: $reference:ident,)* }
        cited { $($cited_module:ident: $cited:ident,)* }
        other { $($other:ident,)* }
    ) => {
        /// An object with a global id.
        #[derive(Interface)]
        #[graphql(field(
            name = "id",
            ty = "ID",
            desc = "The global id, for `node` and for client caches."
        ))]
        pub enum Node {
            Record(Record),
            $($reference(super::$reference_module::$reference),)*
            $($cited(super::$cited_module::$cited),)*
            Revision(Revision),
        }

        /// The record of this kind with this primary key; `None` if it was removed.
        pub(crate) async fn of_kind(
            ctx: &Context<'_>,
            kind: RecordKind,
            key: i32,
        ) -> Result<Option<Node>> {
            match kind {
                $(RecordKind::$reference => {
                    node::<super::$reference_module::$reference>(ctx, key).await
                })*
                $(RecordKind::$cited => node::<super::$cited_module::$cited>(ctx, key).await,)*
            }
        }
    };
}

for_each_table!(define_node);

/// The node with a global id; `None` if it is not in the knowledge base, or no longer.
pub(crate) async fn by_id(ctx: &Context<'_>, id: &GlobalId) -> Result<Option<Node>> {
    match id {
        GlobalId::Revision(number) => node::<Revision>(ctx, *number).await,
        GlobalId::Record(kind, slug) => {
            match ctx.loaders().load::<IdBySlug>((*kind, slug.clone())).await? {
                Some(key) => of_kind(ctx, *kind, key).await,
                None => Ok(None),
            }
        }
    }
}

/// The record with this primary key. A foreign key guarantees that it exists, unless it was just
/// removed.
pub(crate) async fn by_key(ctx: &Context<'_>, key: i32) -> Result<Node> {
    find(ctx, key).await?.ok_or_else(|| OperationError::RecordRemoved.into())
}

/// The record with this primary key; `None` if it was removed.
pub(crate) async fn find(ctx: &Context<'_>, key: i32) -> Result<Option<Node>> {
    match ctx.loaders().load::<RecordMetaById>(key).await? {
        Some(head) => of_kind(ctx, head.kind, key).await,
        None => Ok(None),
    }
}

async fn node<T: NodeType + Into<Node>>(ctx: &Context<'_>, key: i32) -> Result<Option<Node>> {
    Ok(ctx.load_optional::<T>(Some(key)).await?.map(|Obj(entry)| entry.into()))
}
