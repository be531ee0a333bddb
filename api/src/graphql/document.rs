//! Documents: parsed, validated and costed once, whoever sends them again.
//!
//! The rules of the specification are apollo-compiler's, whose validation is complete; what is wrong is
//! told in async-graphql's words where it has any, as they have hints.

use std::sync::Arc;

use apollo_compiler::{
    ExecutableDocument, Node,
    executable::{Operation, OperationType},
    parser::{LineColumn, Parser},
    response::{JsonMap, JsonValue},
    validation::Valid,
};
use async_graphql::{Pos, Request, ServerError, parser::types};
use quick_cache::{Weighter, sync::Cache};

use super::{
    Question,
    cost::{Cost, Limits, Meter},
    error::{Refusal, invalid},
    schema::{Builder, Schema},
};

/// How deep documents may nest for the parser; far over what `max_depth` can be useful for.
const NESTING: usize = 200;

/// A document takes about this many times its text.
const BYTES_A_CHARACTER: u64 = 30;

/// A valid document.
#[derive(Debug)]
pub struct Document {
    valid: Valid<ExecutableDocument>,
    executable: types::ExecutableDocument,
    tokens: u64,
}

/// An operation of a document with its variables, checked and ready to run.
pub struct Prepared {
    pub kind: OperationType,
    pub cost: Cost,
    pub request: Request,
}

#[derive(Clone)]
struct Bytes;

impl Weighter<String, Arc<Document>> for Bytes {
    fn weight(&self, text: &String, _: &Arc<Document>) -> u64 {
        500 + BYTES_A_CHARACTER * text.len() as u64
    }
}

/// The documents that were sent, bounded in bytes.
pub struct Documents {
    schema: Valid<apollo_compiler::Schema>,
    /// Says what is wrong with a document; never runs one.
    critic: Schema,
    limits: Limits,
    introspection: bool,
    kept: Cache<String, Arc<Document>, Bytes>,
}

impl Documents {
    pub fn new(
        sdl: &str,
        builder: Builder,
        limits: Limits,
        introspection: bool,
        bound: u64,
    ) -> Self {
        let schema = apollo_compiler::Schema::parse_and_validate(sdl, "schema.graphql")
            .expect("the program's own schema is valid");
        let kept = Cache::with_weighter(1_000, bound, Bytes);
        Self { schema, critic: builder.finish(), limits, introspection, kept }
    }

    /// What is wrong with a document, or the document.
    pub async fn read(&self, text: &str) -> Result<Arc<Document>, Vec<ServerError>> {
        if let Some(document) = self.kept.get(text) {
            return Ok(document);
        }
        let document = Arc::new(self.parse(text).await?);
        self.kept.insert(text.to_owned(), document.clone());
        Ok(document)
    }

    async fn parse(&self, text: &str) -> Result<Document, Vec<ServerError>> {
        let mut parser = Parser::new()
            .recursion_limit(NESTING)
            .token_limit(usize::try_from(self.limits.max_tokens).unwrap_or(usize::MAX));
        let parsed = parser.parse_executable(&self.schema, text, "document");
        let tokens = parser.tokens_reached() as u64;
        Cost { tokens, ..Cost::default() }
            .check(&self.limits)
            .map_err(|refusal| vec![refusal.into()])?;
        let found = match parsed {
            Ok(document) => match document.validate(&self.schema) {
                Ok(valid) => match async_graphql::parser::parse_query(text) {
                    Ok(executable) => return Ok(Document { valid, executable, tokens }),
                    Err(error) => return Err(vec![error.into()]),
                },
                Err(found) => found,
            },
            Err(found) => found,
        };
        let diagnostics: Vec<ServerError> = found
            .errors
            .iter()
            .map(|diagnostic| {
                let error = diagnostic.to_json();
                invalid(error.message, error.locations.first().map(position))
            })
            .collect();
        Err(self.explain(text, &found.partial).await.unwrap_or(diagnostics))
    }

    /// async-graphql's words for what is wrong with a document, unless it finds nothing.
    async fn explain(&self, text: &str, partial: &ExecutableDocument) -> Option<Vec<ServerError>> {
        // It looks at a fragment as often as it is spread.
        let none = JsonMap::new();
        let mut meter = Meter::new(partial, &none);
        for operation in partial.operations.iter() {
            meter.operation(&operation.selection_set).check(&self.limits).ok()?;
        }
        let request = Request::new(text).only_introspection();
        let errors = self.critic.execute(request).await.errors;
        let errors: Vec<_> = errors.into_iter().filter(|error| error.path.is_empty()).collect();
        (!errors.is_empty()).then_some(errors)
    }

    /// The operation that a question asks for, if it may run.
    pub fn prepare(
        &self,
        document: &Document,
        question: &Question,
    ) -> Result<Prepared, Vec<ServerError>> {
        let one = |error: ServerError| vec![error];
        let operation = document
            .operation(question.operation_name.as_deref())
            .map_err(|refusal| one(refusal.into()))?;
        let given = JsonValue::from(serde_json::Value::Object(question.variables.clone()));
        let given = given.as_object().cloned().unwrap_or_default();
        let variables =
            apollo_compiler::request::coerce_variable_values(&self.schema, operation, &given)
                .map_err(|error| {
                    let place = error
                        .location()
                        .and_then(|place| place.line_column(&document.valid.sources));
                    one(invalid(error.message().to_string(), place.as_ref().map(position)))
                })?;
        let mut cost = Meter::new(&document.valid, &variables).operation(&operation.selection_set);
        cost.tokens = document.tokens;
        cost.check(&self.limits).map_err(|refusal| one(refusal.into()))?;
        if !self.introspection && describes_schema(&document.valid, operation) {
            return Err(one(Refusal::Introspection.into()));
        }
        let mut request = Request::new(String::new());
        request.set_parsed_query(document.executable.clone());
        request.operation_name = question.operation_name.clone();
        request.variables = async_graphql::Variables::from_json(serde_json::Value::Object(
            question.variables.clone(),
        ));
        Ok(Prepared { kind: operation.operation_type, cost, request })
    }
}

impl Document {
    fn operation(&self, name: Option<&str>) -> Result<&Node<Operation>, Refusal> {
        self.valid.operations.get(name).map_err(|_| match name {
            Some(name) => Refusal::UnknownOperation(name.to_owned()),
            None => Refusal::ManyOperations,
        })
    }
}

fn describes_schema(document: &ExecutableDocument, operation: &Operation) -> bool {
    operation
        .root_fields(document)
        .any(|field| matches!(field.name.as_str(), "__schema" | "__type"))
}

fn position(place: &LineColumn) -> Pos {
    Pos { line: place.line, column: place.column }
}

/// Whether the operation that a question asks for is a query, as far as the document can be read.
pub fn is_query(question: &Question) -> bool {
    let Ok(document) = async_graphql::parser::parse_query(&question.query) else { return true };
    let named = question.operation_name.as_deref();
    document
        .operations
        .iter()
        .filter(|(name, _)| named.is_none() || name.map(|name| name.as_str()) == named)
        .all(|(_, operation)| operation.node.ty == types::OperationType::Query)
}
