//! CONTRIBUTING.md lists the files that a change touches. The lists are short, and the code agrees
//! with them.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// Stands for any migration.
const MIGRATION: &str = "migration/src/mYYYYMMDD_NNNNNN_NAME.rs";

/// The files of the numbered list of a section.
fn listed(title: &str) -> Vec<String> {
    let text = fs::read_to_string(Path::new(ROOT).join("CONTRIBUTING.md")).unwrap();
    let (_, section) = text.split_once(&format!("\n## {title}\n")).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let numbered = section.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_digit()));
    numbered.map(|line| line.split('`').nth(1).unwrap().to_owned()).collect()
}

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether a name occurs in code, outside of comments and unit tests.
fn mentions(code: &str, name: &str) -> bool {
    let code = code.split("#[cfg(test)]").next().unwrap();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code: String = lines.flat_map(|line| [line, "\n"]).collect();
    code.match_indices(name).any(|(start, _)| {
        let (before, after) = (&code[..start], &code[start + name.len()..]);
        !before.ends_with(is_word) && !after.starts_with(is_word)
    })
}

/// The source files that mention one of these names; migrations as one.
fn mentioning(names: &[&str]) -> BTreeSet<String> {
    let mut files = Vec::new();
    for folder in ["api/src", "entities/src", "migration/src"] {
        rust_files(&Path::new(ROOT).join(folder), &mut files);
    }
    let file = |path: &PathBuf| {
        let code = fs::read_to_string(path).unwrap();
        let path = path.strip_prefix(ROOT).unwrap().to_str().unwrap().to_owned();
        let path = if path.starts_with("migration/src/m2") { MIGRATION.to_owned() } else { path };
        names.iter().any(|name| mentions(&code, name)).then_some(path)
    };
    files.iter().filter_map(file).collect()
}

/// Compares a list with the files that mention its example. `optional` files are in the text below
/// the list. A new migration is also listed in lib.rs, which names it by its date.
fn assert_complete(title: &str, names: &[&str], optional: &[&str]) {
    let expected: BTreeSet<String> =
        listed(title).into_iter().filter(|file| file != "migration/src/lib.rs").collect();
    let mut found = mentioning(names);
    found.retain(|file| !optional.contains(&file.as_str()));
    assert_eq!(found, expected, "{title}");
}

#[test]
fn a_field_touches_the_files_of_its_list() {
    assert!(listed("Add a field").len() <= 5);
    assert_complete("Add a field", &["official_name"], &["migration/src/search/document.rs"]);
}

#[test]
fn a_relation_touches_the_files_of_its_list() {
    assert!(listed("Add a relation").len() <= 7);
    let names = ["presented_at", "presented_at_id", "presented_documents"];
    assert_complete("Add a relation", &names, &["migration/src/dataset/warnings/mod.rs"]);
}

#[test]
fn a_kind_of_record_has_a_short_list() {
    let listed = listed("Add a kind of record");
    assert!(listed.len() <= 14, "{listed:?}");
    let mentioning = mentioning(&["provision", "Provision"]);
    let lib = ["migration/src/lib.rs"];
    for file in listed.iter().filter(|file| !lib.contains(&file.as_str())) {
        assert!(mentioning.contains(file), "{file} does not mention the example");
    }
}
