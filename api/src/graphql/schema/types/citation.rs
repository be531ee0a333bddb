use std::sync::Arc;

use async_graphql::{Context, Object, Result};
use entities::{citation, record};

use super::{
    enums::RecordKind,
    node::{self, Node},
    source::Source,
};
use crate::{
    graphql::{
        execution::context_ext::ContextExt,
        macros::{
            filter::{db_values, filter},
            order::order,
            sync_fields::{Obj, SyncFields, SyncResolver, resolve_now},
        },
        relay::node_type::NodeType,
    },
    store::{filter, load::Cited},
};

/// A citation: a source that supports a record, and the place in the source.
pub struct Citation {
    record_id: i32,
    locator: Option<String>,
    source: Cites,
}

/// The source of a citation: loaded with the citations of a record, only its key with the citations
/// of a source.
enum Cites {
    Source(Arc<entities::source::Model>),
    Key(i32),
}

impl Citation {
    pub(crate) fn new(record_id: i32, cited: &Cited) -> Self {
        let source = Cites::Source(cited.source.clone());
        Self { record_id, locator: cited.locator.clone(), source }
    }
}

impl From<Arc<citation::Model>> for Citation {
    fn from(row: Arc<citation::Model>) -> Self {
        let source = Cites::Key(row.source_id);
        Self { record_id: row.record_id, locator: row.locator.clone(), source }
    }
}

impl NodeType for Citation {
    type Entity = citation::Entity;
    type Filter = CitationFilter;
    type Order = CitationOrder;
}

impl SyncFields for Citation {
    const SYNC_FIELDS: &'static [(&'static str, SyncResolver<Self>)] = &[
        ("source", |citation, ctx| match &citation.source {
            Cites::Source(row) => Obj(Source::from(row.clone())).resolve_sync(ctx),
            Cites::Key(_) => None,
        }),
        ("locator", |citation, ctx| resolve_now(&citation.locator(ctx), ctx)),
    ];
}

/// A citation: a source that supports a record, and the place in the source.
#[Object]
impl Citation {
    /// The source.
    async fn source(&self, ctx: &Context<'_>) -> Result<Obj<Source>> {
        match &self.source {
            Cites::Source(row) => Ok(Obj(row.clone().into())),
            Cites::Key(key) => ctx.load_required(*key).await,
        }
    }

    /// The page, paragraph or table of the source; null if the source as a whole supports the
    /// record.
    fn locator(&self) -> Option<&str> {
        self.locator.as_deref()
    }

    /// The record that the source supports.
    async fn record(&self, ctx: &Context<'_>) -> Result<Node> {
        Box::pin(node::by_key(ctx, self.record_id)).await
    }
}

filter! {
    /// A filter for citations. All fields that are set must match. A list matches any of its
    /// values; an empty list matches nothing.
    CitationFilter {
        /// Supports a record of one of these kinds.
        kinds: Vec<RecordKind> => |kinds| filter::references::<record::Entity>(
            citation::Column::RecordId,
            filter::any_of(record::Column::Kind, db_values(kinds)),
        ),
    }
}

order! {
    CitationOrder by CitationOrderField on citation, default Recorded Asc {
        /// The order in which the citations were added to the knowledge base.
        Recorded => Id,
    }
}
