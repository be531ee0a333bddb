//! The schema as tools read it by introspection, and its conventions.

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

/// The types that implement `Record`, each with its connection in `Query`.
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

/// The types of the schema, without the built-in ones.
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

/// A type in GraphQL notation, such as `[Event!]!`.
fn written(ty: &Value) -> String {
    match ty["kind"].as_str().unwrap() {
        "NON_NULL" => format!("{}!", written(&ty["ofType"])),
        "LIST" => format!("[{}]", written(&ty["ofType"])),
        _ => ty["name"].as_str().unwrap().to_owned(),
    }
}

/// The named type within lists and non-null wrappers.
fn named(mut ty: &Value) -> &Value {
    while !ty["ofType"].is_null() {
        ty = &ty["ofType"];
    }
    ty
}

/// A selection of all fields without arguments of a type; fields of objects to `depth` levels.
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
    async fn a_field_has_the_same_value_however_it_is_selected(service: &'static Service) {
        let types = types(service).await;
        for (name, list) in RECORDS.into_iter().chain(REFERENCE) {
            let fields = selection(&types, name, 1);
            let nodes = async |nodes: &str| {
                let data = service.query(&format!("{{ {list}(first: 20) {{ nodes {{ {nodes} }} }} }}")).await;
                data[list]["nodes"].clone()
            };
            let plain = nodes(&fields).await;
            assert!(!plain.as_array().unwrap().is_empty(), "no {name}");
            let bare = plain[0].as_object().unwrap();
            assert!(bare.len() > 4 && bare["__typename"] == name, "{name}: {bare:?}");
            for (way, variant) in [
                ("twice", format!("{fields} {fields}")),
                ("by a fragment on the type", format!("... on {name} {{ {fields} }}")),
                ("by a fragment without a type", format!("... {{ {fields} }}")),
                ("with a fragment on an interface", format!("... on Node {{ id }} {fields} id")),
                ("with directives", format!("... @include(if: true) {{ {fields} }} skipped: id @skip(if: true)")),
            ] {
                assert_eq!(nodes(&variant).await.to_string(), plain.to_string(), "{name} {way}");
            }
            let aliased = nodes("it: __typename same: id").await;
            for (aliased, plain) in aliased.as_array().unwrap().iter().zip(plain.as_array().unwrap()) {
                assert_eq!(*aliased, json!({ "it": name, "same": plain["id"] }));
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

    async fn every_record_type_implements_record_and_node(service: &'static Service) {
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

    async fn every_connection_follows_the_relay_specification(service: &'static Service) {
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
            // A search returns nodes of every kind, each with a score and highlights.
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

    async fn every_connection_has_all_paging_arguments(service: &'static Service) {
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

    async fn every_node_can_be_refetched_by_its_id(service: &'static Service) {
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

    async fn nodes_keeps_the_order_and_returns_null_for_unknown_ids(service: &'static Service) {
        let data = service
            .query(r#"{
                a: event(slug: "admm-05-jakarta-2011") { id } b: party(code: "AU") { id }
                c: source(slug: "wikipedia-aarm") { id }
            }"#)
            .await;
        let id = |alias: &str| data[alias]["id"].clone();
        // The base64 of `event:nosuch`.
        let unknown = "ZXZlbnQ6bm9zdWNo";
        let ids = json!([id("c"), unknown, id("a"), id("b"), id("c")]);
        let found = service
            .query_with("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({ "ids": ids }))
            .await;
        assert_eq!(found["nodes"], json!([
            { "id": id("c") }, null, { "id": id("a") }, { "id": id("b") }, { "id": id("c") },
        ]));
    }

    async fn an_invalid_id_finds_no_node(service: &'static Service) {
        let known = "ZXZlbnQ6bWVkZXgtbHVja25vdy0yMDE5";
        for id in ["", "garbage", "!", "ZXZlbnQ", "bm90aGluZzphZG1t"] {
            let variables = json!({ "id": id, "ids": [id, known] });
            let document = "query($id: ID!, $ids: [ID!]!) { node(id: $id) { id } nodes(ids: $ids) { id } }";
            let data = service.query_with(document, variables).await;
            assert_eq!(data, json!({ "node": null, "nodes": [null, { "id": known }] }), "{id}");
        }
    }

    async fn a_malformed_slug_or_code_returns_null_without_affecting_other_fields(service: &'static Service) {
        let document = r#"query($slug: Slug!) {
            a: event(slug: "No Such") { title } b: body(slug: $slug) { name } party(code: "a b") { name } dataset { revision }
        }"#;
        let data = service.query_with(document, json!({ "slug": "Über" })).await;
        assert_eq!([&data["a"], &data["b"], &data["party"]], [&Value::Null; 3]);
        assert!(data["dataset"]["revision"].is_number());
    }

    async fn more_than_100_ids_at_once_are_rejected(service: &'static Service) {
        let ids = json!({ "ids": vec!["ZXZlbnQ6bm9zdWNo"; 101] });
        let errors = service.errors_with("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids).await;
        assert_eq!(errors[0]["extensions"]["code"], "BAD_USER_INPUT");
        assert!(errors[0]["message"].as_str().unwrap().contains("at most 100"), "{errors:?}");
    }

    async fn a_missing_record_is_null_and_not_an_error(service: &'static Service) {
        let data = service
            .query(r#"{ event(slug: "no-such") { slug } party(code: "ZZ") { code } body(slug: "admm-05-jakarta-2011") { slug } }"#)
            .await;
        assert_eq!(data, json!({ "event": null, "party": null, "body": null }));
    }

    async fn an_invalid_scalar_is_rejected_with_the_valid_form(service: &'static Service) {
        for (query, expected) in [
            (r#"{ events(filter: {slugs: ["Not A Slug"]}) { totalCount } }"#, "is not a slug: use lower-case letters"),
            (r#"{ events(filter: {hosts: ["au"]}) { totalCount } }"#, "is not a party code: use 2 to 10 capital letters"),
            (r#"{ events(filter: {from: "2013-13"}) { totalCount } }"#, "months go from 01 to 12"),
            (r#"{ events(filter: {from: 2013}) { totalCount } }"#, r#"write a date, for example"#),
        ] {
            let errors = service.errors(query).await;
            let message = errors[0]["message"].as_str().unwrap();
            assert!(message.contains(expected), "{query}: {message}");
            assert!(errors[0]["extensions"]["code"].is_string(), "{errors:?}");
        }
    }
}
