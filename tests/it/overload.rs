//! Overload, timeouts and the limit of the response size.

use std::time::Duration;

use futures_util::future::join_all;
use harness::{Backend, Database, Service, run};
use reqwest::StatusCode;
use serde_json::{Value, json};

/// An operation that formats two citations for each of `first` records of four kinds. Each `number`
/// gives a different document.
fn expensive(number: usize, first: usize) -> Value {
    let lists: String = ["sources", "events", "documents", "contributions"]
        .map(|list| {
            format!(
                " {list}{number}: {list}(first: {first}) {{ nodes {{ a: cite(style: APA) c: cite(style: CHICAGO) }} }}"
            )
        })
        .concat();
    json!({ "query": format!("{{ {lists} }}") })
}

/// The status, the `Retry-After` header and the first error code of an operation.
async fn outcome(service: &Service, body: Value) -> (StatusCode, Option<String>, Value) {
    let request = service.client().post(service.at("/graphql")).json(&body);
    let response = request.send().await.unwrap();
    let retry =
        response.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
    let status = response.status();
    let answer: Value = response.json().await.unwrap();
    (status, retry, answer["errors"][0]["extensions"]["code"].clone())
}

#[test]
fn operations_that_cannot_run_in_time_are_rejected_and_the_others_are_answered() {
    run(async {
        let arguments =
            ["--workers", "1", "--operations", "4", "--response-cache", "0", "--record-cache", "0"];
        let service = Service::start_with(Database::filled(Backend::Sqlite), &arguments);
        let asked = join_all((0..16).map(|number| outcome(&service, expensive(number, 20)))).await;
        let answered = asked.iter().filter(|(status, ..)| *status == 200).count();
        assert!((1..=4).contains(&answered), "{asked:?}");
        for (status, retry, code) in asked.iter().filter(|(status, ..)| *status != 200) {
            assert_eq!((*status, code), (StatusCode::SERVICE_UNAVAILABLE, &json!("BUSY")));
            assert_eq!(retry.as_deref(), Some("1"));
        }
        let (status, ..) = outcome(&service, json!({ "query": "{ dataset { revision } }" })).await;
        assert_eq!(status, 200, "slots are free again");
    });
}

#[test]
fn an_operation_ends_at_its_timeout_and_health_checks_still_answer() {
    run(async {
        let arguments = ["--workers", "1", "--timeout", "1", "--record-cache", "0"];
        let service = Service::start_with(Database::filled(Backend::Sqlite), &arguments);
        let operations = join_all((0..6).map(|number| outcome(&service, expensive(number, 100))));
        let health = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            service.client().get(service.at("/healthz")).send().await.unwrap().status()
        };
        let (operations, health) = tokio::join!(operations, health);
        assert_eq!(health, 200);
        for (status, _, code) in operations {
            assert_eq!((status, code), (StatusCode::GATEWAY_TIMEOUT, json!("TIMEOUT")));
        }
        // The aborted operations no longer run: the worker is free for others.
        let (status, ..) = outcome(&service, json!({ "query": "{ dataset { revision } }" })).await;
        assert_eq!(status, 200);
    });
}

#[test]
fn a_response_above_the_size_limit_is_aborted_with_an_error() {
    run(async {
        let arguments = ["--max-response", "20000"];
        let service = Service::start_with(Database::filled(Backend::Sqlite), &arguments);
        let large =
            "{ events(first: 100) { nodes { title summary citations { source { title url } } } } }";
        let (status, _, code) = outcome(&service, json!({ "query": large })).await;
        // With `application/json`, every GraphQL response has the status 200.
        assert_eq!((status, code), (StatusCode::OK, json!("QUERY_TOO_COSTLY")));
        let errors = service.errors(large).await;
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert_eq!(errors[0]["extensions"]["measure"], "bytes");
        assert_eq!(errors[0]["extensions"]["limit"], 20_000);
    });
}
