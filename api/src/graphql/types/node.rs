//! Everything that has a global id.

use async_graphql::{Context, ID, Interface, Result};
use entities::record::RecordKind;

use super::{
    body::Body, chair_term::ChairTerm, claim::Claim, contribution::Contribution,
    document::Document, event::Event, initiative::Initiative, membership::Membership, party::Party,
    provision::Provision, record::Record, revision::Revision, source::Source, theme::Theme,
    work_programme::WorkProgramme,
};
use crate::{
    graphql::{global_id::GlobalId, plain::One, reads::Reads},
    store::load::{Heads, Named},
};

/// Anything with a global id.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "The global id, for `node` and for caches."))]
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

/// The node with a global id; none where it is not, or no longer, in the knowledge base.
pub(crate) async fn by_id(ctx: &Context<'_>, id: &GlobalId) -> Result<Option<Node>> {
    match id {
        GlobalId::Revision(number) => {
            Ok(ctx.maybe::<Revision>(Some(*number)).await?.map(|One(it)| it.into()))
        }
        GlobalId::Record(kind, slug) => {
            match ctx.loaders().load::<Named>((*kind, slug.clone())).await? {
                Some(key) => of_kind(ctx, *kind, key).await,
                None => Ok(None),
            }
        }
    }
}

/// The record with a key that a foreign key vouches for.
pub(crate) async fn by_key(ctx: &Context<'_>, key: i32) -> Result<Node> {
    find(ctx, key)
        .await?
        .ok_or_else(|| async_graphql::Error::new("the record was removed meanwhile; ask again"))
}

/// The record with a key, if it is still there.
pub(crate) async fn find(ctx: &Context<'_>, key: i32) -> Result<Option<Node>> {
    match ctx.loaders().load::<Heads>(key).await? {
        Some(head) => of_kind(ctx, head.kind, key).await,
        None => Ok(None),
    }
}

/// The record of a kind with a key, if it is still there.
pub(crate) async fn of_kind(ctx: &Context<'_>, kind: RecordKind, key: i32) -> Result<Option<Node>> {
    let key = Some(key);
    Ok(match kind {
        RecordKind::Party => ctx.maybe::<Party>(key).await?.map(|One(it)| it.into()),
        RecordKind::Theme => ctx.maybe::<Theme>(key).await?.map(|One(it)| it.into()),
        RecordKind::Source => ctx.maybe::<Source>(key).await?.map(|One(it)| it.into()),
        RecordKind::Body => ctx.maybe::<Body>(key).await?.map(|One(it)| it.into()),
        RecordKind::Membership => ctx.maybe::<Membership>(key).await?.map(|One(it)| it.into()),
        RecordKind::ChairTerm => ctx.maybe::<ChairTerm>(key).await?.map(|One(it)| it.into()),
        RecordKind::Event => ctx.maybe::<Event>(key).await?.map(|One(it)| it.into()),
        RecordKind::Document => ctx.maybe::<Document>(key).await?.map(|One(it)| it.into()),
        RecordKind::Provision => ctx.maybe::<Provision>(key).await?.map(|One(it)| it.into()),
        RecordKind::Initiative => ctx.maybe::<Initiative>(key).await?.map(|One(it)| it.into()),
        RecordKind::WorkProgramme => {
            ctx.maybe::<WorkProgramme>(key).await?.map(|One(it)| it.into())
        }
        RecordKind::Contribution => ctx.maybe::<Contribution>(key).await?.map(|One(it)| it.into()),
        RecordKind::Claim => ctx.maybe::<Claim>(key).await?.map(|One(it)| it.into()),
    })
}
