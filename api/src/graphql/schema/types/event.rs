use std::sync::Arc;

use async_graphql::{Context, Result, SimpleObject};
use entities::{
    claim, document,
    event::{Column, Entity, EventStatus as Status},
    event_party::EventRole as Role,
    record::RecordKind,
};

use super::date_bounds::DateBounds;
use super::{
    body::Body,
    claim::Claim,
    contribution::Contribution,
    document::Document,
    enums::{Confidence, EventFormat, EventKind, EventRole, EventStatus, PlaceKind},
    initiative::Initiative,
    party::Party,
    theme::Theme,
    work_programme::WorkProgramme,
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
        list::ParentLink,
        load::{Bodies, Parties, Themes},
    },
};

node_type! {
    /// A meeting, retreat, exercise, workshop, course or conference.
    record Event(event), listed by EventFilter, EventOrder;
    lists {
        /// The documents that the event adopted.
        documents: Document => ParentLink::relation(document::Relation::AdoptedAt);
        /// The documents that were presented at the event, without a source that reports their
        /// adoption.
        presented_documents: Document => ParentLink::relation(document::Relation::PresentedAt);
        /// The initiatives that the event adopted.
        initiatives: Initiative;
        /// The work programmes that the event adopted.
        work_programmes: WorkProgramme;
        /// The contributions of partners to the event, including hosting it.
        contributions: Contribution;
        /// Figures that sources report about the event; never mixed with figures counted from
        /// records.
        claims: Claim => ParentLink::relation(claim::Relation::Subject);
    }
    fields {
        /// The title.
        fn title(&self) -> &str {
            &self.row.title
        }

        /// The kind of event.
        fn kind(&self) -> EventKind {
            self.row.kind.into()
        }

        /// Its number in its series, from 1; null if it has none. A body can have several series.
        fn ordinal(&self) -> Option<i32> {
            self.row.ordinal
        }

        /// The start date.
        fn start(&self) -> EdtfDate {
            EdtfDate(self.row.start.clone())
        }

        /// The days that `start` can mean.
        fn start_bounds(&self) -> DateBounds {
            DateBounds::from(&self.row.start)
        }

        /// The end date; null if the sources give one date only.
        fn end(&self) -> Option<EdtfDate> {
            self.row.end.clone().map(EdtfDate)
        }

        /// The days that `end` can mean; null if there is no date.
        fn end_bounds(&self) -> Option<DateBounds> {
            self.row.end.as_ref().map(DateBounds::from)
        }

        /// The city or place, as the sources name it; null if they name none.
        fn city(&self) -> Option<&str> {
            self.row.city.as_deref()
        }

        /// The place of the city, with its coordinates, for a map; null if the city is not known, or
        /// if the event was in several places.
        fn place(&self) -> Option<Place> {
            self.row.place.clone().map(Place::from)
        }

        /// Whether participants met in person, online or both; null if the sources do not say.
        fn format(&self) -> Option<EventFormat> {
            self.row.format.map(EventFormat::from)
        }

        /// The number of people who took part; null if no source gives it.
        fn participant_count(&self) -> Option<i32> {
            self.row.participant_count
        }

        /// Whether it took place. Counts include only events that did, unless their filter names
        /// statuses.
        fn status(&self) -> EventStatus {
            self.row.status.into()
        }

        /// Whether no source reports that the event took place.
        #[graphql(deprecation = "It does not tell an announced event from one whose day has passed. Use `status`.")]
        fn planned(&self) -> bool {
            self.row.status != Status::Held
        }

        /// A short account, written for this knowledge base.
        fn summary(&self) -> &str {
            &self.row.summary
        }

        /// How well the sources support the event.
        fn confidence(&self) -> Confidence {
            self.row.confidence.into()
        }

        /// Why `confidence` differs from what follows from the citations; null if it does not.
        fn confidence_reason(&self) -> Option<&str> {
            self.row.confidence_reason.as_deref()
        }

        /// The bodies that held it, the leading one first: a joint exercise has several. Empty if no
        /// particular body did.
        async fn bodies(&self, ctx: &Context<'_>) -> Result<ObjList<Body>> {
            ctx.load_list::<Bodies, _, _>(self.row.id).await
        }

        /// The body that held it; of several, the leading one. Null if no particular body did.
        async fn body(&self, ctx: &Context<'_>) -> Option<Result<Obj<Body>>> {
            ctx.load_optional(self.row.body_id).await.transpose()
        }

        /// The country in which it took place; null if it was held online or at sea, or if the
        /// country is not known.
        async fn country(&self, ctx: &Context<'_>) -> Option<Result<Obj<Party>>> {
            ctx.load_optional(self.row.country_id).await.transpose()
        }

        /// The parties that hosted it.
        async fn hosts(&self, ctx: &Context<'_>) -> Result<ObjList<Party>> {
            ctx.load_list::<Parties, _, _>((self.row.id, Role::Host)).await
        }

        /// The parties that co-hosted it in support of a main host.
        async fn co_hosts(&self, ctx: &Context<'_>) -> Result<ObjList<Party>> {
            ctx.load_list::<Parties, _, _>((self.row.id, Role::CoHost)).await
        }

        /// The parties that chaired it.
        async fn chairs(&self, ctx: &Context<'_>) -> Result<ObjList<Party>> {
            ctx.load_list::<Parties, _, _>((self.row.id, Role::Chair)).await
        }

        /// The parties that co-chaired it.
        async fn co_chairs(&self, ctx: &Context<'_>) -> Result<ObjList<Party>> {
            ctx.load_list::<Parties, _, _>((self.row.id, Role::CoChair)).await
        }

        /// The parties that took part, as far as sources name them; the list may be incomplete.
        async fn participants(&self, ctx: &Context<'_>) -> Result<ObjList<Party>> {
            ctx.load_list::<Parties, _, _>((self.row.id, Role::Participant)).await
        }

        /// The parties that attended as observers.
        async fn observers(&self, ctx: &Context<'_>) -> Result<ObjList<Party>> {
            ctx.load_list::<Parties, _, _>((self.row.id, Role::Observer)).await
        }

        /// All parties with a role in the event, grouped by role. A party with several roles is
        /// listed once for each.
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
        async fn themes(&self, ctx: &Context<'_>) -> Result<ObjList<Theme>> {
            ctx.load_list::<Themes, _, _>(self.row.id).await
        }
    }
}

/// A place in which an event took place, from the gazetteer of the dataset.
#[derive(SimpleObject)]
pub struct Place {
    /// The name, spelt as in `Event.city`.
    name: String,
    /// The kind of place.
    kind: PlaceKind,
    /// Other names and spellings.
    aliases: Vec<String>,
    /// Degrees north of the equator; null if no coordinates are known.
    latitude: Option<f64>,
    /// Degrees east of Greenwich; null if no coordinates are known.
    longitude: Option<f64>,
    /// The number of the place in GeoNames (https://www.geonames.org), the source of its
    /// coordinates; null if it is not there.
    geonames_id: Option<i32>,
}

impl From<entities::Place> for Place {
    fn from(place: entities::Place) -> Self {
        Self {
            name: place.name,
            kind: place.kind.into(),
            aliases: place.aliases,
            latitude: place.latitude,
            longitude: place.longitude,
            geonames_id: place.geonames_id,
        }
    }
}

/// A party with its role in an event.
#[derive(SimpleObject)]
pub struct EventParty {
    /// The role.
    role: EventRole,
    /// The party.
    party: Party,
}

impl Event {
    const KIND: RecordKind = RecordKind::Event;

    /// The title of the record in a formatted reference.
    async fn heading(&self, _: &Context<'_>) -> Result<String> {
        Ok(self.row.title.clone())
    }
}

filter! {
    /// A filter for events. All fields that are set must match. A list matches any of its values;
    /// an empty list matches nothing.
    record EventFilter {
        /// Has one of these slugs.
        slugs: Vec<Slug> => |these| filter::has_slug::<Entity>(slugs(these)),
        /// Has one of these kinds.
        kinds: Vec<EventKind> => |kinds| filter::any_of(Column::Kind, db_values(kinds)),
        /// Held by one of these bodies, alone or with others.
        bodies: Vec<Slug> => |bodies| filter::held_by(Column::Id, slugs(bodies)),
        /// Held by one of these bodies, or by a body that reports to one of them, directly or
        /// through others: `admm-plus` includes its working groups.
        bodies_within: Vec<Slug> => |bodies| filter::held_within(Column::Id, slugs(bodies)),
        /// About one of these themes.
        themes: Vec<Slug> => |themes| filter::has_theme(Column::Id, slugs(themes)),
        /// About one of these themes, or about a theme below one of them in the tree of themes.
        themes_within: Vec<Slug> => |themes| filter::has_theme_within(Column::Id, slugs(themes)),
        /// One of these parties hosted or co-hosted it.
        hosts: Vec<PartyCode> => |hosts| filter::has_participant(Column::Id, codes(hosts), &[Role::Host, Role::CoHost]),
        /// One of these parties chaired or co-chaired it.
        chairs: Vec<PartyCode> => |chairs| filter::has_participant(Column::Id, codes(chairs), &[Role::Chair, Role::CoChair]),
        /// One of these parties had a role in it, of any kind.
        parties: Vec<PartyCode> => |parties| filter::has_participant(Column::Id, codes(parties), &[]),
        /// Took place in one of these countries.
        countries: Vec<PartyCode> => |countries| filter::references_party(Column::CountryId, codes(countries)),
        /// Took place in one of these cities, spelt as in `city` or in one of the place's `aliases`:
        /// `Ha Noi` finds Hanoi.
        cities: Vec<String> => |cities| filter::in_cities(Column::City, Column::Place, cities),
        /// Has one of these numbers in its series.
        ordinals: Vec<i32> => |ordinals| filter::any_of(Column::Ordinal, ordinals.clone()),
        /// Had one of these formats.
        formats: Vec<EventFormat> => |formats| filter::any_of(Column::Format, db_values(formats)),
        /// Has one of these statuses. Lists include all statuses by default, counts only `HELD`.
        statuses: Vec<EventStatus> => |statuses| filter::any_of(Column::Status, db_values(statuses)),
        /// True: no source reports that it took place. False: it took place.
        #[graphql(deprecation = "Use `statuses`.")]
        planned: bool => |planned| filter::not_held(Column::Status, *planned),
        /// Has this confidence.
        confidence: Confidence => |confidence| filter::any_of(Column::Confidence, db_values(&[*confidence])),
        /// May have lasted until this date or later: `2013-06` matches events that may have ended
        /// on 1 June 2013 or later.
        from: EdtfDate => |date| filter::from(Column::LastDay, &date.0),
        /// May have begun on or before this date: `2013-06` matches events that may have begun on
        /// 30 June 2013 or earlier.
        to: EdtfDate => |date| filter::to(Column::FirstDay, &date.0),
        /// Began on or after this date, by the earliest day that its start can mean. With
        /// `startedTo` it divides events: each began either up to a date or from the next one.
        started_from: EdtfDate => |date| filter::started_from(Column::FirstDay, &date.0),
        /// Began on or before this date, by the earliest day that its start can mean.
        started_to: EdtfDate => |date| filter::to(Column::FirstDay, &date.0),
        /// Every word occurs in the title, the city or the summary. Case is ignored, and parts of
        /// words match.
        text: String => |words| filter::text(words, &[Column::Title, Column::City, Column::Summary]),
    }
}

order! {
    EventOrder by EventOrderField on event, default Start Desc {
        /// The start date, by the earliest day that it can mean.
        Start => FirstDay,
        /// The title.
        Title => Title,
        /// The number in its series.
        Ordinal => Ordinal,
        /// The slug.
        Slug => Slug,
    }
}
