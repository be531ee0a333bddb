//! The root of every query.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};

use super::{
    error::Refusal,
    global_id::GlobalId,
    measures,
    pagination::{Connection, Entry, PageArgs, Row},
    plain::One,
    reads::Reads,
    scalars::{LookupKey, PartyCode, Slug},
    types::{
        body::Body,
        chair_term::ChairTerm,
        claim::Claim,
        comparison::ContributionComparison,
        contribution::{Contribution, ContributionFilter},
        dataset::Dataset,
        dimension::{Dimension, EventDimension},
        document::Document,
        event::{Event, EventFilter},
        initiative::Initiative,
        kinds::RecordKind,
        matrix::Matrix,
        membership::Membership,
        network::{Network, NetworkRelation},
        node,
        node::Node,
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
use crate::store::load::{Slugs, Summaries};

/// The most ids that `nodes` takes at once.
const MAX_IDS: usize = 100;

pub struct Query;

/// Defines the root: single records by slug, lists of all records, and what stands alone.
macro_rules! query {
    (
        one { $($(#[$one_doc:meta])* $one:ident: $node:ident;)* }
        lists { $($(#[$list_doc:meta])* $list:ident: $entry:ident;)* }
        fields { $($fields:tt)* }
    ) => {
        /// Everything public about ASEAN defence cooperation, each fact with its sources.
        #[Object]
        impl Query {
            $($fields)*

            $(
                $(#[$one_doc])*
                async fn $one(
                    &self,
                    ctx: &Context<'_>,
                    #[graphql(desc = "The slug, today's or a former one.")] slug: LookupKey<Slug>,
                ) -> Option<Result<One<$node>>> {
                    named(ctx, slug.name()?).await.transpose()
                }
            )*

            $(
                $(#[$list_doc])*
                async fn $list(
                    &self,
                    ctx: &Context<'_>,
                    #[graphql(desc = "Keep only the records that fit.")]
                    filter: Option<Box<<$entry as Entry>::Filter>>,
                    #[graphql(desc = "The order of the list.")]
                    order_by: Option<<$entry as Entry>::Order>,
                    #[graphql(desc = "How many from the start: 0 to 100; 20 where neither `first` nor `last` is given.")]
                    first: Option<i32>,
                    #[graphql(desc = "A cursor: begin behind it.")] after: Option<String>,
                    #[graphql(desc = "How many from the end: 0 to 100.")] last: Option<i32>,
                    #[graphql(desc = "A cursor: stop before it.")] before: Option<String>,
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
        /// The theme with a slug; null where there is none.
        theme: Theme;
        /// The body with a slug; null where there is none.
        body: Body;
        /// The event with a slug; null where there is none.
        event: Event;
        /// The document with a slug; null where there is none.
        document: Document;
        /// The initiative with a slug; null where there is none.
        initiative: Initiative;
        /// The work programme with a slug; null where there is none.
        work_programme: WorkProgramme;
        /// The contribution with a slug; null where there is none.
        contribution: Contribution;
        /// The membership with a slug; null where there is none.
        membership: Membership;
        /// The chair term with a slug; null where there is none.
        chair_term: ChairTerm;
        /// The provision with a slug; null where there is none.
        provision: Provision;
        /// The claim with a slug; null where there is none.
        claim: Claim;
        /// The source with a slug; null where there is none.
        source: Source;
    }
    lists {
        /// Countries and organisations.
        parties: Party;
        /// Areas of cooperation.
        themes: Theme;
        /// Meetings, working groups, centres and networks.
        bodies: Body;
        /// Who belongs to which body.
        memberships: Membership;
        /// Who chairs which body in which cycle.
        chair_terms: ChairTerm;
        /// Meetings, exercises, workshops and courses; newest first where no order is given.
        events: Event;
        /// Declarations, concept papers and other texts; newest first where no order is given.
        documents: Document;
        /// Numbered paragraphs of documents.
        provisions: Provision;
        /// Centres, networks, exercises and frameworks.
        initiatives: Initiative;
        /// The three-year work programmes; newest first where no order is given.
        work_programmes: WorkProgramme;
        /// What partners gave; newest first where no order is given.
        contributions: Contribution;
        /// Figures that sources report; never mixed with what is recorded.
        claims: Claim;
        /// Where the facts are from; newest first where no order is given.
        sources: Source;
        /// Every write to the knowledge base; newest first where no order is given.
        revisions: Revision;
    }
    fields {
        /// The knowledge base as a whole.
        async fn dataset(&self, ctx: &Context<'_>) -> Result<Dataset> {
            let summary = ctx.loaders().load::<Summaries>(()).await?;
            Ok(Dataset(summary.ok_or("the knowledge base is empty; import a dataset with `adkb import`")?))
        }

        /// What partners gave, side by side: totals, ranks, themes, kinds and years as our records count them, and what sources report of the same.
        async fn compare_contributions(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "The codes of the partners, 1 to 50; each is compared once.")]
            partners: Vec<PartyCode>,
            #[graphql(desc = "Count only the contributions that fit.")]
            filter: Option<Box<ContributionFilter>>,
        ) -> Result<ContributionComparison> {
            Box::pin(measures::compare(ctx, partners, filter)).await
        }

        /// Contributions counted by two dimensions: partners by themes, say, or kinds by years.
        async fn contribution_matrix(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "What the rows are.")] rows: Dimension,
            #[graphql(desc = "What the columns are.")] columns: Dimension,
            #[graphql(desc = "Count only the contributions that fit.")]
            filter: Option<Box<ContributionFilter>>,
            #[graphql(
                desc = "Also the rows and columns without any: every theme, body, kind and framework, the years between the first and the last, and every party that is a partner or a beneficiary anywhere in the knowledge base.",
                default
            )]
            include_empty: bool,
        ) -> Result<Matrix> {
            Box::pin(measures::matrix(ctx, [rows, columns], filter, include_empty)).await
        }

        /// Contributions over time, split by a dimension where one is given: largest series first, years in their order.
        async fn contribution_series(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "How long each step is.", default)] interval: Interval,
            #[graphql(desc = "A series for each value of this dimension.")]
            split_by: Option<Dimension>,
            #[graphql(desc = "Count only the contributions that fit.")]
            filter: Option<Box<ContributionFilter>>,
            #[graphql(desc = "Also a series for each value without any.", default)]
            include_empty: bool,
        ) -> Result<Vec<Series>> {
            Box::pin(measures::series(ctx, interval, split_by, filter, include_empty)).await
        }

        /// Events over time, split by a dimension where one is given: largest series first. Planned events count too; leave them out by the filter.
        async fn event_series(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "How long each step is.", default)] interval: Interval,
            #[graphql(desc = "A series for each value of this dimension.")]
            split_by: Option<EventDimension>,
            #[graphql(desc = "Count only the events that fit.")]
            filter: Option<Box<EventFilter>>,
            #[graphql(desc = "Also a series for each value without any.", default)]
            include_empty: bool,
        ) -> Result<Vec<Series>> {
            Box::pin(measures::series(ctx, interval, split_by, filter, include_empty)).await
        }

        /// Who does things together: parties as nodes, what they do together as weighted links.
        async fn network(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "What binds them.")] relation: NetworkRelation,
            #[graphql(desc = "Only by the events that fit.")] filter: Option<Box<EventFilter>>,
        ) -> Result<Network> {
            Box::pin(measures::network(ctx, relation, filter)).await
        }

        /// The node with a global id; null where it is not, or no longer, in the knowledge base.
        async fn node(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "The `id` of a node.")] id: ID,
        ) -> Option<Result<Node>> {
            Box::pin(node::by_id(ctx, &GlobalId::parse(&id)?)).await.transpose()
        }

        /// The nodes with these global ids, in the order of the ids; null for each that is not, or no longer, in the knowledge base.
        async fn nodes(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "The ids of nodes, at most 100.")] ids: Vec<ID>,
        ) -> Result<Vec<Option<Node>>> {
            if ids.len() > MAX_IDS {
                return Err(Refusal::TooManyIds { asked: ids.len(), max: MAX_IDS }.into());
            }
            let nodes = ids.iter().map(async |id| match GlobalId::parse(id) {
                Some(id) => Box::pin(node::by_id(ctx, &id)).await,
                None => Ok(None),
            });
            futures_util::future::try_join_all(nodes).await
        }

        /// The records that fit a few words, best first: by titles, names, acronyms, places, parties and summaries of every
        /// kind of record.
        ///
        /// Case, accents and plurals make no difference. A word also finds those that begin with it, so that one can search
        /// while one types, and a misspelt one those that it is likely meant for. Signs are no words and have no meaning:
        /// there is no query language. A record has all the words; where no record has them all, those are listed that have
        /// some. A word that nothing in the knowledge base is like is passed over, and so is everything after the twelfth
        /// word. A query without any word finds nothing.
        async fn search(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "The words, in any order: `maritime exercise Brunei`. Of a longer text the first twelve words count.")]
            query: String,
            #[graphql(desc = "Only records of these kinds; of every kind where it is left out, of none where it is empty.")]
            kinds: Option<Vec<RecordKind>>,
            #[graphql(desc = "How many from the start: 0 to 100; 20 where neither `first` nor `last` is given.")]
            first: Option<i32>,
            #[graphql(desc = "A cursor: begin behind it.")] after: Option<String>,
            #[graphql(desc = "How many from the end: 0 to 100.")] last: Option<i32>,
            #[graphql(desc = "A cursor: stop before it.")] before: Option<String>,
        ) -> Result<SearchConnection> {
            let args = PageArgs { first, after, last, before };
            Box::pin(SearchConnection::of(ctx, &query, kinds, args)).await
        }

        /// The party with a code; null where there is none.
        async fn party(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "The party's code: `AU`.")] code: LookupKey<PartyCode>,
        ) -> Option<Result<One<Party>>> {
            named(ctx, code.name()?).await.transpose()
        }
    }
}

/// The record with a slug, today's or a former one.
async fn named<T: Entry>(ctx: &Context<'_>, slug: String) -> Result<Option<One<T>>> {
    let row: Option<Arc<Row<T>>> = ctx.loaders().load::<Slugs<T::Entity>>(slug).await?;
    Ok(row.map(|row| One(T::from(row))))
}
