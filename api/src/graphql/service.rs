//! Answers questions: from what is kept, else from the database, always of one revision.

use std::{sync::Arc, time::Duration};

use actix_web::web::Bytes;
use apollo_compiler::executable::OperationType;
use async_graphql::{Request, Response, ServerError};
use futures_util::{StreamExt, stream::BoxStream};

use super::{
    Question,
    cost::Limits,
    document::{Documents, Prepared, Work},
    error::{Refusal, finish, is_busy},
    schema::{Schema, Switches, builder},
    sdl,
};
use crate::{
    cache::{Bounds, Current, Generation, Key, Lookup, Version},
    config::Server,
    metrics::{Layer, METRICS},
    store::{Store, load::Loaders},
};

/// How often a request begins anew because a revision was written while it read.
const ATTEMPTS: usize = 5;

/// How the service answers.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    pub limits: Limits,
    pub bounds: Bounds,
    pub switches: Switches,
    pub timeout: Duration,
}

impl From<&Server> for Settings {
    fn from(config: &Server) -> Self {
        Self {
            limits: config.limits,
            bounds: config.caches.bounds(),
            switches: Switches {
                introspection: config.introspection,
                suggestions: config.suggestions,
            },
            timeout: Duration::from_secs(config.timeout),
        }
    }
}

/// Answers questions over a knowledge base.
pub struct Service {
    schema: Schema,
    documents: Documents,
    current: Arc<Current>,
    settings: Settings,
}

/// The answer to a question.
#[derive(Debug)]
pub enum Answer {
    /// The client has it already.
    Same(Key),
    /// All went well; the body is JSON, and belongs to the revision of `generation`.
    Whole { key: Key, body: Bytes, generation: Arc<Generation> },
    /// Something is amiss: the errors say what. `data` is there if the operation ran.
    Amiss(Box<Response>),
}

impl Service {
    pub fn new(settings: Settings, current: Arc<Current>) -> Self {
        let strict = builder(settings.switches);
        let documents = Documents::new(
            &sdl(),
            strict,
            settings.limits,
            settings.switches.introspection,
            settings.bounds.documents,
        );
        // Documents are validated before they come to this one.
        let fast = builder(settings.switches).validation_mode(async_graphql::ValidationMode::Fast);
        let schema = fast.limit_recursive_depth(usize::MAX).finish();
        Self { schema, documents, current, settings }
    }

    pub fn current(&self) -> &Arc<Current> {
        &self.current
    }

    /// The answer to a question that needs no work: the client `has` it, or it is kept.
    pub fn kept(&self, question: &Question, has: impl Fn(&Key) -> bool) -> Option<Answer> {
        let generation = self.current.generation();
        let key = question.key(generation.version);
        let answer = match has(&key) {
            true => Answer::Same(key),
            false => {
                let body = generation.responses.get(&key)?;
                Answer::Whole { key, body, generation }
            }
        };
        METRICS.lookup(Layer::Responses, true);
        Some(answer)
    }

    /// Answers a question, unless `has` says that the client has the answer.
    pub async fn answer(
        &self,
        store: &Store,
        question: &Question,
        has: impl Fn(&Key) -> bool,
    ) -> Answer {
        let answer =
            tokio::time::timeout(self.settings.timeout, self.answer_in_time(store, question, has));
        let seconds = self.settings.timeout.as_secs();
        answer.await.unwrap_or_else(|_| amiss(vec![Refusal::Timeout { seconds }.into()]))
    }

    async fn answer_in_time(
        &self,
        store: &Store,
        question: &Question,
        has: impl Fn(&Key) -> bool,
    ) -> Answer {
        for _ in 0..ATTEMPTS {
            let generation = self.current.generation();
            match self.answer_at(&generation, store, question, &has).await {
                Ok(answer) => return answer,
                Err(Outrun::By(newest)) => self.current.advance(newest),
                Err(Outrun::Failed(error)) => return amiss(vec![error]),
            }
        }
        amiss(vec![Refusal::Busy.into()])
    }

    /// Answers a question at a revision.
    async fn answer_at(
        &self,
        generation: &Arc<Generation>,
        store: &Store,
        question: &Question,
        has: &impl Fn(&Key) -> bool,
    ) -> Result<Answer, Outrun> {
        let key = question.key(generation.version);
        if has(&key) {
            METRICS.lookup(Layer::Responses, true);
            return Ok(Answer::Same(key));
        }
        let whole = |body| Answer::Whole { key, body, generation: generation.clone() };
        let place = match generation.responses.look(key).await {
            Lookup::Kept(body) => {
                METRICS.lookup(Layer::Responses, true);
                return Ok(whole(body));
            }
            Lookup::Vacant(place) => place,
        };
        METRICS.lookup(Layer::Responses, false);
        let prepared = match self.prepare(question).await {
            Ok(prepared) => prepared,
            Err(errors) => return Ok(amiss(errors)),
        };
        if prepared.kind == OperationType::Subscription {
            return Ok(amiss(vec![Refusal::Transport.into()]));
        }
        let mut response = match prepared.work {
            Work::Run(request) => self.run(store, request, generation).await?,
            Work::Described(response) => response,
        };
        if question.wants_cost {
            let report = prepared.cost.report(&self.settings.limits);
            response.extensions.insert("cost".to_owned(), report);
        }
        if !response.errors.is_empty() {
            return Ok(Answer::Amiss(Box::new(response)));
        }
        let body = Bytes::from(serde_json::to_vec(&response).expect("a response is JSON"));
        place.fill(body.clone());
        Ok(whole(body))
    }

    async fn prepare(&self, question: &Question) -> Result<Prepared, Vec<ServerError>> {
        let document = self.documents.read(&question.query).await?;
        self.documents.prepare(&document, question)
    }

    /// Runs an operation at a revision.
    async fn run(
        &self,
        store: &Store,
        request: Request,
        generation: &Arc<Generation>,
    ) -> Result<Response, Outrun> {
        let loaders = Arc::new(Loaders::at(store, generation.clone()));
        let request = request.data(loaders.clone());
        // The scheduler's budget would break a level's loads into several batches.
        let response = tokio::task::unconstrained(self.schema.execute(request)).await;
        if let Some(error) = response.errors.iter().find(|error| is_busy(error)) {
            tracing::warn!(cause = ?error, "all database connections are taken");
            return Err(Outrun::Failed(Refusal::Busy.into()));
        }
        match loaders.settle().await {
            Ok(Ok(())) => Ok(finish(response)),
            Ok(Err(newest)) => Err(Outrun::By(newest)),
            Err(error) => Err(Outrun::Failed(error.into())),
        }
    }

    /// Answers once, or, to a subscription, whenever there is something to tell.
    pub async fn reply(&self, store: &Store, question: &Question) -> Reply {
        match self.prepare(question).await {
            Ok(Prepared {
                kind: OperationType::Subscription, work: Work::Run(request), ..
            }) => {
                let request = request.data(store.clone()).data(self.current.clone());
                Reply::Stream(self.schema.execute_stream(request).map(finish).boxed())
            }
            Ok(_) => Reply::Once(self.answer(store, question, |_| false).await),
            Err(errors) => Reply::Once(amiss(errors)),
        }
    }
}

/// An answer where the transport can carry many.
pub enum Reply {
    Once(Answer),
    Stream(BoxStream<'static, Response>),
}

/// An operation that did not run.
fn amiss(errors: Vec<ServerError>) -> Answer {
    Answer::Amiss(Box::new(finish(Response::from_errors(errors))))
}

/// Why an operation that ran has no answer.
enum Outrun {
    /// The store has reached this version.
    By(Version),
    Failed(ServerError),
}
