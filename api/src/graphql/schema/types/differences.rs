use async_graphql::{Context, ID, Object, Result, SimpleObject};
use entities::record;
use migration::history;

use super::{
    enums::{ChangeAction, RecordKind},
    node::{self, Node},
    revision::Revision,
};
use crate::{
    graphql::{
        OperationError,
        execution::context_ext::ContextExt,
        macros::sync_fields::Obj,
        relay::{
            connection::{PageArgs, PageInfo, wants_page},
            global_id::GlobalId,
        },
        schema::scalars::Json,
    },
    store::{
        changes::{self, Difference, DifferenceCounts, DifferenceWindow},
        list::Page,
        states,
    },
};

/// What changed between two states of the knowledge base.
pub struct Differences {
    from: i32,
    to: i32,
    kinds: Option<Vec<record::RecordKind>>,
    counts: DifferenceCounts,
}

/// A page of the records that differ between two states, in the order of their slugs.
pub struct RecordDifferenceConnection {
    page: Page<Difference>,
    window: DifferenceWindow,
    total: i64,
}

/// An entry of the list with its cursor.
#[derive(SimpleObject)]
pub struct RecordDifferenceEdge {
    /// The cursor of the entry: pass it as `after` or `before`.
    cursor: String,
    /// The entry.
    node: RecordDifference,
}

/// A record that differs between two states.
#[derive(Clone)]
pub struct RecordDifference(Difference);

/// A field of a record that differs between two states.
#[derive(SimpleObject)]
pub struct FieldDifference {
    /// The name of the field, as in the dataset files.
    field: String,
    /// The value in the earlier state; null if the record or the value did not exist.
    before: Option<Json>,
    /// The value in the later state; null if the record or the value no longer existed.
    after: Option<Json>,
}

impl Differences {
    /// The differences of the states with these names.
    pub(crate) async fn of(
        ctx: &Context<'_>,
        from: &str,
        to: Option<&str>,
        kinds: Option<Vec<RecordKind>>,
    ) -> Result<Self> {
        let revisions =
            ctx.loaders().once((), async |store| states::recorded(&store).await).await?;
        let (from, to) = states::span(&revisions, from, to).map_err(OperationError::from)?;
        let kinds: Option<Vec<_>> =
            kinds.map(|kinds| kinds.into_iter().map(record::RecordKind::from).collect());
        let mut differences = Self { from, to, kinds, counts: DifferenceCounts::default() };
        differences.counts = ctx
            .loaders()
            .once(differences.signature(), async |store| {
                let kinds = differences.kinds.as_deref();
                changes::count_differences(&store, (from, to), kinds).await
            })
            .await?;
        Ok(differences)
    }

    fn signature(&self) -> String {
        format!("{} {} {:?}", self.from, self.to, self.kinds)
    }
}

/// What changed between two states of the knowledge base.
#[Object]
impl Differences {
    /// The revision of the earlier state.
    async fn from(&self, ctx: &Context<'_>) -> Result<Obj<Revision>> {
        ctx.load_required(self.from).await
    }

    /// The revision of the later state.
    async fn to(&self, ctx: &Context<'_>) -> Result<Obj<Revision>> {
        ctx.load_required(self.to).await
    }

    /// The number of records that only the later state has.
    async fn created(&self) -> i64 {
        self.counts.created
    }

    /// The number of records that both states have, with other content.
    async fn updated(&self) -> i64 {
        self.counts.updated
    }

    /// The number of records that only the earlier state has.
    async fn removed(&self) -> i64 {
        self.counts.removed
    }

    /// The records that differ, in the order of their slugs.
    async fn records(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Number of entries from the start: 0 to 100. Default: 20, unless `last` is set."
        )]
        first: Option<i32>,
        #[graphql(desc = "Return entries after this cursor.")] after: Option<String>,
        #[graphql(desc = "Number of entries from the end: 0 to 100. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Return entries before this cursor.")] before: Option<String>,
    ) -> Result<RecordDifferenceConnection> {
        let args = PageArgs { first, after, last, before };
        let (limit, backward) = args.extent()?;
        let window = DifferenceWindow { limit, backward, after: args.after, before: args.before };
        let page = match wants_page(ctx) {
            true => {
                let key = (self.signature(), window.clone());
                ctx.loaders()
                    .once(key, async |store| {
                        let kinds = self.kinds.as_deref();
                        changes::differences(&store, (self.from, self.to), kinds, &window).await
                    })
                    .await?
            }
            false => Page::default(),
        };
        Ok(RecordDifferenceConnection { page, window, total: self.counts.total() })
    }
}

/// A page of the records that differ between two states, in the order of their slugs.
#[Object]
impl RecordDifferenceConnection {
    /// The differences of the page.
    async fn nodes(&self) -> Vec<RecordDifference> {
        self.page.rows.iter().cloned().map(RecordDifference).collect()
    }

    /// The differences of the page with their cursors.
    async fn edges(&self) -> Vec<RecordDifferenceEdge> {
        let edge = |entry: &Difference| RecordDifferenceEdge {
            cursor: entry.slug.clone(),
            node: RecordDifference(entry.clone()),
        };
        self.page.rows.iter().map(edge).collect()
    }

    /// The position of the page in the list.
    async fn page_info(&self) -> PageInfo {
        let DifferenceWindow { backward, after, before, .. } = &self.window;
        let around = (after.is_some(), before.is_some());
        PageInfo::of(&self.page, *backward, around, |entry| entry.slug.clone())
    }

    /// The number of records that differ, over all pages.
    async fn total_count(&self) -> i64 {
        self.total
    }
}

/// A record that differs between two states.
#[Object]
impl RecordDifference {
    /// The record's global id, for `node` and for client caches.
    async fn id(&self) -> ID {
        let slug = self.0.first_slug.as_ref().unwrap_or(&self.0.slug);
        GlobalId::record(self.0.kind, slug)
    }

    /// The kind of the record.
    async fn kind(&self) -> RecordKind {
        self.0.kind.into()
    }

    /// The record's slug, or a party's code.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// What happened to the record from the earlier state to the later one.
    async fn action(&self) -> ChangeAction {
        self.0.action().into()
    }

    /// The fields that differ, in alphabetical order: all fields of a record that was created or
    /// removed.
    async fn fields(&self) -> Vec<FieldDifference> {
        let field = |field: history::FieldDifference| FieldDifference {
            field: field.name,
            before: field.before.map(Json),
            after: field.after.map(Json),
        };
        self.0.fields().into_iter().map(field).collect()
    }

    /// The record as it is now; null if it was removed.
    async fn record(&self, ctx: &Context<'_>) -> Option<Result<Node>> {
        Box::pin(node::find(ctx, self.0.id)).await.transpose()
    }
}
