//! Many stalled clients: how long each keeps its connection, and whether others are served.

use std::{
    collections::HashMap,
    net::SocketAddr,
    time::{Duration, Instant},
};

use tokio::{io::AsyncReadExt, net::TcpStream, sync::watch, task::JoinSet};

use super::{
    Backend, Service, Target,
    client_kind::{self, Kind},
    http, sockets,
    table::{Case, Tally, Times},
    watch::Watch,
};

/// Many stalled clients, and one slow client that must receive its whole download
#[derive(clap::Args)]
pub struct Arguments {
    /// Connections of each kind
    #[arg(long, default_value_t = 1_000)]
    connections: usize,
    /// How long the connections are kept open at most, in seconds
    #[arg(long, default_value_t = 90)]
    cap: u64,
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        default_value = "silent,head,head-trickle,body-trickle,http2,answers,export"
    )]
    kinds: Vec<Kind>,
    /// Number of generated events in the database: 22,000 make an export of 17 MB
    #[arg(long, default_value_t = 22_000)]
    events: usize,
    /// Download rate of the slow client, in kB/s; 0 skips this case
    #[arg(long, default_value_t = 100)]
    download_rate: u64,
    /// The service's soft limit of file descriptors; most systems default to 1,024
    #[arg(long, default_value_t = 1_024)]
    open_files: u64,
}

pub async fn run(target: &Target, arguments: &Arguments) {
    let url = target.database(Backend::Sqlite).await;
    target.import(&url, arguments.events, true).await;
    for &kind in &arguments.kinds {
        stall(target, &url, kind, arguments).await;
    }
    if arguments.download_rate > 0 {
        download(target, &url, arguments).await;
    }
}

async fn stall(target: &Target, url: &str, kind: Kind, arguments: &Arguments) {
    let cap = Duration::from_secs(arguments.cap);
    let case = Case {
        scenario: "clients",
        name: format!("{} connections, {}", arguments.connections, kind.name()),
    };
    let mut service = target.start_with(url, Some(arguments.open_files));
    let address = service.address;
    let watching = Watch::start(target, &service);
    let (stop, stopped) = watch::channel(false);
    let exports = tokio::spawn(export_again_and_again(address, stopped.clone()));
    let mut opening = JoinSet::new();
    for _ in 0..arguments.connections {
        opening.spawn(async move {
            let began = Instant::now();
            let opened = tokio::time::timeout(Duration::from_secs(20), kind.open(address)).await;
            (began, opened)
        });
    }
    let (mut streams, mut opened, mut statuses) = (Vec::new(), HashMap::new(), Tally::default());
    for (began, stalling) in opening.join_all().await {
        match stalling {
            Ok(Ok(stalling)) => {
                let port = stalling.stream.local_addr().expect("a connection has a port").port();
                if let Some(status) = stalling.status {
                    statuses.add(&status);
                    // After an error response the client is not stalled: the connection is idle.
                    if status != "200" {
                        continue;
                    }
                }
                opened.insert(port, began);
                streams.push(stalling.stream);
            }
            Ok(Err(_)) => statuses.add("failed to open"),
            Err(_) => statuses.add("not opened within 20 s"),
        }
    }
    let count = opened.len();
    let mut clients = JoinSet::new();
    for stream in streams {
        clients.spawn(hold(kind, stream, stopped.clone()));
    }
    let times = until_closed(&service, opened, cap).await;
    stop.send_replace(true);
    let mut received = Tally::default();
    clients.join_all().await.into_iter().for_each(|outcome| received.add(outcome));
    let exports = exports.await.expect("the client does not panic");
    let seen = watching.stop();
    case.row("connections opened", count);
    case.row("status codes", statuses);
    case.row("connections closed by the service", times.len());
    case.row("time until closed p50, p99, max, ms", &times);
    case.row("received by stalled clients", received);
    case.row("exports of other clients", exports);
    seen.print(&case, target.max_memory);
    case.row("process", service.state());
}

/// Keeps a connection open, sends the trickle of its kind, and returns what the service sent last.
async fn hold(kind: Kind, mut stream: TcpStream, mut stopped: watch::Receiver<bool>) -> String {
    let bytes = kind.trickle();
    tokio::select! {
        () = client_kind::trickle(&stream, &bytes) => {}
        _ = stopped.wait_for(|stopped| *stopped) => {}
    }
    let _ = stopped.wait_for(|stopped| *stopped).await;
    if matches!(kind, Kind::Answers | Kind::Export) {
        return "not read".to_owned();
    }
    let mut start = [0; 12];
    match tokio::time::timeout(Duration::from_millis(100), stream.read(&mut start)).await {
        Ok(Ok(0)) | Err(_) => "nothing".to_owned(),
        Ok(Err(_)) => "a reset".to_owned(),
        Ok(Ok(length)) => match start[..length].strip_prefix(b"HTTP/1.1 ") {
            Some(status) => String::from_utf8_lossy(status).into_owned(),
            None => "frames of HTTP/2".to_owned(),
        },
    }
}

/// How long each connection was open before the service closed it. `opened` maps the client's port
/// to the time of opening.
async fn until_closed(
    service: &Service,
    mut opened: HashMap<u16, Instant>,
    cap: Duration,
) -> Times {
    const INTERVAL: Duration = Duration::from_millis(200);
    let (began, mut times) = (Instant::now(), Times::default());
    while !opened.is_empty() && began.elapsed() < cap {
        tokio::time::sleep(INTERVAL).await;
        let held = sockets::held(service.address.port());
        opened.retain(|port, since| {
            let is_held = held.contains(port);
            if !is_held {
                times.add(since.elapsed());
            }
            is_held
        });
    }
    times
}

/// Requests a small export every few seconds, as a dashboard does, and counts the outcomes.
async fn export_again_and_again(address: SocketAddr, mut stopped: watch::Receiver<bool>) -> Tally {
    const INTERVAL: Duration = Duration::from_secs(3);
    const PATIENCE: Duration = Duration::from_secs(20);
    let mut outcomes = Tally::default();
    // The first one starts after the stalled clients have connected.
    let mut tick = tokio::time::interval_at(tokio::time::Instant::now() + INTERVAL, INTERVAL);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            _ = stopped.wait_for(|stopped| *stopped) => return outcomes,
        }
        let request = http::get("/export/themes.csv");
        match tokio::time::timeout(PATIENCE, http::ask(address, &request)).await {
            Ok(answer) => outcomes.add(http::outcome(&answer)),
            Err(_) => outcomes.add("no response within 20 s"),
        }
    }
}

/// Downloads an export slowly but steadily: with the large kernel buffers of loopback, and with the
/// small buffers of a slow network. Both downloads must complete.
async fn download(target: &Target, url: &str, arguments: &Arguments) {
    let mut service = target.start_with(url, Some(arguments.open_files));
    let address = service.address;
    let case =
        Case { scenario: "clients", name: format!("download at {} kB/s", arguments.download_rate) };
    let watching = Watch::start(target, &service);
    let rate = arguments.download_rate * 1_000;
    let (usual, small) =
        tokio::join!(read_slowly(address, rate, None), read_slowly(address, rate, Some(16 << 10)));
    let seen = watching.stop();
    case.row("with default buffers", usual);
    case.row("with small buffers", small);
    seen.print(&case, target.max_memory);
    case.row("process", service.state());
}

/// The outcome of an export that is read at `rate` bytes per second.
async fn read_slowly(address: SocketAddr, rate: u64, buffer: Option<u32>) -> String {
    const INTERVAL: Duration = Duration::from_millis(100);
    const CAP: Duration = Duration::from_secs(600);
    const END: &[u8] = b"\r\n0\r\n\r\n";
    let mut stream = client_kind::connect(address, buffer).await.expect("the service listens");
    let request = http::get("/export/events.ndjson");
    tokio::io::AsyncWriteExt::write_all(&mut stream, &request).await.expect("the service reads");
    let share = usize::try_from(rate * INTERVAL.as_millis() as u64 / 1_000).unwrap_or(usize::MAX);
    let (began, mut bytes, mut tail) = (Instant::now(), 0, Vec::new());
    let mut tick = tokio::time::interval(INTERVAL);
    let mut piece = vec![0; share];
    let end = loop {
        tick.tick().await;
        if began.elapsed() > CAP {
            break "incomplete at the time limit";
        }
        let Ok(read) = tokio::time::timeout(CAP, stream.read(&mut piece)).await else { continue };
        let Ok(length @ 1..) = read else { break "connection lost" };
        bytes += length;
        tail.extend_from_slice(&piece[..length]);
        tail.drain(..tail.len().saturating_sub(END.len()));
        if tail == END {
            break "complete";
        }
    };
    let (megabytes, seconds) = (bytes as f64 / 1e6, began.elapsed().as_secs_f64());
    format!("{end}, {megabytes:.1} MB in {seconds:.0} s")
}
