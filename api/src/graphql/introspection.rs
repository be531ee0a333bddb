//! Introspection, answered by apollo-compiler, which knows that interfaces implement interfaces. What it
//! does not know of the current specification is added here.

use apollo_compiler::{
    ExecutableDocument, Name, Schema,
    ast::{FieldDefinition, Type},
    executable::{Operation, Selection, SelectionSet},
    introspection,
    response::{JsonMap, JsonValue},
    schema::{Component, ExtendedType},
    validation::Valid,
};
use async_graphql::{Response, Value};

/// Asked instead of `isOneOf`, which apollo-compiler does not have.
const STAND_IN: &str = "kind";
/// What the response key of a stand-in begins with.
const MARK: &str = "__isOneOf_";
const IS_ONE_OF: &str = "isOneOf";

/// Adds `__Type.isOneOf` to the types of introspection.
pub fn with_is_one_of(schema: Valid<Schema>) -> Valid<Schema> {
    let mut schema = schema.into_inner();
    if let Some(ExtendedType::Object(definition)) = schema.types.get_mut("__Type") {
        let name = Name::new_unchecked(IS_ONE_OF);
        let field = FieldDefinition {
            description: Some("Whether an input object takes exactly one of its fields.".into()),
            name: name.clone(),
            arguments: Vec::new(),
            ty: Type::Named(Name::new_unchecked("Boolean")),
            directives: Default::default(),
        };
        definition.make_mut().fields.insert(name, Component::new(field));
    }
    Valid::assume_valid(schema)
}

/// Whether an operation asks for the schema.
pub fn is_asked(document: &ExecutableDocument, operation: &Operation) -> bool {
    operation
        .root_fields(document)
        .any(|field| matches!(field.name.as_str(), "__schema" | "__type"))
}

/// The part of a response that describes the schema.
#[derive(Debug, Default)]
pub struct Introspection(Value);

impl Introspection {
    /// Runs the introspection fields of an operation. Fails with a message for the client.
    pub fn run(
        schema: &Valid<Schema>,
        document: &Valid<ExecutableDocument>,
        operation: &Operation,
        variables: JsonMap,
    ) -> Result<Self, String> {
        let mut document = document.clone().into_inner();
        let mut operation = operation.clone();
        replace_is_one_of(&mut operation.selection_set);
        for fragment in document.fragments.values_mut() {
            replace_is_one_of(&mut fragment.make_mut().selection_set);
        }
        let response = introspection::partial_execute(
            schema,
            &schema.implementers_map(),
            &Valid::assume_valid(document),
            &operation,
            &Valid::assume_valid(variables),
        );
        let response = response.map_err(|error| error.message().to_string())?;
        let data = serde_json::to_vec(&response.data).expect("what describes a schema is JSON");
        let mut data: Value = serde_json::from_slice(&data).expect("JSON is a value");
        restore_is_one_of(&mut data);
        Ok(Self(data))
    }

    /// The response of an operation that asks for nothing else.
    pub fn into_response(self) -> Response {
        Response::new(self.0)
    }

    /// Fills the introspection fields of a response, which are null until then.
    pub fn merge_into(self, response: &mut Response) {
        if let (Value::Object(fields), Value::Object(data)) = (self.0, &mut response.data) {
            data.extend(fields);
        }
    }
}

fn replace_is_one_of(set: &mut SelectionSet) {
    for selection in &mut set.selections {
        match selection {
            Selection::Field(field) => {
                let field = field.make_mut();
                if field.name == IS_ONE_OF {
                    let key = format!("{MARK}{}", field.response_key());
                    field.alias = Some(Name::new_unchecked(&key));
                    field.name = Name::new_unchecked(STAND_IN);
                    // Its type does not matter any more: an enum is a leaf as well.
                    let definition = field.definition.make_mut();
                    definition.name = Name::new_unchecked(STAND_IN);
                    definition.ty = Type::NonNullNamed(Name::new_unchecked("__TypeKind"));
                }
                replace_is_one_of(&mut field.selection_set);
            }
            Selection::InlineFragment(fragment) => {
                replace_is_one_of(&mut fragment.make_mut().selection_set);
            }
            Selection::FragmentSpread(_) => {}
        }
    }
}

/// The schema has no input object with `@oneOf`, so the kind of a type says all.
fn restore_is_one_of(value: &mut Value) {
    match value {
        Value::Object(members) => {
            if members.keys().any(|key| key.starts_with(MARK)) {
                let restored = std::mem::take(members).into_iter().map(|(key, value)| {
                    match key.strip_prefix(MARK) {
                        Some(key) if value == Value::from("INPUT_OBJECT") => {
                            (async_graphql::Name::new(key), Value::from(false))
                        }
                        Some(key) => (async_graphql::Name::new(key), Value::Null),
                        None => (key, value),
                    }
                });
                *members = restored.collect();
            }
            members.values_mut().for_each(restore_is_one_of);
        }
        Value::List(items) => items.iter_mut().for_each(restore_is_one_of),
        _ => {}
    }
}

/// The variables of a request in apollo-compiler's form.
pub fn json_map(variables: &serde_json::Map<String, serde_json::Value>) -> JsonMap {
    let variable = |(name, value): (&String, &serde_json::Value)| {
        (name.as_str().into(), JsonValue::from(value.clone()))
    };
    variables.iter().map(variable).collect()
}
