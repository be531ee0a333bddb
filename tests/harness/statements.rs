//! Counts the SQL statements of a request at the database driver.

use std::sync::{Arc, Mutex};

use ::adkb::{
    cache::CurrentRevision,
    config::Server,
    graphql::{GraphqlRequest, OperationResponse, Service as Api, Settings},
    store::Store,
};
use clap::Parser;
use serde_json::Value;
use tokio::task::{LocalSet, spawn_local};

use crate::{Backend, Database, Fixture, Service};

/// The API in this process, over the shipped dataset, with a record of the SQL statements executed.
pub struct StatementCounter {
    database: &'static Database,
}

/// The default settings of the service.
pub fn settings() -> Settings {
    Settings::from(&Defaults::parse_from(["adkb"]).server)
}

#[derive(Parser)]
struct Defaults {
    #[command(flatten)]
    server: Server,
}

impl Fixture for StatementCounter {
    fn on(backend: Backend) -> Self {
        Self { database: Service::shared(backend).database() }
    }
}

impl StatementCounter {
    /// The `data` of the response to a document, and its SQL statements with empty caches.
    pub fn query(&self, document: &str) -> (Value, Vec<String>) {
        self.queries(&[document]).remove(0)
    }

    /// The `data` of the response to each document, and its SQL statements. Caches persist from one
    /// document to the next.
    pub fn queries(&self, documents: &[&str]) -> Vec<(Value, Vec<String>)> {
        // As in the service: a task on a single-threaded runtime with its own connections.
        let documents: Vec<String> =
            documents.iter().map(|&document| document.to_owned()).collect();
        let answers = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            LocalSet::new().block_on(&runtime.unwrap(), async {
                spawn_local(answers(self.database, documents)).await.unwrap()
            })
        };
        std::thread::scope(|scope| scope.spawn(answers).join().unwrap())
    }
}

async fn answers(database: &Database, documents: Vec<String>) -> Vec<(Value, Vec<String>)> {
    let statements: Arc<Mutex<Vec<String>>> = Arc::default();
    let mut connection = database.connect().await;
    let noted = statements.clone();
    connection.set_metric_callback(move |info| {
        noted.lock().unwrap().push(info.statement.sql.clone());
    });
    let store = Store::new(connection);
    let settings = settings();
    let newest = store.newest_version().await.unwrap();
    let current = Arc::new(CurrentRevision::new(newest, settings.bounds));
    let api = Api::new(settings, current);
    // The first use of each revision runs statements of its own.
    let revision_cache = api.current().revision_cache();
    revision_cache.list_lengths(&store).await.unwrap();
    revision_cache.first_slugs(&store).await.unwrap();
    statements.lock().unwrap().clear();
    let mut answers = Vec::new();
    for query in documents {
        let request = GraphqlRequest { query, ..GraphqlRequest::default() };
        let body = match api.execute(&store, &request).await {
            OperationResponse::Complete { body, .. } => body,
            other => panic!("{other:?}"),
        };
        let body: Value = serde_json::from_slice(&body).unwrap();
        answers.push((body["data"].clone(), std::mem::take(&mut *statements.lock().unwrap())));
    }
    answers
}
