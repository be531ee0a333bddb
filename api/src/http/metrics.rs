//! `/metrics`, for Prometheus.

use actix_web::{HttpResponse, web};

use super::graphql::Front;
use crate::{
    execution::ExecutionThreads,
    metrics::{METRICS, Stand},
};

pub(super) async fn text(
    front: web::Data<Front>,
    threads: web::Data<ExecutionThreads>,
) -> HttpResponse {
    let generation = front.service.current().generation();
    let (connections, idle) = threads.connections();
    METRICS.stand(Stand {
        revision: generation.version.revision,
        caches: [generation.responses.bytes(), generation.records.bytes()],
        connections,
        idle,
    });
    HttpResponse::Ok()
        .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
        .body(METRICS.text())
}
