//! Database URLs: parses `--database-url` and redacts its secrets for display.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
};

use sea_orm::sqlx::{postgres::PgConnectOptions, sqlite::SqliteConnectOptions};
use url::Url;

/// Why a database URL is invalid. No message repeats a part that could be a password.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    #[error(
        "--database-url {0} is not a supported database URL: write sqlite:adkb.db for a file, or postgres://USER:PASSWORD@HOST/NAME"
    )]
    Scheme(String),
    #[error("--database-url has no file name: write for example sqlite:adkb.db")]
    NoFile,
    #[error(
        "--database-url names an in-memory database, which is lost when its connection closes: write sqlite:FILE; for a temporary database, use a file in the folder for temporary files"
    )]
    InMemory,
    #[error(
        "--database-url is not a valid SQLite URL: write sqlite:FILE with mode=ro, mode=rw or mode=rwc as its only parameter"
    )]
    Sqlite,
    #[error(
        "--database-url is not a valid PostgreSQL URL: write postgres://USER:PASSWORD@HOST:PORT/NAME, and percent-encode each of the characters / ? # @ : % in the user name and the password (%2F %3F %23 %40 %3A %25)"
    )]
    Postgres,
    #[error(
        "--database-url has the unknown parameter `{0}`: the known ones are host, hostaddr, port, dbname, user, password, sslmode, sslrootcert, sslcert, sslkey, application_name and options"
    )]
    Parameter(String),
    #[error("a --database-url parameter has an invalid value: check sslmode, port and hostaddr")]
    Value,
}

/// A parsed database URL.
#[derive(Clone, Debug)]
pub enum Address {
    Sqlite(Box<SqliteConnectOptions>),
    Postgres(Box<PgConnectOptions>),
}

impl Address {
    /// Parses the value of `--database-url`.
    pub fn parse(url: &str) -> Result<Self, AddressError> {
        match url.split_once(':') {
            Some(("sqlite", rest)) => sqlite(url, rest).map(Box::new).map(Self::Sqlite),
            Some(("postgres" | "postgresql", _)) => postgres(url).map(Box::new).map(Self::Postgres),
            _ => Err(AddressError::Scheme(redacted(url))),
        }
    }
}

fn sqlite(url: &str, rest: &str) -> Result<SqliteConnectOptions, AddressError> {
    // As SQLx parses it.
    let path = rest.trim_start_matches("//");
    let (path, parameters) = path.split_once('?').unwrap_or((path, ""));
    let in_memory = form_urlencoded::parse(parameters.as_bytes())
        .any(|(name, value)| name == "mode" && value == "memory");
    if in_memory || path.contains(":memory:") {
        return Err(AddressError::InMemory);
    }
    if path.is_empty() {
        return Err(AddressError::NoFile);
    }
    SqliteConnectOptions::from_str(url).map_err(|_| AddressError::Sqlite)
}

fn postgres(url: &str) -> Result<PgConnectOptions, AddressError> {
    /// The parameters that SQLx supports. SQLx logs unknown parameters with their values.
    const KNOWN: [&str; 18] = [
        "sslmode",
        "ssl-mode",
        "sslrootcert",
        "ssl-root-cert",
        "ssl-ca",
        "sslcert",
        "ssl-cert",
        "sslkey",
        "ssl-key",
        "statement-cache-capacity",
        "host",
        "hostaddr",
        "port",
        "dbname",
        "user",
        "password",
        "application_name",
        "options",
    ];
    let parsed = Url::parse(url).map_err(|_| AddressError::Postgres)?;
    if is_ambiguous(url, &parsed) {
        return Err(AddressError::Postgres);
    }
    let is_unknown = |name: &str| !KNOWN.contains(&name) && !name.starts_with("options[");
    if let Some((name, _)) = parsed.query_pairs().find(|(name, _)| is_unknown(name)) {
        // In a password that contains `&`, the rest after it looks like a parameter name.
        let has_password = parsed.query_pairs().any(|(name, _)| name == "password");
        let is_name = name.chars().all(|sign| sign.is_ascii_lowercase() || "_-".contains(sign));
        return Err(match is_name && !has_password {
            true => AddressError::Parameter(name.into_owned()),
            false => AddressError::Parameter("…".to_owned()),
        });
    }
    PgConnectOptions::from_str(url).map_err(|_| AddressError::Value)
}

/// Whether there is an `@` or a fragment after the authority. Then a part of the password was most
/// likely parsed as the host, the port, the path or a parameter.
fn is_ambiguous(url: &str, parsed: &Url) -> bool {
    let behind = url.split_once("://").map_or("", |(_, rest)| rest);
    let authority = behind.split(['/', '?', '#']).next().unwrap_or_default();
    behind[authority.len()..].contains('@') || parsed.fragment().is_some()
}

/// The URL without its password and its parameters. If the password can't be located reliably, only
/// the scheme is kept.
pub fn redacted(url: &str) -> String {
    const HIDDEN: &str = "…";
    let scheme = url.split(':').next().unwrap_or_default();
    if scheme == "sqlite" {
        return url.split('?').next().unwrap_or_default().to_owned();
    }
    if !url.contains(':') {
        // Most likely a file name, but it could contain a password.
        return HIDDEN.to_owned();
    }
    let is_scheme = scheme.chars().all(|sign| sign.is_ascii_alphanumeric());
    let scheme = if is_scheme { scheme } else { HIDDEN };
    let hidden = format!("{scheme}://{HIDDEN}");
    let Ok(parsed) = Url::parse(url) else { return hidden };
    let is_plain = |sign: char| sign.is_ascii_alphanumeric() || "_.-".contains(sign);
    if is_ambiguous(url, &parsed) || !url.contains("://") {
        return hidden;
    }
    let user = match parsed.username() {
        "" => String::new(),
        user if user.chars().all(is_plain) => format!("{user}@"),
        _ => format!("{HIDDEN}@"),
    };
    let port = parsed.port().map_or_else(String::new, |port| format!(":{port}"));
    format!("{scheme}://{user}{}{port}{}", parsed.host_str().unwrap_or_default(), parsed.path())
}

/// The path of the write-ahead log of a SQLite file.
pub(super) fn write_ahead_log(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_of_a_password_is_ever_shown() {
        // Parts of the passwords that occur nowhere else in the URLs.
        let parts = ["hun", "ter2", "7351", "x9"];
        for password in [
            "hunter2",
            "hun?ter2",
            "hun@ter2",
            "hun/ter2",
            "hun#ter2",
            "hun:ter2",
            "hun%3Fter2",
            "hun%40ter2",
            "hun%zzter2",
            "7351?ter2",
            "7351/ter2",
            "7351#ter2",
            "7351@ter2",
            "7351:ter2",
            "hun?ter2=x9",
            "hun?ter2&x9",
            "hun&x9=ter2",
            "hun\\ter2",
            "hun ter2",
            "hun[ter2",
        ] {
            for url in [
                format!("postgres://ann:{password}@db.example.org/adkb"),
                format!("postgresql://ann:{password}@db.example.org:5432/adkb?sslmode=require"),
                format!("postgres://:{password}@db.example.org"),
                format!("postgres://ann%3A{password}@db.example.org/adkb"),
                format!("postgres://db.example.org/adkb?user=ann&password={password}"),
                format!("postgres:///adkb?host=/run/postgresql&password={password}"),
                format!("postgres://db.example.org/adkb?passwort={password}"),
                format!("mysql://ann:{password}@localhost/adkb"),
                format!("ann:{password}@localhost/adkb"),
                format!("postgres:ann:{password}@localhost/adkb"),
            ] {
                let mut shown = redacted(&url);
                if let Err(error) = Address::parse(&url) {
                    shown += &error.to_string();
                }
                for part in parts {
                    assert!(!shown.contains(part), "`{part}` of {url} is shown: {shown}");
                }
            }
        }
    }

    #[test]
    fn only_secrets_are_hidden() {
        for (url, shown) in [
            ("postgres://ann:hunter2@db.example.org/adkb", "postgres://ann@db.example.org/adkb"),
            ("postgres://db:5433/adkb?sslmode=require", "postgres://db:5433/adkb"),
            ("sqlite:adkb.db", "sqlite:adkb.db"),
        ] {
            assert_eq!(redacted(url), shown);
        }
    }

    #[test]
    fn an_address_without_a_file_is_refused() {
        for (url, error) in [
            ("sqlite:", AddressError::NoFile),
            ("sqlite://", AddressError::NoFile),
            ("sqlite:?mode=rwc", AddressError::NoFile),
            ("sqlite::memory:", AddressError::InMemory),
            ("sqlite://:memory:", AddressError::InMemory),
            ("sqlite:a.db?mode=memory", AddressError::InMemory),
            ("sqlite:file::memory:?cache=shared", AddressError::InMemory),
            ("sqlite:a.db?nothing=1", AddressError::Sqlite),
        ] {
            assert_eq!(Address::parse(url).expect_err(url), error);
        }
    }
}
