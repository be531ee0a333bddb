//! Whether the process lives, and whether it can answer.

use actix_web::{HttpResponse, web};

use crate::execution::ExecutionThreads;

/// The process lives.
pub(super) async fn alive() -> HttpResponse {
    HttpResponse::Ok().body("ok\n")
}

/// The database answers and has content.
pub(super) async fn ready(threads: web::Data<ExecutionThreads>) -> HttpResponse {
    match threads.store().is_ready().await {
        Ok(true) => HttpResponse::Ok().body("ready\n"),
        Ok(false) => HttpResponse::ServiceUnavailable().body("the knowledge base is empty\n"),
        Err(error) => {
            tracing::error!(cause = ?error, "not ready");
            HttpResponse::ServiceUnavailable().body("the database does not answer\n")
        }
    }
}
