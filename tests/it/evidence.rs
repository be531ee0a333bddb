//! What the sources support: which events took place, in which bodies, how well each fact is
//! supported, and what is missing. Questions on the shipped dataset.

use harness::{Service, number, on_both, texts};
use serde_json::{Value, json};

/// The joint exercises, each with its bodies, the leading one first.
const JOINT: [(&str, &[&str]); 3] = [
    ("force-18-pune-2016", &["ewg-humanitarian-mine-action", "ewg-peacekeeping"]),
    ("admm-plus-am-hex-chonburi-2016", &["ewg-hadr", "ewg-military-medicine"]),
    (
        "admm-plus-ms-ct-ftx-brunei-singapore-2016",
        &["ewg-maritime-security", "ewg-counter-terrorism"],
    ),
];

async fn contributions_of_russia(service: &Service, filter: &str) -> i64 {
    let query = format!(
        r#"{{ compareContributions(partners: ["RU"], filter: {{
            events: ["ewg-hma-ftx-russia-2026"], kinds: [HOSTING] {filter}
        }}) {{ total }} }}"#
    );
    number(&service.query(&query).await["compareContributions"]["total"])
}

on_both! {
    async fn an_event_that_was_announced_and_not_reported_is_unconfirmed(service: &'static Service) {
        let data = service
            .query(r#"{ events(first: 100, filter: { statuses: [UNCONFIRMED] }) {
                nodes { slug status planned }
            } }"#)
            .await;
        let nodes = &data["events"]["nodes"];
        let slugs = texts(nodes, "/slug");
        for slug in ["ancm-06-brunei-2012", "ewg-hma-06-moscow-2017", "ewg-cs-03-cebu-2018"] {
            assert!(slugs.contains(&slug), "{slug} is not in {slugs:?}");
        }
        assert!(nodes.as_array().unwrap().iter().all(|event| event["planned"] == true));
    }

    async fn a_hosting_that_is_only_announced_does_not_count(service: &'static Service) {
        assert_eq!(contributions_of_russia(service, "").await, 0);
        assert_eq!(contributions_of_russia(service, ", statuses: [ANNOUNCED, UNCONFIRMED]").await, 1);
    }

    async fn a_joint_exercise_belongs_to_each_of_its_working_groups(service: &'static Service) {
        for (event, bodies) in JOINT {
            let data = service
                .query(&format!(r#"{{ event(slug: "{event}") {{ body {{ slug }} bodies {{ slug }} }} }}"#))
                .await;
            assert_eq!(texts(&data["event"]["bodies"], "/slug"), bodies);
            assert_eq!(data["event"]["body"]["slug"], bodies[0]);
            for body in bodies {
                let data = service
                    .query(&format!(
                        r#"{{
                            body(slug: "{body}") {{ events(filter: {{ slugs: ["{event}"] }}) {{ totalCount }} }}
                            events(filter: {{ slugs: ["{event}"], bodies: ["{body}"] }}) {{ totalCount }}
                            eventSeries(splitBy: BODY, filter: {{ slugs: ["{event}"] }}) {{ key total }}
                        }}"#
                    ))
                    .await;
                assert_eq!(number(&data["body"]["events"]["totalCount"]), 1);
                assert_eq!(number(&data["events"]["totalCount"]), 1);
                assert!(texts(&data["eventSeries"], "/key").contains(body));
            }
            let query = format!(
                r#"{{ eventSeries(filter: {{ slugs: ["{event}"], bodies: {} }}) {{ total }} }}"#,
                json!(bodies)
            );
            let data = service.query(&query).await;
            assert_eq!(number(&data["eventSeries"][0]["total"]), 1, "it counts once");
        }
    }

    async fn the_confidence_of_every_record_follows_from_its_evidence(service: &'static Service) {
        for list in ["events", "chairTerms", "contributions"] {
            let records = service
                .all(list, "", "slug confidence confidenceReason evidence { sources official independent }")
                .await;
            for record in &records {
                let evidence = &record["evidence"];
                let [official, independent] =
                    ["official", "independent"].map(|field| number(&evidence[field]));
                let rule = if official > 0 || independent > 1 { "CONFIRMED" } else { "REPORTED" };
                let is_rule = record["confidence"] == rule;
                assert_eq!(record["confidenceReason"].is_null(), is_rule, "{record}");
                assert!(number(&evidence["sources"]) >= independent, "{record}");
            }
        }
    }

    async fn one_query_finds_the_facts_that_rest_on_one_news_source(service: &'static Service) {
        let filter = "(first: 100, filter: { citationCount: { max: 1 }, sourceKinds: [NEWS] })";
        let fields = "totalCount nodes { evidence { sources } citations { source { kind } } }";
        let data = service
            .query(&format!(
                "{{ events{filter} {{ {fields} }} contributions{filter} {{ {fields} }}
                    documents{filter} {{ {fields} }} }}"
            ))
            .await;
        for list in ["events", "contributions", "documents"] {
            let nodes = data[list]["nodes"].as_array().unwrap();
            assert!(!nodes.is_empty());
            for node in nodes {
                assert_eq!(number(&node["evidence"]["sources"]), 1);
                assert_eq!(node["citations"][0]["source"]["kind"], "NEWS");
            }
        }
        let count = async |filter: &str| {
            let query = format!("{{ events(filter: {filter}) {{ totalCount }} }}");
            number(&service.query(&query).await["events"]["totalCount"])
        };
        let several = count("{ independentSources: { min: 2 } }").await;
        let one = count("{ independentSources: { max: 1 } }").await;
        assert_eq!(several + one, count("{}").await);
    }

    async fn periods_by_the_start_divide_contributions(service: &'static Service) {
        let count = async |filter: &str| {
            let query = format!("{{ contributions(filter: {filter}) {{ totalCount }} }}");
            number(&service.query(&query).await["contributions"]["totalCount"])
        };
        let until = count(r#"{ startedTo: "2019" }"#).await;
        let from = count(r#"{ startedFrom: "2020" }"#).await;
        let undated = count(r#"{ not: { startedFrom: "0001" } }"#).await;
        assert!(until > 0 && from > 0);
        assert_eq!(until + from + undated, count("{}").await);
    }

    async fn the_missing_meetings_of_a_working_group_are_told(service: &'static Service) {
        let data = service
            .query(r#"{ body(slug: "ewg-counter-terrorism") { series { kind recorded highest missing } } }"#)
            .await;
        let series = data["body"]["series"].as_array().unwrap();
        let meetings =
            series.iter().find(|series| series["kind"] == "EXPERT_WORKING_GROUP_MEETING").unwrap();
        assert_eq!(meetings["recorded"], json!([4, 12, 14, 16]));
        assert_eq!(meetings["highest"], 16);
        assert_eq!(meetings["missing"], json!([1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 13, 15]));
        let data = service
            .query("{ dataset { coverage { series { body { slug } missing } } } }")
            .await;
        let missing: Vec<usize> = data["dataset"]["coverage"]["series"]
            .as_array()
            .unwrap()
            .iter()
            .map(|series| series["missing"].as_array().unwrap().len())
            .collect();
        assert!(missing.is_sorted_by(|a, b| a >= b), "{missing:?}");
    }

    async fn france_is_no_observer_of_the_admm_plus(service: &'static Service) {
        let data = service
            .query(r#"{ party(code: "FR") { memberships(filter: { bodies: ["admm-plus"] }) { totalCount } } }"#)
            .await;
        assert_eq!(number(&data["party"]["memberships"]["totalCount"]), 0);
    }

    async fn observers_are_not_participants(service: &'static Service) {
        let events = service.all("events", "", "slug participants { code } observers { code }").await;
        let observed: Vec<&Value> =
            events.iter().filter(|event| event["observers"] != json!([])).collect();
        assert!(observed.len() > 10, "{} events have observers", observed.len());
        for event in observed {
            let participants = texts(&event["participants"], "/code");
            for observer in texts(&event["observers"], "/code") {
                assert!(!participants.contains(&observer), "{event}");
            }
        }
    }

    async fn the_dataset_tells_how_far_it_reaches(service: &'static Service) {
        let data = service
            .query("{ dataset { collectedUntil newestSource { published publishedBounds { latest } } } }")
            .await;
        let dataset = &data["dataset"];
        let latest = dataset["newestSource"]["publishedBounds"]["latest"].as_str().unwrap();
        assert!(latest.starts_with(dataset["collectedUntil"].as_str().unwrap()), "{dataset}");
    }

    async fn matches_with_claims_are_independent_only_with_another_publisher(service: &'static Service) {
        let data = service
            .query("{ dataset { coverage { claims { total comparable matched independent } } } }")
            .await;
        let claims = &data["dataset"]["coverage"]["claims"];
        let [total, comparable, matched, independent] =
            ["total", "comparable", "matched", "independent"].map(|field| number(&claims[field]));
        assert!(independent < matched, "some matches rest on the claim's own source: {claims}");
        assert!(independent > 0 && matched <= comparable && comparable < total, "{claims}");
    }

    async fn a_city_is_found_by_any_spelling_and_has_coordinates(service: &'static Service) {
        let count = async |city: &str| {
            let query = format!(r#"{{ events(filter: {{ cities: ["{city}"] }}) {{ totalCount }} }}"#);
            number(&service.query(&query).await["events"]["totalCount"])
        };
        let hanoi = count("Hanoi").await;
        assert!(hanoi > 10, "{hanoi}");
        assert_eq!(hanoi, count("Ha Noi").await);
        assert_eq!(hanoi, count("Hà Nội").await);
        for pattern in ["Ha", "%", "H_noi", "Ha Noi\\\", \\\"", "Hanoi\\\\"] {
            assert_eq!(count(pattern).await, 0, "{pattern}");
        }
        let data = service
            .query(r#"{ events(first: 1, filter: { cities: ["Hanoi"] }) { nodes {
                city place { name kind aliases latitude longitude geonamesId }
            } } }"#)
            .await;
        let place = &data["events"]["nodes"][0]["place"];
        assert_eq!([&place["name"], &place["kind"]], ["Hanoi", "CITY"]);
        assert_eq!(place["geonamesId"], 1_581_130);
        assert!((place["latitude"].as_f64().unwrap() - 21.0).abs() < 0.1, "{place}");
        assert!((place["longitude"].as_f64().unwrap() - 105.8).abs() < 0.1, "{place}");
        let events = service.all("events", "", "slug city place { name kind }").await;
        for event in events.iter().filter(|event| !event["city"].is_null()) {
            let is_joint = event["city"] == "Busan and Singapore";
            assert_eq!(event["place"].is_null(), is_joint, "{event}");
        }
        assert!(events.iter().any(|event| event["place"]["kind"] == "SEA"));
    }

    async fn dates_have_bounds(service: &'static Service) {
        let bounds = |day: &str| json!({ "earliest": day, "latest": day, "precision": "DAY", "year": 2023 });
        let data = service
            .query(r#"{ event(slug: "ewg-ms-18-bangkok-2023") {
                startBounds { earliest latest precision year } endBounds { earliest latest precision year }
            } events(first: 1, filter: { slugs: ["acamm-24-hua-hin-2023"] }) { nodes {
                start startBounds { earliest latest precision year }
            } } }"#)
            .await;
        assert_eq!(data["event"]["startBounds"], bounds("2023-02-20"));
        assert_eq!(data["event"]["endBounds"], bounds("2023-02-24"));
        let month = json!({
            "earliest": "2023-11-01", "latest": "2023-11-30", "precision": "MONTH", "year": 2023
        });
        assert_eq!(data["events"]["nodes"][0]["startBounds"], month);
    }
}
