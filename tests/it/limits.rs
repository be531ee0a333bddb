//! The cost limits of documents, and the errors above them.

use harness::{Backend, Database, Service, on_both};
use serde_json::{Value, json};

async fn with_cost(service: &Service, query: &str) -> Value {
    let request = service.client().post(service.at("/graphql")).header("x-adkb-cost", "1");
    request.json(&json!({ "query": query })).send().await.unwrap().json().await.unwrap()
}

on_both! {
    async fn a_client_that_requests_it_receives_the_cost_of_its_operation(service: &'static Service) {
        let query = "{ a: events(first: 10) { nodes { slug body { events(last: 5) { edges { node { slug } } } } } } dataset { name } }";
        let answer = with_cost(service, query).await;
        assert!(answer["data"]["a"].is_object(), "{answer}");
        // A connection and the dataset; 10 events, each with a body and a connection of 5 edges and
        // 5 nodes.
        let nodes = 1 + 1 + 10 * (1 + 1 + 1 + 5 * 2);
        let value = |measure: &str| answer["extensions"]["cost"][measure]["value"].clone();
        assert_eq!(value("nodes"), nodes);
        assert_eq!(value("depth"), 7);
        assert_eq!(value("fields"), 10);
        assert_eq!(value("rootFields"), 2);
        assert_eq!(value("aliases"), 1);
        assert_eq!(value("directives"), 0);
        assert_eq!(answer["extensions"]["cost"]["depth"]["limit"], 16);
        assert!(service.answer(query, json!({})).await.get("extensions").is_none(), "cost without the header");
    }

    async fn a_page_size_in_a_variable_costs_the_same_as_a_literal(service: &'static Service) {
        let query = "query($n: Int = 3) { events(first: $n) { nodes { slug } } }";
        assert_eq!(with_cost(service, query).await["extensions"]["cost"]["nodes"]["value"], 4);
    }

    async fn exponentially_nested_fragments_are_rejected_at_once(service: &'static Service) {
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

    async fn filters_are_limited_in_queries_and_exports(service: &'static Service) {
        let entries = |length: usize| (0..length).map(|number| format!("place {number}")).collect::<Vec<_>>();
        let mut nested = json!({ "planned": true });
        for _ in 0..20 {
            nested = json!({ "not": nested });
        }
        for (filter, measure, value) in [
            (json!({ "text": "a ".repeat(20_000) }), "conditions", 20_000),
            (json!({ "or": vec![json!({ "planned": true }); 400] }), "conditions", 800),
            (json!({ "cities": entries(33_000) }), "listValues", 33_000),
            (json!({ "text": "a".repeat(60_000) }), "wordLength", 60_000),
            (nested, "filterDepth", 21),
        ] {
            let variables = json!({ "filter": filter });
            let document = "query($filter: EventFilter) { events(filter: $filter) { totalCount } }";
            let errors = service.errors_with(document, variables.clone()).await;
            let extensions = &errors[0]["extensions"];
            assert_eq!(extensions["code"], "QUERY_TOO_COSTLY", "{measure}: {errors:?}");
            assert_eq!((&extensions["measure"], &extensions["value"]), (&json!(measure), &json!(value)));
            assert!(extensions["limit"].as_i64().unwrap() < value);

            let text = filter.to_string();
            // A longer URL is rejected for its length.
            if text.len() < 20_000 {
                let address = service.at(&format!("/export/events.csv?filter={text}"));
                let response = service.client().get(address).send().await.unwrap();
                assert_eq!(response.status(), 400, "{measure}");
                let message = response.text().await.unwrap();
                assert!(message.contains(measure) && message.contains("at most"), "{message}");
            }
        }
        // The service still answers.
        assert_eq!(service.query("{ dataset { revision } }").await["dataset"]["revision"], 1);
    }

    async fn filters_at_the_limits_are_accepted(service: &'static Service) {
        let cities: Vec<String> = (0..1_999).map(|number| format!("place {number}")).chain(["Hanoi".to_owned()]).collect();
        let words = ["ASEAN"].repeat(300).join(" ");
        for filter in [
            json!({ "cities": cities }),
            json!({ "cities": vec!["Hanoi"; 30_000] }),
            json!({ "text": words }),
            json!({ "or": vec![json!({ "text": "ASEAN" }); 150] }),
            json!({ "and": vec![json!({ "text": "ASEAN" }); 150] }),
        ] {
            let document = "query($filter: EventFilter) { events(filter: $filter) { totalCount } }";
            let data = service.query_with(document, json!({ "filter": filter })).await;
            assert!(data["events"]["totalCount"].as_i64().unwrap() > 0);
        }
    }

    async fn an_unpaged_list_costs_as_many_nodes_as_the_longest_one(service: &'static Service) {
        let nodes = async |query: &str| {
            with_cost(service, query).await["extensions"]["cost"]["nodes"]["value"].as_u64().unwrap()
        };
        let page = nodes("{ events(first: 10) { nodes { slug } } }").await;
        let participants = nodes("{ events(first: 10) { nodes { participants { code } } } }").await;
        // The longest list of participants has at least 19 parties.
        assert!(participants >= page + 10 * 19, "{participants}");
        let nested = format!("{{ events(first: 2) {{ nodes {{ {} }} }} }}", "participants { events(first: 5) { nodes { ".repeat(3) + "slug" + &" } } }".repeat(3));
        let errors = service.errors(&nested).await;
        assert_eq!(errors[0]["extensions"]["measure"], "nodes", "{errors:?}");
    }

    async fn a_formatted_citation_costs_more_than_a_stored_value(service: &'static Service) {
        let cites: String = (0..24).map(|number| format!(" c{number}: cite(style: CHICAGO)")).collect();
        let query = format!("{{ events(first: 100) {{ nodes {{ body {{ events(first: 97) {{ nodes {{ {cites} }} }} }} }} }} }}");
        let errors = service.errors(&query).await;
        assert_eq!(errors[0]["extensions"]["measure"], "values", "{errors:?}");
        let few = "{ events(first: 20) { nodes { apa: cite(style: APA) chicago: cite(style: CHICAGO) } } }";
        assert_eq!(service.query(few).await["events"]["nodes"].as_array().unwrap().len(), 20);
    }

    async fn a_document_with_many_errors_receives_the_first_20(service: &'static Service) {
        let fields: String = (0..1_000).map(|number| format!(" f{number}: __typename @no{number}")).collect();
        let answer = service.answer(&format!("{{ {fields} }}"), json!({})).await;
        assert_eq!(answer["errors"].as_array().unwrap().len(), 20);
        assert_eq!(answer["extensions"]["omittedErrors"], 980, "{}", answer["extensions"]);
    }

    async fn too_deep_documents_are_rejected_for_their_depth(service: &'static Service) {
        for levels in [40, 99, 150, 190, 250, 700] {
            let document = format!("{{ bodies {{ nodes {{ {} slug {} }} }} }}", "parent { ".repeat(levels), "} ".repeat(levels));
            let errors = service.errors(&document).await;
            assert_eq!(errors[0]["extensions"]["code"], "QUERY_TOO_COSTLY", "{levels}: {errors:?}");
            assert_eq!(errors[0]["extensions"]["measure"], "depth", "{levels}");
        }
        let mut chain = "{ bodies { nodes { ...F0 } } }".to_owned();
        for level in 0..350 {
            chain += &format!(" fragment F{level} on Body {{ parent {{ ...F{} }} }}", level + 1);
        }
        chain += " fragment F350 on Body { slug }";
        for document in [chain.clone(), format!("{chain} fragment G on Nothing {{ a }}")] {
            let errors = service.errors(&document).await;
            assert!(errors[0]["extensions"]["code"].is_string(), "{errors:?}");
        }
        assert_eq!(service.errors(&chain).await[0]["extensions"]["measure"], "depth");
    }

    async fn nested_lists_above_the_node_limit_are_rejected_before_execution(service: &'static Service) {
        let query = "{ bodies(first: 100) { nodes { events(first: 100) { nodes { contributions(first: 100) { nodes { slug } } } } } } }";
        let errors = service.errors(query).await;
        let message = errors[0]["message"].as_str().unwrap();
        assert!(message.contains("nodes") && message.contains("at most 100000") && message.contains("smaller pages"), "{message}");
        assert_eq!(errors[0]["extensions"]["value"], 1 + 100 * (1 + 1 + 100 * (1 + 1 + 100)));
    }
}

#[test]
fn every_limit_is_a_setting() {
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
        ("--max-values", "{ events(first: 5) { nodes { slug } } }".to_owned(), "values"),
        ("--max-response", format!("{{ {event} {{ slug }} }}"), "bytes"),
        (
            "--max-conditions",
            r#"{ events(filter: { text: "a b c d" }) { totalCount } }"#.to_owned(),
            "conditions",
        ),
        (
            "--max-list-values",
            r#"{ events(filter: { ordinals: [1, 2, 3, 4, 4] }) { totalCount } }"#.to_owned(),
            "listValues",
        ),
        (
            "--max-filter-depth",
            "{ events(filter: { not: { not: { not: { planned: true } } } }) { totalCount } }"
                .to_owned(),
            "filterDepth",
        ),
        (
            "--max-word",
            r#"{ events(filter: { text: "four" }) { totalCount } }"#.to_owned(),
            "wordLength",
        ),
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
fn introspection_and_suggestions_can_be_disabled() {
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
