//! Parses a record: the keys that all kinds have in common, and the tables within records.

use entities::{
    PartyCode, Slug,
    record::RecordKind::{self, Party},
};
use toml::de::DeValue;

use super::{
    field::{Columns, Field, Scalar, Table},
    record::{Amount, Chair, Citation, Content, Record, WorkArea, WorkAreaKey},
    toml_table::{Location, TableReader},
    warnings::Acceptance,
};

/// A parsed record and its position in a file.
pub(super) struct LocatedRecord {
    pub slug: String,
    pub kind: RecordKind,
    /// None if the record has problems. Its slug is still known, so that references to it are not reported too.
    pub record: Option<Record>,
    pub place: Location,
    /// The position of its slug.
    pub slug_place: Location,
    /// The warnings that it accepts.
    pub accepted: Vec<Acceptance>,
}

/// Reads one record; none if its slug is missing or not a string.
pub(super) fn record(kind: RecordKind, entry: &mut TableReader<'_, '_>) -> Option<LocatedRecord> {
    let former_slugs = match kind {
        Party => {
            entry.name::<PartyCode>("code");
            Vec::new()
        }
        _ => {
            entry.name::<Slug>("slug");
            former_slugs(entry)
        }
    };
    let themes = match kind.has_themes() {
        true => Field::from_toml(entry, "themes").unwrap_or_default(),
        false => Vec::new(),
    };
    let note = if kind.has_note() { entry.text("note") } else { None };
    let citations = match kind.needs_citation() {
        true => citations(entry),
        false => Vec::new(),
    };
    let accepted = entry.tables("accept", Acceptance::from_toml);
    let content = Content::from_toml(kind, entry);
    let (slug, slug_place) = entry.name.clone()?;
    let record = content.map(|content| Record {
        slug: slug.clone(),
        content,
        themes,
        note,
        citations,
        former_slugs,
    });
    Some(LocatedRecord { slug, kind, record, place: entry.place.clone(), slug_place, accepted })
}

fn former_slugs(entry: &mut TableReader<'_, '_>) -> Vec<String> {
    let slugs = entry.texts_with_places("former_slugs");
    for (slug, place) in &slugs {
        if let Err(error) = slug.parse::<Slug>() {
            entry.report(place.problem(error.to_string(), "write the slug that the record had"));
        }
    }
    slugs.into_iter().map(|(slug, _)| slug).collect()
}

fn citations(entry: &mut TableReader<'_, '_>) -> Vec<Citation> {
    let had = entry.has("citations");
    let mut citations: Vec<Citation> = Vec::new();
    for (value, place) in entry.list("citations") {
        let DeValue::Table(table) = value else {
            let help = r#"a table: { source = "…", locator = "…" }"#;
            entry.expected::<()>(&place, "citations", help, &value);
            continue;
        };
        let Some(citation) = entry.nested(table, place.clone(), Citation::from_toml) else {
            continue;
        };
        if citations.contains(&citation) {
            entry.report(place.problem(
                format!("`{}` is cited twice with the same locator", citation.source),
                "remove one of the two",
            ));
        } else {
            citations.push(citation);
        }
    }
    if citations.is_empty() {
        let message = if had { "`citations` names no source" } else { "there is no citation" };
        let problem = entry.place.problem(
            message,
            r#"no fact without a source: add `citations = [{ source = "slug of the source" }]`"#,
        );
        entry.report(problem);
    }
    citations
}

/// The key is `area`, as in `[[work_programme.area]]`. The areas have a table of their own.
impl Field for Vec<WorkArea> {
    fn from_toml(table: &mut TableReader<'_, '_>, _: &'static str) -> Option<Self> {
        let mut areas: Vec<WorkArea> = Vec::new();
        table.each_table("area", |entry| {
            let Some(area) = WorkArea::from_toml(entry) else { return };
            if areas.iter().any(|other| other.name == area.name) {
                let problem = entry.place.problem(
                    format!("the programme has two areas `{}`", area.name),
                    "rename one of the two",
                );
                entry.report(problem);
            }
            areas.push(area);
        });
        Some(areas)
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }

    fn columns(_: Option<&Self>, _: &str, _: &mut Columns<'_>) {}
}

impl Scalar for Chair {
    fn from_toml(table: &mut TableReader<'_, '_>, key: &'static str) -> Option<Self> {
        Scalar::from_toml(table, key).map(Self)
    }

    fn columns(_: Option<&Self>, _: &str, _: &mut Columns<'_>) {}
}

impl Scalar for Amount {
    fn from_toml(table: &mut TableReader<'_, '_>, key: &'static str) -> Option<Self> {
        table.table(key, Table::from_toml)
    }

    fn columns(value: Option<&Self>, name: &str, row: &mut Columns<'_>) {
        Table::columns(value, &format!("{name}_"), row);
    }
}

/// The primary key of an area is known after the areas are written, so the column is null at first.
impl Scalar for WorkAreaKey {
    fn from_toml(table: &mut TableReader<'_, '_>, key: &'static str) -> Option<Self> {
        table.table(key, Table::from_toml)
    }

    fn columns(_: Option<&Self>, name: &str, row: &mut Columns<'_>) {
        row.set(format!("{name}_id"), None::<i32>);
    }
}
