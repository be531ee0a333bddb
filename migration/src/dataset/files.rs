//! Where a dataset's files come from: a folder, or the copy inside the binary.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use miette::NamedSource;
use rust_embed::RustEmbed;

use super::problem::{Problem, SourceFile};

/// The largest file that is read, in bytes. The largest of today has a tenth of it.
pub const MAX_FILE_BYTES: u64 = 4 << 20;

#[derive(RustEmbed)]
#[folder = "data/"]
#[include = "*.toml"]
struct Embedded;

/// Why a folder could not be read at all.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("{0} is not a folder that can be read: {1}")]
    Unreadable(PathBuf, #[source] io::Error),
    #[error("{0} holds no .toml file: name the folder that holds dataset.toml")]
    Empty(PathBuf),
}

/// The files that the binary ships, in the order of their names.
pub(super) fn embedded() -> Vec<SourceFile> {
    let mut names: Vec<_> = Embedded::iter().collect();
    names.sort();
    let text = |name: &str| {
        let file = Embedded::get(name).expect("the name comes from the list of embedded files");
        String::from_utf8(file.data.into_owned()).expect("a test reads the embedded dataset")
    };
    names.iter().map(|name| Arc::new(NamedSource::new(name, text(name)))).collect()
}

/// Every `.toml` file below a folder, in the order of their names; what can't be taken is a problem.
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
                    "the file has {} MiB; at most {} are read",
                    size >> 20,
                    MAX_FILE_BYTES >> 20
                ),
                "split it: a record may stand in any file of the dataset",
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
                "give yourself the right to read it, or take it out of the folder",
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
