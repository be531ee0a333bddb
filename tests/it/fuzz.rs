//! Every request receives a response or an error whose code the manual lists, and none ends the
//! process.
//!
//! The tests send a few generated requests to every entry point. `.ci/fuzz` raises their number,
//! and sends a million to the release build. A request is generated from bytes; a failing request
//! is printed.

mod datasets;
mod documents;
mod requests;
mod tape;

use std::{
    collections::BTreeMap,
    str::FromStr,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use harness::{Adkb, Backend, Database, Service, on_both};
use proptest::{collection::vec, prelude::any};
use tokio::sync::{RwLock, Semaphore};

use crate::properties::hold;
use documents::{Corpus, Schema};
use requests::{Failure, Request, Seen, Target, Way};
use tape::{Tape, random};

/// Maximum number of bytes from which a request is generated.
const BYTES: usize = 400;

fn setting<T: FromStr>(name: &str) -> Option<T> {
    let value = std::env::var(name).ok()?;
    let Ok(value) = value.parse() else { panic!("{name} is `{value}`: write a number") };
    Some(value)
}

/// The number of requests that each test sends.
fn cases() -> u32 {
    setting("ADKB_FUZZ_CASES").unwrap_or(60)
}

/// A service for the fuzz tests, separate from the one that other tests share.
fn service(backend: Backend) -> &'static Service {
    static SQLITE: OnceLock<Service> = OnceLock::new();
    static POSTGRES: OnceLock<Service> = OnceLock::new();
    let service = match backend {
        Backend::Sqlite => &SQLITE,
        Backend::Postgres => &POSTGRES,
    };
    service.get_or_init(|| Service::start(Database::filled(backend)))
}

async fn hold_by(backend: Backend, way: Way) {
    let service = service(backend);
    let corpus = Corpus::of(service, Schema::of_repository()).await;
    let target = Target::new(service.at(""));
    hold(cases(), vec(any::<u8>(), 0..BYTES), async |bytes| {
        let request = Request::generate(&corpus, &mut Tape::new(&bytes), way);
        let sent = match target.send(&request).await {
            // A pooled connection may have been closed before it is reused.
            Err(Failure::Gone(_)) if target.is_alive().await => target.send(&request).await,
            sent => sent,
        };
        if let Err(failure) = sent {
            panic!("{}\n{request:?}", failure.told());
        }
        let log = service.log();
        assert!(!log.contains("panicked"), "{request:?}\n{log}");
    })
    .await;
    assert!(target.is_alive().await, "{}", service.log());
}

on_both! {
    async fn any_post_is_answered(backend: Backend) {
        hold_by(backend, Way::Post).await;
    }

    async fn any_get_is_answered(backend: Backend) {
        hold_by(backend, Way::Get).await;
    }

    async fn any_persisted_document_is_answered(backend: Backend) {
        hold_by(backend, Way::Persisted).await;
    }

    async fn any_web_socket_is_answered(backend: Backend) {
        hold_by(backend, Way::WebSocket).await;
    }

    async fn any_export_is_answered(backend: Backend) {
        hold_by(backend, Way::Export).await;
    }

    async fn any_bytes_are_answered(backend: Backend) {
        hold_by(backend, Way::Raw).await;
    }
}

#[test]
fn any_dataset_is_imported_or_its_problems_are_reported() {
    harness::run(async {
        hold(cases(), vec(any::<u8>(), 0..BYTES), async |bytes| {
            let dataset = datasets::generate(&mut Tape::new(&bytes));
            let checked = Adkb::new(["check".as_ref(), dataset.path().as_os_str()]).run();
            assert!(!checked.stderr.contains("panicked"), "{}", checked.stderr);
            match checked.code {
                Some(0) => {
                    let database = Database::empty(Backend::Sqlite);
                    Adkb::import(&dataset).database(&database).run().success();
                }
                Some(1) => assert_ne!(checked.stderr, "", "the check reports no problem"),
                code => panic!("the check ended with {code:?}: {}", checked.stderr),
            }
        })
        .await;
    });
}

/// The results of a load of requests.
#[derive(Default)]
struct Report {
    /// Number of responses by entry point and status.
    answers: BTreeMap<String, u64>,
    codes: BTreeMap<String, u64>,
    wrong: Vec<String>,
    aborts: Vec<String>,
    slowest: Vec<(Duration, u64)>,
}

impl Report {
    fn note(&mut self, number: u64, took: Duration, sent: Result<Seen, String>) {
        match sent {
            Ok(seen) => {
                *self.answers.entry(seen.status).or_default() += 1;
                for code in seen.codes {
                    *self.codes.entry(code).or_default() += 1;
                }
            }
            Err(told) => {
                *self.answers.entry("wrong".to_owned()).or_default() += 1;
                self.wrong.push(told);
            }
        }
        self.slowest.push((took, number));
        self.slowest.sort_unstable_by(|one, other| other.cmp(one));
        self.slowest.truncate(5);
    }
}

/// `ADKB_FUZZ_REQUESTS` is the number of requests, `ADKB` the program, `ADKB_FUZZ_BACKEND` the
/// database (`sqlite` or `postgres`), and `ADKB_FUZZ_SEED` selects the load. Does nothing without
/// `ADKB_FUZZ_REQUESTS`.
#[test]
fn a_load_of_any_requests_is_answered() {
    const AT_ONCE: usize = 128;
    /// Limit of concurrent requests that keep the service busy. Raw and WebSocket requests mostly
    /// wait for the end of their connection and do not count.
    const BUSY: usize = 16;
    const MAX_ABORTS: usize = 20;
    let Some(requests) = setting::<u64>("ADKB_FUZZ_REQUESTS") else { return };
    let seed: u64 = setting("ADKB_FUZZ_SEED").unwrap_or(1);
    let backend = match std::env::var("ADKB_FUZZ_BACKEND").as_deref() {
        Ok("postgres") => Backend::Postgres,
        _ => Backend::Sqlite,
    };
    harness::run(async {
        let began = Instant::now();
        let start = || Arc::new(Service::start(Database::filled(backend)));
        let service = start();
        let corpus = Corpus::of(&service, Schema::of_repository()).await;
        let running = RwLock::new((Target::new(service.at("")), service));
        let report = std::sync::Mutex::new(Report::default());
        let (next, panics) = (AtomicU64::new(0), AtomicU64::new(0));
        let busy = Semaphore::new(BUSY);
        let count_panics = |service: &Service| {
            panics
                .fetch_add(service.log().matches("panicked at").count() as u64, Ordering::Relaxed);
        };
        let work = async || loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= requests || report.lock().unwrap().aborts.len() >= MAX_ABORTS {
                return;
            }
            if number % 10_000 == 9_999 {
                println!("{} requests after {:?}", number + 1, began.elapsed());
            }
            let bytes = random(seed.wrapping_add(number.wrapping_mul(0x1000_0001)), BYTES);
            let mut tape = Tape::new(&bytes);
            // Half of them use POST; few need a connection of their own.
            let way = match tape.below(32) {
                number @ 0..=4 => Way::ALL[number + 1],
                5..=8 => Way::Get,
                9..=12 => Way::Persisted,
                13..=15 => Way::WebSocket,
                _ => Way::Post,
            };
            let _busy = match way {
                Way::Raw | Way::WebSocket => None,
                _ => busy.acquire().await.ok(),
            };
            let request = Request::generate(&corpus, &mut tape, way);
            let described = |told: &str| {
                let text = format!("request {number}: {told}\n{request:?}");
                text[..text.floor_char_boundary(6_000)].to_owned()
            };
            let sending = Instant::now();
            let mut sent = Err(Failure::Gone(String::new()));
            for _ in 0..2 {
                let target = running.read().await;
                sent = target.0.send(&request).await;
                let gone = matches!(sent, Err(Failure::Gone(_)));
                if !gone || target.0.is_alive().await {
                    if gone {
                        continue;
                    }
                    break;
                }
                drop(target);
                let mut target = running.write().await;
                if !target.0.is_alive().await {
                    count_panics(&target.1);
                    report
                        .lock()
                        .unwrap()
                        .aborts
                        .push(described("this request may have ended the process"));
                    let service = start();
                    *target = (Target::new(service.at("")), service);
                }
                break;
            }
            let sent = sent.map_err(|failure| described(failure.told()));
            report.lock().unwrap().note(number, sending.elapsed(), sent);
        };
        futures_util::future::join_all((0..AT_ONCE).map(|_| work())).await;
        let (target, service) = running.into_inner();
        count_panics(&service);
        let metrics = service
            .client()
            .get(service.at("/metrics"))
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        let report = report.into_inner().unwrap();
        for told in report.aborts.iter().chain(&report.wrong).take(40) {
            println!("{told}\n");
        }
        for (what, number) in report.answers.iter().chain(&report.codes) {
            println!("{number:>9} {what}");
        }
        println!("slowest (with {BUSY} concurrent requests): {:?}", report.slowest);
        println!(
            "{}",
            metrics
                .lines()
                .find(|line| line.starts_with("adkb_resident_memory_bytes "))
                .unwrap_or_default()
        );
        let (wrong, aborts, panics) =
            (report.wrong.len(), report.aborts.len(), panics.into_inner());
        println!(
            "{requests} requests in {:?}: {wrong} wrong, {aborts} aborts, {panics} panics",
            began.elapsed()
        );
        assert!(target.is_alive().await);
        assert_eq!((wrong, aborts, panics), (0, 0, 0), "seed {seed}");
    });
}
