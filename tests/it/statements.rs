//! The number of SQL statements of a request depends on the depth of the document, not on the
//! number of rows.

use harness::{StatementCounter, on_both, texts};
use serde_json::Value;

/// The statements, without the one that reads the newest revision. It runs if another statement
/// returns no rows and therefore cannot report the revision it read.
fn without_revision(mut statements: Vec<String>) -> Vec<String> {
    let newest =
        r#"SELECT "revision"."id", "revision"."created_at", "revision"."content_hash" FROM"#;
    statements.retain(|text| !text.starts_with(newest));
    statements
}

/// Asserts that a document over one row and one over many rows need the same number of statements,
/// `at_most` at most. `rows` counts the rows in the data.
fn same(
    counted: &StatementCounter,
    (one, many): (&str, &str),
    rows: impl Fn(&Value) -> usize,
    at_most: usize,
) {
    let (few_data, few) = counted.query(one);
    assert_eq!(rows(&few_data), 1, "{one}");
    let (many_data, more) = counted.query(many);
    assert!(rows(&many_data) > 20, "{many}");
    assert!(more.len() <= at_most, "{} statements: {more:#?}", more.len());
    let [few, more] = [few, more].map(without_revision);
    assert_eq!(few.len(), more.len(), "one row: {few:#?}\nmany rows: {more:#?}");
}

fn nodes(list: &'static str) -> impl Fn(&Value) -> usize {
    move |data| data[list]["nodes"].as_array().unwrap().len()
}

/// Fields of an event. Only `partner` loads a party by its key: a party that another field has
/// already loaded would need no statement.
const EVENT: &str = "slug updatedAt body { name } hosts { name } coHosts { name }
    chairs { name } participants { name }
    themes { name } citations { locator source { title } } revisions { nodes { number } }
    documents { totalCount nodes { title } }
    contributions { totalCount nodes { title partner { name } } }";

on_both! {
    async fn one_hundred_events_need_as_many_statements_as_one(counted: StatementCounter) {
        let of = |arguments: &str| format!("{{ events({arguments}) {{ totalCount nodes {{ {EVENT} }} }} }}");
        same(
            &counted,
            (&of(r#"filter: {slugs: ["admm-plus-ms-ftx-jervis-bay-2013"]}"#), &of("first: 100")),
            nodes("events"),
            19,
        );
    }

    async fn all_parties_need_as_many_statements_as_one(counted: StatementCounter) {
        let of = |arguments: &str| format!(
            "{{ parties({arguments}) {{ nodes {{
                code memberships {{ nodes {{ body {{ slug }} }} }}
                events(first: 50) {{ totalCount nodes {{ slug country {{ code }} themes {{ slug }} }} }}
                contributions {{ nodes {{ slug beneficiaries {{ code }} }} }}
            }} }} }}"
        );
        same(&counted, (&of(r#"filter: {codes: ["AU"]}"#), &of("first: 100")), nodes("parties"), 10);
    }

    async fn all_bodies_need_as_many_statements_as_one(counted: StatementCounter) {
        let of = |arguments: &str| format!(
            "{{ bodies({arguments}) {{ nodes {{
                slug parent {{ slug parent {{ slug }} }}
                ancestors {{ nodes {{ slug }} }}
                descendants {{ totalCount nodes {{ slug events(first: 3) {{ nodes {{ slug }} }} }} }}
            }} }} }}"
        );
        same(&counted, (&of(r#"filter: {slugs: ["admm-plus-ewgs"]}"#), &of("first: 100")), nodes("bodies"), 10);
    }

    async fn all_chair_terms_need_as_many_statements_as_one(counted: StatementCounter) {
        let of = |arguments: &str| format!(
            "{{ chairTerms({arguments}) {{ nodes {{
                slug body {{ slug workingGroupOf {{ nodes {{ slug }} }} }} seats {{ party {{ code }} }}
                contributions {{ totalCount nodes {{ slug }} }} citations {{ source {{ slug }} }}
            }} }} }}"
        );
        same(&counted, (&of("first: 1"), &of("first: 100")), nodes("chairTerms"), 8);
    }

    async fn all_provisions_need_as_many_statements_as_one(counted: StatementCounter) {
        let of = |arguments: &str| format!(
            "{{ provisions({arguments}) {{ nodes {{
                slug document {{ slug adoptedAt {{ slug }} }} themes {{ slug }}
                mechanisms {{ slug }} instruments {{ slug }} citations {{ source {{ slug }} }}
            }} }} }}"
        );
        same(&counted, (&of(r#"first: 1, filter: {documents: ["concept-paper-border-management"]}"#), &of("first: 100")), nodes("provisions"), 8);
    }

    async fn one_hundred_changes_need_as_many_statements_as_one(counted: StatementCounter) {
        let of = |size: u8| format!(
            "{{ revisions {{ nodes {{ changes(first: {size}, filter: {{kinds: [EVENT]}}) {{
                nodes {{ slug record {{ ... on Event {{ title }} }} }}
            }} }} }} }}"
        );
        let changes = |data: &Value| {
            data["revisions"]["nodes"][0]["changes"]["nodes"].as_array().unwrap().len()
        };
        same(&counted, (&of(1), &of(100)), changes, 6);
    }

    async fn ninety_one_nodes_need_as_many_statements_as_one_of_each_kind(counted: StatementCounter) {
        let lists = [
            "parties", "themes", "sources", "bodies", "memberships", "chairTerms", "events",
            "documents", "provisions", "initiatives", "workProgrammes", "contributions", "claims",
        ];
        let mut documents = Vec::new();
        for size in [1, 7] {
            let mut ids: Vec<String> = Vec::new();
            for list in lists {
                let (data, _) = counted.query(&format!("{{ {list}(first: {size}) {{ nodes {{ id }} }} }}"));
                ids.extend(texts(&data[list]["nodes"], "/id").into_iter().map(str::to_owned));
            }
            documents.push((ids.len(), format!(
                "{{ nodes(ids: {ids:?}) {{ id ... on Record {{ citations {{ source {{ slug }} }} }} }} }}"
            )));
        }
        let (_, few) = counted.query(&documents[0].1);
        let (_, more) = counted.query(&documents[1].1);
        assert_eq!((documents[0].0, documents[1].0), (13, 91));
        assert_eq!(few.len(), more.len(), "13 nodes: {few:#?}\n91 nodes: {more:#?}");
        assert!(more.len() <= 16, "names, a statement for each kind, citations, the revision: {more:#?}");
    }

    async fn sixty_citations_need_as_many_statements_as_one(counted: StatementCounter) {
        let of = |size: u8| format!(
            "{{ memberships(first: {size}) {{ nodes {{ cite(style: APA) }} }} }}"
        );
        same(&counted, (&of(1), &of(60)), nodes("memberships"), 6);
    }

    async fn counting_records_reads_only_the_counts(counted: StatementCounter) {
        let (_, statements) = counted.query("{ dataset { version counts { kind count } } }");
        assert!(statements.len() <= 4, "{statements:#?}");
    }

    async fn many_aliases_of_one_record_need_one_lookup(counted: StatementCounter) {
        let event = r#"event(slug: "medex-lucknow-2019") { title }"#;
        let aliases: String = (0..30).map(|n| format!("a{n}: {event} ")).collect();
        let (_, one) = counted.query(&format!("{{ {event} }}"));
        let (_, thirty) = counted.query(&format!("{{ {aliases} }}"));
        assert_eq!(one.len(), thirty.len(), "{thirty:#?}");
    }

    async fn a_new_document_over_cached_records_needs_no_statement(counted: StatementCounter) {
        let warming = format!(
            r#"{{ events(first: 50) {{ totalCount nodes {{ {EVENT} }} }}
            eventSeries(splitBy: KIND) {{ key total }} search(query: "maritime") {{ totalCount nodes {{ id }} }}
            network(relation: HOSTS_WITH) {{ links {{ weight }} }} dataset {{ revision counts {{ count }} }} }}"#
        );
        let new = r#"query Other {
            network(relation: HOSTS_WITH) { nodes { degree } }
            found: search(query: "maritime") { nodes { id } totalCount }
            newest: events(first: 50) { edges { cursor node { slug themes { name } body { acronym }
                contributions { nodes { slug partner { code } } } } } totalCount }
            eventSeries(splitBy: KIND) { points { count } } dataset { counts { kind } }
        }"#;
        let answers = counted.queries(&[&warming, new]);
        assert!(answers[0].1.len() > 10, "{:#?}", answers[0].1);
        assert_eq!(answers[1].1, Vec::<String>::new());
        assert_eq!(answers[1].0["newest"]["edges"].as_array().unwrap().len(), 50);
    }

    async fn totals_that_are_sums_of_cells_need_no_aggregate_of_their_own(counted: StatementCounter) {
        let readings = |query: &str| -> usize {
            let (_, statements) = counted.query(query);
            let aggregate: Vec<&String> =
                statements.iter().filter(|text| text.contains("COUNT(*)")).collect();
            assert_eq!(aggregate.len(), 1, "{query}: {statements:#?}");
            aggregate[0].matches("COUNT(*)").count()
        };
        // Includes the totals of rows, columns and all. A contribution has one partner and one
        // kind, but may have many themes.
        assert_eq!(readings("{ contributionMatrix(rows: PARTNER, columns: KIND) { total cells } }"), 1);
        assert_eq!(readings("{ contributionMatrix(rows: PARTNER, columns: THEME) { total cells } }"), 2);
        assert_eq!(readings("{ eventSeries(splitBy: KIND) { total points { count } } }"), 1);
        assert_eq!(
            readings(r#"{ compareContributions(partners: ["KR"]) { total partners { byTheme { count } byKind { count } } } }"#),
            2
        );
    }

    async fn the_revision_is_read_separately_only_if_a_statement_returns_no_rows(counted: StatementCounter) {
        let cost = |query: &str| -> (usize, usize) {
            let (_, statements) = counted.query(query);
            (statements.len(), without_revision(statements).len())
        };
        assert_eq!(cost("{ events(first: 3) { nodes { slug citations { source { slug } } } } }"), (2, 2));
        assert_eq!(cost(r#"{ events(first: 3, filter: { from: "2999" }) { nodes { slug } } }"#), (2, 1));
    }
}
