//! Whether the process lives, and whether it can answer.

use actix_web::{HttpResponse, web};

use crate::store::watch::DatabaseHealth;

/// The process lives.
pub(super) async fn alive() -> HttpResponse {
    HttpResponse::Ok().body("ok\n")
}

/// The database answers and has content.
pub(super) async fn ready(health: web::Data<DatabaseHealth>) -> HttpResponse {
    match health.check() {
        Ok(()) => HttpResponse::Ok().body("ready\n"),
        Err(trouble) => HttpResponse::ServiceUnavailable().body(format!("{trouble}\n")),
    }
}
