//! What the program tells of its work: lines on standard error, and traces where they are wanted.

use std::io::IsTerminal;

use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::WithExportConfig;
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::{LevelFilter, Targets},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use super::Failure;
use crate::config::{LogFormat, Server};

/// Traces that are under way; they are sent when the value goes.
pub(super) struct Traces(Option<SdkTracerProvider>);

impl Drop for Traces {
    fn drop(&mut self) {
        if let Some(Err(error)) = self.0.take().map(|provider| provider.shutdown()) {
            super::complain(&format!("the last traces were not sent: {error}"));
        }
    }
}

/// Begins to log as the configuration says.
pub(super) fn start(config: &Server) -> Result<Traces, Failure> {
    let filter = EnvFilter::try_new(&config.log).map_err(|_| Failure::Log(config.log.clone()))?;
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match config.log_format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    let provider = config.otlp.as_deref().map(provider).transpose()?;
    let traces = provider.as_ref().map(|provider| {
        tracing_opentelemetry::layer()
            .with_tracer(provider.tracer(env!("CARGO_PKG_NAME")))
            // Also of answers that were kept, whatever is logged.
            .with_filter(Targets::new().with_target("adkb", LevelFilter::DEBUG))
    });
    tracing_subscriber::registry().with(traces).with(lines.with_filter(filter)).init();
    Ok(Traces(provider))
}

fn provider(url: &str) -> Result<SdkTracerProvider, Failure> {
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_endpoint(url)
        .build()
        .map_err(|error| Failure::Otlp { url: url.to_owned(), cause: error.to_string() })?;
    let resource = Resource::builder().with_service_name("adkb").build();
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build())
}
