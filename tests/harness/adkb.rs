//! Runs the program as a user does.

use std::{
    ffi::OsStr,
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
};

use crate::{Database, Dataset, folder};

/// Path of the program: the environment variable `ADKB` or, if unset, a build with the profile of
/// the tests.
pub fn adkb() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        if let Some(named) = std::env::var_os("ADKB") {
            return Path::new(&named).canonicalize().expect("ADKB names a program");
        }
        let this = std::env::current_exe().unwrap();
        // Test executables are in target/PROFILE/deps, other programs in target/PROFILE.
        let built = this.ancestors().skip(1).find(|folder| !folder.ends_with("deps")).unwrap();
        let profile = match built.file_name().and_then(OsStr::to_str).unwrap() {
            "debug" => "dev",
            profile => profile,
        };
        let cargo = std::env::var_os("CARGO").unwrap_or("cargo".into());
        let mut build = Command::new(cargo);
        // Cargo sets these variables for tests. Build scripts that watch them would see a change,
        // and half of the dependencies would be recompiled.
        for (name, _) in std::env::vars().filter(|(name, _)| {
            name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
        }) {
            build.env_remove(name);
        }
        let output = build
            // The whole workspace, like the tests: the same features, so nothing is compiled twice.
            .args(["build", "--quiet", "--workspace", "--bins", "--profile", profile])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        built.join("adkb")
    })
}

/// One run of `adkb`, in an empty environment.
pub struct Adkb {
    command: Command,
    input: Vec<u8>,
}

/// The result of a run.
#[derive(Debug)]
pub struct Output {
    /// The exit code; `None` if a signal ended the program.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Adkb {
    pub fn new(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        let mut command = Command::new(adkb());
        command.args(arguments).env_clear().current_dir(folder());
        Self { command, input: Vec::new() }
    }

    /// `adkb import` of a dataset's folder.
    pub fn import(dataset: &Dataset) -> Self {
        Self::new([OsStr::new("import"), dataset.path().as_os_str()])
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn database(self, database: &Database) -> Self {
        self.env("DATABASE_URL", database.url())
    }

    pub fn cwd(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Adds arguments.
    pub fn with(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(arguments);
        self
    }

    pub fn stdin(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = input.into();
        self
    }

    /// Starts the program. The caller must end it.
    pub fn spawn(&mut self) -> Child {
        self.command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    pub fn run(mut self) -> Output {
        let mut child = self.spawn();
        let mut stdin = child.stdin.take().unwrap();
        // Ignores a write error: the program may end without reading its input.
        let _ = stdin.write_all(&self.input);
        drop(stdin);
        Output::of(child)
    }
}

impl Output {
    /// Waits until a program ends.
    pub fn of(child: Child) -> Self {
        let output = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).expect("adkb writes UTF-8");
        Self {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// Asserts that the run succeeded.
    #[track_caller]
    pub fn success(self) -> Self {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        self
    }

    /// The error line of a run that must be rejected before it does anything. Asserts that it is
    /// the only line.
    #[track_caller]
    pub fn refused(self) -> String {
        assert_eq!(
            self.stderr.trim_end().lines().count(),
            1,
            "not exactly one line: {}",
            self.stderr
        );
        self.failed()
    }

    /// The last line of a run that must fail. Asserts that it is an error without implementation
    /// details.
    #[track_caller]
    pub fn failed(self) -> String {
        assert_eq!(self.code, Some(1), "{self:?}");
        assert_eq!(self.stdout, "", "an error goes to standard error");
        let line = self.stderr.trim_end().lines().last().unwrap_or_default().to_owned();
        assert!(line.starts_with("error: "), "{}", self.stderr);
        for internal in ["panicked", ".rs:", "SELECT", "INSERT", "sqlx", "DbErr"] {
            assert!(!line.contains(internal), "the error contains `{internal}`: {line}");
        }
        line
    }
}
