//! Liveness and readiness checks.

use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::{HttpResponse, web};

use crate::store::watch::DatabaseHealth;

/// Liveness: the process runs.
pub(super) async fn alive() -> HttpResponse {
    HttpResponse::Ok().body("ok\n")
}

/// Readiness: the database responds and has content, and the service is not shutting down.
pub(super) async fn ready(
    health: web::Data<DatabaseHealth>,
    draining: web::Data<AtomicBool>,
) -> HttpResponse {
    if draining.load(Ordering::Relaxed) {
        return HttpResponse::ServiceUnavailable().body("the service is shutting down\n");
    }
    match health.check() {
        Ok(()) => HttpResponse::Ok().body("ready\n"),
        Err(trouble) => HttpResponse::ServiceUnavailable().body(format!("{trouble}\n")),
    }
}
