//! The stress test: how the service behaves under costly queries, large filters, stalled clients, a
//! database that stops responding, overload and signals. It measures the given program, so that two
//! builds can be compared.
//!
//! For usage, run `cargo run --release -p tests --bin siege -- --help`. Everything it starts
//! listens on 127.0.0.1 only and ends with it.

mod generate;
mod scenario;
mod served;

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use scenario::{Target, clients, costly, filters, overload, sigterm, stalled};

/// Measures the service in a stress scenario and prints a Markdown table, one row per measurement
#[derive(Parser)]
struct Arguments {
    /// The program to measure
    #[arg(long, value_name = "PATH")]
    binary: PathBuf,
    /// Additional flags for `adkb serve`, separated by spaces
    #[arg(long, value_name = "FLAGS", default_value = "", allow_hyphen_values = true)]
    flags: String,
    /// Kill the service when its resident memory exceeds this limit, in megabytes
    #[arg(long, value_name = "MB", default_value_t = 8_000.0)]
    max_memory: f64,
    #[command(subcommand)]
    scenario: Scenario,
}

#[derive(Subcommand)]
enum Scenario {
    Costly(costly::Arguments),
    Filters(filters::Arguments),
    Clients(clients::Arguments),
    Stalled(stalled::Arguments),
    Overload(overload::Arguments),
    Sigterm(sigterm::Arguments),
}

#[tokio::main]
async fn main() {
    let arguments = Arguments::parse();
    raise_open_files();
    let flags = arguments.flags.split_whitespace().map(str::to_owned).collect();
    let target = Target::new(arguments.binary, flags, arguments.max_memory);
    println!("| scenario | case | measurement | value |");
    println!("|---|---|---|---|");
    println!("| machine | at the start | CPUs | {} |", processors());
    println!("| machine | at the start | load average, 1, 5, 15 minutes | {} |", load_average());
    match arguments.scenario {
        Scenario::Costly(arguments) => costly::run(&target, &arguments).await,
        Scenario::Filters(arguments) => filters::run(&target, &arguments).await,
        Scenario::Clients(arguments) => clients::run(&target, &arguments).await,
        Scenario::Stalled(arguments) => stalled::run(&target, &arguments).await,
        Scenario::Overload(arguments) => overload::run(&target, &arguments).await,
        Scenario::Sigterm(arguments) => sigterm::run(&target, &arguments).await,
    }
}

/// Thousands of connections need more file descriptors than the usual soft limit of 1,024.
fn raise_open_files() {
    let maximum = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })
        .expect("the soft limit can be raised to the hard limit");
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The load of the machine: measurements are comparable only at a similar load.
fn load_average() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").expect("/proc/loadavg is readable");
    text.split_whitespace().take(3).collect::<Vec<_>>().join(", ")
}
