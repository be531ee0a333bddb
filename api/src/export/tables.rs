//! The exported tables. A table has the columns of its entity; here are only its name, its key and
//! the columns that do not follow from the entity.

use entities::{
    chair_seat::Seat,
    citation, claim, contribution,
    event::{self, EventStatus},
    event_party::EventRole,
    revision, work_area,
};

use serde_json::Value;

use super::{
    column::{Column, Type, list, record_kind, work_area},
    related::RelatedList,
    table::{Exported, Table},
};
use crate::graphql::schema::types::{
    body::Body, chair_term::ChairTerm, citation::Citation, claim::Claim,
    contribution::Contribution, document::Document, event::Event, initiative::Initiative,
    membership::Membership, party::Party, provision::Provision, revision::Revision, source::Source,
    theme::Theme, work_area::WorkArea, work_programme::WorkProgramme,
};

/// All tables, in the order of the API's lists.
pub(super) fn all() -> Vec<Box<dyn Exported>> {
    vec![
        // A party's slug is its code.
        Box::new(Table::<Party>::new("parties", &["code"]).without("slug").last_change()),
        Box::new(Table::<Theme>::new("themes", &["slug"]).last_change()),
        Box::new(
            Table::<Body>::new("bodies", &["slug"])
                .move_before("parent", "aliases")
                .insert_before("summary", [list("themes", RelatedList::Themes)])
                .sources(),
        ),
        Box::new(Table::<Membership>::new("memberships", &["slug"]).sources()),
        Box::new(chair_terms()),
        Box::new(events()),
        Box::new(
            Table::<Document>::new("documents", &["slug"])
                .insert_before("summary", [list("themes", RelatedList::Themes)])
                .sources(),
        ),
        Box::new(
            Table::<Provision>::new("provisions", &["slug"])
                .move_before("summary", "kind")
                .insert_before(
                    "summary",
                    [
                        list("mechanisms", RelatedList::Mechanisms),
                        list("instruments", RelatedList::Instruments),
                        list("themes", RelatedList::Themes),
                    ],
                )
                .sources(),
        ),
        Box::new(
            Table::<Initiative>::new("initiatives", &["slug"])
                .move_before("framework", "aliases")
                .insert_before(
                    "summary",
                    [
                        list("proposers", RelatedList::Proposers),
                        list("themes", RelatedList::Themes),
                    ],
                )
                .sources(),
        ),
        Box::new(
            Table::<WorkProgramme>::new("work-programmes", &["slug"])
                .insert_before("note", [list("areas", RelatedList::Areas)])
                .sources(),
        ),
        // The areas of a work programme share its citations.
        Box::new(
            Table::<WorkArea>::new("work-areas", &["programme", "name"])
                .sources_of(work_area::Column::ProgrammeId),
        ),
        Box::new(contributions()),
        Box::new(claims()),
        Box::new(Table::<Source>::new("sources", &["slug"]).last_change()),
        Box::new(citations()),
        Box::new(
            Table::<Revision>::new("revisions", &["number"])
                .insert_before("created_at", [Column::own("number", revision::Column::Id)]),
        ),
    ]
}

fn chair_terms() -> Table<ChairTerm> {
    Table::new("chair-terms", &["slug"])
        .insert_before(
            "confidence",
            [
                list("asean_seat", RelatedList::Seats(Seat::Asean))
                    .described("The co-chair from the ASEAN member states."),
                list("plus_seat", RelatedList::Seats(Seat::Plus))
                    .described("The co-chair from the Plus countries."),
            ],
        )
        .sources()
}

fn events() -> Table<Event> {
    let parties = |name, role| list(name, RelatedList::Parties(role));
    Table::new("events", &["slug"])
        .without("place")
        .insert_before("country", place())
        .insert_before(
            "summary",
            [
                Column::computed("planned", Type::Boolean, |event: &event::Model| {
                    Value::from(event.status != EventStatus::Held)
                }),
                list("bodies", RelatedList::Bodies),
                parties("hosts", EventRole::Host),
                parties("co_hosts", EventRole::CoHost),
                parties("chairs", EventRole::Chair),
                parties("co_chairs", EventRole::CoChair),
                parties("participants", EventRole::Participant),
                parties("observers", EventRole::Observer),
                list("themes", RelatedList::Themes),
            ],
        )
        .sources()
}

/// The coordinates of an event's place.
fn place() -> [Column<event::Entity>; 2] {
    let coordinate = |name, value: fn(&event::Model) -> Value| {
        Column::computed(name, Type::Number, value).required(false)
    };
    [
        coordinate("latitude", |event| {
            event.place.as_ref().and_then(|place| place.latitude).into()
        })
        .described("Degrees north of the equator; null if no coordinates of the place are known."),
        coordinate("longitude", |event| {
            event.place.as_ref().and_then(|place| place.longitude).into()
        })
        .described("Degrees east of Greenwich; null if no coordinates of the place are known."),
    ]
}

fn contributions() -> Table<Contribution> {
    Table::new("contributions", &["slug"])
        .describe(
            "amount_value",
            "The amount in whole units of its currency, as a source states it; null if no source reports one, which does not mean that nothing was paid.",
        )
        .describe("amount_currency", "The currency of the amount, as an ISO 4217 code: `USD`.")
        .insert_before(
            "event",
            [
                list("beneficiaries", RelatedList::Beneficiaries),
                list("themes", RelatedList::Themes),
            ],
        )
        .without("work_area")
        .insert_before("chair_term", work_area(contribution::Column::WorkAreaId))
        .sources()
}

fn claims() -> Table<Claim> {
    let subject_kind = record_kind("subject_kind", claim::Column::SubjectId)
        .described("What kind of record the figure is about.");
    Table::new("claims", &["slug"]).insert_before("subject", [subject_kind]).sources()
}

fn citations() -> Table<Citation> {
    let record_kind = record_kind("record_kind", citation::Column::RecordId)
        .described("The kind of the record that is supported.");
    Table::new("citations", &["record", "position"])
        .insert_before("record", [record_kind])
        .describe("position", "The position of the citation in its record, from 0.")
}
