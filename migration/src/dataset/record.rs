//! Records as in the dataset: they refer to each other by slug, not by primary key. The change log
//! stores them as JSON.

use entities::{
    Confidence, EdtfDate,
    body::BodyKind,
    contribution::ContributionKind,
    document::DocumentKind,
    event::{EventFormat, EventKind},
    initiative::{Framework, InitiativeStatus},
    membership::MembershipRole,
    party::PartyKind,
    provision::ProvisionKind,
    record::RecordKind,
    source::SourceKind,
};
use serde::Serialize;

/// A record with its themes, note, citations and former slugs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Record {
    pub slug: String,
    #[serde(flatten)]
    pub content: Content,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub themes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub citations: Vec<Citation>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub former_slugs: Vec<String>,
}

impl Record {
    pub fn kind(&self) -> RecordKind {
        match self.content {
            Content::Party(_) => RecordKind::Party,
            Content::Theme(_) => RecordKind::Theme,
            Content::Source(_) => RecordKind::Source,
            Content::Body(_) => RecordKind::Body,
            Content::Membership(_) => RecordKind::Membership,
            Content::ChairTerm(_) => RecordKind::ChairTerm,
            Content::Event(_) => RecordKind::Event,
            Content::Document(_) => RecordKind::Document,
            Content::Provision(_) => RecordKind::Provision,
            Content::Initiative(_) => RecordKind::Initiative,
            Content::WorkProgramme(_) => RecordKind::WorkProgramme,
            Content::Contribution(_) => RecordKind::Contribution,
            Content::Claim(_) => RecordKind::Claim,
        }
    }
}

/// The fields specific to each kind.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Content {
    Party(Party),
    Theme(Theme),
    Source(Source),
    Body(Body),
    Membership(Membership),
    ChairTerm(ChairTerm),
    Event(Event),
    Document(Document),
    Provision(Provision),
    Initiative(Initiative),
    WorkProgramme(WorkProgramme),
    Contribution(Contribution),
    Claim(Claim),
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Citation {
    pub source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locator: Option<String>,
}

/// A period, with dates as precise as the source.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Period {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<EdtfDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<EdtfDate>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Party {
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub official_name: Option<String>,
    pub kind: PartyKind,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Theme {
    pub name: String,
    pub summary: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub working_group: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Source {
    pub title: String,
    pub kind: SourceKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<EdtfDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publisher: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Body {
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acronym: Option<String>,
    pub kind: BodyKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub established: Option<EdtfDate>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    pub summary: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Membership {
    pub body: String,
    pub party: String,
    pub role: MembershipRole,
    #[serde(flatten)]
    pub period: Period,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChairTerm {
    pub body: String,
    pub cycle: String,
    #[serde(flatten)]
    pub period: Period,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asean_co_chair: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plus_co_chair: Option<String>,
    pub confidence: Confidence,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Event {
    pub title: String,
    pub kind: EventKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ordinal: Option<i32>,
    #[serde(flatten)]
    pub period: Period,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<EventFormat>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub participant_count: Option<i32>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub planned: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub co_hosts: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub chairs: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub co_chairs: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub participants: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub observers: Vec<String>,
    pub summary: String,
    pub confidence: Confidence,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Document {
    pub title: String,
    pub kind: DocumentKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adopted: Option<EdtfDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adopted_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presented_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    pub summary: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Provision {
    pub document: String,
    pub kind: ProvisionKind,
    pub position: i32,
    pub path: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mechanisms: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub instruments: Vec<String>,
    pub summary: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Initiative {
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acronym: Option<String>,
    pub framework: Framework,
    pub status: InitiativeStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started: Option<EdtfDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adopted_at: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub proposed_by: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    pub summary: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WorkProgramme {
    pub title: String,
    #[serde(flatten)]
    pub period: Period,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adopted_at: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub areas: Vec<WorkArea>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WorkArea {
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theme: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Contribution {
    pub title: String,
    pub kind: ContributionKind,
    pub partner: String,
    #[serde(flatten)]
    pub period: Period,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub beneficiaries: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initiative: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub work_area: Option<WorkAreaKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chair_term: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub derived: bool,
    pub summary: String,
    pub confidence: Confidence,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Amount {
    pub value: f64,
    pub currency: String,
}

/// Identifies a work area, which has no slug, by its work programme and name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct WorkAreaKey {
    pub programme: String,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Claim {
    pub subject: String,
    pub measure: String,
    pub value: f64,
    pub unit: String,
    #[serde(flatten)]
    pub period: Period,
    pub statement: String,
}
