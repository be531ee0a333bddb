//! Ensures that no process outlives the test that started it. A shell reads a pipe from the test
//! process. When the pipe closes for any reason, the shell ends the program and deletes its folder.

use std::{
    ffi::OsStr,
    fs::File,
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    sync::OnceLock,
};

use tempfile::TempDir;

/// The signal that ends a program.
#[derive(Clone, Copy)]
pub(crate) enum Ending {
    /// SIGKILL.
    Kill,
    /// SIGINT: PostgreSQL stops without waiting for its clients.
    Interrupt,
}

const SCRIPT: &str = r#"
"$@" & program=$!
exec >&- 2>&-
read -r _
kill -s "$ENDING" "$program"
wait "$program"
[ -z "$FOLDER" ] || rm -rf "$FOLDER"
"#;

/// A running program that ends on drop, or with the test process.
pub(crate) struct GuardedService {
    shell: Child,
}

impl GuardedService {
    /// Starts a program with its standard error in `log`. `folder` is deleted after it ends.
    pub(crate) fn start(
        command: &[impl AsRef<OsStr>],
        ending: Ending,
        log: &Path,
        folder: Option<&Path>,
    ) -> Self {
        let ending = match ending {
            Ending::Kill => "KILL",
            Ending::Interrupt => "INT",
        };
        let shell = Command::new("sh")
            .args(["-c", SCRIPT, "sh"])
            .args(command)
            .env("ENDING", ending)
            .env("FOLDER", folder.unwrap_or(Path::new("")))
            .current_dir(self::folder())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(log).unwrap())
            // Ctrl-C at the terminal signals only the test process; the shell notices by the pipe.
            .process_group(0)
            .spawn()
            .unwrap();
        Self { shell }
    }

    pub(crate) fn stdout(&mut self) -> ChildStdout {
        self.shell.stdout.take().expect("standard output is taken only once")
    }
}

impl Drop for GuardedService {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

/// The temporary folder of this test process. All users may enter it: PostgreSQL may run as another
/// user.
pub fn folder() -> &'static Path {
    static FOLDER: OnceLock<(TempDir, Child)> = OnceLock::new();
    let (folder, _) = FOLDER.get_or_init(|| {
        let folder = tempfile::Builder::new().prefix("adkb-tests-").tempdir().unwrap();
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
        let shell = Command::new("sh")
            .args(["-c", r#"read -r _; sleep 1; rm -rf "$0""#])
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();
        (folder, shell)
    });
    folder.path()
}

/// A new folder within [`folder`].
pub fn temporary() -> TempDir {
    TempDir::new_in(folder()).unwrap()
}
