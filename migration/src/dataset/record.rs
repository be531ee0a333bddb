//! Records as in the dataset: they refer to each other by slug, not by primary key. The change log
//! stores them as JSON.
//!
//! A field is declared here once, with its type. How it is read, stored and logged follows from the
//! type (`Field`).

use entities::{
    Author, EdtfDate,
    body::BodyKind,
    contribution::ContributionKind,
    document::DocumentKind,
    event::{EventFormat, EventKind, EventStatus},
    initiative::{Framework, InitiativeStatus},
    membership::MembershipRole,
    party::PartyKind,
    provision::ProvisionKind,
    record::RecordKind,
    source::SourceKind,
};
use macro_rules_attribute::apply;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use super::{
    evidence::JudgedConfidence,
    field::{
        AtLeast, Bodies, Derived, DerivedStatus, Doi, LanguageTag, PlainDate, SlugOf, WebAddress,
    },
    period::{LastingPeriod, PartialPeriod, Period},
    places::FoundPlace,
};
use super::{
    field::{Columns, Table, Target, scalars, table},
    toml_table::TableReader,
};

/// Calls a macro with every kind of record and the module of its entity. A kind refers only to
/// itself and to kinds before it.
macro_rules! kinds {
    ($macro:ident) => {
        $macro! {
            Source source,
            Party party,
            Body body,
            Theme theme,
            Membership membership,
            ChairTerm chair_term,
            Event event,
            Document document,
            Provision provision,
            Initiative initiative,
            WorkProgramme work_programme,
            Contribution contribution,
            Claim claim,
        }
    };
}

pub(crate) use kinds;

macro_rules! content {
    ($($kind:ident $table:ident,)*) => {
        /// The fields specific to each kind.
        #[derive(Clone, Debug, PartialEq, Serialize)]
        #[serde(untagged)]
        pub enum Content {
            $($kind($kind),)*
        }

        impl Content {
            /// The fields of a record of the change log.
            fn from_log(kind: RecordKind, logged: &Value) -> serde_json::Result<Self> {
                match kind {
                    $(RecordKind::$kind => $kind::deserialize(logged).map(Self::$kind),)*
                }
            }

            pub(super) fn from_toml(
                kind: RecordKind,
                table: &mut TableReader<'_, '_>,
            ) -> Option<Self> {
                match kind {
                    $(RecordKind::$kind => $kind::from_toml(table).map(Self::$kind),)*
                }
            }

            fn kind(&self) -> RecordKind {
                match self {
                    $(Self::$kind(_) => RecordKind::$kind,)*
                }
            }

            /// Adds the columns of the fields.
            pub(crate) fn columns(&self, row: &mut Columns<'_>) {
                match self {
                    $(Self::$kind(content) => Table::columns(Some(content), "", row),)*
                }
            }
        }

        /// The name of the TOML table of a kind, as in `[[event]]`.
        pub(crate) fn table_name(kind: RecordKind) -> &'static str {
            match kind {
                $(RecordKind::$kind => stringify!($table),)*
            }
        }

        $(
            impl Target for $kind {
                const KINDS: &'static [RecordKind] = &[RecordKind::$kind];
            }
        )*
    };
}

kinds!(content);

impl Content {
    pub(super) fn confidence(&self) -> Option<&JudgedConfidence> {
        match self {
            Self::ChairTerm(term) => Some(&term.confidence),
            Self::Event(event) => Some(&event.confidence),
            Self::Contribution(contribution) => Some(&contribution.confidence),
            _ => None,
        }
    }

    pub(super) fn confidence_mut(&mut self) -> Option<&mut JudgedConfidence> {
        match self {
            Self::ChairTerm(term) => Some(&mut term.confidence),
            Self::Event(event) => Some(&mut event.confidence),
            Self::Contribution(contribution) => Some(&mut contribution.confidence),
            _ => None,
        }
    }
}

/// A record with its themes, note, citations and former slugs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Record {
    pub slug: String,
    #[serde(flatten)]
    pub content: Content,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub themes: Vec<SlugOf<Theme>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub citations: Vec<Citation>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub former_slugs: Vec<String>,
}

/// The fields that records of all kinds share.
#[derive(Deserialize)]
struct Shared {
    slug: String,
    #[serde(default)]
    themes: Vec<SlugOf<Theme>>,
    note: Option<String>,
    #[serde(default)]
    citations: Vec<Citation>,
    #[serde(default)]
    former_slugs: Vec<String>,
}

impl Record {
    pub fn kind(&self) -> RecordKind {
        self.content.kind()
    }

    /// A record as the change log has it. Fails if the log was written by something else than an
    /// import.
    pub(crate) fn from_log(kind: RecordKind, logged: &Value) -> serde_json::Result<Self> {
        let Shared { slug, themes, note, citations, former_slugs } = Shared::deserialize(logged)?;
        let content = Content::from_log(kind, logged)?;
        Ok(Self { slug, content, themes, note, citations, former_slugs })
    }
}

scalars! {
    BodyKind: TableReader::choice;
    ContributionKind: TableReader::choice;
    DocumentKind: TableReader::choice;
    EventFormat: TableReader::choice;
    EventKind: TableReader::choice;
    Framework: TableReader::choice;
    InitiativeStatus: TableReader::choice;
    MembershipRole: TableReader::choice;
    PartyKind: TableReader::choice;
    ProvisionKind: TableReader::choice;
    SourceKind: TableReader::choice;
}

#[apply(table)]
pub struct Citation {
    pub source: SlugOf<Source>,
    pub locator: Option<String>,
}

#[apply(table)]
#[check(country_code(kind))]
pub struct Party {
    pub name: String,
    pub official_name: Option<String>,
    pub kind: PartyKind,
    #[serde(default)]
    pub aliases: Vec<String>,
}

#[apply(table)]
pub struct Theme {
    pub name: String,
    pub summary: String,
    pub parent: Option<SlugOf<Theme>>,
    pub working_group: Option<SlugOf<Body>>,
    #[serde(default)]
    pub aliases: Vec<String>,
}

#[apply(table)]
pub struct Source {
    pub title: String,
    pub kind: SourceKind,
    pub published: Option<EdtfDate>,
    pub url: Option<WebAddress>,
    pub publisher: Option<String>,
    #[serde(default)]
    pub authors: Vec<Author>,
    pub language: Option<LanguageTag>,
    pub container: Option<String>,
    pub volume: Option<String>,
    pub issue: Option<String>,
    pub pages: Option<String>,
    pub doi: Option<Doi>,
    pub accessed: Option<PlainDate>,
    pub archived_url: Option<WebAddress>,
    pub copy_of: Option<SlugOf<Source>>,
}

#[apply(table)]
pub struct Body {
    pub name: String,
    pub acronym: Option<String>,
    pub kind: BodyKind,
    pub parent: Option<SlugOf<Body>>,
    pub established: Option<EdtfDate>,
    pub dissolved: Option<PlainDate>,
    #[serde(default)]
    pub aliases: Vec<String>,
    pub summary: String,
}

#[apply(table)]
pub struct Membership {
    pub body: SlugOf<Body>,
    pub party: SlugOf<Party>,
    pub role: MembershipRole,
    #[serde(flatten)]
    pub period: LastingPeriod,
}

#[apply(table)]
#[check(chairs(asean_co_chair, plus_co_chair))]
pub struct ChairTerm {
    pub body: SlugOf<Body>,
    pub cycle: String,
    #[serde(flatten)]
    pub period: Period,
    pub asean_co_chair: Option<Chair>,
    pub plus_co_chair: Option<Chair>,
    #[serde(flatten)]
    pub confidence: JudgedConfidence,
}

/// A chair of a chair term. The chairs have a table of their own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Chair(pub SlugOf<Party>);

#[apply(table)]
pub struct Event {
    pub title: String,
    pub kind: EventKind,
    #[serde(default)]
    pub bodies: Bodies,
    pub ordinal: Option<AtLeast<1>>,
    #[serde(flatten)]
    pub period: Period,
    pub city: Option<String>,
    #[serde(default)]
    pub place: FoundPlace,
    pub country: Option<SlugOf<Party>>,
    pub format: Option<EventFormat>,
    pub participant_count: Option<AtLeast<0>>,
    #[serde(default)]
    pub status: EventStatus,
    #[serde(default)]
    pub hosts: Vec<SlugOf<Party>>,
    #[serde(default)]
    pub co_hosts: Vec<SlugOf<Party>>,
    #[serde(default)]
    pub chairs: Vec<SlugOf<Party>>,
    #[serde(default)]
    pub co_chairs: Vec<SlugOf<Party>>,
    #[serde(default)]
    pub participants: Vec<SlugOf<Party>>,
    #[serde(default)]
    pub observers: Vec<SlugOf<Party>>,
    pub summary: String,
    #[serde(flatten)]
    pub confidence: JudgedConfidence,
}

#[apply(table)]
pub struct Document {
    pub title: String,
    pub kind: DocumentKind,
    pub adopted: Option<EdtfDate>,
    pub adopted_at: Option<SlugOf<Event>>,
    pub presented_at: Option<SlugOf<Event>>,
    pub url: Option<WebAddress>,
    pub summary: String,
}

#[apply(table)]
pub struct Provision {
    pub document: SlugOf<Document>,
    pub kind: ProvisionKind,
    pub position: AtLeast<1>,
    pub path: String,
    #[serde(default)]
    pub mechanisms: Vec<SlugOf<Body>>,
    #[serde(default)]
    pub instruments: Vec<SlugOf<Document>>,
    pub summary: String,
}

#[apply(table)]
pub struct Initiative {
    pub name: String,
    pub acronym: Option<String>,
    pub framework: Framework,
    pub status: InitiativeStatus,
    pub started: Option<EdtfDate>,
    pub adopted_at: Option<SlugOf<Event>>,
    #[serde(default)]
    pub proposed_by: Vec<SlugOf<Party>>,
    #[serde(default)]
    pub aliases: Vec<String>,
    pub summary: String,
}

#[apply(table)]
pub struct WorkProgramme {
    pub title: String,
    #[serde(flatten)]
    pub period: Period,
    pub adopted_at: Option<SlugOf<Event>>,
    #[serde(default)]
    pub areas: Vec<WorkArea>,
}

#[apply(table)]
pub struct WorkArea {
    pub name: String,
    pub theme: Option<SlugOf<Theme>>,
    pub summary: Option<String>,
}

#[apply(table)]
pub struct Contribution {
    pub title: String,
    pub kind: ContributionKind,
    pub partner: SlugOf<Party>,
    #[serde(flatten)]
    pub period: PartialPeriod,
    pub amount: Option<Amount>,
    #[serde(default)]
    pub beneficiaries: Vec<SlugOf<Party>>,
    pub event: Option<SlugOf<Event>>,
    pub body: Option<SlugOf<Body>>,
    pub initiative: Option<SlugOf<Initiative>>,
    pub work_area: Option<WorkAreaKey>,
    pub chair_term: Option<SlugOf<ChairTerm>>,
    #[serde(default)]
    pub derived: Derived,
    #[serde(default)]
    pub status: DerivedStatus,
    pub summary: String,
    #[serde(flatten)]
    pub confidence: JudgedConfidence,
}

#[apply(table)]
#[check(amount(value, currency))]
pub struct Amount {
    pub value: f64,
    pub currency: String,
}

/// Identifies a work area, which has no slug, by its work programme and name.
#[apply(table)]
pub struct WorkAreaKey {
    pub programme: SlugOf<WorkProgramme>,
    pub name: String,
}

#[apply(table)]
pub struct Claim {
    pub subject: SlugOf<Subject>,
    pub measure: String,
    pub value: f64,
    pub unit: String,
    #[serde(flatten)]
    pub period: PartialPeriod,
    pub statement: String,
}

/// What a claim can be about.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Subject {}

impl Target for Subject {
    const KINDS: &'static [RecordKind] =
        &[RecordKind::Party, RecordKind::Body, RecordKind::Event, RecordKind::WorkProgramme];
}
