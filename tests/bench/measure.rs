//! What the service answers, the load on it, and what the operating system counts.

use std::time::Duration;

use serde_json::{Value, json};

use crate::served::{Served, rss};

impl Served {
    /// The whole response to a query.
    pub async fn answer(&self, query: &str) -> Vec<u8> {
        let response = reqwest::Client::new()
            .post(&self.address)
            .json(&json!({ "query": query }))
            .send()
            .await
            .expect("the service answers");
        let bytes = response.bytes().await.expect("the answer arrives").to_vec();
        let json: Value = serde_json::from_slice(&bytes).expect("the answer is JSON");
        assert!(json.get("errors").is_none(), "the query is refused: {json}");
        bytes
    }

    /// The entity tag of the answer to a query.
    pub async fn tag(&self, query: &str) -> String {
        let address = Asked::by_get(&self.address, query);
        let response = reqwest::get(address).await.expect("the service answers");
        let tag = response.headers().get("etag").expect("an answer has a tag");
        tag.to_str().expect("a tag is text").to_owned()
    }
}

/// A request that is sent over and over, as arguments of oha.
pub struct Asked(Vec<String>);

impl Asked {
    pub fn post(address: &str, query: &str) -> Self {
        let body = json!({ "query": query }).to_string();
        let arguments = ["-m", "POST", "-T", "application/json", "-d", &body, address];
        Self(arguments.map(str::to_owned).to_vec())
    }

    /// From a client that has the answer of this tag.
    pub fn again(address: &str, query: &str, tag: &str) -> Self {
        let header = format!("If-None-Match: {tag}");
        Self(vec!["-H".to_owned(), header, Self::by_get(address, query).to_string()])
    }

    fn by_get(address: &str, query: &str) -> reqwest::Url {
        reqwest::Url::parse_with_params(address, [("query", query)]).expect("the address is one")
    }
}

/// Serves the same bytes to every request, with the same HTTP server and as many threads.
pub async fn static_server(bytes: Vec<u8>) -> String {
    use actix_web::{App, HttpResponse, HttpServer, web};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = format!("http://{}/", listener.local_addr().expect("the port is known"));
    let bytes = web::Bytes::from(bytes);
    std::thread::spawn(move || {
        let server = HttpServer::new(move || {
            let bytes = bytes.clone();
            // Reads the request's body, as a connection is closed on which some of it is left.
            App::new().default_service(web::to(move |_: web::Bytes| {
                let bytes = bytes.clone();
                async move { HttpResponse::Ok().content_type("application/json").body(bytes) }
            }))
        });
        let running = server.listen(listener).expect("the port is ours").run();
        actix_web::rt::System::new().block_on(running)
    });
    address
}

/// How much is asked at once, and for how long.
pub struct Load {
    pub connections: u32,
    pub time: Duration,
}

/// What a load showed. Times in milliseconds, memory in megabytes.
pub struct Figures {
    pub per_second: f64,
    pub p50: f64,
    pub p99: f64,
    /// Processor time of the server for one request.
    pub cpu: Option<f64>,
    /// Resident memory before and right after the load.
    pub rss: Option<(f64, f64)>,
}

impl Load {
    /// Asks a query over and over, after a warm-up of a quarter of the time.
    pub async fn run(&self, asked: &Asked, pid: Option<u32>) -> Figures {
        self.oha(asked, self.time / 4).await;
        let before = pid.map(|pid| (cpu(pid), rss(pid).unwrap_or(f64::NAN)));
        let report = self.oha(asked, self.time).await;
        let number = |path: &str| report.pointer(path).and_then(Value::as_f64).unwrap_or(f64::NAN);
        let statuses =
            ["200", "304"].map(|status| number(&format!("/statusCodeDistribution/{status}")));
        let answered = statuses.into_iter().find(|number| !number.is_nan()).unwrap_or(f64::NAN);
        let after = pid.map(|pid| (cpu(pid), rss(pid).unwrap_or(f64::NAN)));
        let both = before.zip(after);
        Figures {
            per_second: number("/summary/requestsPerSec"),
            p50: number("/latencyPercentiles/p50") * 1e3,
            p99: number("/latencyPercentiles/p99") * 1e3,
            cpu: both.map(|((before, _), (after, _))| (after - before) / answered),
            rss: both.map(|((_, idle), (_, loaded))| (idle, loaded)),
        }
    }

    async fn oha(&self, asked: &Asked, time: Duration) -> Value {
        let output = tokio::process::Command::new("oha")
            .args(["--no-tui", "--output-format", "json"])
            // It would have answers coded, and the static ones are not.
            .args(["-H", "Accept-Encoding: identity"])
            .args(["-c", &self.connections.to_string()])
            .args(["-z", &format!("{}ms", time.as_millis())])
            .args(&asked.0)
            .output()
            .await
            .expect("oha is on the path: cargo install oha --locked");
        serde_json::from_slice(&output.stdout).expect("oha reports as JSON")
    }
}

/// Processor time of a process so far, in milliseconds.
fn cpu(pid: u32) -> f64 {
    const TICKS_PER_SECOND: f64 = 100.0;
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("the process lives");
    let fields: Vec<&str> =
        stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |index: usize| fields[index].parse::<f64>().expect("ticks are numbers");
    (ticks(11) + ticks(12)) * 1e3 / TICKS_PER_SECOND
}
