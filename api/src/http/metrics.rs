//! `/metrics`, for Prometheus.

use actix_web::{
    Error, HttpRequest, HttpResponse,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{self, Header, HeaderName, Quality},
    middleware::Next,
    web,
};

use super::graphql::GraphqlState;
use crate::{
    executor::Executor,
    metrics::{Format, METRICS, Snapshot},
};

pub(super) const PATH: &str = "/metrics";
/// Keeps pages of other origins from embedding the metrics.
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Middleware that keeps pages of other origins from reading the metrics, in spite of CORS.
pub(super) async fn not_for_other_origins(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let is_metrics = request.path() == PATH;
    let mut response = next.call(request).await?;
    if is_metrics {
        response.headers_mut().remove(header::ACCESS_CONTROL_ALLOW_ORIGIN);
    }
    Ok(response)
}

/// Serves the metrics, or 404 if the admin address serves them.
pub(super) fn route(app: &mut web::ServiceConfig, is_served: bool) {
    match is_served {
        true => app.service(super::readable(PATH, text)),
        false => app.service(web::resource(PATH).to(HttpResponse::NotFound)),
    };
}

pub(super) async fn text(
    http: HttpRequest,
    state: web::Data<GraphqlState>,
    threads: web::Data<Executor>,
) -> HttpResponse {
    let revision_cache = state.service.current().revision_cache();
    let (connections, idle) = threads.connections();
    METRICS.observe(Snapshot {
        revision: revision_cache.version.revision,
        caches: [revision_cache.responses.bytes(), revision_cache.records.bytes()],
        connections,
        idle,
        queue: threads.admitted(),
    });
    let format = format(&http);
    HttpResponse::Ok()
        .content_type(format.content_type())
        .insert_header((header::VARY, header::ACCEPT.as_str()))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((RESOURCE_POLICY, "same-origin"))
        .body(METRICS.text(format))
}

/// The format that the client prefers. OpenMetrics must be named; a wildcard selects Prometheus'
/// format.
fn format(http: &HttpRequest) -> Format {
    let accepted = header::Accept::parse(http).map(|accept| accept.0).unwrap_or_default();
    let quality = |format: Format| {
        let media = format.content_type().split(';').next();
        let of_format = accepted.iter().filter(|range| Some(range.item.essence_str()) == media);
        of_format.map(|range| range.quality).max().unwrap_or(Quality::ZERO)
    };
    match (quality(Format::OpenMetrics), quality(Format::Prometheus)) {
        (open, plain) if open > Quality::ZERO && open >= plain => Format::OpenMetrics,
        _ => Format::Prometheus,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn open_metrics_goes_to_clients_that_name_it() {
        let of = |accept: &str| {
            format(&TestRequest::get().insert_header(("accept", accept)).to_http_request())
        };
        let scraper = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
            application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.2,*/*;q=0.1";
        assert_eq!(of(scraper), Format::OpenMetrics);
        assert_eq!(of("application/openmetrics-text"), Format::OpenMetrics);
        assert_eq!(of("text/plain, application/openmetrics-text;q=0.5"), Format::Prometheus);
        for plain in [
            "*/*",
            "text/html,*/*;q=0.8",
            "text/plain",
            "nonsense",
            "application/openmetrics-text;q=0",
        ] {
            assert_eq!(of(plain), Format::Prometheus, "{plain}");
        }
    }
}
