//! Introspection, executed by apollo-compiler, which supports interfaces that implement interfaces.
//! `__Type.isOneOf`, which it does not support, is added here.

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

/// The field that replaces `isOneOf`, which apollo-compiler does not support.
const STAND_IN: &str = "kind";
/// Prefix of the response key of a replaced field.
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

/// Whether an operation selects `__schema` or `__type`.
pub fn is_asked(document: &ExecutableDocument, operation: &Operation) -> bool {
    operation
        .root_fields(document)
        .any(|field| matches!(field.name.as_str(), "__schema" | "__type"))
}

/// The result of the introspection fields of an operation.
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
        let data = serde_json::to_vec(&response.data).expect("introspection data is JSON");
        let mut data: Value = serde_json::from_slice(&data).expect("JSON is a value");
        restore_is_one_of(&mut data);
        Ok(Self(data))
    }

    /// The response of an operation that has only introspection fields.
    pub fn into_response(self) -> Response {
        Response::new(self.0)
    }

    /// Fills in the introspection fields of a response, which are null before.
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
                    // The type changes from Boolean to an enum; both are leaves.
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

/// Restores `isOneOf`: false for input objects, as none in this schema has `@oneOf`; null for other
/// kinds of types.
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
