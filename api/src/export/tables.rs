//! The definitions of the exported tables, column by column.

use entities::{chair_seat::Seat, event_party::EventRole};

use super::{
    column::{
        BODIES, CHAIR_TERMS, Column, DOCUMENTS, EVENTS, EnumCell, INITIATIVES, PARTIES, REVISIONS,
        RelatedList, SOURCES, THEMES, WORK_PROGRAMMES, area, belongs_to, described, list, metadata,
        own_column, references,
    },
    table::{Exported, Table},
};
use crate::graphql::schema::types::{
    body::Body,
    chair_term::ChairTerm,
    citation::Citation,
    claim::Claim,
    contribution::Contribution,
    document::Document,
    enums::{
        BodyKind, Confidence, ContributionKind, DocumentKind, EventFormat, EventKind, Framework,
        InitiativeStatus, MembershipRole, PartyKind, ProvisionKind, RecordKind, SourceKind,
    },
    event::Event,
    initiative::Initiative,
    membership::Membership,
    party::Party,
    provision::Provision,
    revision::Revision,
    source::Source,
    theme::Theme,
    work_area::WorkArea,
    work_programme::WorkProgramme,
};

/// All tables, in the order of the API's lists.
pub(super) fn all() -> Vec<Box<dyn Exported>> {
    vec![
        Box::new(parties()),
        Box::new(themes()),
        Box::new(bodies()),
        Box::new(memberships()),
        Box::new(chair_terms()),
        Box::new(events()),
        Box::new(documents()),
        Box::new(provisions()),
        Box::new(initiatives()),
        Box::new(work_programmes()),
        Box::new(work_areas()),
        Box::new(contributions()),
        Box::new(claims()),
        Box::new(sources()),
        Box::new(citations()),
        Box::new(revisions()),
    ]
}

/// The columns for the last change of the record with this key.
fn written<M: 'static>(key: fn(&M) -> i32) -> [Column<M>; 2] {
    [
        described(
            "The revision that last wrote the record.",
            metadata("revision", key, |head| head.updated_in).to(REVISIONS),
        ),
        described(
            "When the record was last written.",
            metadata("updated_at", key, |head| head.updated_at),
        ),
    ]
}

/// The columns for the citations and the last change of the record with this key.
fn supported<M: 'static>(key: fn(&M) -> i32) -> [Column<M>; 4] {
    let [revision, updated_at] = written(key);
    [
        described(
            "The sources that support the record, at least one.",
            list("sources", RelatedList::Sources, key),
        ),
        described(
            "The place in each source, in the order of `sources`; empty if the source as a whole supports the record.",
            list("locators", RelatedList::Locators, key),
        ),
        revision,
        updated_at,
    ]
}

fn parties() -> Table<Party> {
    Table::<Party>::new("parties", &["code"])
        .with([
            own_column("code", |row| row.code.clone()),
            own_column("name", |row| row.name.clone()),
            own_column("official_name", |row| row.official_name.clone()),
            own_column("kind", |row| EnumCell(PartyKind::from(row.kind))),
            own_column("aliases", |row| row.aliases.clone()),
        ])
        .with(written(|row| row.id))
}

fn themes() -> Table<Theme> {
    Table::<Theme>::new("themes", &["slug"])
        .with([
            own_column("slug", |row| row.slug.clone()),
            own_column("name", |row| row.name.clone()),
            own_column("summary", |row| row.summary.clone()),
            own_column("aliases", |row| row.aliases.clone()),
            references("parent", THEMES, |row| row.parent_id),
            references("working_group", BODIES, |row| row.working_group_id),
        ])
        .with(written(|row| row.id))
}

fn bodies() -> Table<Body> {
    Table::<Body>::new("bodies", &["slug"])
        .with([
            own_column("slug", |row| row.slug.clone()),
            own_column("name", |row| row.name.clone()),
            own_column("acronym", |row| row.acronym.clone()),
            own_column("kind", |row| EnumCell(BodyKind::from(row.kind))),
            own_column("aliases", |row| row.aliases.clone()),
            references("parent", BODIES, |row| row.parent_id),
            own_column("established", |row| row.established.clone()),
            list("themes", RelatedList::Themes, |row| row.id),
            own_column("summary", |row| row.summary.clone()),
            own_column("note", |row| row.note.clone()),
        ])
        .with(supported(|row| row.id))
}

fn memberships() -> Table<Membership> {
    Table::<Membership>::new("memberships", &["slug"])
        .with([
            own_column("slug", |row| row.slug.clone()),
            belongs_to("body", BODIES, |row| row.body_id),
            belongs_to("party", PARTIES, |row| row.party_id),
            own_column("role", |row| EnumCell(MembershipRole::from(row.role))),
            own_column("start", |row| row.start.clone()),
            own_column("end", |row| row.end.clone()),
            own_column("note", |row| row.note.clone()),
        ])
        .with(supported(|row| row.id))
}

fn chair_terms() -> Table<ChairTerm> {
    Table::<ChairTerm>::new("chair-terms", &["slug"])
        .with([
            own_column("slug", |row| row.slug.clone()),
            belongs_to("body", BODIES, |row| row.body_id),
            own_column("cycle", |row| row.cycle.clone()),
            own_column("start", |row| row.start.clone()),
            own_column("end", |row| row.end.clone()),
            described(
                "The co-chair from the ASEAN member states.",
                list("asean_seat", RelatedList::Seats(Seat::Asean), |row| row.id),
            ),
            described(
                "The co-chair from the Plus countries.",
                list("plus_seat", RelatedList::Seats(Seat::Plus), |row| row.id),
            ),
            own_column("confidence", |row| EnumCell(Confidence::from(row.confidence))),
            own_column("note", |row| row.note.clone()),
        ])
        .with(supported(|row| row.id))
}

fn events() -> Table<Event> {
    let parties =
        |name, role| list(name, RelatedList::Parties(role), |row: &entities::event::Model| row.id);
    Table::<Event>::new("events", &["slug"])
        .with([
            own_column("slug", |row| row.slug.clone()),
            own_column("title", |row| row.title.clone()),
            own_column("kind", |row| EnumCell(EventKind::from(row.kind))),
            references("body", BODIES, |row| row.body_id),
            own_column("ordinal", |row| row.ordinal),
            own_column("start", |row| row.start.clone()),
            own_column("end", |row| row.end.clone()),
            own_column("city", |row| row.city.clone()),
            references("country", PARTIES, |row| row.country_id),
            own_column("format", |row| row.format.map(EventFormat::from).map(EnumCell)),
            own_column("participant_count", |row| row.participant_count),
            own_column("planned", |row| row.planned),
            parties("hosts", EventRole::Host),
            parties("co_hosts", EventRole::CoHost),
            parties("chairs", EventRole::Chair),
            parties("co_chairs", EventRole::CoChair),
            parties("participants", EventRole::Participant),
            parties("observers", EventRole::Observer),
            list("themes", RelatedList::Themes, |row| row.id),
            own_column("summary", |row| row.summary.clone()),
            own_column("confidence", |row| EnumCell(Confidence::from(row.confidence))),
            own_column("note", |row| row.note.clone()),
        ])
        .with(supported(|row| row.id))
}

fn documents() -> Table<Document> {
    Table::<Document>::new("documents", &["slug"])
        .with([
            own_column("slug", |row| row.slug.clone()),
            own_column("title", |row| row.title.clone()),
            own_column("kind", |row| EnumCell(DocumentKind::from(row.kind))),
            own_column("adopted", |row| row.adopted.clone()),
            references("adopted_at", EVENTS, |row| row.adopted_at_id),
            references("presented_at", EVENTS, |row| row.presented_at_id),
            own_column("url", |row| row.url.clone()),
            list("themes", RelatedList::Themes, |row| row.id),
            own_column("summary", |row| row.summary.clone()),
            own_column("note", |row| row.note.clone()),
        ])
        .with(supported(|row| row.id))
}

fn provisions() -> Table<Provision> {
    Table::<Provision>::new("provisions", &["slug"])
        .with([
            own_column("slug", |row| row.slug.clone()),
            belongs_to("document", DOCUMENTS, |row| row.document_id),
            own_column("position", |row| row.position),
            own_column("path", |row| row.path.clone()),
            own_column("kind", |row| EnumCell(ProvisionKind::from(row.kind))),
            list("mechanisms", RelatedList::Mechanisms, |row| row.id),
            list("instruments", RelatedList::Instruments, |row| row.id),
            list("themes", RelatedList::Themes, |row| row.id),
            own_column("summary", |row| row.summary.clone()),
            own_column("note", |row| row.note.clone()),
        ])
        .with(supported(|row| row.id))
}

fn initiatives() -> Table<Initiative> {
    Table::<Initiative>::new("initiatives", &["slug"])
        .with([
            own_column("slug", |row| row.slug.clone()),
            own_column("name", |row| row.name.clone()),
            own_column("acronym", |row| row.acronym.clone()),
            own_column("aliases", |row| row.aliases.clone()),
            own_column("framework", |row| EnumCell(Framework::from(row.framework))),
            own_column("status", |row| EnumCell(InitiativeStatus::from(row.status))),
            own_column("started", |row| row.started.clone()),
            references("adopted_at", EVENTS, |row| row.adopted_at_id),
            list("proposers", RelatedList::Proposers, |row| row.id),
            list("themes", RelatedList::Themes, |row| row.id),
            own_column("summary", |row| row.summary.clone()),
            own_column("note", |row| row.note.clone()),
        ])
        .with(supported(|row| row.id))
}

fn work_programmes() -> Table<WorkProgramme> {
    Table::<WorkProgramme>::new("work-programmes", &["slug"])
        .with([
            own_column("slug", |row| row.slug.clone()),
            own_column("title", |row| row.title.clone()),
            own_column("start", |row| row.start.clone()),
            own_column("end", |row| row.end.clone()),
            references("adopted_at", EVENTS, |row| row.adopted_at_id),
            list("areas", RelatedList::Areas, |row| row.id),
            own_column("note", |row| row.note.clone()),
        ])
        .with(supported(|row| row.id))
}

fn work_areas() -> Table<WorkArea> {
    Table::<WorkArea>::new("work-areas", &["programme", "name"])
        .with([
            belongs_to("programme", WORK_PROGRAMMES, |row| row.programme_id),
            own_column("position", |row| row.position),
            own_column("name", |row| row.name.clone()),
            references("theme", THEMES, |row| row.theme_id),
            own_column("summary", |row| row.summary.clone()),
        ])
        .with(supported(|row| row.programme_id))
}

fn contributions() -> Table<Contribution> {
    Table::<Contribution>::new("contributions", &["slug"])
        .with([
            own_column("slug", |row| row.slug.clone()),
            own_column("title", |row| row.title.clone()),
            own_column("kind", |row| EnumCell(ContributionKind::from(row.kind))),
            belongs_to("partner", PARTIES, |row| row.partner_id),
            own_column("start", |row| row.start.clone()),
            own_column("end", |row| row.end.clone()),
            described(
                "The amount in whole units of its currency, as a source states it; null if no source reports one, which does not mean that nothing was paid.",
                own_column("amount_value", |row| row.amount_value),
            ),
            described(
                "The currency of the amount, as an ISO 4217 code: `USD`.",
                own_column("amount_currency", |row| row.amount_currency.clone()),
            ),
            list("beneficiaries", RelatedList::Beneficiaries, |row| row.id),
            list("themes", RelatedList::Themes, |row| row.id),
            references("event", EVENTS, |row| row.event_id),
            references("body", BODIES, |row| row.body_id),
            references("initiative", INITIATIVES, |row| row.initiative_id),
            described(
                "The work programme of `work_area`; null if the sources name none.",
                area("work_programme", Some(WORK_PROGRAMMES), |row| row.work_area_id, |area| {
                    &area.programme
                }),
            ),
            area("work_area", None, |row| row.work_area_id, |area| &area.name),
            references("chair_term", CHAIR_TERMS, |row| row.chair_term_id),
            own_column("derived", |row| row.derived),
            own_column("summary", |row| row.summary.clone()),
            own_column("confidence", |row| EnumCell(Confidence::from(row.confidence))),
            own_column("note", |row| row.note.clone()),
        ])
        .with(supported(|row| row.id))
}

fn claims() -> Table<Claim> {
    Table::<Claim>::new("claims", &["slug"])
        .with([
            own_column("slug", |row| row.slug.clone()),
            described(
                "What kind of record the figure is about.",
                metadata(
                    "subject_kind",
                    |row| row.subject_id,
                    |head| EnumCell(RecordKind::from(head.kind)),
                ),
            ),
            metadata("subject", |row| row.subject_id, |head| head.slug.clone()),
            own_column("measure", |row| row.measure.clone()),
            own_column("value", |row| row.value),
            own_column("unit", |row| row.unit.clone()),
            own_column("start", |row| row.start.clone()),
            own_column("end", |row| row.end.clone()),
            own_column("statement", |row| row.statement.clone()),
            own_column("note", |row| row.note.clone()),
        ])
        .with(supported(|row| row.id))
}

fn sources() -> Table<Source> {
    Table::<Source>::new("sources", &["slug"])
        .with([
            own_column("slug", |row| row.slug.clone()),
            own_column("title", |row| row.title.clone()),
            own_column("kind", |row| EnumCell(SourceKind::from(row.kind))),
            own_column("published", |row| row.published.clone()),
            own_column("url", |row| row.url.clone()),
            own_column("publisher", |row| row.publisher.clone()),
            own_column("note", |row| row.note.clone()),
        ])
        .with(written(|row| row.id))
}

fn citations() -> Table<Citation> {
    Table::<Citation>::new("citations", &["record", "position"]).with([
        described(
            "The kind of the record that is supported.",
            metadata(
                "record_kind",
                |row| row.record_id,
                |head| EnumCell(RecordKind::from(head.kind)),
            ),
        ),
        metadata("record", |row| row.record_id, |head| head.slug.clone()),
        described(
            "The position of the citation in its record, from 0.",
            own_column("position", |row| row.position),
        ),
        belongs_to("source", SOURCES, |row| row.source_id),
        own_column("locator", |row| row.locator.clone()),
    ])
}

fn revisions() -> Table<Revision> {
    Table::<Revision>::new("revisions", &["number"]).with([
        own_column("number", |row| row.id),
        own_column("created_at", |row| row.created_at),
        own_column("author", |row| row.author.clone()),
        own_column("message", |row| row.message.clone()),
        own_column("dataset_version", |row| row.dataset_version.clone()),
    ])
}
