//! `adkb serve`.

use std::net::{SocketAddr, TcpListener};

use migration::{dataset::Dataset, import::Options};
#[cfg(unix)]
use tokio::signal::unix;
use tokio::sync::watch;

use super::{Failure, import, log};
use crate::{
    config::Server,
    execution::ExecutionThreads,
    http,
    store::{Store, connect},
};

pub(super) async fn serve(config: Server) -> Result<(), Failure> {
    let reporting = log::start(&config)?;
    let persisted = http::persisted(&config)?;
    let listener = listen(&config)?;
    let admin = config.admin_address.map(http::admin::listen).transpose()?;
    let admin_address = admin.as_ref().map(TcpListener::local_addr).transpose();
    let admin_address = admin_address.map_err(Failure::Server)?;
    let revision = prepare(&config).await?;
    let threads = ExecutionThreads::start(&config).await?;
    let address = listener.local_addr().map_err(Failure::Server)?;
    // Whoever reads the address may send a signal at once.
    let signal = signal().map_err(Failure::Server)?;
    let (close, closing) = watch::channel(false);
    let server = http::server(&config, listener, admin, revision, threads, persisted, closing)
        .map_err(Failure::Server)?;
    let handle = server.handle();
    let server = actix_web::rt::spawn(server);
    while !server.is_finished() && !answers(address).await {}
    super::say(&format!("adkb answers GraphQL on http://{address}/graphql"));
    super::say(&format!("its schema is at        http://{address}/schema.graphql"));
    super::say(&format!("its page for people is  http://{address}/"));
    if let Some(address) = admin_address {
        super::say(&format!("its figures are at      http://{address}/metrics"));
    }
    actix_web::rt::spawn(async move {
        signal.await;
        close.send_replace(true);
        handle.stop(true).await;
    });
    let ended = server.await.unwrap_or_else(|error| Err(std::io::Error::other(error)));
    drop(reporting);
    ended.map_err(Failure::Server)
}

/// SIGINT or SIGTERM, whichever comes first, from now on.
fn signal() -> std::io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    let mut terminate = unix::signal(unix::SignalKind::terminate())?;
    #[cfg(unix)]
    let mut interrupt = unix::signal(unix::SignalKind::interrupt())?;
    Ok(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        #[cfg(not(unix))]
        tokio::signal::ctrl_c().await.unwrap_or_default()
    })
}

/// Whether the server takes connections.
async fn answers(address: SocketAddr) -> bool {
    tokio::task::yield_now().await;
    tokio::net::TcpStream::connect(address).await.is_ok()
}

/// Takes the port before anything is written, so that a second server harms nothing.
fn listen(config: &Server) -> Result<TcpListener, Failure> {
    let address = (config.host, config.port);
    TcpListener::bind(address).map_err(|error| Failure::Listen {
        address: format!("{}:{}", config.host, config.port),
        cause: match error.kind() {
            std::io::ErrorKind::AddrInUse => "another program listens there".to_owned(),
            std::io::ErrorKind::PermissionDenied => "that takes more rights".to_owned(),
            std::io::ErrorKind::AddrNotAvailable => "this machine has no such address".to_owned(),
            _ => error.to_string(),
        },
    })
}

/// Brings the schema up to date and fills an empty database; the number of the newest revision.
async fn prepare(config: &Server) -> Result<i32, Failure> {
    let url = &config.database.database_url;
    let db = connect::connect(url, 1).await?;
    let embedded = || {
        let dataset = Dataset::embedded()?;
        let message = format!("{} {}", dataset.about.name, dataset.about.version);
        Ok((dataset, Options { author: "adkb serve".to_owned(), message, prune: false }))
    };
    let outcome = migration::import::prepare(&db, embedded, &*import::progress()).await?;
    if outcome.revision.is_some() {
        super::complain(&import::sentence(&outcome));
    }
    let newest = Store::new(db.clone()).newest_revision_number().await.map_err(Failure::Read)?;
    db.close().await?;
    Ok(newest)
}
