//! The load benchmark: throughput, latency, CPU time and memory of the service on SQLite and
//! PostgreSQL, compared with a static response of the same bytes.
//!
//! For usage, run `cargo run --release -p tests --bin bench -- --help`. Requires `oha` in PATH.

mod generate;
mod measure;
mod served;

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use clap::Parser;
use measure::{Asked, Figures, Load};
use migration::{
    dataset::Dataset,
    import::{ImportOptions, NoProgress},
};
use served::Served;

/// Measures the service under load on this machine and prints a Markdown table
#[derive(Parser)]
struct Arguments {
    /// Number of events, and of contributions, in each generated dataset; 0 means the shipped
    /// dataset
    #[arg(long, value_delimiter = ',', default_value = "0,1000,100000")]
    events: Vec<usize>,
    /// Number of concurrent connections
    #[arg(long, value_delimiter = ',', default_value = "16")]
    connections: Vec<u32>,
    /// Seconds of load for each measurement
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// The queries to run, by their letters, for example abg
    #[arg(long, value_name = "LETTERS", default_value = "abcdefg")]
    queries: String,
    /// Import into this database and measure on it, instead of a new SQLite file and a new
    /// PostgreSQL database
    #[arg(long, value_name = "URL")]
    database_url: Vec<String>,
    /// The program to measure, instead of the one of this build; both must use the same database
    /// schema
    #[arg(long, value_name = "PATH")]
    binary: Option<PathBuf>,
}

/// The cache configurations to measure: a label, and the flags of `adkb serve`.
const CACHES: [(&str, &[&str]); 3] = [
    ("no caches", &["--response-cache", "0", "--record-cache", "0"]),
    ("record cache", &["--response-cache", "0"]),
    ("response cache", &[]),
];

/// The queries to measure: a label, whose letter `--queries` selects, and the document.
const QUERIES: [(&str, &str); 7] = [
    (
        "(a) 20 events with body, hosts, themes and sources",
        r#"{ events(first: 20, filter: { themes: ["maritime-security"], from: "2012", to: "2024" }) { nodes {
            slug title start body { slug name } hosts { code name } themes { slug }
            citations { locator source { slug title } } } } }"#,
    ),
    (
        "(b) a party with its 50 newest events",
        r#"{ party(code: "ID") { code name events(first: 50) { nodes { slug title start themes { slug name } } } } }"#,
    ),
    (
        "(c) contributions by partner and theme",
        "{ contributionMatrix(rows: PARTNER, columns: THEME) { total rows { key count } columns { key count } cells } }",
    ),
    (
        "(d) comparison of four partners",
        r#"{ compareContributions(partners: ["KR", "AU", "JP", "NZ"]) { total partners {
            partner { code } total share rank byTheme { key count } byKind { key count } byYear { key count }
            breadth { shannonEntropy } } } }"#,
    ),
    (
        "(e) events by year and kind",
        "{ eventSeries(splitBy: KIND) { key total points { period count } } }",
    ),
    (
        "(f) network of parties that host together",
        "{ network(relation: HOSTS_WITH) { nodes { degree weightedDegree } links { source target weight } } }",
    ),
    (
        "(g) search with misspellings",
        r#"{ search(query: "maritme securty", first: 10) { totalCount edges { score node { __typename } } } }"#,
    ),
];

#[tokio::main]
async fn main() {
    let arguments = Arguments::parse();
    println!(
        "| events | connections | query | served by | requests/s | p50 ms | p99 ms | server CPU ms/request | RSS idle, loaded MB | response bytes |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    let binary = arguments.binary.as_deref().unwrap_or_else(|| harness::adkb());
    for &events in &arguments.events {
        let dataset = match events {
            0 => Dataset::embedded().expect("the shipped dataset is valid"),
            events => generate::dataset(events),
        };
        let folder = tempfile::tempdir().expect("a temporary folder can be created");
        for url in databases(&arguments.database_url, folder.path()).await {
            fill(&url, &dataset).await;
            for &connections in &arguments.connections {
                let load = Load { connections, time: Duration::from_secs(arguments.seconds) };
                let asked =
                    QUERIES.iter().filter(|(name, _)| arguments.queries.contains(&name[1..2]));
                for (name, query) in asked {
                    let row = Row { binary, events, connections, query: name };
                    row.measure(&url, query, &load).await;
                }
            }
        }
    }
}

/// The cells that all table rows of one query share.
struct Row<'r> {
    binary: &'r Path,
    events: usize,
    connections: u32,
    query: &'r str,
}

impl Row<'_> {
    /// Measures a query with each cache configuration, a conditional request that is answered with
    /// 304, and a static response of the same bytes.
    async fn measure(&self, url: &str, query: &str, load: &Load) {
        let database = url.split(':').next().unwrap_or_default();
        let mut bytes = Vec::new();
        for (cache, flags) in CACHES {
            let served = Served::start(self.binary, url, flags, Stdio::inherit(), None);
            bytes = served.answer(query).await;
            let figures = load.run(&Asked::post(&served.address, query), Some(served.pid())).await;
            self.print(&format!("{database}, {cache}"), &figures, bytes.len());
            if flags.is_empty() {
                let tag = served.tag(query).await;
                let asked = Asked::again(&served.address, query, &tag);
                let figures = load.run(&asked, Some(served.pid())).await;
                self.print(&format!("{database}, 304"), &figures, 0);
            }
        }
        let fixed = measure::static_server(bytes.clone()).await;
        let figures = load.run(&Asked::post(&fixed, query), None).await;
        self.print("static response", &figures, bytes.len());
    }

    fn print(&self, by: &str, figures: &Figures, bytes: usize) {
        let Self { events, connections, query, .. } = self;
        let Figures { per_second, p50, p99, cpu, rss } = figures;
        let cpu = cpu.map_or_else(String::new, |cpu| format!("{cpu:.2}"));
        let rss = rss.map_or_else(String::new, |(idle, loaded)| format!("{idle:.0}, {loaded:.0}"));
        println!(
            "| {events} | {connections} | {query} | {by} | {per_second:.0} | {p50:.1} | {p99:.1} | {cpu} | {rss} | {bytes} |"
        );
    }
}

async fn databases(given: &[String], folder: &Path) -> Vec<String> {
    if given.is_empty() {
        let file = folder.join("bench.db");
        vec![format!("sqlite:{}", file.display()), harness::postgres_database().await]
    } else {
        given.to_vec()
    }
}

async fn fill(url: &str, dataset: &Dataset) {
    let db = adkb::store::connect::connect(url, 1).await.expect("the database opens");
    let options =
        ImportOptions { author: "bench".to_owned(), message: "generated".to_owned(), prune: true };
    migration::import::import(&db, dataset, &options, &NoProgress).await.expect("the import works");
    use sea_orm::ConnectionTrait;
    db.execute_unprepared("ANALYZE").await.expect("ANALYZE succeeds");
    db.close().await.expect("the database closes");
}
