//! The load benchmark: how many requests a second the service answers, how long they take, and what
//! they cost, on SQLite and PostgreSQL, beside a static response of the same bytes.
//!
//! `cargo run --release -p tests --bin bench -- --help` says how to use it. It needs `oha` on the path.

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
    import::{Options, Silent},
};
use served::Served;

/// Prints the table of the README's section on speed for this machine
#[derive(Parser)]
struct Arguments {
    /// Events, and contributions, of the generated datasets; 0 stands for the shipped dataset
    #[arg(long, value_delimiter = ',', default_value = "0,1000,100000")]
    events: Vec<usize>,
    /// Connections that ask at the same time
    #[arg(long, value_delimiter = ',', default_value = "16")]
    connections: Vec<u32>,
    /// Seconds of load for each figure
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// Only the queries of these letters: abg
    #[arg(long, value_name = "LETTERS", default_value = "abcdefg")]
    queries: String,
    /// Fill this database and measure on it, instead of on a new SQLite file and a new PostgreSQL
    #[arg(long, value_name = "URL")]
    database_url: Vec<String>,
    /// The program to measure, instead of the one of this build; it has to know this build's schema
    #[arg(long, value_name = "PATH")]
    binary: Option<PathBuf>,
}

/// What is kept between requests.
const CACHES: [(&str, &[&str]); 3] = [
    ("nothing kept", &["--response-cache", "0", "--record-cache", "0"]),
    ("records kept", &["--response-cache", "0"]),
    ("answers kept", &[]),
];

/// The queries of the table.
const QUERIES: [(&str, &str); 7] = [
    (
        "(a) 20 events with all that hangs on them",
        r#"{ events(first: 20, filter: { themes: ["maritime-security"], from: "2012", to: "2024" }) { nodes {
            slug title start body { slug name } hosts { code name } themes { slug }
            citations { locator source { slug title } } } } }"#,
    ),
    (
        "(b) a country and its 50 newest events",
        r#"{ party(code: "ID") { code name events(first: 50) { nodes { slug title start themes { slug name } } } } }"#,
    ),
    (
        "(c) contributions by partner and theme",
        "{ contributionMatrix(rows: PARTNER, columns: THEME) { total rows { key count } columns { key count } cells } }",
    ),
    (
        "(d) four partners compared",
        r#"{ compareContributions(partners: ["KR", "AU", "JP", "NZ"]) { total partners {
            partner { code } total share rank byTheme { key count } byKind { key count } byYear { key count }
            breadth { shannonEntropy } } } }"#,
    ),
    (
        "(e) events by year and kind",
        "{ eventSeries(splitBy: KIND) { key total points { period count } } }",
    ),
    (
        "(f) who hosts with whom",
        "{ network(relation: HOSTS_WITH) { nodes { degree weightedDegree } links { source target weight } } }",
    ),
    (
        "(g) search with slips",
        r#"{ search(query: "maritme securty", first: 10) { totalCount edges { score node { __typename } } } }"#,
    ),
];

#[tokio::main]
async fn main() {
    let arguments = Arguments::parse();
    println!(
        "| events | connections | query | served by | req/s | p50 ms | p99 ms | server CPU ms | RSS idle, loaded MB | bytes |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    let binary = arguments.binary.as_deref().unwrap_or_else(|| harness::adkb());
    for &events in &arguments.events {
        let dataset = match events {
            0 => Dataset::embedded().expect("the shipped dataset has no problem"),
            events => generate::dataset(events),
        };
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
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

/// What the lines of one query have in common.
struct Row<'r> {
    binary: &'r Path,
    events: usize,
    connections: u32,
    query: &'r str,
}

impl Row<'_> {
    /// Measures a query with each cache, an answer that the client has, and a static response of the same bytes.
    async fn measure(&self, url: &str, query: &str, load: &Load) {
        let database = url.split(':').next().unwrap_or_default();
        let mut bytes = Vec::new();
        for (kept, flags) in CACHES {
            let served = Served::start(self.binary, url, flags, Stdio::inherit(), None);
            bytes = served.answer(query).await;
            let figures = load.run(&Asked::post(&served.address, query), Some(served.pid())).await;
            self.print(&format!("{database}, {kept}"), &figures, bytes.len());
            if flags.is_empty() {
                let tag = served.tag(query).await;
                let asked = Asked::again(&served.address, query, &tag);
                let figures = load.run(&asked, Some(served.pid())).await;
                self.print(&format!("{database}, 304"), &figures, 0);
            }
        }
        let fixed = measure::static_server(bytes.clone()).await;
        let figures = load.run(&Asked::post(&fixed, query), None).await;
        self.print("static bytes", &figures, bytes.len());
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
        Options { author: "bench".to_owned(), message: "generated".to_owned(), prune: true };
    migration::import::import(&db, dataset, &options, &Silent).await.expect("the dataset fits");
    use sea_orm::ConnectionTrait;
    db.execute_unprepared("ANALYZE").await.expect("statistics can be taken");
    db.close().await.expect("the database closes");
}
