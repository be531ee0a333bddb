//! Counts the SQL statements of a request, at the driver.

use std::sync::{Arc, Mutex};

use ::adkb::{
    graphql::{execute, schema},
    store::Store,
};
use async_graphql::Request;
use serde_json::Value;
use tokio::task::{LocalSet, spawn_local};

use crate::{Backend, Database, Provided, Service};

/// The API in process, over the shipped dataset in a database that notes what it is asked.
pub struct Counted {
    database: &'static Database,
}

impl Provided for Counted {
    fn on(backend: Backend) -> Self {
        Self { database: Service::shared(backend).database() }
    }
}

impl Counted {
    /// The data of a document's answer, and the statements that it took.
    pub fn query(&self, document: &str) -> (Value, Vec<String>) {
        // As the service answers: a task of one thread, on its own connections.
        let answer = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let request = Request::new(document);
            LocalSet::new().block_on(&runtime.unwrap(), async {
                spawn_local(answer(self.database, request)).await.unwrap()
            })
        };
        std::thread::scope(|scope| scope.spawn(answer).join().unwrap())
    }
}

async fn answer(database: &Database, request: Request) -> (Value, Vec<String>) {
    let statements: Arc<Mutex<Vec<String>>> = Arc::default();
    let mut connection = database.connect().await;
    let noted = statements.clone();
    connection.set_metric_callback(move |info| {
        noted.lock().unwrap().push(info.statement.sql.clone());
    });
    let response = execute(&schema(), &Store::new(connection), request).await;
    assert!(response.errors.is_empty(), "{:?}", response.errors);
    let statements = std::mem::take(&mut *statements.lock().unwrap());
    (response.data.into_json().unwrap(), statements)
}
