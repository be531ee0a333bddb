//! The command line: one program, many commands.

mod check;
mod import;
mod log;
mod serve;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use migration::{
    dataset::{Dataset, FolderError, Problems, ReadError},
    import::{ImportError, Target},
};
use sea_orm::DatabaseConnection;
use serde::Serialize;

use crate::{
    config::{Database, Memory, Pooler, Server},
    graphql, http,
    store::ReadError as ReadFailure,
    store::connect::{self, ConnectError},
};

/// The knowledge base of ASEAN defence cooperation, served by GraphQL
///
/// `adkb serve` in an empty folder is enough: it makes a SQLite database there, fills it with the
/// dataset of this build and answers on http://127.0.0.1:8080/graphql.
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
    /// Answer GraphQL queries over HTTP; what `adkb` alone does
    ///
    /// Brings the database's schema up to date first, and fills an empty database with the dataset
    /// of this build. Ctrl-C and SIGTERM end it once the requests under way are answered.
    Serve(Server),

    /// Bring the database's schema up to date, and leave its content alone
    Migrate(Database),

    /// Apply a dataset to the database: all of it as one revision, or nothing
    ///
    /// The dataset is checked first. Importing the same dataset again changes nothing and makes no
    /// revision. Records that the database has and the dataset has not stay, unless --prune is given.
    Import(import::Arguments),

    /// Check a dataset and report every problem, with file, line and what to do
    ///
    /// Needs no database. The exit code is 0 if there is no problem and 1 otherwise.
    Check {
        /// The folder of the dataset [default: the dataset of this build]
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
    },

    /// Print the GraphQL schema to standard output
    Schema,

    /// Print the configuration that `serve` would run with, as JSON
    Config(Server),
}

/// What `adkb config` prints.
#[derive(Serialize)]
struct Configuration {
    #[serde(flatten)]
    config: Server,
    memory: Memory,
}

/// Why a command failed; one line for the user.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error(transparent)]
    Import(ImportError),
    #[error("{0}; nothing was written")]
    Problems(Problems),
    #[error(transparent)]
    Listen(#[from] http::connections::ListenError),
    #[error("the server failed: {0}")]
    Server(std::io::Error),
    #[error("--log `{0}` is no filter: write for example info, or warn,adkb=debug")]
    Log(String),
    #[error("--otlp `{url}` can't be used: {cause}")]
    Otlp { url: String, cause: String },
    #[error(transparent)]
    Admin(#[from] http::admin::ListenError),
    #[error(transparent)]
    Trusted(#[from] http::TrustedError),
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

/// Runs the command that the arguments name.
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
                complain(&format!("error: {failure}"));
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
            say(&format!(
                "the schema of {} is up to date",
                connect::redacted(&database.database_url)
            ));
            Ok(())
        }
        Command::Import(arguments) => import::import(arguments).await,
        Command::Check { folder } => {
            let dataset = dataset(folder.as_deref())?;
            check::remark(&dataset.remarks);
            say(&format!(
                "no problem: {} records, dataset version {}",
                dataset.records.len(),
                dataset.about.version
            ));
            Ok(())
        }
        Command::Schema => {
            say(graphql::sdl().trim_end());
            Ok(())
        }
        Command::Config(mut config) => {
            let memory = config.memory();
            config.database.database_url = connect::redacted(&config.database.database_url);
            config.otlp = config.otlp.as_deref().map(connect::redacted);
            let shown = Configuration { config, memory };
            let json = serde_json::to_string_pretty(&shown).expect("settings are plain values");
            say(&json);
            Ok(())
        }
    }
}

/// Opens a database to write to.
async fn open(database: &Database) -> Result<DatabaseConnection, ConnectError> {
    connect::connect_through(&database.database_url, 1, database.database_pooler).await
}

/// Closes a database, so that a SQLite file is whole without its log files. One that can't be closed is
/// dropped.
async fn close(db: DatabaseConnection) {
    let _ = db.close().await;
}

/// An open database, as it is written to.
fn target<'d>(database: &Database, db: &'d DatabaseConnection) -> Target<'d> {
    match database.database_pooler {
        Pooler::None => db.into(),
        Pooler::Transaction => Target::pooled(db),
    }
}

/// The dataset in a folder, or the one of this build.
fn dataset(folder: Option<&std::path::Path>) -> Result<Dataset, Failure> {
    let read = match folder {
        Some(folder) => Dataset::from_folder(folder),
        None => Dataset::embedded().map_err(ReadError::from),
    };
    read.map_err(|error| match error {
        ReadError::Folder(error) => Failure::Folder(error),
        ReadError::Problems(problems) => Failure::Problems(problems),
    })
}

/// Prints a line to standard error; a reader who has gone away is no error.
fn complain(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Prints a line to standard output; a reader who has gone away is no error.
fn say(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout(), "{line}");
}
