//! The root query type.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};

use super::{
    analysis,
    scalars::{LookupKey, PartyCode, Slug},
    types::{
        body::Body,
        chair_term::ChairTerm,
        claim::Claim,
        comparison::ContributionComparison,
        contribution::{Contribution, ContributionFilter},
        dataset::Dataset,
        differences::Differences,
        dimension::{Dimension, EventDimension},
        document::Document,
        enums::RecordKind,
        event::{Event, EventFilter},
        initiative::Initiative,
        matrix::Matrix,
        membership::Membership,
        network::{Network, NetworkRelation},
        node::{self, Node},
        party::Party,
        provision::Provision,
        revision::Revision,
        search::SearchConnection,
        series::{Interval, Series},
        source::Source,
        theme::Theme,
        work_programme::WorkProgramme,
    },
};
use crate::graphql::{
    execution::{context_ext::ContextExt, error::OperationError},
    macros::sync_fields::Obj,
    relay::{
        connection::{Connection, PageArgs},
        global_id::GlobalId,
        node_type::{NodeType, Row},
    },
};
use crate::store::load::{BySlug, DatasetSummary};

/// The largest number of ids that `nodes` accepts.
const MAX_IDS: usize = 100;

pub struct Query;

/// Defines the root query type: single records by slug, lists of all records, and other fields.
macro_rules! query {
    (
        one { $($(#[$one_doc:meta])* $one:ident: $node:ident;)* }
        lists { $($(#[$list_doc:meta])* $list:ident: $entry:ident;)* }
        fields { $($fields:tt)* }
    ) => {
        /// Public facts about ASEAN defence cooperation, each with its sources.
        #[Object]
        impl Query {
            $($fields)*

            $(
                $(#[$one_doc])*
                async fn $one(
                    &self,
                    ctx: &Context<'_>,
                    #[graphql(desc = "The slug of the record, current or former.")] slug: LookupKey<Slug>,
                ) -> Option<Result<Obj<$node>>> {
                    named(ctx, slug.name()?).await.transpose()
                }
            )*

            $(
                $(#[$list_doc])*
                async fn $list(
                    &self,
                    ctx: &Context<'_>,
                    #[graphql(desc = "Return only the records that match this filter.")]
                    filter: Option<Box<<$entry as NodeType>::Filter>>,
                    #[graphql(desc = "The sort order. Its type states the default.")]
                    order_by: Option<<$entry as NodeType>::Order>,
                    #[graphql(desc = "Number of entries from the start: 0 to 100. Default: 20, unless `last` is set.")]
                    first: Option<i32>,
                    #[graphql(desc = "Return entries after this cursor.")] after: Option<String>,
                    #[graphql(desc = "Number of entries from the end: 0 to 100. Not together with `first`.")] last: Option<i32>,
                    #[graphql(desc = "Return entries before this cursor.")] before: Option<String>,
                ) -> Result<Connection<$entry>> {
                    let args = PageArgs { first, after, last, before };
                    Box::pin(Connection::whole(ctx, filter, order_by, args)).await
                }
            )*
        }
    };
}

query! {
    one {
        /// The theme with this slug; null if there is none.
        theme: Theme;
        /// The body with this slug; null if there is none.
        body: Body;
        /// The event with this slug; null if there is none.
        event: Event;
        /// The document with this slug; null if there is none.
        document: Document;
        /// The initiative with this slug; null if there is none.
        initiative: Initiative;
        /// The work programme with this slug; null if there is none.
        work_programme: WorkProgramme;
        /// The contribution with this slug; null if there is none.
        contribution: Contribution;
        /// The membership with this slug; null if there is none.
        membership: Membership;
        /// The chair term with this slug; null if there is none.
        chair_term: ChairTerm;
        /// The provision with this slug; null if there is none.
        provision: Provision;
        /// The claim with this slug; null if there is none.
        claim: Claim;
        /// The source with this slug; null if there is none.
        source: Source;
    }
    lists {
        /// Countries and organisations.
        parties: Party;
        /// Areas of cooperation.
        themes: Theme;
        /// Meetings, working groups, centres and networks.
        bodies: Body;
        /// Memberships of parties in bodies.
        memberships: Membership;
        /// Terms in which parties chair or co-chair a body.
        chair_terms: ChairTerm;
        /// Meetings, exercises, workshops and courses, newest first by default.
        events: Event;
        /// Declarations, concept papers and other texts, newest first by default.
        documents: Document;
        /// Numbered paragraphs of documents.
        provisions: Provision;
        /// Centres, networks, exercises and frameworks.
        initiatives: Initiative;
        /// The three-year work programmes, newest first by default.
        work_programmes: WorkProgramme;
        /// Contributions by partners outside ASEAN, newest first by default.
        contributions: Contribution;
        /// Figures that sources report; never mixed with figures counted from records.
        claims: Claim;
        /// Sources of the facts, newest first by default.
        sources: Source;
        /// Revisions of the knowledge base: every write to it, newest first by default.
        revisions: Revision;
    }
    fields {
        /// The knowledge base as a whole: version, licence, number of records and coverage.
        async fn dataset(&self, ctx: &Context<'_>) -> Result<Dataset> {
            let summary = ctx.loaders().load::<DatasetSummary>(()).await?;
            Ok(Dataset(summary.ok_or("the knowledge base is empty; import a dataset with `adkb import`")?))
        }

        /// Compares partners by their contributions: totals, ranks, themes, kinds and years,
        /// counted from records, and the figures that sources report.
        async fn compare_contributions(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "The codes of the partners, 1 to 50. Repeated codes are ignored.")]
            partners: Vec<PartyCode>,
            #[graphql(desc = "Count only the contributions that match this filter.")]
            filter: Option<Box<ContributionFilter>>,
        ) -> Result<ContributionComparison> {
            Box::pin(analysis::compare(ctx, partners, filter)).await
        }

        /// Contributions counted by two dimensions, for example partners by themes or kinds by
        /// years.
        async fn contribution_matrix(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "The dimension of the rows.")] rows: Dimension,
            #[graphql(desc = "The dimension of the columns.")] columns: Dimension,
            #[graphql(desc = "Count only the contributions that match this filter.")]
            filter: Option<Box<ContributionFilter>>,
            #[graphql(
                desc = "Include rows and columns without contributions: every theme, body, kind and framework, all years between the first and the last, and every party that is a partner or a beneficiary of any contribution in the knowledge base.",
                default
            )]
            include_empty: bool,
        ) -> Result<Matrix> {
            Box::pin(analysis::matrix(ctx, [rows, columns], filter, include_empty)).await
        }

        /// Contributions over time, in one series or split by a dimension. The largest series comes
        /// first; series by year are in chronological order.
        async fn contribution_series(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "The length of the steps.", default)] interval: Interval,
            #[graphql(desc = "Return one series for each value of this dimension. Default: a single series.")]
            split_by: Option<Dimension>,
            #[graphql(desc = "Count only the contributions that match this filter.")]
            filter: Option<Box<ContributionFilter>>,
            #[graphql(desc = "Include a series for each value that has no contributions.", default)]
            include_empty: bool,
        ) -> Result<Vec<Series>> {
            Box::pin(analysis::series(ctx, interval, split_by, filter, include_empty)).await
        }

        /// Events over time, in one series or split by a dimension. The largest series comes first.
        /// Only events that took place count, unless the filter names statuses.
        async fn event_series(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "The length of the steps.", default)] interval: Interval,
            #[graphql(desc = "Return one series for each value of this dimension. Default: a single series.")]
            split_by: Option<EventDimension>,
            #[graphql(desc = "Count only the events that match this filter.")]
            filter: Option<Box<EventFilter>>,
            #[graphql(desc = "Include a series for each value that has no events.", default)]
            include_empty: bool,
        ) -> Result<Vec<Series>> {
            Box::pin(analysis::series(ctx, interval, split_by, filter, include_empty)).await
        }

        /// What changed between two states of the knowledge base: the records that were created,
        /// updated or removed, each with its fields before and after.
        async fn changes(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "The earlier state: the number of a revision, a version of the dataset or a content hash.")]
            from: String,
            #[graphql(desc = "The later state. Default: the newest one.")] to: Option<String>,
            #[graphql(desc = "Compare only records of these kinds. Default: all kinds.")]
            kinds: Option<Vec<RecordKind>>,
        ) -> Result<Differences> {
            Box::pin(Differences::of(ctx, &from, to.as_deref(), kinds)).await
        }

        /// The network of parties that act together: parties are nodes, and weighted links count
        /// what they did together.
        async fn network(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "The kind of link.")] relation: NetworkRelation,
            #[graphql(desc = "Count only the events that match this filter.")] filter: Option<Box<EventFilter>>,
        ) -> Result<Network> {
            Box::pin(analysis::network(ctx, relation, filter)).await
        }

        /// The node with this global id; null if it is not in the knowledge base, or no longer.
        async fn node(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "The `id` of a node.")] id: ID,
        ) -> Option<Result<Node>> {
            Box::pin(node::by_id(ctx, &GlobalId::parse(&id)?)).await.transpose()
        }

        /// The nodes with these global ids, in the order of the ids; null for each that is not in
        /// the knowledge base, or no longer.
        async fn nodes(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "The ids of nodes, at most 100.")] ids: Vec<ID>,
        ) -> Result<Vec<Option<Node>>> {
            if ids.len() > MAX_IDS {
                return Err(OperationError::TooManyIds { asked: ids.len(), max: MAX_IDS }.into());
            }
            let nodes = ids.iter().map(async |id| match GlobalId::parse(id) {
                Some(id) => Box::pin(node::by_id(ctx, &id)).await,
                None => Ok(None),
            });
            futures_util::future::try_join_all(nodes).await
        }

        /// Full-text search in all kinds of records, best match first. It searches titles, names,
        /// acronyms, places, parties and summaries.
        ///
        /// Case, accents and plurals are ignored. A word also matches longer words that begin with
        /// it, for search as you type. Misspellings are tolerated. Punctuation is ignored: there is
        /// no query syntax. Results contain all words of the query; if no record contains all of
        /// them, records that contain some are returned. A word that resembles nothing in the
        /// knowledge base is ignored, and so are all words after the twelfth. A query without words
        /// returns no results.
        async fn search(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "The words, in any order: `maritime exercise Brunei`. Words after the twelfth are ignored.")]
            query: String,
            #[graphql(desc = "Return only records of these kinds. Default: all kinds. An empty list returns nothing.")]
            kinds: Option<Vec<RecordKind>>,
            #[graphql(desc = "Number of entries from the start: 0 to 100. Default: 20, unless `last` is set.")]
            first: Option<i32>,
            #[graphql(desc = "Return entries after this cursor.")] after: Option<String>,
            #[graphql(desc = "Number of entries from the end: 0 to 100. Not together with `first`.")] last: Option<i32>,
            #[graphql(desc = "Return entries before this cursor.")] before: Option<String>,
        ) -> Result<SearchConnection> {
            let args = PageArgs { first, after, last, before };
            Box::pin(SearchConnection::of(ctx, &query, kinds, args)).await
        }

        /// The party with this code; null if there is none.
        async fn party(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "The party's code: `AU`.")] code: LookupKey<PartyCode>,
        ) -> Option<Result<Obj<Party>>> {
            named(ctx, code.name()?).await.transpose()
        }
    }
}

/// The record with this slug, current or former.
async fn named<T: NodeType>(ctx: &Context<'_>, slug: String) -> Result<Option<Obj<T>>> {
    let row: Option<Arc<Row<T>>> = ctx.loaders().load::<BySlug<T::Entity>>(slug).await?;
    Ok(row.map(|row| Obj(T::from(row))))
}
