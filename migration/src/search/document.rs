//! The search documents of each kind of record, built from the rows of the database and so
//! independent of who wrote them.

use std::collections::{BTreeSet, HashMap};

use chrono::Datelike;
use entities::{
    EdtfDate, Names, body, chair_seat, chair_term, claim, contribution, contribution_beneficiary,
    document, event, event_party, initiative, initiative_proposer, membership, party, provision,
    search_document, source, theme, work_area, work_programme,
};
use sea_orm::{ActiveEnum, DatabaseTransaction, DbErr, EntityTrait, QueryOrder};

use super::words;

/// The search document of a record, and the complete names that identify it.
pub(super) struct Document {
    pub row: search_document::Model,
    pub names: BTreeSet<String>,
}

impl Document {
    /// The distinct words of the document.
    pub(super) fn words(&self) -> BTreeSet<&str> {
        let row = &self.row;
        [&row.title_words, &row.names_words, &row.context_words, &row.text_words]
            .into_iter()
            .flat_map(|words| words.split(' '))
            .filter(|word| !word.is_empty())
            .collect()
    }
}

/// The searchable strings of a record, which each kind of record provides.
#[derive(Default)]
struct Told {
    title: String,
    names: Vec<String>,
    context: Vec<String>,
    text: Option<String>,
    /// The ranking weight, in thousandths, before the adjustment for the length of the title.
    standing: usize,
}

/// The ranking weight of each kind, in thousandths. Records that others refer to rank higher: a
/// search for a working group lists the group before its meetings.
mod standing {
    pub const PARTY: usize = 1300;
    pub const BODY: usize = 1250;
    pub const THEME: usize = 1200;
    pub const INITIATIVE: usize = 1150;
    pub const WORK_PROGRAMME: usize = 1100;
    pub const DOCUMENT: usize = 1100;
    pub const EVENT: usize = 1050;
    pub const CHAIR_TERM: usize = 900;
    pub const MEMBERSHIP: usize = 850;
    pub const CONTRIBUTION: usize = 850;
    pub const PROVISION: usize = 800;
    pub const CLAIM: usize = 750;
    pub const SOURCE: usize = 600;
    /// A derived contribution repeats its event or chair term.
    pub const DERIVED: usize = 600;
}

/// The number of words at which the length of a title halves the weight.
const HALVING: usize = 30;

fn document(record_id: i32, slug: &str, told: Told) -> Document {
    let folded: Vec<String> = told.names.iter().map(|name| words::fold(name)).collect();
    let title_words = words::fold(&told.title);
    let context_words: Vec<String> =
        told.context.iter().map(|text| words::fold(text)).chain([words::fold(slug)]).collect();
    let length = title_words.split(' ').count();
    let weight = told.standing * HALVING / (HALVING + length);
    let names = folded.iter().cloned().chain([title_words.clone()]);
    Document {
        names: names.filter(|name| !name.is_empty()).collect(),
        row: search_document::Model {
            record_id,
            names_words: folded.join(" "),
            context_words: context_words.join(" "),
            text_words: told.text.as_deref().map(words::fold).unwrap_or_default(),
            title: told.title,
            names: Names(told.names),
            context: Names(told.context),
            text: told.text,
            title_words,
            weight: i32::try_from(weight).expect("the weight is at most its standing"),
        },
    }
}

/// Records whose names are part of the search documents of other records.
struct Others {
    parties: HashMap<i32, party::Model>,
    bodies: HashMap<i32, body::Model>,
    documents: HashMap<i32, String>,
    /// The titles of events and work programmes, which claims can be about.
    titles: HashMap<i32, String>,
}

impl Others {
    fn party(&self, id: i32) -> &str {
        self.parties.get(&id).map_or("", |party| &party.name)
    }

    /// All names of a party, but not its code: IN and US are also ordinary words.
    fn party_names(&self, id: i32) -> Vec<String> {
        let Some(party) = self.parties.get(&id) else { return Vec::new() };
        [party.name.clone()].into_iter().chain(party.aliases.0.iter().cloned()).collect()
    }

    /// The acronym of a body, or its name.
    fn body(&self, id: i32) -> &str {
        self.bodies.get(&id).map_or("", |body| body.acronym.as_deref().unwrap_or(&body.name))
    }

    /// A title with the name of the body replaced by its acronym: 13th ADMM.
    fn shortened(&self, title: &str, body: i32) -> Option<String> {
        let body = self.bodies.get(&body)?;
        title.contains(&body.name).then(|| title.replacen(&body.name, self.body(body.id), 1))
    }

    fn body_names(&self, id: i32) -> Vec<String> {
        let Some(body) = self.bodies.get(&id) else { return Vec::new() };
        let names = body.acronym.iter().chain([&body.name]).chain(&body.aliases.0);
        names.cloned().collect()
    }
}

fn years(start: Option<&EdtfDate>, end: Option<&EdtfDate>) -> Vec<String> {
    let mut years: Vec<String> =
        start.into_iter().chain(end).map(|date| date.first_day().year().to_string()).collect();
    years.dedup();
    years
}

/// An enum value as words: `concept-paper` becomes `concept paper`.
fn spoken(value: impl ActiveEnum<Value = String>) -> String {
    value.to_value().replace('-', " ")
}

async fn all<E: EntityTrait>(txn: &DatabaseTransaction) -> Result<Vec<E::Model>, DbErr> {
    E::find().all(txn).await
}

/// Groups the values of link rows by their owner.
fn by_owner<V>(links: impl Iterator<Item = (i32, V)>) -> HashMap<i32, Vec<V>> {
    let mut lists: HashMap<i32, Vec<V>> = HashMap::new();
    for (owner, value) in links {
        lists.entry(owner).or_default().push(value);
    }
    lists
}

/// The search documents of all records.
pub(super) async fn of_all(txn: &DatabaseTransaction) -> Result<Vec<Document>, DbErr> {
    let mut made = Vec::new();
    let parties = all::<party::Entity>(txn).await?;
    let bodies = all::<body::Entity>(txn).await?;
    let documents = all::<document::Entity>(txn).await?;
    let events = all::<event::Entity>(txn).await?;
    let programmes = all::<work_programme::Entity>(txn).await?;
    let titles = events
        .iter()
        .map(|event| (event.id, event.title.clone()))
        .chain(programmes.iter().map(|programme| (programme.id, programme.title.clone())));
    let others = Others {
        titles: titles.collect(),
        documents: documents.iter().map(|text| (text.id, text.title.clone())).collect(),
        parties: parties.iter().map(|party| (party.id, party.clone())).collect(),
        bodies: bodies.iter().map(|body| (body.id, body.clone())).collect(),
    };
    made.extend(parties.into_iter().map(of_party));
    made.extend(bodies.into_iter().map(of_body));
    made.extend(all::<theme::Entity>(txn).await?.into_iter().map(of_theme));
    made.extend(all::<source::Entity>(txn).await?.into_iter().map(of_source));
    made.extend(documents.into_iter().map(of_document));
    let provisions = all::<provision::Entity>(txn).await?;
    made.extend(provisions.into_iter().map(|provision| of_provision(provision, &others)));
    let memberships = all::<membership::Entity>(txn).await?;
    made.extend(memberships.into_iter().map(|membership| of_membership(membership, &others)));
    made.extend(chair_terms(txn, &others).await?);
    made.extend(self::events(txn, events, &others).await?);
    made.extend(initiatives(txn, &others).await?);
    made.extend(work_programmes(txn, programmes).await?);
    made.extend(contributions(txn, &others).await?);
    let claims = all::<claim::Entity>(txn).await?;
    made.extend(claims.into_iter().map(|claim| of_claim(claim, &others)));
    Ok(made)
}

fn of_party(party: party::Model) -> Document {
    let names = party.official_name.into_iter().filter(|official| *official != party.name);
    let told = Told {
        names: names.chain(party.aliases.0).chain([party.code.as_str().to_owned()]).collect(),
        title: party.name,
        standing: standing::PARTY,
        ..Told::default()
    };
    document(party.id, party.slug.as_str(), told)
}

fn of_body(body: body::Model) -> Document {
    let told = Told {
        title: body.name,
        names: body.acronym.into_iter().chain(body.aliases.0).collect(),
        text: Some(body.summary),
        standing: standing::BODY,
        ..Told::default()
    };
    document(body.id, body.slug.as_str(), told)
}

fn of_theme(theme: theme::Model) -> Document {
    let told = Told {
        title: theme.name,
        names: theme.aliases.0,
        text: Some(theme.summary),
        standing: standing::THEME,
        ..Told::default()
    };
    document(theme.id, theme.slug.as_str(), told)
}

fn of_source(source: source::Model) -> Document {
    let told = Told {
        title: source.title,
        context: source
            .publisher
            .into_iter()
            .chain(years(source.published.as_ref(), None))
            .collect(),
        standing: standing::SOURCE,
        ..Told::default()
    };
    document(source.id, source.slug.as_str(), told)
}

fn of_document(text: document::Model) -> Document {
    let told = Told {
        title: text.title,
        context: [spoken(text.kind)]
            .into_iter()
            .chain(years(text.adopted.as_ref(), None))
            .collect(),
        text: Some(text.summary),
        standing: standing::DOCUMENT,
        ..Told::default()
    };
    document(text.id, text.slug.as_str(), told)
}

fn of_provision(provision: provision::Model, others: &Others) -> Document {
    let of = others.documents.get(&provision.document_id).map_or("", String::as_str);
    let told = Told {
        title: format!("{of}, {}", provision.path),
        context: vec![spoken(provision.kind)],
        text: Some(provision.summary),
        standing: standing::PROVISION,
        ..Told::default()
    };
    document(provision.id, provision.slug.as_str(), told)
}

fn of_membership(membership: membership::Model, others: &Others) -> Document {
    let (body, party) = (membership.body_id, membership.party_id);
    let mut context = others.body_names(body);
    context.extend(others.party_names(party));
    context.extend(years(membership.start.as_ref(), membership.end.as_ref()));
    let role = spoken(membership.role);
    let told = Told {
        title: format!("{}, {role} of the {}", others.party(party), others.body(body)),
        context,
        standing: standing::MEMBERSHIP,
        ..Told::default()
    };
    document(membership.id, membership.slug.as_str(), told)
}

async fn chair_terms(txn: &DatabaseTransaction, others: &Others) -> Result<Vec<Document>, DbErr> {
    let seats = chair_seat::Entity::find().order_by_asc(chair_seat::Column::Seat).all(txn).await?;
    let seats = by_owner(seats.into_iter().map(|seat| (seat.chair_term_id, seat.party_id)));
    let terms = all::<chair_term::Entity>(txn).await?;
    Ok(terms
        .into_iter()
        .map(|term| {
            let chairs = seats.get(&term.id).map_or(&[][..], Vec::as_slice);
            let names: Vec<&str> = chairs.iter().map(|party| others.party(*party)).collect();
            let mut context = others.body_names(term.body_id);
            context.extend(chairs.iter().flat_map(|party| others.party_names(*party)));
            let body = others.body(term.body_id);
            let told = Told {
                title: format!("Co-chairs of the {body}, {}: {}", term.cycle, names.join(" and ")),
                context,
                standing: standing::CHAIR_TERM,
                ..Told::default()
            };
            document(term.id, term.slug.as_str(), told)
        })
        .collect())
}

async fn events(
    txn: &DatabaseTransaction,
    events: Vec<event::Model>,
    others: &Others,
) -> Result<Vec<Document>, DbErr> {
    use event_party::EventRole::{CoHost, Host};
    let parts = event_party::Entity::find()
        .order_by_asc(event_party::Column::Role)
        .order_by_asc(event_party::Column::Position)
        .all(txn)
        .await?;
    let hosts = by_owner(
        parts
            .into_iter()
            .filter(|part| matches!(part.role, Host | CoHost))
            .map(|part| (part.event_id, part.party_id)),
    );
    Ok(events
        .into_iter()
        .map(|event| {
            let mut places: Vec<i32> = event.country_id.into_iter().collect();
            places.extend(hosts.get(&event.id).into_iter().flatten());
            let mut seen = BTreeSet::new();
            places.retain(|party| seen.insert(*party));
            let mut context: Vec<String> = event.city.into_iter().collect();
            context.extend(places.into_iter().flat_map(|party| others.party_names(party)));
            context.extend(event.body_id.into_iter().flat_map(|body| others.body_names(body)));
            context.push(spoken(event.kind));
            context.extend(years(Some(&event.start), event.end.as_ref()));
            let short = event.body_id.and_then(|body| others.shortened(&event.title, body));
            let told = Told {
                names: short.into_iter().filter(|short| *short != event.title).collect(),
                title: event.title,
                context,
                text: Some(event.summary),
                standing: standing::EVENT,
            };
            document(event.id, event.slug.as_str(), told)
        })
        .collect())
}

async fn initiatives(txn: &DatabaseTransaction, others: &Others) -> Result<Vec<Document>, DbErr> {
    let proposers = initiative_proposer::Entity::find()
        .order_by_asc(initiative_proposer::Column::Position)
        .all(txn)
        .await?;
    let proposers = by_owner(proposers.into_iter().map(|link| (link.initiative_id, link.party_id)));
    let initiatives = all::<initiative::Entity>(txn).await?;
    Ok(initiatives
        .into_iter()
        .map(|initiative| {
            let by = proposers.get(&initiative.id).into_iter().flatten();
            let mut context: Vec<String> =
                by.flat_map(|party| others.party_names(*party)).collect();
            context.extend(years(initiative.started.as_ref(), None));
            let told = Told {
                title: initiative.name,
                names: initiative.acronym.into_iter().chain(initiative.aliases.0).collect(),
                context,
                text: Some(initiative.summary),
                standing: standing::INITIATIVE,
            };
            document(initiative.id, initiative.slug.as_str(), told)
        })
        .collect())
}

async fn work_programmes(
    txn: &DatabaseTransaction,
    programmes: Vec<work_programme::Model>,
) -> Result<Vec<Document>, DbErr> {
    let areas =
        work_area::Entity::find().order_by_asc(work_area::Column::Position).all(txn).await?;
    let areas = by_owner(areas.into_iter().map(|area| {
        let said = match area.summary {
            Some(summary) => format!("{}: {summary}", area.name),
            None => area.name,
        };
        (area.programme_id, said)
    }));
    Ok(programmes
        .into_iter()
        .map(|programme| {
            let told = Told {
                title: programme.title,
                context: years(Some(&programme.start), programme.end.as_ref()),
                text: areas.get(&programme.id).map(|areas| areas.join(" ")),
                standing: standing::WORK_PROGRAMME,
                ..Told::default()
            };
            document(programme.id, programme.slug.as_str(), told)
        })
        .collect())
}

async fn contributions(txn: &DatabaseTransaction, others: &Others) -> Result<Vec<Document>, DbErr> {
    let beneficiaries = contribution_beneficiary::Entity::find()
        .order_by_asc(contribution_beneficiary::Column::Position)
        .all(txn)
        .await?;
    let beneficiaries =
        by_owner(beneficiaries.into_iter().map(|link| (link.contribution_id, link.party_id)));
    let contributions = all::<contribution::Entity>(txn).await?;
    Ok(contributions
        .into_iter()
        .map(|contribution| {
            let mut context = others.party_names(contribution.partner_id);
            let given = beneficiaries.get(&contribution.id).into_iter().flatten();
            context.extend(given.flat_map(|party| others.party_names(*party)));
            context.push(spoken(contribution.kind));
            context.extend(years(contribution.start.as_ref(), contribution.end.as_ref()));
            let told = Told {
                title: contribution.title,
                context,
                text: Some(contribution.summary),
                standing: match contribution.derived {
                    true => standing::DERIVED,
                    false => standing::CONTRIBUTION,
                },
                ..Told::default()
            };
            document(contribution.id, contribution.slug.as_str(), told)
        })
        .collect())
}

fn of_claim(claim: claim::Model, others: &Others) -> Document {
    let mut context = others.party_names(claim.subject_id);
    context.extend(others.body_names(claim.subject_id));
    context.extend(others.titles.get(&claim.subject_id).cloned());
    context.extend(years(claim.start.as_ref(), claim.end.as_ref()));
    let told = Told {
        title: claim.measure,
        context,
        text: Some(claim.statement),
        standing: standing::CLAIM,
        ..Told::default()
    };
    document(claim.id, claim.slug.as_str(), told)
}
