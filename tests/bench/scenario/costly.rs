//! Small queries with large or slow responses.

use std::{
    cmp::Reverse,
    io,
    time::{Duration, Instant},
};

use migration::dataset::{Dataset, record::Content};
use serde_json::json;
use tokio::task::JoinSet;

use super::{
    Backend, Target, http,
    table::{Case, Tally, Times},
    watch::Watch,
};

/// Small queries with large or slow responses: their cost, and whether /healthz still responds
#[derive(clap::Args)]
pub struct Arguments {
    #[arg(long, value_enum, value_delimiter = ',', default_value = "sqlite,postgres")]
    databases: Vec<Backend>,
    /// How long a client waits for its response, in seconds
    #[arg(long, default_value_t = 60)]
    cap: u64,
}

pub async fn run(target: &Target, arguments: &Arguments) {
    let cases = [
        ("participants nested five deep, first: 1", participants(1), 1),
        ("participants nested five deep, first: 2", participants(2), 1),
        ("24 citations of each of 9,700 events, 4 concurrent requests", references(), 4),
    ];
    let cap = Duration::from_secs(arguments.cap);
    for &backend in &arguments.databases {
        let url = target.database(backend).await;
        for (name, query, at_once) in &cases {
            let case = Case { scenario: "costly", name: format!("{}, {name}", backend.name()) };
            ask(target, &url, &case, query, *at_once, cap).await;
        }
    }
}

/// The largest events, their participants, the largest events of these participants and so on, to
/// the limit of `--max-depth`.
fn participants(first: usize) -> String {
    let dataset = Dataset::embedded().expect("the shipped dataset is valid");
    let mut events: Vec<(usize, &str)> = Vec::new();
    for record in &dataset.records {
        if let Content::Event(event) = &record.content {
            events.push((event.participants.len(), &record.slug));
        }
    }
    events.sort_unstable_by_key(|&(participants, slug)| (Reverse(participants), slug));
    let slugs: Vec<String> =
        events[..first].iter().map(|(_, slug)| format!("\"{slug}\"")).collect();
    let filter = format!("first: {first}, filter: {{ slugs: [{}] }}", slugs.join(", "));
    let nested = (0..5).fold("code".to_owned(), |inner, _| {
        format!("events({filter}) {{ nodes {{ participants {{ {inner} }} }} }}")
    });
    format!("{{ {nested} }}")
}

fn references() -> String {
    let cite =
        (0..24).map(|number| format!("c{number}: cite(style: CHICAGO) ")).collect::<String>();
    format!(
        "{{ events(first: 100) {{ nodes {{ body {{ events(first: 97) {{ nodes {{ {cite}}} }} }} }} }} }}"
    )
}

async fn ask(target: &Target, url: &str, case: &Case, query: &str, at_once: usize, cap: Duration) {
    let mut service = target.start(url);
    let watch = Watch::start(target, &service);
    let address = service.address;
    let mut clients = JoinSet::new();
    for _ in 0..at_once {
        let request = http::post(query, json!({}));
        clients.spawn(async move {
            let began = Instant::now();
            let answer = tokio::time::timeout(cap, http::ask(address, &request)).await;
            (began.elapsed(), answer.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())))
        });
    }
    let (mut outcomes, mut times, mut bytes) = (Tally::default(), Times::default(), 0);
    for (time, answer) in clients.join_all().await {
        outcomes.add(http::outcome(&answer));
        times.add(time);
        bytes = bytes.max(answer.map_or(0, |answer| answer.bytes));
    }
    let seen = watch.stop();
    case.row("outcomes", outcomes);
    case.number("seconds", times.percentile(100) / 1e3);
    case.row("response bytes", bytes);
    seen.print(case, target.max_memory);
    case.row("process", service.state_soon().await);
}
