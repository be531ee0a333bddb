//! `adkb diff` and `adkb export`.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use entities::change::ChangeAction;
use migration::{
    history,
    import::{self, ImportPreview, PreviewedChange},
};
use sea_orm::ActiveEnum;
use serde_json::Value;

use super::Failure;
use crate::{
    config::Database,
    store::{connect, dataset},
};

/// Values of a field are cut after this number of characters.
const MAX_VALUE: usize = 200;

/// Prints what an import would change.
pub(super) async fn diff(
    folder: Option<&Path>,
    database: &Database,
    prune: bool,
) -> Result<(), Failure> {
    let dataset = super::dataset(folder)?;
    let db = open(database).await?;
    let preview = import::preview(super::target(database, &db), &dataset, prune).await?;
    super::close(db).await;
    for change in &preview.changes {
        super::print_line(&lines(change));
    }
    super::print_line(&sentence(&preview));
    if let Some(revision) = preview.version_used_in {
        super::print_line(&format!(
            "the version {} is that of revision {revision}: raise `version` in dataset.toml before the import",
            dataset.about.version
        ));
    }
    Ok(())
}

/// A change in one line, and each field that an update changes in another one.
fn lines(change: &PreviewedChange) -> String {
    let PreviewedChange { kind, slug, before, after } = change;
    let action = history::change_action(before.as_ref(), after.as_ref());
    let mut text = format!("{}  {} {slug}", action.to_value(), kind.to_value());
    if action == ChangeAction::Updated {
        for field in history::field_differences(before.clone(), after.clone()) {
            let (before, after) = (shown(field.before.as_ref()), shown(field.after.as_ref()));
            text += &format!("\n    {}: {before} → {after}", field.name);
        }
    }
    text
}

fn shown(value: Option<&Value>) -> String {
    let Some(value) = value else { return "none".to_owned() };
    let text = value.to_string();
    match text.char_indices().nth(MAX_VALUE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn sentence(preview: &ImportPreview) -> String {
    let count = |has: fn(&PreviewedChange) -> bool| {
        preview.changes.iter().filter(|change| has(change)).count()
    };
    let created = count(|change| change.before.is_none());
    let removed = count(|change| change.after.is_none());
    let updated = preview.changes.len() - created - removed;
    let mut text = format!(
        "an import would create {created} records, update {updated} and remove {removed}; {} are unchanged",
        preview.unchanged
    );
    if preview.absent > 0 {
        text += &format!("; {} that are missing from the dataset would stay", preview.absent);
    }
    text
}

/// Writes the newest state of the database as a dataset into a new or empty folder.
pub(super) async fn export(folder: PathBuf, database: &Database) -> Result<(), Failure> {
    let written = |cause: io::Error| Failure::ExportFolder {
        folder: folder.display().to_string(),
        cause: cause.to_string(),
    };
    fs::create_dir_all(&folder).map_err(written)?;
    if fs::read_dir(&folder).map_err(written)?.next().is_some() {
        return Err(Failure::ExportFolder {
            folder: folder.display().to_string(),
            cause: "it is not empty".to_owned(),
        });
    }
    let db = open(database).await?;
    import::migrate(super::target(database, &db)).await?;
    let files = history::dataset_files(&db, dataset::NAME, dataset::LICENCE).await?;
    super::close(db).await;
    for file in &files {
        let path = folder.join(&file.name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(written)?;
        }
        fs::write(path, &file.text).map_err(written)?;
    }
    super::print_line(&match files.len() {
        0 => "the database is empty: nothing was written".to_owned(),
        number => format!("{number} files written to {}", folder.display()),
    });
    Ok(())
}

/// Opens a database that exists.
async fn open(database: &Database) -> Result<sea_orm::DatabaseConnection, Failure> {
    match connect::is_missing(&database.database_url)? {
        true => Err(Failure::NoDatabase(connect::redacted(&database.database_url))),
        false => Ok(super::open(database).await?),
    }
}
