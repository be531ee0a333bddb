//! Documents: parsed, validated and costed once, whoever sends them again.
//!
//! The rules of the specification are apollo-compiler's, whose validation is complete; what is wrong is
//! told in async-graphql's words where it has any, as they have hints.

use std::sync::Arc;

use apollo_compiler::{
    ExecutableDocument, Node,
    executable::{Operation, OperationType},
    introspection,
    parser::{LineColumn, Parser},
    request::coerce_variable_values,
    response::{JsonMap, JsonValue},
    validation::Valid,
};
use async_graphql::{Pos, Request, Response, ServerError, Value, Variables, parser::types};
use quick_cache::{Weighter, sync::Cache};

use super::{
    Question,
    cost::{Cost, Limits, Meter},
    error::{Refusal, invalid},
    schema::{Builder, Schema},
    values::{self, Fault},
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
    pub work: Work,
}

/// What there is to do for an operation.
pub enum Work {
    Run(Request),
    /// Nothing more: it only asks for the schema, and this is the answer.
    Described(Response),
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
        let validated = match parsed {
            Ok(document) => document.validate(&self.schema),
            Err(found) => Err(found),
        };
        let found = match validated {
            Ok(valid) => {
                if let Some(fault) = values::in_document(&self.schema, &valid) {
                    return Err(vec![told(fault, &valid)]);
                }
                let executable =
                    async_graphql::parser::parse_query(text).map_err(|error| vec![error.into()])?;
                return Ok(Document { valid, executable, tokens });
            }
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
        let variable = |(name, value): (&String, &serde_json::Value)| {
            (name.as_str().into(), JsonValue::from(value.clone()))
        };
        let given: JsonMap = question.variables.iter().map(variable).collect();
        let coerced = coerce_variable_values(&self.schema, operation, &given).map_err(|error| {
            let (message, place) = (error.message().to_string(), error.location());
            one(told(Fault { message, place }, &document.valid))
        })?;
        let json = serde_json::Value::Object(question.variables.clone());
        let variables = Variables::from_json(json);
        if let Some(fault) = values::in_variables(&self.schema, operation, &variables) {
            return Err(one(told(fault, &document.valid)));
        }
        let mut cost = Meter::new(&document.valid, &coerced).operation(&operation.selection_set);
        cost.tokens = document.tokens;
        cost.check(&self.limits).map_err(|refusal| one(refusal.into()))?;
        if !self.introspection && describes_schema(&document.valid, operation) {
            return Err(one(Refusal::Introspection.into()));
        }
        let work = match operation.is_query() && operation.is_introspection(&document.valid) {
            true => Work::Described(self.describe(document, operation, &coerced).map_err(one)?),
            false => {
                let mut request = Request::new(String::new());
                request.set_parsed_query(document.executable.clone());
                request.operation_name = question.operation_name.clone();
                request.variables = variables;
                Work::Run(request)
            }
        };
        Ok(Prepared { kind: operation.operation_type, cost, work })
    }

    /// What an operation asks of the schema: apollo-compiler knows that interfaces implement interfaces.
    fn describe(
        &self,
        document: &Document,
        operation: &Operation,
        variables: &Valid<JsonMap>,
    ) -> Result<Response, ServerError> {
        let described = introspection::partial_execute(
            &self.schema,
            &self.schema.implementers_map(),
            &document.valid,
            operation,
            variables,
        );
        let described = described.map_err(|error| {
            let (message, place) = (error.message().to_string(), error.location());
            told(Fault { message, place }, &document.valid)
        })?;
        let data = serde_json::to_vec(&described.data).expect("what describes a schema is JSON");
        let data: Value = serde_json::from_slice(&data).expect("JSON is a value");
        Ok(Response::new(data))
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

/// What is wrong with a value of a document, and where.
fn told(fault: Fault, document: &ExecutableDocument) -> ServerError {
    let place = fault.place.and_then(|place| place.line_column(&document.sources));
    invalid(fault.message, place.as_ref().map(position))
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
