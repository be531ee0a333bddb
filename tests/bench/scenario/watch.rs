//! Monitors a service while a case runs: its memory, and the response time of `/healthz`.

use std::{
    net::SocketAddr,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use tokio::{sync::watch, task::JoinSet, time::MissedTickBehavior};

use super::{
    Service, Target, http,
    table::{Case, Times},
};
use crate::served::rss;

/// Time between two probes of `/healthz`, each on a new connection.
const PROBE_INTERVAL: Duration = Duration::from_millis(50);
const MEMORY_INTERVAL: Duration = Duration::from_millis(10);

/// Monitors a service until stopped. Uses its own threads, so that load does not delay it.
pub struct Watch {
    stop: watch::Sender<bool>,
    memory: JoinHandle<(f64, bool)>,
    health: JoinHandle<(Times, usize)>,
    idle_rss: f64,
}

/// The results of a [`Watch`]. Memory in megabytes.
pub struct Seen {
    idle_rss: f64,
    peak_rss: f64,
    /// Whether the service was killed because it exceeded the memory limit.
    killed: bool,
    health: Times,
    /// Number of probes without a response of status 200.
    failed: usize,
}

impl Watch {
    pub fn start(target: &Target, service: &Service) -> Self {
        let (stop, stopped) = watch::channel(false);
        let (pid, max_memory, address) = (service.pid(), target.max_memory, service.address);
        let until = stopped.clone();
        let memory = thread::spawn(move || watch_memory(pid, max_memory, &until));
        let health = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime can be created").block_on(watch_health(address, stopped))
        });
        Self { stop, memory, health, idle_rss: rss(pid).unwrap_or(f64::NAN) }
    }

    pub fn stop(self) -> Seen {
        self.stop.send_replace(true);
        let (peak_rss, killed) = self.memory.join().expect("the watch does not panic");
        let (health, failed) = self.health.join().expect("the watch does not panic");
        Seen { idle_rss: self.idle_rss, peak_rss, killed, health, failed }
    }
}

impl Seen {
    pub fn print(&self, case: &Case, max_memory: f64) {
        case.number("RSS before, MB", self.idle_rss);
        case.number("RSS peak, MB", self.peak_rss);
        let killed = if self.killed { "yes" } else { "no" };
        case.row(&format!("killed above {max_memory:.0} MB"), killed);
        case.row("/healthz p50, p99, max, ms", &self.health);
        case.row("/healthz probes without status 200", self.failed);
    }
}

/// The peak of resident memory, in megabytes, and whether it exceeded the limit.
fn watch_memory(pid: u32, max: f64, stopped: &watch::Receiver<bool>) -> (f64, bool) {
    let mut peak: f64 = 0.0;
    while !*stopped.borrow() {
        peak = peak.max(rss(pid).unwrap_or_default());
        if peak > max {
            let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
            let _ = pid.map(|pid| kill_process(pid, Signal::KILL));
            return (peak, true);
        }
        thread::sleep(MEMORY_INTERVAL);
    }
    (peak, false)
}

/// The times of the probes, and the number that failed. A probe without a response at the end
/// counts with the time that it has waited.
async fn watch_health(address: SocketAddr, mut stopped: watch::Receiver<bool>) -> (Times, usize) {
    let mut probes = JoinSet::new();
    let mut tick = tokio::time::interval(PROBE_INTERVAL);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            _ = stopped.wait_for(|stopped| *stopped) => break,
        }
        let mut stopped = stopped.clone();
        probes.spawn(async move {
            let began = Instant::now();
            let request = http::get("/healthz");
            let failed = tokio::select! {
                answer = http::ask(address, &request) => !answer.is_ok_and(|answer| answer.status == 200),
                _ = stopped.wait_for(|stopped| *stopped) => false,
            };
            (began.elapsed(), failed)
        });
    }
    let (mut times, mut failures) = (Times::default(), 0);
    for (time, failed) in probes.join_all().await {
        match failed {
            true => failures += 1,
            false => times.add(time),
        }
    }
    (times, failures)
}
