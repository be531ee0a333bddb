//! The documentation is true: every query of `api/examples` gets the response that is shown for it,
//! and the settings, files and links that documents name exist.

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
};

use harness::{Adkb, Service, on_both};
use serde_json::{Value, json};

const README: &str = "README.md";
const MANUAL: &str = "api/README.md";

const DOCUMENTS: [&str; 7] = [
    README,
    MANUAL,
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "tests/bench/README.md",
];

fn in_repository(path: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(path)
}

fn read(path: &str) -> String {
    std::fs::read_to_string(in_repository(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A query of `api/examples`: `NAME.graphql`, its response in `NAME.json`, and its variables in
/// `NAME.variables.json` if it has any.
struct Example {
    name: String,
    /// Without the comment that is its title.
    query: String,
    variables: Value,
    /// The `data` of the response, abbreviated as [`difference`] describes.
    response: String,
}

fn examples() -> Vec<Example> {
    let folder = std::fs::read_dir(in_repository("api/examples")).unwrap();
    let mut files: BTreeMap<String, String> = folder
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    let queries = files.keys().filter_map(|file| file.strip_suffix(".graphql"));
    let names: Vec<String> = queries.map(str::to_owned).collect();
    let mut examples = Vec::new();
    for name in names {
        let query = files.remove(&format!("{name}.graphql")).unwrap();
        let (title, query) = query.split_once('\n').unwrap();
        assert!(title.starts_with("# "), "{name}.graphql begins with a comment that is its title");
        let variables = match files.remove(&format!("{name}.variables.json")) {
            Some(variables) => serde_json::from_str(&variables).unwrap(),
            None => json!({}),
        };
        let response = files.remove(&format!("{name}.json"));
        let response = response.unwrap_or_else(|| panic!("{name}.graphql has no {name}.json"));
        let query = query.to_owned();
        examples.push(Example { name, query, variables, response });
    }
    assert!(files.is_empty(), "no query has the name of these files: {:?}", files.keys());
    examples
}

/// The code blocks of a document, each with its language.
fn blocks(markdown: &str) -> Vec<(&str, String)> {
    let mut blocks = Vec::new();
    let mut lines = markdown.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let inside = lines.by_ref().take_while(|line| *line != "```");
            blocks.push((language, inside.flat_map(|line| [line, "\n"]).collect()));
        }
    }
    blocks
}

/// The first difference between an abbreviated response and the whole one. The abbreviated one may
/// omit keys of an object and the end of a list, and "…" stands for any value.
fn difference(short: &Value, whole: &Value, path: &str) -> Option<String> {
    match (short, whole) {
        (Value::String(text), _) if text == "…" => None,
        (Value::Object(short), Value::Object(whole)) => short.iter().find_map(|(key, value)| {
            let path = format!("{path}/{key}");
            difference(value, whole.get(key).unwrap_or(&Value::Null), &path)
        }),
        (Value::Array(short), Value::Array(whole)) => {
            let short = match short.split_last() {
                Some((Value::String(last), rest)) if last == "…" => rest,
                _ => short.as_slice(),
            };
            short.iter().enumerate().find_map(|(index, value)| {
                let path = format!("{path}/{index}");
                difference(value, whole.get(index).unwrap_or(&Value::Null), &path)
            })
        }
        _ if short == whole => None,
        _ => Some(format!("at {path} the example has {short}, the response {whole}")),
    }
}

on_both! {
    async fn every_example_gets_its_response(service: &'static Service) {
        let examples = examples();
        assert!(examples.len() >= 10, "only {} examples", examples.len());
        for Example { name, query, variables, response } in examples {
            let data = service.query_with(&query, variables).await;
            let short: Value = serde_json::from_str(&response)
                .unwrap_or_else(|error| panic!("{name}.json is not JSON: {error}"));
            if let Some(difference) = difference(&short, &data, "") {
                panic!("{name}: {difference}");
            }
        }
    }

    /// `.ci/test` creates the Python environment.
    async fn the_python_example_prints_its_table(service: &'static Service) {
        let manual = read(MANUAL);
        let blocks = blocks(&manual);
        let example = blocks.iter().find(|(language, _)| *language == "python");
        let (_, example) = example.expect("the manual has a Python example");
        let program = example.replace("http://127.0.0.1:8080", service.at("").trim_end_matches('/'));
        assert_ne!(program, *example, "the example has the service's default address");
        let output = tokio::process::Command::new(in_repository("target/python/bin/python"))
            .args(["-c", &program])
            .output()
            .await
            .expect("target/python has Python: run .ci/test once to create it");
        let (table, errors) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{errors}");
        let japan = table.lines().find(|line| line.starts_with("Japan ")).expect("Japan has a row");
        assert!(japan.trim_end().ends_with(" 45"), "{japan}");
    }
}

#[test]
fn readme_shows_three_of_the_examples() {
    let examples = examples();
    let readme = read(README);
    let mut blocks = blocks(&readme);
    blocks.retain(|(language, _)| matches!(*language, "graphql" | "json"));
    assert_eq!(blocks.len(), 6, "three queries and three responses");
    for pair in blocks.chunks(2) {
        let [("graphql", query), ("json", response)] = pair else {
            panic!("the response to a query does not follow it: {pair:?}");
        };
        let example = examples.iter().find(|example| example.query == *query);
        let example = example.unwrap_or_else(|| panic!("not in api/examples:\n{query}"));
        assert_eq!(*response, example.response, "README's response to {}", example.name);
    }
}

#[test]
fn readme_has_the_number_of_records_of_each_kind() {
    let examples = examples();
    let dataset = examples.iter().find(|example| example.name == "dataset").unwrap();
    let response: Value = serde_json::from_str(&dataset.response).unwrap();
    let counts = response["dataset"]["counts"].as_array().unwrap();
    assert_eq!(counts.len(), 13);
    let readme = read(README);
    for count in counts {
        let cell = format!("| {} |", count["count"]);
        assert!(readme.contains(&cell), "README's table of records has no row for {count}");
    }
}

/// The rows of the configuration table, by flag: the default as the manual writes it.
fn documented_defaults(manual: &str) -> HashMap<&str, &str> {
    let rows = manual.lines().filter(|line| line.starts_with("| `--"));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        (cells[1].trim_matches('`'), cells[2].trim_matches('`'))
    })
    .collect()
}

#[test]
fn the_manual_has_every_setting_with_its_default() {
    let manual = read(MANUAL);
    let mut documented = documented_defaults(&manual);
    let config = Adkb::new(["config"]).run().success().stdout;
    let config: Value = serde_json::from_str(&config).unwrap();
    let help = Adkb::new(["config", "--help"]).run().success().stdout;
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let settings = config.as_object().unwrap().iter().filter(|(name, _)| *name != "memory");
    for (name, default) in settings {
        let flag = format!("--{}", name.replace('_', "-"));
        let shown = documented.remove(flag.as_str());
        let shown = shown.unwrap_or_else(|| panic!("{MANUAL} has no row for {flag}"));
        let expected = match default {
            Value::String(text) => text.clone(),
            Value::Array(list) => {
                list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",")
            }
            Value::Null => shown.to_owned(),
            other => other.to_string(),
        };
        assert_eq!(shown, expected, "the default of {flag}");
        let variable = match name.as_str() {
            "database_url" => "DATABASE_URL".to_owned(),
            _ => format!("ADKB_{}", name.to_uppercase()),
        };
        assert!(help.contains(&format!("[env: {variable}")), "{flag} has no variable {variable}");
    }
    assert!(documented.is_empty(), "{MANUAL} describes flags that do not exist: {documented:?}");
}

/// The files that a document names: targets of links, relative to it, and paths from the root in
/// backticks. A path with a placeholder in capitals is not a file.
fn named_files(document: &str) -> Vec<PathBuf> {
    const FOLDERS: [&str; 5] = ["api/", "entities/", "migration/", "tests/", ".ci/"];
    let text = read(document);
    let folder = in_repository(document).parent().unwrap().to_owned();
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    let links = targets
        .filter_map(|(target, _)| target.split('#').next())
        .filter(|target| !target.is_empty() && !target.contains("://"))
        .map(|target| folder.join(target));
    let is_placeholder =
        |path: &str| path.contains(['*', ' ']) || path.contains("NAME") || path.contains("YYYY");
    let paths = text
        .split('`')
        .filter(|path| FOLDERS.iter().any(|folder| path.starts_with(folder)))
        .filter(|path| !is_placeholder(path))
        .map(in_repository);
    links.chain(paths).collect()
}

#[test]
fn every_file_that_a_document_names_exists() {
    let mut named = 0;
    for document in DOCUMENTS {
        for file in named_files(document) {
            assert!(file.exists(), "{document} names {}, which does not exist", file.display());
            named += 1;
        }
    }
    assert!(named > 50, "the documents name {named} files");
}

#[test]
fn a_response_that_differs_is_noticed() {
    let whole = json!({ "a": [{ "b": 1, "c": 2 }, { "b": 3 }], "d": "text" });
    for (short, fits) in [
        (r#"{}"#, true),
        (r#"{ "a": [{ "b": 1 }, "…"], "d": "…" }"#, true),
        (r#"{ "a": "…" }"#, true),
        (r#"{ "a": [{ "b": 2 }] }"#, false),
        (r#"{ "a": [{ "b": 1 }, { "b": 3 }, { "b": 4 }] }"#, false),
        (r#"{ "e": 1 }"#, false),
        (r#"{ "d": "tex" }"#, false),
    ] {
        let short: Value = serde_json::from_str(short).unwrap();
        assert_eq!(difference(&short, &whole, "").is_none(), fits, "{short}");
    }
}
