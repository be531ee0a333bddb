//! `/metrics`, for Prometheus.

use std::sync::Mutex;

use actix_web::{HttpResponse, web};
use sea_orm::{DatabaseConnection, DbBackend};

use super::graphql::Front;
use crate::metrics::{METRICS, Stand};

/// The pools of all threads.
#[derive(Debug, Default)]
pub(super) struct Pools(Mutex<Vec<DatabaseConnection>>);

impl Pools {
    pub fn add(&self, pool: DatabaseConnection) {
        self.0.lock().expect("nothing panics while the lock is held").push(pool);
    }

    /// How many connections are open, and how many of them nobody uses.
    fn connections(&self) -> (u32, u32) {
        let pools = self.0.lock().expect("nothing panics while the lock is held");
        let of = |db: &DatabaseConnection| match db.get_database_backend() {
            DbBackend::Postgres => {
                let pool = db.get_postgres_connection_pool();
                (pool.size(), pool.num_idle())
            }
            _ => {
                let pool = db.get_sqlite_connection_pool();
                (pool.size(), pool.num_idle())
            }
        };
        pools.iter().map(of).fold((0, 0), |(open, idle), (size, unused)| {
            (open + size, idle + u32::try_from(unused).unwrap_or(u32::MAX))
        })
    }
}

pub(super) async fn text(front: web::Data<Front>, pools: web::Data<Pools>) -> HttpResponse {
    let generation = front.service.current().generation();
    let (connections, idle) = pools.connections();
    METRICS.stand(Stand {
        revision: generation.revision,
        caches: [
            ("response", generation.responses.bytes()),
            ("record", generation.records.bytes()),
        ],
        connections,
        idle,
    });
    HttpResponse::Ok()
        .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
        .body(METRICS.text())
}
