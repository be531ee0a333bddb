use super::*;

struct Running {
    child: Child,
    address: String,
    _database: Database,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let database = Database::minimal(Backend::Sqlite);
        let adkb = Adkb::new(["serve", "--port", "0"]).with(arguments);
        let mut child = adkb.database(&database).spawn();
        let address = crate::cli::address(&mut child);
        Self { child, address, _database: database }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.address).await.unwrap()
    }

    fn signal(&self, signal: &str) {
        crate::cli::send(&self.child, signal);
    }

    /// Waits until the process ends. Returns its output and the time it took.
    fn end(self) -> (Output, Duration) {
        let began = Instant::now();
        (Output::of(self.child), began.elapsed())
    }
}

const HEALTH: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";

#[test]
fn connections_without_a_request_do_not_delay_the_shutdown() {
    harness::run(async {
        let running = Running::start(&[]);
        let _silent = running.connect().await;
        let mut used = running.connect().await;
        used.write_all(HEALTH).await.unwrap();
        until(&mut used, "ok\n").await;
        let mut http2 = running.connect().await;
        http2.write_all(HTTP2).await.unwrap();
        sleep(Duration::from_millis(300)).await;
        running.signal("TERM");
        let (output, took) = running.end();
        output.success();
        assert!(took < Duration::from_millis(1500), "{took:?}");
        assert_eq!(rest(&mut used).await, "");
    });
}

#[test]
fn requests_that_arrived_before_the_signal_are_answered() {
    harness::run(async {
        let running = Running::start(&[]);
        let query = "GET /graphql?query=%7Bdataset%7Brevision%7D%7D HTTP/1.1\r\nHost: x\r\n\r\n";
        let mut asking = Vec::new();
        for _ in 0..100 {
            let mut stream = running.connect().await;
            stream.write_all(query.as_bytes()).await.unwrap();
            asking.push(stream);
        }
        running.signal("TERM");
        let mut answered = 0;
        for stream in &mut asking {
            answered += usize::from(rest(stream).await.starts_with("HTTP/1.1 200 "));
        }
        assert_eq!(answered, 100);
        running.end().0.success();
    });
}

#[test]
fn during_the_shutdown_delay_readyz_is_503_and_requests_are_answered() {
    harness::run(async {
        let running = Running::start(&["--shutdown-delay", "2"]);
        running.signal("TERM");
        sleep(Duration::from_millis(300)).await;
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let get = async |path: &str| {
            let response = client.get(format!("http://{}{path}", running.address)).send().await;
            response.unwrap().status()
        };
        assert_eq!(get("/readyz").await, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(get("/healthz").await, StatusCode::OK);
        assert_eq!(get("/graphql?query={dataset{revision}}").await, StatusCode::OK);
        let (output, took) = running.end();
        output.success();
        assert!(took < Duration::from_secs(4), "{took:?}");
    });
}

/// A connection with half a request in flight.
async fn busy(running: &Running) -> TcpStream {
    let mut stream = running.connect().await;
    let half = "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
                Content-Length: 100\r\n\r\n{";
    stream.write_all(half.as_bytes()).await.unwrap();
    sleep(Duration::from_millis(300)).await;
    stream
}

#[test]
fn a_second_signal_ends_the_service_at_once() {
    harness::run(async {
        let running = Running::start(&[]);
        let _busy = busy(&running).await;
        running.signal("TERM");
        sleep(Duration::from_millis(700)).await;
        running.signal("INT");
        let (output, took) = running.end();
        assert_eq!(output.code, Some(130), "{}", output.stderr);
        assert!(took < Duration::from_secs(1), "{took:?}");
    });
}

#[test]
fn unfinished_requests_are_aborted_at_the_shutdown_timeout() {
    harness::run(async {
        let running = Running::start(&["--shutdown-timeout", "1"]);
        let _busy = busy(&running).await;
        running.signal("TERM");
        let (output, took) = running.end();
        assert!(output.success().stderr.contains("are aborted"));
        assert!(took < Duration::from_secs(3), "{took:?}");
    });
}

#[test]
fn sighup_does_not_stop_the_service() {
    harness::run(async {
        let running = Running::start(&[]);
        running.signal("HUP");
        sleep(Duration::from_millis(300)).await;
        let mut stream = running.connect().await;
        stream.write_all(HEALTH).await.unwrap();
        until(&mut stream, "ok\n").await;
        running.signal("TERM");
        let (output, _) = running.end();
        let output = output.success();
        assert_eq!(output.stderr.matches("SIGHUP is ignored").count(), 1, "{}", output.stderr);
    });
}
