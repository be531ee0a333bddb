//! Every setting of the program: its flag, its environment variable, its default, and what it means.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use clap::{ArgAction, Args, ValueEnum};
use serde::Serialize;

use crate::{cache::Bounds, graphql::Limits};

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

    /// An address of its own for /metrics, /healthz and /readyz; /metrics is then nowhere else
    #[arg(long, env = "ADKB_ADMIN_ADDRESS", value_name = "IP:PORT")]
    pub admin_address: Option<SocketAddr>,

    #[command(flatten)]
    #[serde(flatten)]
    pub database: Database,

    /// Threads that serve connections, and as many that run operations [default: one a processor]
    #[arg(long, env = "ADKB_WORKERS", value_name = "THREADS", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub workers: Option<u32>,

    /// Database connections of each thread that runs operations
    #[arg(long, env = "ADKB_CONNECTIONS", default_value_t = 2, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub connections: u32,

    /// Operations that each thread accepts at once, running or waiting; sustained load may use a quarter
    ///
    /// More are refused at once with the code BUSY, status 503 and Retry-After.
    #[arg(long, env = "ADKB_QUEUE", default_value_t = 128, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=65_536))]
    pub queue: u32,

    /// Exports that run at once, each with a database connection of its own
    #[arg(long, env = "ADKB_EXPORTS", default_value_t = 4, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub exports: u32,

    /// How long a statement of the database may take, in seconds
    #[arg(long, env = "ADKB_STATEMENT_TIMEOUT", default_value_t = 15, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub statement_timeout: u64,

    #[command(flatten)]
    #[serde(flatten)]
    pub limits: Limits,

    #[command(flatten)]
    #[serde(flatten)]
    pub caches: Caches,

    /// The largest request body, in bytes
    #[arg(long, env = "ADKB_MAX_BODY", default_value_t = 1 << 20, value_name = "BYTES")]
    pub max_body: usize,

    /// How long a request may take, in seconds
    #[arg(long, env = "ADKB_TIMEOUT", default_value_t = 30, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub timeout: u64,

    /// How long requests under way may take to end at shutdown, in seconds
    #[arg(long, env = "ADKB_SHUTDOWN_TIMEOUT", default_value_t = 10, value_name = "SECONDS")]
    pub shutdown_timeout: u64,

    /// How long a cache of others, such as a browser's or a CDN's, may use an answer without asking, in seconds
    ///
    /// With 0 it asks every time, which costs next to nothing while nothing has changed.
    #[arg(long, env = "ADKB_MAX_AGE", default_value_t = 0, value_name = "SECONDS")]
    pub max_age: u32,

    /// The origins whose pages may read answers, with commas between them; * for all
    #[arg(
        long,
        env = "ADKB_CORS",
        default_value = "*",
        value_delimiter = ',',
        value_name = "ORIGINS"
    )]
    pub cors: Vec<String>,

    /// Run the documents of this file only: a JSON object of documents by their SHA-256
    ///
    /// What graphql-codegen and Relay's compiler write as persisted documents.
    #[arg(long, env = "ADKB_TRUSTED_DOCUMENTS", value_name = "FILE")]
    pub trusted_documents: Option<PathBuf>,

    /// Whether clients may ask for the schema by GraphQL
    #[arg(long, env = "ADKB_INTROSPECTION", default_value_t = true, action = ArgAction::Set, value_name = "BOOL")]
    pub introspection: bool,

    /// Whether errors suggest names that are like a mistaken one
    #[arg(long, env = "ADKB_SUGGESTIONS", default_value_t = true, action = ArgAction::Set, value_name = "BOOL")]
    pub suggestions: bool,

    /// How long a WebSocket may take to say connection_init, in seconds
    #[arg(long, env = "ADKB_WS_INIT_TIMEOUT", default_value_t = 5, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub ws_init_timeout: u64,

    /// What is logged, to standard error: error, warn, info, debug or trace, also by module
    #[arg(
        long,
        env = "ADKB_LOG",
        default_value = "warn,adkb=info,actix_http=off",
        value_name = "FILTER"
    )]
    pub log: String,

    /// How it is logged
    #[arg(long, env = "ADKB_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,

    /// How many lines of one kind are logged at once; further ones are counted. 0 logs all
    ///
    /// A kind is what one place in the program logs. Three minutes after a burst as many are logged again.
    #[arg(long, env = "ADKB_LOG_REPEATS", default_value_t = 100, value_name = "LINES")]
    pub log_repeats: u32,

    /// The OpenTelemetry collector that traces are sent to, by HTTP: http://127.0.0.1:4318
    ///
    /// Without a path they go to /v1/traces there.
    #[arg(long, env = "ADKB_OTLP", value_name = "URL")]
    pub otlp: Option<String>,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// A line of text for people
    Text,
    /// A line of JSON for programs
    Json,
}

/// What is kept in memory of the newest revision. 0 switches a cache off.
#[derive(Args, Clone, Copy, Debug, Serialize)]
pub struct Caches {
    /// Memory for whole answers, in MiB
    #[arg(long, env = "ADKB_RESPONSE_CACHE", default_value_t = 64, value_name = "MIB", value_parser = clap::value_parser!(u64).range(..=1 << 20))]
    pub response_cache: u64,

    /// Memory for what was read of the database, in MiB
    #[arg(long, env = "ADKB_RECORD_CACHE", default_value_t = 64, value_name = "MIB", value_parser = clap::value_parser!(u64).range(..=1 << 20))]
    pub record_cache: u64,

    /// Memory for documents that are parsed and validated, in MiB
    #[arg(long, env = "ADKB_DOCUMENT_CACHE", default_value_t = 16, value_name = "MIB", value_parser = clap::value_parser!(u64).range(..=1 << 20))]
    pub document_cache: u64,
}

impl Caches {
    /// The bounds in bytes.
    pub fn bounds(&self) -> Bounds {
        Bounds {
            records: self.record_cache << 20,
            responses: self.response_cache << 20,
            documents: self.document_cache << 20,
        }
    }
}

impl Server {
    /// The number of threads of each kind.
    pub fn threads(&self) -> usize {
        match self.workers {
            Some(workers) => workers as usize,
            None => std::thread::available_parallelism().map_or(1, usize::from),
        }
    }
}
