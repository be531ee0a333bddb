//! Runs operations, from the response cache or the database. A response is always of one revision.

use std::{sync::Arc, time::Duration};

use apollo_compiler::executable::OperationType;
use async_graphql::{Request, Response, ServerError};
use bytes::Bytes;
use futures_util::{StreamExt, stream::BoxStream};
use tokio::sync::Semaphore;

use super::{
    budget::Budget,
    documents::{DocumentCache, Prepared, Work},
    error::{OperationError, client_error, finish},
    permalink::PublicUrl,
};
use crate::graphql::{
    GraphqlRequest,
    schema::{Schema, SchemaOptions, builder},
    sdl,
};
use crate::{
    cache::{CacheLimits, CurrentRevision, Lookup, ResponseKey, RevisionCache},
    config::{Limits, Server},
    metrics::{CacheKind, METRICS},
    store::{
        ReadError, Store,
        load::Loaders,
        version::{DataVersion, NewestVersion},
    },
};

/// How often an operation is tried: it restarts if a revision is written while it reads.
const ATTEMPTS: usize = 5;

/// An operation with at least this many objects is large. At most as many large operations run at
/// once as there are threads: their responses take memory, and they delay small operations.
const LARGE: u64 = 10_000;

/// The settings of a [`Service`].
#[derive(Clone, Debug)]
pub struct Settings {
    pub limits: Limits,
    pub bounds: CacheLimits,
    pub switches: SchemaOptions,
    pub timeout: Duration,
    pub threads: usize,
    pub public_url: PublicUrl,
}

impl From<&Server> for Settings {
    fn from(config: &Server) -> Self {
        Self {
            limits: config.limits,
            bounds: config.caches.limits(),
            switches: SchemaOptions {
                introspection: config.introspection,
                suggestions: config.suggestions,
            },
            timeout: Duration::from_secs(config.timeout),
            threads: config.threads(),
            public_url: PublicUrl(config.public_url.clone()),
        }
    }
}

/// Runs operations over a knowledge base.
pub struct Service {
    current: Arc<CurrentRevision>,
    engine: Arc<Engine>,
}

/// What the services of all states of the knowledge base share.
struct Engine {
    schema: Schema,
    documents: DocumentCache,
    settings: Settings,
    /// Permits for large operations; see [`LARGE`].
    large: Semaphore,
}

/// The response to an operation.
#[derive(Debug)]
pub enum OperationResponse {
    /// No errors. The body is JSON, and its data is of the revision of `revision_cache`.
    Complete { key: ResponseKey, body: Bytes, revision_cache: Arc<RevisionCache> },
    /// With errors. `data` is present if the operation ran.
    Errors(Box<Response>),
}

impl From<OperationError> for OperationResponse {
    fn from(refusal: OperationError) -> Self {
        errors(vec![refusal.into()])
    }
}

impl Service {
    pub fn new(settings: Settings, current: Arc<CurrentRevision>) -> Self {
        let strict = builder(settings.switches);
        let documents = DocumentCache::new(
            &sdl(),
            strict,
            settings.limits,
            settings.switches.introspection,
            settings.bounds.documents,
        );
        // Documents are validated before they reach this schema.
        let fast = builder(settings.switches).validation_mode(async_graphql::ValidationMode::Fast);
        let fast = fast.data(settings.public_url.clone());
        let schema = fast.limit_recursive_depth(usize::MAX).finish();
        let large = Semaphore::new(settings.threads);
        Self { current, engine: Arc::new(Engine { schema, documents, settings, large }) }
    }

    /// The same service over another state of the knowledge base.
    pub fn over(&self, current: Arc<CurrentRevision>) -> Self {
        Self { current, engine: self.engine.clone() }
    }

    pub fn current(&self) -> &Arc<CurrentRevision> {
        &self.current
    }

    /// The cache key of a request at the newest revision, and the caches of that revision.
    pub fn key(&self, graphql_request: &GraphqlRequest) -> (ResponseKey, Arc<RevisionCache>) {
        let revision_cache = self.current.revision_cache();
        (graphql_request.key(revision_cache.version), revision_cache)
    }

    /// The cached response of a key, if there is one.
    pub fn cached(
        &self,
        key: ResponseKey,
        revision_cache: Arc<RevisionCache>,
    ) -> Option<OperationResponse> {
        let body = revision_cache.responses.get(&key)?;
        METRICS.lookup(CacheKind::Responses, true);
        Some(OperationResponse::Complete { key, body, revision_cache })
    }

    /// Runs an operation. Restarts it if a revision is written while it reads; all attempts share
    /// one budget.
    pub async fn execute(
        &self,
        store: &Store,
        graphql_request: &GraphqlRequest,
    ) -> OperationResponse {
        let budget = Arc::new(Budget::new(
            self.engine.settings.timeout,
            self.engine.settings.limits.max_response,
        ));
        for _ in 0..ATTEMPTS {
            let revision_cache = self.current.revision_cache();
            match self.execute_at(&revision_cache, store, graphql_request, &budget).await {
                Ok(response) => return response,
                Err(Interrupted::NewRevision(newest)) => self.current.advance(newest),
                Err(Interrupted::Failed(error)) => return errors(vec![error]),
            }
        }
        OperationError::Busy.into()
    }

    /// The response at a revision, from the cache or by running the operation.
    async fn execute_at(
        &self,
        revision_cache: &Arc<RevisionCache>,
        store: &Store,
        graphql_request: &GraphqlRequest,
        budget: &Arc<Budget>,
    ) -> Result<OperationResponse, Interrupted> {
        let key = graphql_request.key(revision_cache.version);
        let complete = |body| OperationResponse::Complete {
            key,
            body,
            revision_cache: revision_cache.clone(),
        };
        let place = match revision_cache.responses.get_or_reserve(key).await {
            Lookup::Hit(body) => {
                METRICS.lookup(CacheKind::Responses, true);
                return Ok(complete(body));
            }
            Lookup::Miss(place) => place,
        };
        METRICS.lookup(CacheKind::Responses, false);
        let prepared = match self.prepare(store, revision_cache, graphql_request).await? {
            Ok(prepared) => prepared,
            Err(found) => return Ok(errors(found)),
        };
        if prepared.kind == OperationType::Subscription {
            return Ok(OperationError::SubscriptionOverHttp.into());
        }
        let _large = match prepared.cost.nodes >= LARGE {
            true => self.engine.large.acquire().await.ok(),
            false => None,
        };
        let mut response = match prepared.work {
            Work::Run(request, introspection) => {
                let nulls = prepared.has_null_argument;
                let mut response = self.run(store, request, nulls, revision_cache, budget).await?;
                introspection.merge_into(&mut response);
                response
            }
            Work::Introspected(response) => response,
        };
        if graphql_request.wants_cost {
            let report = prepared.cost.report(&self.engine.settings.limits);
            response.extensions.insert("cost".to_owned(), report);
        }
        if !response.errors.is_empty() {
            return Ok(OperationResponse::Errors(Box::new(response)));
        }
        let body = Bytes::from(serde_json::to_vec(&response).expect("a response is JSON"));
        if let Err(refusal) = self.engine.settings.limits.check_bytes(body.len()) {
            return Ok(refusal.into());
        }
        place.fill(body.clone());
        Ok(complete(body))
    }

    /// The operation of a request, checked and ready to run. The outer error is the service's
    /// fault, the inner one the client's.
    async fn prepare(
        &self,
        store: &Store,
        revision_cache: &RevisionCache,
        graphql_request: &GraphqlRequest,
    ) -> Result<Result<Prepared, Vec<ServerError>>, Interrupted> {
        let document = match self.engine.documents.get_or_parse(&graphql_request.query).await {
            Ok(document) => document,
            Err(found) => return Ok(Err(found)),
        };
        let lengths = revision_cache.list_lengths(store).await;
        let lengths = lengths.map_err(|error| Interrupted::Failed(read_failed(error)))?;
        Ok(self.engine.documents.prepare(&document, graphql_request, &lengths))
    }

    /// Executes an operation at a revision.
    async fn run(
        &self,
        store: &Store,
        request: Request,
        has_null_argument: bool,
        revision_cache: &Arc<RevisionCache>,
        budget: &Arc<Budget>,
    ) -> Result<Response, Interrupted> {
        let loaders =
            Arc::new(Loaders::at(store, revision_cache.version, revision_cache.records.clone()));
        let first_slugs = revision_cache.first_slugs(store).await;
        let first_slugs = first_slugs.map_err(|error| Interrupted::Failed(read_failed(error)))?;
        let request = request.data(loaders.clone()).data(budget.clone()).data(first_slugs);
        // Tokio's cooperative budget would split the loads of one level into several batches.
        let mut response = tokio::task::unconstrained(self.engine.schema.execute(request)).await;
        if has_null_argument {
            for error in response.errors.iter_mut().filter(|error| error.source.is_none()) {
                let invalid = OperationError::InvalidArgument(error.message.clone());
                error.source = Some(Arc::new(invalid));
            }
        }
        if let Some(refusal) = budget.exceeded() {
            return Err(Interrupted::Failed(refusal.into()));
        }
        let mut failures = response.errors.iter().filter_map(|error| error.source::<ReadError>());
        if let Some(failed) = failures.find_map(|error| client_error(error).map(|_| error.clone()))
        {
            return Err(Interrupted::Failed(read_failed(failed)));
        }
        match loaders.commit().await {
            Ok(Ok(())) => Ok(finish(response)),
            Ok(Err(newest)) => Err(Interrupted::NewRevision(newest)),
            Err(error) => Err(Interrupted::Failed(read_failed(error))),
        }
    }

    /// Runs an operation once, or opens a subscription.
    pub async fn execute_or_subscribe(
        &self,
        store: &Store,
        graphql_request: &GraphqlRequest,
    ) -> Execution {
        let revision_cache = self.current.revision_cache();
        match self.prepare(store, &revision_cache, graphql_request).await {
            Ok(Ok(Prepared {
                kind: OperationType::Subscription,
                work: Work::Run(request, _),
                ..
            })) => {
                let request = request.data(store.clone()).data(self.current.clone());
                Execution::Stream(self.engine.schema.execute_stream(request).map(finish).boxed())
            }
            Ok(Ok(_)) => Execution::Once(self.execute(store, graphql_request).await),
            Ok(Err(found)) => Execution::Once(errors(found)),
            Err(Interrupted::Failed(error)) => Execution::Once(errors(vec![error])),
            Err(Interrupted::NewRevision(_)) => Execution::Once(OperationError::Busy.into()),
        }
    }
}

/// The reply over a transport that can send several responses.
pub enum Execution {
    Once(OperationResponse),
    Stream(BoxStream<'static, Response>),
}

/// The response to an operation that did not run.
fn errors(errors: Vec<ServerError>) -> OperationResponse {
    OperationResponse::Errors(Box::new(finish(Response::from_errors(errors))))
}

fn read_failed(error: ReadError) -> ServerError {
    match client_error(&error) {
        Some(refusal) => {
            tracing::warn!(cause = ?error, "the database is busy, unavailable or too slow");
            refusal.into()
        }
        None => error.into(),
    }
}

/// Why an operation has no response.
enum Interrupted {
    /// This version was written while the operation read.
    NewRevision(DataVersion),
    Failed(ServerError),
}
