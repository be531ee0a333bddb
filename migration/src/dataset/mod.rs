//! The curated dataset: parsed from TOML and validated as a whole. Contributions that follow from
//! other records are derived.

mod checks;
mod derived_contributions;
mod evidence;
mod field;
mod files;
mod iso_3166;
mod parse;
mod period;
mod places;
mod problem;
pub mod record;
mod toml_table;
mod validate;
mod warnings;

use std::path::Path;

use entities::record::RecordKind;
use macro_rules_attribute::apply;
use sea_orm::Iterable;

pub(crate) use field::Columns;
pub use field::{DatasetVersion, PlainDate};
use field::{Table, table};
pub use files::FolderError;
use places::{Gazetteer, GazetteerEntry};
pub use problem::{Problem, Problems};
pub use record::Record;
use toml_table::{Diagnostics, Location, TableReader};

/// A valid dataset: every reference has a target, and every record that needs a citation has one.
#[derive(Clone, Debug)]
pub struct Dataset {
    pub about: Metadata,
    /// In the order of the files, derived contributions last.
    pub records: Vec<Record>,
    /// What is probably a mistake although it is valid.
    pub warnings: Vec<Problem>,
}

/// The metadata of a dataset, from `dataset.toml`.
#[apply(table)]
pub struct Metadata {
    pub name: String,
    pub version: DatasetVersion,
    /// An SPDX licence identifier.
    pub licence: String,
    /// The period of the newest facts: no later event is known to have been held.
    pub collected_until: PlainDate,
}

/// The file with the metadata of a dataset.
const METADATA: &str = "dataset.toml";

/// Why a dataset could not be read.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error(transparent)]
    Problems(#[from] Problems),
}

impl Dataset {
    /// The dataset built into the program.
    pub fn embedded() -> Result<Self, Problems> {
        Self::from_files(files::embedded(), Diagnostics::default())
    }

    /// The version of the dataset built into the program, without reading the rest of it.
    pub(crate) fn embedded_version() -> Result<String, Problems> {
        let file = files::embedded_file(METADATA);
        let mut findings = Diagnostics::default();
        let root = toml_table::parse(&file, file.inner(), &mut findings);
        let read = root.and_then(|root| {
            let place = Location { file: file.clone(), span: 0..0 };
            Metadata::from_toml(&mut TableReader::new(root.into_inner(), place, &mut findings))
        });
        read.map(|about| about.version.to_string()).ok_or(Problems(findings.problems))
    }

    /// Reads and validates every `.toml` file in a folder and its subfolders.
    pub fn from_folder(root: &Path) -> Result<Self, LoadError> {
        let mut findings = Diagnostics::default();
        let files = files::folder(root, &mut findings.problems)?;
        Ok(Self::from_files(files, findings)?)
    }

    fn from_files(
        files: Vec<problem::SourceFile>,
        mut findings: Diagnostics,
    ) -> Result<Self, Problems> {
        let mut about: Option<(Metadata, Location)> = None;
        let mut placed: Vec<parse::LocatedRecord> = Vec::new();
        let mut gazetteer: Vec<GazetteerEntry> = Vec::new();
        // A file that is missing or not valid TOML is one problem. References into it are not reported.
        let mut complete = findings.problems.is_empty();
        for file in &files {
            let text = file.inner();
            let Some(root) = toml_table::parse(file, text, &mut findings) else {
                complete = false;
                continue;
            };
            let place = Location { file: file.clone(), span: 0..text.len().min(1) };
            let mut entry = TableReader::new(root.into_inner(), place, &mut findings);
            if file.name() == METADATA {
                let place = entry.place.clone();
                about = Metadata::from_toml(&mut entry).map(|about| (about, place));
            } else {
                let before = placed.len() + gazetteer.len();
                gazetteer.extend(entry.tables("place", GazetteerEntry::from_toml));
                for kind in RecordKind::iter() {
                    entry.each_table(record::table_name(kind), |entry| {
                        placed.extend(parse::record(kind, entry));
                    });
                }
                if placed.len() + gazetteer.len() == before && text.trim().is_empty() {
                    let problem = entry.place.problem(
                        "the file is empty",
                        "add a record, for example [[event]], or delete the file",
                    );
                    entry.report(problem);
                }
            }
            entry.finish();
        }
        if !files.iter().any(|file| file.name() == METADATA) {
            findings.problems.push(Problem {
                file: std::sync::Arc::new(miette::NamedSource::new(METADATA, String::new())),
                span: None,
                message: "there is no dataset.toml".to_owned(),
                help: "add one with name, version, licence and collected_until".to_owned(),
            });
        }
        validate::all(&placed, complete, &mut findings);
        let Some((about, place)) = about.filter(|_| findings.problems.is_empty()) else {
            return Err(Problems(findings.problems));
        };
        let reached = &about.collected_until.0;
        let (mut records, places): (Vec<Record>, Vec<_>) = placed
            .into_iter()
            .filter_map(|placed| Some((placed.record?, (placed.place, placed.accepted))))
            .unzip();
        evidence::settle(&mut records, reached.last_day());
        let gazetteer = Gazetteer::of(&gazetteer);
        gazetteer.settle(&mut records);
        let checked = |(record, (place, accepted))| warnings::Checked { record, place, accepted };
        let checked: Vec<_> = records
            .iter()
            .zip(places.iter().map(|(place, accepted)| (place, accepted.as_slice())))
            .map(checked)
            .collect();
        let mut found = findings.warnings;
        found.extend(warnings::all(&checked, (reached, &place), &gazetteer));
        records.extend(derived_contributions::contributions(&records));
        Ok(Self { about, records, warnings: found })
    }
}
