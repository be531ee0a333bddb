use async_graphql::{Context, Object, Result, SimpleObject};
use entities::record::RecordKind as Kind;

use super::{
    body::Body,
    citation_style::CitationStyle,
    enums::{Confidence, EventKind, RecordKind, SourceKind},
    source::Source,
};
use crate::{
    analysis::{self, coverage},
    cite::Reference,
    graphql::{
        execution::{
            context_ext::ContextExt,
            permalink::{permalink, permanent_url},
            references,
        },
        macros::sync_fields::Obj,
        schema::scalars::{DateTime, EdtfDate},
    },
    store::dataset,
};

/// The knowledge base as a whole.
pub struct Dataset(pub(crate) dataset::Summary);

/// The number of records of one kind.
#[derive(SimpleObject)]
pub struct KindCount {
    /// The kind of record.
    kind: RecordKind,
    /// The number of records of the kind.
    count: i64,
}

impl From<(Kind, i64)> for KindCount {
    fn from((kind, count): (Kind, i64)) -> Self {
        Self { kind: kind.into(), count }
    }
}

/// The knowledge base as a whole: its version, licence, number of records and coverage.
#[Object]
impl Dataset {
    /// The name of the dataset.
    fn name(&self) -> &str {
        dataset::NAME
    }

    /// The version of the newest imported dataset; null if none was imported.
    fn version(&self) -> Option<&str> {
        self.0.version.as_deref()
    }

    /// The period of the newest facts, such as `2026-02`: events after it are not known to have been
    /// held, so that later counts are low because data are missing. Null if no dataset was imported.
    fn collected_until(&self) -> Option<EdtfDate> {
        self.0.collected_until.clone().map(EdtfDate)
    }

    /// The source that was published last; null if no source is dated.
    async fn newest_source(&self, ctx: &Context<'_>) -> Result<Option<Obj<Source>>> {
        let newest =
            ctx.loaders().once((), async |store| dataset::newest_source(&store).await).await?;
        ctx.load_optional(newest).await
    }

    /// The number of the newest revision; it grows with every write.
    fn revision(&self) -> i32 {
        self.0.revision
    }

    /// The SHA-256 of the content in hexadecimal digits: equal for equal content on every server.
    /// `sha256sum` of the export `records.ndjson` is the same.
    fn content_hash(&self) -> &str {
        &self.0.content_hash
    }

    /// The permanent address of this state of the knowledge base, relative to the service:
    /// everything below it is answered as of this state, for ever. Absolute if the service knows
    /// its public address.
    fn permalink(&self, ctx: &Context<'_>) -> String {
        permalink(ctx, &self.0)
    }

    /// A formatted reference to the knowledge base at this revision, for a bibliography.
    async fn cite(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The format of the reference.")] style: CitationStyle,
    ) -> Result<String> {
        let url = permanent_url(ctx, &self.0, "/");
        references::cite(ctx, Reference::to_dataset(&self.0, url), style.into()).await
    }

    /// When the newest revision was written.
    fn updated_at(&self) -> DateTime {
        DateTime(self.0.updated_at)
    }

    /// The licence of the data, as an SPDX identifier.
    fn licence(&self) -> &str {
        dataset::LICENCE
    }

    /// The number of records of each kind, including kinds without records.
    async fn counts(&self, ctx: &Context<'_>) -> Result<Vec<KindCount>> {
        let counts = ctx.loaders().once((), async |store| dataset::counts(&store).await).await?;
        Ok(counts.into_iter().map(KindCount::from).collect())
    }

    /// How complete and how well supported the knowledge base is: the confidence of records, the
    /// kinds of sources, the agreement of reported figures with counted ones, and the period that
    /// each body's events cover.
    fn coverage(&self) -> Coverage {
        Coverage
    }
}

/// How complete and how well supported the knowledge base is.
pub struct Coverage;

/// How complete and how well supported the knowledge base is.
#[Object]
impl Coverage {
    /// The number of records by kind and confidence, for the kinds that have a confidence.
    /// Combinations without records are omitted.
    async fn confidence(&self, ctx: &Context<'_>) -> Result<Vec<ConfidenceCount>> {
        let support = ctx.loaders().once((), async |store| coverage::support(&store).await).await?;
        let count = |support: coverage::Support| ConfidenceCount {
            kind: support.kind.into(),
            confidence: support.confidence.into(),
            count: support.records,
        };
        Ok(support.into_iter().map(count).collect())
    }

    /// The number of sources and citations by kind of source, including kinds without sources.
    async fn sources(&self, ctx: &Context<'_>) -> Result<Vec<SourceKindCount>> {
        let origins = ctx.loaders().once((), async |store| coverage::origins(&store).await).await?;
        let count = |origin: coverage::Origin| SourceKindCount {
            kind: origin.kind.into(),
            sources: origin.sources,
            citations: origin.citations,
        };
        Ok(origins.into_iter().map(count).collect())
    }

    /// How far the figures that sources report agree with the counts from records.
    async fn claims(&self, ctx: &Context<'_>) -> Result<ClaimAgreement> {
        let agreement =
            ctx.loaders().once((), async |store| coverage::agreement(&store).await).await?;
        Ok(ClaimAgreement {
            total: agreement.claims,
            comparable: agreement.comparable,
            matched: agreement.matched,
            independent: agreement.independent,
        })
    }

    /// The number and period of the events that each body held, for bodies that held any; most
    /// events first.
    async fn bodies(&self, ctx: &Context<'_>) -> Result<Vec<BodyReach>> {
        let reach = ctx.loaders().once((), async |store| coverage::reach(&store).await).await?;
        Ok(reach.into_iter().map(BodyReach).collect())
    }

    /// The numbered series of events of each body, with the numbers that are missing; those that
    /// miss most first.
    async fn series(&self, ctx: &Context<'_>) -> Result<Vec<NumberedSeries>> {
        let series =
            ctx.loaders().once((), async |store| analysis::all_series(&store).await).await?;
        Ok(series.into_iter().map(NumberedSeries).collect())
    }
}

/// A numbered series of events of a body: which numbers are on record, and which are missing.
pub struct NumberedSeries(pub(crate) analysis::NumberedSeries);

/// A numbered series of events of a body: which numbers are on record, and which are missing.
#[Object]
impl NumberedSeries {
    /// The body.
    async fn body(&self, ctx: &Context<'_>) -> Result<Obj<Body>> {
        ctx.load_required(self.0.body).await
    }

    /// The kind of the events.
    async fn kind(&self) -> EventKind {
        self.0.kind.into()
    }

    /// The numbers of the events on record that took place, in ascending order.
    async fn recorded(&self) -> &[i32] {
        &self.0.recorded
    }

    /// The highest number on record. The series has at least as many events.
    async fn highest(&self) -> i32 {
        self.0.highest()
    }

    /// The numbers from 1 to the highest that are not on record, in ascending order.
    async fn missing(&self) -> Vec<i32> {
        self.0.missing()
    }
}

/// The number of records of one kind with one confidence.
#[derive(SimpleObject)]
pub struct ConfidenceCount {
    /// The kind of the records.
    kind: RecordKind,
    /// How well the sources support the records.
    confidence: Confidence,
    /// The number of records.
    count: i64,
}

/// The number of sources of one kind, and of their citations.
#[derive(SimpleObject)]
pub struct SourceKindCount {
    /// The kind of source.
    kind: SourceKind,
    /// The number of sources.
    sources: i64,
    /// The number of citations of these sources.
    citations: i64,
}

/// How far the figures that sources report agree with the counts from records.
#[derive(SimpleObject)]
pub struct ClaimAgreement {
    /// The number of claims.
    total: i64,
    /// The number of claims with a count from records for the same measure, subject and period:
    /// their `recorded` is not null.
    comparable: i64,
    /// The number of comparable claims whose `value` equals `recorded`.
    matched: i64,
    /// The number of these whose counted records cite none of the claim's sources: only they
    /// confirm the claim.
    independent: i64,
}

/// The number and period of the recorded events of a body.
pub struct BodyReach(coverage::Reach);

/// The number and period of the recorded events of a body.
#[Object]
impl BodyReach {
    /// The body.
    async fn body(&self, ctx: &Context<'_>) -> Result<Obj<Body>> {
        ctx.load_required(self.0.body).await
    }

    /// The number of events.
    fn events(&self) -> i64 {
        self.0.events
    }

    /// The start date of the earliest event, as precise as its source. Every listed body has one.
    fn first(&self) -> Option<EdtfDate> {
        self.0.first.parse().ok().map(EdtfDate)
    }

    /// The start date of the latest event, as precise as its source. Every listed body has one.
    fn latest(&self) -> Option<EdtfDate> {
        self.0.latest.parse().ok().map(EdtfDate)
    }
}
