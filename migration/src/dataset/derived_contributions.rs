//! Derives contributions from other records: hosting from events, co-chairing from chair terms.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use entities::{contribution::ContributionKind, event::EventStatus, membership::MembershipRole};

use super::record::{
    Body, Chair, ChairTerm, Content, Contribution, Derived, DerivedStatus, Event, PartialPeriod,
    Party, Record, SlugOf,
};

/// The body whose members are the ASEAN member states.
const ASEAN: &str = "asean";

/// The periods in which each party was a member of ASEAN.
pub(super) struct AseanMembers<'r>(HashMap<&'r str, Vec<&'r PartialPeriod>>);

impl<'r> AseanMembers<'r> {
    pub(super) fn of(records: impl Iterator<Item = &'r Record>) -> Self {
        let mut members: HashMap<&str, Vec<&PartialPeriod>> = HashMap::new();
        for record in records {
            if let Content::Membership(membership) = &record.content
                && &*membership.body == ASEAN
                && membership.role == MembershipRole::Member
            {
                members.entry(&membership.party).or_default().push(&membership.period.0);
            }
        }
        Self(members)
    }

    /// Whether a party is ASEAN itself, or was one of its member states on a day.
    pub(super) fn is_inside(&self, party: &str, day: NaiveDate) -> bool {
        let covers = |period: &&PartialPeriod| {
            period.start.as_ref().is_none_or(|start| start.first_day() <= day)
                && period.end.as_ref().is_none_or(|end| day <= end.last_day())
        };
        party == "ASEAN" || self.0.get(party).is_some_and(|periods| periods.iter().any(covers))
    }
}

/// The derived contributions: one for each event and host from outside ASEAN, and one for each
/// chair term and chair from outside ASEAN. A hosting has the status of its event. A recorded
/// contribution of the same partner and kind for the same event or chair term replaces the derived
/// one.
pub(super) fn contributions(records: &[Record]) -> Vec<Record> {
    let asean = AseanMembers::of(records.iter());
    let bodies: HashMap<&str, (&Record, &Body)> = records
        .iter()
        .filter_map(|record| match &record.content {
            Content::Body(body) => Some((record.slug.as_str(), (record, body))),
            _ => None,
        })
        .collect();
    let recorded: HashSet<(&str, &str)> = records
        .iter()
        .filter_map(|record| match &record.content {
            Content::Contribution(contribution) => Some(contribution),
            _ => None,
        })
        .filter_map(|contribution| {
            let act = match contribution.kind {
                ContributionKind::Hosting => contribution.event.as_deref(),
                ContributionKind::CoChairing => contribution.chair_term.as_deref(),
                _ => None,
            };
            Some((act?, &*contribution.partner))
        })
        .collect();
    let mut derived = Vec::new();
    for record in records {
        match &record.content {
            Content::Event(event) => {
                let day = event.period.start.first_day();
                for host in event.hosts.iter().chain(&event.co_hosts) {
                    if !asean.is_inside(host, day)
                        && !recorded.contains(&(record.slug.as_str(), &**host))
                    {
                        derived.push(hosting(record, event, host));
                    }
                }
            }
            Content::ChairTerm(term) => {
                let day = term.period.start.first_day();
                let body = bodies[&*term.body];
                for Chair(chair) in term.asean_co_chair.iter().chain(&term.plus_co_chair) {
                    if !asean.is_inside(chair, day)
                        && !recorded.contains(&(record.slug.as_str(), &**chair))
                    {
                        derived.push(co_chairing(record, term, chair, body));
                    }
                }
            }
            _ => {}
        }
    }
    derived
}

fn hosting(record: &Record, event: &Event, host: &SlugOf<Party>) -> Record {
    let with = if event.hosts.len() + event.co_hosts.len() > 1 { "Co-hosting" } else { "Hosting" };
    Record {
        slug: slug("hosting", &record.slug, host),
        content: Content::Contribution(Contribution {
            title: format!("{with} of the {}", event.title),
            kind: ContributionKind::Hosting,
            partner: host.clone(),
            period: event.period.clone().into(),
            amount: None,
            beneficiaries: Vec::new(),
            event: Some(record.slug.clone().into()),
            body: event.bodies.first().cloned(),
            initiative: None,
            work_area: None,
            chair_term: None,
            derived: Derived(true),
            status: DerivedStatus(event.status),
            summary: format!("Follows from the hosts of the event: {}", event.summary),
            confidence: event.confidence.clone(),
        }),
        themes: record.themes.clone(),
        note: None,
        citations: record.citations.clone(),
        former_slugs: former_slugs("hosting", record, host),
    }
}

fn co_chairing(
    record: &Record,
    term: &ChairTerm,
    chair: &SlugOf<Party>,
    (body_record, body): (&Record, &Body),
) -> Record {
    Record {
        slug: slug("co-chairing", &record.slug, chair),
        content: Content::Contribution(Contribution {
            title: format!("Co-chairing of the {}, {}", body.name, term.cycle),
            kind: ContributionKind::CoChairing,
            partner: chair.clone(),
            period: term.period.clone().into(),
            amount: None,
            beneficiaries: Vec::new(),
            event: None,
            body: Some(term.body.clone()),
            initiative: None,
            work_area: None,
            chair_term: Some(record.slug.clone().into()),
            derived: Derived(true),
            status: DerivedStatus(EventStatus::Held),
            summary: "Follows from the seats of the chair term.".to_owned(),
            confidence: term.confidence.clone(),
        }),
        themes: body_record.themes.clone(),
        note: None,
        citations: record.citations.clone(),
        former_slugs: former_slugs("co-chairing", record, chair),
    }
}

fn slug(act: &str, of: &str, partner: &str) -> String {
    format!("{act}-{of}-{}", partner.to_lowercase())
}

/// The former slugs of a derived contribution, from the former slugs of its original record.
fn former_slugs(act: &str, record: &Record, partner: &str) -> Vec<String> {
    record.former_slugs.iter().map(|former| slug(act, former, partner)).collect()
}
