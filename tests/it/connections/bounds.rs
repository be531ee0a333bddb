use super::*;

const ASK: &str = "GET /graphql?query=%7Bdataset%7Brevision%7D%7D HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

async fn ask(service: &Service) -> String {
    let mut stream = connect(service).await;
    // The connection may be rejected before the request is read.
    let _ = stream.write_all(ASK.as_bytes()).await;
    rest(&mut stream).await
}

#[test]
fn connections_above_the_limit_receive_503_while_health_checks_still_answer() {
    harness::run(async {
        for bound in ["--max-connections", "--max-connections-per-address"] {
            let service = minimal(&[bound, "3"]);
            let mut silent = Vec::new();
            for _ in 0..3 {
                silent.push(connect(&service).await);
            }
            let began = Instant::now();
            let rejected = ask(&service).await;
            let message = error(&rejected, "503", "BUSY");
            assert!(message.contains("too many connections"), "{message}");
            assert!(rejected.to_lowercase().contains("retry-after: 1\r\n"), "{rejected}");
            assert!(began.elapsed() < Duration::from_millis(500), "{:?}", began.elapsed());
            for path in ["/healthz", "/readyz"] {
                assert_eq!(status(&service, path).await, StatusCode::OK, "{bound} {path}");
            }
            silent.pop();
            sleep(Duration::from_millis(300)).await;
            assert!(ask(&service).await.starts_with("HTTP/1.1 200 "), "{bound}");
        }
    });
}

#[test]
fn requests_are_rejected_at_once_during_a_flood_of_silent_clients_and_served_after_it() {
    harness::run(async {
        let service = minimal(&["--max-connections", "3"]);
        let mut silent = Vec::new();
        for _ in 0..140 {
            silent.push(connect(&service).await);
        }
        let began = Instant::now();
        error(&ask(&service).await, "503", "BUSY");
        assert!(began.elapsed() < Duration::from_millis(500), "{:?}", began.elapsed());
        sleep(Duration::from_millis(1500)).await;
        assert_eq!(status(&service, "/healthz").await, StatusCode::OK);
    });
}

#[test]
fn more_clients_than_the_soft_limit_of_open_files_are_served() {
    let database = Database::minimal(Backend::Sqlite);
    let program = harness::adkb().to_string_lossy().into_owned();
    let script = format!("ulimit -S -n 64 && exec {program} serve --port 0");
    let mut command = std::process::Command::new("sh");
    command.args(["-c", &script]).env("DATABASE_URL", database.url());
    let mut child = command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let address = crate::cli::address(&mut child);
    harness::run(async {
        let mut silent = Vec::new();
        for _ in 0..200 {
            silent.push(TcpStream::connect(&address).await.unwrap());
        }
        let mut stream = TcpStream::connect(&address).await.unwrap();
        stream.write_all(ASK.as_bytes()).await.unwrap();
        assert!(rest(&mut stream).await.starts_with("HTTP/1.1 200 "));
    });
    crate::cli::send(&child, "TERM");
    Output::of(child).success();
}
