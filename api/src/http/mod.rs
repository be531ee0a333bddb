//! The HTTP server: routes, and one pool of database connections a thread.

mod export;
mod graphql;
mod health;

use std::{io, net::TcpListener, time::Duration};

use actix_web::{App, HttpResponse, HttpServer, dev::Server as Running, http::header, web};

use crate::{
    config::Server,
    export::Places,
    graphql::{Schema, schema, sdl},
    store::{Store, connect},
};

/// Starts the service on a listener. It ends on SIGINT and SIGTERM.
pub fn server(config: &Server, listener: TcpListener) -> io::Result<Running> {
    let schema = schema();
    let sdl = web::Bytes::from(sdl());
    let places = Places::new(&config.database.database_url, config.exports);
    let settings = config.clone();
    let server = HttpServer::new(move || {
        let (schema, sdl, settings) = (schema.clone(), sdl.clone(), settings.clone());
        let places = places.clone();
        let max_body = settings.max_body;
        App::new()
            // Connections belong to the thread that made them, whose reactor wakes them.
            .data_factory(move || {
                let settings = settings.clone();
                async move { open(&settings).await }
            })
            .configure(move |app| routes(app, schema, sdl, places, max_body))
    });
    Ok(server
        .workers(config.threads())
        .keep_alive(Duration::from_secs(75))
        .shutdown_timeout(config.shutdown_timeout)
        .listen(listener)?
        .run())
}

async fn open(config: &Server) -> Result<Store, connect::ConnectError> {
    let db = connect::connect(&config.database.database_url, config.connections).await?;
    Ok(Store::new(db))
}

fn routes(
    app: &mut web::ServiceConfig,
    schema: Schema,
    sdl: web::Bytes,
    places: Places,
    max_body: usize,
) {
    app.app_data(web::Data::new(schema))
        .app_data(web::Data::new(places))
        .app_data(web::PayloadConfig::new(max_body))
        .service(graphql::resource())
        .service(export::scope())
        .route("/schema.graphql", web::get().to(move || schema_text(sdl.clone())))
        .route("/healthz", web::get().to(health::alive))
        .route("/readyz", web::get().to(health::ready));
}

async fn schema_text(sdl: web::Bytes) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8")).body(sdl)
}
