//! Requests in the forms that different clients send.

use harness::{Service, on_both};
use serde_json::{Value, json};

async fn send(service: &Service, content_type: &str, body: impl Into<reqwest::Body>) -> Value {
    let request =
        service.client().post(service.at("/graphql")).header("content-type", content_type);
    request.body(body).send().await.unwrap().json().await.unwrap()
}

on_both! {
    async fn an_empty_operation_name_is_ignored(service: &'static Service) {
        let body = json!({ "query": "query Q { dataset { revision } }", "operationName": "" });
        let answer = send(service, "application/json", body.to_string()).await;
        assert_eq!(answer["data"]["dataset"]["revision"], 1, "{answer}");
    }

    async fn a_byte_order_mark_and_every_spelling_of_utf8_are_accepted(service: &'static Service) {
        let body = r#"{"query": "{ dataset { revision } }"}"#;
        for content_type in ["application/json; charset=utf8", "application/json;charset=UTF-8", "application/json"] {
            for mark in ["", "\u{feff}"] {
                let answer = send(service, content_type, format!("{mark}{body}")).await;
                assert_eq!(answer["data"]["dataset"]["revision"], 1, "{content_type}: {answer}");
            }
        }
    }

    async fn unicode_escapes_in_strings_are_decoded(service: &'static Service) {
        let count = async |text: &str| {
            let document = format!("{{ sources(filter: {{ text: \"{text}\" }}) {{ totalCount }} }}");
            service.query(&document).await["sources"]["totalCount"].as_i64().unwrap()
        };
        let plain = count("ASEAN").await;
        assert!(plain > 0);
        for text in ["\\u0041SEAN", "\\u{41}SEAN", "\\u{0041}SE\\u{41}N"] {
            assert_eq!(count(text).await, plain, "{text}");
        }
        for text in ["\\u{1F600}", "\\uD83D\\uDE00", "\u{1F600}"] {
            assert_eq!(count(text).await, 0, "{text}");
        }
    }

    async fn the_syntax_of_september_2025_is_accepted(service: &'static Service) {
        let variables = json!({ "codes": ["AU"], "n": 1 });
        for document in [
            "query($codes: [ PartyCode! ]!) { compareContributions(partners: $codes) { total } }",
            "query($codes :[PartyCode !] !) { compareContributions(partners: $codes) { total } }",
            "\"\"\"Why\"\"\" query Q($codes: [PartyCode!]!) { compareContributions(partners: $codes) { total } }",
            "\"Why\" query Q(\"whose\" $codes: [PartyCode!]! \"how many\" $n: Int = 3) { compareContributions(partners: $codes) { total } events(first: $n) { nodes { ...F } } } \"what\" fragment F on Event { slug }",
            "query Q($codes: [PartyCode!]!) { compareContributions(partners: $codes) { ... # a comment\n on # and another\n ContributionComparison { total } } }",
            "\u{feff}query Q($codes: [PartyCode!]!)\t{\r\n,,compareContributions(partners: $codes,) { total, } }",
        ] {
            let data = service.query_with(document, variables.clone()).await;
            assert!(data["compareContributions"]["total"].as_i64().unwrap() > 100, "{document}");
        }
    }

    async fn error_locations_count_descriptions_in_the_document(service: &'static Service) {
        let errors = service.errors("\"\"\"Why\nso\"\"\" query Q {\n  nothing }").await;
        assert_eq!(errors[0]["locations"], json!([{ "line": 3, "column": 3 }]), "{errors:?}");
    }

    async fn an_absent_variable_uses_the_default_of_its_argument(service: &'static Service) {
        let document = "query($interval: Interval, $n: Int, $text: String, $kinds: [EventKind!]) {
            eventSeries(interval: $interval) { points { period } }
            events(first: $n, filter: { text: $text, kinds: $kinds }) { nodes { slug } totalCount }
        }";
        let data = service.query(document).await;
        assert_eq!(data["eventSeries"][0]["points"][0]["period"].as_str().unwrap().len(), 4, "years");
        assert_eq!(data["events"]["nodes"].as_array().unwrap().len(), 20);
        assert!(data["events"]["totalCount"].as_i64().unwrap() > 300, "an absent filter matches everything");
        let errors = service.errors_with(document, json!({ "interval": null })).await;
        assert_eq!(errors[0]["path"], json!(["eventSeries"]), "null is not the same as absent: {errors:?}");
        assert_eq!(errors[0]["extensions"]["code"], "BAD_USER_INPUT");
    }

    async fn a_float_without_a_fraction_is_accepted_as_an_int(service: &'static Service) {
        let document = "query($n: Int, $filter: EventFilter) { events(first: $n, filter: $filter) { nodes { slug } } }";
        let variables: Value = serde_json::from_str(r#"{ "n": 2.0, "filter": { "ordinals": [1.0, 2e0] } }"#).unwrap();
        let data = service.query_with(document, variables).await;
        assert_eq!(data["events"]["nodes"].as_array().unwrap().len(), 2);
        for n in [json!(2.5), json!(1e10), json!("2"), json!(true)] {
            let errors = service.errors_with(document, json!({ "n": n })).await;
            assert!(errors[0]["message"].as_str().unwrap().starts_with("$n: "), "{errors:?}");
        }
    }

    async fn every_invalid_variable_is_reported_with_its_path(service: &'static Service) {
        let document = "query($n: Int!, $filter: EventFilter, $kinds: [EventKind!], $slug: Slug!) {
            events(first: $n, filter: $filter) { totalCount }
            more: events(filter: { kinds: $kinds }) { totalCount }
            event(slug: $slug) { slug }
        }";
        let variables = json!({
            "n": "x", "filter": { "or": [{ "from": "2013-13" }, { "nothing": 1 }] }, "kinds": ["RETREAT", "PARTY"],
        });
        let errors = service.errors_with(document, variables).await;
        let starts = ["$n: ", "$filter.or[0].from: ", "$filter.or[1]: ", "$kinds[1]: ", "$slug: "];
        assert_eq!(errors.len(), starts.len(), "{errors:?}");
        for (error, start) in errors.iter().zip(starts) {
            assert!(error["message"].as_str().unwrap().starts_with(start), "{start}: {error}");
            assert_eq!(error["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
            assert!(error["locations"][0]["line"].is_number(), "{error}");
        }
    }

    async fn introspection_is_the_same_with_and_without_data_fields(service: &'static Service) {
        let introspection = r#"__type(name: "Record") { interfaces { name } kind } __schema { directives { name args { name } } }"#;
        let alone = service.query(&format!("{{ {introspection} }}")).await;
        let with_data = service.query(&format!("{{ dataset {{ revision }} ...I }} fragment I on Query {{ {introspection} }}")).await;
        assert_eq!(alone["__type"]["interfaces"], json!([{ "name": "Node" }]));
        assert_eq!([&with_data["__type"], &with_data["__schema"]], [&alone["__type"], &alone["__schema"]]);
        assert_eq!(with_data["dataset"]["revision"], 1);
    }

    async fn introspection_supports_is_one_of(service: &'static Service) {
        let document = r#"{
            filter: __type(name: "EventFilter") { isOneOf inputFields { type { one: isOneOf name } } }
            event: __type(name: "Event") { ...T } __schema { queryType { isOneOf } } dataset { revision }
        } fragment T on __Type { isOneOf kind }"#;
        let data = service.query(document).await;
        assert_eq!(data["filter"]["isOneOf"], false);
        assert_eq!(data["event"], json!({ "isOneOf": null, "kind": "OBJECT" }));
        assert_eq!(data["__schema"]["queryType"], json!({ "isOneOf": null }));
        let fields = data["filter"]["inputFields"].as_array().unwrap();
        let not = fields.iter().find(|field| field["type"]["name"] == "EventFilter").unwrap();
        assert_eq!(not["type"]["one"], false);
    }
}
