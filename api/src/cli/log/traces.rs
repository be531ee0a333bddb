//! Traces, sent to a collector over OTLP/HTTP.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use actix_web::http::{Uri, uri::Scheme};
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::WithExportConfig;
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{SdkTracerProvider, SpanData, SpanExporter},
};
use tracing::Subscriber;
use tracing_subscriber::{
    Layer,
    filter::{LevelFilter, Targets},
    registry::LookupSpan,
};

use super::Failure;

/// The path that receives traces, if the collector's URL has none.
const PATH: &str = "/v1/traces";
/// How long a collector may take to accept a batch of spans.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How long sending the last spans may delay the exit of the program.
const LAST: Duration = Duration::from_secs(1);

/// Exports spans to a collector. Dropping it sends the pending ones.
pub(super) struct Traces {
    provider: SdkTracerProvider,
    is_away: Arc<AtomicBool>,
}

impl Traces {
    /// Starts to export traces to the collector at `address`, an http URL.
    pub fn to(address: &str) -> Result<Self, Failure> {
        let failed = |cause: String| Failure::Otlp { url: address.to_owned(), cause };
        let endpoint = endpoint(address).map_err(failed)?;
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_endpoint(&endpoint)
            .with_timeout(TIMEOUT)
            .build()
            .map_err(|error| failed(error.to_string()))?;
        let is_away = Arc::new(AtomicBool::new(false));
        let exporter = Watched { exporter, endpoint, is_away: is_away.clone() };
        let resource = Resource::builder().with_service_name("adkb").build();
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(resource)
            .build();
        Ok(Self { provider, is_away })
    }

    /// Turns the spans of the service into traces. DEBUG also includes cached responses; it is
    /// independent of the filter of the log.
    pub fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'s> LookupSpan<'s>,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.provider.tracer(env!("CARGO_PKG_NAME")))
            .with_filter(Targets::new().with_target("adkb", LevelFilter::DEBUG))
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        if let Err(error) = self.provider.shutdown_with_timeout(LAST)
            && !self.is_away.load(Ordering::Relaxed)
        {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

/// The URL that receives the spans.
fn endpoint(address: &str) -> Result<String, String> {
    let example = "write for example http://127.0.0.1:4318";
    let uri: Uri = address.parse().map_err(|_| format!("it is not a URL; {example}"))?;
    match uri.scheme() {
        Some(scheme) if *scheme == Scheme::HTTP => {}
        Some(scheme) if *scheme == Scheme::HTTPS => {
            return Err(format!(
                "TLS is not supported; {example}, a collector on this machine that forwards the traces"
            ));
        }
        _ => return Err(format!("it is not an http URL; {example}")),
    }
    match uri.path() {
        "" | "/" if uri.query().is_none() => Ok(format!("{}{PATH}", address.trim_end_matches('/'))),
        _ => Ok(address.to_owned()),
    }
}

/// An exporter that logs once when the collector becomes unavailable, and once when it is available again.
#[derive(Debug)]
struct Watched<E> {
    exporter: E,
    endpoint: String,
    is_away: Arc<AtomicBool>,
}

impl<E: SpanExporter> SpanExporter for Watched<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let sent = self.exporter.export(batch).await;
        let was_away = self.is_away.swap(sent.is_err(), Ordering::Relaxed);
        let endpoint = self.endpoint.as_str();
        match &sent {
            Err(error) if !was_away => {
                tracing::warn!(endpoint, %error, "the collector does not accept traces: they are lost until it does");
            }
            Ok(()) if was_away => tracing::info!(endpoint, "the collector accepts traces again"),
            _ => {}
        }
        sent
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

#[cfg(test)]
mod tests {
    use super::endpoint;

    #[test]
    fn an_address_without_a_path_gets_the_one_of_the_protocol() {
        for (address, sent_to) in [
            ("http://collector:4318", "http://collector:4318/v1/traces"),
            ("http://collector:4318/", "http://collector:4318/v1/traces"),
            ("http://[::1]:4318", "http://[::1]:4318/v1/traces"),
            ("http://collector/v1/traces", "http://collector/v1/traces"),
            ("http://collector/otlp?key=1", "http://collector/otlp?key=1"),
        ] {
            assert_eq!(endpoint(address).as_deref(), Ok(sent_to));
        }
        for address in ["collector:4318", "", "https://collector", "grpc://collector", "a b"] {
            assert!(
                endpoint(address).is_err_and(|told| told.contains("http://127.0.0.1:4318")),
                "{address}"
            );
        }
    }
}
