//! The interface `Node` and the lookup of its objects.

use async_graphql::{Context, ID, Interface, Result};
use entities::record::RecordKind;

use super::{
    body::Body, chair_term::ChairTerm, claim::Claim, contribution::Contribution,
    document::Document, event::Event, initiative::Initiative, membership::Membership, party::Party,
    provision::Provision, record::Record, revision::Revision, source::Source, theme::Theme,
    work_programme::WorkProgramme,
};
use crate::{
    graphql::{
        OperationError,
        execution::context_ext::ContextExt,
        macros::sync_fields::Obj,
        relay::{connection::NodeType, global_id::GlobalId},
    },
    store::load::{IdBySlug, RecordMetaById},
};

/// An object with a global id.
#[derive(Interface)]
#[graphql(field(
    name = "id",
    ty = "ID",
    desc = "The global id, for `node` and for client caches."
))]
pub enum Node {
    Record(Record),
    Party(Party),
    Theme(Theme),
    Source(Source),
    Body(Body),
    Membership(Membership),
    ChairTerm(ChairTerm),
    Event(Event),
    Document(Document),
    Provision(Provision),
    Initiative(Initiative),
    WorkProgramme(WorkProgramme),
    Contribution(Contribution),
    Claim(Claim),
    Revision(Revision),
}

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

/// The record of this kind with this primary key; `None` if it was removed.
pub(crate) async fn of_kind(ctx: &Context<'_>, kind: RecordKind, key: i32) -> Result<Option<Node>> {
    match kind {
        RecordKind::Party => node::<Party>(ctx, key).await,
        RecordKind::Theme => node::<Theme>(ctx, key).await,
        RecordKind::Source => node::<Source>(ctx, key).await,
        RecordKind::Body => node::<Body>(ctx, key).await,
        RecordKind::Membership => node::<Membership>(ctx, key).await,
        RecordKind::ChairTerm => node::<ChairTerm>(ctx, key).await,
        RecordKind::Event => node::<Event>(ctx, key).await,
        RecordKind::Document => node::<Document>(ctx, key).await,
        RecordKind::Provision => node::<Provision>(ctx, key).await,
        RecordKind::Initiative => node::<Initiative>(ctx, key).await,
        RecordKind::WorkProgramme => node::<WorkProgramme>(ctx, key).await,
        RecordKind::Contribution => node::<Contribution>(ctx, key).await,
        RecordKind::Claim => node::<Claim>(ctx, key).await,
    }
}

async fn node<T: NodeType + Into<Node>>(ctx: &Context<'_>, key: i32) -> Result<Option<Node>> {
    Ok(ctx.load_optional::<T>(Some(key)).await?.map(|Obj(entry)| entry.into()))
}
