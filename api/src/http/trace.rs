//! Spans of requests. Log lines within a span have the request id, and the span is part of the
//! client's trace.

use actix_web::{
    Error, HttpRequest,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
};
use tracing::{Instrument, Span};

use super::request_id::RequestId;

/// The fields that all spans of a request share.
#[derive(Clone, Debug)]
pub(super) struct RequestContext {
    request: RequestId,
    /// The client's span.
    #[cfg(feature = "opentelemetry")]
    parent: Option<opentelemetry::Context>,
}

macro_rules! operation_span {
    ($level:ident, $request_context:ident, $name:ident) => {
        $request_context.continued(tracing::span!(
            tracing::Level::$level,
            "graphql",
            request = $request_context.request.as_str(),
            operation = $name
        ))
    };
}

impl RequestContext {
    pub fn of(http: &HttpRequest) -> Self {
        Self {
            request: RequestId::of(http),
            #[cfg(feature = "opentelemetry")]
            parent: trace_context::extract(http.headers()),
        }
    }

    /// The span of a request that is not for an operation.
    pub fn request(&self, path: &str) -> Span {
        self.continued(tracing::info_span!("request", request = self.request.as_str(), path))
    }

    /// The span of an operation.
    pub fn operation(&self, name: Option<&str>) -> Span {
        operation_span!(INFO, self, name)
    }

    /// The span of an operation with a cached response, only at debug level: creating a span takes
    /// longer than sending the response.
    pub fn cached_operation(&self, name: Option<&str>) -> Span {
        operation_span!(DEBUG, self, name)
    }

    fn continued(&self, span: Span) -> Span {
        #[cfg(feature = "opentelemetry")]
        if let Some(parent) = &self.parent {
            // Fails only if traces are not exported.
            let _ = tracing_opentelemetry::OpenTelemetrySpanExt::set_parent(&span, parent.clone());
        }
        span
    }
}

/// Middleware that handles a request within a span. Not for GraphQL, where each operation has a
/// span.
pub(super) async fn within_span(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let span = RequestContext::of(request.request()).request(request.path());
    next.call(request).instrument(span).await
}

/// W3C Trace Context.
#[cfg(feature = "opentelemetry")]
mod trace_context {
    use actix_web::http::header::{HeaderMap, HeaderName};
    use opentelemetry::{
        Context,
        propagation::{Extractor, TextMapPropagator},
    };
    use opentelemetry_sdk::propagation::TraceContextPropagator;

    const TRACE_PARENT: HeaderName = HeaderName::from_static("traceparent");

    /// The span that the headers of a request name.
    pub fn extract(headers: &HeaderMap) -> Option<Context> {
        let extract = || {
            TraceContextPropagator::new().extract_with_context(&Context::new(), &Headers(headers))
        };
        headers.contains_key(TRACE_PARENT).then(extract)
    }

    struct Headers<'h>(&'h HeaderMap);

    impl Extractor for Headers<'_> {
        fn get(&self, name: &str) -> Option<&str> {
            self.0.get(name)?.to_str().ok()
        }

        fn keys(&self) -> Vec<&str> {
            self.0.keys().map(HeaderName::as_str).collect()
        }
    }
}
