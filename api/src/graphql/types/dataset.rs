use async_graphql::{Context, Object, Result, SimpleObject};
use entities::record::RecordKind as Kind;

use super::{
    body::Body,
    kinds::{Confidence, RecordKind, SourceKind},
};
use crate::{
    analysis::coverage,
    graphql::{
        plain::One,
        reads::Reads,
        scalars::{DateTime, EdtfDate},
    },
    store::dataset,
};

/// The knowledge base as a whole.
pub struct Dataset(pub(crate) dataset::Summary);

/// How many records of a kind there are.
#[derive(SimpleObject)]
pub struct KindCount {
    /// The kind.
    kind: RecordKind,
    /// How many records of it the knowledge base holds.
    count: i64,
}

impl From<(Kind, i64)> for KindCount {
    fn from((kind, count): (Kind, i64)) -> Self {
        Self { kind: kind.into(), count }
    }
}

/// The knowledge base as a whole: which version, under which licence, how much of what.
#[Object]
impl Dataset {
    /// The name of the dataset.
    fn name(&self) -> &str {
        dataset::NAME
    }

    /// The version of the newest imported dataset; null where nothing was imported.
    fn version(&self) -> Option<&str> {
        self.0.version.as_deref()
    }

    /// The number of the newest revision; it grows with every write.
    fn revision(&self) -> i32 {
        self.0.revision
    }

    /// When the newest revision was written.
    fn updated_at(&self) -> DateTime {
        DateTime(self.0.updated_at)
    }

    /// The licence of the data, as an SPDX identifier.
    fn licence(&self) -> &str {
        dataset::LICENCE
    }

    /// How many records of each kind there are, kinds without any included.
    async fn counts(&self, ctx: &Context<'_>) -> Result<Vec<KindCount>> {
        let counts = ctx
            .loaders()
            .once("counts".to_owned(), async |store| dataset::counts(&store).await)
            .await?;
        Ok(counts.into_iter().map(KindCount::from).collect())
    }

    /// What a careful reader asks before trusting it: how well records are supported, by what kind of source, how far reported figures agree with ours, and how far back each body's events go.
    fn coverage(&self) -> Coverage {
        Coverage
    }
}

/// How far the knowledge base reaches, and how well it is supported.
pub struct Coverage;

/// How far the knowledge base reaches, and how well it is supported.
#[Object]
impl Coverage {
    /// Records by kind and confidence, for the kinds that have one; combinations without a record are left out.
    async fn confidence(&self, ctx: &Context<'_>) -> Result<Vec<ConfidenceCount>> {
        let support = ctx
            .loaders()
            .once("support".to_owned(), async |store| coverage::support(&store).await)
            .await?;
        let count = |support: coverage::Support| ConfidenceCount {
            kind: support.kind.into(),
            confidence: support.confidence.into(),
            count: support.records,
        };
        Ok(support.into_iter().map(count).collect())
    }

    /// Sources by their kind, every kind.
    async fn sources(&self, ctx: &Context<'_>) -> Result<Vec<SourceKindCount>> {
        let origins = ctx
            .loaders()
            .once("origins".to_owned(), async |store| coverage::origins(&store).await)
            .await?;
        let count = |origin: coverage::Origin| SourceKindCount {
            kind: origin.kind.into(),
            sources: origin.sources,
            citations: origin.citations,
        };
        Ok(origins.into_iter().map(count).collect())
    }

    /// How the figures that sources report stand to our own counts.
    async fn claims(&self, ctx: &Context<'_>) -> Result<ClaimAgreement> {
        let agreement = ctx
            .loaders()
            .once("agreement".to_owned(), async |store| coverage::agreement(&store).await)
            .await?;
        Ok(ClaimAgreement {
            total: agreement.claims,
            comparable: agreement.comparable,
            matched: agreement.matched,
        })
    }

    /// The events of each body that has any, planned ones left out; most events first.
    async fn bodies(&self, ctx: &Context<'_>) -> Result<Vec<BodyReach>> {
        let reach = ctx
            .loaders()
            .once("reach".to_owned(), async |store| coverage::reach(&store).await)
            .await?;
        Ok(reach.into_iter().map(BodyReach).collect())
    }
}

/// How many records of a kind are supported so well.
#[derive(SimpleObject)]
pub struct ConfidenceCount {
    /// The kind of the records.
    kind: RecordKind,
    /// How well they are supported.
    confidence: Confidence,
    /// How many they are.
    count: i64,
}

/// How much the knowledge base has from sources of a kind.
#[derive(SimpleObject)]
pub struct SourceKindCount {
    /// Who publishes the sources.
    kind: SourceKind,
    /// How many sources.
    sources: i64,
    /// How many citations of them.
    citations: i64,
}

/// How the figures that sources report stand to our own counts.
#[derive(SimpleObject)]
pub struct ClaimAgreement {
    /// How many claims there are.
    total: i64,
    /// Those for whose measure, subject and period our records hold a count: their `recorded` is not null.
    comparable: i64,
    /// Those among the comparable whose figure is the one that we count.
    matched: i64,
}

/// The events of a body that the knowledge base has.
pub struct BodyReach(coverage::Reach);

/// The events of a body that the knowledge base has.
#[Object]
impl BodyReach {
    /// The body.
    async fn body(&self, ctx: &Context<'_>) -> Result<One<Body>> {
        ctx.one(self.0.body).await
    }

    /// How many.
    fn events(&self) -> i64 {
        self.0.events
    }

    /// When the earliest began.
    fn first(&self) -> Option<EdtfDate> {
        self.0.first.parse().ok().map(EdtfDate)
    }

    /// When the latest began.
    fn latest(&self) -> Option<EdtfDate> {
        self.0.latest.parse().ok().map(EdtfDate)
    }
}
