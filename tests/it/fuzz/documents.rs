//! Generates documents and variables that mostly fit the schema.

use std::{collections::HashMap, fmt::Write};

use async_graphql::parser::{
    parse_schema,
    types::{BaseType, InputValueDefinition, Type, TypeKind, TypeSystemDefinition},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use harness::Service;
use serde_json::{Map, Value, json};

use super::tape::Tape;

/// Below this depth, values and selections contain only what is required.
const DEPTH: usize = 7;
/// Typical maximum number of fields in a document.
const FIELDS: usize = 30;

/// The types of the schema, by name.
pub struct Schema {
    types: HashMap<String, Kind>,
    /// The fields of `Query` that are connections.
    pub lists: Vec<String>,
}

enum Kind {
    Scalar,
    /// Its fields and, if it is abstract, its possible object types.
    Composite(Vec<Field>, Vec<String>),
    Enum(Vec<String>),
    Input(Vec<Argument>),
}

#[derive(Clone)]
struct Field {
    name: String,
    arguments: Vec<Argument>,
    ty: Type,
}

#[derive(Clone)]
struct Argument {
    name: String,
    ty: Type,
}

impl Argument {
    fn of(definition: &InputValueDefinition) -> Self {
        Self { name: definition.name.node.to_string(), ty: definition.ty.node.clone() }
    }
}

/// The named type within lists and non-null wrappers.
fn named(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(ty) => named(ty),
    }
}

impl Schema {
    pub fn of_repository() -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../schema.graphql");
        let parsed = parse_schema(std::fs::read_to_string(path).unwrap()).unwrap();
        let mut types: HashMap<String, Kind> = ["Int", "Float", "String", "Boolean", "ID"]
            .map(|name| (name.to_owned(), Kind::Scalar))
            .into();
        let mut objects: Vec<(String, String)> = Vec::new();
        for definition in parsed.definitions {
            let TypeSystemDefinition::Type(definition) = definition else { continue };
            let name = definition.node.name.node.to_string();
            let fields = |fields: Vec<
                async_graphql::Positioned<async_graphql::parser::types::FieldDefinition>,
            >| {
                let field = |field: async_graphql::Positioned<
                    async_graphql::parser::types::FieldDefinition,
                >| Field {
                    name: field.node.name.node.to_string(),
                    arguments: field
                        .node
                        .arguments
                        .iter()
                        .map(|argument| Argument::of(&argument.node))
                        .collect(),
                    ty: field.node.ty.node,
                };
                fields.into_iter().map(field).collect::<Vec<_>>()
            };
            let kind = match definition.node.kind {
                TypeKind::Scalar => Kind::Scalar,
                TypeKind::Object(object) => {
                    let of = |interface: async_graphql::Positioned<async_graphql::Name>| {
                        (interface.node.to_string(), name.clone())
                    };
                    objects.extend(object.implements.into_iter().map(of));
                    Kind::Composite(fields(object.fields), Vec::new())
                }
                TypeKind::Interface(interface) => {
                    Kind::Composite(fields(interface.fields), Vec::new())
                }
                TypeKind::Union(union) => {
                    let members =
                        union.members.iter().map(|member| member.node.to_string()).collect();
                    Kind::Composite(Vec::new(), members)
                }
                TypeKind::Enum(of) => Kind::Enum(
                    of.values.iter().map(|value| value.node.value.node.to_string()).collect(),
                ),
                TypeKind::InputObject(input) => Kind::Input(
                    input.fields.iter().map(|field| Argument::of(&field.node)).collect(),
                ),
            };
            types.insert(name, kind);
        }
        for (interface, object) in objects {
            if let Some(Kind::Composite(_, possible)) = types.get_mut(&interface) {
                possible.push(object);
            }
        }
        let Kind::Composite(root, _) = &types["Query"] else { panic!("Query is an object") };
        let is_list = |field: &&Field| {
            named(&field.ty).ends_with("Connection")
                && field.arguments.iter().all(|argument| argument.ty.nullable)
        };
        let lists = root.iter().filter(is_list).map(|field| field.name.clone()).collect();
        Self { types, lists }
    }

    fn fields(&self, ty: &str) -> &[Field] {
        match self.types.get(ty) {
            Some(Kind::Composite(fields, _)) => fields,
            _ => &[],
        }
    }

    fn is_leaf(&self, ty: &str) -> bool {
        matches!(self.types.get(ty), Some(Kind::Scalar | Kind::Enum(_)))
    }
}

/// Strings from the knowledge base: slugs, codes, ids and cursors.
pub struct Corpus {
    schema: Schema,
    slugs: Vec<String>,
    codes: Vec<String>,
    ids: Vec<String>,
    cursors: Vec<String>,
}

/// Strings that often cause failures in programs.
const HOSTILE: [&str; 40] = [
    "",
    " ",
    "\0",
    "a\0b",
    "%",
    "_",
    "'",
    "\"",
    "\\",
    "'; DROP TABLE record; --",
    "ngày",
    "Ấn Độ",
    "A\u{302}\u{301}n",
    "ทหาร",
    "國防相會議",
    "ប្រទេស",
    "Ω",
    "ß",
    "İ",
    "\u{feff}",
    "\u{202e}abc",
    "\u{ffff}",
    "\u{10ffff}",
    "😀",
    "👩‍👩‍👧‍👦",
    "\u{1}\u{7f}\u{85}",
    "-1",
    "1e309",
    "NaN",
    "AND OR NOT",
    "NEAR(a b)",
    "a*",
    "*",
    "\"a",
    "(a",
    ":*",
    "a & !b | c",
    "<->",
    "../../etc/passwd",
    "${x}",
];

const DATES: [&str; 14] = [
    "2019",
    "2019-03",
    "2019-03-11",
    "2019-13",
    "2019-02-30",
    "0000",
    "-0001",
    "9999-12-31",
    "10000",
    "2019-3",
    "2019-03-11T00:00:00Z",
    "201X",
    "2019~",
    "",
];

impl Corpus {
    pub async fn of(service: &Service, schema: Schema) -> Self {
        let mut corpus = Self {
            schema,
            slugs: Vec::new(),
            codes: Vec::new(),
            ids: Vec::new(),
            cursors: Vec::new(),
        };
        for list in &corpus.schema.lists {
            let Some(field) =
                corpus.schema.fields("Query").iter().find(|field| field.name == *list)
            else {
                continue;
            };
            let node = named(&field.ty).trim_end_matches("Connection");
            let keys: Vec<&str> = ["id", "slug", "code"]
                .into_iter()
                .filter(|key| corpus.schema.fields(node).iter().any(|field| field.name == *key))
                .collect();
            let document = format!(
                "{{ {list}(first: 5) {{ edges {{ cursor node {{ __typename {} }} }} }} }}",
                keys.join(" ")
            );
            let data = service.query(&document).await;
            for edge in data[list]["edges"].as_array().unwrap() {
                let text = |value: &Value| value.as_str().map(str::to_owned);
                corpus.cursors.extend(text(&edge["cursor"]));
                corpus.ids.extend(text(&edge["node"]["id"]));
                corpus.slugs.extend(text(&edge["node"]["slug"]));
                corpus.codes.extend(text(&edge["node"]["code"]));
            }
        }
        assert!(
            !corpus.slugs.is_empty() && !corpus.ids.is_empty() && !corpus.cursors.is_empty(),
            "a list has no records"
        );
        corpus
    }

    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// A string for an argument of this name and type.
    pub fn text(&self, tape: &mut Tape, name: &str, ty: &str) -> String {
        if tape.chance(4) {
            return Self::hostile(tape);
        }
        match ty {
            "ID" => tape.pick(&self.ids).clone(),
            "Slug" => tape.pick(&self.slugs).clone(),
            "PartyCode" => tape.pick(&self.codes).clone(),
            "EdtfDate" if tape.chance(80) => format!("20{:02}", tape.below(30)),
            "EdtfDate" => (*tape.pick(&DATES)).to_owned(),
            _ if matches!(name, "after" | "before") => self.cursor(tape),
            _ if tape.chance(25) => Self::hostile(tape),
            _ => (*tape.pick(&[
                "defence",
                "maritime security",
                "Jakarta",
                "exercise",
                "exercize",
                "medex-lucknow-2019",
                "ADMM",
            ]))
            .to_owned(),
        }
    }

    fn hostile(tape: &mut Tape) -> String {
        let text = *tape.pick(&HOSTILE);
        let times = 1 + tape.length();
        match tape.below(3) {
            0 => text.to_owned(),
            1 => text.repeat(times),
            _ => format!("{text} ").repeat(times),
        }
    }

    fn cursor(&self, tape: &mut Tape) -> String {
        let cursor = tape.pick(&self.cursors).clone();
        match BASE64_URL_SAFE_NO_PAD.decode(&cursor) {
            Ok(mut bytes) if tape.chance(30) => {
                tape.mutate(&mut bytes);
                BASE64_URL_SAFE_NO_PAD.encode(bytes)
            }
            _ => cursor,
        }
    }

    /// A value of an input type.
    fn value(&self, tape: &mut Tape, name: &str, ty: &Type, depth: usize) -> Given {
        if ty.nullable && tape.chance(4) {
            return Given::Json(Value::Null);
        }
        if let BaseType::List(entry) = &ty.base {
            if tape.chance(5) {
                return self.value(tape, name, entry, depth + 1);
            }
            // Nested lists multiply.
            let length = match depth {
                0..=2 => tape.length(),
                3..=DEPTH => tape.below(3),
                _ => 0,
            };
            // A long list repeats its first generated elements.
            let entries: Vec<Given> =
                (0..length.min(12)).map(|_| self.value(tape, name, entry, depth + 1)).collect();
            return Given::List(
                entries
                    .iter()
                    .cycle()
                    .take(if entries.is_empty() { 0 } else { length })
                    .cloned()
                    .collect(),
            );
        }
        let ty = named(ty);
        if tape.chance(1) {
            let odd = [
                json!(1.5),
                json!({}),
                json!([]),
                json!(true),
                json!("x"),
                json!(u64::MAX),
                json!([[[[]]]]),
            ];
            return Given::Json(tape.pick(&odd).clone());
        }
        match self.schema.types.get(ty) {
            Some(Kind::Enum(values)) => match tape.chance(1) {
                true => Given::Name("NONE_SUCH".to_owned()),
                false => Given::Name(tape.pick(values).clone()),
            },
            Some(Kind::Input(fields)) => {
                let mut members: Vec<(String, Given)> = Vec::new();
                let wanted = if depth > DEPTH { 0 } else { 1 + tape.below(3) };
                for _ in 0..wanted {
                    let field = tape.pick(fields);
                    if members.iter().all(|(name, _)| *name != field.name) {
                        members.push((
                            field.name.clone(),
                            self.value(tape, &field.name, &field.ty, depth + 1),
                        ));
                    }
                }
                for field in fields.iter().filter(|field| !field.ty.nullable) {
                    if members.iter().all(|(name, _)| *name != field.name) && !tape.chance(3) {
                        members.push((
                            field.name.clone(),
                            self.value(tape, &field.name, &field.ty, depth + 1),
                        ));
                    }
                }
                if tape.chance(2) {
                    members.push(("noSuchField".to_owned(), Given::Json(json!(1))));
                }
                Given::Object(members)
            }
            _ => Given::Json(match ty {
                "Int" => json!(*tape.pick(&[
                    1_i64,
                    2,
                    3,
                    0,
                    5,
                    20,
                    100,
                    101,
                    -1,
                    2019,
                    i64::from(i32::MAX),
                    i64::from(i32::MIN),
                    1 << 40
                ])),
                "Float" => json!(*tape.pick(&[0.0, 1.5, -1e308, 1e308])),
                "Boolean" => json!(tape.chance(50)),
                _ => json!(self.text(tape, name, ty)),
            }),
        }
    }
}

/// A value that can be written in a document or in variables.
#[derive(Clone)]
enum Given {
    Json(Value),
    /// An enum value: a name in a document, a string in variables.
    Name(String),
    List(Vec<Given>),
    Object(Vec<(String, Given)>),
}

impl Given {
    fn json(&self) -> Value {
        match self {
            Self::Json(value) => value.clone(),
            Self::Name(name) => json!(name),
            Self::List(entries) => entries.iter().map(Self::json).collect(),
            Self::Object(members) => Value::Object(
                members
                    .iter()
                    .map(|(name, value)| (name.clone(), value.json()))
                    .collect::<Map<_, _>>(),
            ),
        }
    }

    fn write(&self, document: &mut String) {
        let joined = |document: &mut String,
                      open: char,
                      close: char,
                      parts: &mut dyn Iterator<Item = (Option<&str>, &Self)>| {
            document.push(open);
            for (name, value) in parts {
                if let Some(name) = name {
                    write!(document, "{name}: ").unwrap();
                }
                value.write(document);
                document.push(' ');
            }
            document.push(close);
        };
        match self {
            Self::Json(Value::Object(_)) => document.push_str("{}"),
            Self::Json(value) => write!(document, "{value}").unwrap(),
            Self::Name(name) => document.push_str(name),
            Self::List(entries) => {
                joined(document, '[', ']', &mut entries.iter().map(|entry| (None, entry)))
            }
            Self::Object(members) => {
                joined(
                    document,
                    '{',
                    '}',
                    &mut members.iter().map(|(name, value)| (Some(name.as_str()), value)),
                );
            }
        }
    }
}

/// A generated operation.
pub struct Generated {
    pub document: String,
    pub variables: Value,
    pub operation_name: Option<String>,
}

/// Generates a query or a subscription.
pub fn generate(corpus: &Corpus, tape: &mut Tape, subscription: bool) -> Generated {
    let fields = if tape.chance(2) { 2_000 } else { FIELDS };
    let mut writing = Writing {
        corpus,
        declarations: Vec::new(),
        variables: Map::new(),
        fragments: Vec::new(),
        aliases: 0,
        fields,
    };
    let (keyword, root) =
        if subscription { ("subscription", "Subscription") } else { ("query", "Query") };
    let mut selection = String::new();
    writing.selection(tape, root, 0, &mut selection);
    let name = tape.chance(40).then(|| {
        format!("{}{}", tape.pick(&["Events", "Page", "Q", "query", "on"]), tape.below(300))
    });
    let mut document = match (&name, writing.declarations.is_empty(), subscription) {
        (None, true, false) => String::new(),
        (name, no_variables, _) => {
            let declared = if no_variables {
                String::new()
            } else {
                format!("({})", writing.declarations.join(", "))
            };
            format!("{keyword} {}{declared}", name.as_deref().unwrap_or_default())
        }
    };
    document += &selection;
    let at = tape.below(2);
    for fragment in writing.fragments {
        match at {
            0 => document = format!("{document} {fragment}"),
            _ => document = format!("{fragment} {document}"),
        }
    }
    let operation_name = match tape.below(20) {
        17 => Some(String::new()),
        18 => Some("NoSuchOperation".to_owned()),
        19 => Some(Corpus::hostile(tape)),
        _ => name.filter(|_| tape.chance(50)),
    };
    Generated { document, variables: Value::Object(writing.variables), operation_name }
}

struct Writing<'c> {
    corpus: &'c Corpus,
    declarations: Vec<String>,
    variables: Map<String, Value>,
    fragments: Vec<String>,
    aliases: usize,
    /// The number of fields that may still be selected.
    fields: usize,
}

impl Writing<'_> {
    fn selection(&mut self, tape: &mut Tape, ty: &str, depth: usize, document: &mut String) {
        document.push('{');
        let Some(Kind::Composite(fields, possible)) = self.corpus.schema.types.get(ty) else {
            document.push_str("__typename}");
            return;
        };
        let before = document.len();
        if !possible.is_empty() {
            document.push_str("__typename ");
        }
        for _ in 0..1 + tape.below(4) {
            if !possible.is_empty() && tape.chance(40) {
                let of = tape.pick(possible);
                if tape.chance(30) {
                    let name = format!("F{}", self.fragments.len());
                    self.fragments.push(String::new());
                    let at = self.fragments.len() - 1;
                    let mut fragment = format!("fragment {name} on {of} ");
                    self.selection(tape, of, depth + 1, &mut fragment);
                    self.fragments[at] = fragment;
                    write!(document, "...{name} ").unwrap();
                } else {
                    write!(document, "... on {of} ").unwrap();
                    self.selection(tape, of, depth + 1, document);
                }
                continue;
            }
            let leaf = |field: &&Field| self.corpus.schema.is_leaf(named(&field.ty));
            let deep = depth >= DEPTH || tape.is_at_end() || self.fields == 0;
            let leaves: Vec<&Field> = fields.iter().filter(leaf).collect();
            let field = match (deep, leaves.is_empty(), fields.is_empty()) {
                (_, _, true) => continue,
                (true, true, _) => break,
                (true, false, _) => *tape.pick(&leaves),
                (false, ..) => tape.pick(fields),
            };
            self.fields = self.fields.saturating_sub(1);
            self.field(tape, field, depth, document);
        }
        if document.len() == before {
            document.push_str("__typename");
        }
        document.push('}');
    }

    fn field(&mut self, tape: &mut Tape, field: &Field, depth: usize, document: &mut String) {
        // Fields with the same response name conflict if their arguments differ.
        if !field.arguments.is_empty() || tape.chance(30) {
            write!(document, "a{}: ", self.aliases).unwrap();
            self.aliases += 1;
        }
        document.push_str(&field.name);
        let mut arguments = Vec::new();
        for argument in &field.arguments {
            let likely = if argument.name == "filter" { 50 } else { 25 };
            let given = if argument.ty.nullable { tape.chance(likely) } else { !tape.chance(2) };
            if given {
                let mut text = format!("{}: ", argument.name);
                self.argument(tape, argument, &mut text);
                arguments.push(text);
            }
        }
        if !arguments.is_empty() {
            write!(document, "({})", arguments.join(", ")).unwrap();
        }
        if tape.chance(4) {
            let directive = *tape.pick(&[
                " @include(if: true)",
                " @skip(if: false)",
                " @skip(if: true)",
                " @nothing",
            ]);
            document.push_str(directive);
        }
        document.push(' ');
        let ty = named(&field.ty);
        if !self.corpus.schema.is_leaf(ty) {
            self.selection(tape, ty, depth + 1, document);
            document.push(' ');
        }
    }

    fn argument(&mut self, tape: &mut Tape, argument: &Argument, document: &mut String) {
        let value = self.corpus.value(tape, &argument.name, &argument.ty, 0);
        if !tape.chance(40) {
            return value.write(document);
        }
        let name = format!("v{}", self.declarations.len());
        let mut declaration = format!("${name}: {}", argument.ty);
        if tape.chance(15) {
            declaration.push_str(" = ");
            self.corpus.value(tape, &argument.name, &argument.ty, 0).write(&mut declaration);
        }
        self.declarations.push(declaration);
        if !tape.chance(2) {
            self.variables.insert(name.clone(), value.json());
        }
        write!(document, "${name}").unwrap();
    }
}

impl Generated {
    pub fn into_members(self) -> Map<String, Value> {
        let mut members = Map::new();
        members.insert("query".to_owned(), self.document.into());
        members.insert("variables".to_owned(), self.variables);
        members
    }
}

impl Corpus {
    fn filter_fields(&self, list: &str) -> Option<&Argument> {
        let field = self.schema.fields("Query").iter().find(|field| field.name == list)?;
        field.arguments.iter().find(|argument| argument.name == "filter")
    }

    /// A filter of a list, if it has one.
    pub fn filter(&self, tape: &mut Tape, list: &str) -> Option<Value> {
        let filter = self.filter_fields(list)?;
        Some(self.value(tape, "filter", &filter.ty, 0).json())
    }

    /// A field of a list's filter and a string for it, if the list has a filter.
    pub fn parameter(&self, tape: &mut Tape, list: &str) -> Option<(String, String)> {
        let filter = self.filter_fields(list)?;
        let Some(Kind::Input(fields)) = self.schema.types.get(named(&filter.ty)) else {
            return None;
        };
        let field = tape.pick(fields);
        let text = match self.value(tape, &field.name, &field.ty, 0).json() {
            Value::String(text) => text,
            Value::Array(entries) => {
                let texts: Vec<String> = entries
                    .iter()
                    .map(|entry| entry.as_str().map_or_else(|| entry.to_string(), str::to_owned))
                    .collect();
                texts.join(",")
            }
            other => other.to_string(),
        };
        Some((field.name.clone(), text))
    }
}
