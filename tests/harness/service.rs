//! The service as a process, and a client for it.

use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    sync::{Arc, OnceLock},
    time::Duration,
};

use ::adkb::store::Store;
use reqwest::Client;
use sea_orm::DatabaseConnection;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    Backend, Database,
    adkb::adkb,
    guard::{Ending, GuardedService, temporary},
};

/// A running `adkb serve`, killed on drop.
pub struct Service {
    // Declared before the database, so that it is dropped first.
    _process: GuardedService,
    address: String,
    folder: TempDir,
    database: Arc<Database>,
}

impl Service {
    pub fn start(database: impl Into<Arc<Database>>) -> Self {
        Self::start_with(database, &[])
    }

    /// Like [`Service::start`], with further arguments.
    pub fn start_with(database: impl Into<Arc<Database>>, arguments: &[&str]) -> Self {
        let database = database.into();
        let url = database.url();
        Self::start_at(database, &url, arguments)
    }

    /// Like [`Service::start_with`], with another URL for the database.
    pub fn start_at(database: impl Into<Arc<Database>>, url: &str, arguments: &[&str]) -> Self {
        let database = database.into();
        let folder = temporary();
        let mut command = vec![adkb().to_string_lossy().into_owned()];
        command.extend(["serve", "--port", "0", "--database-url"].map(str::to_owned));
        command.push(url.to_owned());
        command.extend(arguments.iter().map(|&argument| argument.to_owned()));
        let log = folder.path().join("log");
        let mut process = GuardedService::start(&command, Ending::Kill, &log, None);
        let mut line = String::new();
        BufReader::new(process.stdout()).read_line(&mut line).unwrap();
        let address = line.trim().split_once("http://").and_then(|(_, rest)| rest.split_once('/'));
        let Some((address, _)) = address else {
            panic!("adkb serve does not start: {line}{}", std::fs::read_to_string(log).unwrap());
        };
        let address = format!("http://{address}");
        Self { _process: process, address, folder, database }
    }

    /// The service that all read-only tests share.
    pub fn shared(backend: Backend) -> &'static Self {
        static SQLITE: OnceLock<Service> = OnceLock::new();
        static POSTGRES: OnceLock<Service> = OnceLock::new();
        let service = match backend {
            Backend::Sqlite => &SQLITE,
            Backend::Postgres => &POSTGRES,
        };
        service.get_or_init(|| Self::start(Database::filled(backend)))
    }

    /// The URL of a path.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    pub fn database(&self) -> &Database {
        &self.database
    }

    /// A new connection to the service's database.
    pub async fn sql(&self) -> DatabaseConnection {
        self.database.connect().await
    }

    /// Waits until the service has noticed the database's newest revision.
    pub async fn catch_up(&self) {
        let newest = Store::new(self.sql().await).newest_version().await.unwrap().revision;
        for _ in 0..200 {
            if self.query("{ dataset { revision } }").await["dataset"]["revision"] == newest {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the service does not notice revision {newest}");
    }

    /// The service's log so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(PathBuf::from(self.folder.path()).join("log")).unwrap()
    }

    /// An HTTP client. It keeps no idle connections, because each belongs to one test's runtime.
    pub fn client(&self) -> Client {
        Client::builder().pool_max_idle_per_host(0).no_proxy().build().unwrap()
    }

    /// The whole response to a document.
    pub async fn answer(&self, document: &str, variables: Value) -> Value {
        let request = json!({ "query": document, "variables": variables });
        let response = self.client().post(self.at("/graphql")).json(&request).send().await;
        response.unwrap().json().await.unwrap()
    }

    /// The `data` of the response to a document. Asserts that there are no errors.
    #[track_caller]
    pub fn query(&self, document: &str) -> impl Future<Output = Value> {
        self.query_with(document, json!({}))
    }

    /// Like [`Service::query`], with variables.
    pub async fn query_with(&self, document: &str, variables: Value) -> Value {
        let mut answer = self.answer(document, variables).await;
        assert_eq!(answer.get("errors"), None, "errors in the response to {document}");
        answer["data"].take()
    }

    /// The errors of a document that must fail.
    pub async fn errors(&self, document: &str) -> Vec<Value> {
        self.errors_with(document, json!({})).await
    }

    /// Like [`Service::errors`], with variables.
    pub async fn errors_with(&self, document: &str, variables: Value) -> Vec<Value> {
        let mut answer = self.answer(document, variables).await;
        match answer["errors"].take() {
            Value::Array(errors) if !errors.is_empty() => errors,
            _ => panic!("no errors in the response to {document}: {answer}"),
        }
    }

    /// All nodes of a connection of `Query`, fetched in pages of 100. `arguments` starts with a
    /// comma unless empty.
    pub async fn all(&self, list: &str, arguments: &str, selection: &str) -> Vec<Value> {
        let mut nodes = Vec::new();
        let mut after = Value::Null;
        loop {
            let document = format!(
                "query($after: String) {{ {list}(first: 100, after: $after{arguments}) {{
                    nodes {{ {selection} }} pageInfo {{ hasNextPage endCursor }}
                }} }}"
            );
            let mut page = self.query_with(&document, json!({ "after": after })).await;
            let page = page[list].take();
            nodes.extend(page["nodes"].as_array().unwrap().iter().cloned());
            if page["pageInfo"]["hasNextPage"] == false {
                return nodes;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
    }
}
