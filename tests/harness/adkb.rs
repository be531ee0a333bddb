//! The program, run as a user runs it.

use std::{
    ffi::OsStr,
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
};

use crate::{Database, Dataset, folder};

/// The program: the one that the environment variable `ADKB` names, or else built with the profile of the tests.
pub fn adkb() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        if let Some(named) = std::env::var_os("ADKB") {
            return Path::new(&named).canonicalize().expect("ADKB names a program");
        }
        let this = std::env::current_exe().unwrap();
        // Tests lie in target/PROFILE/deps, other programs in target/PROFILE.
        let built = this.ancestors().skip(1).find(|folder| !folder.ends_with("deps")).unwrap();
        let profile = match built.file_name().and_then(OsStr::to_str).unwrap() {
            "debug" => "dev",
            profile => profile,
        };
        let cargo = std::env::var_os("CARGO").unwrap_or("cargo".into());
        let mut build = Command::new(cargo);
        // What `cargo test` says to a test would look like a change to build scripts that watch it,
        // and half of the dependencies would be compiled anew.
        for (name, _) in std::env::vars().filter(|(name, _)| {
            name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
        }) {
            build.env_remove(name);
        }
        let output = build
            // With the whole workspace, as the tests were: the same features, nothing compiled twice.
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

/// What a run left behind.
#[derive(Debug)]
pub struct Output {
    /// None where a signal ended the program.
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

    /// `adkb import` of a dataset in a folder.
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

    /// Starts the program and leaves it to the caller, who has to end it.
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
        // The program may end without reading it.
        let _ = stdin.write_all(&self.input);
        drop(stdin);
        Output::of(child)
    }
}

impl Output {
    /// Waits for a program to end.
    pub fn of(child: Child) -> Self {
        let output = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).expect("adkb writes UTF-8");
        Self {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// The same, of a run that has to go well.
    #[track_caller]
    pub fn success(self) -> Self {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        self
    }

    /// What a run said that has to be refused before it does anything: one line.
    #[track_caller]
    pub fn refused(self) -> String {
        assert_eq!(
            self.stderr.trim_end().lines().count(),
            1,
            "not one clear line: {}",
            self.stderr
        );
        self.failed()
    }

    /// The last line of a run that has to fail: it says why, without a trace of our inside.
    #[track_caller]
    pub fn failed(self) -> String {
        assert_eq!(self.code, Some(1), "{self:?}");
        assert_eq!(self.stdout, "", "an error goes to standard error");
        let line = self.stderr.trim_end().lines().last().unwrap_or_default().to_owned();
        assert!(line.starts_with("error: "), "{}", self.stderr);
        for inside in ["panicked", ".rs:", "SELECT", "INSERT", "sqlx", "DbErr"] {
            assert!(!line.contains(inside), "a user sees `{inside}`: {line}");
        }
        line
    }
}
