//! Signals under load and with idle connections: lost requests, and the duration of the shutdown.

use std::{
    io,
    net::SocketAddr,
    time::{Duration, Instant},
};

use rustix::process::Signal;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::watch,
    task::JoinSet,
};

use super::{
    Backend, Service, Target,
    client_kind::HTTP2_PREFACE,
    http::{self, Connection},
    overload::query,
    table::{Case, Tally, Times},
};

/// SIGTERM under load and with idle connections, a second SIGTERM, and SIGHUP
#[derive(clap::Args)]
pub struct Arguments {
    #[arg(long, value_enum, value_delimiter = ',', default_value = "sqlite,postgres")]
    databases: Vec<Backend>,
    /// Number of connections that send requests
    #[arg(long, default_value_t = 64)]
    busy: usize,
    /// Number of idle connections of each kind: without a request, and after a response by
    /// HTTP/1.1 and HTTP/2
    #[arg(long, default_value_t = 20)]
    idle: usize,
    /// Number of runs of each case
    #[arg(long, default_value_t = 3)]
    repeat: usize,
    /// How long to wait for the shutdown, in seconds
    #[arg(long, default_value_t = 40)]
    cap: u64,
}

pub async fn run(target: &Target, arguments: &Arguments) {
    let (busy, idle) = (arguments.busy, arguments.idle);
    let term: &[Signal] = &[Signal::TERM];
    let cases = [
        ("under load", busy, 0, term),
        ("with idle connections", 0, idle, term),
        ("under load, with idle connections", busy, idle, term),
        ("SIGTERM twice, with idle connections", 0, idle, &[Signal::TERM, Signal::TERM]),
        ("SIGHUP, under load", busy, 0, &[Signal::HUP]),
    ];
    for &backend in &arguments.databases {
        let url = target.database(backend).await;
        for (name, busy, idle, signals) in cases {
            let case = Case { scenario: "sigterm", name: format!("{}, {name}", backend.name()) };
            let mut total = Total::default();
            for _ in 0..arguments.repeat {
                let cap = Duration::from_secs(arguments.cap);
                end(&mut total, target.start(&url), busy, idle, signals, cap).await;
            }
            total.print(&case);
        }
    }
}

/// The totals of all runs of a case.
#[derive(Default)]
struct Total {
    in_flight: usize,
    lost: usize,
    outcomes: Tally,
    ready: Tally,
    ended: Times,
    states: Tally,
}

impl Total {
    /// Counts the requests in flight at the signal: sent before it and not yet answered.
    fn count(&mut self, signalled: Instant, answers: Vec<Last>) {
        for (sent, answer) in answers {
            if sent.is_some_and(|sent| sent < signalled) {
                self.in_flight += 1;
                self.lost += usize::from(answer.is_err());
                self.outcomes.add(http::outcome(&answer));
            }
        }
    }

    fn print(&self, case: &Case) {
        case.row("requests in flight at the signal", self.in_flight);
        case.row("of these without a complete response", self.lost);
        case.row("of these by outcome", &self.outcomes);
        case.row("/readyz 50 ms after the signal", &self.ready);
        case.row("time until the process ended p50, p99, max, ms", &self.ended);
        case.row("process", &self.states);
    }
}

/// A client's last request: when it was sent completely, if it was, and its result.
type Last = (Option<Instant>, io::Result<http::Response>);

/// A client that sends one request after another until it is stopped.
async fn ask(address: SocketAddr, client: usize, stopped: watch::Receiver<bool>) -> Last {
    let mut sent = None;
    let answer = async {
        let mut connection = Connection::new(TcpStream::connect(address).await?);
        for number in 0.. {
            sent = None;
            connection.send(&query(client * 10_000 + number)).await?;
            sent = Some(Instant::now());
            let response = connection.response().await?;
            if *stopped.borrow() || response.closes {
                return Ok(response);
            }
        }
        Err(io::ErrorKind::Other.into())
    };
    let answer = answer.await;
    (sent, answer)
}

/// Opens idle connections: without a request, and after a response by HTTP/1.1 and HTTP/2.
async fn idle_connections(address: SocketAddr, count: usize) -> Vec<TcpStream> {
    /// GET /healthz as stream 1: HEADERS with END_STREAM and END_HEADERS, by HPACK's static table.
    const HEALTH: &[u8] = b"\0\0\x0f\x01\x05\0\0\0\x01\x82\x86\x04\x08/healthz\x01\x01a";
    const SETTINGS_ACK: &[u8] = b"\0\0\0\x04\x01\0\0\0\0";
    let mut streams = Vec::new();
    for _ in 0..count {
        streams.push(TcpStream::connect(address).await.expect("the service listens"));
        let mut connection =
            Connection::new(TcpStream::connect(address).await.expect("the service listens"));
        connection.send(&http::get("/healthz")).await.expect("the service reads");
        connection.response().await.expect("the service answers");
        streams.push(connection.stream);
        let mut http2 = TcpStream::connect(address).await.expect("the service listens");
        http2.write_all(&[HTTP2_PREFACE, SETTINGS_ACK, HEALTH].concat()).await.expect("it reads");
        let (mut frames, mut buffer) = (Vec::new(), [0; 1024]);
        while !frames.windows(3).any(|bytes: &[u8]| bytes == b"ok\n") {
            let read = tokio::time::timeout(Duration::from_secs(5), http2.read(&mut buffer)).await;
            match read {
                Ok(Ok(length @ 1..)) => frames.extend_from_slice(&buffer[..length]),
                _ => panic!("/healthz has no response over HTTP/2: {frames:?}"),
            }
        }
        streams.push(http2);
    }
    streams
}

async fn end(
    total: &mut Total,
    mut service: Service,
    busy: usize,
    idle: usize,
    signals: &[Signal],
    cap: Duration,
) {
    let address = service.address;
    let _idle = idle_connections(address, idle).await;
    let (stop, stopped) = watch::channel(false);
    let mut clients = JoinSet::new();
    for client in 0..busy {
        clients.spawn(ask(address, client, stopped.clone()));
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let signalled = Instant::now();
    for &signal in signals {
        service.signal(signal);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stop.send_replace(true);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let ready = http::get("/readyz");
    let ready = tokio::time::timeout(Duration::from_secs(2), http::ask(address, &ready)).await;
    total.ready.add(match ready {
        Ok(answer) => http::outcome(&answer),
        Err(_) => "no response within 2 s".to_owned(),
    });
    if signals.contains(&Signal::HUP) {
        // SIGHUP does not stop the service: every client gets its response.
        let answers = clients.join_all().await;
        total.states.add(service.state());
        return total.count(signalled, answers);
    }
    while service.state() == "running" && signalled.elapsed() < cap {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    total.ended.add(signalled.elapsed());
    total.states.add(service.state());
    drop(service);
    total.count(signalled, clients.join_all().await);
}
