//! What a document may cost, and what a client is told that goes too far.

use harness::{Backend, Database, Service, on_both};
use serde_json::{Value, json};

async fn with_cost(service: &Service, query: &str) -> Value {
    let request = service.client().post(service.at("/graphql")).header("x-adkb-cost", "1");
    request.json(&json!({ "query": query })).send().await.unwrap().json().await.unwrap()
}

on_both! {
    async fn a_client_that_asks_is_told_what_its_operation_costs(service: &'static Service) {
        let query = "{ a: events(first: 10) { nodes { slug body { events(last: 5) { edges { node { slug } } } } } } dataset { name } }";
        let answer = with_cost(service, query).await;
        assert!(answer["data"]["a"].is_object(), "{answer}");
        // The connection and the dataset, 10 events each with a body and a connection, 5 edges and 5 nodes in each of those.
        let nodes = 1 + 1 + 10 * (1 + 1 + 1 + 5 * 2);
        let value = |measure: &str| answer["extensions"]["cost"][measure]["value"].clone();
        assert_eq!(value("nodes"), nodes);
        assert_eq!(value("depth"), 7);
        assert_eq!(value("fields"), 10);
        assert_eq!(value("rootFields"), 2);
        assert_eq!(value("aliases"), 1);
        assert_eq!(value("directives"), 0);
        assert_eq!(answer["extensions"]["cost"]["depth"]["limit"], 16);
        assert!(service.answer(query, json!({})).await.get("extensions").is_none(), "only to who asks");
    }

    async fn a_page_size_by_variable_counts_like_one_in_the_document(service: &'static Service) {
        let query = "query($n: Int = 3) { events(first: $n) { nodes { slug } } }";
        assert_eq!(with_cost(service, query).await["extensions"]["cost"]["nodes"]["value"], 4);
    }

    async fn fragments_that_spread_each_other_over_and_over_are_refused_at_once(service: &'static Service) {
        let mut document = "{ events { nodes { ...F0 } } }".to_owned();
        for level in 0..60 {
            let next = level + 1;
            document += &format!(" fragment F{level} on Event {{ a{level}: slug ...F{next} b{level}: title ...F{next} }}");
        }
        document += " fragment F60 on Event { slug }";
        let errors = service.errors(&document).await;
        assert_eq!(errors[0]["extensions"]["code"], "QUERY_TOO_COSTLY", "{errors:?}");
        assert_eq!(errors[0]["extensions"]["measure"], "fields");
    }

    async fn lists_within_lists_are_refused_before_they_run(service: &'static Service) {
        let query = "{ bodies(first: 100) { nodes { events(first: 100) { nodes { contributions(first: 100) { nodes { slug } } } } } } }";
        let errors = service.errors(query).await;
        let message = errors[0]["message"].as_str().unwrap();
        assert!(message.contains("nodes") && message.contains("at most 100000") && message.contains("smaller pages"), "{message}");
        assert_eq!(errors[0]["extensions"]["value"], 1 + 100 * (1 + 1 + 100 * (1 + 1 + 100)));
    }
}

#[test]
fn each_limit_is_a_setting() {
    let event = r#"event(slug: "medex-lucknow-2019")"#;
    for (setting, query, measure) in [
        (
            "--max-depth",
            format!("{{ {event} {{ body {{ parent {{ parent {{ slug }} }} }} }} }}"),
            "depth",
        ),
        ("--max-fields", format!("{{ {event} {{ slug title start end }} }}"), "fields"),
        (
            "--max-root-fields",
            "{ dataset { name } a: dataset { name } b: dataset { name } c: dataset { name } }"
                .to_owned(),
            "rootFields",
        ),
        (
            "--max-aliases",
            format!("{{ {event} {{ a: slug b: slug c: slug d: slug }} }}"),
            "aliases",
        ),
        (
            "--max-directives",
            format!(
                "{{ {event} {{ slug @skip(if: false) title @skip(if: false) start @skip(if: false) end @skip(if: false) }} }}"
            ),
            "directives",
        ),
        ("--max-nodes", "{ events(first: 5) { nodes { slug } } }".to_owned(), "nodes"),
    ] {
        harness::run(async {
            let service = Service::start_with(Database::filled(Backend::Sqlite), &[setting, "3"]);
            let errors = service.errors(&query).await;
            assert_eq!(errors[0]["extensions"]["measure"], measure, "{errors:?}");
            assert_eq!(errors[0]["extensions"]["limit"], 3);
        });
    }
}

#[test]
fn the_schema_and_hints_can_be_withheld() {
    harness::run(async {
        let quiet = ["--introspection", "false", "--suggestions", "false"];
        let service = Service::start_with(Database::filled(Backend::Sqlite), &quiet);
        for query in ["{ __schema { types { name } } }", r#"{ __type(name: "Event") { name } }"#] {
            let errors = service.errors(query).await;
            assert!(
                errors[0]["message"].as_str().unwrap().contains("/schema.graphql"),
                "{errors:?}"
            );
        }
        assert_eq!(service.query("{ __typename }").await, json!({ "__typename": "Query" }));
        let errors = service.errors("{ event_ { slug } }").await;
        assert!(!errors[0]["message"].as_str().unwrap().contains("Did you mean"), "{errors:?}");
    });
}
