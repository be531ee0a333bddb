//! Filters, compared with a naive model that checks every record.

use std::collections::BTreeSet;

use entities::EdtfDate;
use harness::{Service, number, on_both, texts};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::properties::hold;

const EVENT: &str = "slug title summary kind ordinal start end city format status confidence
    bodies { slug } citations { source { kind } } evidence { sources independent } country { code } themes { slug }
    hosts { code } coHosts { code } chairs { code } coChairs { code }
    participants { code } observers { code }";

const CONTRIBUTION: &str = "slug title summary kind start end derived status confidence
    citations { source { kind } } evidence { sources independent }
    partner { code } themes { slug } beneficiaries { code } amount { value }
    event { slug } body { slug } initiative { slug }";

/// Whether the filter's list contains the value.
fn listed(input: &Value, value: &Value) -> bool {
    input.as_array().unwrap().contains(value)
}

/// Whether an element of one of the lists has a listed value at the pointer.
fn has_any(input: &Value, entries: &[&Value], pointer: &str) -> bool {
    let entries = entries.iter().flat_map(|entries| entries.as_array().unwrap());
    entries.into_iter().any(|entry| listed(input, entry.pointer(pointer).unwrap()))
}

/// The first and last day of a record; `None` if it is undated.
fn days(record: &Value) -> Option<(String, String)> {
    let date = |key: &str| record[key].as_str().map(|text| text.parse::<EdtfDate>().unwrap());
    let (start, end) = (date("start"), date("end"));
    let first = start.as_ref().or(end.as_ref())?.first_day();
    let last = end.as_ref().or(start.as_ref())?.last_day();
    Some((first.to_string(), last.to_string()))
}

/// Whether a number is in a range.
fn is_within(range: &Value, number: &Value) -> bool {
    let number = number.as_i64().unwrap();
    range["min"].as_i64().is_none_or(|min| min <= number)
        && range["max"].as_i64().is_none_or(|max| number <= max)
}

/// Whether each word occurs in one of the texts, ignoring case.
fn contains_words(input: &Value, texts: &[&Value]) -> bool {
    let texts: Vec<String> =
        texts.iter().filter_map(|text| text.as_str()).map(str::to_lowercase).collect();
    let mut words = input.as_str().unwrap().split_whitespace();
    words.all(|word| texts.iter().any(|text| text.contains(&word.to_lowercase())))
}

/// Whether a record matches a filter. `own` checks the fields that only this kind has.
fn is_match(filter: &Value, record: &Value, own: &impl Fn(&str, &Value, &Value) -> bool) -> bool {
    filter.as_object().unwrap().iter().all(|(field, input)| match field.as_str() {
        "and" => input.as_array().unwrap().iter().all(|filter| is_match(filter, record, own)),
        "or" => input.as_array().unwrap().iter().any(|filter| is_match(filter, record, own)),
        "not" => !is_match(input, record, own),
        "slugs" => listed(input, &record["slug"]),
        "kinds" => listed(input, &record["kind"]),
        "themes" => has_any(input, &[&record["themes"]], "/slug"),
        "confidence" => *input == record["confidence"],
        "sourceKinds" => has_any(input, &[&record["citations"]], "/source/kind"),
        "citationCount" => is_within(input, &record["evidence"]["sources"]),
        "independentSources" => is_within(input, &record["evidence"]["independent"]),
        "startedFrom" => {
            let day = input.as_str().unwrap().parse::<EdtfDate>().unwrap().first_day().to_string();
            days(record).is_some_and(|(first, _)| first >= day)
        }
        "from" => {
            let day = input.as_str().unwrap().parse::<EdtfDate>().unwrap().first_day().to_string();
            days(record).is_some_and(|(_, last)| last >= day)
        }
        "to" | "startedTo" => {
            let day = input.as_str().unwrap().parse::<EdtfDate>().unwrap().last_day().to_string();
            days(record).is_some_and(|(first, _)| first <= day)
        }
        field => own(field, input, record),
    })
}

fn event(field: &str, input: &Value, event: &Value) -> bool {
    let [hosts, co_hosts, chairs, co_chairs, participants, observers] =
        ["hosts", "coHosts", "chairs", "coChairs", "participants", "observers"]
            .map(|role| &event[role]);
    match field {
        "bodies" => has_any(input, &[&event["bodies"]], "/slug"),
        "statuses" => listed(input, &event["status"]),
        "hosts" => has_any(input, &[hosts, co_hosts], "/code"),
        "chairs" => has_any(input, &[chairs, co_chairs], "/code"),
        "parties" => {
            has_any(input, &[hosts, co_hosts, chairs, co_chairs, participants, observers], "/code")
        }
        "countries" => listed(input, &event["country"]["code"]),
        "cities" => listed(input, &event["city"]),
        "ordinals" => listed(input, &event["ordinal"]),
        "formats" => listed(input, &event["format"]),
        "planned" => input.as_bool().unwrap() != (event["status"] == "HELD"),
        "text" => contains_words(input, &[&event["title"], &event["city"], &event["summary"]]),
        other => panic!("no field {other}"),
    }
}

fn contribution(field: &str, input: &Value, contribution: &Value) -> bool {
    match field {
        "partners" => listed(input, &contribution["partner"]["code"]),
        "beneficiaries" => has_any(input, &[&contribution["beneficiaries"]], "/code"),
        "events" => listed(input, &contribution["event"]["slug"]),
        "bodies" => listed(input, &contribution["body"]["slug"]),
        "initiatives" => listed(input, &contribution["initiative"]["slug"]),
        "statuses" => listed(input, &contribution["status"]),
        "derived" => *input == contribution["derived"],
        "hasAmount" => input.as_bool().unwrap() != contribution["amount"].is_null(),
        "text" => contains_words(input, &[&contribution["title"], &contribution["summary"]]),
        other => panic!("no field {other}"),
    }
}

/// One filter for each field, and some with several values or fields.
fn event_filters() -> Vec<Value> {
    vec![
        json!({ "slugs": ["admm-05-jakarta-2011", "medex-lucknow-2019"] }),
        json!({ "kinds": ["RETREAT", "MARITIME_EXERCISE"] }),
        json!({ "bodies": ["admm", "ewg-hadr"] }),
        json!({ "themes": ["maritime-security", "cbr"] }),
        json!({ "hosts": ["AU", "JP"] }),
        json!({ "chairs": ["VN"] }),
        json!({ "parties": ["NZ"] }),
        json!({ "countries": ["SG", "TH"] }),
        json!({ "cities": ["Singapore", "Sydney"] }),
        json!({ "ordinals": [1, 5] }),
        json!({ "formats": ["VIRTUAL"] }),
        json!({ "planned": true }),
        json!({ "planned": false }),
        json!({ "statuses": ["HELD"] }),
        json!({ "statuses": ["ANNOUNCED", "UNCONFIRMED"] }),
        json!({ "confidence": "REPORTED" }),
        json!({ "sourceKinds": ["THINK_TANK", "ACADEMIC"] }),
        json!({ "citationCount": { "min": 3 } }),
        json!({ "citationCount": { "min": 2, "max": 2 } }),
        json!({ "citationCount": {} }),
        json!({ "independentSources": { "max": 1 } }),
        json!({ "startedFrom": "2019-03" }),
        json!({ "startedTo": "2011" }),
        json!({ "from": "2019-03" }),
        json!({ "to": "2011" }),
        json!({ "from": "2015", "to": "2016-06-30", "hosts": ["MY"] }),
        json!({ "text": "MARITIME exercise" }),
        json!({ "text": "  " }),
        json!({ "slugs": [] }),
        json!({}),
    ]
}

fn contribution_filters() -> Vec<Value> {
    vec![
        json!({ "partners": ["JP", "EU"] }),
        json!({ "kinds": ["TRAINING", "CO_CHAIRING"] }),
        json!({ "themes": ["hadr"] }),
        json!({ "beneficiaries": ["PH", "ASEAN"] }),
        json!({ "events": ["ewg-ms-01-perth-2011"] }),
        json!({ "bodies": ["ewg-maritime-security"] }),
        json!({ "initiatives": ["indo-pacific-endeavour", "kasi"] }),
        json!({ "derived": true }),
        json!({ "derived": false }),
        json!({ "hasAmount": true }),
        json!({ "hasAmount": false }),
        json!({ "statuses": ["ANNOUNCED", "UNCONFIRMED"] }),
        json!({ "confidence": "REPORTED" }),
        json!({ "sourceKinds": ["NEWS"], "independentSources": { "min": 2 } }),
        json!({ "startedFrom": "2020", "startedTo": "2022" }),
        json!({ "from": "2020" }),
        json!({ "to": "2013-06" }),
        json!({ "text": "patrol" }),
        json!({}),
    ]
}

/// A filter composed of the plain ones with `and`, `or` and `not`.
fn composed(plain: Vec<Value>) -> impl Strategy<Value = Value> {
    prop::sample::select(plain).prop_recursive(3, 12, 3, |filter| {
        let several = prop::collection::vec(filter.clone(), 0..3);
        prop_oneof![
            filter.clone().prop_map(|filter| json!({ "not": filter })),
            several.clone().prop_map(|filters| json!({ "and": filters })),
            several.prop_map(|filters| json!({ "or": filters })),
            (filter.clone(), filter).prop_map(|(a, b)| json!({ "and": [a], "not": b })),
        ]
    })
}

/// Asserts that a filter matches the same slugs in the service and the model. Returns their number.
async fn agree(
    service: &Service,
    (list, input): (&str, &str),
    records: &[Value],
    own: &impl Fn(&str, &Value, &Value) -> bool,
    filter: &Value,
) -> usize {
    let expected: BTreeSet<&str> = records
        .iter()
        .filter(|record| is_match(filter, record, own))
        .map(|record| record["slug"].as_str().unwrap())
        .collect();
    let document = format!(
        "query($f: {input}) {{
            count: {list}(filter: $f, first: 1) {{ totalCount }}
            start: {list}(filter: $f, first: 100, orderBy: {{field: SLUG}}) {{ nodes {{ slug }} }}
        }}"
    );
    let data = service.query_with(&document, json!({ "f": filter })).await;
    assert_eq!(number(&data["count"]["totalCount"]), expected.len() as i64, "{filter}");
    let start: Vec<&str> = expected.iter().copied().take(100).collect();
    assert_eq!(texts(&data["start"]["nodes"], "/slug"), start, "{filter}");
    expected.len()
}

on_both! {
    async fn each_field_of_the_event_filter_matches_the_right_events(service: &'static Service) {
        let events = service.all("events", "", EVENT).await;
        for filter in event_filters() {
            let kept = agree(service, ("events", "EventFilter"), &events, &event, &filter).await;
            assert_eq!(kept == 0, filter == json!({ "slugs": [] }), "{filter} matches {kept}");
        }
    }

    async fn each_field_of_the_contribution_filter_matches_the_right_contributions(service: &'static Service) {
        let contributions = service.all("contributions", "", CONTRIBUTION).await;
        for filter in contribution_filters() {
            let kept = agree(
                service, ("contributions", "ContributionFilter"), &contributions, &contribution, &filter,
            )
            .await;
            assert!(kept > 0, "{filter} matches nothing");
        }
    }

    /// Two-valued logic: a record without a value matches the negation of a filter on it.
    async fn filters_compose_with_and_or_and_not(service: &'static Service) {
        let events = service.all("events", "", EVENT).await;
        hold(60, composed(event_filters()), async |filter| {
            agree(service, ("events", "EventFilter"), &events, &event, &filter).await;
        })
        .await;
        let contributions = service.all("contributions", "", CONTRIBUTION).await;
        hold(40, composed(contribution_filters()), async |filter| {
            let kind = ("contributions", "ContributionFilter");
            agree(service, kind, &contributions, &contribution, &filter).await;
        })
        .await;
    }

    async fn a_record_matches_either_a_filter_or_its_negation(service: &'static Service) {
        for filter in event_filters() {
            let data = service
                .query_with(
                    "query($f: EventFilter!) {
                        all: events { totalCount }
                        fits: events(filter: $f) { totalCount }
                        not: events(filter: {not: $f}) { totalCount }
                    }",
                    json!({ "f": filter }),
                )
                .await;
            let [all, fits, not] = ["all", "fits", "not"].map(|part| number(&data[part]["totalCount"]));
            assert_eq!(fits + not, all, "{filter}");
        }
    }

    /// `%`, `_` and `\` are not wildcards.
    async fn a_text_filter_matches_special_characters_literally(service: &'static Service) {
        let sources = service.all("sources", "", "slug title publisher url").await;
        for text in ["%", "_", "\\", "100%", "a_b", "'", "\"", "?", "$1", "(", "%3A", "?p="] {
            let expected = sources
                .iter()
                .filter(|source| contains_words(&json!(text), &[&source["title"], &source["publisher"], &source["url"]]))
                .count();
            let data = service
                .query_with(
                    "query($t: String) { sources(filter: {text: $t}) { totalCount } }",
                    json!({ "t": text }),
                )
                .await;
            assert_eq!(number(&data["sources"]["totalCount"]), expected as i64, "{text}");
        }
    }

    /// PostgreSQL can't store the character U+0000, so no record has it.
    async fn a_string_with_a_nul_character_matches_nothing(service: &'static Service) {
        for filter in [json!({ "text": "a\u{0}b" }), json!({ "cities": ["a\u{0}b"] })] {
            let data = service
                .query_with(
                    "query($f: EventFilter) { events(filter: $f) { totalCount } }",
                    json!({ "f": filter }),
                )
                .await;
            assert_eq!(data["events"]["totalCount"], 0);
        }
    }

    async fn a_nested_connection_filters_like_the_root_connection(service: &'static Service) {
        let data = service
            .query(r#"{
                below: party(code: "JP") { hostedEvents(filter: {not: {cities: ["Tokyo"]}}) { totalCount } }
                whole: events(filter: {hosts: ["JP"], not: {cities: ["Tokyo"]}}) { totalCount }
            }"#)
            .await;
        assert_eq!(data["below"]["hostedEvents"], data["whole"]);
    }

    async fn an_invalid_filter_value_is_rejected_with_the_valid_form(service: &'static Service) {
        for (filter, expected) in [
            ("{kinds: [PICNIC]}", "PICNIC"),
            ("{slugs: [\"Not A Slug\"]}", "is not a slug"),
            ("{slugs: [\"no-such\"]}", "`no-such`, which is not in the knowledge base"),
            ("{themes: [\"maritime\"]}", "`maritime`, which is not in the knowledge base"),
            ("{not: {hosts: [\"ZZ\"]}}", "`ZZ`, which is not in the knowledge base"),
            ("{hosts: [\"australia\"]}", "is not a party code"),
            ("{from: \"2013-13\"}", "months go from 01 to 12"),
            ("{to: \"last year\"}", "write YYYY, YYYY-MM or YYYY-MM-DD"),
            ("{planned: \"yes\"}", "planned"),
            ("{ordinals: [\"first\"]}", "ordinals"),
            ("{host: [\"AU\"]}", "host"),
        ] {
            let errors = service.errors(&format!("{{ events(filter: {filter}) {{ totalCount }} }}")).await;
            let message = errors[0]["message"].as_str().unwrap();
            assert!(message.contains(expected), "{filter}: {message}");
            let code = errors[0]["extensions"]["code"].as_str().unwrap();
            assert!(["GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"].contains(&code), "{filter}: {code}");
        }
    }

    /// The service validates variables and literals in different code.
    async fn an_invalid_filter_variable_is_rejected_with_the_valid_form(service: &'static Service) {
        for (filter, expected) in [
            (json!({ "kinds": ["PICNIC"] }), "PICNIC"),
            (json!({ "slugs": ["Not A Slug"] }), "is not a slug"),
            (json!({ "from": "2013-13" }), "months go from 01 to 12"),
        ] {
            let errors = service
                .errors_with(
                    "query($f: EventFilter) { events(filter: $f) { totalCount } }",
                    json!({ "f": filter }),
                )
                .await;
            let message = errors[0]["message"].as_str().unwrap();
            assert!(message.contains(expected), "{filter}: {message}");
            let code = errors[0]["extensions"]["code"].as_str().unwrap();
            assert!(["GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"].contains(&code), "{filter}: {code}");
        }
    }
}
