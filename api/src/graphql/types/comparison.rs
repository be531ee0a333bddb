use std::sync::Arc;

use async_graphql::{Context, Object, Result, SimpleObject};
use entities::contribution;

use super::{
    claim::Claim,
    contribution::{Contribution, ContributionFilter, ContributionOrder},
    party::Party,
    tally::{Tally, tallies},
};
use crate::{
    analysis::{self, ComparableClaims, PartnerFigures},
    graphql::{
        pagination::{Connection, PageArgs},
        plain::Many,
        reads::Reads,
        scalars::EdtfDate,
    },
    store::list::Link,
};

/// What partners gave, side by side, as our records count it; what sources report stands beside it in `claims`.
#[derive(SimpleObject)]
pub struct ContributionComparison {
    /// How many contributions fit the filter, those of partners that are not compared included.
    total: i64,
    /// The partners, in the order in which they were asked for.
    partners: Vec<PartnerContributions>,
}

impl ContributionComparison {
    pub(crate) fn new(total: i64, partners: Vec<PartnerContributions>) -> Self {
        Self { total, partners }
    }
}

/// What one partner gave.
pub struct PartnerContributions {
    partner: Party,
    key: i32,
    of: i64,
    figures: PartnerFigures,
    filter: Option<Box<ContributionFilter>>,
}

/// What one partner gave, as far as it fits the comparison's filter.
#[Object]
impl PartnerContributions {
    /// The partner.
    async fn partner(&self) -> &Party {
        &self.partner
    }

    /// How many contributions are recorded, each counted once.
    async fn total(&self) -> i64 {
        self.figures.total
    }

    /// `total` over the contributions of all partners that fit the filter, from 0 to 1; null where nobody has any.
    async fn share(&self) -> Option<f64> {
        (self.of > 0).then(|| self.figures.total as f64 / self.of as f64)
    }

    /// The place among all partners by `total`, 1 for the most; partners with the same total share a place, and the next has one more than the number of those before it. Null for a partner without any.
    async fn rank(&self) -> Option<i64> {
        self.figures.rank
    }

    /// The earliest start of a contribution, as precise as its source; null where none is dated.
    async fn first(&self) -> Option<EdtfDate> {
        let (first, _) = self.figures.span.as_ref()?;
        first.parse().ok().map(EdtfDate)
    }

    /// The latest start of a contribution, as precise as its source; null where none is dated.
    async fn latest(&self) -> Option<EdtfDate> {
        let (_, latest) = self.figures.span.as_ref()?;
        latest.parse().ok().map(EdtfDate)
    }

    /// By theme, largest first; a contribution with two themes counts in both. Themes without any are left out.
    async fn by_theme(&self) -> Vec<Tally> {
        tallies(self.figures.by_theme.clone())
    }

    /// By kind, largest first. Kinds without any are left out.
    async fn by_kind(&self) -> Vec<Tally> {
        tallies(self.figures.by_kind.clone())
    }

    /// By the year in which they began, in the order of the years. Years without any are left out; `contributionSeries` has them.
    async fn by_year(&self) -> Vec<Tally> {
        tallies(self.figures.by_year.clone())
    }

    /// How widely the contributions are spread over themes.
    async fn breadth(&self) -> Breadth {
        let breadth = self.figures.breadth();
        Breadth {
            themes: breadth.themes,
            shannon_entropy: breadth.shannon_entropy,
            herfindahl_index: breadth.herfindahl_index,
        }
    }

    /// What sources report of the partner, for the measures that our records count too: each has the reported `value` beside what is `recorded` for the same measure, subject and period, and the `difference`. Their periods are those of the sources, whatever the comparison's filter.
    async fn claims(&self, ctx: &Context<'_>) -> Result<Many<Claim>> {
        ctx.all::<ComparableClaims, _, _>(self.key).await
    }

    /// The contributions that were counted.
    async fn contributions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The order of the list.")] order_by: Option<ContributionOrder>,
        #[graphql(
            desc = "How many from the start: 0 to 100; 20 where neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "A cursor: begin behind it.")] after: Option<String>,
        #[graphql(desc = "How many from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "A cursor: stop before it.")] before: Option<String>,
    ) -> Result<Connection<Contribution>> {
        let args = PageArgs { first, after, last, before };
        let link = Link::column(contribution::Column::PartnerId);
        let filter = self.filter.clone();
        let relation = "PartnerContributions.contributions";
        Box::pin(Connection::below(ctx, relation, self.key, link, filter, order_by, args)).await
    }
}

/// How widely what was counted is spread over themes. With nᵢ contributions in theme i and pᵢ = nᵢ / Σ nᵢ; a contribution with two themes counts in both, one without a theme in none.
#[derive(SimpleObject)]
pub struct Breadth {
    /// In how many themes there is anything.
    themes: usize,
    /// Shannon's entropy in bits, H = −Σ pᵢ log₂ pᵢ: 0 where all is in one theme, log₂ of `themes` where all themes have the same; larger is broader. Null where no contribution bears a theme. Source: C. E. Shannon, A Mathematical Theory of Communication, Bell System Technical Journal 27 (1948), 379–423.
    shannon_entropy: Option<f64>,
    /// The Herfindahl–Hirschman index, HHI = Σ pᵢ²: 1 where all is in one theme, 1 over `themes` where all themes have the same; smaller is broader. Null where no contribution bears a theme. Source: A. O. Hirschman, The Paternity of an Index, American Economic Review 54 (1964), 761–762.
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
