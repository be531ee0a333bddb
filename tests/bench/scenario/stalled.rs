//! PostgreSQL behind a network that drops its open connections silently but accepts new ones.

use std::{
    io,
    net::SocketAddr,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{
    Backend, Service, Target, http,
    proxy::Proxy,
    table::{Case, Tally},
    watch::Watch,
};

/// A database that stops responding on its open connections: how long queries, imports and exports
/// take to recover
#[derive(clap::Args)]
pub struct Arguments {
    /// How long to wait for each response, and for the recovery, in seconds
    #[arg(long, default_value_t = 120)]
    cap: u64,
    /// Requests per second
    #[arg(long, default_value_t = 5.0)]
    rate: f64,
}

/// When a request was sent and when it ended, since the stall, and its outcome.
struct Asked {
    sent: Duration,
    ended: Duration,
    outcome: String,
}

/// Measures time since the stall, and limits the time of a request to `cap`.
#[derive(Clone, Copy)]
struct Clock {
    stalled: Instant,
    cap: Duration,
}

impl Clock {
    async fn ask(self, address: SocketAddr, request: Vec<u8>) -> (Asked, Option<http::Response>) {
        let sent = self.stalled.elapsed();
        let answer = tokio::time::timeout(self.cap, http::ask(address, &request)).await;
        let answer = answer.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        let outcome = http::outcome(&answer);
        (Asked { sent, ended: self.stalled.elapsed(), outcome }, answer.ok())
    }
}

pub async fn run(target: &Target, arguments: &Arguments) {
    let url = target.database(Backend::Postgres).await;
    let (before, rest) = url.split_once("127.0.0.1:").expect("PostgreSQL listens on 127.0.0.1");
    let (port, name) = rest.split_once('/').expect("the URL names a database");
    let server = format!("127.0.0.1:{port}").parse().expect("the address is valid");
    let proxy = Proxy::start(server).await;
    let mut service = target.start(&format!("{before}{}/{name}", proxy.address));
    warm_up(&service).await;
    let case = Case { scenario: "stalled", name: "PostgreSQL".to_owned() };
    let watch = Watch::start(target, &service);
    proxy.stall();
    let clock = Clock { stalled: Instant::now(), cap: Duration::from_secs(arguments.cap) };
    let address = service.address;
    let import = async {
        target.import(&url, 1, false).await;
        clock.stalled.elapsed()
    };
    let (imported, queries, ready, seen_import, export) = tokio::join!(
        import,
        load(clock, address, arguments.rate),
        until(clock, address, http::get("/readyz"), |answer| answer.status == 200),
        until(clock, address, http::post("{ dataset { revision } }", json!({})), |answer| {
            let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            body["data"]["dataset"]["revision"].as_u64() > Some(1)
        }),
        clock.ask(address, http::get("/export/events.csv")),
    );
    let seen = watch.stop();
    let seconds = |time: Option<Duration>| match time {
        Some(time) => format!("{:.1}", time.as_secs_f64()),
        None => format!("more than {}", arguments.cap),
    };
    let mut outcomes = Tally::default();
    queries.iter().for_each(|asked| outcomes.add(&asked.outcome));
    let good = |asked: &&Asked| asked.outcome == "200";
    let first = queries.iter().filter(good).map(|asked| asked.ended).min();
    let last_bad = queries.iter().filter(|asked| !good(asked)).map(|asked| asked.sent).max();
    let slow = |asked: &&Asked| asked.ended - asked.sent > Duration::from_secs(1);
    let last_slow = queries.iter().filter(slow).map(|asked| asked.sent).max();
    case.row("outcomes of queries", outcomes);
    case.row("seconds until the first response", seconds(first));
    case.row("seconds until no query fails", seconds(steady(last_bad, &queries)));
    case.row(
        "seconds until no query takes more than a second",
        seconds(steady(last_slow, &queries)),
    );
    case.row("seconds until /readyz is 200", seconds(ready));
    case.row("seconds until the import ends", seconds(Some(imported)));
    case.row("seconds until the import is visible", seconds(seen_import));
    case.row(
        "export started at the stall",
        format_args!("{} after {:.1} s", export.0.outcome, export.0.ended.as_secs_f64()),
    );
    seen.print(&case, target.max_memory);
    case.row("log lines", service.log().lines().count());
    case.row("process", service.state());
}

/// The time of the last failure; `None` if failures lasted until the end of the load.
fn steady(last: Option<Duration>, queries: &[Asked]) -> Option<Duration> {
    let end = queries.iter().map(|asked| asked.sent).max()?;
    match last {
        None => Some(Duration::ZERO),
        Some(last) => (last + Duration::from_secs(2) < end).then_some(last),
    }
}

/// Opens every database connection of the service, by many concurrent queries.
async fn warm_up(service: &Service) {
    let mut clients = JoinSet::new();
    for number in 0..64 {
        let (address, request) = (service.address, query(number));
        clients.spawn(async move { http::ask(address, &request).await });
    }
    for answer in clients.join_all().await {
        assert!(answer.is_ok_and(|answer| answer.outcome() == "200"), "the service answers");
    }
}

/// A query that differs for each `number`, so that no response is cached.
fn query(number: usize) -> Vec<u8> {
    let variables = json!({ "filter": { "not": { "cities": [format!("c{number}")] } } });
    http::post(
        "query($filter: EventFilter) { events(first: 20, filter: $filter) { nodes { slug hosts { code } } } }",
        variables,
    )
}

/// Sends queries at a steady rate, without waiting for responses, until the time is over.
async fn load(clock: Clock, address: SocketAddr, rate: f64) -> Vec<Asked> {
    let mut clients = JoinSet::new();
    let mut tick = tokio::time::interval(Duration::from_secs_f64(1.0 / rate));
    for number in 1_000.. {
        tick.tick().await;
        if clock.stalled.elapsed() > clock.cap {
            break;
        }
        clients.spawn(async move { clock.ask(address, query(number)).await.0 });
    }
    clients.join_all().await
}

/// Repeats a request until its response meets the condition, and returns the time since the stall.
async fn until(
    clock: Clock,
    address: SocketAddr,
    request: Vec<u8>,
    wanted: impl Fn(&http::Response) -> bool,
) -> Option<Duration> {
    const INTERVAL: Duration = Duration::from_millis(200);
    while clock.stalled.elapsed() < clock.cap {
        // As long as an orchestrator's probe would wait.
        let patience = Clock { cap: Duration::from_secs(5), ..clock };
        let (asked, answer) = patience.ask(address, request.clone()).await;
        if answer.is_some_and(|answer| wanted(&answer)) {
            return Some(asked.ended);
        }
        tokio::time::sleep(INTERVAL).await;
    }
    None
}
