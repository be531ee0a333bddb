use async_graphql::{Context, Result};
use entities::{change::Column, record};

use super::{
    kinds::{ChangeAction, RecordKind},
    node::{self, Node},
    revision::Revision,
};
use crate::{
    graphql::{
        filter::{filter, stored},
        object::object,
        order::order,
        plain::One,
        reads::Reads,
        scalars::{Json, Slug},
    },
    store::{filter, load::Heads},
};

object! {
    /// What a revision did to a record, with the whole record before and after.
    part Change(change), listed by ChangeFilter, ChangeOrder;
    lists {}
    fields {
        /// What happened.
        fn action(&self) -> ChangeAction {
            self.row.action.into()
        }

        /// The revision that did it.
        async fn revision(&self, ctx: &Context<'_>) -> Result<One<Revision>> {
            ctx.one(self.row.revision_id).await
        }

        /// The kind of the record.
        async fn kind(&self, ctx: &Context<'_>) -> Result<RecordKind> {
            let head = ctx.loaders().load::<Heads>(self.row.record_id).await?;
            Ok(head.ok_or("the record's identity is gone")?.kind.into())
        }

        /// The record's name in addresses; null for a party, which has a code.
        async fn slug(&self, ctx: &Context<'_>) -> Result<Option<Slug>> {
            let head = ctx.loaders().load::<Heads>(self.row.record_id).await?;
            Ok(head.ok_or("the record's identity is gone")?.slug.parse().ok().map(Slug))
        }

        /// The record as it is today; null once it was removed.
        async fn record(&self, ctx: &Context<'_>) -> Option<Result<Node>> {
            Box::pin(node::find(ctx, self.row.record_id)).await.transpose()
        }

        /// The record before, with the keys of the dataset's files; null where it was created.
        fn before(&self) -> Option<Json> {
            self.row.before.clone().map(Json)
        }

        /// The record after, with the keys of the dataset's files; null where it was removed.
        fn after(&self) -> Option<Json> {
            self.row.after.clone().map(Json)
        }
    }
}

filter! {
    /// Which changes. The fields that are set must all hold; a list means any of its values, an empty one fits nothing.
    ChangeFilter {
        /// What happened is one of these.
        actions: Vec<ChangeAction> => |actions| filter::any_of(Column::Action, stored(actions)),
        /// The record is of one of these kinds.
        kinds: Vec<RecordKind> => |kinds| filter::refers::<record::Entity>(
            Column::RecordId,
            filter::any_of(record::Column::Kind, stored(kinds)),
        ),
    }
}

order! {
    ChangeOrder by ChangeOrderField on change, default Recorded Asc {
        /// By the order in which the changes were made.
        Recorded => Id,
    }
}
