//! Large filters: the memory that remains in use after many different ones, and the outcome of the
//! largest inputs.

use std::{
    io,
    time::{Duration, Instant},
};

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::{Value, json};

use super::{
    Backend, Target, http,
    table::{Case, Tally, Times},
    watch::Watch,
};
use crate::served::memory;

/// Many different large filters, and the largest inputs that a request can carry
#[derive(clap::Args)]
pub struct Arguments {
    #[arg(long, value_enum, value_delimiter = ',', default_value = "sqlite,postgres")]
    databases: Vec<Backend>,
    /// Number of different filters to request
    #[arg(long, default_value_t = 300)]
    filters: usize,
    /// How long a client waits for its response, in seconds
    #[arg(long, default_value_t = 60)]
    cap: u64,
}

const FILTERED: &str =
    "query($filter: EventFilter) { events(filter: $filter) { totalCount nodes { slug } } }";

pub async fn run(target: &Target, arguments: &Arguments) {
    let cap = Duration::from_secs(arguments.cap);
    for &backend in &arguments.databases {
        let url = target.database(backend).await;
        let name = format!("{}, {} different filters", backend.name(), arguments.filters);
        let case = Case { scenario: "filters", name };
        many(target, &url, &case, arguments.filters, cap).await;
        for (name, request) in worst() {
            let case = Case { scenario: "filters", name: format!("{}, {name}", backend.name()) };
            one(target, &url, &case, &request, cap).await;
        }
    }
}

/// Different words, so that no two conditions are the same.
fn words(count: usize) -> String {
    (0..count).map(|number| format!("w{number:x} ")).collect()
}

/// A filter of `size` alternatives. Each size produces a different SQL statement.
fn alternatives(size: usize) -> Value {
    let one = |number: usize| json!({ "text": format!("w{number:x}"), "cities": [format!("c{number:x}")], "planned": false });
    json!({ "or": (0..size).map(one).collect::<Vec<_>>() })
}

fn texts(count: usize) -> Vec<Value> {
    (0..count).map(|number| json!({ "text": format!("w{number:x}") })).collect()
}

/// Sends the filters from four clients, each one at a time: with two workers, the service has as
/// many database connections.
async fn many(target: &Target, url: &str, case: &Case, filters: usize, cap: Duration) {
    const CONNECTIONS: usize = 4;
    let mut service = target.start(url);
    let address = service.address;
    let backends_before = backends(url).await;
    let watch = Watch::start(target, &service);
    let mut clients = tokio::task::JoinSet::new();
    for client in 0..CONNECTIONS {
        clients.spawn(async move {
            let mut answers = Vec::new();
            for number in (client..filters).step_by(CONNECTIONS) {
                let request = http::post(FILTERED, json!({ "filter": alternatives(100 + number) }));
                let began = Instant::now();
                let answer = tokio::time::timeout(cap, http::ask(address, &request)).await;
                let answer = answer.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
                answers.push((began.elapsed(), http::outcome(&answer)));
            }
            answers
        });
    }
    let (mut outcomes, mut times) = (Tally::default(), Times::default());
    for (time, outcome) in clients.join_all().await.into_iter().flatten() {
        outcomes.add(outcome);
        times.add(time);
    }
    let seen = watch.stop();
    case.row("outcomes", outcomes);
    case.row("p50, p99, max, ms", times);
    seen.print(case, target.max_memory);
    case.number("RSS after, MB", crate::served::rss(service.pid()).unwrap_or(f64::NAN));
    if url.starts_with("postgres") {
        case.row("PostgreSQL backends before, RSS; PSS, MB", backends_before);
        case.row("PostgreSQL backends after, RSS; PSS, MB", backends(url).await);
    }
    case.row("process", service.state());
}

/// The resident (RSS) and proportional (PSS) memory of each PostgreSQL backend that serves a
/// database, in megabytes; empty for SQLite.
async fn backends(url: &str) -> String {
    if !url.starts_with("postgres") {
        return String::new();
    }
    let db = adkb::store::connect::connect(url, 1).await.expect("the database opens");
    let others = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() \
        AND backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY pid";
    let rows = db.query_all_raw(Statement::from_string(DbBackend::Postgres, others)).await;
    let pids = rows.expect("PostgreSQL lists its backends").into_iter();
    let pids: Vec<i32> = pids.filter_map(|row| row.try_get("", "pid").ok()).collect();
    db.close().await.expect("the connection closes");
    let list = |name: &str| {
        let megabytes = pids.iter().map(|pid| memory(&format!("/proc/{pid}/smaps_rollup"), name));
        let megabytes = megabytes.map(|mb| format!("{:.0}", mb.unwrap_or(f64::NAN)));
        megabytes.collect::<Vec<_>>().join(" ")
    };
    format!("{}; {}", list("Rss:"), list("Pss:"))
}

/// The largest inputs: a label, and the bytes of the request.
fn worst() -> Vec<(&'static str, Vec<u8>)> {
    let filter = |filter: Value| http::post(FILTERED, json!({ "filter": filter }));
    let many = |count: usize| (0..count).map(|number| format!("c{number:x}")).collect::<Vec<_>>();
    let search = "query($query: String!, $kinds: [RecordKind!]) { search(query: $query, kinds: $kinds) { totalCount } }";
    vec![
        ("text of 20,000 words", filter(json!({ "text": words(20_000) }))),
        ("text of 5,000 words", filter(json!({ "text": words(5_000) }))),
        ("text of 1,000 words", filter(json!({ "text": words(1_000) }))),
        (
            "export, text of 30,000 one-letter words",
            http::get(&format!("/export/events.csv?text={}", "a+".repeat(30_000))),
        ),
        (
            "export, text of 9,000 different words",
            http::get(&format!(
                "/export/events.csv?text={}",
                words(9_000).trim().replace(' ', "+")
            )),
        ),
        ("33,000 cities", filter(json!({ "cities": many(33_000) }))),
        (
            "search with a list of 40,000 kinds",
            http::post(search, json!({ "query": "maritime", "kinds": vec!["EVENT"; 40_000] })),
        ),
        ("text of one word of 60 kB", filter(json!({ "text": "a".repeat(60_000) }))),
        (
            "search for one word of 60 kB",
            http::post(search, json!({ "query": "a".repeat(60_000) })),
        ),
        ("20,000 alternatives of one condition each", filter(json!({ "or": texts(20_000) }))),
        ("10,000 alternatives of three conditions each", filter(alternatives(10_000))),
    ]
}

/// Sends one request to a new service, because the request may kill it.
async fn one(target: &Target, url: &str, case: &Case, request: &[u8], cap: Duration) {
    let mut service = target.start(url);
    let watch = Watch::start(target, &service);
    let began = Instant::now();
    let answer = tokio::time::timeout(cap, http::ask(service.address, request)).await;
    let answer = answer.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
    let seconds = began.elapsed().as_secs_f64();
    let seen = watch.stop();
    case.row("outcome", http::outcome(&answer));
    case.row("seconds", format_args!("{seconds:.2}"));
    seen.print(case, target.max_memory);
    case.row("process", service.state_soon().await);
}
