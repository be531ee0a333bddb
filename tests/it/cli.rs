//! The command line, as people and scripts use it.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command},
};

use harness::{Adkb, Backend, Database, Output, on_both};
use serde_json::{Value, json};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Waits until a service listens. Returns its address without the scheme.
pub(crate) fn address(child: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let (_, rest) = line.split_once("http://").unwrap_or_else(|| panic!("not started: {line}"));
    rest.split('/').next().unwrap().to_owned()
}

pub(crate) fn send(child: &Child, signal: &str) {
    let status = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status();
    assert!(status.unwrap().success());
}

/// The raw bytes of a response, until the connection is closed.
fn answer(mut stream: TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn help_lists_every_command() {
    let help = Adkb::new(["--help"]).run().success().stdout;
    for command in ["serve", "migrate", "import", "check", "schema", "config"] {
        assert!(help.contains(&format!("  {command} ")), "{help}");
    }
}

#[test]
fn the_help_of_each_command_lists_its_options_and_environment_variables() {
    let serve: &[_] = &[
        "--host",
        "ADKB_HOST",
        "127.0.0.1",
        "--port",
        "ADKB_PORT",
        "8080",
        "--database-url",
        "DATABASE_URL",
        "sqlite:adkb.db",
        "postgres://",
    ];
    let expected = [
        ("serve", serve),
        ("config", serve),
        ("migrate", &["--database-url", "DATABASE_URL"]),
        (
            "import",
            &["[DIR]", "--database-url", "DATABASE_URL", "--prune", "--author", "--message"],
        ),
        ("check", &["[DIR]", "exit code"]),
        ("schema", &["standard output"]),
    ];
    for (command, parts) in expected {
        let help = Adkb::new([command, "--help"]).run().success().stdout;
        for part in parts {
            assert!(help.contains(part), "`{part}` is not in the help of {command}:\n{help}");
        }
    }
}

#[test]
fn an_unknown_flag_is_rejected_with_a_suggestion() {
    let output = Adkb::new(["serve", "--prot", "80"]).run();
    assert_eq!(output.code, Some(2));
    assert!(output.stderr.contains("'--port'"), "{}", output.stderr);
    assert!(output.stderr.contains("--help"), "{}", output.stderr);
}

#[test]
fn a_port_in_use_is_reported_and_no_file_is_created() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let line = Adkb::new(["serve", "--port", &port]).cwd(folder.path()).run().refused();
    assert!(line.contains(&format!("127.0.0.1:{port}")), "{line}");
    assert!(line.contains("another program listens there") && line.contains("--port"), "{line}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "a file was created");
}

#[test]
fn an_unreachable_database_is_reported_without_its_password() {
    // Nothing listens on port 1.
    let line = Adkb::new(["serve", "--port", "0"])
        .env("DATABASE_URL", "postgres://ann:hunter2@127.0.0.1:1/adkb")
        .run()
        .refused();
    assert!(line.contains("postgres://ann@127.0.0.1:1/adkb can't be reached"), "{line}");
    assert!(!line.contains("hunter2"), "{line}");
}

#[test]
fn a_missing_postgresql_database_is_reported() {
    let database = Database::empty(Backend::Postgres);
    let url = database.url().replace("/test", "/nosuch");
    let line = Adkb::new(["migrate"]).env("DATABASE_URL", url).run().refused();
    assert!(line.contains("can't be reached") && line.contains("does not exist"), "{line}");
}

/// `/proc` is read-only even for root.
#[test]
fn an_unwritable_folder_is_reported() {
    let line = Adkb::new(["serve", "--port", "0"]).cwd(Path::new("/proc")).run().refused();
    assert!(line.contains("adkb.db can't be opened"), "{line}");
    assert!(line.contains("choose another place with --database-url"), "{line}");
}

#[test]
fn a_missing_database_folder_is_reported() {
    let line = Adkb::new(["serve", "--port", "0"])
        .env("DATABASE_URL", "sqlite:/no/such/folder/adkb.db")
        .run()
        .refused();
    assert!(
        line.contains("/no/such/folder/adkb.db") && line.contains("folder does not exist"),
        "{line}"
    );
}

#[test]
fn a_database_path_below_a_file_is_reported() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let line = Adkb::new(["import"])
        .env("DATABASE_URL", format!("sqlite:{}/adkb.db", file.path().display()))
        .run()
        .refused();
    assert!(line.contains("can't be opened") && line.contains("--database-url"), "{line}");
}

#[test]
fn a_file_that_is_not_a_database_is_rejected_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("letter.db");
    let letter = "Dear Sir or Madam, ".repeat(500);
    fs::write(&file, &letter).unwrap();
    let line = Adkb::new(["serve", "--port", "0"])
        .env("DATABASE_URL", format!("sqlite:{}", file.display()))
        .run()
        .refused();
    assert!(line.contains("it is not a SQLite database"), "{line}");
    assert_eq!(fs::read_to_string(&file).unwrap(), letter);
}

#[test]
fn an_unsupported_database_url_is_rejected_with_the_supported_forms() {
    for url in ["mysql://ann:hunter2@localhost/adkb", "adkb.db", ""] {
        let line = Adkb::new(["serve", "--port", "0"]).env("DATABASE_URL", url).run().refused();
        assert!(line.contains("sqlite:adkb.db") && line.contains("postgres://"), "{line}");
        assert!(!line.contains("hunter2"), "{line}");
    }
}

#[test]
fn an_invalid_log_filter_is_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let line = Adkb::new(["serve", "--log", "a=b=c"]).cwd(folder.path()).run().refused();
    assert!(line.contains("--log `a=b=c` is not a valid filter"), "{line}");
}

#[test]
fn schema_graphql_is_up_to_date() {
    let printed = Adkb::new(["schema"]).run().success().stdout;
    let kept = fs::read_to_string(format!("{ROOT}/schema.graphql"))
        .expect("schema.graphql is missing: write it with `adkb schema > schema.graphql`");
    assert!(
        printed == kept,
        "schema.graphql is out of date: write it with `adkb schema > schema.graphql`"
    );
}

#[test]
fn the_configuration_shows_flags_environment_variables_and_defaults() {
    let output = Adkb::new(["config", "--port", "9999"])
        .env("ADKB_HOST", "0.0.0.0")
        .env("DATABASE_URL", "sqlite:/tmp/a.db")
        .run()
        .success();
    let config: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(config["port"], 9999);
    assert_eq!(config["host"], "0.0.0.0");
    assert_eq!(config["database_url"], "sqlite:/tmp/a.db");
    for setting in ["workers", "connections", "exports", "max_body", "shutdown_timeout", "log"] {
        assert!(config.get(setting).is_some(), "{setting} is not in {config}");
    }
}

#[test]
fn the_configuration_hides_the_password_in_every_form_of_url() {
    for url in [
        "postgres://ann:hunter2@db.example.org/adkb",
        "postgresql://ann:hunter2@db.example.org:5432/adkb?sslmode=require",
        "postgres://ann:p@hunter2@db.example.org/adkb",
        "postgres://db.example.org/adkb?user=ann&password=hunter2",
        "postgres:///adkb?host=/run/postgresql&password=hunter2",
    ] {
        let output = Adkb::new(["config"]).env("DATABASE_URL", url).run().success();
        assert!(
            !output.stdout.contains("hunter2"),
            "the password in {url} is visible: {}",
            output.stdout
        );
        assert!(output.stdout.contains("postgres"), "{}", output.stdout);
    }
}

#[test]
fn serve_in_an_empty_folder_creates_a_database_and_answers() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Adkb::new(["serve", "--port", "0"]).cwd(folder.path()).spawn();
    let address = address(&mut child);
    let mut stream = TcpStream::connect(&address).unwrap();
    write!(
        stream,
        "GET /graphql?query=%7Bevents%7BtotalCount%7D%7D HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let answer = answer(stream);
    assert!(answer.ends_with(r#"{"data":{"events":{"totalCount":491}}}"#), "{answer}");
    assert!(folder.path().join("adkb.db").is_file());
    send(&child, "TERM");
    let output = Output::of(child).success();
    assert!(output.stderr.contains("records created"), "{}", output.stderr);
}

#[test]
fn serve_is_the_default_command() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Adkb::new([""; 0]).env("ADKB_PORT", "0").cwd(folder.path()).spawn();
    let address = address(&mut child);
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    assert!(answer(stream).ends_with("ok\n"));
    send(&child, "INT");
    Output::of(child).success();
}

/// The service handles signals as soon as it prints its address.
#[test]
fn a_signal_right_after_the_start_stops_the_service_gracefully() {
    let folder = tempfile::tempdir().unwrap();
    Adkb::new(["import"]).cwd(folder.path()).run().success();
    for signal in ["TERM", "INT"] {
        let mut child = Adkb::new(["serve", "--port", "0"]).cwd(folder.path()).spawn();
        address(&mut child);
        send(&child, signal);
        Output::of(child).success();
    }
}

#[test]
fn migrate_creates_the_schema_without_content() {
    let folder = tempfile::tempdir().unwrap();
    let output = Adkb::new(["migrate"]).cwd(folder.path()).run().success();
    assert_eq!(output.stdout, "the schema of sqlite:adkb.db is up to date\n");
    assert!(folder.path().join("adkb.db").is_file());
}

on_both! {
    /// Half of the request has arrived when the service receives the signal.
    async fn a_request_in_flight_is_answered_before_the_service_ends(backend: Backend) {
        let database = Database::filled(backend);
        let mut child = Adkb::new(["serve", "--port", "0"]).database(&database).spawn();
        let address = address(&mut child);
        let body = json!({ "query": "{ events { totalCount } }" }).to_string();
        let (half, rest) = body.split_at(10);
        let mut stream = TcpStream::connect(&address).unwrap();
        write!(
            stream,
            "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{half}",
            body.len(),
        )
        .unwrap();
        // Gives the service time to read it.
        std::thread::sleep(std::time::Duration::from_millis(300));
        send(&child, "TERM");
        std::thread::sleep(std::time::Duration::from_millis(300));
        stream.write_all(rest.as_bytes()).unwrap();
        let answer = answer(stream);
        assert!(answer.ends_with(r#"{"data":{"events":{"totalCount":491}}}"#), "{answer}");
        Output::of(child).success();
        assert!(TcpStream::connect(&address).is_err(), "the service still listens");
    }
}

/// As in `adkb schema | head -1`, the reader closes the pipe early.
#[test]
fn a_closed_standard_output_is_not_an_error() {
    for arguments in [&["schema"][..], &["config"], &["check"], &["--help"]] {
        let mut child = Adkb::new(arguments).spawn();
        drop(child.stdout.take());
        let output = Output::of(child);
        assert!(!output.stderr.contains("panicked"), "{arguments:?}: {}", output.stderr);
        assert_eq!(output.code, Some(0), "{arguments:?}: {}", output.stderr);
    }
}

#[test]
fn a_closed_standard_error_does_not_cause_a_panic() {
    let dataset = harness::Dataset::minimal().replacing("events.toml", "2019-03-11", "2013-13");
    let mut child = Adkb::new(["check".as_ref(), dataset.path().as_os_str()]).spawn();
    drop(child.stderr.take());
    let output = Output::of(child);
    assert_eq!(output.code, Some(1), "the exit code still reports the problem");
}
