//! `adkb serve`.

use std::{
    net::TcpListener,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use migration::{
    dataset::{Dataset, Problems},
    import::ImportOptions,
};
#[cfg(unix)]
use tokio::signal::unix;
use tokio::sync::watch;

use super::{Failure, import, log};
use crate::{
    config::{Database, ImportAtStart, Server},
    executor::Executor,
    http::{self, Listeners, ShutdownSignals, connections::listen},
    store::{
        Store, connect::ConnectError, database::ReadDatabase, read_pool::ReadPool, states::States,
    },
};

pub(super) async fn serve(config: Server) -> Result<(), Failure> {
    let reporting = log::start(&config)?;
    let persisted = http::persisted(&config)?;
    let listeners = listen(&config.host, config.port)?;
    let address = listeners[0].local_addr().map_err(Failure::Server)?;
    let admin = config.admin_address.map(http::admin::listen).transpose()?;
    let admin_address = admin.as_ref().map(TcpListener::local_addr).transpose();
    let admin_address = admin_address.map_err(Failure::Server)?;
    prepare(&config).await?;
    let source = source(&config)?;
    let newest = Store::pooled(ReadPool::new(source.clone(), 1)).newest_version().await;
    let newest = newest.map_err(Failure::Read)?;
    let threads = Executor::start(&config, &source).map_err(Failure::Server)?;
    // Before the address is printed: a program that reads it may send a signal at once.
    let mut signals = Signals::new().map_err(Failure::Server)?;
    let draining = Arc::new(AtomicBool::new(false));
    let (close, closing) = watch::channel(false);
    let ending = ShutdownSignals { draining: draining.clone(), closing };
    let listeners = Listeners { clients: listeners, admin };
    let states = states(&config)?;
    let server =
        http::start(&config, listeners, source, states, newest, threads, persisted, ending)
            .await
            .map_err(Failure::Server)?;
    super::print_line(&format!("GraphQL:  http://{address}/graphql"));
    super::print_line(&format!("schema:   http://{address}/schema.graphql"));
    super::print_line(&format!("web page: http://{address}/"));
    if let Some(address) = admin_address {
        super::print_line(&format!("metrics:  http://{address}/metrics"));
    }
    let ended = server.ended();
    tokio::pin!(ended);
    tokio::select! {
        () = &mut ended => return Err(Failure::Server(std::io::Error::other("its threads ended"))),
        _ = signals.end() => {}
    }
    tracing::info!("the service is shutting down; a second signal stops it immediately");
    let gracefully = async {
        draining.store(true, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_secs(config.shutdown_delay)).await;
        close.send_replace(true);
        let patience = Duration::from_secs(config.shutdown_timeout);
        if tokio::time::timeout(patience, ended).await.is_err() {
            tracing::warn!("requests in progress exceeded --shutdown-timeout and are aborted");
        }
    };
    tokio::select! {
        () = gracefully => {}
        signal = signals.end() => {
            tracing::warn!("second signal received; requests in progress are aborted");
            std::process::exit(128 + signal);
        }
    }
    drop(reporting);
    Ok(())
}

/// The database that requests read from.
fn source(config: &Server) -> Result<Arc<ReadDatabase>, ConnectError> {
    let timeout = Duration::from_secs(config.statement_timeout);
    let Database { database_url, database_pooler } = &config.database;
    Ok(ReadDatabase::new(database_url, *database_pooler, timeout)?)
}

/// The earlier states of the database.
fn states(config: &Server) -> Result<States, Failure> {
    let folder = config.states_folder.as_deref();
    let timeout = Duration::from_secs(config.statement_timeout);
    States::new(&config.database, timeout, folder, config.states_size << 20).map_err(|cause| {
        let folder = folder.map_or_else(std::env::temp_dir, Path::to_owned);
        Failure::StatesFolder { folder: folder.display().to_string(), cause }
    })
}

/// Handlers for the signals that end the program. Active from construction on.
struct Signals {
    #[cfg(unix)]
    terminate: unix::Signal,
    #[cfg(unix)]
    interrupt: unix::Signal,
    #[cfg(unix)]
    hangup: unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            terminate: unix::signal(unix::SignalKind::terminate())?,
            interrupt: unix::signal(unix::SignalKind::interrupt())?,
            hangup: unix::signal(unix::SignalKind::hangup())?,
        })
    }

    /// Waits for SIGINT or SIGTERM and returns the signal's number. Ignores SIGHUP, which closed terminals and
    /// some supervisors send.
    async fn end(&mut self) -> i32 {
        loop {
            tokio::select! {
                _ = self.interrupt.recv() => return unix::SignalKind::interrupt().as_raw_value(),
                _ = self.terminate.recv() => return unix::SignalKind::terminate().as_raw_value(),
                _ = self.hangup.recv() => {
                    tracing::info!("SIGHUP is ignored: settings are only read at startup");
                }
            }
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {})
    }

    /// Waits for Ctrl-C and returns SIGINT's number.
    async fn end(&mut self) -> i32 {
        tokio::signal::ctrl_c().await.unwrap_or_default();
        2
    }
}

/// Migrates the schema, and imports the built-in dataset into an empty database, or into any if the
/// settings say so. Otherwise says that the program has another dataset than the database.
async fn prepare(config: &Server) -> Result<(), Failure> {
    let db = super::open(&config.database).await?;
    let target = || super::target(&config.database, &db);
    let outcome = match config.import {
        ImportAtStart::None => {
            migration::import::prepare(target(), embedded, &*import::progress()).await?
        }
        ImportAtStart::Embedded => {
            let (dataset, options) = embedded()?;
            migration::import::import(target(), &dataset, &options, &*import::progress()).await?
        }
    };
    if outcome.revision.is_some() {
        super::print_error(&import::sentence(&outcome));
    } else if let Some(version) = migration::import::unknown_version(&db).await? {
        tracing::info!(
            "the program contains version {version} of the data, which the database never had: `adkb diff` shows what it would change, --import embedded takes it at the start"
        );
    }
    super::close(db).await;
    Ok(())
}

fn embedded() -> Result<(Dataset, ImportOptions), Problems> {
    let dataset = Dataset::embedded()?;
    let message = format!("{} {}", dataset.about.name, dataset.about.version);
    Ok((dataset, ImportOptions { author: "adkb serve".to_owned(), message, prune: false }))
}
