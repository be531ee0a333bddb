//! Every setting of the program: its flag, its environment variable, its default, and what it means.

use std::net::IpAddr;

use clap::Args;
use serde::Serialize;

/// Where the knowledge base is.
#[derive(Args, Clone, Debug, Serialize)]
pub struct Database {
    /// The database: sqlite:FILE or postgres://USER:PASSWORD@HOST/NAME
    ///
    /// A SQLite file that is not there is made. A password is better given by the environment
    /// variable than by the flag, which other users of the machine can read.
    #[arg(
        long,
        env = "DATABASE_URL",
        default_value = "sqlite:adkb.db",
        value_name = "URL",
        hide_env_values = true
    )]
    pub database_url: String,
}

/// Where and how the service answers.
#[derive(Args, Clone, Debug, Serialize)]
pub struct Server {
    /// The address to listen on
    #[arg(long, env = "ADKB_HOST", default_value = "127.0.0.1", value_name = "IP")]
    pub host: IpAddr,

    /// The port to listen on; 0 takes a free one
    #[arg(long, env = "ADKB_PORT", default_value_t = 8080)]
    pub port: u16,

    #[command(flatten)]
    #[serde(flatten)]
    pub database: Database,

    /// Threads that answer requests [default: one a processor]
    #[arg(long, env = "ADKB_WORKERS", value_name = "THREADS", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub workers: Option<u32>,

    /// Database connections of each thread
    #[arg(long, env = "ADKB_CONNECTIONS", default_value_t = 2, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub connections: u32,

    /// Exports that run at once, each with a database connection of its own
    #[arg(long, env = "ADKB_EXPORTS", default_value_t = 4, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub exports: u32,

    /// The largest request body, in bytes
    #[arg(long, env = "ADKB_MAX_BODY", default_value_t = 1 << 20, value_name = "BYTES")]
    pub max_body: usize,

    /// How long requests under way may take to end at shutdown, in seconds
    #[arg(long, env = "ADKB_SHUTDOWN_TIMEOUT", default_value_t = 10, value_name = "SECONDS")]
    pub shutdown_timeout: u64,

    /// What is logged, to standard error: error, warn, info, debug or trace, also by module
    #[arg(long, env = "ADKB_LOG", default_value = "warn,adkb=info", value_name = "FILTER")]
    pub log: String,
}

impl Server {
    /// The threads that answer requests.
    pub fn threads(&self) -> usize {
        match self.workers {
            Some(workers) => workers as usize,
            None => std::thread::available_parallelism().map_or(1, usize::from),
        }
    }
}
