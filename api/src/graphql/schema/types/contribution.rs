use async_graphql::{Context, Result, SimpleObject};
use entities::{
    body,
    contribution::{Column, Entity},
    contribution_beneficiary, event, initiative,
    record::RecordKind,
};

use super::date_bounds::DateBounds;
use super::{
    body::Body,
    chair_term::ChairTerm,
    enums::{Confidence, ContributionKind, EventStatus},
    event::Event,
    initiative::Initiative,
    party::Party,
    theme::Theme,
    work_area::WorkArea,
};
use crate::{
    graphql::{
        execution::context_ext::ContextExt,
        macros::{
            filter::{codes, db_values, filter, slugs},
            node_type::node_type,
            order::order,
            sync_fields::{Obj, ObjList},
        },
        schema::scalars::{EdtfDate, PartyCode, Slug},
    },
    store::{
        filter,
        load::{Beneficiaries, Themes},
    },
};

node_type! {
    /// A contribution by a partner outside ASEAN: hosting, co-chairing, money, training, equipment,
    /// personnel or proposals, for example.
    record Contribution(contribution), listed by ContributionFilter, ContributionOrder;
    lists {}
    fields {
        /// The title.
        fn title(&self) -> &str {
            &self.row.title
        }

        /// The kind of contribution.
        fn kind(&self) -> ContributionKind {
            self.row.kind.into()
        }

        /// The status of the event that a contribution of kind `HOSTING` follows from; `HELD` for
        /// all others. Counts include only `HELD`, unless their filter names statuses.
        fn status(&self) -> EventStatus {
            self.row.status.into()
        }

        /// The partner that made the contribution.
        async fn partner(&self, ctx: &Context<'_>) -> Result<Obj<Party>> {
            ctx.load_required(self.row.partner_id).await
        }

        /// The start date, or the only date; null if the sources do not say.
        fn start(&self) -> Option<EdtfDate> {
            self.row.start.clone().map(EdtfDate)
        }

        /// The days that `start` can mean; null if there is no date.
        fn start_bounds(&self) -> Option<DateBounds> {
            self.row.start.as_ref().map(DateBounds::from)
        }

        /// The end date, past or planned; null if the sources give no end.
        fn end(&self) -> Option<EdtfDate> {
            self.row.end.clone().map(EdtfDate)
        }

        /// The days that `end` can mean; null if there is no date.
        fn end_bounds(&self) -> Option<DateBounds> {
            self.row.end.as_ref().map(DateBounds::from)
        }

        /// The amount of money; null if none is reported, which does not mean that nothing was
        /// paid.
        fn amount(&self) -> Option<Amount> {
            let value = self.row.amount_value?;
            let currency = self.row.amount_currency.clone()?;
            Some(Amount { value, currency })
        }

        /// The parties that it was for; empty if the sources do not say.
        async fn beneficiaries(&self, ctx: &Context<'_>) -> Result<ObjList<Party>> {
            ctx.load_list::<Beneficiaries, _, _>(self.row.id).await
        }

        /// The themes that it served.
        async fn themes(&self, ctx: &Context<'_>) -> Result<ObjList<Theme>> {
            ctx.load_list::<Themes, _, _>(self.row.id).await
        }

        /// The event that it was for; null if it was not for a particular event.
        async fn event(&self, ctx: &Context<'_>) -> Option<Result<Obj<Event>>> {
            ctx.load_optional(self.row.event_id).await.transpose()
        }

        /// The body that it was for; null if it was not for a particular body.
        async fn body(&self, ctx: &Context<'_>) -> Option<Result<Obj<Body>>> {
            ctx.load_optional(self.row.body_id).await.transpose()
        }

        /// The initiative that it belongs to; null if it belongs to none.
        async fn initiative(&self, ctx: &Context<'_>) -> Option<Result<Obj<Initiative>>> {
            ctx.load_optional(self.row.initiative_id).await.transpose()
        }

        /// The work programme area that it serves; null if the sources name none.
        async fn work_area(&self, ctx: &Context<'_>) -> Option<Result<Obj<WorkArea>>> {
            ctx.load_optional(self.row.work_area_id).await.transpose()
        }

        /// The chair term that it belongs to, above all for kind `CO_CHAIRING`; null if there is
        /// none.
        async fn chair_term(&self, ctx: &Context<'_>) -> Option<Result<Obj<ChairTerm>>> {
            ctx.load_optional(self.row.chair_term_id).await.transpose()
        }

        /// True if it was derived from an event's hosts or a chair term's seats; false if it was
        /// entered from sources.
        fn derived(&self) -> bool {
            self.row.derived
        }

        /// A short description, written for this knowledge base.
        fn summary(&self) -> &str {
            &self.row.summary
        }

        /// How well the sources support it.
        fn confidence(&self) -> Confidence {
            self.row.confidence.into()
        }

        /// Why `confidence` differs from what follows from the citations; null if it does not.
        fn confidence_reason(&self) -> Option<&str> {
            self.row.confidence_reason.as_deref()
        }
    }
}

/// A sum of money as a source states it, never converted to another currency.
#[derive(SimpleObject)]
pub struct Amount {
    /// The amount in whole units of the currency: dollars, not cents.
    value: f64,
    /// The currency as an ISO 4217 code, for example `USD`.
    currency: String,
}

impl Contribution {
    const KIND: RecordKind = RecordKind::Contribution;

    /// The title of the record in a formatted reference.
    async fn heading(&self, _: &Context<'_>) -> Result<String> {
        Ok(self.row.title.clone())
    }
}

filter! {
    /// A filter for contributions. All fields that are set must match. A list matches any of its
    /// values; an empty list matches nothing.
    record ContributionFilter {
        /// Has one of these slugs.
        slugs: Vec<Slug> => |these| filter::has_slug::<Entity>(slugs(these)),
        /// Made by one of these partners.
        partners: Vec<PartyCode> => |partners| filter::references_party(Column::PartnerId, codes(partners)),
        /// Has one of these kinds.
        kinds: Vec<ContributionKind> => |kinds| filter::any_of(Column::Kind, db_values(kinds)),
        /// Serves one of these themes.
        themes: Vec<Slug> => |themes| filter::has_theme(Column::Id, slugs(themes)),
        /// Serves one of these themes, or a theme below one of them in the tree of themes.
        themes_within: Vec<Slug> => |themes| filter::has_theme_within(Column::Id, slugs(themes)),
        /// For one of these parties.
        beneficiaries: Vec<PartyCode> => |parties| filter::linked::<contribution_beneficiary::Entity>(
            Column::Id,
            contribution_beneficiary::Column::ContributionId,
            filter::references_party(contribution_beneficiary::Column::PartyId, codes(parties)),
        ),
        /// For one of these events.
        events: Vec<Slug> => |events| filter::references_slug::<event::Entity>(Column::EventId, slugs(events)),
        /// For one of these bodies.
        bodies: Vec<Slug> => |bodies| filter::references_slug::<body::Entity>(Column::BodyId, slugs(bodies)),
        /// For one of these bodies, or for a body that reports to one of them, directly or through
        /// others: `admm-plus` includes its working groups.
        bodies_within: Vec<Slug> => |bodies| filter::in_subtree(Column::BodyId, slugs(bodies)),
        /// Belongs to one of these initiatives.
        initiatives: Vec<Slug> => |initiatives| filter::references_slug::<initiative::Entity>(
            Column::InitiativeId, slugs(initiatives),
        ),
        /// Has one of these statuses. Lists include all statuses by default, counts only `HELD`.
        statuses: Vec<EventStatus> => |statuses| filter::any_of(Column::Status, db_values(statuses)),
        /// True: derived from an event or a chair term. False: entered from sources.
        derived: bool => |derived| filter::any_of(Column::Derived, [*derived]),
        /// True: an amount is reported. False: no amount is reported.
        has_amount: bool => |has| filter::is_set(Column::AmountValue, *has),
        /// Has this confidence.
        confidence: Confidence => |confidence| filter::any_of(Column::Confidence, db_values(&[*confidence])),
        /// May have lasted until this date or later. Undated contributions do not match.
        from: EdtfDate => |date| filter::from(Column::LastDay, &date.0),
        /// May have begun on or before this date. Undated contributions do not match.
        to: EdtfDate => |date| filter::to(Column::FirstDay, &date.0),
        /// Began on or after this date, by the earliest day that its start can mean, or its end if
        /// the start is not known. With `startedTo` it divides dated contributions: each began
        /// either up to a date or from the next one.
        started_from: EdtfDate => |date| filter::started_from(Column::FirstDay, &date.0),
        /// Began on or before this date, by the earliest day that its start can mean, or its end if
        /// the start is not known.
        started_to: EdtfDate => |date| filter::to(Column::FirstDay, &date.0),
        /// Every word occurs in the title or the summary. Case is ignored, and parts of words
        /// match.
        text: String => |words| filter::text(words, &[Column::Title, Column::Summary]),
    }
}

order! {
    ContributionOrder by ContributionOrderField on contribution, default Start Desc {
        /// The start date, by the earliest day that it can mean.
        Start => FirstDay,
        /// The title.
        Title => Title,
        /// The slug.
        Slug => Slug,
    }
}
