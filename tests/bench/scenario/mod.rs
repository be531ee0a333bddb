//! The scenarios, and what they share: the service under test and its database.

mod client_kind;
pub mod clients;
pub mod costly;
pub mod filters;
mod http;
pub mod overload;
mod proxy;
pub mod sigterm;
mod sockets;
pub mod stalled;
mod table;
mod watch;

use std::{
    fs::{self, File},
    net::SocketAddr,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::ValueEnum;
use migration::dataset::Dataset;
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

use crate::{generate, served::Served};

#[derive(Clone, Copy, ValueEnum)]
pub enum Backend {
    Sqlite,
    Postgres,
}

impl Backend {
    fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// The program to measure.
pub struct Target {
    binary: PathBuf,
    flags: Vec<String>,
    /// In megabytes.
    max_memory: f64,
    folder: TempDir,
}

impl Target {
    pub fn new(binary: PathBuf, flags: Vec<String>, max_memory: f64) -> Self {
        // A relative name without a folder would be looked up in PATH.
        let binary = binary.canonicalize().expect("--binary names a program");
        let folder = tempfile::tempdir().expect("a temporary folder can be created");
        Self { binary, flags, max_memory, folder }
    }

    /// The URL of a new database. The service imports its dataset into it when it starts.
    async fn database(&self, backend: Backend) -> String {
        match backend {
            Backend::Sqlite => {
                let folder =
                    tempfile::tempdir_in(self.folder.path()).expect("it is writable").keep();
                format!("sqlite:{}", folder.join("adkb.db").display())
            }
            Backend::Postgres => harness::postgres_database().await,
        }
    }

    fn start(&self, url: &str) -> Service {
        self.start_with(url, None)
    }

    /// Like [`Target::start`], with a soft limit of file descriptors.
    fn start_with(&self, url: &str, open_files: Option<u64>) -> Service {
        let log = self.folder.path().join("log");
        let file = File::create(&log).expect("it is writable");
        let served = Served::start(&self.binary, url, &self.flags, file.into(), open_files);
        let address = served.address.trim_start_matches("http://").split('/').next();
        let address = address.and_then(|address| address.parse().ok()).unwrap_or_else(|| {
            panic!("adkb does not start: {}", fs::read_to_string(&log).unwrap_or_default())
        });
        Service { served, address, log }
    }

    /// Imports a generated dataset with `events` events. `prune` removes all other records.
    async fn import(&self, url: &str, events: usize, prune: bool) {
        let folder = tempfile::tempdir_in(self.folder.path()).expect("it is writable");
        write(&generate::dataset(events), folder.path());
        let output = Command::new(&self.binary)
            .arg("import")
            .arg(folder.path())
            .args(prune.then_some("--prune"))
            .env("DATABASE_URL", url)
            .kill_on_drop(true)
            .output()
            .await
            .expect("adkb starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// The service under test, killed when the value is dropped.
struct Service {
    served: Served,
    address: SocketAddr,
    log: PathBuf,
}

impl Service {
    fn pid(&self) -> u32 {
        self.served.pid()
    }

    fn signal(&self, signal: rustix::process::Signal) {
        let pid = i32::try_from(self.pid()).ok().and_then(rustix::process::Pid::from_raw);
        let sent = rustix::process::kill_process(pid.expect("the process id is valid"), signal);
        sent.expect("the process exists until it is waited for");
    }

    /// `running`, or how the process ended.
    fn state(&mut self) -> String {
        match self.served.process.try_wait().expect("a child can be waited for") {
            None => "running".to_owned(),
            Some(status) => match (status.code(), status.signal()) {
                (Some(code), _) => format!("exit code {code}"),
                (None, Some(signal)) => format!("signal {signal}"),
                (None, None) => "ended".to_owned(),
            },
        }
    }

    /// Like [`Service::state`], after up to a second in which the process may end.
    async fn state_soon(&mut self) -> String {
        for _ in 0..20 {
            if self.state() != "running" {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.state()
    }

    /// The service's log so far.
    fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }
}

/// Writes a dataset as the TOML files that `adkb import` reads.
fn write(dataset: &Dataset, folder: &Path) {
    /// Keeps each file below the size limit of an import.
    const RECORDS_OF_A_FILE: usize = 2_000;
    let about = &dataset.about;
    let about = format!(
        "name = {}\nversion = {}\nlicence = {}\ncollected_until = {}\n",
        toml(&about.name.as_str().into()),
        toml(&about.version.to_string().into()),
        toml(&about.licence.as_str().into()),
        toml(&about.collected_until.0.to_string().into()),
    );
    fs::write(folder.join("dataset.toml"), about).expect("it is writable");
    for (number, records) in dataset.records.chunks(RECORDS_OF_A_FILE).enumerate() {
        let mut text = String::new();
        for record in records {
            text += &format!(
                "[[{}]]\n",
                sea_orm::ActiveEnum::to_value(&record.kind()).replace('-', "_")
            );
            let value = serde_json::to_value(record).expect("a record can be serialized");
            for (key, value) in value.as_object().expect("a record is an object") {
                match (key.as_str(), value) {
                    // Not part of the TOML format: the import computes it.
                    ("derived", _) | (_, Value::Null) => {}
                    // A party's key is its code.
                    ("slug", _) if record.kind() == entities::record::RecordKind::Party => {
                        text += &format!("code = {}\n", toml(value));
                    }
                    _ => text += &format!("{key} = {}\n", toml(value)),
                }
            }
        }
        fs::write(folder.join(format!("{number}.toml")), text).expect("it is writable");
    }
}

/// A JSON value as TOML.
fn toml(value: &Value) -> String {
    match value {
        Value::Array(entries) => {
            format!("[{}]", entries.iter().map(toml).collect::<Vec<_>>().join(", "))
        }
        Value::Object(members) => {
            let members = members.iter().map(|(key, value)| format!("{key} = {}", toml(value)));
            format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}
