//! Parses the query parameters of a URL as a filter of the API, with the names and types of its
//! input types.

use async_graphql::{
    Pos,
    registry::{MetaType, Registry},
};
use sea_orm::Condition;
use serde_json::{Map, Value};

use crate::{
    config::Limits,
    graphql::{InputSize, OperationError, macros::filter::Filter},
};

/// The parameter for a complete filter as JSON.
const WHOLE: &str = "filter";
/// Fields that combine filters; allowed only in a filter as JSON.
const COMPOSE: [&str; 3] = ["and", "or", "not"];

/// The parsed filter of an export.
#[derive(Clone, Debug)]
pub struct ParsedFilter {
    pub condition: Condition,
    /// The slugs and codes that the filter refers to.
    pub names: Vec<String>,
}

/// Why parameters are invalid. The message says what to write instead.
#[derive(Clone, Debug, thiserror::Error)]
pub enum BadParameter {
    #[error(
        "there is no parameter `{name}`: the parameters are {known}, and `filter`, a complete filter as JSON"
    )]
    Unknown { name: String, known: String },
    #[error("`{0}` is given twice, but takes one value: write it once")]
    Twice(String),
    #[error("`{name}` is `{value}`: write {instead}")]
    Value { name: String, value: String, instead: String },
    #[error(
        "`filter` is not a JSON object: write for example filter={{\"not\":{{\"text\":\"retreat\"}}}}"
    )]
    NoObject,
    #[error("the filter has no field `{name}`: the fields are {known}")]
    UnknownField { name: String, known: String },
    #[error("{0}")]
    Refused(String),
    #[error(transparent)]
    TooLarge(OperationError),
}

/// Parses the parameters as the filter `F`, whose type is in the registry. A row must match all of
/// them.
pub(super) fn read<F: Filter>(
    registry: &Registry,
    parameters: &[(String, String)],
    limits: &Limits,
) -> Result<ParsedFilter, BadParameter> {
    let r#type = F::type_name();
    let mut size = InputSize::default();
    let mut parsed = ParsedFilter { condition: Condition::all(), names: Vec::new() };
    let mut add = |json: Value| {
        size.add(InputSize::of(WHOLE, &json));
        limits.check_input(size).map_err(BadParameter::TooLarge)?;
        check(registry, &r#type, WHOLE, &json)?;
        let value = async_graphql::Value::from_json(json).map_err(|_| BadParameter::NoObject)?;
        let filter = F::parse(Some(value)).map_err(|error| {
            BadParameter::Refused(first_cause(&error.into_server_error(Pos::default()).message))
        })?;
        parsed.condition = parsed.condition.clone().add(filter.condition());
        filter.referenced_keys(&mut parsed.names);
        Ok(())
    };

    let mut fields = Map::new();
    for (name, text) in parameters {
        if name == WHOLE {
            match serde_json::from_str(text) {
                Ok(whole @ Value::Object(_)) => add(whole)?,
                _ => return Err(BadParameter::NoObject),
            }
            continue;
        }
        let Some(r#type) =
            field_type(registry, &r#type, name).filter(|_| !COMPOSE.contains(&name.as_str()))
        else {
            let known = names(registry, &r#type, |name| !COMPOSE.contains(&name));
            return Err(BadParameter::Unknown { name: name.clone(), known });
        };
        match r#type.strip_prefix('[') {
            None => {
                if fields.insert(name.clone(), value(name, r#type, text)?).is_some() {
                    return Err(BadParameter::Twice(name.clone()));
                }
            }
            Some(r#type) => {
                let list = fields.entry(name.clone()).or_insert_with(|| Value::Array(Vec::new()));
                // A string may contain commas, so a list of strings is given by repeating the
                // parameter.
                let entries: Vec<&str> = match base(r#type) {
                    "String" => vec![text],
                    _ => text.split(',').collect(),
                };
                for entry in entries {
                    let entry = value(name, r#type, entry.trim())?;
                    list.as_array_mut().expect("a list is a JSON array").push(entry);
                }
            }
        }
    }
    add(Value::Object(fields))?;
    Ok(parsed)
}

/// The name of a type, without list and non-null markers.
fn base(r#type: &str) -> &str {
    r#type.trim_matches(['[', ']', '!'])
}

/// The type of a field of an input type.
fn field_type<'r>(registry: &'r Registry, r#type: &str, field: &str) -> Option<&'r str> {
    match registry.types.get(r#type)? {
        MetaType::InputObject { input_fields, .. } => Some(input_fields.get(field)?.ty.as_str()),
        _ => None,
    }
}

/// The names of an input type's fields, as a list for an error message.
fn names(registry: &Registry, r#type: &str, wanted: impl Fn(&str) -> bool) -> String {
    match registry.types.get(r#type) {
        Some(MetaType::InputObject { input_fields, .. }) => {
            let names = input_fields.keys().filter(|name| wanted(name));
            names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
        }
        _ => String::new(),
    }
}

/// Parses a parameter's string as a value of its type.
fn value(name: &str, r#type: &str, text: &str) -> Result<Value, BadParameter> {
    let instead = |instead: &str| BadParameter::Value {
        name: name.to_owned(),
        value: text.to_owned(),
        instead: instead.to_owned(),
    };
    match base(r#type) {
        "Boolean" => text.parse::<bool>().map(Value::from).map_err(|_| instead("true or false")),
        "Int" => text.parse::<i32>().map(Value::from).map_err(|_| instead("a whole number")),
        _ => Ok(Value::from(text)),
    }
}

/// Rejects what `Filter::parse` would ignore or not explain: unknown fields and unknown enum
/// values.
fn check(registry: &Registry, r#type: &str, name: &str, json: &Value) -> Result<(), BadParameter> {
    match (registry.types.get(base(r#type)), json) {
        (_, Value::Null) => Ok(()),
        (_, Value::Array(entries)) => {
            entries.iter().try_for_each(|entry| check(registry, r#type, name, entry))
        }
        (Some(MetaType::InputObject { input_fields, .. }), Value::Object(fields)) => {
            fields.iter().try_for_each(|(name, value)| match input_fields.get(name) {
                Some(field) => check(registry, &field.ty, name, value),
                None => Err(BadParameter::UnknownField {
                    name: name.clone(),
                    known: names(registry, base(r#type), |_| true),
                }),
            })
        }
        (Some(MetaType::Enum { enum_values, .. }), Value::String(value))
            if !enum_values.contains_key(value) =>
        {
            let known: Vec<&str> = enum_values.keys().map(String::as_str).collect();
            Err(BadParameter::Value {
                name: name.to_owned(),
                value: value.clone(),
                instead: known.join(", "),
            })
        }
        _ => Ok(()),
    }
}

/// The cause of an input error, without the types around it.
fn first_cause(message: &str) -> String {
    message.split(" (occurred while parsing").next().unwrap_or(message).to_owned()
}
