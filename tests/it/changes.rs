//! The events that subscribers receive when the knowledge base changes.

use std::{sync::Arc, time::Duration};

use adkb::{
    cache::CurrentRevision,
    graphql::{Execution, GraphqlRequest, Service as Api},
    store::{Store, version::NewestVersion},
};
use futures_util::{Stream, StreamExt};
use harness::{Adkb, Backend, Database, Dataset, on_both, settings};
use serde_json::{Value, json};

/// The API in this process, over a new database with [`Dataset::minimal`].
struct Changing {
    database: Database,
    store: Store,
    current: Arc<CurrentRevision>,
    api: Api,
}

impl Changing {
    async fn on(backend: Backend) -> Self {
        let database = Database::minimal(backend);
        let store = Store::new(database.connect().await);
        let newest = store.newest_version().await.unwrap();
        let current = Arc::new(CurrentRevision::new(newest, settings().bounds));
        let api = Api::new(settings(), current.clone());
        Self { database, store, current, api }
    }

    /// The `data` of each response of a subscription.
    async fn subscribe(&self, query: &str) -> impl Stream<Item = Value> + Unpin + use<> {
        let question = GraphqlRequest { query: query.to_owned(), ..GraphqlRequest::default() };
        let Execution::Stream(responses) =
            self.api.execute_or_subscribe(&self.store, &question).await
        else {
            panic!("{query} is not a subscription")
        };
        responses.map(|response| {
            assert!(response.errors.is_empty(), "{:?}", response.errors);
            response.data.into_json().unwrap()
        })
    }

    async fn import(&self, dataset: &Dataset, arguments: &[&str]) {
        Adkb::import(dataset).with(arguments).database(&self.database).run().success();
        self.current.advance(self.store.newest_version().await.unwrap());
    }
}

async fn next(events: &mut (impl Stream<Item = Value> + Unpin)) -> Value {
    tokio::time::timeout(Duration::from_secs(5), events.next()).await.unwrap().unwrap()
}

/// Asserts that a subscription sends nothing for 200 ms.
async fn assert_silent(events: &mut (impl Stream<Item = Value> + Unpin)) {
    let early = tokio::time::timeout(Duration::from_millis(200), events.next()).await;
    assert!(early.is_err(), "{early:?}");
}

const RECORDS: &str = "revision totalCount records { kind slug change }";

on_both! {
    async fn a_subscriber_receives_each_change_of_the_selected_kinds_once(backend: Backend) {
        let changing = Changing::on(backend).await;
        let mut events = changing.subscribe(&format!("subscription {{ recordsChanged(kinds: [THEME, EVENT]) {{ {RECORDS} }} }}")).await;
        assert_silent(&mut events).await;

        let renamed = Dataset::minimal().replacing("themes.toml", "Disaster relief", "Relief");
        changing.import(&renamed, &[]).await;
        assert_eq!(next(&mut events).await["recordsChanged"], json!({
            "revision": 2, "totalCount": 1, "records": [{ "kind": "THEME", "slug": "hadr", "change": "UPDATED" }],
        }));

        // A change of a kind that was not selected sends nothing.
        let other = renamed.replacing("bodies.toml", "A working group", "Another working group");
        changing.import(&other, &[]).await;
        let less = other.without("events.toml");
        changing.import(&less, &["--prune"]).await;
        assert_eq!(next(&mut events).await["recordsChanged"], json!({
            "revision": 4, "totalCount": 1, "records": [{ "kind": "EVENT", "slug": "meeting-2019", "change": "REMOVED" }],
        }));
    }

    async fn a_subscriber_with_since_receives_the_combined_changes_at_once(backend: Backend) {
        let changing = Changing::on(backend).await;
        let renamed = Dataset::minimal().replacing("themes.toml", "Disaster relief", "Relief");
        changing.import(&renamed, &[]).await;
        changing.import(&Dataset::minimal(), &[]).await;

        let mut events = changing.subscribe(&format!("subscription {{ recordsChanged(since: 1) {{ {RECORDS} }} }}")).await;
        assert_eq!(next(&mut events).await["recordsChanged"], json!({
            "revision": 3, "totalCount": 1, "records": [{ "kind": "THEME", "slug": "hadr", "change": "UPDATED" }],
        }));
        let mut all = changing.subscribe(&format!("subscription {{ recordsChanged(since: 0) {{ {RECORDS} }} }}")).await;
        let changed = next(&mut all).await;
        let records = changed["recordsChanged"]["records"].as_array().unwrap();
        assert!(records.iter().all(|record| record["change"] == "CREATED"), "{changed}");
        assert_eq!(changed["recordsChanged"]["totalCount"], records.len());
    }

    async fn a_new_revision_event_has_the_current_record_counts(backend: Backend) {
        let changing = Changing::on(backend).await;
        let mut events = changing
            .subscribe("subscription { datasetChanged { revision version updatedAt counts { kind count } } }")
            .await;
        assert_silent(&mut events).await;
        let less = Dataset::minimal().without("events.toml");
        changing.import(&less, &["--prune"]).await;
        let change = next(&mut events).await["datasetChanged"].clone();
        assert_eq!(change["revision"], 2);
        assert!(change["updatedAt"].as_str().unwrap().ends_with('Z'));
        let counts = change["counts"].as_array().unwrap();
        let count = |kind: &str| counts.iter().find(|count| count["kind"] == kind).unwrap()["count"].clone();
        assert_eq!((count("EVENT"), count("THEME")), (json!(0), json!(1)));
    }

    async fn a_slow_subscriber_receives_only_the_newest_revision(backend: Backend) {
        let changing = Changing::on(backend).await;
        let mut events = changing.subscribe("subscription { datasetChanged(since: 1) { revision } }").await;
        for name in ["One", "Two", "Three"] {
            let renamed = Dataset::minimal().replacing("themes.toml", "Disaster relief", name);
            changing.import(&renamed, &[]).await;
        }
        assert_eq!(next(&mut events).await["datasetChanged"]["revision"], 4);
        assert_silent(&mut events).await;
    }
}
