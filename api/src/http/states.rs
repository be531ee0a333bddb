//! Earlier states of the knowledge base: the addresses below `/at/{state}`, which answer as all
//! others did at that state. Every answer names its content and its permanent address.

use std::{
    rc::Rc,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use actix_web::{
    Error, HttpRequest, HttpResponse, HttpResponseBuilder, Scope,
    body::{BoxBody, MessageBody},
    dev::{Extensions, ServiceFactory, ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{self, HeaderName, HeaderValue, HttpDate},
    },
    middleware::{Next, from_fn},
    web,
};
use migration::history::ContentHash;

use super::graphql::GraphqlState;
use crate::{
    cache::{CacheLimits, CurrentRevision},
    executor::Executor,
    export::{Copies, ExportSlots},
    store::{
        ReadError, Store,
        states::{self, MAX_STATES, Recorded, State, StateError, States},
        version::DataVersion,
    },
};

/// The SHA-256 of the content that an answer is about, in hexadecimal digits.
pub(super) const CONTENT_HASH: HeaderName = HeaderName::from_static("x-content-hash");
/// When the state that an answer is about was written (RFC 7089).
const MEMENTO_DATETIME: HeaderName = HeaderName::from_static("memento-datetime");
/// `Cache-Control` of answers that never change.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Longer addresses, in bytes, are not repeated in `Link`.
const MAX_LINK: usize = 4_000;
/// In seconds: when to retry if the state is not ready.
const RETRY_AFTER: u32 = 5;
/// How many versions an error lists.
const LISTED: usize = 20;

/// The earlier states that this process serves.
pub(super) struct EarlierStates {
    states: States,
    timeout: Duration,
    limits: CacheLimits,
    connections: u32,
    /// What serves the states that are kept.
    served: Mutex<Vec<Arc<ServedState>>>,
}

/// What the handlers need to answer from a state.
struct ServedState {
    state: Arc<State>,
    graphql: web::Data<GraphqlState>,
    threads: web::Data<Executor>,
    slots: web::Data<ExportSlots>,
    copies: web::Data<Copies>,
}

impl EarlierStates {
    /// All states together have as much memory for caches as the newest one.
    pub fn new(states: States, timeout: Duration, limits: CacheLimits, connections: u32) -> Self {
        let share = |bytes: u64| bytes / MAX_STATES as u64;
        let limits = CacheLimits {
            records: share(limits.records),
            responses: share(limits.responses),
            documents: limits.documents,
        };
        Self { states, timeout, limits, connections, served: Mutex::default() }
    }

    /// The state with this name, ready to be served.
    async fn open(
        &self,
        request: &ServiceRequest,
        name: &str,
    ) -> Result<Arc<ServedState>, StateRequestError> {
        let threads = data::<Executor>(request);
        let version = version(request, threads.store(), name).await?;
        let opening = tokio::time::timeout(self.timeout, self.states.open(version));
        let state = opening.await.map_err(|_| StateRequestError::NotReady)??;
        Ok(self.serve(request, &threads, state))
    }

    fn serve(
        &self,
        request: &ServiceRequest,
        threads: &Executor,
        state: Arc<State>,
    ) -> Arc<ServedState> {
        let mut served = self.served.lock().expect("nothing panics while the lock is held");
        if let Some(known) = served.iter().find(|known| Arc::ptr_eq(&known.state, &state)) {
            return known.clone();
        }
        let current = Arc::new(CurrentRevision::new(state.version, self.limits));
        let slots = data::<ExportSlots>(request).over(state.database.clone());
        let new = Arc::new(ServedState {
            graphql: web::Data::new(data::<GraphqlState>(request).over(current)),
            threads: web::Data::new(threads.over(&state.database, self.connections)),
            slots: web::Data::new(slots),
            copies: web::Data::default(),
            state,
        });
        // A state that is no longer kept has no other owner.
        served.retain(|known| Arc::strong_count(&known.state) > 1);
        served.push(new.clone());
        new
    }
}

/// The version with a name. The revisions that the newest one knows are read once; others may have
/// been written since.
async fn version(
    request: &ServiceRequest,
    store: &Store,
    name: &str,
) -> Result<DataVersion, StateRequestError> {
    let newest = data::<GraphqlState>(request).service.current().revision_cache();
    if let Some(found) = states::find(&newest.revisions(store).await?, name) {
        return Ok(found.version);
    }
    let revisions = states::recorded(store).await?;
    let found = states::find(&revisions, name);
    Ok(found.ok_or_else(|| StateRequestError::unknown(name, &revisions))?.version)
}

impl ServedState {
    /// The data of the handlers, before those of the newest state.
    fn container(&self) -> Rc<Extensions> {
        let mut container = Extensions::new();
        container.insert(self.graphql.clone());
        container.insert(self.threads.clone());
        container.insert(self.slots.clone());
        container.insert(self.copies.clone());
        Rc::new(container)
    }
}

fn data<T: 'static>(request: &ServiceRequest) -> web::Data<T> {
    request.app_data::<web::Data<T>>().expect("the application has it").clone()
}

/// Why a state is not served.
#[derive(Debug, thiserror::Error)]
enum StateRequestError {
    #[error(
        "there is no state `{name}`: name a revision by its number, a version of the dataset or a content hash. The revisions are 1 to {newest}; the versions are {versions}"
    )]
    Unknown { name: String, newest: i32, versions: String },
    #[error("the state is being prepared: retry in {RETRY_AFTER} seconds")]
    NotReady,
    #[error("the database is busy or can't be reached: retry in {RETRY_AFTER} seconds")]
    Unavailable(#[from] ReadError),
    #[error("the state can't be rebuilt; the log of the service has the cause")]
    Failed,
}

impl From<StateError> for StateRequestError {
    fn from(error: StateError) -> Self {
        match error {
            StateError::Busy => Self::NotReady,
            StateError::Failed(_) => Self::Failed,
        }
    }
}

impl StateRequestError {
    fn unknown(name: &str, revisions: &[Recorded]) -> Self {
        let mut versions: Vec<&str> =
            revisions.iter().rev().filter_map(|known| known.dataset_version.as_deref()).collect();
        versions.dedup();
        versions.truncate(LISTED);
        Self::Unknown {
            name: name.chars().take(80).collect(),
            newest: revisions.last().map_or(0, |newest| newest.version.revision),
            versions: versions.join(", "),
        }
    }

    fn response(&self) -> HttpResponse {
        let status = match self {
            Self::Unknown { .. } => StatusCode::NOT_FOUND,
            Self::NotReady | Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let mut response = HttpResponse::build(status);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.insert_header((header::RETRY_AFTER, RETRY_AFTER));
        }
        response
            .content_type("text/plain; charset=utf-8")
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .body(format!("{self}\n"))
    }
}

pub(super) fn scope() -> Scope<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    web::scope("/at/{state}").wrap(from_fn(serve)).configure(super::content)
}

async fn serve(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let states = data::<EarlierStates>(&request);
    let name = request.match_info().get("state").unwrap_or_default().to_owned();
    let served = match states.open(&request, &name).await {
        Ok(served) => served,
        Err(error) => return Ok(request.into_response(error.response())),
    };
    request.add_data_container(served.container());
    let version = served.state.version;
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let mut response = next.call(request).await?.map_into_boxed_body();
    let headers = response.headers_mut();
    let is_data = headers.contains_key(CONTENT_HASH) || headers.contains_key(header::ETAG);
    let is_page = headers.contains_key(header::CONTENT_SECURITY_POLICY);
    if is_read && is_data && !is_page && response.status().as_u16() < 400 {
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, IMMUTABLE);
        headers.insert(MEMENTO_DATETIME, written_at(version));
    }
    Ok(response)
}

fn written_at(version: DataVersion) -> HeaderValue {
    let since = Duration::from_micros(u64::try_from(version.written_at).unwrap_or_default());
    let date = HttpDate::from(SystemTime::UNIX_EPOCH + since);
    HeaderValue::from_str(&date.to_string()).expect("a date is ASCII")
}

/// The path of the state that a request is for, such as `/at/2026.11.30`; empty for the newest.
pub(super) fn base(http: &HttpRequest) -> String {
    match http.match_info().get("state") {
        Some(state) => format!("/at/{state}"),
        None => String::new(),
    }
}

/// Names the content of an answer, and its permanent address, or for an earlier state the address
/// of the newest one.
pub(super) fn identify(
    response: &mut HttpResponseBuilder,
    http: &HttpRequest,
    content: impl std::fmt::Display,
) {
    response.insert_header((CONTENT_HASH, content.to_string()));
    let address = http.uri().path_and_query().map_or("/", |address| address.as_str());
    if !matches!(*http.method(), Method::GET | Method::HEAD) || address.len() > MAX_LINK {
        return;
    }
    let link = match address.strip_prefix(&base(http)) {
        Some(newest) if newest.len() < address.len() => {
            format!("<{newest}>; rel=\"latest-version\"")
        }
        _ => format!("</at/{content}{address}>; rel=\"bookmark\""),
    };
    response.insert_header((header::LINK, link));
}

/// Names the content of a GraphQL response, if the database records it.
pub(super) fn identify_version(
    response: &mut HttpResponseBuilder,
    http: &HttpRequest,
    version: DataVersion,
) {
    if version.content != ContentHash::default() {
        identify(response, http, version.content);
    }
}
