use std::sync::Arc;

use async_graphql::{Context, Result, SimpleObject};
use entities::{
    body, claim, contribution, document, event::Column, event_party::EventRole as Role, initiative,
    record::RecordKind, work_programme,
};

use super::{
    body::Body,
    claim::Claim,
    contribution::Contribution,
    document::Document,
    initiative::Initiative,
    kinds::{Confidence, EventFormat, EventKind, EventRole},
    party::Party,
    theme::Theme,
    work_programme::WorkProgramme,
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
        list::Link,
        load::{Parties, Themes},
    },
};

object! {
    /// A meeting, retreat, exercise, workshop, course or conference.
    record Event(event), listed by EventFilter, EventOrder;
    lists {
        /// The documents that the event adopted.
        documents: Document => Link::column(document::Column::AdoptedAtId);
        /// The documents that were presented at the event without a reported adoption.
        presented_documents: Document => Link::column(document::Column::PresentedAtId);
        /// The initiatives that the event adopted.
        initiatives: Initiative => Link::column(initiative::Column::AdoptedAtId);
        /// The work programmes that the event adopted.
        work_programmes: WorkProgramme => Link::column(work_programme::Column::AdoptedAtId);
        /// What partners gave to the event, hosting it included.
        contributions: Contribution => Link::column(contribution::Column::EventId);
        /// Figures that sources report of the event; never mixed with what is recorded.
        claims: Claim => Link::column(claim::Column::SubjectId);
    }
    fields {
        /// The title.
        fn title(&self) -> &str {
            &self.row.title
        }

        /// What kind of event.
        fn kind(&self) -> EventKind {
            self.row.kind.into()
        }

        /// Its number in its series, from 1; null where it has none. A body can have several series.
        fn ordinal(&self) -> Option<i32> {
            self.row.ordinal
        }

        /// When it began.
        fn start(&self) -> EdtfDate {
            EdtfDate(self.row.start.clone())
        }

        /// When it ended; null where the sources give one date only.
        fn end(&self) -> Option<EdtfDate> {
            self.row.end.clone().map(EdtfDate)
        }

        /// Where it was, as the sources put it; null where they don't.
        fn city(&self) -> Option<&str> {
            self.row.city.as_deref()
        }

        /// How people met; null where the sources do not say.
        fn format(&self) -> Option<EventFormat> {
            self.row.format.map(EventFormat::from)
        }

        /// How many people took part; null where no source counts them.
        fn participant_count(&self) -> Option<i32> {
            self.row.participant_count
        }

        /// Whether it was announced and is not yet held.
        fn planned(&self) -> bool {
            self.row.planned
        }

        /// What happened, in a few sentences of our own.
        fn summary(&self) -> &str {
            &self.row.summary
        }

        /// How well the event is supported.
        fn confidence(&self) -> Confidence {
            self.row.confidence.into()
        }

        /// The body whose event it was; null where it was nobody's in particular.
        async fn body(&self, ctx: &Context<'_>) -> Option<Result<One<Body>>> {
            ctx.maybe(self.row.body_id).await.transpose()
        }

        /// The country that it took place in; null where it was held by video or at sea, or is not known.
        async fn country(&self, ctx: &Context<'_>) -> Option<Result<One<Party>>> {
            ctx.maybe(self.row.country_id).await.transpose()
        }

        /// Who hosted it.
        async fn hosts(&self, ctx: &Context<'_>) -> Result<Many<Party>> {
            ctx.all::<Parties, _, _>((self.row.id, Role::Host)).await
        }

        /// Who hosted it beside a main host.
        async fn co_hosts(&self, ctx: &Context<'_>) -> Result<Many<Party>> {
            ctx.all::<Parties, _, _>((self.row.id, Role::CoHost)).await
        }

        /// Who chaired it.
        async fn chairs(&self, ctx: &Context<'_>) -> Result<Many<Party>> {
            ctx.all::<Parties, _, _>((self.row.id, Role::Chair)).await
        }

        /// Who chaired it together.
        async fn co_chairs(&self, ctx: &Context<'_>) -> Result<Many<Party>> {
            ctx.all::<Parties, _, _>((self.row.id, Role::CoChair)).await
        }

        /// Who took part, as far as sources name them; the list may be incomplete.
        async fn participants(&self, ctx: &Context<'_>) -> Result<Many<Party>> {
            ctx.all::<Parties, _, _>((self.row.id, Role::Participant)).await
        }

        /// Who watched.
        async fn observers(&self, ctx: &Context<'_>) -> Result<Many<Party>> {
            ctx.all::<Parties, _, _>((self.row.id, Role::Observer)).await
        }

        /// Everybody who had a part, role by role.
        async fn parties(&self, ctx: &Context<'_>) -> Result<Vec<EventParty>> {
            let mut parties = Vec::new();
            let roles = {
                use Role::*;
                [Host, CoHost, Chair, CoChair, Participant, Observer]
            };
            let load = |role| ctx.loaders().load::<Parties>((self.row.id, role));
            for (role, list) in roles.into_iter().zip(futures_util::future::join_all(roles.map(load)).await) {
                let part = |party: &Arc<entities::party::Model>| EventParty {
                    role: role.into(),
                    party: Party::from(party.clone()),
                };
                parties.extend(list?.iter().map(part));
            }
            Ok(parties)
        }

        /// The themes that it was about.
        async fn themes(&self, ctx: &Context<'_>) -> Result<Many<Theme>> {
            ctx.all::<Themes, _, _>(self.row.id).await
        }
    }
}

/// A party's part in an event.
#[derive(SimpleObject)]
pub struct EventParty {
    /// Which part.
    role: EventRole,
    /// Whose.
    party: Party,
}

impl Event {
    const KIND: RecordKind = RecordKind::Event;

    /// What a reference to the record is called.
    async fn heading(&self, _: &Context<'_>) -> Result<String> {
        Ok(self.row.title.clone())
    }
}

filter! {
    /// Which events. The fields that are set must all hold; a list means any of its values, an empty one fits nothing.
    EventFilter {
        /// One of these.
        slugs: Vec<Slug> => |these| filter::any_of(Column::Slug, slugs(these)),
        /// Of one of these kinds.
        kinds: Vec<EventKind> => |kinds| filter::any_of(Column::Kind, stored(kinds)),
        /// Of one of these bodies.
        bodies: Vec<Slug> => |bodies| filter::names::<body::Entity>(Column::BodyId, slugs(bodies)),
        /// Of one of these bodies, or of one that reports to it, directly or through others: `admm-plus` with its working groups.
        bodies_within: Vec<Slug> => |bodies| filter::within(Column::BodyId, slugs(bodies)),
        /// About one of these themes.
        themes: Vec<Slug> => |themes| filter::bears(Column::Id, slugs(themes)),
        /// About one of these themes, or about one below it in the tree of themes.
        themes_within: Vec<Slug> => |themes| filter::bears_within(Column::Id, slugs(themes)),
        /// One of these parties hosted or co-hosted it.
        hosts: Vec<PartyCode> => |hosts| filter::takes_part(Column::Id, codes(hosts), &[Role::Host, Role::CoHost]),
        /// One of these parties chaired or co-chaired it.
        chairs: Vec<PartyCode> => |chairs| filter::takes_part(Column::Id, codes(chairs), &[Role::Chair, Role::CoChair]),
        /// One of these parties had a part in it, whichever.
        parties: Vec<PartyCode> => |parties| filter::takes_part(Column::Id, codes(parties), &[]),
        /// In one of these countries.
        countries: Vec<PartyCode> => |countries| filter::names_party(Column::CountryId, codes(countries)),
        /// In one of these cities, as they are written.
        cities: Vec<String> => |cities| filter::any_of(Column::City, cities.clone()),
        /// With one of these numbers in its series.
        ordinals: Vec<i32> => |ordinals| filter::any_of(Column::Ordinal, ordinals.clone()),
        /// In one of these formats.
        formats: Vec<EventFormat> => |formats| filter::any_of(Column::Format, stored(formats)),
        /// Announced and not yet held, or not.
        planned: bool => |planned| filter::any_of(Column::Planned, [*planned]),
        /// Supported so well.
        confidence: Confidence => |confidence| filter::any_of(Column::Confidence, stored(&[*confidence])),
        /// Can have gone on then or later: `2013-06` keeps what may have lasted until 1 June 2013 or longer.
        from: EdtfDate => |date| filter::from(Column::LastDay, &date.0),
        /// Can have begun then or earlier: `2013-06` keeps what may have begun by 30 June 2013.
        to: EdtfDate => |date| filter::to(Column::FirstDay, &date.0),
        /// Each of these words stands in the title, the city or the summary, whatever its case.
        text: String => |words| filter::text(words, &[Column::Title, Column::City, Column::Summary]),
    }
}

order! {
    EventOrder by EventOrderField on event, default Start Desc {
        /// By the earliest day that the start can mean.
        Start => FirstDay,
        /// By title.
        Title => Title,
        /// By the number in its series.
        Ordinal => Ordinal,
        /// By slug.
        Slug => Slug,
    }
}
