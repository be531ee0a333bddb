use async_graphql::{Context, Result};
use entities::{change::Column, record};

use super::{
    enums::{ChangeAction, RecordKind},
    node::{self, Node},
    revision::Revision,
};
use crate::{
    graphql::{
        OperationError,
        execution::context_ext::ContextExt,
        macros::{
            filter::{db_values, filter},
            node_type::node_type,
            order::order,
            sync_fields::Obj,
        },
        schema::scalars::{Json, Slug},
    },
    store::{filter, load::RecordMetaById},
};

node_type! {
    /// A change of one record by one revision, with the whole record before and after.
    part Change(change), listed by ChangeFilter, ChangeOrder;
    lists {}
    fields {
        /// What the revision did to the record.
        fn action(&self) -> ChangeAction {
            self.row.action.into()
        }

        /// The revision that made the change.
        async fn revision(&self, ctx: &Context<'_>) -> Result<Obj<Revision>> {
            ctx.load_required(self.row.revision_id).await
        }

        /// The kind of the record.
        async fn kind(&self, ctx: &Context<'_>) -> Result<RecordKind> {
            let head = ctx.loaders().load::<RecordMetaById>(self.row.record_id).await?;
            Ok(head.ok_or(OperationError::RecordRemoved)?.kind.into())
        }

        /// The record's current slug; null for a party, which has a code.
        async fn slug(&self, ctx: &Context<'_>) -> Result<Option<Slug>> {
            let head = ctx.loaders().load::<RecordMetaById>(self.row.record_id).await?;
            Ok(head.ok_or(OperationError::RecordRemoved)?.slug.parse().ok().map(Slug))
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
        actions: Vec<ChangeAction> => |actions| filter::any_of(Column::Action, db_values(actions)),
        /// Changed a record of one of these kinds.
        kinds: Vec<RecordKind> => |kinds| filter::references::<record::Entity>(
            Column::RecordId,
            filter::any_of(record::Column::Kind, db_values(kinds)),
        ),
    }
}

order! {
    ChangeOrder by ChangeOrderField on change, default Recorded Asc {
        /// The order in which the changes were made.
        Recorded => Id,
    }
}
