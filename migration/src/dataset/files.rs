//! Loads the files of a dataset from a folder, or from the copy embedded in the program.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use miette::NamedSource;
use rust_embed::RustEmbed;

use super::problem::{Problem, SourceFile};

/// The maximum size of a file, in bytes. The largest current file has a tenth of it.
pub const MAX_FILE_BYTES: u64 = 4 << 20;

#[derive(RustEmbed)]
#[folder = "data/"]
#[include = "*.toml"]
struct Embedded;

/// Why a folder could not be read.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("{0} is not a readable folder: {1}")]
    Unreadable(PathBuf, #[source] io::Error),
    #[error("{0} contains no .toml files: give the folder that contains dataset.toml")]
    Empty(PathBuf),
}

/// The embedded files, sorted by name.
pub(super) fn embedded() -> Vec<SourceFile> {
    let mut names: Vec<_> = Embedded::iter().collect();
    names.sort();
    names.iter().map(|name| embedded_file(name)).collect()
}

/// An embedded file.
pub(super) fn embedded_file(name: &str) -> SourceFile {
    let file = Embedded::get(name).expect("the name is that of an embedded file");
    let text = String::from_utf8(file.data.into_owned()).expect("the embedded files are UTF-8");
    Arc::new(NamedSource::new(name, text))
}

/// Every `.toml` file in a folder and its subfolders, sorted by name. A file that can't be read is
/// reported as a problem.
pub(super) fn folder(
    root: &Path,
    problems: &mut Vec<Problem>,
) -> Result<Vec<SourceFile>, FolderError> {
    let mut paths = Vec::new();
    collect(root, &mut paths).map_err(|error| FolderError::Unreadable(root.to_owned(), error))?;
    if paths.is_empty() {
        return Err(FolderError::Empty(root.to_owned()));
    }
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
        let refuse = |message: String, help: &str| Problem {
            file: Arc::new(NamedSource::new(&name, String::new())),
            span: None,
            message,
            help: help.to_owned(),
        };
        let size = fs::metadata(&path).map_or(0, |metadata| metadata.len());
        if size > MAX_FILE_BYTES {
            problems.push(refuse(
                format!(
                    "the file has {} MiB; the limit is {} MiB",
                    size >> 20,
                    MAX_FILE_BYTES >> 20
                ),
                "split it: a record may be in any file of the dataset",
            ));
            continue;
        }
        match fs::read(&path).map(String::from_utf8) {
            Ok(Ok(text)) => files.push(Arc::new(NamedSource::new(&name, text))),
            Ok(Err(error)) => {
                let valid = error.utf8_error().valid_up_to();
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                problems.push(Problem {
                    file: Arc::new(NamedSource::new(&name, text)),
                    span: Some(valid..valid + 1),
                    message: format!("byte {valid} is not UTF-8"),
                    help: "save the file as UTF-8".to_owned(),
                });
            }
            Err(error) => problems.push(refuse(
                format!("the file can't be read: {error}"),
                "change its permissions so that you can read it, or remove it from the folder",
            )),
        }
    }
    Ok(files)
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            collect(&path, paths)?;
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            paths.push(path);
        }
    }
    Ok(())
}
