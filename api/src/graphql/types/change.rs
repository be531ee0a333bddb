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
    /// A change of one record by one revision, with the whole record before and after.
    part Change(change), listed by ChangeFilter, ChangeOrder;
    lists {}
    fields {
        /// What the revision did to the record.
        fn action(&self) -> ChangeAction {
            self.row.action.into()
        }

        /// The revision that made the change.
        async fn revision(&self, ctx: &Context<'_>) -> Result<One<Revision>> {
            ctx.one(self.row.revision_id).await
        }

        /// The kind of the record.
        async fn kind(&self, ctx: &Context<'_>) -> Result<RecordKind> {
            let head = ctx.loaders().load::<Heads>(self.row.record_id).await?;
            Ok(head.ok_or("the record was not found; retry the query")?.kind.into())
        }

        /// The record's current slug; null for a party, which has a code.
        async fn slug(&self, ctx: &Context<'_>) -> Result<Option<Slug>> {
            let head = ctx.loaders().load::<Heads>(self.row.record_id).await?;
            Ok(head.ok_or("the record was not found; retry the query")?.slug.parse().ok().map(Slug))
        }

        /// The record as it is now; null if it was removed.
        async fn record(&self, ctx: &Context<'_>) -> Option<Result<Node>> {
            Box::pin(node::find(ctx, self.row.record_id)).await.transpose()
        }

        /// The record before the change, with the keys of the dataset files; null if the change
        /// created it.
        fn before(&self) -> Option<Json> {
            self.row.before.clone().map(Json)
        }

        /// The record after the change, with the keys of the dataset files; null if the change
        /// removed it.
        fn after(&self) -> Option<Json> {
            self.row.after.clone().map(Json)
        }
    }
}

filter! {
    /// A filter for changes. All fields that are set must match. A list matches any of its values;
    /// an empty list matches nothing.
    ChangeFilter {
        /// Has one of these actions.
        actions: Vec<ChangeAction> => |actions| filter::any_of(Column::Action, stored(actions)),
        /// Changed a record of one of these kinds.
        kinds: Vec<RecordKind> => |kinds| filter::refers::<record::Entity>(
            Column::RecordId,
            filter::any_of(record::Column::Kind, stored(kinds)),
        ),
    }
}

order! {
    ChangeOrder by ChangeOrderField on change, default Recorded Asc {
        /// The order in which the changes were made.
        Recorded => Id,
    }
}
