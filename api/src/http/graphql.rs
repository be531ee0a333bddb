//! GraphQL over HTTP: POST with a JSON body, GET with query parameters.

use actix_web::{HttpRequest, HttpResponse, Resource, http::StatusCode, http::header, web};
use async_graphql::{Request, Variables, parser::types::OperationType};
use serde::Deserialize;

use crate::{
    graphql::{self, Schema, code},
    store::Store,
};

const JSON: &str = "application/json; charset=utf-8";
const GRAPHQL_RESPONSE: &str = "application/graphql-response+json; charset=utf-8";

pub(super) fn resource() -> Resource {
    web::resource("/graphql").get(get).post(post).default_service(web::to(|| async {
        HttpResponse::MethodNotAllowed()
            .insert_header((header::ALLOW, "GET, POST"))
            .content_type(JSON)
            .body(refusal("use POST with a JSON body, or GET with a `query` parameter"))
    }))
}

/// The parameters of a GET request.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    query: Option<String>,
    operation_name: Option<String>,
    /// JSON.
    variables: Option<String>,
}

async fn get(
    http: HttpRequest,
    schema: web::Data<Schema>,
    store: web::Data<Store>,
) -> HttpResponse {
    let parameters = match web::Query::<Parameters>::from_query(http.query_string()) {
        Ok(parameters) => parameters.into_inner(),
        Err(_) => return refuse(StatusCode::BAD_REQUEST, "the address's parameters can't be read"),
    };
    let Some(query) = parameters.query else {
        return refuse(
            StatusCode::BAD_REQUEST,
            "the parameter `query` is missing: write ?query={dataset{revision}}",
        );
    };
    let mut request = Request::new(query);
    if let Some(name) = parameters.operation_name {
        request = request.operation_name(name);
    }
    if let Some(variables) = parameters.variables.filter(|variables| !variables.is_empty()) {
        match serde_json::from_str(&variables) {
            Ok(json @ serde_json::Value::Object(_)) => {
                request = request.variables(Variables::from_json(json));
            }
            _ => {
                return refuse(
                    StatusCode::BAD_REQUEST,
                    "the parameter `variables` is no JSON object",
                );
            }
        }
    }
    let named = request.operation_name.clone();
    if let Ok(document) = request.parsed_query()
        && document
            .operations
            .iter()
            .filter(|(name, _)| {
                named.is_none() || name.map(|name| name.as_str()) == named.as_deref()
            })
            .any(|(_, operation)| operation.node.ty != OperationType::Query)
    {
        return HttpResponse::MethodNotAllowed()
            .insert_header((header::ALLOW, "POST"))
            .content_type(JSON)
            .body(refusal("GET runs queries only; send anything else by POST"));
    }
    execute(&http, &schema, &store, request).await
}

async fn post(
    http: HttpRequest,
    body: Result<web::Bytes, actix_web::Error>,
    schema: web::Data<Schema>,
    store: web::Data<Store>,
) -> HttpResponse {
    let content_type =
        http.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = content_type.and_then(|value| value.split(';').next()).map(str::trim);
    if !media_type.is_some_and(|media_type| media_type.eq_ignore_ascii_case("application/json")) {
        return refuse(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "send the request as JSON, with the header `Content-Type: application/json`",
        );
    }
    let body = match body {
        Ok(body) => body,
        Err(error) => {
            let status = error.as_response_error().status_code();
            return refuse(status, "the body can't be read, or is larger than the service takes");
        }
    };
    match serde_json::from_slice::<Request>(&body) {
        Ok(request) => execute(&http, &schema, &store, request).await,
        Err(error) => refuse(
            StatusCode::BAD_REQUEST,
            &format!(
                r#"the body is no GraphQL request: {error}; send {{"query": "…", "variables": {{…}}}}"#
            ),
        ),
    }
}

async fn execute(
    http: &HttpRequest,
    schema: &Schema,
    store: &Store,
    request: Request,
) -> HttpResponse {
    let response = graphql::execute(schema, store, request).await;
    let accepts_new = http
        .headers()
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("application/graphql-response+json"));
    // A request that was refused before it ran has errors without a path, and no data.
    let refused =
        !response.errors.is_empty() && response.errors.iter().all(|error| error.path.is_empty());
    let body = match refused {
        true => serde_json::to_vec(&serde_json::json!({ "errors": response.errors })),
        false => serde_json::to_vec(&response),
    };
    let body = body.expect("a response is JSON");
    let status = if refused && accepts_new { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    HttpResponse::build(status)
        .content_type(if accepts_new { GRAPHQL_RESPONSE } else { JSON })
        .body(body)
}

fn refuse(status: StatusCode, message: &str) -> HttpResponse {
    HttpResponse::build(status).content_type(JSON).body(refusal(message))
}

/// A response that has nothing but one error.
fn refusal(message: &str) -> String {
    let error = serde_json::json!({ "message": message, "extensions": { "code": code::REQUEST } });
    serde_json::json!({ "errors": [error] }).to_string()
}
