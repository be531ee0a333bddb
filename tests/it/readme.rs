//! What README shows is what the service says.

use harness::{Service, on_both};
use serde_json::Value;

/// A query of README, and the abbreviated answer that follows it.
struct Example {
    line: usize,
    query: String,
    answer: Option<String>,
}

fn readme() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
    std::fs::read_to_string(path).expect("README.md is there")
}

fn examples() -> Vec<Example> {
    let readme = readme();
    let mut examples: Vec<Example> = Vec::new();
    let mut lines = readme.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let mut block = || -> String {
            let inside = lines.by_ref().map(|(_, line)| line);
            inside.take_while(|line| *line != "```").flat_map(|line| [line, "\n"]).collect()
        };
        match line {
            "```graphql" => {
                examples.push(Example { line: number + 1, query: block(), answer: None });
            }
            "```json" => {
                let answer = block();
                if let Some(example) = examples.last_mut() {
                    example.answer.get_or_insert(answer);
                }
            }
            fence if fence.starts_with("```") => {
                block();
            }
            _ => {}
        }
    }
    examples
}

/// Where the abbreviated answer says something else than the whole one: of an object it may leave
/// keys out, of a list the end, and "…" stands for anything.
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
            short.iter().enumerate().find_map(|(place, value)| {
                let path = format!("{path}/{place}");
                difference(value, whole.get(place).unwrap_or(&Value::Null), &path)
            })
        }
        _ if short == whole => None,
        _ => Some(format!("at {path} README has {short}, the answer {whole}")),
    }
}

on_both! {
    async fn every_query_of_the_readme_runs_and_gives_the_answer_beneath_it(
        service: &'static Service
    ) {
        let examples = examples();
        assert!(examples.len() >= 10, "README has ten queries worth pasting, not {}", examples.len());
        let mut compared = 0;
        for Example { line, query, answer } in examples {
            let data = service.query(&query).await;
            let Some(answer) = answer else { continue };
            let short: Value = serde_json::from_str(&answer)
                .unwrap_or_else(|error| panic!("the answer to README line {line} is no JSON: {error}"));
            let short = short.get("data").unwrap_or(&short);
            if let Some(difference) = difference(short, &data, "") {
                panic!("README line {line}: {difference}");
            }
            compared += 1;
        }
        assert!(compared > 0, "README shows answers");
    }

    /// `.ci/test` makes the environment in which it runs.
    async fn the_example_for_python_prints_its_table(service: &'static Service) {
        let readme = readme();
        let (_, example) = readme.split_once("```python\n").expect("README has an example for Python");
        let (example, _) = example.split_once("```").expect("the example ends");
        let here = example.replace("http://127.0.0.1:8080", service.at("").trim_end_matches('/'));
        assert_ne!(here, example, "the example names the service's address");
        let python = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/python/bin/python");
        let output = tokio::process::Command::new(python)
            .args(["-c", &here])
            .output()
            .await
            .expect("Python is in target/python: run .ci/test once, which puts it there");
        let (table, complaints) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{complaints}");
        let japan = table.lines().find(|line| line.starts_with("Japan ")).expect("Japan has a row");
        assert!(japan.trim_end().ends_with(" 44"), "{japan}");
    }
}

#[test]
fn an_answer_that_differs_is_noticed() {
    let whole = serde_json::json!({ "a": [{ "b": 1, "c": 2 }, { "b": 3 }], "d": "text" });
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
