//! What subscribers are told when the knowledge base changes.

use std::{sync::Arc, time::Duration};

use adkb::{
    cache::Current,
    graphql::{Question, Reply, Service as Api},
    store::Store,
};
use futures_util::{Stream, StreamExt};
use harness::{Adkb, Backend, Database, Dataset, on_both, settings};
use serde_json::{Value, json};

/// The API over a database of its own with the smallest dataset.
struct Changing {
    database: Database,
    store: Store,
    current: Arc<Current>,
    api: Api,
}

impl Changing {
    async fn on(backend: Backend) -> Self {
        let database = Database::minimal(backend);
        let store = Store::new(database.connect().await);
        let newest = store.newest_version().await.unwrap();
        let current = Arc::new(Current::new(newest, settings().bounds));
        let api = Api::new(settings(), current.clone());
        Self { database, store, current, api }
    }

    /// The data of what a subscription sends.
    async fn subscribe(&self, query: &str) -> impl Stream<Item = Value> + Unpin + use<> {
        let question = Question { query: query.to_owned(), ..Question::default() };
        let Reply::Stream(responses) = self.api.reply(&self.store, &question).await else {
            panic!("{query} is no subscription")
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

async fn next(told: &mut (impl Stream<Item = Value> + Unpin)) -> Value {
    tokio::time::timeout(Duration::from_secs(5), told.next()).await.unwrap().unwrap()
}

/// Nothing is told while nothing changes.
async fn silent(told: &mut (impl Stream<Item = Value> + Unpin)) {
    let early = tokio::time::timeout(Duration::from_millis(200), told.next()).await;
    assert!(early.is_err(), "{early:?}");
}

const RECORDS: &str = "revision totalCount records { kind slug change }";

on_both! {
    async fn each_change_of_a_kind_is_told_once(backend: Backend) {
        let changing = Changing::on(backend).await;
        let mut told = changing.subscribe(&format!("subscription {{ recordsChanged(kinds: [THEME, EVENT]) {{ {RECORDS} }} }}")).await;
        silent(&mut told).await;

        let renamed = Dataset::minimal().replacing("themes.toml", "Disaster relief", "Relief");
        changing.import(&renamed, &[]).await;
        assert_eq!(next(&mut told).await["recordsChanged"], json!({
            "revision": 2, "totalCount": 1, "records": [{ "kind": "THEME", "slug": "hadr", "change": "UPDATED" }],
        }));

        // Of another kind: nothing is told.
        let other = renamed.replacing("bodies.toml", "A working group", "Another working group");
        changing.import(&other, &[]).await;
        let less = other.without("events.toml");
        changing.import(&less, &["--prune"]).await;
        assert_eq!(next(&mut told).await["recordsChanged"], json!({
            "revision": 4, "totalCount": 1, "records": [{ "kind": "EVENT", "slug": "meeting-2019", "change": "REMOVED" }],
        }));
    }

    async fn who_was_away_is_told_at_once_what_came_of_it(backend: Backend) {
        let changing = Changing::on(backend).await;
        let renamed = Dataset::minimal().replacing("themes.toml", "Disaster relief", "Relief");
        changing.import(&renamed, &[]).await;
        changing.import(&Dataset::minimal(), &[]).await;

        let mut told = changing.subscribe(&format!("subscription {{ recordsChanged(since: 1) {{ {RECORDS} }} }}")).await;
        assert_eq!(next(&mut told).await["recordsChanged"], json!({
            "revision": 3, "totalCount": 1, "records": [{ "kind": "THEME", "slug": "hadr", "change": "UPDATED" }],
        }));
        let mut all = changing.subscribe(&format!("subscription {{ recordsChanged(since: 0) {{ {RECORDS} }} }}")).await;
        let changed = next(&mut all).await;
        let records = changed["recordsChanged"]["records"].as_array().unwrap();
        assert!(records.iter().all(|record| record["change"] == "CREATED"), "{changed}");
        assert_eq!(changed["recordsChanged"]["totalCount"], records.len());
    }

    async fn a_new_revision_comes_with_the_counts_of_today(backend: Backend) {
        let changing = Changing::on(backend).await;
        let mut told = changing
            .subscribe("subscription { datasetChanged { revision version updatedAt counts { kind count } } }")
            .await;
        silent(&mut told).await;
        let less = Dataset::minimal().without("events.toml");
        changing.import(&less, &["--prune"]).await;
        let change = next(&mut told).await["datasetChanged"].clone();
        assert_eq!(change["revision"], 2);
        assert!(change["updatedAt"].as_str().unwrap().ends_with('Z'));
        let counts = change["counts"].as_array().unwrap();
        let count = |kind: &str| counts.iter().find(|count| count["kind"] == kind).unwrap()["count"].clone();
        assert_eq!((count("EVENT"), count("THEME")), (json!(0), json!(1)));
    }

    async fn who_reads_slowly_is_told_the_newest_state_only(backend: Backend) {
        let changing = Changing::on(backend).await;
        let mut told = changing.subscribe("subscription { datasetChanged(since: 1) { revision } }").await;
        for name in ["One", "Two", "Three"] {
            let renamed = Dataset::minimal().replacing("themes.toml", "Disaster relief", name);
            changing.import(&renamed, &[]).await;
        }
        assert_eq!(next(&mut told).await["datasetChanged"]["revision"], 4);
        silent(&mut told).await;
    }
}
