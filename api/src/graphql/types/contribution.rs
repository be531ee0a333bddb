use async_graphql::{Context, Result, SimpleObject};
use entities::{
    body, contribution::Column, contribution_beneficiary, event, initiative, record::RecordKind,
};

use super::{
    body::Body,
    chair_term::ChairTerm,
    event::Event,
    initiative::Initiative,
    kinds::{Confidence, ContributionKind},
    party::Party,
    theme::Theme,
    work_area::WorkArea,
};
use crate::{
    graphql::{
        filter::{codes, filter, slugs, stored},
        object::object,
        order::order,
        plain::{Many, One},
        reads::Reads,
        scalars::{EdtfDate, PartyCode, Slug},
    },
    store::{
        filter,
        load::{Beneficiaries, Themes},
    },
};

object! {
    /// What a partner outside ASEAN gave: hosting, co-chairing, money, training, equipment, people, proposals.
    record Contribution(contribution), listed by ContributionFilter, ContributionOrder;
    lists {}
    fields {
        /// The title.
        fn title(&self) -> &str {
            &self.row.title
        }

        /// What was given.
        fn kind(&self) -> ContributionKind {
            self.row.kind.into()
        }

        /// Who gave.
        async fn partner(&self, ctx: &Context<'_>) -> Result<One<Party>> {
            ctx.one(self.row.partner_id).await
        }

        /// When it began, or when it was; null where the sources do not say.
        fn start(&self) -> Option<EdtfDate> {
            self.row.start.clone().map(EdtfDate)
        }

        /// When it ended or is to end; null where the sources give one date only.
        fn end(&self) -> Option<EdtfDate> {
            self.row.end.clone().map(EdtfDate)
        }

        /// The sum; null where none is reported, which is not to say that nothing was paid.
        fn amount(&self) -> Option<Amount> {
            let value = self.row.amount_value?;
            let currency = self.row.amount_currency.clone()?;
            Some(Amount { value, currency })
        }

        /// Whom it was for; empty where the sources do not say.
        async fn beneficiaries(&self, ctx: &Context<'_>) -> Result<Many<Party>> {
            ctx.all::<Beneficiaries, _, _>(self.row.id).await
        }

        /// The themes that it served.
        async fn themes(&self, ctx: &Context<'_>) -> Result<Many<Theme>> {
            ctx.all::<Themes, _, _>(self.row.id).await
        }

        /// The event that it was for; null where it was for none in particular.
        async fn event(&self, ctx: &Context<'_>) -> Option<Result<One<Event>>> {
            ctx.maybe(self.row.event_id).await.transpose()
        }

        /// The body that it was for; null where it was for none in particular.
        async fn body(&self, ctx: &Context<'_>) -> Option<Result<One<Body>>> {
            ctx.maybe(self.row.body_id).await.transpose()
        }

        /// The initiative that it belongs to; null where it belongs to none.
        async fn initiative(&self, ctx: &Context<'_>) -> Option<Result<One<Initiative>>> {
            ctx.maybe(self.row.initiative_id).await.transpose()
        }

        /// The area of a work programme that it serves; null where the sources name none.
        async fn work_area(&self, ctx: &Context<'_>) -> Option<Result<One<WorkArea>>> {
            ctx.maybe(self.row.work_area_id).await.transpose()
        }

        /// The chair term that a co-chairing stands for; null for every other kind.
        async fn chair_term(&self, ctx: &Context<'_>) -> Option<Result<One<ChairTerm>>> {
            ctx.maybe(self.row.chair_term_id).await.transpose()
        }

        /// True where it follows from an event's hosts or a chair term's seats; false where it was recorded as such.
        fn derived(&self) -> bool {
            self.row.derived
        }

        /// What was given, in a few sentences of our own.
        fn summary(&self) -> &str {
            &self.row.summary
        }

        /// How well it is supported.
        fn confidence(&self) -> Confidence {
            self.row.confidence.into()
        }
    }
}

/// A sum of money, as a source states it; never converted.
#[derive(SimpleObject)]
pub struct Amount {
    /// In whole units of the currency.
    value: f64,
    /// The currency, by ISO 4217: `USD`.
    currency: String,
}

impl Contribution {
    const KIND: RecordKind = RecordKind::Contribution;

    /// What a reference to the record is called.
    async fn heading(&self, _: &Context<'_>) -> Result<String> {
        Ok(self.row.title.clone())
    }
}

filter! {
    /// Which contributions. The fields that are set must all hold; a list means any of its values, an empty one fits nothing.
    ContributionFilter {
        /// One of these.
        slugs: Vec<Slug> => |these| filter::any_of(Column::Slug, slugs(these)),
        /// From one of these partners.
        partners: Vec<PartyCode> => |partners| filter::names_party(Column::PartnerId, codes(partners)),
        /// Of one of these kinds.
        kinds: Vec<ContributionKind> => |kinds| filter::any_of(Column::Kind, stored(kinds)),
        /// In one of these themes.
        themes: Vec<Slug> => |themes| filter::bears(Column::Id, slugs(themes)),
        /// In one of these themes, or in one below it in the tree of themes.
        themes_within: Vec<Slug> => |themes| filter::bears_within(Column::Id, slugs(themes)),
        /// For one of these parties.
        beneficiaries: Vec<PartyCode> => |parties| filter::linked::<contribution_beneficiary::Entity>(
            Column::Id,
            contribution_beneficiary::Column::ContributionId,
            filter::names_party(contribution_beneficiary::Column::PartyId, codes(parties)),
        ),
        /// For one of these events.
        events: Vec<Slug> => |events| filter::names::<event::Entity>(Column::EventId, slugs(events)),
        /// For one of these bodies.
        bodies: Vec<Slug> => |bodies| filter::names::<body::Entity>(Column::BodyId, slugs(bodies)),
        /// For one of these bodies, or for one that reports to it, directly or through others: `admm-plus` with its working groups.
        bodies_within: Vec<Slug> => |bodies| filter::within(Column::BodyId, slugs(bodies)),
        /// Within one of these initiatives.
        initiatives: Vec<Slug> => |initiatives| filter::names::<initiative::Entity>(
            Column::InitiativeId, slugs(initiatives),
        ),
        /// True: follows from events and chair terms. False: recorded as such.
        derived: bool => |derived| filter::any_of(Column::Derived, [*derived]),
        /// True: a sum is reported. False: none is.
        has_amount: bool => |has| filter::is_set(Column::AmountValue, *has),
        /// Supported so well.
        confidence: Confidence => |confidence| filter::any_of(Column::Confidence, stored(&[*confidence])),
        /// Can have gone on then or later. Undated contributions don't fit.
        from: EdtfDate => |date| filter::from(Column::LastDay, &date.0),
        /// Can have begun then or earlier. Undated contributions don't fit.
        to: EdtfDate => |date| filter::to(Column::FirstDay, &date.0),
        /// Each of these words stands in the title or the summary, whatever its case.
        text: String => |words| filter::text(words, &[Column::Title, Column::Summary]),
    }
}

order! {
    ContributionOrder by ContributionOrderField on contribution, default Start Desc {
        /// By the earliest day that the start can mean.
        Start => FirstDay,
        /// By title.
        Title => Title,
        /// By slug.
        Slug => Slug,
    }
}
