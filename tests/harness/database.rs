//! A database per test: empty, or a copy of one with the shipped dataset.

use std::{path::PathBuf, sync::OnceLock};

use sea_orm::{ConnectionTrait, DatabaseConnection};
use tempfile::TempDir;

use crate::{
    Adkb, Dataset,
    guard::temporary,
    postgres::{self, cluster},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// A database, deleted on drop.
pub struct Database {
    place: Place,
}

enum Place {
    Sqlite(TempDir),
    /// The database's name.
    Postgres(String),
}

const FILE: &str = "adkb.db";

impl Database {
    pub fn empty(backend: Backend) -> Self {
        let place = match backend {
            Backend::Sqlite => Place::Sqlite(temporary()),
            Backend::Postgres => Place::Postgres(cluster().create("template0")),
        };
        Self { place }
    }

    /// An empty PostgreSQL database in the C locale, which classifies only ASCII letters.
    pub fn empty_in_c_locale() -> Self {
        let c = ["--locale=C", "--locale-provider=libc"];
        Self { place: Place::Postgres(cluster().create_with("template0", &c)) }
    }

    /// A SQLite database file with this content.
    pub fn of(bytes: &[u8]) -> Self {
        let folder = temporary();
        std::fs::write(folder.path().join(FILE), bytes).unwrap();
        Self { place: Place::Sqlite(folder) }
    }

    /// With [`Dataset::minimal`] as revision 1.
    pub fn minimal(backend: Backend) -> Self {
        let database = Self::empty(backend);
        Adkb::import(&Dataset::minimal()).database(&database).run().success();
        database
    }

    /// With the shipped dataset as revision 1.
    pub fn filled(backend: Backend) -> Self {
        static SQLITE: OnceLock<Database> = OnceLock::new();
        static POSTGRES: OnceLock<Database> = OnceLock::new();
        let imported = || {
            // Builds the program first, which may take minutes, and then starts the server.
            let import = Adkb::new(["import"]);
            let database = Self::empty(backend);
            import.database(&database).run().success();
            database
        };
        let original = match backend {
            Backend::Sqlite => SQLITE.get_or_init(imported),
            Backend::Postgres => POSTGRES.get_or_init(imported),
        };
        original.copy()
    }

    fn copy(&self) -> Self {
        let place = match &self.place {
            Place::Sqlite(original) => {
                let folder = temporary();
                for file in std::fs::read_dir(original.path()).unwrap() {
                    let file = file.unwrap();
                    std::fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
                }
                Place::Sqlite(folder)
            }
            Place::Postgres(original) => Place::Postgres(cluster().create(original)),
        };
        Self { place }
    }

    pub fn backend(&self) -> Backend {
        match self.place {
            Place::Sqlite(_) => Backend::Sqlite,
            Place::Postgres(_) => Backend::Postgres,
        }
    }

    /// A value for `DATABASE_URL`.
    pub fn url(&self) -> String {
        match &self.place {
            Place::Sqlite(folder) => format!("sqlite:{}", folder.path().join(FILE).display()),
            Place::Postgres(name) => cluster().url(name),
        }
    }

    /// The URL with another local port, for a proxy; PostgreSQL only.
    pub fn url_through(&self, port: u16) -> String {
        match &self.place {
            Place::Postgres(name) => postgres::url(port, name),
            Place::Sqlite(_) => panic!("a SQLite database has no port"),
        }
    }

    /// The port of the server; PostgreSQL only.
    pub fn port(&self) -> u16 {
        cluster().port()
    }

    /// The database file; SQLite only.
    pub fn file(&self) -> PathBuf {
        match &self.place {
            Place::Sqlite(folder) => folder.path().join(FILE),
            Place::Postgres(_) => panic!("a PostgreSQL database is not a file"),
        }
    }

    /// Opens a new connection. Creates a missing SQLite file.
    pub async fn connect(&self) -> DatabaseConnection {
        ::adkb::store::connect::connect(&self.url(), 1).await.unwrap()
    }

    /// Terminates every connection to the database, as a restart of the server does; PostgreSQL
    /// only.
    pub async fn disconnect(&self) {
        let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
            WHERE datname = current_database() AND pid <> pg_backend_pid()";
        self.connect().await.execute_unprepared(others).await.unwrap();
    }

    /// Deletes the database while it is in use.
    pub fn destroy(&self) {
        match &self.place {
            Place::Sqlite(folder) => std::fs::remove_dir_all(folder.path()).unwrap(),
            Place::Postgres(name) => cluster().drop(name),
        }
    }
}

/// The URL of an empty PostgreSQL database that exists until the process ends.
pub async fn postgres_database() -> String {
    cluster().url(&cluster().create("template0"))
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Place::Postgres(name) = &self.place
            && !std::thread::panicking()
        {
            cluster().drop(name);
        }
    }
}
