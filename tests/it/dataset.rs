//! The content of the shipped dataset, and the contributions that are derived from a dataset.

use std::collections::BTreeMap;

use harness::{Adkb, Backend, Database, Dataset, Service, number, on_both, texts};
use serde_json::{Value, json};

/// A new service over this dataset.
fn serving(backend: Backend, dataset: &Dataset) -> Service {
    let database = Database::empty(backend);
    Adkb::import(dataset).database(&database).run().success();
    Service::start(database)
}

/// Kind, partner and whether it is derived, of every contribution.
async fn contributions(service: &Service) -> Vec<(String, String, bool)> {
    let nodes = service
        .all("contributions", ", orderBy: {field: SLUG}", "kind partner { code } derived")
        .await;
    nodes
        .iter()
        .map(|node| {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            (text(&node["kind"]), text(&node["partner"]["code"]), node["derived"] == true)
        })
        .collect()
}

fn derived(kind: &str, partner: &str) -> (String, String, bool) {
    (kind.to_owned(), partner.to_owned(), true)
}

fn recorded(kind: &str, partner: &str) -> (String, String, bool) {
    (kind.to_owned(), partner.to_owned(), false)
}

const RECORDED_HOSTING: &str = r#"[[contribution]]
slug = "au-hosting"
title = "Hosting of the meeting, with a grant"
kind = "hosting"
partner = "AU"
event = "meeting-2019"
themes = ["hadr"]
summary = "It hosted."
citations = [{ source = "gazette" }]
"#;

on_both! {
    async fn the_dataset_has_exactly_the_records_of_the_facts(service: &'static Service) {
        let data = service
            .query(r"{
                parties { totalCount } themes { totalCount } bodies { totalCount }
                memberships { totalCount } chairTerms { totalCount } events { totalCount }
                documents { totalCount } provisions { totalCount } initiatives { totalCount }
                workProgrammes { totalCount nodes { areas { name } } }
                contributions(filter: {derived: false}) { totalCount }
                claims { totalCount } sources { totalCount }
            }")
            .await;
        let counts: BTreeMap<&str, i64> = data
            .as_object()
            .unwrap()
            .iter()
            .map(|(list, connection)| (list.as_str(), number(&connection["totalCount"])))
            .collect();
        let expected = BTreeMap::from([
            ("parties", 27), ("themes", 20), ("bodies", 58), ("memberships", 67), ("chairTerms", 30),
            ("events", 491), ("documents", 142), ("provisions", 32), ("initiatives", 79),
            ("workProgrammes", 9), ("contributions", 124), ("claims", 109), ("sources", 1072),
        ]);
        assert_eq!(counts, expected);
        let programmes = data["workProgrammes"]["nodes"].as_array().unwrap();
        let areas: usize =
            programmes.iter().map(|programme| programme["areas"].as_array().unwrap().len()).sum();
        assert_eq!(areas, 21);
    }

    async fn the_dataset_reports_its_name_version_revision_licence_and_counts(service: &'static Service) {
        let data = service
            .query("{ dataset { name version revision licence counts { kind count } } events { totalCount } }")
            .await;
        let dataset = &data["dataset"];
        assert_eq!(dataset["name"], "ASEAN Defence Cooperation Knowledge Base");
        assert_eq!(dataset["version"], "2026.11.30");
        assert_eq!(dataset["revision"], 1);
        assert_eq!(dataset["licence"], "CC-BY-4.0");
        let counts = dataset["counts"].as_array().unwrap();
        assert_eq!(counts.len(), 13, "one count per kind");
        assert!(counts.contains(&json!({ "kind": "EVENT", "count": 491 })));
        assert!(counts.contains(&json!({ "kind": "SOURCE", "count": 1072 })));
    }

    async fn every_record_has_a_source(service: &'static Service) {
        let kinds = [
            "bodies", "memberships", "chairTerms", "events", "documents", "provisions",
            "initiatives", "workProgrammes", "contributions", "claims",
        ];
        let mut recorded = 0;
        for kind in kinds {
            let filter = if kind == "contributions" { ", filter: {derived: false}" } else { "" };
            for record in service.all(kind, filter, "slug citations { source { slug } }").await {
                let citations = record["citations"].as_array().unwrap().len();
                assert!(citations > 0, "{record} has no source");
                recorded += citations;
            }
        }
        assert_eq!(recorded, 2545);
        for derived in service
            .all("contributions", ", filter: {derived: true}", "slug citations { source { slug } }")
            .await
        {
            assert!(!derived["citations"].as_array().unwrap().is_empty(), "{derived} has no source");
        }
    }

    /// Each host from outside ASEAN of each event, and each Plus seat, appears exactly once.
    async fn hosting_and_co_chairing_contributions_are_derived_from_events_and_chair_terms(service: &'static Service) {
        let asean =
            ["BN", "KH", "ID", "LA", "MY", "MM", "PH", "SG", "TH", "VN", "TL", "ASEAN"];
        let mut expected = Vec::new();
        for event in service
            .all("events", "", "slug hosts { code } coHosts { code }")
            .await
        {
            for host in texts(&event["hosts"], "/code").into_iter().chain(texts(&event["coHosts"], "/code")) {
                if !asean.contains(&host) {
                    expected.push(format!("HOSTING {} {host}", event["slug"].as_str().unwrap()));
                }
            }
        }
        assert_eq!(expected.len(), 103);
        for term in service.all("chairTerms", "", "slug seats { seat party { code } }").await {
            let seats = term["seats"].as_array().unwrap();
            let plus = seats.iter().find(|seat| seat["seat"] == "PLUS").unwrap();
            expected.push(format!(
                "CO_CHAIRING {} {}",
                term["slug"].as_str().unwrap(),
                plus["party"]["code"].as_str().unwrap(),
            ));
        }
        assert_eq!(expected.len(), 103 + 30);
        let mut found = Vec::new();
        for contribution in service
            .all("contributions", ", filter: {derived: true}", "kind partner { code } event { slug } chairTerm { slug }")
            .await
        {
            let act = contribution["event"]["slug"].as_str().or(contribution["chairTerm"]["slug"].as_str());
            found.push(format!(
                "{} {} {}",
                contribution["kind"].as_str().unwrap(),
                act.unwrap(),
                contribution["partner"]["code"].as_str().unwrap(),
            ));
        }
        expected.sort();
        found.sort();
        assert_eq!(found, expected);
    }

    async fn a_host_from_outside_asean_derives_one_contribution(backend: Backend) {
        let service = serving(backend, &Dataset::minimal());
        assert_eq!(contributions(&service).await, [derived("HOSTING", "AU")]);
    }

    async fn a_derived_contribution_copies_the_events_themes_dates_and_sources(backend: Backend) {
        let service = serving(backend, &Dataset::minimal());
        let data = service
            .query("{ contributions { nodes {
                event { slug } body { slug } start end confidence
                themes { slug } citations { locator source { slug } }
            } } }")
            .await;
        assert_eq!(data["contributions"]["nodes"], json!([{
            "event": { "slug": "meeting-2019" },
            "body": { "slug": "ewg" },
            "start": "2019-03-11",
            "end": "2019-03-12",
            "confidence": "CONFIRMED",
            "themes": [{ "slug": "hadr" }],
            "citations": [{ "locator": "p. 1", "source": { "slug": "gazette" } }],
        }]));
    }

    async fn a_contribution_has_the_status_of_its_event(backend: Backend) {
        for (until, expected) in [("2019-03-12", "ANNOUNCED"), ("2019-03-13", "UNCONFIRMED"), ("2020", "UNCONFIRMED")] {
            let dataset = Dataset::minimal()
                .replacing("events.toml", "kind = ", "status = \"announced\"\nkind = ")
                .replacing("dataset.toml", "\"2020\"", &format!("\"{until}\""));
            let service = serving(backend, &dataset);
            let data = service
                .query(r#"{
                    events { nodes { status } } contributions { nodes { status } }
                    counted: compareContributions(partners: ["AU"]) { total }
                    all: compareContributions(
                        partners: ["AU"], filter: { statuses: [HELD, ANNOUNCED, UNCONFIRMED] }
                    ) { total }
                }"#)
                .await;
            assert_eq!(data["events"]["nodes"][0]["status"], expected, "{until}");
            assert_eq!(data["contributions"]["nodes"][0]["status"], expected, "{until}");
            assert_eq!(number(&data["counted"]["total"]), 0);
            assert_eq!(number(&data["all"]["total"]), 1);
        }
    }

    async fn an_asean_host_derives_no_contribution(backend: Backend) {
        let dataset = Dataset::minimal().replacing("events.toml", r#"["AU"]"#, r#"["SG"]"#);
        assert_eq!(contributions(&serving(backend, &dataset)).await, []);
    }

    async fn each_co_host_derives_a_contribution(backend: Backend) {
        let dataset = Dataset::minimal()
            .replacing("events.toml", r#"["AU"]"#, "[\"SG\"]\nco_hosts = [\"AU\", \"TL\"]");
        assert_eq!(
            contributions(&serving(backend, &dataset)).await,
            [derived("HOSTING", "AU"), derived("HOSTING", "TL")],
        );
    }

    async fn timor_leste_counts_as_a_partner_until_the_day_before_it_joined_asean(backend: Backend) {
        let on = |day: &str| {
            Dataset::minimal()
                .replacing("events.toml", r#"["AU"]"#, r#"["TL"]"#)
                .replacing("events.toml", r#"start = "2019-03-11""#, &format!("start = \"{day}\""))
                .replacing("events.toml", "end = \"2019-03-12\"\n", "")
        };
        let before = serving(backend, &on("2025-10-25"));
        assert_eq!(contributions(&before).await, [derived("HOSTING", "TL")]);
        let after = serving(backend, &on("2025-10-26"));
        assert_eq!(contributions(&after).await, []);
    }

    async fn a_plus_seat_derives_one_contribution_and_an_asean_seat_none(backend: Backend) {
        let dataset = Dataset::minimal().replacing("events.toml", r#"["AU"]"#, r#"["SG"]"#).with(
            "chair_terms.toml",
            r#"[[chair_term]]
slug = "ewg-2017"
body = "ewg"
cycle = "2017-2019"
start = "2017"
end = "2019"
asean_co_chair = "SG"
plus_co_chair = "AU"
citations = [{ source = "gazette" }]
"#,
        );
        assert_eq!(
            contributions(&serving(backend, &dataset)).await,
            [derived("CO_CHAIRING", "AU")],
        );
    }

    async fn a_recorded_hosting_contribution_replaces_the_derived_one(backend: Backend) {
        let dataset = Dataset::minimal().with("contributions.toml", RECORDED_HOSTING);
        assert_eq!(
            contributions(&serving(backend, &dataset)).await,
            [recorded("HOSTING", "AU")],
        );
    }

    async fn a_contribution_of_another_kind_at_an_event_does_not_replace_its_hosting(backend: Backend) {
        let gift = RECORDED_HOSTING.replace("kind = \"hosting\"", "kind = \"training\"");
        let dataset = Dataset::minimal().with("contributions.toml", &gift);
        assert_eq!(
            contributions(&serving(backend, &dataset)).await,
            [recorded("TRAINING", "AU"), derived("HOSTING", "AU")],
        );
    }
}
