//! Every setting of the program: its flag, its environment variable, its default, and what it means.

use std::{net::SocketAddr, path::PathBuf};

use clap::{ArgAction, Args, ValueEnum};
use serde::Serialize;

use crate::{
    cache::Bounds,
    export::EXPORT_BYTES,
    graphql::Limits,
    store::connection::{CONNECTION_BYTES, PREPARED_BYTES, PREPARED_STATEMENTS},
};

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

    /// How a pooler before PostgreSQL, such as PgBouncer, shares its connections
    ///
    /// With `transaction`, nothing is sent that such a pooler refuses or mixes up: no parameters at the start
    /// of a connection, no named prepared statements, no LISTEN. New revisions are then noticed within a second.
    #[arg(long, env = "ADKB_DATABASE_POOLER", value_enum, default_value_t = Pooler::None)]
    pub database_pooler: Pooler,
}

/// How a pooler before PostgreSQL shares its connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Pooler {
    /// There is none
    #[default]
    None,
    /// Each transaction may get another connection (PgBouncer's transaction mode; works in session mode, too)
    Transaction,
}

/// Where and how the service answers.
#[derive(Args, Clone, Debug, Serialize)]
pub struct Server {
    /// The address to listen on: an IP address, or a name such as localhost
    #[arg(long, env = "ADKB_HOST", default_value = "127.0.0.1", value_name = "HOST")]
    pub host: String,

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

    /// Disk for exports on their way to clients, in MiB; further exports get 503
    ///
    /// In the folder for temporary files. An export of the shipped dataset takes a few MiB at most.
    #[arg(long, env = "ADKB_EXPORT_SPOOL", default_value_t = 1024, value_name = "MIB", value_parser = clap::value_parser!(u64).range(1..=1 << 20))]
    pub export_spool: u64,

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

    /// Client connections at once; further ones get 503
    #[arg(long, env = "ADKB_MAX_CONNECTIONS", default_value_t = 4096, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_connections: u32,

    /// Client connections at once from one address, which may be a proxy's; 0 for no bound
    #[arg(
        long,
        env = "ADKB_MAX_CONNECTIONS_PER_ADDRESS",
        default_value_t = 2048,
        value_name = "NUMBER"
    )]
    pub max_connections_per_address: u32,

    /// How long a client may take to send the head of a request, in seconds
    #[arg(long, env = "ADKB_HEAD_TIMEOUT", default_value_t = 10, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub head_timeout: u64,

    /// How long a connection is kept between two requests, in seconds
    #[arg(long, env = "ADKB_KEEP_ALIVE", default_value_t = 75, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub keep_alive: u64,

    /// How fast a client has to send a body and to receive a response, in bytes a second; 0 for no bound
    #[arg(long, env = "ADKB_MIN_RATE", default_value_t = 2000, value_name = "BYTES")]
    pub min_rate: u64,

    /// How long a client may fall behind --min-rate, in seconds
    #[arg(long, env = "ADKB_STALL_TIMEOUT", default_value_t = 20, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub stall_timeout: u64,

    /// How long /readyz fails at shutdown before the service stops accepting connections, in seconds
    ///
    /// As long as a load balancer takes to notice it.
    #[arg(long, env = "ADKB_SHUTDOWN_DELAY", default_value_t = 0, value_name = "SECONDS")]
    pub shutdown_delay: u64,

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

    /// WebSockets at once; further ones get 503
    #[arg(long, env = "ADKB_WS_MAX", default_value_t = 2048, value_name = "NUMBER")]
    pub ws_max: u32,

    /// WebSockets at once from one address, which may be a proxy's; 0 for no bound
    #[arg(long, env = "ADKB_WS_MAX_PER_ADDRESS", default_value_t = 1024, value_name = "NUMBER")]
    pub ws_max_per_address: u32,

    /// Operations that one WebSocket may run at once
    #[arg(long, env = "ADKB_WS_MAX_OPERATIONS", default_value_t = 100, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub ws_max_operations: u32,

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

/// What the process keeps in memory at most by its settings, in bytes: its budget, without the program itself
/// and what single requests work with.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Memory {
    /// Whole answers.
    pub response_cache: u64,
    /// What was read of the database.
    pub record_cache: u64,
    /// Documents that are parsed and validated.
    pub document_cache: u64,
    /// Documents that clients registered by their hash.
    pub persisted_documents: u64,
    /// A database connection: the statements that it keeps prepared, and its pages.
    pub each_database_connection: u64,
    /// All database connections: those of the threads, of exports, and the one that watches for revisions.
    pub database_connections: u64,
    /// What exports have under way.
    pub exports: u64,
    /// The largest operations, one for each thread: what they hold, and their responses.
    pub operations: u64,
    /// All of it.
    pub total: u64,
}

impl Server {
    /// The budget of memory.
    pub fn memory(&self) -> Memory {
        let Bounds { records, responses, documents } = self.caches.bounds();
        let persisted = if self.trusted_documents.is_none() { documents } else { 0 };
        let exports = u64::from(self.exports);
        let threads = u64::try_from(self.threads()).unwrap_or(u64::MAX);
        let connection =
            u64::from(PREPARED_STATEMENTS).saturating_mul(PREPARED_BYTES) + CONNECTION_BYTES;
        let connections = threads.saturating_mul(self.connections.into()) + exports + 1;
        let mut memory = Memory {
            response_cache: responses,
            record_cache: records,
            document_cache: documents,
            persisted_documents: persisted,
            each_database_connection: connection,
            database_connections: connections.saturating_mul(connection),
            exports: exports.saturating_mul(EXPORT_BYTES),
            operations: threads.saturating_mul(2).saturating_mul(self.limits.max_response),
            total: 0,
        };
        memory.total = [
            memory.response_cache,
            memory.record_cache,
            memory.document_cache,
            memory.persisted_documents,
            memory.database_connections,
            memory.exports,
            memory.operations,
        ]
        .into_iter()
        .fold(0, u64::saturating_add);
        memory
    }

    /// The number of threads of each kind.
    pub fn threads(&self) -> usize {
        match self.workers {
            Some(workers) => workers as usize,
            None => std::thread::available_parallelism().map_or(1, usize::from),
        }
    }
}
