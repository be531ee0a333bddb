//! The analytical queries of researchers and dashboards, over the shipped dataset. The expected
//! values were calculated from the facts by an independent program.

use adkb::analysis::Breadth;
use harness::{Service, number, on_both, texts};
use proptest::prelude::*;
use serde_json::{Value, json};

/// The key and count of each tally.
fn tallies(list: &Value) -> Vec<(Option<&str>, i64)> {
    let list = list.as_array().unwrap();
    list.iter().map(|tally| (tally["key"].as_str(), number(&tally["count"]))).collect()
}

fn close(value: &Value, expected: f64) -> bool {
    value.as_f64().is_some_and(|value| (value - expected).abs() < 1e-12)
}

on_both! {
    async fn an_empty_network_filter_matches_everything(service: &'static Service) {
        for relation in ["HOSTS_WITH", "CO_CHAIRS_WITH", "TAKES_PART_WITH"] {
            let links = |filter: &str| format!("{{ network(relation: {relation}{filter}) {{ links {{ source target weight }} }} }}");
            assert_eq!(service.query(&links("")).await, service.query(&links(", filter: {}")).await);
        }
    }

    async fn hosting_counts_in_the_admm_plus_are_shown_with_the_counts_that_sources_report(
        service: &'static Service
    ) {
        let data = service
            .query(r#"{ compareContributions(
                partners: ["KR", "AU", "JP", "NZ"]
                filter: { kinds: [HOSTING], bodiesWithin: ["admm-plus"], from: "2010", to: "2023" }
            ) {
                total
                partners {
                    partner { code } total share rank first latest
                    byTheme { key count } byKind { key count } byYear { key count }
                    breadth { themes shannonEntropy herfindahlIndex }
                    claims { measure value recorded difference citations { source { slug } } }
                    contributions(first: 100) { totalCount nodes { citations { source { slug } } } }
                }
            } }"#)
            .await;
        let comparison = &data["compareContributions"];
        assert_eq!(number(&comparison["total"]), 38);
        let partners = comparison["partners"].as_array().unwrap();
        let row = |partner: &Value| {
            let claim = &partner["claims"][0];
            (
                partner["partner"]["code"].as_str().unwrap().to_owned(),
                number(&partner["total"]),
                number(&partner["rank"]),
                (number(&claim["recorded"]), claim["value"].as_f64(), claim["difference"].as_f64()),
            )
        };
        assert_eq!(partners.iter().map(row).collect::<Vec<_>>(), [
            ("KR".to_owned(), 11, 1, (11, Some(6.0), Some(-5.0))),
            ("AU".to_owned(), 3, 6, (3, Some(12.0), Some(9.0))),
            ("JP".to_owned(), 5, 2, (5, Some(6.0), Some(1.0))),
            ("NZ".to_owned(), 5, 2, (5, Some(9.0), Some(4.0))),
        ]);
        let [korea, _, japan, _] = &partners[..] else { panic!("four partners were requested") };
        assert!(close(&korea["share"], 11.0 / 38.0));
        assert_eq!([&korea["first"], &korea["latest"]], ["2014-09-24", "2023-11-08"]);
        assert_eq!(tallies(&korea["byTheme"]), [
            (Some("cyber-security"), 4), (Some("maritime-security"), 4), (Some("peacekeeping"), 3),
            (Some("confidence-building"), 1), (Some("education-and-training"), 1),
            (Some("information-sharing"), 1),
        ]);
        assert_eq!(tallies(&korea["byKind"]), [(Some("HOSTING"), 11)]);
        assert_eq!(tallies(&korea["byYear"]), [
            (Some("2014"), 1), (Some("2015"), 1), (Some("2016"), 1), (Some("2018"), 1),
            (Some("2019"), 3), (Some("2022"), 3), (Some("2023"), 1),
        ]);
        // All three measures show a greater breadth for Korea than for Japan.
        assert_eq!(number(&korea["breadth"]["themes"]), 6);
        assert!(close(&korea["breadth"]["shannonEntropy"], 2.324862957617356));
        assert!(close(&korea["breadth"]["herfindahlIndex"], 44.0 / 196.0));
        assert_eq!(number(&japan["breadth"]["themes"]), 4);
        assert!(close(&japan["breadth"]["shannonEntropy"], 1.75));
        assert!(close(&japan["breadth"]["herfindahlIndex"], 22.0 / 64.0));
        for partner in partners {
            assert_eq!(partner["contributions"]["totalCount"], partner["total"]);
            assert!(!partner["claims"][0]["citations"].as_array().unwrap().is_empty());
        }
    }

    async fn the_partner_by_theme_matrix_counts_each_contribution_once_in_its_total(
        service: &'static Service
    ) {
        let data = service
            .query(r#"{ contributionMatrix(rows: PARTNER, columns: THEME, filter: {
                partners: ["AU", "CN", "IN", "JP", "NZ", "KR", "RU", "US"]
            }) { total rows { key label count } columns { key count } cells } }"#)
            .await;
        let matrix = &data["contributionMatrix"];
        assert_eq!(number(&matrix["total"]), 220);
        assert_eq!(tallies(&matrix["rows"]), [
            (Some("JP"), 45), (Some("US"), 35), (Some("CN"), 33), (Some("KR"), 32),
            (Some("AU"), 30), (Some("IN"), 20), (Some("RU"), 14), (Some("NZ"), 11),
        ]);
        let columns = tallies(&matrix["columns"]);
        let cell = |row: usize, theme: &str| {
            let column = columns.iter().position(|(key, _)| *key == Some(theme)).unwrap();
            number(&matrix["cells"][row][column])
        };
        let themes = ["maritime-security", "hadr", "counter-terrorism", "peacekeeping"];
        let japan = themes.map(|theme| cell(0, theme));
        assert_eq!(japan, [12, 17, 0, 5]);
        let korea = themes.map(|theme| cell(3, theme));
        assert_eq!(korea, [12, 3, 1, 9]);
        let totals = themes.map(|theme| {
            columns.iter().find(|(key, _)| *key == Some(theme)).unwrap().1
        });
        assert_eq!(totals, [68, 44, 28, 27]);
    }

    async fn analysis_finds_the_busiest_year_the_most_frequent_co_chairs_and_the_most_shared_theme(
        service: &'static Service
    ) {
        let data = service
            .query(r#"{
                years: contributionMatrix(rows: YEAR, columns: KIND) { rows { key count } }
                chairs: contributionMatrix(rows: PARTNER, columns: YEAR, filter: { kinds: [CO_CHAIRING] }) {
                    rows { key count }
                }
                themes: contributionMatrix(rows: THEME, columns: PARTNER) { rows { key } cells }
            }"#)
            .await;
        let years = tallies(&data["years"]["rows"]);
        assert!(years.is_sorted_by_key(|(key, _)| (key.is_none(), *key)), "not sorted: {years:?}");
        let busiest = years.iter().max_by_key(|(_, count)| *count).unwrap();
        assert_eq!(*busiest, (Some("2023"), 29));
        assert_eq!(tallies(&data["chairs"]["rows"]), [
            (Some("AU"), 5), (Some("IN"), 4), (Some("JP"), 4), (Some("RU"), 4), (Some("US"), 4),
            (Some("CN"), 3), (Some("KR"), 3), (Some("NZ"), 3),
        ]);
        let partners = |row: usize| {
            let cells = data["themes"]["cells"][row].as_array().unwrap();
            cells.iter().filter(|count| number(count) > 0).count()
        };
        let shared: Vec<(&str, usize)> = texts(&data["themes"]["rows"], "/key")
            .into_iter()
            .enumerate()
            .map(|(row, theme)| (theme, partners(row)))
            .collect();
        let most = shared.iter().map(|(_, partners)| *partners).max().unwrap();
        assert_eq!(most, 11);
        let mut themes: Vec<&str> =
            shared.iter().filter(|(_, partners)| *partners == most).map(|(theme, _)| *theme).collect();
        themes.sort_unstable();
        assert_eq!(themes, ["education-and-training", "maritime-security"]);
    }

    async fn the_yearly_series_of_admm_plus_events_has_no_gaps_and_splits_by_kind(service: &'static Service) {
        let data = service
            .query(r#"{
                all: eventSeries(filter: { bodiesWithin: ["admm-plus"], from: "2010", to: "2025" }) {
                    key label total undated points { period count }
                }
                split: eventSeries(splitBy: KIND, filter: {
                    bodiesWithin: ["admm-plus"], from: "2010", to: "2025"
                }) { key label total undated points { period count } }
            }"#)
            .await;
        let points = |series: &Value| -> Vec<i64> {
            series["points"].as_array().unwrap().iter().map(|point| number(&point["count"])).collect()
        };
        let all = &data["all"][0];
        assert_eq!(all["label"], "All");
        assert_eq!(number(&all["total"]), 131);
        let years: Vec<String> = (2010..=2025).map(|year| year.to_string()).collect();
        assert_eq!(texts(&all["points"], "/period"), years);
        assert_eq!(points(all), [1, 5, 9, 11, 7, 6, 9, 8, 6, 14, 8, 11, 11, 15, 5, 5]);
        let split = data["split"].as_array().unwrap();
        let totals: Vec<_> = split.iter().map(|series| number(&series["total"])).collect();
        assert_eq!(totals, [50, 17, 15, 12, 12, 8, 7, 3, 2, 2, 1, 1, 1]);
        assert_eq!(split[0]["key"], "EXPERT_WORKING_GROUP_MEETING");
        assert_eq!(split[0]["label"], "Expert working group meeting");
        let mut sums = vec![0; 16];
        for series in split {
            assert_eq!(texts(&series["points"], "/period"), years);
            assert_eq!(points(series).iter().sum::<i64>(), number(&series["total"]));
            for (sum, count) in sums.iter_mut().zip(points(series)) {
                *sum += count;
            }
        }
        assert_eq!(sums, points(all));
    }

    async fn the_co_chairing_network_links_parties_that_co_chair_together(service: &'static Service) {
        let data = service
            .query(r#"{
                network(relation: CO_CHAIRS_WITH) {
                    nodes { party { code } degree weightedDegree } links { source target weight }
                }
                maritime: network(relation: CO_CHAIRS_WITH, filter: { bodies: ["ewg-maritime-security"] }) {
                    links { source target }
                }
            }"#)
            .await;
        let network = &data["network"];
        let links = network["links"].as_array().unwrap();
        assert_eq!(links.len(), 27);
        assert_eq!(links[..3], [
            json!({ "source": "ID", "target": "US", "weight": 2 }),
            json!({ "source": "LA", "target": "RU", "weight": 2 }),
            json!({ "source": "NZ", "target": "PH", "weight": 2 }),
        ]);
        assert_eq!(links.iter().map(|link| number(&link["weight"])).sum::<i64>(), 30);
        for node in network["nodes"].as_array().unwrap() {
            let code = &node["party"]["code"];
            let own = || links.iter().filter(|link| link["source"] == *code || link["target"] == *code);
            assert_eq!(number(&node["degree"]), own().count() as i64);
            let weight: i64 = own().map(|link| number(&link["weight"])).sum();
            assert_eq!(number(&node["weightedDegree"]), weight);
        }
        let maritime = data["maritime"]["links"].as_array().unwrap();
        assert!(!maritime.is_empty() && maritime.len() < links.len());
        for link in maritime {
            assert!(links.iter().any(|all| all["source"] == link["source"] && all["target"] == link["target"]));
        }
    }

    async fn a_matrix_includes_empty_rows_on_request(service: &'static Service) {
        let data = service
            .query(r#"{
                some: contributionMatrix(rows: TOP_THEME, columns: KIND, filter: { partners: ["DE"] }) {
                    total rows { key } columns { key }
                }
                all: contributionMatrix(rows: TOP_THEME, columns: KIND, filter: { partners: ["DE"] }, includeEmpty: true) {
                    total rows { key count } columns { key label count } cells
                }
                themes(first: 100) { nodes { slug parent { slug } } }
            }"#)
            .await;
        assert_eq!(data["some"]["total"], data["all"]["total"]);
        assert_eq!(data["some"]["columns"].as_array().unwrap().len(), 1);
        let all = &data["all"];
        assert_eq!(all["columns"].as_array().unwrap().len(), 12);
        let mut rows = texts(&all["rows"], "/key");
        rows.sort_unstable();
        let themes = data["themes"]["nodes"].as_array().unwrap().iter();
        let mut tops: Vec<&str> = themes
            .filter(|theme| theme["parent"].is_null())
            .map(|theme| theme["slug"].as_str().unwrap())
            .collect();
        tops.sort_unstable();
        assert_eq!(rows, tops);
        assert!(all["cells"].as_array().unwrap().iter().all(|row| row.as_array().unwrap().len() == 12));
    }

    async fn totals_add_up_in_every_dimension(service: &'static Service) {
        for dimension in
            ["PARTNER", "THEME", "TOP_THEME", "KIND", "YEAR", "BODY", "BENEFICIARY", "FRAMEWORK"]
        {
            for columns in ["PARTNER", "TOP_THEME", "FRAMEWORK"] {
                let data = service
                    .query(&format!(r"{{ contributionMatrix(rows: {dimension}, columns: {columns}) {{
                        total rows {{ key count }} columns {{ key count }} cells
                    }} contributions(filter: {{ statuses: [HELD] }}) {{ totalCount }} }}"))
                    .await;
                let matrix = &data["contributionMatrix"];
                assert_eq!(matrix["total"], data["contributions"]["totalCount"]);
                let several = |dimension: &str| {
                    ["THEME", "TOP_THEME", "BENEFICIARY"].contains(&dimension)
                };
                let sum = |list: &Value| tallies(list).iter().map(|(_, count)| count).sum::<i64>();
                let total = number(&matrix["total"]);
                let holds = |of: &str, sum: i64| if several(of) { sum >= total } else { sum == total };
                assert!(holds(dimension, sum(&matrix["rows"])), "{dimension}: {matrix}");
                assert!(holds(columns, sum(&matrix["columns"])), "{columns}: {matrix}");
                for (row, (_, count)) in tallies(&matrix["rows"]).into_iter().enumerate() {
                    let cells = matrix["cells"][row].as_array().unwrap();
                    let sum: i64 = cells.iter().map(number).sum();
                    assert!(if several(columns) { sum >= count } else { sum == count });
                }
            }
        }
    }

    async fn an_analysis_rejects_an_unknown_name(service: &'static Service) {
        for query in [
            r#"{ compareContributions(partners: ["KR", "XX"]) { total } }"#,
            "{ compareContributions(partners: []) { total } }",
            r#"{ contributionMatrix(rows: PARTNER, columns: KIND, filter: { themes: ["no-such-theme"] }) { total } }"#,
            r#"{ eventSeries(filter: { bodiesWithin: ["no-such-body"] }) { total } }"#,
            r#"{ network(relation: HOSTS_WITH, filter: { themes: ["no-such-theme"] }) { links { weight } } }"#,
        ] {
            let errors = service.errors(query).await;
            assert_eq!(errors[0]["extensions"]["code"], "BAD_USER_INPUT", "{query}: {errors:?}");
        }
    }

    async fn coverage_counts_agree_with_the_records(service: &'static Service) {
        let data = service
            .query(r#"{
                dataset { coverage {
                    confidence { kind confidence count } sources { kind sources citations }
                    claims { total comparable matched }
                    bodies { body { slug events(first: 1, orderBy: { field: START, direction: ASC },
                        filter: { planned: false }) { totalCount nodes { start } } } events first latest }
                } }
                sources { totalCount } claims { totalCount } events { totalCount }
            }"#)
            .await;
        let coverage = &data["dataset"]["coverage"];
        let sum = |list: &Value, field: &str| {
            list.as_array().unwrap().iter().map(|entry| number(&entry[field])).sum::<i64>()
        };
        assert_eq!(sum(&coverage["sources"], "sources"), number(&data["sources"]["totalCount"]));
        assert_eq!(coverage["claims"]["total"], data["claims"]["totalCount"]);
        let events = coverage["confidence"].as_array().unwrap().iter();
        let events: i64 = events
            .filter(|entry| entry["kind"] == "EVENT")
            .map(|entry| number(&entry["count"]))
            .sum();
        assert_eq!(events, number(&data["events"]["totalCount"]));
        for body in coverage["bodies"].as_array().unwrap() {
            assert_eq!(body["events"], body["body"]["events"]["totalCount"], "{body}");
            assert_eq!(body["first"], body["body"]["events"]["nodes"][0]["start"], "{body}");
        }
    }
}

#[test]
fn breadth_agrees_with_values_calculated_by_hand() {
    // Shares of 1/2, 1/4, 1/4. Entropy: 0.5·1 + 0.25·2 + 0.25·2 bits; index: 1/4 + 1/16 + 1/16.
    let breadth = Breadth::of([2, 1, 1]);
    assert_eq!(
        breadth,
        Breadth { themes: 3, shannon_entropy: Some(1.5), herfindahl_index: Some(0.375) }
    );
    let single = Breadth::of([7]);
    assert_eq!((single.shannon_entropy, single.herfindahl_index), (Some(0.0), Some(1.0)));
    assert_eq!(
        Breadth::of([0, 0]),
        Breadth { themes: 0, shannon_entropy: None, herfindahl_index: None }
    );
}

proptest! {
    #[test]
    fn breadth_stays_within_its_limits(counts in proptest::collection::vec(0..500_i64, 1..30)) {
        let breadth = Breadth::of(counts.iter().copied());
        let themes = counts.iter().filter(|count| **count > 0).count();
        prop_assert_eq!(breadth.themes, themes);
        if themes > 0 {
            let (entropy, index) =
                (breadth.shannon_entropy.unwrap(), breadth.herfindahl_index.unwrap());
            prop_assert!(entropy >= 0.0 && entropy <= (themes as f64).log2() + 1e-9);
            prop_assert!(index >= 1.0 / themes as f64 - 1e-9 && index <= 1.0 + 1e-9);
        }
    }

    #[test]
    fn breadth_does_not_depend_on_the_order_of_the_themes(
        (counts, shuffled) in proptest::collection::vec(0..500_i64, 1..30)
            .prop_flat_map(|counts| (Just(counts.clone()), Just(counts).prop_shuffle())),
    ) {
        prop_assert_eq!(Breadth::of(counts), Breadth::of(shuffled));
    }
}
