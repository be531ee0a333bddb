//! Whether the process lives, and whether it can answer.

use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::{HttpResponse, web};

use crate::execution::ExecutionThreads;

/// The process lives.
pub(super) async fn alive() -> HttpResponse {
    HttpResponse::Ok().body("ok\n")
}

/// The database answers and has content, and the service is not about to end.
pub(super) async fn ready(
    threads: web::Data<ExecutionThreads>,
    leaving: web::Data<AtomicBool>,
) -> HttpResponse {
    if leaving.load(Ordering::Relaxed) {
        return HttpResponse::ServiceUnavailable().body("the service is shutting down\n");
    }
    match threads.store().is_ready().await {
        Ok(true) => HttpResponse::Ok().body("ready\n"),
        Ok(false) => HttpResponse::ServiceUnavailable().body("the knowledge base is empty\n"),
        Err(error) => {
            tracing::error!(cause = ?error, "not ready");
            HttpResponse::ServiceUnavailable().body("the database does not answer\n")
        }
    }
}
