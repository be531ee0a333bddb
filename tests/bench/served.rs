//! The process of the measured service, and the memory that Linux reports for it.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

/// A running `adkb serve`. The kernel kills it when the thread that started it ends.
pub struct Served {
    pub process: Child,
    /// Kept open: the service writes to it after its first line.
    _stdout: BufReader<ChildStdout>,
    /// URL of the GraphQL endpoint; empty if the service did not start.
    pub address: String,
}

impl Served {
    /// Starts the service on a free port. `log` receives its standard error; `open_files` is its
    /// soft limit of file descriptors, inherited if `None`.
    pub fn start(
        binary: &Path,
        url: &str,
        flags: &[impl AsRef<str>],
        log: Stdio,
        open_files: Option<u64>,
    ) -> Self {
        let limit = open_files.map(|limit| format!("--nofile={limit}:"));
        // Under nohup, the service would inherit an ignored SIGHUP.
        let mut process = Command::new("env")
            .arg("--default-signal=HUP")
            .args(limit.iter().flat_map(|limit| ["prlimit", limit]))
            .arg("setpriv")
            .args(["--pdeathsig", "KILL", "--"])
            .arg(binary)
            .args(["serve", "--port", "0"])
            .args(flags.iter().map(AsRef::as_ref))
            .env("DATABASE_URL", url)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("env of coreutils must be in PATH");
        let mut stdout = BufReader::new(process.stdout.take().expect("standard output is piped"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("adkb writes UTF-8");
        let address = line.split_whitespace().last().unwrap_or_default();
        Self { process, address: address.to_owned(), _stdout: stdout }
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Resident memory of a process, in megabytes; `None` if the process has ended.
pub fn rss(pid: u32) -> Option<f64> {
    memory(&format!("/proc/{pid}/status"), "VmRSS:")
}

/// A value in kB from a file of `/proc`, converted to megabytes.
pub fn memory(file: &str, name: &str) -> Option<f64> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|kb| kb / 1e3)
}
