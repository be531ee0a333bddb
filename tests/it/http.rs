//! Responses to valid and invalid HTTP requests.

use std::time::Duration;

use harness::{Backend, Database, Service, on_both};
use reqwest::{Method, Response, StatusCode, Url};
use serde_json::{Value, json};

async fn post(service: &Service, content_type: &str, body: impl Into<reqwest::Body>) -> Response {
    let request = service.client().post(service.at("/graphql"));
    request.header("Content-Type", content_type).body(body).send().await.unwrap()
}

async fn get(service: &Service, parameters: &[(&str, &str)]) -> Response {
    let address = Url::parse_with_params(&service.at("/graphql"), parameters).unwrap();
    service.client().get(address).send().await.unwrap()
}

/// The message of an error response. Asserts that it is a GraphQL error in JSON without
/// implementation details.
async fn error_message(response: Response, status: StatusCode) -> String {
    assert_eq!(response.status(), status);
    let text = response.text().await.unwrap();
    assert_no_internals(&text);
    let body: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("not JSON: {text}"));
    assert!(body["errors"][0]["extensions"]["code"].is_string(), "an error without a code: {body}");
    body["errors"][0]["message"].as_str().unwrap().to_owned()
}

fn assert_no_internals(text: &str) {
    for internal in ["SELECT", "sqlx", "panicked", ".rs", "/work", "/tmp", "DbErr", "sea_orm"] {
        assert!(!text.contains(internal), "the response contains `{internal}`: {text}");
    }
}

const QUERY: &str = "query E($slug: Slug!) { event(slug: $slug) { slug } }";
const SLUG: &str = "admm-05-jakarta-2011";

on_both! {
    async fn post_answers_a_query_with_variables(service: &'static Service) {
        let body = json!({ "query": QUERY, "variables": { "slug": SLUG }, "operationName": "E" });
        let response = post(service, "application/json; charset=utf-8", body.to_string()).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "application/json; charset=utf-8");
        let body: Value = response.json().await.unwrap();
        assert_eq!(body, json!({ "data": { "event": { "slug": SLUG } } }));
    }

    async fn get_answers_a_query_with_variables(service: &'static Service) {
        let variables = json!({ "slug": SLUG }).to_string();
        let response = get(service, &[("query", QUERY), ("variables", &variables)]).await;
        assert_eq!(response.status(), StatusCode::OK);
        let body: Value = response.json().await.unwrap();
        assert_eq!(body, json!({ "data": { "event": { "slug": SLUG } } }));
    }

    async fn get_runs_the_named_operation(service: &'static Service) {
        let document = "query A { events { totalCount } } query B { themes { totalCount } }";
        let response = get(service, &[("query", document), ("operationName", "B")]).await;
        let body: Value = response.json().await.unwrap();
        assert_eq!(body, json!({ "data": { "themes": { "totalCount": 20 } } }));
    }

    async fn get_rejects_a_mutation(service: &'static Service) {
        let response = get(service, &[("query", "mutation { anything }")]).await;
        assert_eq!(response.headers()["allow"], "POST");
        let message = error_message(response, StatusCode::METHOD_NOT_ALLOWED).await;
        assert_eq!(message, "GET runs queries only; send a mutation by POST and a subscription by WebSocket");
    }

    async fn get_without_a_query_receives_an_example(service: &'static Service) {
        let message = error_message(get(service, &[]).await, StatusCode::BAD_REQUEST).await;
        assert!(message.contains("?query="), "{message}");
    }

    async fn get_rejects_variables_that_are_not_an_object(service: &'static Service) {
        for variables in ["{", "[]", "1"] {
            let response = get(service, &[("query", QUERY), ("variables", variables)]).await;
            let message = error_message(response, StatusCode::BAD_REQUEST).await;
            assert!(message.contains("`variables` is not a JSON object"), "{message}");
        }
    }

    async fn an_unsupported_content_type_is_rejected(service: &'static Service) {
        let body = json!({ "query": "{ events { totalCount } }" }).to_string();
        for content_type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx"] {
            let response = post(service, content_type, body.clone()).await;
            let message = error_message(response, StatusCode::UNSUPPORTED_MEDIA_TYPE).await;
            assert!(message.contains("Content-Type: application/json"), "{message}");
        }
    }

    async fn an_invalid_request_body_is_rejected(service: &'static Service) {
        for (body, expected) in [
            ("{", "the body is not a GraphQL request"),
            ("", "the body is not a GraphQL request"),
            ("1", "the body is not a GraphQL request"),
            (r#"{"query": 1}"#, "the member `query` is not a string"),
            (r#"{"query": "{ dataset { name } }", "operationName": []}"#, "the member `operationName` is not a string"),
            (r#"{"query": "{ dataset { name } }", "variables": "x"}"#, "the member `variables` is not a JSON object"),
            (r#"{"query": "{ dataset { name } }", "extensions": 7}"#, "the member `extensions` is not a JSON object"),
            ("{}", "the member `query` is missing"),
            (r#"[{"query": "{ dataset { name } }"}]"#, "batches are not supported"),
        ] {
            let response = post(service, "application/json", body).await;
            let message = error_message(response, StatusCode::BAD_REQUEST).await;
            assert!(message.contains(expected), "{body}: {message}");
        }
    }

    async fn a_body_of_two_mebibytes_is_rejected(service: &'static Service) {
        let body = json!({ "query": format!("{{ events {{ totalCount }} }} #{}", "x".repeat(2 << 20)) });
        let response = post(service, "application/json", body.to_string()).await;
        let message = error_message(response, StatusCode::PAYLOAD_TOO_LARGE).await;
        assert!(message.contains("larger than 1048576 bytes"), "{message}");
    }

    async fn an_unsupported_method_on_graphql_receives_405_with_the_allowed_methods(service: &'static Service) {
        for method in [Method::PUT, Method::DELETE, Method::PATCH] {
            let response = service
                .client()
                .request(method, service.at("/graphql"))
                .send()
                .await
                .unwrap();
            assert_eq!(response.headers()["allow"], "GET, HEAD, POST");
            error_message(response, StatusCode::METHOD_NOT_ALLOWED).await;
        }
    }

    /// GraphQL over HTTP: with this media type, a failed request has an error status.
    async fn graphql_response_json_reports_failures_by_status(service: &'static Service) {
        for (document, status) in [("{ events { totalCount } }", 200), ("{ nothing }", 400), ("{", 400)] {
            let response = service
                .client()
                .post(service.at("/graphql"))
                .header("Accept", "application/graphql-response+json")
                .json(&json!({ "query": document }))
                .send()
                .await
                .unwrap();
            assert_eq!(response.status().as_u16(), status, "{document}");
            assert_eq!(
                response.headers()["content-type"],
                "application/graphql-response+json; charset=utf-8",
            );
        }
    }

    async fn an_invalid_document_is_rejected_with_a_code(service: &'static Service) {
        for (document, code) in [
            ("{ events {", "GRAPHQL_PARSE_FAILED"),
            ("", "GRAPHQL_PARSE_FAILED"),
            ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
            ("{ events }", "GRAPHQL_VALIDATION_FAILED"),
            ("{ event { slug } }", "GRAPHQL_VALIDATION_FAILED"),
            ("query($s: Slug!) { event(slug: $s) { slug } }", "GRAPHQL_VALIDATION_FAILED"),
            ("query A { events { totalCount } } query B { events { totalCount } }", "GRAPHQL_VALIDATION_FAILED"),
        ] {
            let errors = service.errors(document).await;
            assert_no_internals(&json!(errors).to_string());
            assert_eq!(errors[0]["extensions"]["code"], code, "{document}: {errors:?}");
        }
    }

    async fn a_document_nested_5000_levels_deep_does_not_crash_the_service(service: &'static Service) {
        let mut document = "slug".to_owned();
        for _ in 0..5_000 {
            document = format!("parent {{ {document} }}");
        }
        let response = service
            .client()
            .post(service.at("/graphql"))
            .json(&json!({ "query": format!("{{ body(slug: \"admm\") {{ {document} }} }}") }))
            .send()
            .await;
        response.expect("the service answers").text().await.unwrap();
        service.query("{ events { totalCount } }").await;
    }

    async fn healthz_and_readyz_answer_200(service: &'static Service) {
        for (path, text) in [("/healthz", "ok\n"), ("/readyz", "ready\n")] {
            let response = service.client().get(service.at(path)).send().await.unwrap();
            assert_eq!(response.status(), StatusCode::OK);
            assert_eq!(response.text().await.unwrap(), text);
        }
    }

    async fn the_schema_is_served(service: &'static Service) {
        let response = service.client().get(service.at("/schema.graphql")).send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/plain; charset=utf-8");
        let sdl = response.text().await.unwrap();
        let printed = harness::Adkb::new(["schema"]).run().success().stdout;
        assert_eq!(sdl.trim_end(), printed.trim_end());
    }

    async fn an_unknown_path_is_not_found(service: &'static Service) {
        let response = service.client().get(service.at("/nothing")).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
    }
}

#[test]
fn without_its_database_the_service_is_healthy_but_not_ready() {
    harness::run(async {
        let service = Service::start(Database::filled(Backend::Postgres));
        service.database().destroy();
        let status = async |path: &str| {
            let response = service.client().get(service.at(path)).send().await.unwrap();
            let status = response.status();
            assert_no_internals(&response.text().await.unwrap());
            status
        };
        let began = std::time::Instant::now();
        while status("/readyz").await != StatusCode::SERVICE_UNAVAILABLE {
            assert!(began.elapsed() < Duration::from_secs(5), "{}", service.log());
        }
        assert_eq!(status("/healthz").await, StatusCode::OK);
        let errors = service.errors("{ events { totalCount } }").await;
        assert_eq!(errors[0]["extensions"]["code"], "BUSY");
        assert_no_internals(&json!(errors).to_string());
        assert!(!service.log().contains("panicked"), "{}", service.log());
    });
}

#[test]
fn clients_do_not_notice_a_database_restart() {
    harness::run(async {
        let database = Database::filled(Backend::Postgres);
        let no_caches = ["--response-cache", "0", "--record-cache", "0"];
        let service = Service::start_with(database, &no_caches);
        let query = "{ events { totalCount } }";
        // Opens connections on each worker.
        futures_util::future::join_all((0..20).map(|_| service.query(query))).await;
        service.database().disconnect().await;
        for _ in 0..20 {
            let data = service.query(query).await;
            assert_eq!(data["events"]["totalCount"], 491);
        }
    });
}

on_both! {
    async fn the_page_is_served_with_a_strict_content_security_policy(service: &'static Service) {
        for path in ["/", "/event/medex-lucknow-2019", "/graphiql"] {
            let request = service.client().get(service.at(path)).header("Accept", "text/html,*/*;q=0.8");
            let response = request.send().await.unwrap();
            assert_eq!(response.status(), StatusCode::OK, "{path}");
            assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
            let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
            assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
            assert_eq!(response.headers()["x-content-type-options"], "nosniff");
            let page = response.text().await.unwrap();
            let scripts: Vec<&str> = page.split("src=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
            assert!(!scripts.is_empty(), "{page}");
            for script in scripts {
                assert!(script.starts_with("/assets/"), "{path} loads {script}");
                let response = service.client().get(service.at(script)).send().await.unwrap();
                assert_eq!(response.headers()["cache-control"], "public, max-age=31536000, immutable");
                assert_eq!(response.headers()["content-type"], "text/javascript; charset=utf-8");
                let tag = response.headers()["etag"].to_str().unwrap().to_owned();
                let again = service.client().get(service.at(script)).header("If-None-Match", tag);
                assert_eq!(again.send().await.unwrap().status(), StatusCode::NOT_MODIFIED);
            }
        }
    }

    async fn an_unknown_path_does_not_return_the_page_to_a_program(service: &'static Service) {
        for path in ["/grapql", "/assets/nothing.js", "/assets/../Cargo.toml", "/event/medex-lucknow-2019"] {
            let response = service.client().get(service.at(path)).send().await.unwrap();
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
            assert!(response.text().await.unwrap().contains("/graphql the API"), "{path}");
        }
    }

    async fn the_documents_of_the_page_are_persisted_by_hash_from_the_start(service: &'static Service) {
        let documents = service.client().get(service.at("/persisted-documents.json")).send().await.unwrap();
        let documents: serde_json::Map<String, Value> = documents.json().await.unwrap();
        assert!(documents.len() > 10);
        for hash in documents.keys() {
            let body = json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": hash } } });
            let answer: Value = post(service, "application/json", body.to_string()).await.json().await.unwrap();
            let code = &answer["errors"][0]["extensions"]["code"];
            assert_ne!(code, "PERSISTED_QUERY_NOT_FOUND", "{hash}");
        }
    }
}
