//! The root of subscriptions: what is told when the knowledge base changes.

use std::{collections::HashSet, sync::Arc};

use async_graphql::{Context, Result, Subscription};
use futures_util::Stream;
use tokio::sync::watch;

use super::types::{
    changes::{DatasetChange, RecordsChange},
    kinds::RecordKind,
};
use crate::{
    cache::{Current, Generation, Version},
    store::{Store, changes},
};

/// The root of subscriptions, over WebSocket by the protocol `graphql-transport-ws`.
pub struct Subscription;

/// The root of subscriptions, over WebSocket by the protocol `graphql-transport-ws`. A client that reads slowly is
/// told the newest state, not each step on the way.
#[Subscription]
impl Subscription {
    /// That the knowledge base has a new revision, and how many records of each kind it has now.
    async fn dataset_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The revision that the client knows: where there is a newer one already, the first message comes at once. Without it the first comes with the next revision."
        )]
        since: Option<i32>,
    ) -> Result<impl Stream<Item = Result<DatasetChange>>> {
        let news = News::of(ctx, since);
        Ok(futures_util::stream::unfold(news, async |mut news| {
            loop {
                news.next().await?;
                match DatasetChange::now(&news.store).await {
                    Ok(Some(change)) => {
                        // It may be newer than what was announced; it is not told again.
                        news.known = news.known.all_of(change.number());
                        return Some((Ok(change), news));
                    }
                    Ok(None) => {}
                    Err(error) => return Some((Err(error.into()), news)),
                }
            }
        }))
    }

    /// Which records were created, updated or removed by new revisions.
    async fn records_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only records of these kinds; of every kind where it is left out.")]
        kinds: Option<Vec<RecordKind>>,
        #[graphql(
            desc = "The revision that the client knows: what changed since then comes at once. Without it the first message comes with the next revision."
        )]
        since: Option<i32>,
    ) -> Result<impl Stream<Item = Result<RecordsChange>>> {
        let news = News::of(ctx, since);
        let kinds: Option<HashSet<_>> =
            kinds.map(|kinds| kinds.into_iter().map(entities::record::RecordKind::from).collect());
        let state = (news, Arc::new(kinds));
        Ok(futures_util::stream::unfold(state, async |(mut news, kinds)| {
            loop {
                let (known, generation) = news.next().await?;
                let range = known.saturating_add(1)..=generation.version.revision;
                match changes::between(&news.store, range, kinds.as_ref().as_ref()).await {
                    // Other kinds changed.
                    Ok(changes) if changes.total == 0 => {}
                    Ok(changes) => {
                        let change = RecordsChange::new(generation.version.revision, changes);
                        return Some((Ok(change), (news, kinds)));
                    }
                    Err(error) => return Some((Err(error.into()), (news, kinds))),
                }
            }
        }))
    }
}

/// The revisions that one subscriber has not been told of.
struct News {
    store: Store,
    newest: watch::Receiver<Arc<Generation>>,
    known: Version,
}

impl News {
    fn of(ctx: &Context<'_>, since: Option<i32>) -> Self {
        let newest = ctx.data_unchecked::<Arc<Current>>().follow();
        let now = newest.borrow().version;
        // Any number that the client names is of this database.
        let since = since.map(|revision| now.all_of(revision));
        Self { store: ctx.data_unchecked::<Store>().clone(), newest, known: since.unwrap_or(now) }
    }

    /// The revision that the subscriber knew, and the newest once there is a newer one; none when the
    /// service ends. Of another database, the subscriber knows nothing.
    async fn next(&mut self) -> Option<(i32, Arc<Generation>)> {
        let known = self.known;
        let newest = self.newest.wait_for(|newest| newest.version > known).await.ok()?.clone();
        self.known = newest.version;
        let is_same = known.epoch == newest.version.epoch;
        Some((if is_same { known.revision } else { 0 }, newest))
    }
}
