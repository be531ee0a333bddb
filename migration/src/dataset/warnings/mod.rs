//! What is probably a mistake although it is valid, across all records of a dataset. A record can
//! accept a warning with a reason.

mod events;
mod sources;

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use entities::{EdtfDate, contribution::ContributionKind, event::EventStatus};
use macro_rules_attribute::apply;

use super::{
    derived_contributions::AseanMembers,
    evidence::{self, Evidence},
    field::table,
    places::Gazetteer,
    problem::Problem,
    record::{Body, ChairTerm, Claim, Content, Contribution, Document, Event, Record, Source},
    toml_table::Location,
};
use events::days;

/// A warning that a record accepts.
#[apply(table)]
pub struct Acceptance {
    pub warning: String,
    pub reason: String,
}

/// A record with what a warning about it needs.
pub(super) struct Checked<'r> {
    pub record: &'r Record,
    pub place: &'r Location,
    pub accepted: &'r [Acceptance],
}

macro_rules! warnings {
    ($($(#[doc = $doc:literal])+ $name:ident = $id:literal;)*) => {
        /// A kind of warning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(super) enum Warning {
            $($(#[doc = $doc])+ $name,)*
        }

        impl Warning {
            const IDS: &'static [&'static str] = &[$($id,)*];

            /// The name that a record accepts it by.
            fn id(self) -> &'static str {
                match self {
                    $(Self::$name => $id,)*
                }
            }
        }
    };
}

warnings! {
    /// All sources of an event are older than the event.
    NotReported = "not-reported";
    /// An event after the period of the data is said to have been held.
    AfterReach = "after-reach";
    /// An event took place before its body existed, or after its end.
    BeforeBody = "before-body";
    /// Two events of a body are on the same day, or have the same number.
    TwinEvents = "twin-events";
    /// The co-chairs of an event are not those of the chair term.
    CoChairs = "co-chairs";
    /// The country of an event is not one of its hosts.
    HostAbroad = "host-abroad";
    /// An event that was held online has a place.
    VirtualPlace = "virtual-place";
    /// The city of an event is not in the gazetteer, or is there under another spelling.
    City = "city";
    /// The participants of a meeting lack its host or chair.
    OnlyPartner = "only-partner";
    /// A party is both a participant and an observer.
    ObserverTakesPart = "observer-takes-part";
    /// The number of an event follows from its neighbours in the series.
    MissingOrdinal = "missing-ordinal";
    /// The reason for a confidence is not needed.
    NeedlessConfidence = "needless-confidence";
    /// Two sources have one address, or one text.
    SameSource = "same-source";
    /// The address of a source is a number.
    BareAddress = "bare-address";
    /// The title of a source has a remark that belongs elsewhere.
    TitleRemark = "title-remark";
    /// An academic source has neither an author nor a container.
    NoAuthor = "no-author";
    /// A contribution repeats what is derived from an event or a chair term.
    HandWritten = "hand-written";
    /// An offer and its fulfilment both count.
    OfferAndHosting = "offer-and-hosting";
    /// A document is said to be adopted at an event that its texts say only discussed it.
    NotAdopted = "not-adopted";
    /// One claim is on record twice.
    TwinClaims = "twin-claims";
    /// `collected_until` is later than the sources reach.
    Reach = "reach";
    /// A record accepts a warning that it does not cause.
    NeedlessAcceptance = "needless-acceptance";
}

/// The warnings about a dataset. `reached` is `collected_until`.
pub(super) fn all(
    records: &[Checked<'_>],
    reached: (&EdtfDate, &Location),
    gazetteer: &Gazetteer<'_>,
) -> Vec<Problem> {
    let mut checks = Checks::new(records, reached.0);
    for checked in records {
        match &checked.record.content {
            Content::Event(event) => {
                checks.event(checked, event);
                checks.city(checked, event, gazetteer);
            }
            Content::Source(source) => checks.source(checked, source),
            Content::Contribution(contribution) => checks.contribution(checked, contribution),
            Content::Document(document) => checks.document(checked, document),
            _ => {}
        }
        checks.confidence(checked);
    }
    checks.twins();
    checks.ordinals();
    checks.sources();
    checks.claims();
    checks.reach(reached);
    checks.acceptances();
    checks.found
}

struct Checks<'r> {
    records: &'r [Checked<'r>],
    reached: NaiveDate,
    sources: HashMap<&'r str, &'r Source>,
    bodies: HashMap<&'r str, &'r Body>,
    events: HashMap<&'r str, &'r Event>,
    terms: Vec<&'r ChairTerm>,
    asean: AseanMembers<'r>,
    /// The warnings that records accepted and caused.
    accepted: HashSet<(&'r str, Warning)>,
    found: Vec<Problem>,
}

impl<'r> Checks<'r> {
    fn new(records: &'r [Checked<'r>], reached: &EdtfDate) -> Self {
        let all = || records.iter().map(|checked| checked.record);
        let mut checks = Self {
            records,
            reached: reached.last_day(),
            sources: evidence::sources(all()),
            bodies: HashMap::new(),
            events: HashMap::new(),
            terms: Vec::new(),
            asean: AseanMembers::of(all()),
            accepted: HashSet::new(),
            found: Vec::new(),
        };
        for record in all() {
            match &record.content {
                Content::Body(body) => drop(checks.bodies.insert(&record.slug, body)),
                Content::Event(event) => drop(checks.events.insert(&record.slug, event)),
                Content::ChairTerm(term) => checks.terms.push(term),
                _ => {}
            }
        }
        checks
    }

    fn warn(
        &mut self,
        checked: &Checked<'r>,
        warning: Warning,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        if checked.accepted.iter().any(|acceptance| acceptance.warning == warning.id()) {
            self.accepted.insert((&checked.record.slug, warning));
            return;
        }
        let message = format!("`{}`: {} [{}]", checked.record.slug, message.into(), warning.id());
        self.found.push(checked.place.problem(message, help));
    }

    fn contribution(&mut self, checked: &Checked<'r>, contribution: &'r Contribution) {
        let event = contribution.event.as_deref().and_then(|slug| self.events.get(slug).copied());
        let day = contribution.period.start.as_ref().map(EdtfDate::first_day);
        let is_host = event.is_some_and(|event| {
            let (first, _) = days(event);
            let is_outside = !self.asean.is_inside(&contribution.partner, day.unwrap_or(first));
            is_outside
                && event
                    .hosts
                    .iter()
                    .chain(&event.co_hosts)
                    .any(|host| *host == contribution.partner)
        });
        let is_chair =
            contribution.kind == ContributionKind::CoChairing && contribution.chair_term.is_some();
        if (contribution.kind == ContributionKind::Hosting && is_host) || is_chair {
            self.warn(
                checked,
                Warning::HandWritten,
                "it replaces a contribution that is derived",
                "delete it, or accept it with what it adds",
            );
        }
        let is_held = event.is_some_and(|event| event.status == EventStatus::Held);
        if contribution.kind == ContributionKind::Proposal && is_host && is_held {
            self.warn(
                checked,
                Warning::OfferAndHosting,
                "the offer counts beside the hosting that is derived from the event",
                "delete the offer, or accept it with the reason",
            );
        }
    }

    fn document(&mut self, checked: &Checked<'r>, document: &'r Document) {
        const DOUBTS: [&str; 5] = [
            "not adopted",
            "only proposed",
            "was proposed",
            "noted, not",
            "no source says that it was adopted",
        ];
        let note = checked.record.note.as_deref().unwrap_or_default();
        let text = format!("{} {note}", document.summary).to_lowercase();
        if document.adopted_at.is_some()
            && let Some(doubt) = DOUBTS.iter().find(|doubt| text.contains(*doubt))
        {
            self.warn(
                checked,
                Warning::NotAdopted,
                format!("it has `adopted_at`, although its text says \"{doubt}\""),
                "write `presented_at` instead, or delete the key",
            );
        }
    }

    fn confidence(&mut self, checked: &Checked<'r>) {
        let record = checked.record;
        if let Some(judged) = record.content.confidence()
            && judged.reason.is_some()
            && Evidence::of(&record.citations, &self.sources).confidence() == judged.confidence
        {
            self.warn(
                checked,
                Warning::NeedlessConfidence,
                "its confidence follows from the citations",
                "delete `confidence` and `confidence_reason`",
            );
        }
    }

    fn claims(&mut self) {
        let mut seen: HashMap<String, &str> = HashMap::new();
        for checked in self.records {
            let Content::Claim(claim) = &checked.record.content else { continue };
            let Claim { subject, measure, value, period, .. } = claim;
            let key = format!("{subject} {measure} {value} {:?} {:?}", period.start, period.end);
            if let Some(first) = seen.insert(key, &checked.record.slug) {
                self.warn(
                    checked,
                    Warning::TwinClaims,
                    format!("it repeats `{first}`"),
                    "merge the two: a claim can cite several sources",
                );
            }
        }
    }

    fn reach(&mut self, (reached, place): (&EdtfDate, &Location)) {
        let newest = self.sources.values().filter_map(|source| source.published.as_ref());
        let Some(newest) = newest.max_by_key(|date| date.last_day()) else { return };
        if reached.first_day() > newest.last_day() {
            let message = format!(
                "the data are said to reach {reached}, but the newest source is of {newest} [{}]",
                Warning::Reach.id()
            );
            let help = "write in `collected_until` the period of the newest facts";
            self.found.push(place.problem(message, help));
        }
    }

    fn acceptances(&mut self) {
        for checked in self.records {
            for Acceptance { warning, .. } in checked.accepted {
                let is_caused = self
                    .accepted
                    .iter()
                    .any(|(slug, caused)| *slug == checked.record.slug && caused.id() == warning);
                if !is_caused {
                    let help = match Warning::IDS.contains(&warning.as_str()) {
                        true => "remove it from `accept`".to_owned(),
                        false => format!("the warnings are {}", Warning::IDS.join(", ")),
                    };
                    self.warn(
                        checked,
                        Warning::NeedlessAcceptance,
                        format!("it accepts the warning `{warning}`, which it does not cause"),
                        help,
                    );
                }
            }
        }
    }
}
