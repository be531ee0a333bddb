use std::sync::Arc;

use async_graphql::{ComplexObject, Context, InputType, Object, Result, SimpleObject};
use entities::{contribution, party};

use super::{
    citation_style::CitationStyle,
    claim::Claim,
    contribution::{Contribution, ContributionFilter, ContributionOrder},
    party::Party,
    tally::{Tally, tallies},
};
use crate::{
    analysis::{self, ComparableClaims, PartnerFigures},
    cite::Reference,
    graphql::{
        OperationError,
        execution::{context_ext::ContextExt, permalink::permanent_url, references},
        macros::sync_fields::ObjList,
        relay::connection::{Connection, PageArgs},
        schema::scalars::EdtfDate,
    },
    store::{list::ParentLink, load::DatasetSummary},
};

/// A comparison of the contributions of partners, counted from records. For the figures that
/// sources report, see `claims` of each partner.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct ContributionComparison {
    /// The number of contributions that match the filter, including those of partners that are not
    /// compared.
    total: i64,
    /// The compared partners, in the order of the argument `partners`.
    partners: Vec<PartnerContributions>,
}

impl ContributionComparison {
    pub(crate) fn new(total: i64, partners: Vec<PartnerContributions>) -> Self {
        Self { total, partners }
    }

    /// The path of the page with the comparison, with its filter as parameters.
    fn path(&self) -> String {
        let mut parameters = form_urlencoded::Serializer::new(String::new());
        for partner in &self.partners {
            parameters.append_pair("partners", partner.partner.row.code.as_str());
        }
        let filter = self.partners.first().and_then(|partner| partner.filter.as_deref());
        if let Some(Ok(serde_json::Value::Object(mut fields))) =
            filter.map(|filter| filter.to_value().into_json())
        {
            fields.retain(|_, value| !value.is_null());
            parameters.append_pair("filter", &serde_json::Value::Object(fields).to_string());
        }
        format!("/?{}", parameters.finish())
    }
}

/// A comparison of the contributions of partners, counted from records.
#[ComplexObject]
impl ContributionComparison {
    /// A formatted reference to the comparison at this revision, for a bibliography.
    async fn cite(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The format of the reference.")] style: CitationStyle,
    ) -> Result<String> {
        let names: Vec<&str> =
            self.partners.iter().map(|partner| partner.partner.row.name.as_str()).collect();
        let title = match names.split_last() {
            Some((last, [])) => format!("Contributions of {last}"),
            Some((last, others)) => {
                format!("Contributions of {} and {last} compared", others.join(", "))
            }
            None => String::new(),
        };
        let summary = ctx.loaders().load::<DatasetSummary>(()).await?;
        let summary = summary.ok_or(OperationError::RecordRemoved)?;
        let url = permanent_url(ctx, &summary, &self.path());
        references::cite(ctx, Reference::to_comparison(title, &summary, url), style.into()).await
    }
}

/// The contributions of one partner.
pub struct PartnerContributions {
    partner: Party,
    key: i32,
    of: i64,
    figures: PartnerFigures,
    filter: Option<Box<ContributionFilter>>,
}

/// The contributions of one partner that match the comparison's filter.
#[Object]
impl PartnerContributions {
    /// The partner.
    async fn partner(&self) -> &Party {
        &self.partner
    }

    /// The number of contributions, each counted once.
    async fn total(&self) -> i64 {
        self.figures.total
    }

    /// `total` divided by the `total` of the comparison, from 0 to 1; null if no contribution
    /// matches.
    async fn share(&self) -> Option<f64> {
        (self.of > 0).then(|| self.figures.total as f64 / self.of as f64)
    }

    /// The rank among all partners by `total`, with 1 for the largest. Partners with equal totals
    /// share a rank; the rank is 1 plus the number of partners with a larger total. Null for a
    /// partner without contributions.
    async fn rank(&self) -> Option<i64> {
        self.figures.rank
    }

    /// The earliest start of a contribution, or its end if the start is not known; as precise as
    /// its source. Null if no contribution is dated.
    async fn first(&self) -> Option<EdtfDate> {
        let (first, _) = self.figures.span.as_ref()?;
        first.parse().ok().map(EdtfDate)
    }

    /// The latest start of a contribution, or its end if the start is not known; as precise as its
    /// source. Null if no contribution is dated.
    async fn latest(&self) -> Option<EdtfDate> {
        let (_, latest) = self.figures.span.as_ref()?;
        latest.parse().ok().map(EdtfDate)
    }

    /// The number of contributions by theme, largest first. A contribution with two themes counts
    /// in both. Themes without contributions are omitted.
    async fn by_theme(&self) -> Vec<Tally> {
        tallies(self.figures.by_theme.clone())
    }

    /// The number of contributions by kind, largest first. Kinds without contributions are omitted.
    async fn by_kind(&self) -> Vec<Tally> {
        tallies(self.figures.by_kind.clone())
    }

    /// The number of contributions by the year in which they began, in chronological order. Years
    /// without contributions are omitted; `contributionSeries` includes them.
    async fn by_year(&self) -> Vec<Tally> {
        tallies(self.figures.by_year.clone())
    }

    /// The spread of the contributions across themes.
    async fn breadth(&self) -> Breadth {
        let breadth = self.figures.breadth();
        Breadth {
            themes: breadth.themes,
            shannon_entropy: breadth.shannon_entropy,
            herfindahl_index: breadth.herfindahl_index,
        }
    }

    /// Figures that sources report about the partner, for the measures that can also be counted
    /// from records. Each has the reported `value`, the `recorded` count for the same measure,
    /// subject and period, and the `difference`. The comparison's filter does not apply to them.
    async fn claims(&self, ctx: &Context<'_>) -> Result<ObjList<Claim>> {
        ctx.load_list::<ComparableClaims, _, _>(self.key).await
    }

    /// The contributions that were counted.
    async fn contributions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The sort order. Its type states the default.")] order_by: Option<
            ContributionOrder,
        >,
        #[graphql(
            desc = "Number of entries from the start: 0 to 100. Default: 20, unless `last` is set."
        )]
        first: Option<i32>,
        #[graphql(desc = "Return entries after this cursor.")] after: Option<String>,
        #[graphql(desc = "Number of entries from the end: 0 to 100. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Return entries before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Contribution>> {
        let args = PageArgs { first, after, last, before };
        let link = ParentLink::belongs_to::<contribution::Entity, party::Entity>();
        let filter = self.filter.clone();
        let relation = "PartnerContributions.contributions";
        Box::pin(Connection::below(ctx, relation, self.key, link, filter, order_by, args)).await
    }
}

/// The spread of contributions across themes. If theme i has nᵢ contributions, its share is
/// pᵢ = nᵢ / Σ nᵢ. A contribution with two themes counts in both; a contribution without a theme
/// does not count.
#[derive(SimpleObject)]
pub struct Breadth {
    /// The number of themes with at least one contribution.
    themes: usize,
    /// The Shannon entropy in bits, H = −Σ pᵢ log₂ pᵢ. It is 0 if all contributions are in one
    /// theme, and log₂ of `themes` if all themes have equally many; a larger value means a wider
    /// spread. Null if no contribution has a theme. Source: C. E. Shannon, A Mathematical Theory of
    /// Communication, Bell System Technical Journal 27 (1948), 379–423.
    shannon_entropy: Option<f64>,
    /// The Herfindahl–Hirschman index, HHI = Σ pᵢ². It is 1 if all contributions are in one theme,
    /// and 1 divided by `themes` if all themes have equally many; a smaller value means a wider
    /// spread. Null if no contribution has a theme. Source: A. O. Hirschman, The Paternity of an
    /// Index, American Economic Review 54 (1964), 761–762.
    herfindahl_index: Option<f64>,
}

impl PartnerContributions {
    pub(crate) fn new(
        partner: Arc<entities::party::Model>,
        comparison: &mut analysis::Comparison,
        filter: Option<Box<ContributionFilter>>,
    ) -> Self {
        Self {
            key: partner.id,
            of: comparison.total,
            figures: comparison.partners.remove(partner.code.as_str()).unwrap_or_default(),
            filter,
            partner: partner.into(),
        }
    }
}
