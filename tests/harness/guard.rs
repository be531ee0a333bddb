//! Nothing that a test starts outlives it. A shell waits at a pipe from the test process; when the
//! pipe closes, whyever, the shell ends the program and takes its folder away.

use std::{
    ffi::OsStr,
    fs::File,
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    sync::OnceLock,
};

use tempfile::TempDir;

/// Sent to the program at the end.
#[derive(Clone, Copy)]
pub(crate) enum Ending {
    /// At once.
    Kill,
    /// As PostgreSQL stops without waiting for its clients.
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

/// A running program that ends with this value, or with the test process.
pub(crate) struct Guarded {
    shell: Child,
}

impl Guarded {
    /// Starts a program with its standard error in `log`. It leaves with `folder`, if it has one.
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
            // Ctrl-C at a terminal reaches the test process only, and the guard through its pipe.
            .process_group(0)
            .spawn()
            .unwrap();
        Self { shell }
    }

    pub(crate) fn stdout(&mut self) -> ChildStdout {
        self.shell.stdout.take().expect("standard output is taken once")
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

/// The folder of this test process. Everybody may enter it: PostgreSQL runs as another user.
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

/// A folder within that of this test process.
pub(crate) fn temporary() -> TempDir {
    TempDir::new_in(folder()).unwrap()
}
