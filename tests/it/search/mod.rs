//! Search: the wanted record is ranked first for many spellings, and no query causes an error.

mod scripts;

use std::collections::BTreeSet;

use harness::{
    Adkb, Backend, Database, Dataset, Service, StatementCounter, number, on_both, texts,
};
use migration::{
    Migrator,
    search::{fold, words},
};
use sea_orm::{ConnectionTrait, Statement};
use sea_orm_migration::MigratorTrait;
use serde_json::{Value, json};

/// A query, and the slug or party code of the record that it is meant to find. Judged by reading
/// the dataset.
const JUDGED: [(&str, &str); 40] = [
    // Parties: by name and alias, without an accent, and misspelt.
    ("Vietnam", "VN"),
    ("South Korea", "KR"),
    ("turkiye", "TR"),
    ("australa", "AU"),
    // Themes: by name, acronym and prefix, misspelt, and written as one word.
    ("maritime security", "maritime-security"),
    ("maritme securty", "maritime-security"),
    ("mariti", "maritime-security"),
    ("cybersecurity", "cyber-security"),
    ("HADR", "hadr"),
    ("women peace and security", "women-peace-security"),
    // Bodies.
    ("ADMM", "admm"),
    ("ADMM+", "admm-plus"),
    ("ADSOM WG", "adsom-wg"),
    ("malacca strait patrol", "mscp"),
    ("experts working group on peacekeeping", "ewg-peacekeeping"),
    ("mine action center", "armac"),
    ("defense ministers informal meeting india", "asean-india-dmim"),
    // Events: by number, acronym, place and year.
    ("13th ADMM", "admm-13-bangkok-2019"),
    ("MEDEX", "medex-lucknow-2019"),
    ("maritme exercise Brunei", "admm-plus-ms-ct-ftx-brunei-singapore-2016"),
    ("retreat siem reap 2022", "admm-retreat-siem-reap-2022"),
    ("jervis bay", "admm-plus-ms-ftx-jervis-bay-2013"),
    ("Vientane ADMM retreat", "admm-retreat-vientiane-2016"),
    ("covid table top exercise", "admm-covid-19-ttx-hanoi-2020"),
    // Documents and their paragraphs.
    ("vientiane vision 2.0", "vientiane-vision-2-0"),
    ("concept paper border management", "concept-paper-border-management"),
    ("joint statment artificial inteligence", "joint-statement-ai-defence-2025"),
    ("Bali Concord", "bali-concord-ii"),
    ("border management consensus", "bm-5d-consensus"),
    ("objectives mutual trust transparency", "admm-plus-obj-2"),
    // Initiatives, and a work programme.
    ("KASI", "kasi"),
    ("japan ship rider", "japan-asean-ship-rider"),
    ("direct communications link", "adi"),
    ("EWG work plans 2024-2027", "admm-plus-ewg-work-plans-2024-2027"),
    // Contributions and claims.
    ("coastal radar philippines", "jp-osa-philippines-2023"),
    ("border liaison offices refurbished", "unodc-2014-blo-refurbished"),
    // Memberships and chair terms.
    ("Timor-Leste member of ASEAN", "asean-member-tl"),
    ("co-chairs maritime security 2014-2016", "ewg-ms-2014-2016"),
    // Sources: by title, and by publisher.
    ("readout mattis asean", "dod-2017-06-04-mattis-asean"),
    ("Daily Excelsior Lucknow", "dailyexcelsior-2019-03-16-medex"),
];

/// Minimum number of judged queries whose record is ranked first, and among the first five.
const FIRST: usize = 38;
const AMONG_FIVE: usize = 40;

/// Strings with a special meaning in SQL or full-text queries, and other unusual strings.
fn hostile() -> Vec<String> {
    let mut texts: Vec<String> = [
        "AND",
        "OR",
        "NOT",
        "NEAR(",
        "NEAR(admm plus, 5)",
        "admm AND",
        "OR OR OR",
        "\"",
        "\"admm",
        "'",
        "''",
        "admm'--",
        "'; DROP TABLE record; --",
        "*",
        "admm*",
        "*admm",
        "%",
        "_",
        "%_%",
        ":",
        "title:admm",
        "title_words : admm",
        "{title_words} : admm",
        "^admm",
        "-",
        "-admm",
        "--",
        "(",
        ")",
        "()",
        "((((",
        "admm)",
        "a & b | !c",
        "admm:*A",
        "<->",
        "\\",
        "\\\\'",
        "$1",
        "?",
        "?1",
        "@@",
        "🙂",
        "🙂 admm 👩‍👩‍👧‍👦",
        "\0",
        "admm\0plus",
        "\u{202e}MMDA",
        "العربية",
        "\u{200f}",
        "อาเซียน",
        "东盟 防务",
        "ＡＤＭＭ",
        "e\u{301}\u{301}\u{301}",
        "\u{fffd}",
        "ﷺ",
        "½",
        "\t\n\r",
        "1e309",
        "-1",
        "NULL",
        "true",
        "0x00",
        "admm\u{10ffff}",
        "ß",
        "İ",
        "ǅ",
    ]
    .map(str::to_owned)
    .into();
    texts.push("a".repeat(10_000));
    texts.push("admm ".repeat(2_000));
    texts.push((0..2_000).map(|n| format!("word{n} ")).collect());
    texts.push("\" OR ".repeat(2_000));
    texts.push("(".repeat(10_000));
    texts.push("é".repeat(10_000));
    texts.push(format!("ก{}", "ั".repeat(10_000)));
    texts.push(format!("가{}", "\u{11a8}".repeat(10_000)));
    texts.push("東".repeat(10_000));
    texts.push("ทหาร".repeat(2_500));
    texts.push("ab".repeat(12));
    texts
}

const NAMED: &str =
    "... on Record { slug } ... on Theme { slug } ... on Source { slug } ... on Party { code }";

/// The slug of a node, or the code of a party.
fn name(node: &Value) -> &str {
    node["slug"].as_str().or(node["code"].as_str()).unwrap()
}

/// The names of the first `size` results of a search, best first.
async fn found(service: &Service, query: &str, size: usize) -> Vec<String> {
    let document = format!(
        "query($q: String!) {{ search(query: $q, first: {size}) {{ nodes {{ {NAMED} }} }} }}"
    );
    let data = service.query_with(&document, json!({ "q": query })).await;
    let nodes = data["search"]["nodes"].as_array().unwrap();
    nodes.iter().map(|node| name(node).to_owned()).collect()
}

/// The names and scores of all pages of a search, joined.
async fn joined(
    service: &Service,
    arguments: &str,
    size: usize,
    backward: bool,
) -> Vec<(String, i64)> {
    let (count, from, more, next) = match backward {
        false => ("first", "after", "hasNextPage", "endCursor"),
        true => ("last", "before", "hasPreviousPage", "startCursor"),
    };
    let document = format!(
        "query($c: String) {{ search({arguments}, {count}: {size}, {from}: $c) {{
            edges {{ cursor score node {{ {NAMED} }} }} pageInfo {{ {more} {next} }}
        }} }}"
    );
    let mut joined = Vec::new();
    let mut cursor = Value::Null;
    loop {
        let data = service.query_with(&document, json!({ "c": cursor })).await;
        let page = &data["search"];
        let edges = page["edges"].as_array().unwrap();
        assert!(edges.len() <= size);
        let entries =
            edges.iter().map(|edge| (name(&edge["node"]).to_owned(), number(&edge["score"])));
        let at = if backward { 0 } else { joined.len() };
        joined.splice(at..at, entries);
        if page["pageInfo"][more] == false {
            return joined;
        }
        assert_eq!(edges.len(), size, "a page before the last one is not full");
        cursor = page["pageInfo"][next].clone();
    }
}

/// The number of rows of a table.
async fn rows(database: &Database, table: &str) -> i64 {
    let db = database.connect().await;
    let count = format!("SELECT COUNT(*) FROM {table}");
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), count)).await;
    row.unwrap().unwrap().try_get_by_index(0).unwrap()
}

/// The number of migrations from the one that creates the search index to the last.
fn since_the_index() -> u32 {
    let migrations = Migrator::migrations();
    let before = migrations.iter().position(|migration| migration.name().ends_with("_search"));
    u32::try_from(migrations.len() - before.unwrap()).unwrap()
}

on_both! {
    async fn the_wanted_record_is_ranked_first(service: &'static Service) {
        let (mut first, mut among_five, mut missed) = (0, 0, Vec::new());
        for (query, wanted) in JUDGED {
            let found = found(service, query, 5).await;
            let place = found.iter().position(|slug| slug == wanted);
            first += usize::from(place == Some(0));
            among_five += usize::from(place.is_some());
            if place != Some(0) {
                missed.push(format!("{query}: wanted {wanted}, found {found:?}"));
            }
        }
        let all = JUDGED.len();
        println!("first: {first} of {all}, among five: {among_five} of {all}\nnot first: {missed:#?}");
        assert!(first >= FIRST && among_five >= AMONG_FIVE, "{first}, {among_five}: {missed:#?}");
    }

    async fn both_databases_rank_the_same(service: &'static Service) {
        let other = Service::shared(match service.database().backend() {
            Backend::Sqlite => Backend::Postgres,
            Backend::Postgres => Backend::Sqlite,
        });
        for (query, _) in JUDGED {
            assert_eq!(found(service, query, 20).await, found(other, query, 20).await, "{query}");
        }
    }

    async fn search_finds_every_kind_of_record(service: &'static Service) {
        for kind in [
            "PARTY", "THEME", "SOURCE", "BODY", "MEMBERSHIP", "CHAIR_TERM", "EVENT", "DOCUMENT",
            "PROVISION", "INITIATIVE", "WORK_PROGRAMME", "CONTRIBUTION", "CLAIM",
        ] {
            let word = match kind {
                "THEME" => "security",
                "CHAIR_TERM" => "admm",
                _ => "asean",
            };
            let data = service
                .query(&format!(
                    r#"{{ search(query: "{word}", kinds: [{kind}], first: 100) {{ totalCount nodes {{ __typename }} }} }}"#
                ))
                .await;
            let types: BTreeSet<&str> = texts(&data["search"]["nodes"], "/__typename").into_iter().collect();
            let expected = kind.replace('_', "").to_lowercase();
            assert!(number(&data["search"]["totalCount"]) > 0, "no {kind}");
            assert_eq!(types.len(), 1, "{kind}: {types:?}");
            assert!(types.iter().all(|name| name.to_lowercase() == expected), "{kind}: {types:?}");
        }
    }

    async fn kinds_restrict_a_search_and_an_empty_list_finds_nothing(service: &'static Service) {
        let whole = joined(service, r#"query: "maritime exercise""#, 100, false).await;
        let two = joined(service, r#"query: "maritime exercise", kinds: [EVENT, INITIATIVE]"#, 100, false).await;
        assert!(!two.is_empty() && two.len() < whole.len());
        let kept: Vec<_> = whole.iter().filter(|entry| two.contains(entry)).cloned().collect();
        assert_eq!(kept, two, "the same records in the same order, with the same scores");
        assert_eq!(joined(service, r#"query: "maritime", kinds: []"#, 100, false).await, []);
    }

    async fn the_pages_of_a_search_joined_are_the_same_from_both_ends(service: &'static Service) {
        for (query, size) in [("admm", 37), ("maritime security exercise", 7), ("zzzz korea", 9), ("a", 100)] {
            let arguments = format!(r#"query: "{query}""#);
            let data = service.query(&format!("{{ search({arguments}) {{ totalCount }} }}")).await;
            let forward = joined(service, &arguments, size, false).await;
            let backward = joined(service, &arguments, size, true).await;
            assert!(forward.len() > size, "{query} has pages");
            assert_eq!(forward.len() as i64, number(&data["search"]["totalCount"]), "{query}");
            assert_eq!(forward, backward, "{query}");
            let names: BTreeSet<&String> = forward.iter().map(|(name, _)| name).collect();
            assert_eq!(names.len(), forward.len(), "a record was returned twice for {query}");
            assert!(
                forward.is_sorted_by(|(a, high), (b, low)| high > low || (high == low && a < b)),
                "{query}: not sorted by score, then slug",
            );
        }
    }

    async fn a_search_has_the_paging_rules_of_every_connection(service: &'static Service) {
        for (arguments, code) in [
            ("first: -1", "BAD_PAGE"), ("first: 101", "BAD_PAGE"), ("last: -1", "BAD_PAGE"),
            ("first: 1, last: 1", "BAD_PAGE"), (r#"after: "garbage""#, "BAD_CURSOR"),
            (r#"before: """#, "BAD_CURSOR"), (r#"after: "W10""#, "BAD_CURSOR"),
        ] {
            let errors = service
                .errors(&format!(r#"{{ search(query: "admm", {arguments}) {{ nodes {{ id }} }} }}"#))
                .await;
            assert_eq!(errors[0]["extensions"]["code"], code, "{arguments}: {errors:?}");
        }
        let data = service
            .query(r#"{ search(query: "admm") { nodes { id } pageInfo { hasNextPage hasPreviousPage endCursor } } }"#)
            .await;
        assert_eq!(data["search"]["nodes"].as_array().unwrap().len(), 20);
        assert_eq!(data["search"]["pageInfo"]["hasPreviousPage"], false);
        let cursor = &data["search"]["pageInfo"]["endCursor"];
        for arguments in [r#"query: "adsom""#, r#"query: "admm", kinds: [EVENT]"#] {
            let document = format!("query($c: String) {{ search({arguments}, after: $c) {{ nodes {{ id }} }} }}");
            let errors = service.errors_with(&document, json!({ "c": cursor })).await;
            assert_eq!(errors[0]["extensions"]["code"], "BAD_CURSOR", "{arguments}");
            assert!(errors[0]["message"].as_str().unwrap().contains("another search"), "{errors:?}");
        }
        let document = r#"query($c: String) { search(query: " Admm! ", after: $c) { nodes { id } } }"#;
        let again = service.query_with(document, json!({ "c": cursor })).await;
        assert_eq!(again["search"]["nodes"].as_array().unwrap().len(), 20, "the same words are the same search");
    }

    async fn case_accents_and_the_order_of_words_make_no_difference(service: &'static Service) {
        let one = found(service, "maritime security Türkiye", 20).await;
        for other in ["MARITIME SECURITY TURKIYE", "turkiye, security: maritime!", "  Türkiye\tmaritime\nsecurity "] {
            let mut a = one.clone();
            let mut b = found(service, other, 20).await;
            a.sort();
            b.sort();
            assert_eq!(a, b, "{other}");
        }
        assert_eq!(found(service, "defense", 20).await, found(service, "defence", 20).await);
    }

    async fn highlights_mark_the_matched_words(service: &'static Service) {
        let document = r#"query($q: String!, $k: [RecordKind!]) { search(query: $q, kinds: $k, first: 10) { edges {
            node { __typename } highlights { field text ranges { start length } }
        } } }"#;
        for (query, kinds, marks) in [
            ("mariti securty", json!(["THEME"]), vec!["mariti", "security"]),
            ("TURKIYE", json!(["PARTY"]), vec!["Türkiye"]),
            ("cybersecurity", json!(["BODY"]), vec!["Cyber", "Security", "cyber", "security", "Cybersecurity", "cybersecurity"]),
            ("vientane", json!(["EVENT"]), vec!["Vientiane"]),
            ("exercises", json!(["EVENT"]), vec!["xercise"]),
            ("adsom plus", json!(["BODY"]), vec!["ADSOM", "Plus", "+"]),
        ] {
            let data = service.query_with(document, json!({ "q": query, "k": kinds })).await;
            let edges = data["search"]["edges"].as_array().unwrap();
            assert!(!edges.is_empty(), "{query}");
            for edge in edges {
                let highlights = edge["highlights"].as_array().unwrap();
                assert!(!highlights.is_empty(), "{query}: {edge}");
                for highlight in highlights {
                    let text = highlight["text"].as_str().unwrap();
                    let units: Vec<u16> = text.encode_utf16().collect();
                    let mut behind = 0;
                    for range in highlight["ranges"].as_array().unwrap() {
                        let start = usize::try_from(number(&range["start"])).unwrap();
                        let length = usize::try_from(number(&range["length"])).unwrap();
                        assert!(start >= behind && length > 0, "{query}: {highlight}");
                        behind = start + length;
                        let word = String::from_utf16(&units[start..behind]).unwrap();
                        let fits = marks.iter().any(|mark| word.to_lowercase().contains(&mark.to_lowercase()));
                        assert!(fits, "{query} marks {word} in {text}");
                    }
                    assert!(behind > 0, "nothing is marked");
                }
            }
        }
    }

    async fn a_long_text_is_truncated_around_the_first_match(service: &'static Service) {
        let data = service
            .query(r#"{ search(query: "technology transfer", kinds: [WORK_PROGRAMME]) { edges {
                node { ... on WorkProgramme { slug } } highlights { field text ranges { start length } }
            } } }"#)
            .await;
        let edge = &data["search"]["edges"][0];
        assert_eq!(edge["node"]["slug"], "admm-wp-2023-2026");
        let highlight = &edge["highlights"][0];
        assert_eq!(highlight["field"], "TEXT");
        let text = highlight["text"].as_str().unwrap();
        assert!(text.starts_with('…') && text.ends_with('…'), "{text}");
        assert!(text.contains("technology transfer") && text.chars().count() <= 242, "{text}");
        let start = usize::try_from(number(&highlight["ranges"][0]["start"])).unwrap();
        assert_eq!(text.chars().skip(start).take(10).collect::<String>(), "technology");
    }

    async fn no_search_query_causes_an_error(service: &'static Service) {
        let document = "query($q: String!) { search(query: $q, first: 3) { totalCount edges { score node { id } highlights { text } } } }";
        for query in hostile() {
            let answer = service.answer(document, json!({ "q": query })).await;
            let typed: String = query.chars().take(40).collect();
            assert_eq!(answer.get("errors"), None, "{typed:?}");
        }
        assert!(!service.log().contains("ERROR"), "{}", service.log());
    }

    async fn a_query_without_words_returns_no_results(service: &'static Service) {
        for query in ["", " ", "\t\n", "*", "\"", "()", "%_", "🙂", "\0", "--", "\u{202e}"] {
            let data = service
                .query_with("query($q: String!) { search(query: $q) {
                    totalCount nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
                } }", json!({ "q": query }))
                .await;
            assert_eq!(data["search"], json!({ "totalCount": 0, "nodes": [], "pageInfo": {
                "hasNextPage": false, "hasPreviousPage": false, "startCursor": null, "endCursor": null,
            } }), "{query:?}");
        }
    }

    async fn all_words_must_match_unless_no_record_has_all_of_them(service: &'static Service) {
        let total = async |query: &str| {
            let document = "query($q: String!) { search(query: $q) { totalCount } }";
            number(&service.query_with(document, json!({ "q": query })).await["search"]["totalCount"])
        };
        let (brunei, corvette) = (total("brunei").await, total("corvette").await);
        assert!(total("brunei exercise").await < brunei, "each word restricts the results");
        assert_eq!(total("brunei corvette").await, brunei + corvette, "no record has both");
        assert_eq!(total("brunei qqqqqqqq").await, brunei, "an unknown word is ignored");
        assert_eq!(total("qqqqqqqq").await, 0);
        let twelve = "one two three four five six seven eight nine ten eleven twelve";
        assert_eq!(total(twelve).await, total(&format!("{twelve} brunei corvette")).await);
    }

    async fn a_search_page_needs_one_statement_per_kind_and_word(counted: StatementCounter) {
        let cost = |query: &str, size: usize| {
            let (data, statements) = counted.query(&format!(
                r#"{{ search(query: "{query}", first: {size}) {{ totalCount nodes {{ __typename id }} edges {{ node {{ id }} score highlights {{ text }} }} }} }}"#
            ));
            let types: BTreeSet<&str> = texts(&data["search"]["nodes"], "/__typename").into_iter().collect();
            (types.len(), statements)
        };
        for (query, words) in [("admm", 2), ("maritme securty exercise vientane", 4)] {
            for size in [1, 100] {
                let (kinds, statements) = cost(query, size);
                assert_eq!(statements.len(), words + 2 + kinds + 1, "{query}: {statements:#?}");
            }
        }
    }

    async fn a_removed_record_leaves_the_index(backend: Backend) {
        let service = Service::start(Database::minimal(backend));
        assert_eq!(found(&service, "meeting 2019", 5).await[0], "meeting-2019");
        let less = Dataset::minimal().without("events.toml");
        Adkb::import(&less).with(["--prune"]).database(service.database()).run().success();
        service.catch_up().await;
        assert_eq!(found(&service, "meeting 2019", 5).await, Vec::<String>::new());
        assert_eq!(rows(service.database(), "search_document").await, rows(service.database(), "record WHERE removed_in IS NULL").await);
        assert_eq!(rows(service.database(), "search_word WHERE word = 'workshop'").await, 0, "its words are removed too");

        Adkb::import(&Dataset::minimal()).database(service.database()).run().success();
        service.catch_up().await;
        assert_eq!(found(&service, "meeting 2019", 5).await[0], "meeting-2019");
    }

    async fn a_changed_name_is_found_at_once_in_referring_records_too(backend: Backend) {
        let service = Service::start(Database::minimal(backend));
        assert_eq!(found(&service, "armadillo", 5).await, Vec::<String>::new());
        let changed = Dataset::minimal().replacing("bodies.toml", "A working group", "Armadillo Council");
        Adkb::import(&changed).database(service.database()).run().success();
        service.catch_up().await;
        let found = found(&service, "armadillo", 5).await;
        assert_eq!(found[0], "ewg");
        assert!(found.contains(&"meeting-2019".to_owned()), "{found:?}");
    }

    async fn a_database_from_before_the_search_index_is_indexed(database: Database) {
        let take_back = async || {
            let db = database.connect().await;
            Migrator::down(&db, Some(since_the_index())).await.unwrap();
            let gone = db.execute_unprepared("SELECT 1 FROM search_document").await;
            assert!(gone.is_err(), "the index is removed");
        };
        take_back().await;
        Adkb::new(["migrate"]).database(&database).run().success();
        assert_eq!(rows(&database, "search_document").await, rows(&database, "record").await);

        take_back().await;
        let service = Service::start(database);
        assert_eq!(found(&service, "maritme securty", 5).await[0], "maritime-security");
    }

    async fn a_search_index_of_another_version_is_rebuilt(database: Database) {
        let db = database.connect().await;
        for sql in ["UPDATE search_index SET version = 0", "UPDATE search_document SET title_words = 'old', weight = 1"] {
            db.execute_unprepared(sql).await.unwrap();
        }
        let service = Service::start(database);
        assert!(!found(&service, "old", 5).await.contains(&"admm".to_owned()));
        assert_eq!(found(&service, "ADMM", 5).await[0], "admm");
    }
}

#[test]
fn case_accents_plurals_and_spelling_are_folded() {
    for (one, other) in [
        ("Đà Nẵng", "da nang"),
        ("Türkiye", "TURKIYE"),
        ("Experts’ Working Groups", "expert working group"),
        ("Defense Ministers'", "defence minister"),
        ("Peacekeeping Centers", "peacekeeping centre"),
        ("ADMM+", "ADMM-Plus"),
        ("policies", "Policy"),
        ("re\u{301}sume\u{301}", "résumé"),
        ("Meeting of the Ministers", "meeting, ministers"),
        ("Organization", "organisation"),
        ("ＡＤＭＭ", "admm"),
    ] {
        assert_eq!(fold(one), fold(other), "{one} and {other}");
    }
}

#[test]
fn a_stop_word_counts_if_it_is_the_only_word() {
    assert_eq!(fold("IN"), "in");
    assert_eq!(fold("in Hanoi"), "hanoi");
}

#[test]
fn a_word_has_its_byte_range_in_the_text() {
    let text = "Die Übung: “Đà Nẵng”";
    let found: Vec<&str> = words(text).into_iter().map(|word| &text[word.place]).collect();
    assert_eq!(found, ["Die", "Übung", "Đà", "Nẵng"]);
}
