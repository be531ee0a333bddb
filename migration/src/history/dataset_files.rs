//! Writes the newest state of a database as the files of a dataset. Importing them into the database
//! changes nothing.

use std::collections::BTreeMap;

use entities::{EdtfDate, Place, event::EventStatus, record::RecordKind, revision};
use sea_orm::{ConnectionTrait, EntityTrait, Iterable, QueryOrder};
use serde_json::{Map, Value};

use super::{HistoryError, logged, newest::newest_contents};
use crate::dataset::{
    Record,
    record::{Content, table_name},
};

/// Records per file: a file stays small enough to be read and reviewed.
const RECORDS_OF_A_FILE: usize = 500;

/// The keys that come first in a record, and those that come last.
const FIRST: [&str; 5] = ["slug", "code", "title", "name", "kind"];
const LAST: [&str; 4] = ["summary", "note", "former_slugs", "citations"];

/// A file of a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetFile {
    /// The path within the folder of the dataset.
    pub name: String,
    pub text: String,
}

/// The newest state as the files of a dataset with this name and licence; none if the database is
/// empty.
pub async fn dataset_files(
    db: &impl ConnectionTrait,
    name: &str,
    licence: &str,
) -> Result<Vec<DatasetFile>, HistoryError> {
    let newest = revision::Entity::find().order_by_desc(revision::Column::Id).one(db).await?;
    let Some(newest) = newest else { return Ok(Vec::new()) };
    let version = newest.dataset_version.unwrap_or_else(|| format!("r{}", newest.id));
    let reached =
        newest.collected_until.unwrap_or_else(|| EdtfDate::from(newest.created_at.date_naive()));
    let about = [
        ("name", name),
        ("version", &version),
        ("licence", licence),
        ("collected_until", reached.as_str()),
    ];
    let about = about.map(|(key, value)| format!("{key} = {}\n", toml(&Value::from(value))));
    let mut files = vec![DatasetFile { name: "dataset.toml".to_owned(), text: about.concat() }];
    let records = newest_records(db).await?;
    files.extend(places(&records));
    for kind in RecordKind::iter() {
        let table = table_name(kind);
        let of_kind: Vec<String> = records
            .iter()
            .filter(|record| record.kind() == kind && !is_derived(record))
            .map(|record| format!("[[{table}]]\n{}", fields(record)))
            .collect();
        for (place, part) in of_kind.chunks(RECORDS_OF_A_FILE).enumerate() {
            let name = match of_kind.len() > RECORDS_OF_A_FILE {
                true => format!("{table}/{:03}.toml", place + 1),
                false => format!("{table}.toml"),
            };
            files.push(DatasetFile { name, text: part.join("\n") });
        }
    }
    Ok(files)
}

/// The records of the newest state, in the order of their slugs.
async fn newest_records(db: &impl ConnectionTrait) -> Result<Vec<Record>, HistoryError> {
    let read = |(kind, slug, content)| {
        logged::record(kind, content).map_err(|cause| HistoryError::Record { slug, cause })
    };
    newest_contents(db).await?.into_iter().map(read).collect()
}

fn is_derived(record: &Record) -> bool {
    matches!(&record.content, Content::Contribution(contribution) if contribution.derived.0)
}

/// The fields of a record that a dataset declares.
fn fields(record: &Record) -> String {
    let mut fields = object(serde_json::to_value(record).expect("a record is JSON"));
    // What follows from other fields is not declared.
    fields.remove("place");
    if !fields.contains_key("confidence_reason") {
        fields.remove("confidence");
    }
    match &record.content {
        Content::Contribution(_) => {
            fields.remove("status");
        }
        Content::Event(event) if event.status == EventStatus::Unconfirmed => {
            fields.insert("status".to_owned(), serde_json::json!(EventStatus::Announced));
        }
        Content::Party(_) => rename(&mut fields, "slug", "code"),
        Content::WorkProgramme(_) => rename(&mut fields, "areas", "area"),
        _ => {}
    }
    lines(fields)
}

fn rename(fields: &mut Map<String, Value>, key: &str, declared: &str) {
    let value = fields.remove(key);
    fields.extend(value.map(|value| (declared.to_owned(), value)));
}

/// The places of events, which are entries of the gazetteer.
fn places(records: &[Record]) -> Option<DatasetFile> {
    let mut places: BTreeMap<(bool, String, Option<String>), &Place> = BTreeMap::new();
    for record in records {
        let Content::Event(event) = &record.content else { continue };
        let Some(place) = &event.place.0 else { continue };
        let country = event.country.as_deref().map(str::to_owned);
        // Those with a country first: one without is found for any country.
        places.insert((country.is_none(), place.name.clone(), country), place);
    }
    let entry = |((_, _, country), place): (&(bool, String, Option<String>), &&Place)| {
        let mut fields = object(serde_json::to_value(place).expect("a place is JSON"));
        fields.extend(country.clone().map(|country| ("country".to_owned(), country.into())));
        format!("[[place]]\n{}", lines(fields))
    };
    let entries: Vec<String> = places.iter().map(entry).collect();
    let file = DatasetFile { name: "places.toml".to_owned(), text: entries.join("\n") };
    (!entries.is_empty()).then_some(file)
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn lines(fields: Map<String, Value>) -> String {
    let rank = |key: &str| {
        let first = FIRST.iter().position(|first| *first == key);
        let last = LAST.iter().position(|last| *last == key);
        (first.unwrap_or(FIRST.len()), last.map_or(0, |last| last + 1))
    };
    let mut fields: Vec<(String, Value)> =
        fields.into_iter().filter(|(_, value)| !value.is_null()).collect();
    fields.sort_by_key(|(key, _)| rank(key));
    fields.iter().map(|(key, value)| format!("{key} = {}\n", toml(value))).collect()
}

/// A JSON value as TOML.
fn toml(value: &Value) -> String {
    match value {
        Value::Array(entries) => {
            format!("[{}]", entries.iter().map(toml).collect::<Vec<_>>().join(", "))
        }
        Value::Object(members) => {
            let members = members.iter().filter(|(_, value)| !value.is_null());
            let members = members.map(|(key, value)| format!("{key} = {}", toml(value)));
            format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
        }
        Value::String(text) => ::toml::Value::from(text.as_str()).to_string(),
        other => other.to_string(),
    }
}
