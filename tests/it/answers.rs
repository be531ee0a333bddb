//! The questions that the knowledge base was built to answer, each with one query over the shipped
//! dataset. The expected values come from the facts, not from the service.

use harness::{Service, number, on_both, texts};
use serde_json::{Value, json};

fn sorted(mut list: Vec<&str>) -> Vec<&str> {
    list.sort_unstable();
    list
}

/// The path and slug of each provision, in order.
fn paths(list: &Value) -> Vec<(&str, &str)> {
    texts(list, "/path").into_iter().zip(texts(list, "/slug")).collect()
}

on_both! {
    async fn eighteen_bodies_report_directly_to_the_admm(service: &'static Service) {
        let data = service
            .query(r#"{ body(slug: "admm") { children(first: 100, orderBy: {field: SLUG}) {
                totalCount nodes { slug }
            } } }"#)
            .await;
        let children = &data["body"]["children"];
        assert_eq!(number(&children["totalCount"]), 18);
        assert_eq!(texts(&children["nodes"], "/slug"), [
            "acdfm", "acdn", "acice", "acmm", "adic-cg", "admm-plus", "admm-retreat", "adsom", "aoe",
            "apcn", "asean-australia-dmim", "asean-cbr-network", "asean-china-dmim",
            "asean-india-dmim", "asean-japan-dmim", "asean-rok-dmim", "asean-russia-dmim",
            "asean-us-dmim",
        ]);
    }

    async fn thirty_two_bodies_report_to_the_admm_directly_or_indirectly(
        service: &'static Service
    ) {
        let data = service
            .query(r#"{ body(slug: "admm") { descendants(first: 100, orderBy: {field: SLUG}) {
                totalCount nodes { slug }
            } } }"#)
            .await;
        let descendants = &data["body"]["descendants"];
        assert_eq!(number(&descendants["totalCount"]), 32);
        assert_eq!(texts(&descendants["nodes"], "/slug"), [
            "acdfm", "acdn", "acice", "acmm", "acmmc", "adic-cg", "admm-plus", "admm-plus-ewgs",
            "admm-retreat", "adsom", "adsom-plus", "adsom-plus-wg", "adsom-wg", "amim", "amom", "aoe",
            "apcn", "asean-australia-dmim", "asean-cbr-network", "asean-china-dmim",
            "asean-india-dmim", "asean-japan-dmim", "asean-rok-dmim", "asean-russia-dmim",
            "asean-us-dmim", "ewg-counter-terrorism", "ewg-cyber-security", "ewg-hadr",
            "ewg-humanitarian-mine-action", "ewg-maritime-security", "ewg-military-medicine",
            "ewg-peacekeeping",
        ]);
    }

    async fn adsom_wg_reports_to_adsom_and_through_it_to_the_admm(service: &'static Service) {
        let data = service
            .query(r#"{ body(slug: "adsom-wg") {
                parent { slug parent { slug } }
                ancestors { nodes { slug } }
            } }"#)
            .await;
        let body = &data["body"];
        assert_eq!(body["parent"], json!({
            "slug": "adsom", "parent": { "slug": "admm" }
        }));
        assert_eq!(
            sorted(texts(&body["ancestors"]["nodes"], "/slug")),
            ["admm", "adsom", "asean", "asean-summit"],
        );
    }

    /// The sources name six areas, but one of them reports ten. Both are shown unchanged.
    async fn the_newest_work_programme_shows_its_named_areas_and_the_number_that_a_source_reports(
        service: &'static Service
    ) {
        let data = service
            .query(r#"{
                workProgrammes(filter: {text: "ADMM programme"}, first: 1) {
                    nodes { slug start end adoptedAt { slug } areas { position name theme { slug } } }
                }
                body(slug: "admm") { claims(filter: {measures: ["subjects of the work programme"]}) {
                    nodes { slug value unit start end citations { source { slug } } }
                } }
            }"#)
            .await;
        let programme = &data["workProgrammes"]["nodes"][0];
        assert_eq!(programme["slug"], "admm-wp-2023-2026");
        assert_eq!(programme["adoptedAt"]["slug"], "admm-17-jakarta-2023");
        assert_eq!(texts(&programme["areas"], "/name"), [
            "Maritime security", "Humanitarian assistance and disaster relief", "Counter-terrorism",
            "Digital and cyber defence", "Defence industry", "Peacekeeping",
        ]);
        assert_eq!(data["body"]["claims"]["nodes"], json!([{
            "slug": "asan-2024-wp-2023-2026-issues",
            "value": 10.0,
            "unit": "subjects",
            "start": "2023",
            "end": "2026",
            "citations": [{ "source": { "slug": "asan-2024-03-29-korea-asean-defence" } }],
        }]));
    }

    async fn the_admm_has_four_objectives(service: &'static Service) {
        let data = service
            .query(r#"{ document(slug: "concept-paper-admm-establishment") {
                provisions(filter: {kinds: [OBJECTIVE]}) {
                    totalCount nodes { position slug path instruments { slug } }
                }
            } }"#)
            .await;
        let objectives = &data["document"]["provisions"];
        assert_eq!(number(&objectives["totalCount"]), 4);
        assert_eq!(paths(&objectives["nodes"]), [
            ("Objectives, item 1", "admm-obj-1"),
            ("Objectives, item 2", "admm-obj-2"),
            ("Objectives, item 3", "admm-obj-3"),
            ("Objectives, item 4", "admm-obj-4"),
        ]);
        assert_eq!(
            texts(&objectives["nodes"][3]["instruments"], "/slug"),
            ["bali-concord-ii", "vientiane-action-programme"],
        );
    }

    async fn the_border_management_paper_is_available_paragraph_by_paragraph(service: &'static Service) {
        let data = service
            .query(r#"{ document(slug: "concept-paper-border-management") {
                adoptedAt { slug }
                principles: provisions(filter: {kinds: [PRINCIPLE]}) { nodes { path slug } }
                objectives: provisions(filter: {kinds: [OBJECTIVE]}) { nodes { path slug } }
                activities: provisions(filter: {kinds: [ACTIVITY]}) { nodes { path slug } }
                all: provisions(first: 100) { totalCount nodes { position } }
            } }"#)
            .await;
        let document = &data["document"];
        assert_eq!(document["adoptedAt"]["slug"], "admm-13-bangkok-2019");
        assert_eq!(paths(&document["principles"]["nodes"]), [
            ("5(a)", "bm-5a-role-differs"),
            ("5(b)", "bm-5b-voluntary"),
            ("5(c)", "bm-5c-sovereignty"),
            ("5(d)", "bm-5d-consensus"),
        ]);
        assert_eq!(paths(&document["objectives"]["nodes"]), [
            ("7(a)", "bm-7a-cooperation"),
            ("7(b)", "bm-7b-role"),
            ("7(c)", "bm-7c-mechanisms"),
        ]);
        assert_eq!(paths(&document["activities"]["nodes"]), [
            ("8(a)", "bm-8a-platforms"),
            ("8(a)(i)", "bm-8a-i-best-practice"),
            ("8(a)(ii)", "bm-8a-ii-interoperability"),
            ("8(b)", "bm-8b-visits"),
            ("8(c)", "bm-8c-talks"),
            ("8(d)", "bm-8d-other"),
        ]);
        let positions: Vec<Value> = (1..=23).map(|position| json!({ "position": position })).collect();
        assert_eq!(document["all"]["nodes"], Value::Array(positions));
    }

    async fn the_counter_terrorism_group_was_co_chaired_by_a_new_pair_in_each_cycle(
        service: &'static Service
    ) {
        let data = service
            .query(r#"{ body(slug: "ewg-counter-terrorism") {
                chairTerms(orderBy: {field: START}) { nodes { cycle seats { seat party { code } } } }
            } }"#)
            .await;
        let term = |cycle: &str, asean: &str, plus: &str| json!({ "cycle": cycle, "seats": [
            { "seat": "ASEAN", "party": { "code": asean } },
            { "seat": "PLUS", "party": { "code": plus } },
        ] });
        assert_eq!(data["body"]["chairTerms"]["nodes"], json!([
            term("2011-2013", "ID", "US"),
            term("2014-2016", "SG", "AU"),
            term("2017-2019", "TH", "CN"),
            term("2021-2024", "MM", "RU"),
            term("2024-2027", "MY", "IN"),
        ]));
    }

    /// Nine hosted events of all kinds are recorded, one of them without a report that it was held;
    /// a source reports twelve ADMM-Plus meetings.
    async fn recorded_and_reported_counts_of_what_australia_hosted_are_separate_fields(
        service: &'static Service
    ) {
        let data = service
            .query(r#"{ party(code: "AU") {
                hostedEvents(filter: {from: "2011", to: "2023"}, orderBy: {field: START}, first: 100) {
                    totalCount
                    nodes {
                        slug start status body { slug } city themes { slug } citations { source { slug } }
                    }
                }
                claims(filter: {measures: ["ADMM-Plus meetings hosted"]}) {
                    nodes { value unit start end citations { source { slug } } }
                }
            } }"#)
            .await;
        let hosted = &data["party"]["hostedEvents"];
        assert_eq!(number(&hosted["totalCount"]), 9);
        let expected = [
            ("ewg-ms-01-perth-2011", Some("ewg-maritime-security"), Some("Perth"), 3),
            ("ewg-ms-06-sydney-2013", Some("ewg-maritime-security"), Some("Sydney"), 1),
            ("admm-plus-ms-ftx-jervis-bay-2013", Some("ewg-maritime-security"), Some("Jervis Bay"), 4),
            ("eas-maritime-security-seminar-sydney-2016", None, Some("Sydney"), 1),
            ("ewg-pko-11-australia-2017", Some("ewg-peacekeeping"), None, 1),
            ("subregional-dmm-ct-01-perth-2018", Some("sub-regional-defence-ministers-ct"), Some("Perth"), 1),
            ("asean-australia-ct-conference-sydney-2018", None, Some("Sydney"), 3),
            ("asean-australia-wps-dialogue-melbourne-2018", None, Some("Melbourne"), 2),
            ("aaptc-sydney-2023", None, Some("Sydney"), 1),
        ];
        let got: Vec<_> = hosted["nodes"].as_array().unwrap().iter().map(|event| (
            event["slug"].as_str().unwrap(),
            event["body"]["slug"].as_str(),
            event["city"].as_str(),
            event["citations"].as_array().unwrap().len(),
        )).collect();
        assert_eq!(got, expected);
        let not_held: Vec<_> = hosted["nodes"].as_array().unwrap().iter()
            .filter(|event| event["status"] != "HELD")
            .map(|event| [&event["slug"], &event["status"]])
            .collect();
        assert_eq!(not_held, [["ewg-pko-11-australia-2017", "UNCONFIRMED"]]);
        assert_eq!(
            texts(&hosted["nodes"][2]["themes"], "/slug"),
            ["maritime-security", "information-sharing"],
        );
        assert_eq!(data["party"]["claims"]["nodes"], json!([{
            "value": 12.0,
            "unit": "meetings",
            "start": "2011",
            "end": "2023",
            "citations": [{ "source": { "slug": "asan-2024-03-29-korea-asean-defence" } }],
        }]));
    }

    async fn the_fifth_admm_adopted_four_documents(service: &'static Service) {
        let data = service
            .query(r#"{ events(filter: {bodies: ["admm"], ordinals: [5], kinds: [MINISTERIAL_MEETING]}) {
                nodes { slug documents(orderBy: {field: SLUG}) { nodes { slug kind } } }
            } }"#)
            .await;
        assert_eq!(data["events"]["nodes"], json!([{ "slug": "admm-05-jakarta-2011", "documents": { "nodes": [
            { "slug": "admm-05-joint-declaration", "kind": "JOINT_DECLARATION" },
            { "slug": "admm-wp-doc-2011-2013", "kind": "WORK_PROGRAMME" },
            { "slug": "concept-paper-adic", "kind": "CONCEPT_PAPER" },
            { "slug": "concept-paper-apcn", "kind": "CONCEPT_PAPER" },
        ] } }]));
    }

    async fn the_initiatives_on_defence_industry_name_their_proposers(service: &'static Service) {
        let data = service
            .query(r#"{ theme(slug: "defence-industry") { initiatives(orderBy: {field: SLUG}) {
                nodes { slug proposers { code } }
            } } }"#)
            .await;
        assert_eq!(data["theme"]["initiatives"]["nodes"], json!([
            { "slug": "adic", "proposers": [{ "code": "MY" }] },
            { "slug": "admm-2025-five-priorities", "proposers": [{ "code": "MY" }] },
            { "slug": "kasi", "proposers": [{ "code": "KR" }] },
        ]));
    }

    async fn japan_proposed_seven_initiatives_one_of_them_with_viet_nam(service: &'static Service) {
        let data = service
            .query(r#"{ party(code: "JP") { proposedInitiatives(orderBy: {field: SLUG}) {
                nodes { slug proposers { code } }
            } } }"#)
            .await;
        let proposed = &data["party"]["proposedInitiatives"]["nodes"];
        assert_eq!(texts(proposed, "/slug"), [
            "japan-asean-hadr-invitation", "japan-asean-ship-rider", "jasmine",
            "jp-official-security-assistance", "pko-wps-platform", "professional-airmanship-program",
            "vientiane-vision-initiative",
        ]);
        assert_eq!(texts(&proposed[4]["proposers"], "/code"), ["VN", "JP"]);
    }

    async fn everything_on_maritime_security_is_reachable_from_its_theme(service: &'static Service) {
        let data = service
            .query(r#"{ theme(slug: "maritime-security") {
                workingGroup { slug }
                bodies(orderBy: {field: SLUG}) { nodes { slug } }
                events { totalCount }
                documents { totalCount }
                initiatives { totalCount }
                provisions { totalCount }
                workAreas { nodes { name programme { slug } } }
                recorded: contributions(filter: {derived: false}) { totalCount }
                hosting: contributions(filter: {kinds: [HOSTING]}) { totalCount }
                held: contributions(filter: {kinds: [HOSTING], statuses: [HELD]}) { totalCount }
                coChairing: contributions(filter: {kinds: [CO_CHAIRING]}) { totalCount }
            } }"#)
            .await;
        let theme = &data["theme"];
        assert_eq!(theme["workingGroup"]["slug"], "ewg-maritime-security");
        assert_eq!(texts(&theme["bodies"]["nodes"], "/slug"), [
            "acdfm", "admm", "admm-plus-ewgs", "ancm", "ewg-maritime-security", "mscp",
        ]);
        let count = |list: &str| number(&theme[list]["totalCount"]);
        assert_eq!(count("events"), 108);
        assert_eq!(count("documents"), 24);
        assert_eq!(count("initiatives"), 22);
        assert_eq!(count("provisions"), 0);
        assert_eq!(count("recorded"), 39);
        assert_eq!(count("hosting"), 31);
        assert_eq!(count("held"), 27);
        assert_eq!(count("coChairing"), 5);
        assert_eq!(
            sorted(texts(&theme["workAreas"]["nodes"], "/programme/slug")),
            ["admm-wp-2011-2013", "admm-wp-2023-2026"],
        );
        assert_eq!(texts(&theme["workAreas"]["nodes"], "/name"), ["Maritime security"; 2]);
    }

    // Further questions of the same kind.

    async fn timor_leste_joined_the_admm_on_the_day_it_joined_asean(service: &'static Service) {
        let data = service
            .query(r#"{ party(code: "TL") { memberships(first: 100, filter: {roles: [MEMBER]}) {
                nodes { body { slug } start end }
            } } }"#)
            .await;
        let mut nodes = data["party"]["memberships"]["nodes"].as_array().unwrap().clone();
        nodes.sort_by_key(|node| node["body"]["slug"].to_string());
        assert_eq!(nodes, [
            json!({ "body": { "slug": "admm" }, "start": "2025-10-26", "end": null }),
            json!({ "body": { "slug": "admm-plus" }, "start": "2025-10", "end": null }),
            json!({ "body": { "slug": "asean" }, "start": "2025-10-26", "end": null }),
        ]);
    }

    async fn the_admm_plus_has_eight_plus_members_from_its_first_meeting_on(
        service: &'static Service
    ) {
        let data = service
            .query(r#"{ body(slug: "admm-plus") { memberships(filter: {roles: [PLUS_MEMBER]}) {
                nodes { start party { code } }
            } } }"#)
            .await;
        let nodes = &data["body"]["memberships"]["nodes"];
        assert_eq!(
            sorted(texts(nodes, "/party/code")),
            ["AU", "CN", "IN", "JP", "KR", "NZ", "RU", "US"],
        );
        assert_eq!(texts(nodes, "/start"), ["2010-10-12"; 8]);
    }

    async fn japan_co_chaired_four_working_groups_in_turn(service: &'static Service) {
        let data = service
            .query(r#"{ party(code: "JP") { chairTerms(orderBy: {field: START}) {
                nodes { cycle body { slug } contributions { nodes { kind partner { code } } } }
            } } }"#)
            .await;
        let terms = &data["party"]["chairTerms"]["nodes"];
        let cycles: Vec<_> = texts(terms, "/cycle").into_iter().zip(texts(terms, "/body/slug")).collect();
        assert_eq!(cycles, [
            ("2011-2013", "ewg-military-medicine"),
            ("2014-2016", "ewg-hadr"),
            ("2021-2024", "ewg-peacekeeping"),
            ("2024-2027", "ewg-maritime-security"),
        ]);
        for term in terms.as_array().unwrap() {
            assert_eq!(term["contributions"]["nodes"], json!([
                { "kind": "CO_CHAIRING", "partner": { "code": "JP" } }
            ]));
        }
    }

    async fn the_vientiane_vision_is_a_partner_framework_presented_in_vientiane(
        service: &'static Service
    ) {
        let data = service
            .query(r#"{
                initiative(slug: "vientiane-vision-initiative") {
                    name framework started proposers { code } adoptedAt { slug }
                }
                document(slug: "vientiane-vision-2016") {
                    adopted adoptedAt { slug } presentedAt { slug start country { code } }
                }
                event(slug: "asean-japan-dmim-02-vientiane-2016") {
                    documents { totalCount } presentedDocuments { nodes { slug } }
                }
            }"#)
            .await;
        assert_eq!(data["initiative"], json!({
            "name": "Vientiane Vision",
            "framework": "PARTNER",
            "started": "2016-11-16",
            "proposers": [{ "code": "JP" }],
            "adoptedAt": null,
        }));
        assert_eq!(data["document"], json!({
            "adopted": "2016-11-16",
            "adoptedAt": null,
            "presentedAt": {
                "slug": "asean-japan-dmim-02-vientiane-2016",
                "start": "2016-11-16",
                "country": { "code": "LA" },
            },
        }));
        assert_eq!(data["event"], json!({
            "documents": { "totalCount": 0 },
            "presentedDocuments": { "nodes": [{ "slug": "vientiane-vision-2016" }] },
        }));
    }

    async fn the_centre_of_military_medicine_is_found_by_its_acronym(service: &'static Service) {
        let data = service
            .query(r#"{ bodies(filter: {acronyms: ["ACMM"]}) {
                nodes { slug kind established parent { slug } themes { slug } }
            } }"#)
            .await;
        assert_eq!(data["bodies"]["nodes"], json!([{
            "slug": "acmm",
            "kind": "CENTRE",
            "established": "2016-04-07",
            "parent": { "slug": "admm" },
            "themes": [{ "slug": "military-medicine" }, { "slug": "hadr" }],
        }]));
    }

    /// The data reach to February 2026.
    async fn ten_events_are_announced_and_hosting_them_does_not_count_yet(service: &'static Service) {
        let data = service
            .query(r#"{ events(filter: {statuses: [ANNOUNCED]}, orderBy: {field: SLUG}, first: 100) { nodes {
                slug contributions(filter: {derived: true}) { nodes { kind status partner { code } } }
            } } }"#)
            .await;
        let nodes = data["events"]["nodes"].as_array().unwrap();
        let slugs = texts(&data["events"]["nodes"], "/slug");
        assert_eq!(slugs, [
            "acdfm-23-philippines-2026", "acme-02-2027", "admm-20-philippines-2026",
            "admm-plus-13-philippines-2026", "aime-02-2026", "ewg-ct-17-malaysia-2026",
            "ewg-ct-ftx-india-2027", "ewg-ct-ttx-malaysia-2026", "ewg-hma-ftx-russia-2026",
            "trident-resolve-banten-2026",
        ]);
        for event in nodes {
            let host = match event["slug"].as_str().unwrap() {
                "ewg-ct-ftx-india-2027" => Some("IN"),
                "ewg-hma-ftx-russia-2026" => Some("RU"),
                _ => None,
            };
            let hosting = |host| json!({ "kind": "HOSTING", "status": "ANNOUNCED", "partner": { "code": host } });
            let expected: Vec<Value> = host.into_iter().map(hosting).collect();
            assert_eq!(event["contributions"]["nodes"], Value::Array(expected), "{event}");
        }
        let data = service
            .query_with(
                "query ($events: [Slug!]) {
                    counted: contributionMatrix(
                        rows: PARTNER, columns: KIND, filter: {events: $events, kinds: [HOSTING]}
                    ) { total }
                    announced: contributionMatrix(
                        rows: PARTNER, columns: KIND,
                        filter: {events: $events, kinds: [HOSTING], statuses: [ANNOUNCED]}
                    ) { total }
                }",
                json!({ "events": slugs }),
            )
            .await;
        assert_eq!(data, json!({ "counted": { "total": 0 }, "announced": { "total": 2 } }));
    }

    async fn japan_has_sixteen_recorded_contributions_and_hosted_twenty_five_events(
        service: &'static Service
    ) {
        let data = service
            .query(r#"{ party(code: "JP") {
                recorded: contributions(filter: {derived: false}) { totalCount }
                equipment: contributions(filter: {kinds: [EQUIPMENT]}) { totalCount }
                held: contributions(filter: {kinds: [HOSTING], statuses: [HELD]}) { totalCount }
                unconfirmed: contributions(filter: {kinds: [HOSTING], statuses: [UNCONFIRMED]}) { totalCount }
                coChairing: contributions(filter: {kinds: [CO_CHAIRING]}) { totalCount }
            } }"#)
            .await;
        let counts = ["recorded", "equipment", "held", "unconfirmed", "coChairing"]
            .map(|list| number(&data["party"][list]["totalCount"]));
        assert_eq!(counts, [16, 4, 25, 4, 4]);
    }

    async fn known_amounts_keep_their_original_currency(service: &'static Service) {
        let data = service
            .query(r#"{ contributions(filter: {hasAmount: true}, orderBy: {field: SLUG}, first: 100) {
                totalCount nodes { slug amount { value currency } }
            } }"#)
            .await;
        assert_eq!(number(&data["contributions"]["totalCount"]), 25);
        let nodes = data["contributions"]["nodes"].as_array().unwrap();
        let amount = |slug: &str| &nodes.iter().find(|node| node["slug"] == slug).unwrap()["amount"];
        assert_eq!(*amount("eu-cbrn-coe-2010"), json!({ "value": 37e6, "currency": "EUR" }));
        assert_eq!(*amount("jp-osa-philippines-2024"), json!({ "value": 16e8, "currency": "JPY" }));
        assert_eq!(*amount("au-asean-package-2021"), json!({ "value": 154e6, "currency": "AUD" }));
        assert_eq!(*amount("cn-asean-maritime-fund-2011"), json!({ "value": 3e9, "currency": "CNY" }));
        assert_eq!(*amount("us-msi-2015"), json!({ "value": 425e6, "currency": "USD" }));
        assert_eq!(*amount("ca-wps-asean-2020"), json!({ "value": 85e5, "currency": "CAD" }));
    }

    async fn a_source_lists_every_record_that_cites_it(service: &'static Service) {
        let data = service
            .query(r#"{ source(slug: "asan-2024-03-29-korea-asean-defence") {
                citations(first: 100, filter: {kinds: [EVENT]}) {
                    nodes { record { ... on Event { slug } } }
                }
                all: citations { totalCount }
            } }"#)
            .await;
        let events = &data["source"]["citations"]["nodes"];
        assert_eq!(sorted(texts(events, "/record/slug")), [
            "admm-02-singapore-2007", "admm-17-jakarta-2023",
            "admm-plus-ms-ftx-busan-singapore-2019", "cytrex-seoul-2023", "ewg-ms-13-seoul-2018",
            "ewg-pko-seoul-2014", "ewg-pko-seoul-2015",
            "ms-future-leaders-programme-seoul-busan-2019",
        ]);
    }

    async fn three_paragraphs_of_the_border_management_paper_name_somtc(
        service: &'static Service
    ) {
        let data = service
            .query(r#"{ body(slug: "somtc") { mentionedIn {
                nodes { slug document { slug relatedBodies(first: 100) { nodes { slug } } } }
            } } }"#)
            .await;
        let provisions = &data["body"]["mentionedIn"]["nodes"];
        assert_eq!(
            texts(provisions, "/slug"),
            ["bm-3-mechanisms", "bm-7c-mechanisms", "bm-8c-talks"],
        );
        let related = &provisions[0]["document"]["relatedBodies"]["nodes"];
        assert_eq!(sorted(texts(related, "/slug")), [
            "admm", "adsom", "adsom-wg", "aoe", "asean-dg-customs", "aseanapol", "asod", "blo",
            "dgicm", "mscp", "somtc",
        ]);
    }

    async fn an_event_shows_its_sources_locators_claims_and_note(service: &'static Service) {
        let data = service
            .query(r#"{ event(slug: "medex-lucknow-2019") {
                participantCount note
                claims { nodes { value unit } }
                citations { locator source { slug publisher url } }
            } }"#)
            .await;
        let event = &data["event"];
        assert_eq!(event["participantCount"], 250);
        assert!(event["note"].as_str().unwrap().starts_with("Sources differ on who came"));
        assert_eq!(event["claims"]["nodes"], json!([{ "value": 250.0, "unit": "people" }]));
        assert_eq!(event["citations"][0], json!({ "locator": null, "source": {
            "slug": "dailyexcelsior-2019-03-16-medex",
            "publisher": "Daily Excelsior",
            "url": "https://dailyexcelsior.com/?p=760218",
        } }));
        assert_eq!(event["citations"][1]["locator"], "para 1 (New Zealand and Brunei absent)");
    }
}
