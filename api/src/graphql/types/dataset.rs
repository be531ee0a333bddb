use async_graphql::{Context, Object, Result, SimpleObject};
use entities::record::RecordKind as Kind;

use super::kinds::RecordKind;
use crate::{
    graphql::{reads::Reads, scalars::DateTime},
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
        let counts = dataset::counts(ctx.loaders().store()).await?;
        let count = |(kind, count): (Kind, i64)| KindCount { kind: kind.into(), count };
        Ok(counts.into_iter().map(count).collect())
    }
}
