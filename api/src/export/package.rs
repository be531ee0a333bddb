//! The machine-readable description of the tables: a Frictionless Tabular Data Package, v1.

use serde_json::{Map, Value, json};

use super::{
    TABLES,
    column::{Field, Type},
    encode::Format,
    table::Exported,
};
use crate::store::dataset::{LICENCE, NAME, Summary};

pub(super) const LICENCE_TITLE: &str = "Creative Commons Attribution 4.0 International";
pub(super) const LICENCE_URL: &str = "https://creativecommons.org/licenses/by/4.0/";

/// The pattern of a date in the knowledge base: a year, a month or a day.
const DATE: &str = r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?";

/// The descriptor (`datapackage.json`) of all tables as CSV files in the same folder.
pub fn package(summary: &Summary) -> Value {
    json!({
        "profile": "tabular-data-package",
        "name": "adkb",
        "title": NAME,
        "description": "Bodies, meetings, exercises, documents, initiatives, work programmes and contributions of ASEAN defence cooperation, each fact with its sources. An empty cell is null in the API; the entries of a list are joined by `|`, and within an entry `|` and `\\` are escaped with `\\`; a string that a spreadsheet would run as a formula is preceded by an apostrophe.",
        "version": summary.version.clone().unwrap_or_else(|| summary.revision.to_string()),
        "revision": summary.revision,
        "contentHash": format!("sha256:{}", summary.content_hash),
        "created": summary.updated_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        "licenses": [{
            "name": LICENCE,
            "title": LICENCE_TITLE,
            "path": LICENCE_URL,
        }],
        "sources": [{ "title": "The public sources that the table `sources` lists and each record cites" }],
        "resources": TABLES.iter().map(|table| resource(table.as_ref())).collect::<Vec<_>>(),
    })
}

fn resource(table: &dyn Exported) -> Value {
    let keys: Vec<Value> = table.fields().iter().filter_map(foreign_key).collect();
    json!({
        "profile": "tabular-data-resource",
        "name": table.name(),
        "path": format!("{}.{}", table.name(), Format::Csv.extension()),
        "format": Format::Csv.extension(),
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "description": table.description(),
        "schema": {
            "fields": table.fields().iter().map(field).collect::<Vec<_>>(),
            "missingValues": [""],
            "primaryKey": table.key(),
            "foreignKeys": keys,
        },
    })
}

fn field(field: &Field) -> Value {
    let mut constraints = Map::new();
    if field.required {
        constraints.insert("required".to_owned(), Value::from(true));
    }
    let r#type = match &field.r#type {
        Type::Text | Type::List => "string",
        Type::Integer => "integer",
        Type::Number => "number",
        Type::Boolean => "boolean",
        Type::Moment => "datetime",
        Type::Date => {
            constraints.insert("pattern".to_owned(), Value::from(DATE));
            "string"
        }
        Type::Choice(values) => {
            constraints.insert("enum".to_owned(), json!(values));
            "string"
        }
    };
    let mut description = field.description.clone();
    if field.r#type == Type::List {
        description += match target(field) {
            Some((table, key)) => format!(" A list of `{key}` of `{table}`."),
            None => " A list.".to_owned(),
        }
        .as_str();
    }
    json!({
        "name": field.name,
        "type": r#type,
        "description": description,
        "constraints": constraints,
    })
}

/// The exported table that a field refers to, and its key.
pub(super) fn target(field: &Field) -> Option<(&'static str, &'static str)> {
    let entity = field.refers_to.as_deref()?;
    let table = TABLES.iter().find(|table| table.entity() == entity)?;
    Some((table.name(), table.key().first()?))
}

/// None for a list: a foreign key can't refer to several rows.
fn foreign_key(field: &Field) -> Option<Value> {
    let (table, key) = target(field).filter(|_| field.r#type != Type::List)?;
    Some(json!({
        "fields": field.name,
        "reference": { "resource": table, "fields": key },
    }))
}
