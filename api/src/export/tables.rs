//! The definitions of the exported tables, column by column.

use entities::{chair_seat::Seat, event_party::EventRole};

use super::{
    column::{
        BODIES, CHAIR_TERMS, Column, DOCUMENTS, EVENTS, INITIATIVES, List, One, PARTIES, REVISIONS,
        SOURCES, THEMES, WORK_PROGRAMMES, area, belongs, head, list, own, refers, said,
    },
    table::{Exported, Table},
};
use crate::graphql::types::{
    body::Body,
    chair_term::ChairTerm,
    citation::Citation,
    claim::Claim,
    contribution::Contribution,
    document::Document,
    event::Event,
    initiative::Initiative,
    kinds::{
        BodyKind, Confidence, ContributionKind, DocumentKind, EventFormat, EventKind, Framework,
        InitiativeStatus, MembershipRole, PartyKind, ProvisionKind, RecordKind, SourceKind,
    },
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
        said(
            "The revision that last wrote the record.",
            head("revision", key, |head| head.updated_in).to(REVISIONS),
        ),
        said("When the record was last written.", head("updated_at", key, |head| head.updated_at)),
    ]
}

/// The columns for the citations and the last change of the record with this key.
fn supported<M: 'static>(key: fn(&M) -> i32) -> [Column<M>; 4] {
    let [revision, updated_at] = written(key);
    [
        said(
            "The sources that support the record, at least one.",
            list("sources", List::Sources, key),
        ),
        said(
            "The place in each source, in the order of `sources`; empty if the source as a whole supports the record.",
            list("locators", List::Locators, key),
        ),
        revision,
        updated_at,
    ]
}

fn parties() -> Table<Party> {
    Table::<Party>::new("parties", &["code"])
        .with([
            own("code", |row| row.code.clone()),
            own("name", |row| row.name.clone()),
            own("official_name", |row| row.official_name.clone()),
            own("kind", |row| One(PartyKind::from(row.kind))),
            own("aliases", |row| row.aliases.clone()),
        ])
        .with(written(|row| row.id))
}

fn themes() -> Table<Theme> {
    Table::<Theme>::new("themes", &["slug"])
        .with([
            own("slug", |row| row.slug.clone()),
            own("name", |row| row.name.clone()),
            own("summary", |row| row.summary.clone()),
            own("aliases", |row| row.aliases.clone()),
            refers("parent", THEMES, |row| row.parent_id),
            refers("working_group", BODIES, |row| row.working_group_id),
        ])
        .with(written(|row| row.id))
}

fn bodies() -> Table<Body> {
    Table::<Body>::new("bodies", &["slug"])
        .with([
            own("slug", |row| row.slug.clone()),
            own("name", |row| row.name.clone()),
            own("acronym", |row| row.acronym.clone()),
            own("kind", |row| One(BodyKind::from(row.kind))),
            own("aliases", |row| row.aliases.clone()),
            refers("parent", BODIES, |row| row.parent_id),
            own("established", |row| row.established.clone()),
            list("themes", List::Themes, |row| row.id),
            own("summary", |row| row.summary.clone()),
            own("note", |row| row.note.clone()),
        ])
        .with(supported(|row| row.id))
}

fn memberships() -> Table<Membership> {
    Table::<Membership>::new("memberships", &["slug"])
        .with([
            own("slug", |row| row.slug.clone()),
            belongs("body", BODIES, |row| row.body_id),
            belongs("party", PARTIES, |row| row.party_id),
            own("role", |row| One(MembershipRole::from(row.role))),
            own("start", |row| row.start.clone()),
            own("end", |row| row.end.clone()),
            own("note", |row| row.note.clone()),
        ])
        .with(supported(|row| row.id))
}

fn chair_terms() -> Table<ChairTerm> {
    Table::<ChairTerm>::new("chair-terms", &["slug"])
        .with([
            own("slug", |row| row.slug.clone()),
            belongs("body", BODIES, |row| row.body_id),
            own("cycle", |row| row.cycle.clone()),
            own("start", |row| row.start.clone()),
            own("end", |row| row.end.clone()),
            said(
                "The co-chair from the ASEAN member states.",
                list("asean_seat", List::Seats(Seat::Asean), |row| row.id),
            ),
            said(
                "The co-chair from the Plus countries.",
                list("plus_seat", List::Seats(Seat::Plus), |row| row.id),
            ),
            own("confidence", |row| One(Confidence::from(row.confidence))),
            own("note", |row| row.note.clone()),
        ])
        .with(supported(|row| row.id))
}

fn events() -> Table<Event> {
    let parties =
        |name, role| list(name, List::Parties(role), |row: &entities::event::Model| row.id);
    Table::<Event>::new("events", &["slug"])
        .with([
            own("slug", |row| row.slug.clone()),
            own("title", |row| row.title.clone()),
            own("kind", |row| One(EventKind::from(row.kind))),
            refers("body", BODIES, |row| row.body_id),
            own("ordinal", |row| row.ordinal),
            own("start", |row| row.start.clone()),
            own("end", |row| row.end.clone()),
            own("city", |row| row.city.clone()),
            refers("country", PARTIES, |row| row.country_id),
            own("format", |row| row.format.map(EventFormat::from).map(One)),
            own("participant_count", |row| row.participant_count),
            own("planned", |row| row.planned),
            parties("hosts", EventRole::Host),
            parties("co_hosts", EventRole::CoHost),
            parties("chairs", EventRole::Chair),
            parties("co_chairs", EventRole::CoChair),
            parties("participants", EventRole::Participant),
            parties("observers", EventRole::Observer),
            list("themes", List::Themes, |row| row.id),
            own("summary", |row| row.summary.clone()),
            own("confidence", |row| One(Confidence::from(row.confidence))),
            own("note", |row| row.note.clone()),
        ])
        .with(supported(|row| row.id))
}

fn documents() -> Table<Document> {
    Table::<Document>::new("documents", &["slug"])
        .with([
            own("slug", |row| row.slug.clone()),
            own("title", |row| row.title.clone()),
            own("kind", |row| One(DocumentKind::from(row.kind))),
            own("adopted", |row| row.adopted.clone()),
            refers("adopted_at", EVENTS, |row| row.adopted_at_id),
            refers("presented_at", EVENTS, |row| row.presented_at_id),
            own("url", |row| row.url.clone()),
            list("themes", List::Themes, |row| row.id),
            own("summary", |row| row.summary.clone()),
            own("note", |row| row.note.clone()),
        ])
        .with(supported(|row| row.id))
}

fn provisions() -> Table<Provision> {
    Table::<Provision>::new("provisions", &["slug"])
        .with([
            own("slug", |row| row.slug.clone()),
            belongs("document", DOCUMENTS, |row| row.document_id),
            own("position", |row| row.position),
            own("path", |row| row.path.clone()),
            own("kind", |row| One(ProvisionKind::from(row.kind))),
            list("mechanisms", List::Mechanisms, |row| row.id),
            list("instruments", List::Instruments, |row| row.id),
            list("themes", List::Themes, |row| row.id),
            own("summary", |row| row.summary.clone()),
            own("note", |row| row.note.clone()),
        ])
        .with(supported(|row| row.id))
}

fn initiatives() -> Table<Initiative> {
    Table::<Initiative>::new("initiatives", &["slug"])
        .with([
            own("slug", |row| row.slug.clone()),
            own("name", |row| row.name.clone()),
            own("acronym", |row| row.acronym.clone()),
            own("aliases", |row| row.aliases.clone()),
            own("framework", |row| One(Framework::from(row.framework))),
            own("status", |row| One(InitiativeStatus::from(row.status))),
            own("started", |row| row.started.clone()),
            refers("adopted_at", EVENTS, |row| row.adopted_at_id),
            list("proposers", List::Proposers, |row| row.id),
            list("themes", List::Themes, |row| row.id),
            own("summary", |row| row.summary.clone()),
            own("note", |row| row.note.clone()),
        ])
        .with(supported(|row| row.id))
}

fn work_programmes() -> Table<WorkProgramme> {
    Table::<WorkProgramme>::new("work-programmes", &["slug"])
        .with([
            own("slug", |row| row.slug.clone()),
            own("title", |row| row.title.clone()),
            own("start", |row| row.start.clone()),
            own("end", |row| row.end.clone()),
            refers("adopted_at", EVENTS, |row| row.adopted_at_id),
            list("areas", List::Areas, |row| row.id),
            own("note", |row| row.note.clone()),
        ])
        .with(supported(|row| row.id))
}

fn work_areas() -> Table<WorkArea> {
    Table::<WorkArea>::new("work-areas", &["programme", "name"])
        .with([
            belongs("programme", WORK_PROGRAMMES, |row| row.programme_id),
            own("position", |row| row.position),
            own("name", |row| row.name.clone()),
            refers("theme", THEMES, |row| row.theme_id),
            own("summary", |row| row.summary.clone()),
        ])
        .with(supported(|row| row.programme_id))
}

fn contributions() -> Table<Contribution> {
    Table::<Contribution>::new("contributions", &["slug"])
        .with([
            own("slug", |row| row.slug.clone()),
            own("title", |row| row.title.clone()),
            own("kind", |row| One(ContributionKind::from(row.kind))),
            belongs("partner", PARTIES, |row| row.partner_id),
            own("start", |row| row.start.clone()),
            own("end", |row| row.end.clone()),
            said(
                "The amount in whole units of its currency, as a source states it; null if no source reports one, which does not mean that nothing was paid.",
                own("amount_value", |row| row.amount_value),
            ),
            said(
                "The currency of the amount, as an ISO 4217 code: `USD`.",
                own("amount_currency", |row| row.amount_currency.clone()),
            ),
            list("beneficiaries", List::Beneficiaries, |row| row.id),
            list("themes", List::Themes, |row| row.id),
            refers("event", EVENTS, |row| row.event_id),
            refers("body", BODIES, |row| row.body_id),
            refers("initiative", INITIATIVES, |row| row.initiative_id),
            said(
                "The work programme of `work_area`; null if the sources name none.",
                area("work_programme", Some(WORK_PROGRAMMES), |row| row.work_area_id, |area| {
                    &area.programme
                }),
            ),
            area("work_area", None, |row| row.work_area_id, |area| &area.name),
            refers("chair_term", CHAIR_TERMS, |row| row.chair_term_id),
            own("derived", |row| row.derived),
            own("summary", |row| row.summary.clone()),
            own("confidence", |row| One(Confidence::from(row.confidence))),
            own("note", |row| row.note.clone()),
        ])
        .with(supported(|row| row.id))
}

fn claims() -> Table<Claim> {
    Table::<Claim>::new("claims", &["slug"])
        .with([
            own("slug", |row| row.slug.clone()),
            said(
                "What kind of record the figure is about.",
                head("subject_kind", |row| row.subject_id, |head| One(RecordKind::from(head.kind))),
            ),
            head("subject", |row| row.subject_id, |head| head.slug.clone()),
            own("measure", |row| row.measure.clone()),
            own("value", |row| row.value),
            own("unit", |row| row.unit.clone()),
            own("start", |row| row.start.clone()),
            own("end", |row| row.end.clone()),
            own("statement", |row| row.statement.clone()),
            own("note", |row| row.note.clone()),
        ])
        .with(supported(|row| row.id))
}

fn sources() -> Table<Source> {
    Table::<Source>::new("sources", &["slug"])
        .with([
            own("slug", |row| row.slug.clone()),
            own("title", |row| row.title.clone()),
            own("kind", |row| One(SourceKind::from(row.kind))),
            own("published", |row| row.published.clone()),
            own("url", |row| row.url.clone()),
            own("publisher", |row| row.publisher.clone()),
            own("note", |row| row.note.clone()),
        ])
        .with(written(|row| row.id))
}

fn citations() -> Table<Citation> {
    Table::<Citation>::new("citations", &["record", "position"]).with([
        said(
            "The kind of the record that is supported.",
            head("record_kind", |row| row.record_id, |head| One(RecordKind::from(head.kind))),
        ),
        head("record", |row| row.record_id, |head| head.slug.clone()),
        said(
            "The position of the citation in its record, from 0.",
            own("position", |row| row.position),
        ),
        belongs("source", SOURCES, |row| row.source_id),
        own("locator", |row| row.locator.clone()),
    ])
}

fn revisions() -> Table<Revision> {
    Table::<Revision>::new("revisions", &["number"]).with([
        own("number", |row| row.id),
        own("created_at", |row| row.created_at),
        own("author", |row| row.author.clone()),
        own("message", |row| row.message.clone()),
        own("dataset_version", |row| row.dataset_version.clone()),
    ])
}
