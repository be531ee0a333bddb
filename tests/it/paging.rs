//! Paging: the joined pages are the whole list, even while records are inserted.

use std::cmp::Ordering;

use entities::EdtfDate;
use harness::{Service, number, on_both, texts};
use proptest::prelude::*;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use crate::properties::hold;

/// A value of `orderBy`, and the selection of the field that it sorts by.
type OrderField = (&'static str, &'static str);

/// A period is sorted by its start or, if only the end is known, by its end.
const START: &str = "start otherwise: end";

const LISTS: [(&str, &[OrderField], &[&str]); 4] = [
    (
        "events",
        &[("START", START), ("TITLE", "title"), ("ORDINAL", "ordinal"), ("SLUG", "slug")],
        &["{}", "{themes: [\"maritime-security\"]}", "{hosts: [\"JP\", \"AU\"]}", "{slugs: []}"],
    ),
    (
        "sources",
        &[("PUBLISHED", "published"), ("TITLE", "title"), ("SLUG", "slug")],
        &["{kinds: [NEWS]}", "{text: \"asean\"}"],
    ),
    (
        "contributions",
        &[("START", START), ("TITLE", "title"), ("SLUG", "slug")],
        &["{}", "{derived: false}"],
    ),
    (
        "claims",
        &[("START", START), ("MEASURE", "measure"), ("VALUE", "value"), ("SLUG", "slug")],
        &["{}"],
    ),
];

/// How a client walks through a list.
#[derive(Clone, Debug)]
struct Walk {
    list: &'static str,
    order: OrderField,
    descending: bool,
    filter: &'static str,
    size: usize,
    backward: bool,
}

fn walks() -> impl Strategy<Value = Walk> {
    (
        0..LISTS.len(),
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        any::<bool>(),
        5..=100_usize,
        any::<bool>(),
    )
        .prop_map(|(list, order, filter, descending, size, backward)| {
            let (list, orders, filters) = LISTS[list];
            let (order, filter) = (*order.get(orders), *filter.get(filters));
            Walk { list, order, descending, filter, size, backward }
        })
}

impl Walk {
    fn direction(&self) -> &'static str {
        if self.descending { "DESC" } else { "ASC" }
    }

    /// The page at a cursor, and the cursor of the next page if there is one.
    async fn page(&self, service: &Service, cursor: &Value) -> (Vec<Value>, Option<Value>) {
        let Self { list, order: (by, shown), filter, size, .. } = self;
        let (count, from, more, next) = match self.backward {
            false => ("first", "after", "hasNextPage", "endCursor"),
            true => ("last", "before", "hasPreviousPage", "startCursor"),
        };
        let document = format!(
            "query($cursor: String) {{ {list}(
                {count}: {size}, {from}: $cursor, filter: {filter},
                orderBy: {{field: {by}, direction: {}}}
            ) {{ edges {{ cursor node {{ slug shown: {shown} }} }} pageInfo {{ {more} {next} }} }} }}",
            self.direction(),
        );
        let data = service.query_with(&document, json!({ "cursor": cursor })).await;
        let page = &data[list];
        let edges = page["edges"].as_array().unwrap();
        let end = if self.backward { edges.first() } else { edges.last() };
        assert_eq!(page["pageInfo"][next], end.map_or(Value::Null, |edge| edge["cursor"].clone()));
        let nodes = edges.iter().map(|edge| edge["node"].clone()).collect();
        let goes_on = page["pageInfo"][more] == true;
        (nodes, goes_on.then(|| page["pageInfo"][next].clone()))
    }

    /// All pages, joined in the order of the list. `between` runs after each page.
    async fn whole(&self, service: &Service, between: impl AsyncFn()) -> Vec<Value> {
        let mut joined: Vec<Value> = Vec::new();
        let mut cursor = Value::Null;
        loop {
            let (page, next) = self.page(service, &cursor).await;
            assert!(page.len() <= self.size, "a page of {} has {}", self.size, page.len());
            assert!(
                next.is_none() || page.len() == self.size,
                "a page before the last one is not full"
            );
            if self.backward {
                joined.splice(0..0, page);
            } else {
                joined.extend(page);
            }
            between().await;
            match next {
                Some(next) => cursor = next,
                None => return joined,
            }
        }
    }

    /// The documented order: by value, nulls last, ties by slug; all reversed if descending.
    fn compare(&self, a: &Value, b: &Value) -> Ordering {
        let by_value = match (value(a), value(b)) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => return Ordering::Greater,
            (Some(_), None) => return Ordering::Less,
            (Some(a), Some(b)) => a.partial_cmp(&b).unwrap(),
        };
        let order = by_value.then_with(|| a["slug"].as_str().cmp(&b["slug"].as_str()));
        if self.descending { order.reverse() } else { order }
    }
}

#[derive(PartialEq, PartialOrd)]
enum Ordered {
    Number(f64),
    /// The first day of a date, or any other string.
    Text(String),
}

fn value(node: &Value) -> Option<Ordered> {
    let shown = if node["shown"].is_null() { &node["otherwise"] } else { &node["shown"] };
    match shown {
        Value::Null => None,
        Value::Number(number) => number.as_f64().map(Ordered::Number),
        Value::String(text) => Some(Ordered::Text(match text.parse::<EdtfDate>() {
            Ok(date) => date.first_day().to_string(),
            Err(_) => text.clone(),
        })),
        other => panic!("no list is sorted by {other}"),
    }
}

/// Inserts an event directly into the database.
async fn insert_event(db: &impl ConnectionTrait, slug: &str, day: &str) {
    for sql in [
        format!("INSERT INTO record (kind, slug, created_in, updated_in) VALUES ('event', '{slug}', 1, 1)"),
        format!(
            "INSERT INTO event (id, slug, title, kind, \"start\", first_day, last_day, status, summary, confidence)
             SELECT id, slug, slug, 'other', '{day}', '{day}', '{day}', 'held', 'New.', 'reported'
             FROM record WHERE slug = '{slug}'"
        ),
    ] {
        db.execute_unprepared(&sql).await.unwrap();
    }
}

fn slugs(nodes: &[Value]) -> Vec<&str> {
    nodes.iter().map(|node| node["slug"].as_str().unwrap()).collect()
}

on_both! {
    async fn the_pages_of_a_list_joined_are_the_whole_sorted_list(service: &'static Service) {
        hold(20, walks(), async |walk| {
            let joined = walk.whole(service, async || ()).await;
            let selection = format!("slug shown: {}", walk.order.1);
            let filter = format!(", filter: {}", walk.filter);
            let mut expected = service.all(walk.list, &filter, &selection).await;
            expected.sort_by(|a, b| walk.compare(a, b));
            assert_eq!(slugs(&joined), slugs(&expected));
        })
        .await;
    }

    async fn paging_returns_each_existing_record_once_while_others_are_inserted(service: Service) {
        let db = service.sql().await;
        let number = std::cell::Cell::new(0);
        let cases = (0..4_usize, any::<bool>(), 30..=100_usize, any::<bool>(), any::<u64>());
        hold(6, cases, async |(order, descending, size, backward, seed)| {
            let (list, orders, _) = LISTS[0];
            let walk = Walk { list, order: orders[order], descending, filter: "{}", size, backward };
            let before = service.all("events", "", "slug").await;
            let joined = walk
                .whole(&service, async || {
                    for _ in 0..3 {
                        let n = number.replace(number.get() + 1);
                        let spread = (seed.wrapping_add(n).wrapping_mul(0x9e37_79b9_7f4a_7c15)) >> 40;
                        let letter = char::from(b'a' + (spread % 26) as u8);
                        let day = format!("{}-{:02}-15", 1990 + spread % 40, 1 + spread % 12);
                        insert_event(&db, &format!("{letter}-new-{n}"), &day).await;
                    }
                })
                .await;
            let mut came = slugs(&joined);
            came.sort_unstable();
            let all = came.len();
            came.dedup();
            assert_eq!(all, came.len(), "a record was returned twice");
            for slug in slugs(&before) {
                assert!(came.binary_search(&slug).is_ok(), "{slug} was not returned");
            }
        })
        .await;
    }

    async fn a_page_size_outside_0_to_100_is_rejected(service: &'static Service) {
        for size in ["first: 101", "first: -1", "last: 101", "last: -1"] {
            let errors = service.errors(&format!("{{ events({size}) {{ totalCount }} }}")).await;
            assert_eq!(errors[0]["extensions"]["code"], "BAD_PAGE", "{size}");
            let message = errors[0]["message"].as_str().unwrap();
            assert!(message.contains("a page has 0 to 100 entries"), "{message}");
        }
    }

    async fn a_page_of_size_0_has_the_total_count(service: &'static Service) {
        let size = "{ totalCount nodes { slug } edges { cursor } pageInfo { hasNextPage startCursor } }";
        let document = format!("{{ all: events(first: 0) {size} last: events(last: 0) {size} none: events(first: 0, filter: {{ text: \"zzzz\" }}) {size} }}");
        let data = service.query(&document).await;
        for list in ["all", "last"] {
            assert!(data[list]["totalCount"].as_i64().unwrap() > 300);
            assert_eq!([&data[list]["nodes"], &data[list]["edges"]], [&json!([]), &json!([])]);
            assert_eq!(data[list]["pageInfo"]["startCursor"], Value::Null);
        }
        assert_eq!(data["all"]["pageInfo"]["hasNextPage"], true);
        assert_eq!(data["none"]["pageInfo"]["hasNextPage"], false);
    }

    async fn first_and_last_together_are_rejected(service: &'static Service) {
        let errors = service.errors("{ events(first: 1, last: 1) { totalCount } }").await;
        assert_eq!(errors[0]["extensions"]["code"], "BAD_PAGE");
    }

    async fn the_default_page_size_is_20(service: &'static Service) {
        let data = service.query("{ events { nodes { slug } pageInfo { hasNextPage hasPreviousPage } } }").await;
        assert_eq!(data["events"]["nodes"].as_array().unwrap().len(), 20);
        let info = json!({ "hasNextPage": true, "hasPreviousPage": false });
        assert_eq!(data["events"]["pageInfo"], info);
    }

    async fn an_empty_list_has_an_empty_page(service: &'static Service) {
        let data = service
            .query("{ events(filter: {slugs: []}) { totalCount nodes { slug } edges { cursor }
                pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }")
            .await;
        assert_eq!(data["events"], json!({ "totalCount": 0, "nodes": [], "edges": [], "pageInfo": {
            "hasNextPage": false, "hasPreviousPage": false, "startCursor": null, "endCursor": null,
        } }));
    }

    async fn an_invalid_cursor_is_rejected(service: &'static Service) {
        let cursors = [
            "", "garbage", "!!!", "AAAA", "W10", "e30",
            // ["slug",1,1], ["slug","x"], ["first_day","no day","x"]
            "WyJzbHVnIiwxLDFd", "WyJzbHVnIiwieCJd", "WyJmaXJzdF9kYXkiLCJubyBkYXkiLCJ4Il0",
        ];
        for cursor in cursors {
            for (argument, field) in [("after", "SLUG"), ("before", "START")] {
                let document = format!(
                    "query($c: String) {{ events({argument}: $c, orderBy: {{field: {field}}}) {{ nodes {{ slug }} }} }}"
                );
                let errors = service.errors_with(&document, json!({ "c": cursor })).await;
                assert_eq!(errors[0]["extensions"]["code"], "BAD_CURSOR", "{cursor}: {errors:?}");
            }
        }
    }

    /// The cursor `["slug","\u0000","\u0000"]` has a string that PostgreSQL can't store.
    async fn a_forged_cursor_does_not_cause_an_internal_error(service: &'static Service) {
        let answer = service
            .answer(
                r#"{ events(after: "WyJzbHVnIiwiXHUwMDAwIiwiXHUwMDAwIl0", orderBy: {field: SLUG}) { nodes { slug } } }"#,
                json!({}),
            )
            .await;
        let code = &answer["errors"][0]["extensions"]["code"];
        assert!(*code == Value::Null || code == "BAD_CURSOR", "{code}");
    }

    async fn a_cursor_of_another_order_is_rejected(service: &'static Service) {
        let data = service
            .query("{ events(first: 1, orderBy: {field: TITLE}) { pageInfo { endCursor } } }")
            .await;
        let cursor = &data["events"]["pageInfo"]["endCursor"];
        let errors = service
            .errors_with(
                "query($c: String) { events(after: $c, orderBy: {field: START}) { nodes { slug } } }",
                json!({ "c": cursor }),
            )
            .await;
        assert_eq!(errors[0]["extensions"]["code"], "BAD_CURSOR");
        let message = errors[0]["message"].as_str().unwrap();
        assert!(message.contains("the same `orderBy` throughout"), "{message}");
    }

    async fn a_nested_connection_is_paged_like_a_root_connection(service: &'static Service) {
        for backward in [false, true] {
            let (count, from, more, next) = match backward {
                false => ("first", "after", "hasNextPage", "endCursor"),
                true => ("last", "before", "hasPreviousPage", "startCursor"),
            };
            let document = format!(
                r#"query($c: String) {{ body(slug: "admm") {{ descendants({count}: 5, {from}: $c) {{
                    totalCount nodes {{ slug }} pageInfo {{ {more} {next} }}
                }} }} }}"#
            );
            let mut joined: Vec<String> = Vec::new();
            let mut cursor = Value::Null;
            loop {
                let data = service.query_with(&document, json!({ "c": cursor })).await;
                let page = &data["body"]["descendants"];
                assert_eq!(number(&page["totalCount"]), 32);
                let slugs = texts(&page["nodes"], "/slug").into_iter().map(str::to_owned);
                let at = if backward { 0 } else { joined.len() };
                joined.splice(at..at, slugs);
                if page["pageInfo"][more] == false {
                    break;
                }
                cursor = page["pageInfo"][next].clone();
            }
            let whole = service.query(r#"{ body(slug: "admm") { descendants(first: 100) { nodes { slug } } } }"#).await;
            assert_eq!(joined, texts(&whole["body"]["descendants"]["nodes"], "/slug"));
        }
    }

    async fn nested_pages_of_many_records_equal_those_of_each_record(service: &'static Service) {
        let page = |arguments: &str| format!(
            "({arguments}) {{ totalCount nodes {{ slug }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }}"
        );
        let middle = service
            .query("{ events(first: 1, after: null, filter: {from: \"2016\", to: \"2016\"}) { pageInfo { endCursor } } }")
            .await;
        let middle = middle["events"]["pageInfo"]["endCursor"].as_str().unwrap();
        for arguments in [
            "first: 3".to_owned(),
            "last: 3".to_owned(),
            format!("first: 4, after: \"{middle}\""),
            format!("last: 2, before: \"{middle}\""),
            "first: 100, filter: {planned: true}".to_owned(),
            "first: 5, orderBy: {field: ORDINAL, direction: DESC}".to_owned(),
        ] {
            let events = page(&arguments);
            let together = service
                .query(&format!("{{ parties(first: 100) {{ nodes {{ code events{events} hostedEvents{events} }} }} }}"))
                .await;
            let parties = together["parties"]["nodes"].as_array().unwrap();
            assert_eq!(parties.len(), 27);
            for party in parties {
                let alone = service
                    .query_with(
                        &format!("query($c: PartyCode!) {{ party(code: $c) {{ code events{events} hostedEvents{events} }} }}"),
                        json!({ "c": party["code"] }),
                    )
                    .await;
                assert_eq!(alone["party"], *party, "{arguments}");
            }
        }
    }
}
