//! Test fixtures, each created in one line: a run of the program, the service as a process, a
//! SQLite or PostgreSQL database, and small datasets.

#![expect(clippy::unwrap_used, reason = "a test fails if its fixture fails")]

mod adkb;
mod database;
mod dataset;
mod guard;
mod pooler;
mod postgres;
mod proxy;
mod service;
mod statements;
mod values;

pub use adkb::{Adkb, Output, adkb};
pub use database::{Backend, Database, postgres_database};
pub use dataset::Dataset;
pub use guard::{folder, temporary};
pub use pooler::PgBouncer;
pub use proxy::Proxy;
pub use service::Service;
pub use statements::{StatementCounter, settings};
pub use values::{flatten, number, texts};

/// A fixture that a test receives for each database backend. See [`on_both`].
pub trait Fixture {
    fn on(backend: Backend) -> Self;
}

impl Fixture for Backend {
    fn on(backend: Backend) -> Self {
        backend
    }
}

/// A new database with the shipped dataset.
impl Fixture for Database {
    fn on(backend: Backend) -> Self {
        Self::filled(backend)
    }
}

/// A new service over the shipped dataset.
impl Fixture for Service {
    fn on(backend: Backend) -> Self {
        Self::start(Database::filled(backend))
    }
}

/// The service over the shipped dataset that all read-only tests share.
impl Fixture for &'static Service {
    fn on(backend: Backend) -> Self {
        Service::shared(backend)
    }
}

/// Runs an asynchronous test on a multi-threaded runtime.
pub fn run(test: impl Future<Output = ()>) {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(2).enable_all().build().unwrap().block_on(test);
}

/// Defines tests that run on both databases, as `name::sqlite` and `name::postgres`. The type of
/// the parameter selects the fixture: see [`Fixture`].
#[macro_export]
macro_rules! on_both {
    ($($(#[$meta:meta])* async fn $name:ident($given:ident: $type:ty) $body:block)*) => {$(
        $(#[$meta])*
        mod $name {
            use super::*;

            async fn holds($given: $type) $body

            #[test]
            fn sqlite() {
                $crate::run(holds($crate::Fixture::on($crate::Backend::Sqlite)));
            }

            #[test]
            fn postgres() {
                $crate::run(holds($crate::Fixture::on($crate::Backend::Postgres)));
            }
        }
    )*};
}
