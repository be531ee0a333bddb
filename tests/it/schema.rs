//! What a client's tools read from the schema, and what its conventions promise.

use harness::{Service, on_both, texts};
use serde_json::{Value, json};

const INTROSPECTION: &str = "{ __schema { types {
    kind name description specifiedByURL
    fields(includeDeprecated: true) {
        name description args { name description type { ...T } } type { ...T }
    }
    inputFields { name description type { ...T } }
    enumValues(includeDeprecated: true) { name description }
    interfaces { name }
} } }
fragment T on __Type {
    kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } }
}";

/// The kinds of records, each with the list of the root that has it.
const RECORDS: [(&str, &str); 10] = [
    ("Body", "bodies"),
    ("Membership", "memberships"),
    ("ChairTerm", "chairTerms"),
    ("Event", "events"),
    ("Document", "documents"),
    ("Provision", "provisions"),
    ("Initiative", "initiatives"),
    ("WorkProgramme", "workProgrammes"),
    ("Contribution", "contributions"),
    ("Claim", "claims"),
];

const REFERENCE: [(&str, &str); 4] =
    [("Party", "parties"), ("Theme", "themes"), ("Source", "sources"), ("Revision", "revisions")];

/// The types of the API's own.
async fn types(service: &Service) -> Vec<Value> {
    let builtin = ["Int", "Float", "String", "Boolean", "ID"];
    let mut data = service.query(INTROSPECTION).await;
    let Value::Array(types) = data["__schema"]["types"].take() else { panic!("no types") };
    let own = |ty: &Value| {
        let name = ty["name"].as_str().unwrap();
        !name.starts_with("__") && !builtin.contains(&name)
    };
    types.into_iter().filter(own).collect()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// As GraphQL writes a type: `[Event!]!`.
fn written(ty: &Value) -> String {
    match ty["kind"].as_str().unwrap() {
        "NON_NULL" => format!("{}!", written(&ty["ofType"])),
        "LIST" => format!("[{}]", written(&ty["ofType"])),
        _ => ty["name"].as_str().unwrap().to_owned(),
    }
}

/// What a type is made of within its lists and its `!`s.
fn named(mut ty: &Value) -> &Value {
    while !ty["ofType"].is_null() {
        ty = &ty["ofType"];
    }
    ty
}

/// The fields of a type that take no arguments, those of objects down to a depth.
fn selection(types: &[Value], name: &str, depth: usize) -> String {
    let ty = types.iter().find(|ty| ty["name"] == name).unwrap_or_else(|| panic!("no {name}"));
    let field = |field: &Value| {
        let ty = named(&field["type"]);
        let own = field["name"].as_str().unwrap();
        match ty["kind"].as_str().unwrap() {
            _ if list(&field["args"]).next().is_some() => None,
            "SCALAR" | "ENUM" => Some(own.to_owned()),
            "OBJECT" if depth > 0 => {
                let of_it = selection(types, ty["name"].as_str().unwrap(), depth - 1);
                Some(format!("{own} {{ {of_it} }}"))
            }
            _ => None,
        }
    };
    let fields: Vec<String> = list(&ty["fields"]).filter_map(field).collect();
    format!("__typename {}", fields.join(" "))
}

on_both! {
    async fn a_field_is_the_same_however_it_is_asked_for(service: &'static Service) {
        let types = types(service).await;
        for (name, list) in RECORDS.into_iter().chain(REFERENCE) {
            let fields = selection(&types, name, 1);
            let nodes = async |nodes: &str| {
                let data = service.query(&format!("{{ {list}(first: 20) {{ nodes {{ {nodes} }} }} }}")).await;
                data[list]["nodes"].clone()
            };
            let plainly = nodes(&fields).await;
            assert!(!plainly.as_array().unwrap().is_empty(), "no {name}");
            let bare = plainly[0].as_object().unwrap();
            assert!(bare.len() > 4 && bare["__typename"] == name, "{name}: {bare:?}");
            for (way, asked) in [
                ("twice", format!("{fields} {fields}")),
                ("by a fragment on the type", format!("... on {name} {{ {fields} }}")),
                ("by a fragment without a type", format!("... {{ {fields} }}")),
                ("with a fragment on an interface", format!("... on Node {{ id }} {fields} id")),
                ("with directives", format!("... @include(if: true) {{ {fields} }} skipped: id @skip(if: true)")),
            ] {
                assert_eq!(nodes(&asked).await.to_string(), plainly.to_string(), "{name} {way}");
            }
            let aliased = nodes("it: __typename same: id").await;
            for (aliased, plainly) in aliased.as_array().unwrap().iter().zip(plainly.as_array().unwrap()) {
                assert_eq!(*aliased, json!({ "it": name, "same": plainly["id"] }));
            }
        }
    }

    async fn everything_in_the_schema_is_described(service: &'static Service) {
        let mut bare = Vec::new();
        let mut note = |path: String, item: &Value| {
            let described = item["description"].as_str().is_some_and(|text| !text.trim().is_empty());
            if !described {
                bare.push(path);
            }
        };
        for ty in types(service).await {
            let name = ty["name"].as_str().unwrap();
            note(name.to_owned(), &ty);
            for part in ["fields", "inputFields", "enumValues"] {
                for field in list(&ty[part]) {
                    let path = format!("{name}.{}", field["name"].as_str().unwrap());
                    for argument in list(&field["args"]) {
                        note(format!("{path}({})", argument["name"].as_str().unwrap()), argument);
                    }
                    note(path, field);
                }
            }
        }
        assert!(bare.is_empty(), "not described: {bare:#?}");
    }

    async fn every_record_is_a_record_and_a_node(service: &'static Service) {
        for ty in types(service).await {
            let name = ty["name"].as_str().unwrap();
            let mut interfaces: Vec<&str> =
                list(&ty["interfaces"]).map(|interface| interface["name"].as_str().unwrap()).collect();
            interfaces.sort_unstable();
            if RECORDS.iter().any(|(record, _)| *record == name) {
                assert_eq!(interfaces, ["Node", "Record"], "{name}");
            } else if REFERENCE.iter().any(|(reference, _)| *reference == name) {
                assert_eq!(interfaces, ["Node"], "{name}");
            }
        }
    }

    async fn every_connection_follows_relay(service: &'static Service) {
        let types = types(service).await;
        let fields = |name: &str| -> Vec<(String, String)> {
            let ty = types.iter().find(|ty| ty["name"] == name).unwrap_or_else(|| panic!("no {name}"));
            list(&ty["fields"])
                .map(|field| (field["name"].as_str().unwrap().to_owned(), written(&field["type"])))
                .collect()
        };
        let owned = |fields: &[(&str, String)]| -> Vec<(String, String)> {
            fields.iter().map(|(name, ty)| ((*name).to_owned(), ty.clone())).collect()
        };
        let mut connections = 0;
        for ty in &types {
            let Some(node) = ty["name"].as_str().unwrap().strip_suffix("Connection") else { continue };
            connections += 1;
            // A search finds records of every kind, and says how well and where.
            let (node, more) = match node {
                "Search" => ("Node", [("score", "Int!"), ("highlights", "[SearchHighlight!]!")].as_slice()),
                node => (node, [].as_slice()),
            };
            let name = ty["name"].as_str().unwrap().trim_end_matches("Connection");
            assert_eq!(fields(&format!("{name}Connection")), owned(&[
                ("nodes", format!("[{node}!]!")),
                ("edges", format!("[{name}Edge!]!")),
                ("pageInfo", "PageInfo!".to_owned()),
                ("totalCount", "Int!".to_owned()),
            ]));
            let mut edge = owned(&[("cursor", "String!".to_owned()), ("node", format!("{node}!"))]);
            edge.extend(more.iter().map(|(field, ty)| ((*field).to_owned(), (*ty).to_owned())));
            assert_eq!(fields(&format!("{name}Edge")), edge);
        }
        assert!(connections >= 15, "{connections} connections");
        assert_eq!(fields("PageInfo"), owned(&[
            ("hasNextPage", "Boolean!".to_owned()),
            ("hasPreviousPage", "Boolean!".to_owned()),
            ("startCursor", "String".to_owned()),
            ("endCursor", "String".to_owned()),
        ]));
    }

    async fn every_list_is_paged_from_both_ends(service: &'static Service) {
        for ty in types(service).await {
            for field in list(&ty["fields"]) {
                if !written(&field["type"]).ends_with("Connection!") {
                    continue;
                }
                let arguments: Vec<(String, String)> = list(&field["args"])
                    .map(|argument| (argument["name"].as_str().unwrap().to_owned(), written(&argument["type"])))
                    .collect();
                for (name, of) in [("first", "Int"), ("after", "String"), ("last", "Int"), ("before", "String")] {
                    assert!(
                        arguments.contains(&(name.to_owned(), of.to_owned())),
                        "{}.{} takes no {name}", ty["name"], field["name"],
                    );
                }
            }
        }
    }

    async fn every_node_is_found_again_by_its_id(service: &'static Service) {
        for (name, list) in RECORDS.into_iter().chain(REFERENCE) {
            let data = service.query(&format!("{{ {list}(first: 3) {{ nodes {{ id }} }} }}")).await;
            let ids = texts(&data[list]["nodes"], "/id");
            assert!(!ids.is_empty(), "no {name}");
            for id in ids {
                let data = service
                    .query_with("query($id: ID!) { node(id: $id) { __typename id } }", json!({ "id": id }))
                    .await;
                assert_eq!(data["node"], json!({ "__typename": name, "id": id }));
            }
        }
    }

    async fn nodes_keeps_the_order_and_gives_null_for_the_unknown(service: &'static Service) {
        let data = service
            .query(r#"{
                a: event(slug: "admm-05-jakarta-2011") { id } b: party(code: "AU") { id }
                c: source(slug: "wikipedia-aarm") { id }
            }"#)
            .await;
        let id = |alias: &str| data[alias]["id"].clone();
        // `event:nosuch`, as an id is made.
        let unknown = "ZXZlbnQ6bm9zdWNo";
        let ids = json!([id("c"), unknown, id("a"), id("b"), id("c")]);
        let found = service
            .query_with("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({ "ids": ids }))
            .await;
        assert_eq!(found["nodes"], json!([
            { "id": id("c") }, null, { "id": id("a") }, { "id": id("b") }, { "id": id("c") },
        ]));
    }

    async fn what_is_no_id_of_ours_is_no_node(service: &'static Service) {
        let known = "ZXZlbnQ6bWVkZXgtbHVja25vdy0yMDE5";
        for id in ["", "garbage", "!", "ZXZlbnQ", "bm90aGluZzphZG1t"] {
            let variables = json!({ "id": id, "ids": [id, known] });
            let document = "query($id: ID!, $ids: [ID!]!) { node(id: $id) { id } nodes(ids: $ids) { id } }";
            let data = service.query_with(document, variables).await;
            assert_eq!(data, json!({ "node": null, "nodes": [null, { "id": known }] }), "{id}");
        }
    }

    async fn a_malformed_slug_or_code_finds_nothing_and_leaves_the_rest(service: &'static Service) {
        let document = r#"query($slug: Slug!) {
            a: event(slug: "No Such") { title } b: body(slug: $slug) { name } party(code: "a b") { name } dataset { revision }
        }"#;
        let data = service.query_with(document, json!({ "slug": "Über" })).await;
        assert_eq!([&data["a"], &data["b"], &data["party"]], [&Value::Null; 3]);
        assert!(data["dataset"]["revision"].is_number());
    }

    async fn more_than_a_hundred_ids_at_once_are_refused(service: &'static Service) {
        let ids = json!({ "ids": vec!["ZXZlbnQ6bm9zdWNo"; 101] });
        let errors = service.errors_with("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids).await;
        assert_eq!(errors[0]["extensions"]["code"], "BAD_USER_INPUT");
        assert!(errors[0]["message"].as_str().unwrap().contains("at most 100"), "{errors:?}");
    }

    async fn a_record_that_is_not_there_is_null_and_no_error(service: &'static Service) {
        let data = service
            .query(r#"{ event(slug: "no-such") { slug } party(code: "ZZ") { code } body(slug: "admm-05-jakarta-2011") { slug } }"#)
            .await;
        assert_eq!(data, json!({ "event": null, "party": null, "body": null }));
    }

    async fn scalars_explain_what_they_take(service: &'static Service) {
        for (query, said) in [
            (r#"{ events(filter: {slugs: ["Not A Slug"]}) { totalCount } }"#, "is not a slug: use lower-case letters"),
            (r#"{ events(filter: {hosts: ["au"]}) { totalCount } }"#, "is not a party code: use 2 to 10 capital letters"),
            (r#"{ events(filter: {from: "2013-13"}) { totalCount } }"#, "months go from 01 to 12"),
            (r#"{ events(filter: {from: 2013}) { totalCount } }"#, r#"write a date, for example"#),
        ] {
            let errors = service.errors(query).await;
            let message = errors[0]["message"].as_str().unwrap();
            assert!(message.contains(said), "{query}: {message}");
            assert!(errors[0]["extensions"]["code"].is_string(), "{errors:?}");
        }
    }
}
