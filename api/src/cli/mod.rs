//! The command line: one program with several commands.

mod check;
mod history;
mod import;
mod log;
mod memory;
mod serve;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use migration::{
    dataset::{Dataset, FolderError, LoadError, Problems},
    import::{ImportError, ImportTarget},
};
use sea_orm::DatabaseConnection;
use serde::Serialize;

use crate::{
    config::{Database, Pooler, Server},
    graphql, http,
    store::{
        ReadError as ReadFailure,
        connect::{self, ConnectError},
    },
};
use memory::Memory;

/// The knowledge base of ASEAN defence cooperation, served over GraphQL
///
/// To start, run `adkb serve` in an empty folder: it creates a SQLite database there, imports the
/// built-in dataset and serves GraphQL at http://127.0.0.1:8080/graphql.
#[derive(Parser)]
#[command(name = "adkb", version, propagate_version = true, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    serve: Server,
}

#[derive(Subcommand)]
enum Command {
    /// Serve GraphQL over HTTP; the default command
    ///
    /// First migrates the database's schema and imports the built-in dataset into an empty database.
    /// On Ctrl-C or SIGTERM it finishes the requests in progress and exits.
    Serve(Server),

    /// Migrate the database's schema, without changing its content
    Migrate(Database),

    /// Import a dataset into the database: all of it as one revision, or nothing
    ///
    /// The dataset is checked first. Importing the same dataset again changes nothing and creates no
    /// revision. Records that are missing from the dataset stay in the database, unless --prune is set.
    Import(import::Arguments),

    /// Print what an import would change, record by record and field by field; nothing is written
    Diff {
        /// The folder of the dataset [default: the built-in dataset]
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
        #[command(flatten)]
        database: Database,
        /// Also show the records that --prune would remove
        #[arg(long)]
        prune: bool,
    },

    /// Write the newest state of the database as the files of a dataset
    ///
    /// Importing them into the same database changes nothing. Reasons for accepted warnings are not part of
    /// the database.
    Export {
        /// A new or empty folder
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        #[command(flatten)]
        database: Database,
    },

    /// Check a dataset and report every problem with its file, its line and how to fix it
    ///
    /// Needs no database. Warnings are about what is valid but probably a mistake; a record can
    /// accept one with a reason. The exit code is 0 if there are no problems and 1 otherwise.
    Check {
        /// The folder of the dataset [default: the built-in dataset]
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
        /// Fail if there are warnings
        #[arg(long)]
        strict: bool,
    },

    /// Print the GraphQL schema to standard output
    Schema,

    /// Print the configuration that `serve` would use, as JSON
    Config(Server),
}

/// What `adkb config` prints.
#[derive(Serialize)]
struct Configuration {
    #[serde(flatten)]
    config: Server,
    memory: Memory,
}

/// Why a command failed. Displayed as one line for the user.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error(transparent)]
    Import(ImportError),
    #[error("{0}; nothing was written")]
    Problems(#[from] Problems),
    #[error("{0} warnings, and --strict allows none: mend them, or accept each with a reason")]
    Warnings(usize),
    #[error(transparent)]
    Listen(#[from] http::connections::ListenError),
    #[error("the server failed: {0}")]
    Server(std::io::Error),
    #[error("--log `{0}` is not a valid filter: write for example info, or warn,adkb=debug")]
    Log(String),
    #[error("--otlp `{url}` can't be used: {cause}")]
    Otlp { url: String, cause: String },
    #[error("--states-folder {folder} can't be used: {cause}; choose another folder")]
    StatesFolder { folder: String, cause: std::io::Error },
    #[error(transparent)]
    Admin(#[from] http::admin::ListenError),
    #[error(transparent)]
    Trusted(#[from] http::TrustedError),
    #[error("there is no database {0}: name one with --database-url")]
    NoDatabase(String),
    #[error("the dataset can't be written to {folder}: {cause}; choose a new or empty folder")]
    ExportFolder { folder: String, cause: String },
    #[error(transparent)]
    History(#[from] migration::history::HistoryError),
    #[error("the database can't be read")]
    Read(#[source] ReadFailure),
}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Problems(problems) => Self::Problems(problems),
            other => Self::Import(other),
        }
    }
}

/// Parses the arguments and runs the command.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let command = cli.command.unwrap_or(Command::Serve(cli.serve));
    let result = actix_web::rt::System::new().block_on(execute(command));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if let Failure::Problems(problems) = failure {
                check::report(problems);
            } else {
                print_error(&format!("error: {failure}"));
            }
            ExitCode::FAILURE
        }
    }
}

async fn execute(command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve(config) => serve::serve(config).await,
        Command::Migrate(database) => {
            let db = open(&database).await?;
            migration::import::migrate(target(&database, &db)).await?;
            close(db).await;
            print_line(&format!(
                "the schema of {} is up to date",
                connect::redacted(&database.database_url)
            ));
            Ok(())
        }
        Command::Import(arguments) => import::import(arguments).await,
        Command::Diff { folder, database, prune } => {
            history::diff(folder.as_deref(), &database, prune).await
        }
        Command::Export { folder, database } => history::export(folder, &database).await,
        Command::Check { folder, strict } => {
            let dataset = dataset(folder.as_deref())?;
            check::warn(&dataset.warnings);
            if strict && !dataset.warnings.is_empty() {
                return Err(Failure::Warnings(dataset.warnings.len()));
            }
            print_line(&format!(
                "no problems: {} records, dataset version {}",
                dataset.records.len(),
                dataset.about.version
            ));
            Ok(())
        }
        Command::Schema => {
            print_line(graphql::sdl().trim_end());
            Ok(())
        }
        Command::Config(mut config) => {
            let memory = Memory::of(&config);
            config.database.database_url = connect::redacted(&config.database.database_url);
            config.otlp = config.otlp.as_deref().map(connect::redacted);
            let shown = Configuration { config, memory };
            let json = serde_json::to_string_pretty(&shown).expect("settings are plain values");
            print_line(&json);
            Ok(())
        }
    }
}

/// Opens a database for writing.
async fn open(database: &Database) -> Result<DatabaseConnection, ConnectError> {
    connect::connect_through(&database.database_url, 1, database.database_pooler).await
}

/// Closes a database, so that a SQLite file is complete without its WAL file. Errors are ignored.
async fn close(db: DatabaseConnection) {
    let _ = db.close().await;
}

/// The import target for an open database.
fn target<'d>(database: &Database, db: &'d DatabaseConnection) -> ImportTarget<'d> {
    match database.database_pooler {
        Pooler::None => db.into(),
        Pooler::Transaction => ImportTarget::pooled(db),
    }
}

/// The dataset in a folder, or the built-in dataset.
fn dataset(folder: Option<&std::path::Path>) -> Result<Dataset, Failure> {
    let read = match folder {
        Some(folder) => Dataset::from_folder(folder),
        None => Dataset::embedded().map_err(LoadError::from),
    };
    read.map_err(|error| match error {
        LoadError::Folder(error) => Failure::Folder(error),
        LoadError::Problems(problems) => Failure::Problems(problems),
    })
}

/// Prints a line to standard error. A closed pipe is not an error.
fn print_error(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Prints a line to standard output. A closed pipe is not an error.
fn print_line(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout(), "{line}");
}
