//! The root subscription type: messages about changes of the knowledge base.

use std::{collections::HashSet, sync::Arc};

use async_graphql::{Context, Result, Subscription};
use futures_util::Stream;
use tokio::sync::watch;

use super::types::{
    changes::{DatasetChange, RecordsChange},
    enums::RecordKind,
};
use crate::{
    cache::{CurrentRevision, RevisionCache},
    store::{Store, changes, version::DataVersion},
};

/// The root subscription type.
pub struct Subscription;

/// Messages about changes, over WebSocket with the protocol `graphql-transport-ws`. A client that
/// reads slowly receives the newest state, not every intermediate one.
#[Subscription]
impl Subscription {
    /// Announces each new revision, with the current number of records of each kind.
    async fn dataset_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The newest revision that the client knows. If there is a newer one, the first message is sent at once; otherwise, or without this argument, with the next revision."
        )]
        since: Option<i32>,
    ) -> Result<impl Stream<Item = Result<DatasetChange>>> {
        let news = RevisionFeed::of(ctx, since);
        Ok(futures_util::stream::unfold(news, async |mut news| {
            loop {
                news.next().await?;
                match DatasetChange::now(&news.store).await {
                    Ok(Some(change)) => {
                        // The state may be newer than the announced revision. Do not announce it
                        // again.
                        news.known = news.known.all_of(change.number());
                        return Some((Ok(change), news));
                    }
                    Ok(None) => {}
                    Err(error) => return Some((Err(error.into()), news)),
                }
            }
        }))
    }

    /// Announces the records that new revisions created, updated or removed.
    async fn records_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Announce only records of these kinds. Default: all kinds.")]
        kinds: Option<Vec<RecordKind>>,
        #[graphql(
            desc = "The newest revision that the client knows. Changes since then are sent at once. Without this argument, the first message is sent with the next revision."
        )]
        since: Option<i32>,
    ) -> Result<impl Stream<Item = Result<RecordsChange>>> {
        let news = RevisionFeed::of(ctx, since);
        let kinds: Option<HashSet<_>> =
            kinds.map(|kinds| kinds.into_iter().map(entities::record::RecordKind::from).collect());
        let state = (news, Arc::new(kinds));
        Ok(futures_util::stream::unfold(state, async |(mut news, kinds)| {
            loop {
                let (known, revision_cache) = news.next().await?;
                let range = known.saturating_add(1)..=revision_cache.version.revision;
                match changes::between(&news.store, range, kinds.as_ref().as_ref()).await {
                    // Only records of other kinds changed.
                    Ok(changes) if changes.total == 0 => {}
                    Ok(changes) => {
                        let change = RecordsChange::new(revision_cache.version.revision, changes);
                        return Some((Ok(change), (news, kinds)));
                    }
                    Err(error) => return Some((Err(error.into()), (news, kinds))),
                }
            }
        }))
    }
}

/// The revisions that one subscriber has not received yet.
struct RevisionFeed {
    store: Store,
    newest: watch::Receiver<Arc<RevisionCache>>,
    known: DataVersion,
}

impl RevisionFeed {
    fn of(ctx: &Context<'_>, since: Option<i32>) -> Self {
        let newest = ctx.data_unchecked::<Arc<CurrentRevision>>().follow();
        let now = newest.borrow().version;
        // A revision number from the client is taken as one of the current database.
        let since = since.map(|revision| now.all_of(revision));
        Self { store: ctx.data_unchecked::<Store>().clone(), newest, known: since.unwrap_or(now) }
    }

    /// Waits for a revision that the subscriber does not know. Returns the revision that the
    /// subscriber knew and the newest one; `None` when the service ends. If the database was
    /// replaced by another one, the known revision is 0.
    async fn next(&mut self) -> Option<(i32, Arc<RevisionCache>)> {
        let known = self.known;
        let newest = self.newest.wait_for(|newest| newest.version > known).await.ok()?.clone();
        self.known = newest.version;
        let is_same = known.epoch == newest.version.epoch;
        Some((if is_same { known.revision } else { 0 }, newest))
    }
}
