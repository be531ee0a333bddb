//! What follows from the citations of a record and from the day that the data reach: how well
//! records are supported, and whether announced events took place.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use entities::{Confidence, event::EventStatus, source::SourceKind, span};
use serde::{Deserialize, Serialize};

use super::{
    field::{Columns, Field},
    record::{Citation, Content, Record, Source},
    toml_table::TableReader,
};

/// How well a record is supported. It follows from the citations, unless the dataset gives a
/// reason for another value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JudgedConfidence {
    pub confidence: Confidence,
    #[serde(rename = "confidence_reason", skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Field for JudgedConfidence {
    fn from_toml(table: &mut TableReader<'_, '_>, key: &'static str) -> Option<Self> {
        let is_set = table.has(key);
        let confidence = table.choice(key);
        let reason = table.text("confidence_reason");
        if is_set != reason.is_some() {
            table.report(table.place.problem(
                "`confidence` and `confidence_reason` belong together",
                "delete both: the confidence follows from the citations; or write both, with a reason why it differs",
            ));
            return None;
        }
        Some(Self { confidence: confidence.unwrap_or(Confidence::Reported), reason })
    }

    fn is_absent(&self) -> bool {
        false
    }

    fn columns(field: Option<&Self>, name: &str, row: &mut Columns<'_>) {
        row.set(name, field.map(|judged| judged.confidence));
        row.set("confidence_reason", field.and_then(|judged| judged.reason.clone()));
    }
}

/// How many sources support a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Evidence {
    /// Sources of ASEAN or a government.
    pub official: usize,
    /// Publishers of the originals. A copy of a text is no source of its own.
    pub independent: usize,
}

impl Evidence {
    pub(super) fn of(citations: &[Citation], sources: &HashMap<&str, &Source>) -> Self {
        let mut evidence = Self::default();
        let mut counted = HashSet::new();
        let mut publishers = HashSet::new();
        for citation in citations {
            let slug: &str = &citation.source;
            let Some(source) = sources.get(slug) else { continue };
            if counted.insert(slug) && is_official(source.kind) {
                evidence.official += 1;
            }
            let original = source.copy_of.as_deref().unwrap_or(slug);
            let publisher = sources.get(original).and_then(|source| source.publisher.as_deref());
            publishers.insert(publisher.unwrap_or(original));
        }
        evidence.independent = publishers.len();
        evidence
    }

    /// The rule: one official source, or two independent ones.
    pub(super) fn confidence(self) -> Confidence {
        match self.official > 0 || self.independent > 1 {
            true => Confidence::Confirmed,
            false => Confidence::Reported,
        }
    }
}

/// Whether a source speaks for ASEAN or a government.
pub(super) fn is_official(kind: SourceKind) -> bool {
    matches!(kind, SourceKind::Asean | SourceKind::Government)
}

/// The sources of a dataset, by slug.
pub(super) fn sources<'r>(
    records: impl IntoIterator<Item = &'r Record>,
) -> HashMap<&'r str, &'r Source> {
    let sources = records.into_iter().filter_map(|record| match &record.content {
        Content::Source(source) => Some((record.slug.as_str(), source)),
        _ => None,
    });
    sources.collect()
}

/// Sets the confidence of every record that gives no reason for another one, and the status of
/// announced events: `reached` is the last day that the data cover.
pub(super) fn settle(records: &mut [Record], reached: NaiveDate) {
    let sources = sources(&*records);
    let confidences: Vec<Confidence> = records
        .iter()
        .map(|record| Evidence::of(&record.citations, &sources).confidence())
        .collect();
    for (record, confidence) in records.iter_mut().zip(confidences) {
        if let Some(judged) = record.content.confidence_mut()
            && judged.reason.is_none()
        {
            judged.confidence = confidence;
        }
        if let Content::Event(event) = &mut record.content
            && matches!(event.status, EventStatus::Announced | EventStatus::Unconfirmed)
        {
            let days = span(Some(&event.period.start), event.period.end.as_ref());
            event.status = match days.is_some_and(|(_, last)| last < reached) {
                true => EventStatus::Unconfirmed,
                false => EventStatus::Announced,
            };
        }
    }
}
