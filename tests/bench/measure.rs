//! Requests to the service, the load that `oha` generates, and the process figures of Linux.

use std::time::Duration;

use serde_json::{Value, json};

use crate::served::{Served, rss};

impl Served {
    /// The response body of a query. Panics if the response has errors.
    pub async fn answer(&self, query: &str) -> Vec<u8> {
        let response = reqwest::Client::new()
            .post(&self.address)
            .json(&json!({ "query": query }))
            .send()
            .await
            .expect("the service answers");
        let bytes = response.bytes().await.expect("the response body arrives").to_vec();
        let json: Value = serde_json::from_slice(&bytes).expect("the response is JSON");
        assert!(json.get("errors").is_none(), "the response has errors: {json}");
        bytes
    }

    /// The entity tag of the response to a query.
    pub async fn tag(&self, query: &str) -> String {
        let address = Asked::by_get(&self.address, query);
        let response = reqwest::get(address).await.expect("the service answers");
        let tag = response.headers().get("etag").expect("the response has an ETag");
        tag.to_str().expect("an entity tag is ASCII").to_owned()
    }
}

/// A repeated request, as arguments of oha.
pub struct Asked(Vec<String>);

impl Asked {
    pub fn post(address: &str, query: &str) -> Self {
        let body = json!({ "query": query }).to_string();
        let arguments = ["-m", "POST", "-T", "application/json", "-d", &body, address];
        Self(arguments.map(str::to_owned).to_vec())
    }

    /// A conditional GET request of a client that has cached the response with this entity tag.
    pub fn again(address: &str, query: &str, tag: &str) -> Self {
        let header = format!("If-None-Match: {tag}");
        Self(vec!["-H".to_owned(), header, Self::by_get(address, query).to_string()])
    }

    fn by_get(address: &str, query: &str) -> reqwest::Url {
        reqwest::Url::parse_with_params(address, [("query", query)]).expect("the URL is valid")
    }
}

/// Serves the same bytes to every request, with the service's HTTP server and number of threads.
pub async fn static_server(bytes: Vec<u8>) -> String {
    use actix_web::{App, HttpResponse, HttpServer, web};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = format!("http://{}/", listener.local_addr().expect("the port is known"));
    let bytes = web::Bytes::from(bytes);
    std::thread::spawn(move || {
        let server = HttpServer::new(move || {
            let bytes = bytes.clone();
            // Reads the request's body: the server closes a connection with unread body bytes.
            App::new().default_service(web::to(move |_: web::Bytes| {
                let bytes = bytes.clone();
                async move { HttpResponse::Ok().content_type("application/json").body(bytes) }
            }))
        });
        let running = server.listen(listener).expect("the listener is bound").run();
        actix_web::rt::System::new().block_on(running)
    });
    address
}

/// The number of concurrent connections, and the duration of the load.
pub struct Load {
    pub connections: u32,
    pub time: Duration,
}

/// The results of a load. Times in milliseconds, memory in megabytes.
pub struct Figures {
    pub per_second: f64,
    pub p50: f64,
    pub p99: f64,
    /// CPU time of the server per request.
    pub cpu: Option<f64>,
    /// Resident memory before and right after the load.
    pub rss: Option<(f64, f64)>,
}

impl Load {
    /// Repeats a request for the whole duration, after a warm-up of a quarter of it.
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
            // oha accepts compressed responses by default, and the static server does not compress.
            .args(["-H", "Accept-Encoding: identity"])
            .args(["-c", &self.connections.to_string()])
            .args(["-z", &format!("{}ms", time.as_millis())])
            .args(&asked.0)
            .output()
            .await
            .expect("oha must be in PATH: cargo install oha --locked");
        serde_json::from_slice(&output.stdout).expect("oha prints JSON")
    }
}

/// CPU time that a process has used so far, in milliseconds.
fn cpu(pid: u32) -> f64 {
    const TICKS_PER_SECOND: f64 = 100.0;
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("the process runs");
    let fields: Vec<&str> =
        stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |index: usize| fields[index].parse::<f64>().expect("ticks are numbers");
    (ticks(11) + ticks(12)) * 1e3 / TICKS_PER_SECOND
}
