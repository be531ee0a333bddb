//! What values may be beyond the types of the specification: our scalars say themselves what they take,
//! and an input object names each field once. Checked before anything runs, in documents and variables.

use apollo_compiler::{
    ExecutableDocument, Node, Schema,
    ast::{Type, Value as Literal},
    executable::{Operation, Selection, SelectionSet},
    parser::SourceSpan,
    schema::ExtendedType,
};
use async_graphql::{Name, Value, Variables, indexmap::IndexMap};

use super::scalars;

/// What is wrong with a value, and where.
pub struct Fault {
    pub message: String,
    pub place: Option<SourceSpan>,
}

/// The first fault among the literals of a document.
pub fn in_document(schema: &Schema, document: &ExecutableDocument) -> Option<Fault> {
    let operations = document.operations.iter().map(|operation| &operation.selection_set);
    let fragments = document.fragments.values().map(|fragment| &fragment.selection_set);
    operations.chain(fragments).find_map(|set| in_selections(schema, set))
}

fn in_selections(schema: &Schema, set: &SelectionSet) -> Option<Fault> {
    set.selections.iter().find_map(|selection| match selection {
        Selection::Field(field) => {
            let mut arguments = field.arguments.iter().zip(std::iter::repeat(field));
            let fault = arguments.find_map(|(argument, field)| {
                let definition = field.definition.argument_by_name(&argument.name)?;
                literal(schema, &definition.ty, &argument.value)
            });
            fault.or_else(|| in_selections(schema, &field.selection_set))
        }
        Selection::InlineFragment(fragment) => in_selections(schema, &fragment.selection_set),
        Selection::FragmentSpread(_) => None,
    })
}

fn literal(schema: &Schema, ty: &Type, literal: &Node<Literal>) -> Option<Fault> {
    let fault = match constant(literal) {
        Ok(value) => fault(schema, ty, &value),
        Err(twice) => Some(format!("the input field `{twice}` is given twice: give it once")),
    };
    fault.map(|message| Fault { message, place: literal.location() })
}

/// A literal as a value, in which variables are null: they are checked by themselves. Fails with the name of
/// a field that an object has twice.
fn constant(literal: &Literal) -> Result<Value, String> {
    Ok(match literal {
        Literal::Null | Literal::Variable(_) => Value::Null,
        Literal::Enum(name) => Value::Enum(Name::new(name)),
        Literal::String(text) => Value::String(text.clone()),
        Literal::Boolean(boolean) => Value::Boolean(*boolean),
        Literal::Int(number) => number.as_str().parse().map_or(Value::Null, Value::Number),
        Literal::Float(number) => number.as_str().parse().map_or(Value::Null, Value::Number),
        Literal::List(items) => {
            Value::List(items.iter().map(|item| constant(item)).collect::<Result<_, _>>()?)
        }
        Literal::Object(members) => {
            let mut object = IndexMap::with_capacity(members.len());
            for (name, value) in members {
                if object.insert(Name::new(name), constant(value)?).is_some() {
                    return Err(name.to_string());
                }
            }
            Value::Object(object)
        }
    })
}

/// The first fault among the variables of an operation.
pub fn in_variables(
    schema: &Schema,
    operation: &Operation,
    variables: &Variables,
) -> Option<Fault> {
    operation.variables.iter().find_map(|definition| {
        let value = variables.get(definition.name.as_str())?;
        let message = fault(schema, &definition.ty, value)?;
        let message = format!("${}: {message}", definition.name);
        Some(Fault { message, place: definition.location() })
    })
}

fn fault(schema: &Schema, ty: &Type, value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::List(items) if ty.is_list() => {
            items.iter().find_map(|item| fault(schema, ty.item_type(), item))
        }
        // One value stands for a list of it.
        _ if ty.is_list() => fault(schema, ty.item_type(), value),
        _ => match (schema.types.get(ty.inner_named_type())?, value) {
            (ExtendedType::InputObject(definition), Value::Object(members)) => {
                members.iter().find_map(|(name, value)| {
                    fault(schema, &definition.fields.get(name.as_str())?.ty, value)
                })
            }
            (ExtendedType::Scalar(scalar), value) => scalars::fault(&scalar.name, value.clone()),
            _ => None,
        },
    }
}
