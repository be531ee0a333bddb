//! `/metrics`, for Prometheus.

use std::sync::{Arc, Mutex};

use actix_web::{HttpResponse, web};

use super::graphql::Front;
use crate::{
    metrics::{METRICS, Stand},
    store::read_pool::ReadPool,
};

/// The database connections of all threads.
#[derive(Debug, Default)]
pub(super) struct Pools(Mutex<Vec<Arc<ReadPool>>>);

impl Pools {
    pub fn add(&self, pool: Arc<ReadPool>) {
        self.0.lock().expect("nothing panics while the lock is held").push(pool);
    }

    /// How many connections are open, and how many of them nobody uses.
    fn connections(&self) -> (u32, u32) {
        let pools = self.0.lock().expect("nothing panics while the lock is held");
        pools.iter().fold((0, 0), |(open, idle), pool| (open + pool.open(), idle + pool.idle()))
    }
}

pub(super) async fn text(front: web::Data<Front>, pools: web::Data<Pools>) -> HttpResponse {
    let generation = front.service.current().generation();
    let (connections, idle) = pools.connections();
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
