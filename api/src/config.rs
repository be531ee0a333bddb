//! Every setting of the program: its flag, environment variable, default and meaning.

use std::{net::SocketAddr, path::PathBuf};

use clap::{ArgAction, Args, ValueEnum};
use serde::Serialize;

/// The database that holds the knowledge base.
#[derive(Args, Clone, Debug, Serialize)]
pub struct Database {
    /// The database: sqlite:FILE or postgres://USER:PASSWORD@HOST/NAME
    ///
    /// A SQLite file that does not exist is created. Pass a password in the environment variable:
    /// other users of the machine can read the flags of a process.
    #[arg(
        long,
        env = "DATABASE_URL",
        default_value = "sqlite:adkb.db",
        value_name = "URL",
        hide_env_values = true
    )]
    pub database_url: String,

    /// The mode of a connection pooler in front of PostgreSQL, such as PgBouncer
    ///
    /// With `transaction`, the program sends nothing that such a pooler does not support: no startup
    /// parameters, no named prepared statements, no LISTEN. It polls for new revisions once a second.
    #[arg(long, env = "ADKB_DATABASE_POOLER", value_enum, default_value_t = Pooler::None)]
    pub database_pooler: Pooler,
}

/// The mode of a connection pooler in front of PostgreSQL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Pooler {
    /// No pooler
    #[default]
    None,
    /// Each transaction may use a different connection: PgBouncer's transaction mode; also works in
    /// session mode
    Transaction,
}

/// What is imported at the start of the service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum ImportAtStart {
    /// Nothing, unless the database is empty
    #[default]
    None,
    /// The dataset built into the program
    Embedded,
}

/// The settings of the service.
#[derive(Args, Clone, Debug, Serialize)]
pub struct Server {
    /// The address to listen on: an IP address, or a host name such as localhost
    #[arg(long, env = "ADKB_HOST", default_value = "127.0.0.1", value_name = "HOST")]
    pub host: String,

    /// The port to listen on; 0 chooses a free port
    #[arg(long, env = "ADKB_PORT", default_value_t = 8080)]
    pub port: u16,

    /// A separate address for /metrics, /healthz and /readyz; /metrics is then served only there
    #[arg(long, env = "ADKB_ADMIN_ADDRESS", value_name = "IP:PORT")]
    pub admin_address: Option<SocketAddr>,

    #[command(flatten)]
    #[serde(flatten)]
    pub database: Database,

    /// Which dataset is imported at the start, as one revision
    ///
    /// An empty database always gets the built-in dataset. Records that are missing from the dataset stay.
    #[arg(long, env = "ADKB_IMPORT", value_enum, default_value_t = ImportAtStart::None)]
    pub import: ImportAtStart,

    /// Threads that serve connections, and the same number that run operations [default: one per processor]
    #[arg(long, env = "ADKB_WORKERS", value_name = "THREADS", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub workers: Option<u32>,

    /// Database connections per thread that runs operations
    #[arg(long, env = "ADKB_CONNECTIONS", default_value_t = 2, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub connections: u32,

    /// Operations that each thread runs at once; further ones wait for 0.1 s at most
    ///
    /// Under sustained load they wait for 0.01 s at most. Operations that wait longer are rejected with the
    /// code BUSY, status 503 and Retry-After. Operations over WebSocket wait until --timeout.
    #[arg(long, env = "ADKB_OPERATIONS", default_value_t = 16, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=65_536))]
    pub operations: u32,

    /// Exports that run at once, each on its own database connection
    #[arg(long, env = "ADKB_EXPORTS", default_value_t = 4, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub exports: u32,

    /// Disk space for exports that clients are downloading, in MiB; further exports get 503
    ///
    /// In the directory for temporary files. An export of the built-in dataset takes a few MiB at most.
    #[arg(long, env = "ADKB_EXPORT_SPOOL", default_value_t = 1024, value_name = "MIB", value_parser = clap::value_parser!(u64).range(1..=1 << 20))]
    pub export_spool: u64,

    /// The folder for earlier states, which /at/VERSION serves [default: the folder for temporary files]
    ///
    /// The states are deleted when the service ends.
    #[arg(long, env = "ADKB_STATES_FOLDER", value_name = "FOLDER")]
    pub states_folder: Option<PathBuf>,

    /// Disk space for earlier states, in MiB; the least recently used are deleted
    ///
    /// A state of the built-in dataset takes 10 MiB.
    #[arg(long, env = "ADKB_STATES_SIZE", default_value_t = 1024, value_name = "MIB", value_parser = clap::value_parser!(u64).range(1..=1 << 20))]
    pub states_size: u64,

    /// The address at which users reach the service, for permanent links: https://example.org
    ///
    /// Without it, permanent links are relative, and citations have none.
    #[arg(long, env = "ADKB_PUBLIC_URL", value_name = "URL", value_parser = public_url)]
    pub public_url: Option<String>,

    /// The timeout of a database statement, in seconds
    #[arg(long, env = "ADKB_STATEMENT_TIMEOUT", default_value_t = 15, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub statement_timeout: u64,

    #[command(flatten)]
    #[serde(flatten)]
    pub limits: Limits,

    #[command(flatten)]
    #[serde(flatten)]
    pub caches: Caches,

    /// The maximum size of a request body, in bytes
    #[arg(long, env = "ADKB_MAX_BODY", default_value_t = 1 << 20, value_name = "BYTES")]
    pub max_body: usize,

    /// The timeout of a request, in seconds
    #[arg(long, env = "ADKB_TIMEOUT", default_value_t = 30, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub timeout: u64,

    /// Maximum number of client connections; further ones get 503
    #[arg(long, env = "ADKB_MAX_CONNECTIONS", default_value_t = 4096, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_connections: u32,

    /// Maximum number of client connections from one address, which may be a proxy's; 0 for no limit
    #[arg(
        long,
        env = "ADKB_MAX_CONNECTIONS_PER_ADDRESS",
        default_value_t = 2048,
        value_name = "NUMBER"
    )]
    pub max_connections_per_address: u32,

    /// How long a client may take to send the headers of a request, in seconds
    #[arg(long, env = "ADKB_HEAD_TIMEOUT", default_value_t = 10, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub head_timeout: u64,

    /// How long an idle connection is kept open between two requests, in seconds
    #[arg(long, env = "ADKB_KEEP_ALIVE", default_value_t = 75, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub keep_alive: u64,

    /// Minimum rate at which a client sends a body or receives a response, in bytes per second; 0 for no limit
    #[arg(long, env = "ADKB_MIN_RATE", default_value_t = 2000, value_name = "BYTES")]
    pub min_rate: u64,

    /// How long a client may fall behind --min-rate, in seconds
    #[arg(long, env = "ADKB_STALL_TIMEOUT", default_value_t = 20, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub stall_timeout: u64,

    /// How long /readyz fails at shutdown before the service stops accepting connections, in seconds
    ///
    /// Set it to the time that the load balancer takes to notice the failure.
    #[arg(long, env = "ADKB_SHUTDOWN_DELAY", default_value_t = 0, value_name = "SECONDS")]
    pub shutdown_delay: u64,

    /// How long requests in progress may take to finish at shutdown, in seconds
    #[arg(long, env = "ADKB_SHUTDOWN_TIMEOUT", default_value_t = 10, value_name = "SECONDS")]
    pub shutdown_timeout: u64,

    /// How long browsers and CDNs may reuse a response without revalidation, in seconds
    ///
    /// With 0 they revalidate every time, which is cheap while the data has not changed.
    #[arg(long, env = "ADKB_MAX_AGE", default_value_t = 0, value_name = "SECONDS")]
    pub max_age: u32,

    /// The origins whose pages may read responses (CORS), separated by commas; * for all
    #[arg(
        long,
        env = "ADKB_CORS",
        default_value = "*",
        value_delimiter = ',',
        value_name = "ORIGINS"
    )]
    pub cors: Vec<String>,

    /// Run only the documents in this file: a JSON object that maps the SHA-256 of a document to its text
    ///
    /// This is the format in which graphql-codegen and Relay's compiler write persisted documents.
    #[arg(long, env = "ADKB_TRUSTED_DOCUMENTS", value_name = "FILE")]
    pub trusted_documents: Option<PathBuf>,

    /// Whether clients may query the schema by introspection
    #[arg(long, env = "ADKB_INTROSPECTION", default_value_t = true, action = ArgAction::Set, value_name = "BOOL")]
    pub introspection: bool,

    /// Whether errors suggest names that are similar to an unknown one
    #[arg(long, env = "ADKB_SUGGESTIONS", default_value_t = true, action = ArgAction::Set, value_name = "BOOL")]
    pub suggestions: bool,

    /// How long a WebSocket client may take to send connection_init, in seconds
    #[arg(long, env = "ADKB_WS_INIT_TIMEOUT", default_value_t = 5, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub ws_init_timeout: u64,

    /// Maximum number of WebSockets; further ones get 503
    #[arg(long, env = "ADKB_WS_MAX", default_value_t = 2048, value_name = "NUMBER")]
    pub ws_max: u32,

    /// Maximum number of WebSockets from one address, which may be a proxy's; 0 for no limit
    #[arg(long, env = "ADKB_WS_MAX_PER_ADDRESS", default_value_t = 1024, value_name = "NUMBER")]
    pub ws_max_per_address: u32,

    /// Maximum number of operations that one WebSocket runs at once
    #[arg(long, env = "ADKB_WS_MAX_OPERATIONS", default_value_t = 100, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub ws_max_operations: u32,

    /// What is logged to standard error: error, warn, info, debug or trace, optionally per module
    #[arg(
        long,
        env = "ADKB_LOG",
        default_value = "warn,adkb=info,actix_http=off",
        value_name = "FILTER"
    )]
    pub log: String,

    /// The format of the log
    #[arg(long, env = "ADKB_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,

    /// How many lines of one kind are logged in a burst; further ones are only counted. 0 logs all
    ///
    /// Lines of one kind come from the same place in the code. The full number is available again after three
    /// minutes.
    #[arg(long, env = "ADKB_LOG_REPEATS", default_value_t = 100, value_name = "LINES")]
    pub log_repeats: u32,

    /// The OpenTelemetry collector that receives traces over HTTP: http://127.0.0.1:4318
    ///
    /// If the URL has no path, /v1/traces is added.
    #[arg(long, env = "ADKB_OTLP", value_name = "URL")]
    pub otlp: Option<String>,
}

/// The format of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One line of text per event, for people
    Text,
    /// One line of JSON per event, for programs
    Json,
}

/// Limits of an operation. They are checked before it runs; `max_response` also while it runs.
#[derive(Args, Clone, Copy, Debug, Serialize)]
pub struct Limits {
    /// Maximum nesting depth of the fields of an operation
    #[arg(long, env = "ADKB_MAX_DEPTH", default_value_t = 16, value_name = "LEVELS")]
    pub max_depth: u64,

    /// Maximum number of fields of an operation; the fields of a fragment count once per spread
    #[arg(long, env = "ADKB_MAX_FIELDS", default_value_t = 1_000, value_name = "NUMBER")]
    pub max_fields: u64,

    /// Maximum number of root fields of an operation
    #[arg(long, env = "ADKB_MAX_ROOT_FIELDS", default_value_t = 30, value_name = "NUMBER")]
    pub max_root_fields: u64,

    /// Maximum number of aliases of an operation
    #[arg(long, env = "ADKB_MAX_ALIASES", default_value_t = 60, value_name = "NUMBER")]
    pub max_aliases: u64,

    /// Maximum number of directives of an operation
    #[arg(long, env = "ADKB_MAX_DIRECTIVES", default_value_t = 60, value_name = "NUMBER")]
    pub max_directives: u64,

    /// Maximum number of tokens of a document
    #[arg(long, env = "ADKB_MAX_TOKENS", default_value_t = 10_000, value_name = "NUMBER")]
    pub max_tokens: u64,

    /// Maximum number of objects of a response, by its page sizes and the longest lists of the data
    #[arg(long, env = "ADKB_MAX_NODES", default_value_t = 100_000, value_name = "NUMBER")]
    pub max_nodes: u64,

    /// Maximum number of values of a response; a formatted reference counts as 100
    #[arg(long, env = "ADKB_MAX_VALUES", default_value_t = 1_000_000, value_name = "NUMBER")]
    pub max_values: u64,

    /// Maximum size of a response in bytes, before compression
    #[arg(long, env = "ADKB_MAX_RESPONSE", default_value_t = 16 << 20, value_name = "BYTES")]
    pub max_response: u64,

    /// Maximum number of filter conditions of an operation: fields, words, parts of and, or and not
    #[arg(long, env = "ADKB_MAX_CONDITIONS", default_value_t = 300, value_name = "NUMBER")]
    pub max_conditions: u64,

    /// Maximum number of list entries in the arguments of an operation, without duplicates
    #[arg(long, env = "ADKB_MAX_LIST_VALUES", default_value_t = 2_000, value_name = "NUMBER")]
    pub max_list_values: u64,

    /// Maximum nesting depth of filters by and, or and not
    #[arg(long, env = "ADKB_MAX_FILTER_DEPTH", default_value_t = 10, value_name = "LEVELS")]
    pub max_filter_depth: u64,

    /// Maximum length of a word of a text, or of a list entry, in characters
    #[arg(long, env = "ADKB_MAX_WORD", default_value_t = 256, value_name = "CHARACTERS")]
    pub max_word: u64,
}

/// The memory limits of the caches, which hold data of the newest revision.
#[derive(Args, Clone, Copy, Debug, Serialize)]
pub struct Caches {
    /// Memory for cached responses, in MiB; 0 disables the cache
    #[arg(long, env = "ADKB_RESPONSE_CACHE", default_value_t = 64, value_name = "MIB", value_parser = clap::value_parser!(u64).range(..=1 << 20))]
    pub response_cache: u64,

    /// Memory for cached results of database reads, in MiB; 0 disables the cache
    #[arg(long, env = "ADKB_RECORD_CACHE", default_value_t = 64, value_name = "MIB", value_parser = clap::value_parser!(u64).range(..=1 << 20))]
    pub record_cache: u64,

    /// Memory for parsed and validated documents, in MiB
    #[arg(long, env = "ADKB_DOCUMENT_CACHE", default_value_t = 16, value_name = "MIB", value_parser = clap::value_parser!(u64).range(..=1 << 20))]
    pub document_cache: u64,
}

/// A public address, without a slash at its end.
fn public_url(text: &str) -> Result<String, String> {
    let url = url::Url::parse(text).map_err(|error| error.to_string())?;
    let is_plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    match url.scheme() {
        "http" | "https" if url.has_host() && is_plain => {
            Ok(url.as_str().trim_end_matches('/').to_owned())
        }
        _ => Err("write the address of the service, such as https://example.org".to_owned()),
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
