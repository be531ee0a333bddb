//! A PostgreSQL server for this test process.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use crate::guard::{Ending, GuardedService, folder};

const MISSING: &str = "the PostgreSQL server, which the tests need, is not installed: \
    install it with `apt-get install postgresql` (Debian, Ubuntu) or `dnf install postgresql-server` \
    (Fedora), or add its programs (initdb, postgres) to PATH";

pub(crate) struct Cluster {
    programs: PathBuf,
    port: u16,
    _server: GuardedService,
}

/// The server, started by the first call.
pub(crate) fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(Cluster::start)
}

impl Cluster {
    fn start() -> Self {
        let programs = programs().expect(MISSING);
        let prefix = unprivileged();
        let run = |program: &Path, arguments: &[&str]| {
            let command = command(&prefix, program);
            output(Command::new(&command[0]).args(&command[1..]).args(arguments))
        };
        let template = std::env::temp_dir().join("adkb-postgres-XXXXXX");
        let made = run(Path::new("mktemp"), &["-d", &template.to_string_lossy()]);
        let data = PathBuf::from(String::from_utf8_lossy(&made.stdout).trim());
        let place = data.to_string_lossy();
        run(
            &programs.join("initdb"),
            &["-D", &place, "-U", "postgres", "-A", "trust", "-E", "UTF8"]
                .into_iter()
                // A locale that does not sort by bytes reveals queries that rely on the server's
                // collation.
                .chain(["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en"])
                .chain(["--no-sync"])
                .collect::<Vec<_>>(),
        );
        let port = free_port();
        let mut server = command(&prefix, &programs.join("postgres"));
        server.extend(["-D".into(), place.to_string()]);
        for setting in [
            format!("port={port}"),
            format!("unix_socket_directories={place}"),
            "listen_addresses=127.0.0.1".to_owned(),
            "max_connections=300".to_owned(),
            "fsync=off".to_owned(),
            "synchronous_commit=off".to_owned(),
            "full_page_writes=off".to_owned(),
        ] {
            server.extend(["-c".into(), setting]);
        }
        let log = folder().join("postgres.log");
        let server = GuardedService::start(&server, Ending::Interrupt, &log, Some(&data));
        let cluster = Self { programs, port, _server: server };
        let began = Instant::now();
        while !cluster.client("pg_isready").status().is_ok_and(|status| status.success()) {
            assert!(
                began.elapsed() < Duration::from_secs(60),
                "PostgreSQL does not start: {}",
                std::fs::read_to_string(&log).unwrap_or_default(),
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        cluster
    }

    fn client(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", "postgres"]);
        command.stdout(Stdio::null());
        command
    }

    /// Creates a database as a copy of another and returns its name.
    pub(crate) fn create(&self, template: &str) -> String {
        self.create_with(template, &[])
    }

    /// Like [`Cluster::create`], with further arguments of `createdb`.
    pub(crate) fn create_with(&self, template: &str, arguments: &[&str]) -> String {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let name = format!("test{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        output(self.client("createdb").args(["-T", template, &name]).args(arguments));
        name
    }

    /// Drops a database, even if it is in use.
    pub(crate) fn drop(&self, name: &str) {
        output(self.client("dropdb").args(["--force", "--if-exists", name]));
    }

    pub(crate) fn url(&self, name: &str) -> String {
        url(self.port, name)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

/// The URL of a database on a local port.
pub(crate) fn url(port: u16, name: &str) -> String {
    format!("postgres://postgres@127.0.0.1:{port}/{name}")
}

/// The folder of the newest installed server's programs.
fn programs() -> Option<PathBuf> {
    let has_server =
        |folder: &PathBuf| folder.join("initdb").is_file() && folder.join("postgres").is_file();
    let version = |folder: &PathBuf| -> u32 {
        let name = folder.parent().and_then(Path::file_name).unwrap_or_default();
        name.to_string_lossy().parse().unwrap_or(0)
    };
    let packaged = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .filter(has_server)
        .max_by_key(version);
    let configured = || {
        let output = Command::new("pg_config").arg("--bindir").output().ok()?;
        Some(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim())).filter(has_server)
    };
    let in_path = || {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).find(has_server)
    };
    packaged.or_else(configured).or_else(in_path)
}

/// A command prefix that switches from root to another user, because PostgreSQL refuses to run as
/// root. Empty if this process does not run as root.
pub(crate) fn unprivileged() -> Vec<String> {
    let id = |arguments: &[&str]| {
        let output = Command::new("id").args(arguments).output().unwrap();
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    if id(&["-u"]).as_deref() != Some("0") {
        return Vec::new();
    }
    let user = ["postgres", "nobody"].into_iter().find(|user| id(&["-u", user]).is_some());
    let user = user.expect("PostgreSQL needs a user `postgres` or `nobody` to run as");
    let group = id(&["-gn", user]).unwrap();
    // setpriv replaces itself with the command, so signals reach the server.
    ["setpriv", "--reuid", user, "--regid", &group, "--clear-groups"].map(str::to_owned).to_vec()
}

pub(crate) fn command(prefix: &[String], program: &Path) -> Vec<String> {
    prefix.iter().cloned().chain([program.to_string_lossy().into_owned()]).collect()
}

fn output(command: &mut Command) -> Output {
    let output = command.current_dir("/").output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
