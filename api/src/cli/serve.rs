//! `adkb serve`.

use std::{
    io::IsTerminal,
    net::{SocketAddr, TcpListener},
};

use migration::{dataset::Dataset, import::Options};
use tracing_subscriber::EnvFilter;

use super::{Failure, import};
use crate::{config::Server, http, store::connect};

pub(super) async fn serve(config: Server) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(&config.log).map_err(|_| Failure::Log(config.log.clone()))?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();

    let listener = listen(&config)?;
    prepare(&config).await?;
    let address = listener.local_addr().map_err(Failure::Server)?;
    let server = http::server(&config, listener).map_err(Failure::Server)?;
    // Its first turn takes over the signals; whoever reads the address may send one at once.
    let server = actix_web::rt::spawn(server);
    while !server.is_finished() && !answers(address).await {}
    super::say(&format!("adkb answers GraphQL on http://{address}/graphql"));
    super::say(&format!("its schema is at        http://{address}/schema.graphql"));
    server.await.unwrap_or_else(|error| Err(std::io::Error::other(error))).map_err(Failure::Server)
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

/// Brings the schema up to date and fills an empty database.
async fn prepare(config: &Server) -> Result<(), Failure> {
    let url = &config.database.database_url;
    let db = connect::connect(url, 1).await?;
    let dataset = Dataset::embedded().map_err(Failure::Problems)?;
    let options = Options {
        author: "adkb serve".to_owned(),
        message: format!("{} {}", dataset.about.name, dataset.about.version),
        prune: false,
    };
    let progress = import::progress();
    let outcome = migration::import::prepare(&db, || dataset, &options, &*progress).await?;
    if outcome.revision.is_some() {
        super::complain(&import::sentence(&outcome));
    }
    db.close().await?;
    Ok(())
}
