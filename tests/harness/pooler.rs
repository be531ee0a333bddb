//! PgBouncer in front of the tests' PostgreSQL server.

use std::{
    fs,
    net::TcpStream,
    path::Path,
    time::{Duration, Instant},
};

use crate::{
    Database,
    guard::{Ending, GuardedService, temporary},
    postgres::{command, free_port, unprivileged},
};

/// PgBouncer in transaction mode, with two connections to the server for all clients. Stopped on
/// drop.
pub struct PgBouncer {
    port: u16,
    _folder: tempfile::TempDir,
    _process: GuardedService,
}

impl PgBouncer {
    /// Starts PgBouncer in front of a database's server. `None` if PgBouncer is not installed.
    pub fn before(database: &Database) -> Option<Self> {
        let program = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer"];
        let program = program.into_iter().map(Path::new).find(|program| program.is_file())?;
        let (folder, port) = (temporary(), free_port());
        // PgBouncer may run as another user, which must read the configuration.
        fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .unwrap();
        let configuration = folder.path().join("pgbouncer.ini");
        let text = format!(
            "[databases]\n* = host=127.0.0.1 port={} user=postgres\n\
             [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
             auth_type = any\npool_mode = transaction\ndefault_pool_size = 2\nmax_client_conn = 200\n",
            database.port(),
        );
        fs::write(&configuration, text).unwrap();
        let mut line = command(&unprivileged(), program);
        line.push(configuration.to_string_lossy().into_owned());
        let log = folder.path().join("log");
        let process = GuardedService::start(&line, Ending::Kill, &log, None);
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let log = fs::read_to_string(&log).unwrap_or_default();
            assert!(began.elapsed() < Duration::from_secs(20), "PgBouncer does not start: {log}");
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(Self { port, _folder: folder, _process: process })
    }

    pub fn port(&self) -> u16 {
        self.port
    }
}
