//! The command line, as people and scripts meet it.

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

/// Waits until a service answers; its address without the scheme.
pub(crate) fn address(child: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let (_, rest) = line.split_once("http://").unwrap_or_else(|| panic!("it is not up: {line}"));
    rest.split('/').next().unwrap().to_owned()
}

pub(crate) fn send(child: &Child, signal: &str) {
    let status = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status();
    assert!(status.unwrap().success());
}

/// The answer's status and body, to a request written by hand.
fn answer(mut stream: TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn help_names_every_command() {
    let help = Adkb::new(["--help"]).run().success().stdout;
    for command in ["serve", "migrate", "import", "check", "schema", "config"] {
        assert!(help.contains(&format!("  {command} ")), "{help}");
    }
}

#[test]
fn the_help_of_each_command_tells_its_settings_with_their_environment() {
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
    for (command, said) in expected {
        let help = Adkb::new([command, "--help"]).run().success().stdout;
        for part in said {
            assert!(help.contains(part), "`{part}` is not in the help of {command}:\n{help}");
        }
    }
}

#[test]
fn an_unknown_flag_is_refused_with_how_to_get_help() {
    let output = Adkb::new(["serve", "--prot", "80"]).run();
    assert_eq!(output.code, Some(2));
    assert!(output.stderr.contains("'--port'"), "{}", output.stderr);
    assert!(output.stderr.contains("--help"), "{}", output.stderr);
}

#[test]
fn a_taken_port_is_said_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let line = Adkb::new(["serve", "--port", &port]).cwd(folder.path()).run().refused();
    assert!(line.contains(&format!("127.0.0.1:{port}")), "{line}");
    assert!(line.contains("another program listens there") && line.contains("--port"), "{line}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "a file was left behind");
}

#[test]
fn a_database_that_does_not_answer_is_said_without_its_password() {
    // Nothing listens on port 1.
    let line = Adkb::new(["serve", "--port", "0"])
        .env("DATABASE_URL", "postgres://ann:hunter2@127.0.0.1:1/adkb")
        .run()
        .refused();
    assert!(line.contains("postgres://ann@127.0.0.1:1/adkb can't be reached"), "{line}");
    assert!(!line.contains("hunter2"), "{line}");
}

#[test]
fn a_database_that_is_not_there_is_said() {
    let database = Database::empty(Backend::Postgres);
    let url = database.url().replace("/test", "/nosuch");
    let line = Adkb::new(["migrate"]).env("DATABASE_URL", url).run().refused();
    assert!(line.contains("can't be reached") && line.contains("does not exist"), "{line}");
}

/// As root every folder can be written to but those of the kernel.
#[test]
fn a_folder_that_cannot_be_written_to_is_said() {
    let line = Adkb::new(["serve", "--port", "0"]).cwd(Path::new("/proc")).run().refused();
    assert!(line.contains("adkb.db can't be opened"), "{line}");
    assert!(line.contains("choose another place with --database-url"), "{line}");
}

#[test]
fn a_folder_that_is_not_there_is_said() {
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
fn a_path_below_a_file_is_said() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let line = Adkb::new(["import"])
        .env("DATABASE_URL", format!("sqlite:{}/adkb.db", file.path().display()))
        .run()
        .refused();
    assert!(line.contains("can't be opened") && line.contains("--database-url"), "{line}");
}

#[test]
fn a_file_that_is_no_database_is_left_alone() {
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
fn an_address_of_another_kind_of_database_is_refused_with_those_that_there_are() {
    for url in ["mysql://ann:hunter2@localhost/adkb", "adkb.db", ""] {
        let line = Adkb::new(["serve", "--port", "0"]).env("DATABASE_URL", url).run().refused();
        assert!(line.contains("sqlite:adkb.db") && line.contains("postgres://"), "{line}");
        assert!(!line.contains("hunter2"), "{line}");
    }
}

#[test]
fn a_filter_of_the_log_that_is_none_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let line = Adkb::new(["serve", "--log", "a=b=c"]).cwd(folder.path()).run().refused();
    assert!(line.contains("--log `a=b=c` is no filter"), "{line}");
}

#[test]
fn the_schema_of_the_repository_is_that_of_the_program() {
    let printed = Adkb::new(["schema"]).run().success().stdout;
    let kept = fs::read_to_string(format!("{ROOT}/schema.graphql"))
        .expect("schema.graphql is there: write it with `adkb schema > schema.graphql`");
    assert!(
        printed == kept,
        "schema.graphql has drifted: write it again with `adkb schema > schema.graphql`"
    );
}

#[test]
fn the_configuration_shows_every_setting_and_where_it_is_from() {
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
fn the_configuration_hides_the_password_however_it_is_written() {
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
            "the password of {url} shows: {}",
            output.stdout
        );
        assert!(output.stdout.contains("postgres"), "{}", output.stdout);
    }
}

#[test]
fn serve_in_an_empty_folder_makes_a_database_and_answers() {
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
    assert!(answer.ends_with(r#"{"data":{"events":{"totalCount":399}}}"#), "{answer}");
    assert!(folder.path().join("adkb.db").is_file());
    send(&child, "TERM");
    let output = Output::of(child).success();
    assert!(output.stderr.contains("records created"), "{}", output.stderr);
}

#[test]
fn serve_is_what_happens_where_no_command_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Adkb::new([""; 0]).env("ADKB_PORT", "0").cwd(folder.path()).spawn();
    let address = address(&mut child);
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    assert!(answer(stream).ends_with("ok\n"));
    send(&child, "INT");
    Output::of(child).success();
}

/// Whoever starts it may end it as soon as it says that it answers.
#[test]
fn a_service_that_is_ended_at_once_ends_gracefully() {
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
fn migrate_makes_the_schema_and_no_content() {
    let folder = tempfile::tempdir().unwrap();
    let output = Adkb::new(["migrate"]).cwd(folder.path()).run().success();
    assert_eq!(output.stdout, "the schema of sqlite:adkb.db is up to date\n");
    assert!(folder.path().join("adkb.db").is_file());
}

on_both! {
    /// Half of the request is there when the signal comes; it is answered before the service ends.
    async fn a_request_under_way_is_answered_before_the_service_ends(backend: Backend) {
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
        // Until the service has read it.
        std::thread::sleep(std::time::Duration::from_millis(300));
        send(&child, "TERM");
        std::thread::sleep(std::time::Duration::from_millis(300));
        stream.write_all(rest.as_bytes()).unwrap();
        let answer = answer(stream);
        assert!(answer.ends_with(r#"{"data":{"events":{"totalCount":399}}}"#), "{answer}");
        Output::of(child).success();
        assert!(TcpStream::connect(&address).is_err(), "nobody listens any more");
    }
}

/// As in `adkb schema | head -1`: the reader goes after one line, or before any.
#[test]
fn a_reader_that_goes_away_is_no_error() {
    for arguments in [&["schema"][..], &["config"], &["check"], &["--help"]] {
        let mut child = Adkb::new(arguments).spawn();
        drop(child.stdout.take());
        let output = Output::of(child);
        assert!(!output.stderr.contains("panicked"), "{arguments:?}: {}", output.stderr);
        assert_eq!(output.code, Some(0), "{arguments:?}: {}", output.stderr);
    }
}

#[test]
fn a_reader_of_errors_that_goes_away_makes_no_panic() {
    let dataset = harness::Dataset::minimal().replacing("events.toml", "2019-03-11", "2013-13");
    let mut child = Adkb::new(["check".as_ref(), dataset.path().as_os_str()]).spawn();
    drop(child.stderr.take());
    let output = Output::of(child);
    assert_eq!(output.code, Some(1), "the exit code still says that there is a problem");
}
