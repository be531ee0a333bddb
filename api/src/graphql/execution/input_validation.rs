//! Validates input values beyond the rules of the specification, before an operation runs: custom
//! scalars check their values, and all errors of the variables are reported, each with its path.

use std::collections::HashSet;

use apollo_compiler::{
    ExecutableDocument, Name, Node, Schema,
    ast::{Argument, Type, Value as Literal},
    executable::{Operation, Selection, SelectionSet},
    parser::SourceSpan,
    schema::{ExtendedType, InputObjectType},
};
use async_graphql::Value;
use serde_json::{Map, Number, Value as Json};

use crate::graphql::schema::scalars;

/// Why an input value is invalid, and its location in the document.
#[derive(Debug)]
pub struct InputError {
    pub message: String,
    pub place: Option<SourceSpan>,
}

/// Scalars that identify records. A lookup by a malformed value finds no record, and is not an
/// error.
const LOOKUP_SCALARS: [&str; 2] = ["Slug", "PartyCode"];

/// The errors in the literals of a document.
pub fn in_document(schema: &Schema, document: &ExecutableDocument) -> Vec<InputError> {
    let mut errors = Vec::new();
    for_each_argument(document, &mut |ty, argument| {
        in_literal(schema, ty, &argument.value, &argument.name, &mut errors);
    });
    for variable in document.operations.iter().flat_map(|operation| &operation.variables) {
        if let Some(default) = &variable.default_value {
            in_literal(schema, &variable.ty, default, &format!("${}", variable.name), &mut errors);
        }
    }
    errors
}

/// Visits the arguments of all fields of a document, with their types.
fn for_each_argument(document: &ExecutableDocument, visit: &mut impl FnMut(&Type, &Argument)) {
    let operations = document.operations.iter().map(|operation| &operation.selection_set);
    let fragments = document.fragments.values().map(|fragment| &fragment.selection_set);
    for set in operations.chain(fragments) {
        visit_arguments(set, visit);
    }
}

fn visit_arguments(set: &SelectionSet, visit: &mut impl FnMut(&Type, &Argument)) {
    for selection in &set.selections {
        match selection {
            Selection::Field(field) => {
                for argument in &field.arguments {
                    if let Some(definition) = field.definition.argument_by_name(&argument.name) {
                        visit(&definition.ty, argument);
                    }
                }
                visit_arguments(&field.selection_set, visit);
            }
            Selection::InlineFragment(fragment) => visit_arguments(&fragment.selection_set, visit),
            Selection::FragmentSpread(_) => {}
        }
    }
}

/// Adds the errors of a literal; `path` is the name of its argument or variable.
fn in_literal(
    schema: &Schema,
    ty: &Type,
    literal: &Node<Literal>,
    path: &str,
    errors: &mut Vec<InputError>,
) {
    let place = literal.location();
    if let Some(name) = unquoted(schema, ty, literal) {
        let message = format!("{path}: write `{name}` in quotes");
        errors.push(InputError { message, place });
        return;
    }
    if is_lookup(ty) && matches!(&**literal, Literal::String(_)) {
        return;
    }
    match to_json(literal) {
        Ok(value) => {
            let mut coercion = Coercion { schema, errors: Vec::new() };
            coercion.check(ty, &value, path);
            let found = coercion.errors.into_iter();
            errors.extend(found.map(|message| InputError { message, place }));
        }
        Err(twice) => errors.push(InputError {
            message: format!("the input field `{twice}` is set twice: set it once"),
            place,
        }),
    }
}

/// The variables of a document that must not be null although their type allows it: an argument or
/// input field that uses them has a default and does not accept null. By the specification, null is
/// an error of the field, not of the variable.
pub fn non_null_variables(schema: &Schema, document: &ExecutableDocument) -> HashSet<String> {
    let mut names = HashSet::new();
    for_each_argument(document, &mut |ty, argument| {
        add_non_null(schema, ty, &argument.value, &mut names);
    });
    names
}

fn add_non_null(schema: &Schema, ty: &Type, literal: &Literal, names: &mut HashSet<String>) {
    match literal {
        Literal::Variable(name) if ty.is_non_null() => {
            names.insert(name.to_string());
        }
        Literal::List(items) => {
            items.iter().for_each(|item| add_non_null(schema, ty.item_type(), item, names));
        }
        Literal::Object(members) => {
            let Some(ExtendedType::InputObject(definition)) =
                schema.types.get(ty.inner_named_type())
            else {
                return;
            };
            for (name, value) in members {
                if let Some(field) = definition.fields.get(name) {
                    add_non_null(schema, &field.ty, value, names);
                }
            }
        }
        _ => {}
    }
}

/// A name without quotes where a scalar is expected. The specification lets custom scalars accept
/// any literal; those of this schema do not.
fn unquoted<'l>(schema: &Schema, ty: &Type, literal: &'l Literal) -> Option<&'l Name> {
    match (literal, schema.types.get(ty.inner_named_type())?) {
        (Literal::Enum(name), ExtendedType::Scalar(_)) => Some(name),
        (Literal::List(items), _) => {
            items.iter().find_map(|item| unquoted(schema, ty.item_type(), item))
        }
        (Literal::Object(members), ExtendedType::InputObject(definition)) => members
            .iter()
            .find_map(|(name, value)| unquoted(schema, &definition.fields.get(name)?.ty, value)),
        _ => None,
    }
}

fn is_lookup(ty: &Type) -> bool {
    !ty.is_list() && LOOKUP_SCALARS.contains(&ty.inner_named_type().as_str())
}

/// A literal as JSON, with variables replaced by null: they are checked separately. Fails with the
/// name of a duplicate field of an object.
fn to_json(literal: &Node<Literal>) -> Result<Json, String> {
    Ok(match &**literal {
        Literal::Null | Literal::Variable(_) => Json::Null,
        Literal::Enum(name) => Json::from(name.as_str()),
        Literal::String(text) => Json::from(text.as_str()),
        Literal::Boolean(boolean) => Json::from(*boolean),
        Literal::Int(number) => number.as_str().parse().map_or(Json::Null, Json::Number),
        Literal::Float(number) => number.as_str().parse().map_or(Json::Null, Json::Number),
        Literal::List(items) => items.iter().map(to_json).collect::<Result<_, _>>()?,
        Literal::Object(members) => {
            let mut object = Map::new();
            for (name, value) in members {
                if object.insert(name.to_string(), to_json(value)?).is_some() {
                    return Err(name.to_string());
                }
            }
            Json::Object(object)
        }
    })
}

/// The coerced variables of an operation, as the specification defines them, or all their errors. A
/// variable with neither a value nor a default is absent.
pub fn coerce_variables(
    schema: &Schema,
    operation: &Operation,
    variables: &Map<String, Json>,
) -> Result<Map<String, Json>, Vec<InputError>> {
    let mut coerced = Map::new();
    let mut errors = Vec::new();
    for definition in &operation.variables {
        let name = definition.name.as_str();
        let path = format!("${name}");
        let mut coercion = Coercion { schema, errors: Vec::new() };
        match (variables.get(name), &definition.default_value) {
            (Some(value), _) => {
                let mut value = value.clone();
                match is_lookup(&definition.ty) && value.is_string() {
                    true => {}
                    false => coercion.coerce(&definition.ty, &mut value, &path),
                }
                coerced.insert(name.to_owned(), value);
            }
            (None, Some(default)) => {
                coerced.insert(name.to_owned(), to_json(default).unwrap_or_default());
            }
            (None, None) if definition.ty.is_non_null() => {
                coercion
                    .errors
                    .push(format!("{path}: a value of the type {} is missing", definition.ty));
            }
            (None, None) => {}
        }
        let place = definition.location();
        let found = coercion.errors.into_iter();
        errors.extend(found.map(|message| InputError { message, place }));
    }
    if errors.is_empty() { Ok(coerced) } else { Err(errors) }
}

struct Coercion<'s> {
    schema: &'s Schema,
    errors: Vec<String>,
}

impl Coercion<'_> {
    /// Records the errors of a literal that has passed validation.
    fn check(&mut self, ty: &Type, value: &Json, path: &str) {
        // Null stands for a variable here, or has passed validation.
        if !value.is_null() {
            self.visit(ty, &mut value.clone(), path, true);
        }
    }

    /// Coerces the value of a variable, and records its errors.
    fn coerce(&mut self, ty: &Type, value: &mut Json, path: &str) {
        self.visit(ty, value, path, false);
    }

    fn visit(&mut self, ty: &Type, value: &mut Json, path: &str, literal: bool) {
        match value {
            Json::Null if ty.is_non_null() && !literal => {
                self.errors.push(format!("{path}: null is not a value of the type {ty}"));
            }
            Json::Null => {}
            Json::Array(items) if ty.is_list() => {
                for (place, item) in items.iter_mut().enumerate() {
                    self.visit(ty.item_type(), item, &format!("{path}[{place}]"), literal);
                }
            }
            // A single value is coerced to a list of one.
            value if ty.is_list() => self.visit(ty.item_type(), value, path, literal),
            value => {
                let name = ty.inner_named_type();
                match (self.schema.types.get(name), value) {
                    (Some(ExtendedType::InputObject(definition)), Json::Object(members)) => {
                        self.visit_object(definition, members, path, literal);
                    }
                    (Some(ExtendedType::Enum(definition)), value) => {
                        let is_value = value.as_str().is_some_and(|name| {
                            definition.values.keys().any(|known| known == name)
                        });
                        if !is_value {
                            let known: Vec<&str> =
                                definition.values.keys().map(|known| known.as_str()).collect();
                            self.wrong(path, value, &format!("one of {}", known.join(", ")));
                        }
                    }
                    (Some(ExtendedType::Scalar(_)), value) => self.visit_scalar(name, value, path),
                    (_, value) => self.wrong(path, value, &format!("an object of the type {name}")),
                }
            }
        }
    }

    fn visit_object(
        &mut self,
        definition: &InputObjectType,
        members: &mut Map<String, Json>,
        path: &str,
        literal: bool,
    ) {
        for (name, value) in members.iter_mut() {
            match definition.fields.get(name.as_str()) {
                Some(field) => {
                    self.visit(&field.ty, value, &format!("{path}.{name}"), literal);
                }
                None => {
                    let known: Vec<&str> =
                        definition.fields.keys().map(|known| known.as_str()).collect();
                    let name = shorten(name);
                    self.errors.push(format!(
                        "{path}: the type {} has no field `{name}`: the fields are {}",
                        definition.name,
                        known.join(", ")
                    ));
                }
            }
        }
        for field in definition.fields.values() {
            let required = field.ty.is_non_null() && field.default_value.is_none();
            if required && !members.contains_key(field.name.as_str()) {
                self.errors.push(format!("{path}: the field `{}` is missing", field.name));
            }
        }
    }

    fn visit_scalar(&mut self, name: &str, value: &mut Json, path: &str) {
        if let ("Int", Json::Number(number)) = (name, &mut *value) {
            normalize_integer(number);
        }
        let expected = match name {
            "Int" => (!is_int(value)).then_some("a 32-bit integer"),
            "Float" => (!value.is_number()).then_some("a number"),
            "Boolean" => (!value.is_boolean()).then_some("true or false"),
            "String" => (!value.is_string()).then_some("a string"),
            "ID" => (!value.is_string() && !value.is_i64()).then_some("an ID"),
            _ => None,
        };
        if let Some(expected) = expected {
            return self.wrong(path, value, expected);
        }
        let fault =
            Value::from_json(value.clone()).ok().and_then(|value| scalars::fault(name, value));
        if let Some(fault) = fault {
            self.errors.push(format!("{path}: {fault}"));
        }
    }

    fn wrong(&mut self, path: &str, value: &Json, expected: &str) {
        self.errors.push(format!("{path}: `{}` is not {expected}", shorten(&value.to_string())));
    }
}

fn is_int(value: &Json) -> bool {
    value.as_i64().is_some_and(|number| i32::try_from(number).is_ok())
}

/// Clients in languages with a single number type may send `2.0` for 2.
fn normalize_integer(number: &mut Number) {
    if let Some(float) = number.as_f64().filter(|float| float.fract() == 0.0)
        && number.is_f64()
        && (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&float)
    {
        *number = Number::from(float as i32);
    }
}

/// A value for an error message, truncated to a readable length.
fn shorten(text: &str) -> String {
    const LONGEST: usize = 80;
    match text.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.to_owned(),
    }
}
