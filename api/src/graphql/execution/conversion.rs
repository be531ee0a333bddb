//! Converts a document that apollo-compiler parsed into the form that async-graphql
//! executes, so that both agree on every detail of the syntax.

use std::collections::{HashMap, HashSet};

use apollo_compiler::{
    Node,
    ast::{self, Value as Literal},
    parser::{SourceMap, SourceSpan},
};
use async_graphql::{Name, Pos, Positioned, indexmap::IndexMap, parser::types};
use async_graphql_value::{ConstValue, Value};

/// Converts a whole document.
pub fn convert(document: &ast::Document) -> types::ExecutableDocument {
    let converter = Converter { sources: &document.sources };
    let mut anonymous = None;
    let (mut named, mut fragments) = (HashMap::new(), HashMap::new());
    for definition in &document.definitions {
        match definition {
            ast::Definition::OperationDefinition(operation) => match &operation.name {
                Some(name) => {
                    named.insert(Name::new(name), converter.operation(operation));
                }
                None => anonymous = Some(converter.operation(operation)),
            },
            ast::Definition::FragmentDefinition(fragment) => {
                fragments.insert(Name::new(&fragment.name), converter.fragment(fragment));
            }
            // A type system definition; validation rejects it.
            _ => {}
        }
    }
    let operations = match anonymous {
        Some(operation) if named.is_empty() => types::DocumentOperations::Single(operation),
        _ => types::DocumentOperations::Multiple(named),
    };
    types::ExecutableDocument { operations, fragments }
}

struct Converter<'d> {
    sources: &'d SourceMap,
}

impl Converter<'_> {
    fn at<T>(&self, span: Option<SourceSpan>, node: T) -> Positioned<T> {
        let place = span.and_then(|span| span.line_column(self.sources));
        let position =
            place.map_or(Pos::default(), |place| Pos { line: place.line, column: place.column });
        Positioned::new(node, position)
    }

    fn name(&self, name: &apollo_compiler::Name) -> Positioned<Name> {
        self.at(name.location(), Name::new(name))
    }

    fn operation(
        &self,
        operation: &Node<ast::OperationDefinition>,
    ) -> Positioned<types::OperationDefinition> {
        let ty = match operation.operation_type {
            ast::OperationType::Query => types::OperationType::Query,
            ast::OperationType::Mutation => types::OperationType::Mutation,
            ast::OperationType::Subscription => types::OperationType::Subscription,
        };
        let definition = types::OperationDefinition {
            ty,
            variable_definitions: operation.variables.iter().map(|it| self.variable(it)).collect(),
            directives: self.directives(&operation.directives),
            selection_set: self.selections(&operation.selection_set),
        };
        self.at(operation.location(), definition)
    }

    fn variable(
        &self,
        variable: &Node<ast::VariableDefinition>,
    ) -> Positioned<types::VariableDefinition> {
        let ty =
            types::Type::new(&variable.ty.to_string()).expect("a parsed type has valid syntax");
        let default = variable
            .default_value
            .as_ref()
            .and_then(|default| Some(self.at(default.location(), value(default).into_const()?)));
        let definition = types::VariableDefinition {
            name: self.name(&variable.name),
            var_type: self.at(variable.ty.inner_named_type().location(), ty),
            directives: self.directives(&variable.directives),
            default_value: default,
        };
        self.at(variable.location(), definition)
    }

    fn fragment(
        &self,
        fragment: &Node<ast::FragmentDefinition>,
    ) -> Positioned<types::FragmentDefinition> {
        let definition = types::FragmentDefinition {
            type_condition: self.condition(&fragment.type_condition),
            directives: self.directives(&fragment.directives),
            selection_set: self.selections(&fragment.selection_set),
        };
        self.at(fragment.location(), definition)
    }

    fn condition(&self, on: &apollo_compiler::Name) -> Positioned<types::TypeCondition> {
        self.at(on.location(), types::TypeCondition { on: self.name(on) })
    }

    fn directives(&self, directives: &ast::DirectiveList) -> Vec<Positioned<types::Directive>> {
        let directive = |directive: &Node<ast::Directive>| {
            let converted = types::Directive {
                name: self.name(&directive.name),
                arguments: self.arguments(&directive.arguments),
            };
            self.at(directive.location(), converted)
        };
        directives.iter().map(directive).collect()
    }

    fn arguments(
        &self,
        arguments: &[Node<ast::Argument>],
    ) -> Vec<(Positioned<Name>, Positioned<Value>)> {
        let argument = |argument: &Node<ast::Argument>| {
            let value = self.at(argument.value.location(), value(&argument.value));
            (self.name(&argument.name), value)
        };
        arguments.iter().map(argument).collect()
    }

    fn selections(&self, selections: &[ast::Selection]) -> Positioned<types::SelectionSet> {
        let first = selections.first().and_then(|selection| match selection {
            ast::Selection::Field(field) => field.location(),
            ast::Selection::FragmentSpread(spread) => spread.location(),
            ast::Selection::InlineFragment(fragment) => fragment.location(),
        });
        let items = selections.iter().map(|selection| self.selection(selection)).collect();
        self.at(first, types::SelectionSet { items })
    }

    fn selection(&self, selection: &ast::Selection) -> Positioned<types::Selection> {
        match selection {
            ast::Selection::Field(field) => {
                let converted = types::Field {
                    alias: field.alias.as_ref().map(|alias| self.name(alias)),
                    name: self.name(&field.name),
                    arguments: self.arguments(&field.arguments),
                    directives: self.directives(&field.directives),
                    selection_set: self.selections(&field.selection_set),
                };
                let place = field.location();
                self.at(place, types::Selection::Field(self.at(place, converted)))
            }
            ast::Selection::FragmentSpread(spread) => {
                let converted = types::FragmentSpread {
                    fragment_name: self.name(&spread.fragment_name),
                    directives: self.directives(&spread.directives),
                };
                let place = spread.location();
                self.at(place, types::Selection::FragmentSpread(self.at(place, converted)))
            }
            ast::Selection::InlineFragment(fragment) => {
                let on = fragment.type_condition.as_ref();
                let converted = types::InlineFragment {
                    type_condition: on.map(|on| self.condition(on)),
                    directives: self.directives(&fragment.directives),
                    selection_set: self.selections(&fragment.selection_set),
                };
                let place = fragment.location();
                self.at(place, types::Selection::InlineFragment(self.at(place, converted)))
            }
        }
    }
}

fn value(literal: &Literal) -> Value {
    match literal {
        Literal::Null => Value::Null,
        Literal::Variable(name) => Value::Variable(Name::new(name)),
        Literal::Enum(name) => Value::Enum(Name::new(name)),
        Literal::String(text) => Value::String(text.clone()),
        Literal::Boolean(boolean) => Value::Boolean(*boolean),
        Literal::Int(number) => number.as_str().parse().map_or(Value::Null, Value::Number),
        Literal::Float(number) => number.as_str().parse().map_or(Value::Null, Value::Number),
        Literal::List(items) => Value::List(items.iter().map(|item| value(item)).collect()),
        Literal::Object(members) => {
            let member = |(name, literal): &(apollo_compiler::Name, Node<Literal>)| {
                (Name::new(name), value(literal))
            };
            Value::Object(members.iter().map(member).collect::<IndexMap<_, _>>())
        }
    }
}

/// Removes the arguments and input fields whose value is an absent variable, so that their defaults
/// apply. In a list, an absent variable becomes null.
pub fn remove_absent(document: &mut types::ExecutableDocument, absent: &HashSet<&str>) {
    let operations: Vec<&mut types::OperationDefinition> = match &mut document.operations {
        types::DocumentOperations::Single(operation) => vec![&mut operation.node],
        types::DocumentOperations::Multiple(operations) => {
            operations.values_mut().map(|operation| &mut operation.node).collect()
        }
    };
    for operation in operations {
        remove_in_selections(&mut operation.selection_set.node, absent);
    }
    for fragment in document.fragments.values_mut() {
        remove_in_selections(&mut fragment.node.selection_set.node, absent);
    }
}

fn remove_in_selections(set: &mut types::SelectionSet, absent: &HashSet<&str>) {
    for selection in &mut set.items {
        match &mut selection.node {
            types::Selection::Field(field) => {
                let field = &mut field.node;
                field.arguments.retain(|(_, value)| !is_absent(&value.node, absent));
                for (_, value) in &mut field.arguments {
                    remove_in_value(&mut value.node, absent);
                }
                remove_in_selections(&mut field.selection_set.node, absent);
            }
            types::Selection::InlineFragment(fragment) => {
                remove_in_selections(&mut fragment.node.selection_set.node, absent);
            }
            types::Selection::FragmentSpread(_) => {}
        }
    }
}

fn remove_in_value(value: &mut Value, absent: &HashSet<&str>) {
    match value {
        Value::List(items) => {
            for item in items {
                match is_absent(item, absent) {
                    true => *item = ConstValue::Null.into_value(),
                    false => remove_in_value(item, absent),
                }
            }
        }
        Value::Object(members) => {
            members.retain(|_, value| !is_absent(value, absent));
            members.values_mut().for_each(|value| remove_in_value(value, absent));
        }
        _ => {}
    }
}

fn is_absent(value: &Value, absent: &HashSet<&str>) -> bool {
    matches!(value, Value::Variable(name) if absent.contains(name.as_str()))
}
