//! Converts the records of a dataset to table rows and writes them.

use std::collections::HashMap;

use chrono::NaiveDate;
use entities::{
    EdtfDate, Names, PartyCode, Slug, body, chair_seat, chair_term, citation, claim, contribution,
    contribution_beneficiary, document, event, event_party, initiative, initiative_proposer,
    membership, party, provision, provision_body, provision_document, record::RecordKind,
    record_theme, slug_alias, source, span, theme, work_area, work_programme,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait,
    IntoActiveModel, Iterable, PrimaryKeyToColumn, QueryFilter, QuerySelect, sea_query::OnConflict,
};

use super::{
    CHUNK, Progress,
    plan::{Ids, Plan},
};
use crate::dataset::{
    Record,
    record::{Content, Period, WorkAreaKey},
};

/// The rows that an import writes, by table.
#[derive(Default)]
struct Rows {
    sources: Vec<source::ActiveModel>,
    parties: Vec<party::ActiveModel>,
    bodies: Vec<body::ActiveModel>,
    themes: Vec<theme::ActiveModel>,
    memberships: Vec<membership::ActiveModel>,
    chair_terms: Vec<chair_term::ActiveModel>,
    chair_seats: Vec<chair_seat::ActiveModel>,
    events: Vec<event::ActiveModel>,
    event_parties: Vec<event_party::ActiveModel>,
    documents: Vec<document::ActiveModel>,
    provisions: Vec<provision::ActiveModel>,
    provision_bodies: Vec<provision_body::ActiveModel>,
    provision_documents: Vec<provision_document::ActiveModel>,
    initiatives: Vec<initiative::ActiveModel>,
    initiative_proposers: Vec<initiative_proposer::ActiveModel>,
    work_programmes: Vec<work_programme::ActiveModel>,
    work_areas: Vec<work_area::ActiveModel>,
    /// With the work area, whose primary key is only known after it is written.
    contributions: Vec<(contribution::ActiveModel, Option<WorkAreaKey>)>,
    beneficiaries: Vec<contribution_beneficiary::ActiveModel>,
    claims: Vec<claim::ActiveModel>,
    themings: Vec<record_theme::ActiveModel>,
    citations: Vec<citation::ActiveModel>,
    aliases: Vec<slug_alias::ActiveModel>,
}

/// Writes the rows of all created and updated records.
pub(super) async fn write(
    txn: &DatabaseTransaction,
    plan: &Plan<'_>,
    ids: &Ids,
    progress: &dyn Progress,
) -> Result<(), DbErr> {
    let mut rows = Rows::default();
    for record in
        plan.created.iter().copied().chain(plan.updated.iter().map(|update| update.record))
    {
        rows.add(record, ids);
    }
    for update in &plan.updated {
        if let Some(slug) = &update.renamed_from
            && !update.record.former_slugs.contains(slug)
        {
            rows.aliases.push(slug_alias::ActiveModel {
                slug: Set(slug.clone()),
                record_id: Set(update.id),
            });
        }
    }
    unlink(txn, plan).await?;
    progress.begin(rows.count());
    rows.write(txn, ids, progress).await?;
    drop_areas(txn, plan, ids).await?;
    progress.end();
    Ok(())
}

/// Deletes the link rows of updated records, which are then inserted again.
async fn unlink(txn: &DatabaseTransaction, plan: &Plan<'_>) -> Result<(), DbErr> {
    async fn of<E: EntityTrait>(
        txn: &DatabaseTransaction,
        owner: E::Column,
        ids: &[i32],
    ) -> Result<(), DbErr> {
        E::delete_many().filter(owner.is_in(ids.iter().copied())).exec(txn).await?;
        Ok(())
    }
    let ids: Vec<i32> = plan.updated.iter().map(|update| update.id).collect();
    for ids in ids.chunks(CHUNK) {
        of::<citation::Entity>(txn, citation::Column::RecordId, ids).await?;
        of::<record_theme::Entity>(txn, record_theme::Column::RecordId, ids).await?;
        of::<chair_seat::Entity>(txn, chair_seat::Column::ChairTermId, ids).await?;
        of::<event_party::Entity>(txn, event_party::Column::EventId, ids).await?;
        of::<provision_body::Entity>(txn, provision_body::Column::ProvisionId, ids).await?;
        of::<provision_document::Entity>(txn, provision_document::Column::ProvisionId, ids).await?;
        of::<initiative_proposer::Entity>(txn, initiative_proposer::Column::InitiativeId, ids)
            .await?;
        of::<contribution_beneficiary::Entity>(
            txn,
            contribution_beneficiary::Column::ContributionId,
            ids,
        )
        .await?;
    }
    Ok(())
}

/// Deletes the work areas that updated work programmes no longer have.
async fn drop_areas(txn: &DatabaseTransaction, plan: &Plan<'_>, ids: &Ids) -> Result<(), DbErr> {
    for update in &plan.updated {
        if let Content::WorkProgramme(programme) = &update.record.content {
            work_area::Entity::delete_many()
                .filter(work_area::Column::ProgrammeId.eq(ids[&update.record.slug]))
                .filter(
                    work_area::Column::Name
                        .is_not_in(programme.areas.iter().map(|area| area.name.as_str())),
                )
                .exec(txn)
                .await?;
        }
    }
    Ok(())
}

/// Deletes the rows of removed records, the referencing tables first.
pub(super) async fn delete(txn: &DatabaseTransaction, plan: &Plan<'_>) -> Result<(), DbErr> {
    async fn of<E: EntityTrait>(
        txn: &DatabaseTransaction,
        key: E::Column,
        plan: &Plan<'_>,
        kind: RecordKind,
    ) -> Result<(), DbErr> {
        let ids: Vec<i32> = plan
            .removed
            .iter()
            .filter(|removal| removal.kind == kind)
            .map(|removal| removal.id)
            .collect();
        for ids in ids.chunks(CHUNK) {
            E::delete_many().filter(key.is_in(ids.iter().copied())).exec(txn).await?;
        }
        Ok(())
    }
    use RecordKind::*;
    of::<claim::Entity>(txn, claim::Column::Id, plan, Claim).await?;
    of::<contribution::Entity>(txn, contribution::Column::Id, plan, Contribution).await?;
    of::<chair_term::Entity>(txn, chair_term::Column::Id, plan, ChairTerm).await?;
    of::<membership::Entity>(txn, membership::Column::Id, plan, Membership).await?;
    of::<provision::Entity>(txn, provision::Column::Id, plan, Provision).await?;
    of::<work_programme::Entity>(txn, work_programme::Column::Id, plan, WorkProgramme).await?;
    of::<initiative::Entity>(txn, initiative::Column::Id, plan, Initiative).await?;
    of::<document::Entity>(txn, document::Column::Id, plan, Document).await?;
    of::<event::Entity>(txn, event::Column::Id, plan, Event).await?;
    of::<theme::Entity>(txn, theme::Column::Id, plan, Theme).await?;
    of::<body::Entity>(txn, body::Column::Id, plan, Body).await?;
    of::<party::Entity>(txn, party::Column::Id, plan, Party).await?;
    of::<source::Entity>(txn, source::Column::Id, plan, Source).await
}

/// The primary key of a referenced record. The dataset is valid, so the record exists.
fn key(ids: &Ids, slug: &str) -> i32 {
    *ids.get(slug).expect("a valid dataset has no dangling references")
}

fn keys<'i>(ids: &'i Ids, slugs: &'i [String]) -> impl Iterator<Item = (i32, i32)> + 'i {
    slugs.iter().zip(0..).map(|(slug, position)| (key(ids, slug), position))
}

fn slug(text: &str) -> Slug {
    text.parse().expect("a valid dataset has only valid slugs")
}

/// The first and the last day that a date can mean.
fn days(date: Option<&EdtfDate>) -> (Option<NaiveDate>, Option<NaiveDate>) {
    (date.map(EdtfDate::first_day), date.map(EdtfDate::last_day))
}

/// The start of a period, and the first and the last day that it can cover. Validation requires the start.
fn dated(period: &Period) -> (EdtfDate, NaiveDate, NaiveDate) {
    let start = period.start.clone().expect("a valid dataset has a start where one is required");
    let (first_day, last_day) =
        span(Some(&start), period.end.as_ref()).expect("there is a start, so there is a span");
    (start, first_day, last_day)
}

impl Rows {
    fn add(&mut self, record: &Record, ids: &Ids) {
        let id = key(ids, &record.slug);
        let note = record.note.clone();
        self.themings.extend(keys(ids, &record.themes).map(|(theme_id, position)| {
            record_theme::Model { record_id: id, theme_id, position }.into_active_model()
        }));
        self.citations.extend(record.citations.iter().zip(0..).map(|(citation, position)| {
            citation::ActiveModel {
                record_id: Set(id),
                position: Set(position),
                source_id: Set(key(ids, &citation.source)),
                locator: Set(citation.locator.clone()),
                ..Default::default()
            }
        }));
        self.aliases.extend(
            record.former_slugs.iter().map(|slug| slug_alias::ActiveModel {
                slug: Set(slug.clone()),
                record_id: Set(id),
            }),
        );
        let optional = |slug: &Option<String>| slug.as_deref().map(|slug| key(ids, slug));
        match &record.content {
            Content::Party(party) => {
                let code: PartyCode =
                    record.slug.parse().expect("a valid dataset has only valid codes");
                self.parties.push(
                    party::Model {
                        id,
                        slug: code.clone(),
                        code,
                        name: party.name.clone(),
                        official_name: party.official_name.clone(),
                        kind: party.kind,
                        aliases: Names(party.aliases.clone()),
                    }
                    .into_active_model(),
                );
            }
            Content::Theme(theme) => self.themes.push(
                theme::Model {
                    id,
                    slug: slug(&record.slug),
                    name: theme.name.clone(),
                    summary: theme.summary.clone(),
                    aliases: Names(theme.aliases.clone()),
                    parent_id: optional(&theme.parent),
                    working_group_id: optional(&theme.working_group),
                }
                .into_active_model(),
            ),
            Content::Source(source) => {
                let (first_day, last_day) = days(source.published.as_ref());
                self.sources.push(
                    source::Model {
                        id,
                        slug: slug(&record.slug),
                        title: source.title.clone(),
                        kind: source.kind,
                        published: source.published.clone(),
                        first_day,
                        last_day,
                        url: source.url.clone(),
                        publisher: source.publisher.clone(),
                        note,
                    }
                    .into_active_model(),
                );
            }
            Content::Body(body) => {
                let (first_day, last_day) = days(body.established.as_ref());
                self.bodies.push(
                    body::Model {
                        id,
                        slug: slug(&record.slug),
                        name: body.name.clone(),
                        acronym: body.acronym.clone(),
                        kind: body.kind,
                        parent_id: optional(&body.parent),
                        established: body.established.clone(),
                        first_day,
                        last_day,
                        aliases: Names(body.aliases.clone()),
                        summary: body.summary.clone(),
                        note,
                    }
                    .into_active_model(),
                );
            }
            Content::Membership(membership) => {
                let Period { start, end } = membership.period.clone();
                self.memberships.push(
                    membership::Model {
                        id,
                        slug: slug(&record.slug),
                        body_id: key(ids, &membership.body),
                        party_id: key(ids, &membership.party),
                        role: membership.role,
                        first_day: start.as_ref().map(EdtfDate::first_day),
                        last_day: end.as_ref().map(EdtfDate::last_day),
                        start,
                        end,
                        note,
                    }
                    .into_active_model(),
                );
            }
            Content::ChairTerm(term) => {
                let (start, first_day, last_day) = dated(&term.period);
                self.chair_terms.push(
                    chair_term::Model {
                        id,
                        slug: slug(&record.slug),
                        body_id: key(ids, &term.body),
                        cycle: term.cycle.clone(),
                        start,
                        end: term.period.end.clone(),
                        first_day,
                        last_day,
                        confidence: term.confidence,
                        note,
                    }
                    .into_active_model(),
                );
                let seats = [
                    (chair_seat::Seat::Asean, &term.asean_co_chair),
                    (chair_seat::Seat::Plus, &term.plus_co_chair),
                ];
                self.chair_seats.extend(seats.into_iter().filter_map(|(seat, party)| {
                    let party_id = optional(party)?;
                    Some(
                        chair_seat::Model { chair_term_id: id, seat, party_id }.into_active_model(),
                    )
                }));
            }
            Content::Event(event) => {
                let (start, first_day, last_day) = dated(&event.period);
                self.events.push(
                    event::Model {
                        id,
                        slug: slug(&record.slug),
                        title: event.title.clone(),
                        kind: event.kind,
                        body_id: optional(&event.body),
                        ordinal: event.ordinal,
                        start,
                        end: event.period.end.clone(),
                        first_day,
                        last_day,
                        city: event.city.clone(),
                        country_id: optional(&event.country),
                        format: event.format,
                        participant_count: event.participant_count,
                        planned: event.planned,
                        summary: event.summary.clone(),
                        confidence: event.confidence,
                        note,
                    }
                    .into_active_model(),
                );
                use event_party::EventRole::*;
                let roles = [
                    (Host, &event.hosts),
                    (CoHost, &event.co_hosts),
                    (Chair, &event.chairs),
                    (CoChair, &event.co_chairs),
                    (Participant, &event.participants),
                    (Observer, &event.observers),
                ];
                for (role, parties) in roles {
                    self.event_parties.extend(keys(ids, parties).map(|(party_id, position)| {
                        event_party::Model { event_id: id, role, party_id, position }
                            .into_active_model()
                    }));
                }
            }
            Content::Document(document) => {
                let (first_day, last_day) = days(document.adopted.as_ref());
                self.documents.push(
                    document::Model {
                        id,
                        slug: slug(&record.slug),
                        title: document.title.clone(),
                        kind: document.kind,
                        adopted: document.adopted.clone(),
                        first_day,
                        last_day,
                        adopted_at_id: optional(&document.adopted_at),
                        presented_at_id: optional(&document.presented_at),
                        url: document.url.clone(),
                        summary: document.summary.clone(),
                        note,
                    }
                    .into_active_model(),
                );
            }
            Content::Provision(provision) => {
                self.provisions.push(
                    provision::Model {
                        id,
                        slug: slug(&record.slug),
                        document_id: key(ids, &provision.document),
                        kind: provision.kind,
                        position: provision.position,
                        path: provision.path.clone(),
                        summary: provision.summary.clone(),
                        note,
                    }
                    .into_active_model(),
                );
                self.provision_bodies.extend(keys(ids, &provision.mechanisms).map(
                    |(body_id, position)| {
                        provision_body::Model { provision_id: id, body_id, position }
                            .into_active_model()
                    },
                ));
                self.provision_documents.extend(keys(ids, &provision.instruments).map(
                    |(document_id, position)| {
                        provision_document::Model { provision_id: id, document_id, position }
                            .into_active_model()
                    },
                ));
            }
            Content::Initiative(initiative) => {
                let (first_day, last_day) = days(initiative.started.as_ref());
                self.initiatives.push(
                    initiative::Model {
                        id,
                        slug: slug(&record.slug),
                        name: initiative.name.clone(),
                        acronym: initiative.acronym.clone(),
                        framework: initiative.framework,
                        status: initiative.status,
                        started: initiative.started.clone(),
                        first_day,
                        last_day,
                        adopted_at_id: optional(&initiative.adopted_at),
                        aliases: Names(initiative.aliases.clone()),
                        summary: initiative.summary.clone(),
                        note,
                    }
                    .into_active_model(),
                );
                self.initiative_proposers.extend(keys(ids, &initiative.proposed_by).map(
                    |(party_id, position)| {
                        initiative_proposer::Model { initiative_id: id, party_id, position }
                            .into_active_model()
                    },
                ));
            }
            Content::WorkProgramme(programme) => {
                let (start, first_day, last_day) = dated(&programme.period);
                self.work_programmes.push(
                    work_programme::Model {
                        id,
                        slug: slug(&record.slug),
                        title: programme.title.clone(),
                        start,
                        end: programme.period.end.clone(),
                        first_day,
                        last_day,
                        adopted_at_id: optional(&programme.adopted_at),
                        note,
                    }
                    .into_active_model(),
                );
                self.work_areas.extend(programme.areas.iter().zip(1..).map(|(area, position)| {
                    work_area::ActiveModel {
                        programme_id: Set(id),
                        position: Set(position),
                        name: Set(area.name.clone()),
                        theme_id: Set(optional(&area.theme)),
                        summary: Set(area.summary.clone()),
                        ..Default::default()
                    }
                }));
            }
            Content::Contribution(contribution) => {
                let Period { start, end } = contribution.period.clone();
                let (first_day, last_day) = span(start.as_ref(), end.as_ref()).unzip();
                let amount = contribution.amount.as_ref();
                self.contributions.push((
                    contribution::Model {
                        id,
                        slug: slug(&record.slug),
                        title: contribution.title.clone(),
                        kind: contribution.kind,
                        partner_id: key(ids, &contribution.partner),
                        start,
                        end,
                        first_day,
                        last_day,
                        amount_value: amount.map(|amount| amount.value),
                        amount_currency: amount.map(|amount| amount.currency.clone()),
                        event_id: optional(&contribution.event),
                        body_id: optional(&contribution.body),
                        initiative_id: optional(&contribution.initiative),
                        work_area_id: None,
                        chair_term_id: optional(&contribution.chair_term),
                        derived: contribution.derived,
                        summary: contribution.summary.clone(),
                        confidence: contribution.confidence,
                        note,
                    }
                    .into_active_model(),
                    contribution.work_area.clone(),
                ));
                self.beneficiaries.extend(keys(ids, &contribution.beneficiaries).map(
                    |(party_id, position)| {
                        contribution_beneficiary::Model { contribution_id: id, party_id, position }
                            .into_active_model()
                    },
                ));
            }
            Content::Claim(claim) => {
                let Period { start, end } = claim.period.clone();
                let (first_day, last_day) = span(start.as_ref(), end.as_ref()).unzip();
                self.claims.push(
                    claim::Model {
                        id,
                        slug: slug(&record.slug),
                        subject_id: key(ids, &claim.subject),
                        measure: claim.measure.clone(),
                        value: claim.value,
                        unit: claim.unit.clone(),
                        start,
                        end,
                        first_day,
                        last_day,
                        statement: claim.statement.clone(),
                        note,
                    }
                    .into_active_model(),
                );
            }
        }
    }

    fn count(&self) -> usize {
        self.sources.len()
            + self.parties.len()
            + self.bodies.len()
            + self.themes.len()
            + self.memberships.len()
            + self.chair_terms.len()
            + self.chair_seats.len()
            + self.events.len()
            + self.event_parties.len()
            + self.documents.len()
            + self.provisions.len()
            + self.provision_bodies.len()
            + self.provision_documents.len()
            + self.initiatives.len()
            + self.initiative_proposers.len()
            + self.work_programmes.len()
            + self.work_areas.len()
            + self.contributions.len()
            + self.beneficiaries.len()
            + self.claims.len()
            + self.themings.len()
            + self.citations.len()
            + self.aliases.len()
    }

    async fn write(
        self,
        txn: &DatabaseTransaction,
        ids: &Ids,
        progress: &dyn Progress,
    ) -> Result<(), DbErr> {
        records(txn, self.sources, progress).await?;
        records(txn, self.parties, progress).await?;
        records(txn, self.bodies, progress).await?;
        records(txn, self.themes, progress).await?;
        records(txn, self.memberships, progress).await?;
        records(txn, self.chair_terms, progress).await?;
        links(txn, self.chair_seats, progress).await?;
        records(txn, self.events, progress).await?;
        links(txn, self.event_parties, progress).await?;
        records(txn, self.documents, progress).await?;
        records(txn, self.provisions, progress).await?;
        links(txn, self.provision_bodies, progress).await?;
        links(txn, self.provision_documents, progress).await?;
        records(txn, self.initiatives, progress).await?;
        links(txn, self.initiative_proposers, progress).await?;
        records(txn, self.work_programmes, progress).await?;
        areas(txn, self.work_areas, progress).await?;
        let area_ids = area_ids(txn).await?;
        let contributions = self.contributions.into_iter().map(|(mut contribution, area)| {
            if let Some(area) = area {
                contribution.work_area_id =
                    Set(Some(area_ids[&(key(ids, &area.programme), area.name)]));
            }
            contribution
        });
        records(txn, contributions.collect(), progress).await?;
        links(txn, self.beneficiaries, progress).await?;
        records(txn, self.claims, progress).await?;
        links(txn, self.themings, progress).await?;
        links(txn, self.citations, progress).await?;
        links(txn, self.aliases, progress).await
    }
}

/// Inserts or updates the rows of records (upsert).
async fn records<A>(
    txn: &DatabaseTransaction,
    rows: Vec<A>,
    progress: &dyn Progress,
) -> Result<(), DbErr>
where
    A: ActiveModelTrait + Send,
{
    let keys: Vec<_> =
        <A::Entity as EntityTrait>::PrimaryKey::iter().map(|key| key.into_column()).collect();
    let rest = <A::Entity as EntityTrait>::Column::iter()
        .filter(|column| keys.iter().all(|key| format!("{key:?}") != format!("{column:?}")));
    let over = OnConflict::columns(keys.clone()).update_columns(rest).to_owned();
    for chunk in rows.chunks(CHUNK) {
        <A::Entity as EntityTrait>::insert_many(chunk.iter().cloned())
            .on_conflict(over.clone())
            .exec_without_returning(txn)
            .await?;
        progress.advance(chunk.len());
    }
    Ok(())
}

/// Inserts link rows. The previous ones are already deleted.
async fn links<A>(
    txn: &DatabaseTransaction,
    rows: Vec<A>,
    progress: &dyn Progress,
) -> Result<(), DbErr>
where
    A: ActiveModelTrait + Send,
{
    for chunk in rows.chunks(CHUNK) {
        <A::Entity as EntityTrait>::insert_many(chunk.iter().cloned())
            .exec_without_returning(txn)
            .await?;
        progress.advance(chunk.len());
    }
    Ok(())
}

/// Inserts or updates work areas. An area with the same programme and name keeps its primary key.
async fn areas(
    txn: &DatabaseTransaction,
    rows: Vec<work_area::ActiveModel>,
    progress: &dyn Progress,
) -> Result<(), DbErr> {
    use work_area::Column::{Name, Position, ProgrammeId, Summary, ThemeId};
    let over = OnConflict::columns([ProgrammeId, Name])
        .update_columns([Position, ThemeId, Summary])
        .to_owned();
    for chunk in rows.chunks(CHUNK) {
        work_area::Entity::insert_many(chunk.iter().cloned())
            .on_conflict(over.clone())
            .exec_without_returning(txn)
            .await?;
        progress.advance(chunk.len());
    }
    Ok(())
}

async fn area_ids(txn: &DatabaseTransaction) -> Result<HashMap<(i32, String), i32>, DbErr> {
    use work_area::Column::{Id, Name, ProgrammeId};
    let rows: Vec<(i32, String, i32)> = work_area::Entity::find()
        .select_only()
        .columns([ProgrammeId, Name, Id])
        .into_tuple()
        .all(txn)
        .await?;
    Ok(rows.into_iter().map(|(programme, name, id)| ((programme, name), id)).collect())
}
