//! Parses, validates and converts documents. The result is cached by the document's text.
//!
//! apollo-compiler parses, and validates by all rules of the specification. The messages for an
//! invalid document are those of async-graphql if it finds errors too, because they suggest
//! corrections.

use std::{collections::HashSet, panic::AssertUnwindSafe, sync::Arc};

use apollo_compiler::{
    ExecutableDocument, Node, Schema as TypeSystem, ast,
    executable::{Operation, OperationType},
    parser::{LineColumn, Parser, SourceMap},
    validation::{DiagnosticList, Valid, WithErrors},
};
use async_graphql::{Pos, Request, Response, ServerError, Variables, parser::types};
use futures_util::FutureExt;
use quick_cache::{Weighter, sync::Cache};
use serde_json::{Map, Value as Json};

use super::{
    conversion,
    cost::{Cost, CostEstimator},
    descriptions,
    document_size::DocumentSize,
    error::OperationError,
    input_validation::{self, InputError},
    introspection::{self, Introspection},
};
use crate::{
    config::Limits,
    graphql::{
        GraphqlRequest,
        schema::{Builder, Schema},
    },
    store::lengths::ListLengths,
};

/// The parser's recursion limit; far above the default of `max_depth`.
const RECURSION_LIMIT: usize = 200;

/// Estimated memory of a cached document, in bytes per byte of its text.
const BYTES_PER_CHARACTER: u64 = 30;

/// A valid document.
#[derive(Debug)]
pub struct ParsedDocument {
    valid: Valid<ExecutableDocument>,
    executable: types::ExecutableDocument,
    tokens: u64,
    /// Variables that must not be null although their type allows it.
    non_null_variables: HashSet<String>,
}

/// An operation of a document with its variables, checked and ready to run.
pub struct Prepared {
    pub kind: OperationType,
    pub cost: Cost,
    /// Whether a variable is null that some argument does not accept as null. async-graphql reports
    /// it as an error of the field.
    pub has_null_argument: bool,
    pub work: Work,
}

/// How to get the response of an operation.
pub enum Work {
    /// Execute the request, and add the result of its introspection fields.
    Run(Request, Introspection),
    /// The operation has only introspection fields, and this is its response.
    Introspected(Response),
}

#[derive(Clone)]
struct DocumentWeighter;

impl Weighter<String, Arc<ParsedDocument>> for DocumentWeighter {
    fn weight(&self, text: &String, _: &Arc<ParsedDocument>) -> u64 {
        500 + BYTES_PER_CHARACTER * text.len() as u64
    }
}

/// The document cache, limited in bytes.
pub struct DocumentCache {
    type_system: Valid<TypeSystem>,
    /// Produces the messages for invalid documents; never executes one.
    diagnostics_schema: Schema,
    limits: Limits,
    introspection: bool,
    cached: Cache<String, Arc<ParsedDocument>, DocumentWeighter>,
}

impl DocumentCache {
    pub fn new(
        sdl: &str,
        builder: Builder,
        limits: Limits,
        introspection: bool,
        max_bytes: u64,
    ) -> Self {
        let type_system = TypeSystem::parse_and_validate(sdl, "schema.graphql")
            .expect("the program's own schema is valid");
        Self {
            type_system: introspection::with_is_one_of(type_system),
            diagnostics_schema: builder.finish(),
            limits,
            introspection,
            cached: Cache::with_weighter(1_000, max_bytes, DocumentWeighter),
        }
    }

    /// The valid document, or its errors.
    pub async fn get_or_parse(&self, text: &str) -> Result<Arc<ParsedDocument>, Vec<ServerError>> {
        if let Some(document) = self.cached.get(text) {
            return Ok(document);
        }
        let document = Arc::new(self.parse(text).await?);
        self.cached.insert(text.to_owned(), document.clone());
        Ok(document)
    }

    async fn parse(&self, text: &str) -> Result<ParsedDocument, Vec<ServerError>> {
        let mut parser = Parser::new()
            .recursion_limit(RECURSION_LIMIT)
            .token_limit(usize::try_from(self.limits.max_tokens).unwrap_or(usize::MAX));
        let parsed = parse(&mut parser, text);
        let tokens = parser.tokens_reached() as u64;
        let size = match &parsed {
            _ if parser.recursion_reached() > RECURSION_LIMIT => DocumentSize::TOO_DEEP,
            Ok(ast) => DocumentSize::of(ast),
            Err(_) => DocumentSize::default(),
        };
        // Checked before validation, which visits a fragment once per spread.
        Cost { tokens, depth: size.depth, fields: size.fields, ..Cost::default() }
            .check(&self.limits)
            .map_err(|refusal| vec![refusal.into()])?;
        let ast = parsed.map_err(|found| located(&found.errors, OperationError::Syntax))?;
        let document = match ast.to_executable(&self.type_system) {
            Ok(document) => document.validate(&self.type_system),
            Err(found) => Err(found),
        };
        let valid = match document {
            Ok(valid) => valid,
            Err(found) => {
                let diagnosed = self.diagnose(&ast).await;
                return Err(
                    diagnosed.unwrap_or_else(|| located(&found.errors, OperationError::Validation))
                );
            }
        };
        let errors = input_validation::in_document(&self.type_system, &valid);
        if !errors.is_empty() {
            return Err(placed(errors, &valid.sources));
        }
        let executable = conversion::convert(&ast);
        let non_null_variables = input_validation::non_null_variables(&self.type_system, &valid);
        Ok(ParsedDocument { valid, executable, tokens, non_null_variables })
    }

    /// The errors that async-graphql finds in a document; `None` if it finds none.
    async fn diagnose(&self, document: &ast::Document) -> Option<Vec<ServerError>> {
        let mut request = Request::new(String::new()).only_introspection();
        request.set_parsed_query(conversion::convert(document));
        // It is a pre-release, and its validation panics on some documents.
        let executing = AssertUnwindSafe(self.diagnostics_schema.execute(request));
        let errors = executing.catch_unwind().await.ok()?.errors;
        let errors: Vec<_> = errors
            .into_iter()
            .filter(|error| error.path.is_empty())
            .map(|error| ServerError {
                locations: error.locations,
                ..OperationError::Validation(error.message).into()
            })
            .collect();
        (!errors.is_empty()).then_some(errors)
    }

    /// The operation of a request, if it is valid and within the limits.
    pub fn prepare(
        &self,
        document: &ParsedDocument,
        graphql_request: &GraphqlRequest,
        lengths: &ListLengths,
    ) -> Result<Prepared, Vec<ServerError>> {
        let one = |refusal: OperationError| vec![refusal.into()];
        let operation =
            document.operation(graphql_request.operation_name.as_deref()).map_err(one)?;
        let variables = input_validation::coerce_variables(
            &self.type_system,
            operation,
            &graphql_request.variables,
        )
        .map_err(|errors| placed(errors, &document.valid.sources))?;
        let mut cost = CostEstimator::new(&document.valid, &variables, lengths)
            .operation(&operation.selection_set);
        cost.tokens = document.tokens;
        cost.check(&self.limits).map_err(one)?;
        if !self.introspection && introspection::is_asked(&document.valid, operation) {
            return Err(one(OperationError::Introspection));
        }
        let has_null_argument =
            document.non_null_variables.iter().any(|name| variables.get(name) == Some(&Json::Null));
        let work = self.work(document, operation, graphql_request, variables).map_err(one)?;
        Ok(Prepared { kind: operation.operation_type, cost, has_null_argument, work })
    }

    fn work(
        &self,
        document: &ParsedDocument,
        operation: &Operation,
        graphql_request: &GraphqlRequest,
        variables: Map<String, Json>,
    ) -> Result<Work, OperationError> {
        let mut introspected = Introspection::default();
        let is_asked = introspection::is_asked(&document.valid, operation);
        let asks_nothing_else = operation.is_query() && operation.is_introspection(&document.valid);
        if operation.is_query() && (is_asked || asks_nothing_else) {
            let variables = introspection::json_map(&variables);
            introspected =
                Introspection::run(&self.type_system, &document.valid, operation, variables)
                    .map_err(OperationError::Validation)?;
        }
        if asks_nothing_else {
            return Ok(Work::Introspected(introspected.into_response()));
        }
        let mut executable = document.executable.clone();
        let absent: HashSet<&str> = operation
            .variables
            .iter()
            .map(|definition| definition.name.as_str())
            .filter(|name| !variables.contains_key(*name))
            .collect();
        if !absent.is_empty() {
            conversion::remove_absent(&mut executable, &absent);
        }
        let mut request = Request::new(String::new());
        if is_asked {
            request = request.disable_introspection();
        }
        request.set_parsed_query(executable);
        request.operation_name = graphql_request.operation_name.clone();
        request.variables = Variables::from_json(Json::Object(variables));
        Ok(Work::Run(request, introspected))
    }
}

/// Parses a document. apollo-parser does not support descriptions in executable documents
/// (September 2025 specification): if it fails, they are replaced by spaces, which keeps all
/// positions.
fn parse(parser: &mut Parser, text: &str) -> Result<ast::Document, WithErrors<ast::Document>> {
    parser.parse_ast(text, "document").or_else(|failed| match descriptions::blank(text) {
        Some(text) => parser.parse_ast(text, "document"),
        None => Err(failed),
    })
}

impl ParsedDocument {
    fn operation(&self, name: Option<&str>) -> Result<&Node<Operation>, OperationError> {
        self.valid.operations.get(name).map_err(|_| match name {
            Some(name) => OperationError::UnknownOperation(name.to_owned()),
            None => OperationError::ManyOperations,
        })
    }
}

/// The errors of a parser or validator, with their locations.
fn located(found: &DiagnosticList, refusal: fn(String) -> OperationError) -> Vec<ServerError> {
    let error = |diagnostic: apollo_compiler::diagnostic::Diagnostic<'_, _>| {
        let error = diagnostic.to_json();
        let message = error.message.trim_end_matches('.').to_owned();
        refusal(message).at(error.locations.first().map(position))
    };
    found.iter().map(error).collect()
}

/// The errors of input values, with their locations.
fn placed(errors: Vec<InputError>, sources: &SourceMap) -> Vec<ServerError> {
    let error = |error: InputError| {
        let place = error.place.and_then(|place| place.line_column(sources));
        OperationError::Validation(error.message).at(place.as_ref().map(position))
    };
    errors.into_iter().map(error).collect()
}

fn position(place: &LineColumn) -> Pos {
    Pos { line: place.line, column: place.column }
}

/// Whether the operation of a request is a query; true if the document can't be parsed.
pub fn is_query(graphql_request: &GraphqlRequest) -> bool {
    let mut parser = Parser::new().recursion_limit(RECURSION_LIMIT);
    let Ok(document) = parse(&mut parser, &graphql_request.query) else { return true };
    let named = graphql_request.operation_name.as_deref();
    document.definitions.iter().all(|definition| match definition {
        ast::Definition::OperationDefinition(operation) => {
            let is_other =
                named.is_some_and(|name| operation.name.as_ref().is_none_or(|it| it != name));
            is_other || operation.operation_type == OperationType::Query
        }
        _ => true,
    })
}
