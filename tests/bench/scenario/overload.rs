//! More requests than the service can answer, sent at a fixed rate.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use serde_json::json;
use tokio::{net::TcpStream, task::JoinSet};

use super::{
    Backend, Target,
    http::{self, Connection},
    table::{Case, Tally, Times},
    watch::Watch,
};

/// Uncached queries at multiples of the service's capacity
#[derive(clap::Args)]
pub struct Arguments {
    #[arg(long, value_enum, value_delimiter = ',', default_value = "sqlite,postgres")]
    databases: Vec<Backend>,
    /// Multiples of the measured capacity
    #[arg(long, value_delimiter = ',', default_value = "1,2,5,10")]
    multiples: Vec<f64>,
    /// The capacity in requests/s, instead of a measured one: gives two builds the same load
    #[arg(long)]
    capacity: Option<f64>,
    /// Seconds of load at each multiple
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// Maximum number of connections; a request that finds all of them busy is not sent
    #[arg(long, default_value_t = 4_000)]
    connections: usize,
    /// How long a client waits for its response, in seconds
    #[arg(long, default_value_t = 60)]
    cap: u64,
}

/// Duration of the capacity measurement.
const MEASURED: Duration = Duration::from_secs(8);

pub async fn run(target: &Target, arguments: &Arguments) {
    for &backend in &arguments.databases {
        let url = target.database(backend).await;
        let name = format!("{}, capacity", backend.name());
        let case = Case { scenario: "overload", name };
        let (capacity, times) = capacity(target, &url).await;
        case.number("responses/s", capacity);
        case.row("accepted p50, p99, max, ms", times);
        let capacity = arguments.capacity.unwrap_or(capacity);
        for multiple in &arguments.multiples {
            let name = format!("{}, {multiple} × capacity", backend.name());
            let case = Case { scenario: "overload", name };
            load(target, &url, &case, capacity * multiple, arguments).await;
        }
    }
}

/// A typical list query. Each `number` has different dates, so that no response is cached.
pub fn query(number: usize) -> Vec<u8> {
    let day = |number: usize| (1 + number / 12 % 28, 1 + number % 12);
    let ((from_day, from_month), (to_day, to_month)) = (day(number), day(number / 336));
    let (from_year, to_year) = (1990 + number / 112_896 % 20, 2020 + number / 2_257_920 % 20);
    let variables = json!({ "filter": {
        "from": format!("{from_year}-{from_month:02}-{from_day:02}"),
        "to": format!("{to_year}-{to_month:02}-{to_day:02}"),
    } });
    let query = "query($filter: EventFilter) { events(first: 20, filter: $filter) { nodes {
        slug title start body { slug name } hosts { code name } themes { slug }
        citations { locator source { slug title } } } } }";
    http::post(query, variables)
}

/// The capacity in responses per second, measured with 16 busy connections, and the response times.
async fn capacity(target: &Target, url: &str) -> (f64, Times) {
    const CONNECTIONS: usize = 16;
    let service = target.start(url);
    let address = service.address;
    let mut clients = JoinSet::new();
    let began = Instant::now();
    for client in 0..CONNECTIONS {
        clients.spawn(async move {
            let mut connection = Connection::new(TcpStream::connect(address).await?);
            let mut times = Vec::new();
            for number in (client..).step_by(CONNECTIONS) {
                let sent = Instant::now();
                connection.send(&query(number)).await?;
                let answer = connection.response().await?;
                // The first quarter is the warm-up.
                if answer.outcome() == "200" && began.elapsed() > MEASURED / 4 {
                    times.push(sent.elapsed());
                }
                if began.elapsed() > MEASURED {
                    break;
                }
            }
            io::Result::Ok(times)
        });
    }
    let mut times = Times::default();
    for answered in clients.join_all().await {
        answered.unwrap_or_default().into_iter().for_each(|time| times.add(time));
    }
    (times.len() as f64 / (MEASURED * 3 / 4).as_secs_f64(), times)
}

/// The outcomes of a load.
#[derive(Default)]
struct Answers {
    outcomes: Tally,
    accepted: Times,
    rejected: Times,
    without_retry_after: usize,
}

/// The clients of a load, with their idle connections.
struct Clients {
    address: SocketAddr,
    cap: Duration,
    idle: Mutex<Vec<Connection>>,
    answers: Mutex<Answers>,
}

async fn load(target: &Target, url: &str, case: &Case, rate: f64, arguments: &Arguments) {
    let mut service = target.start(url);
    let watch = Watch::start(target, &service);
    let clients = Arc::new(Clients {
        address: service.address,
        cap: Duration::from_secs(arguments.cap),
        idle: Mutex::default(),
        answers: Mutex::default(),
    });
    let time = Duration::from_secs(arguments.seconds);
    let (began, mut due, mut not_sent, mut running) = (Instant::now(), 0, 0_usize, JoinSet::new());
    let mut tick = tokio::time::interval(Duration::from_millis(1));
    while began.elapsed() < time {
        tick.tick().await;
        while running.try_join_next().is_some() {}
        let now = (began.elapsed().min(time).as_secs_f64() * rate) as usize;
        for number in due..now {
            if running.len() < arguments.connections {
                running.spawn(clients.clone().ask(number, Instant::now()));
            } else {
                not_sent += 1;
            }
        }
        due = now;
    }
    running.join_all().await;
    let took = began.elapsed().as_secs_f64();
    let seen = watch.stop();
    let answers = clients.answers.lock().expect("no client panics");
    case.number("requests/s", rate);
    case.row("outcomes", &answers.outcomes);
    case.row("not sent, all connections busy", not_sent);
    case.number("accepted/s", answers.accepted.len() as f64 / took);
    case.row("accepted p50, p99, max, ms", &answers.accepted);
    case.row("rejected p50, p99, max, ms", &answers.rejected);
    case.row("rejected without Retry-After", answers.without_retry_after);
    case.number("seconds until all requests had ended", took);
    seen.print(case, target.max_memory);
    case.row("log lines", service.log().lines().count());
    case.row("process", service.state());
}

impl Clients {
    /// Sends a request on an idle or a new connection. Times are measured from when it was due.
    async fn ask(self: Arc<Self>, number: usize, due: Instant) {
        let idle = self.idle.lock().expect("no client panics").pop();
        let exchange = async {
            let mut connection = match idle {
                Some(connection) => connection,
                None => Connection::new(TcpStream::connect(self.address).await?),
            };
            connection.send(&query(number)).await?;
            let response = connection.response().await?;
            if !response.closes {
                self.idle.lock().expect("no client panics").push(connection);
            }
            Ok(response)
        };
        let response = match tokio::time::timeout(self.cap, exchange).await {
            Ok(response) => response,
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        };
        let (time, outcome) = (due.elapsed(), http::outcome(&response));
        let mut answers = self.answers.lock().expect("no client panics");
        match &response {
            Ok(_) if outcome == "200" => answers.accepted.add(time),
            Ok(response) => {
                answers.rejected.add(time);
                answers.without_retry_after += usize::from(!response.retry_after);
            }
            Err(_) => {}
        }
        answers.outcomes.add(outcome);
    }
}
