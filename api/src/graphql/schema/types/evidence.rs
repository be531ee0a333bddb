use async_graphql::SimpleObject;

use crate::store::load::EvidenceCounts;

/// The sources that support a record, counted.
#[derive(SimpleObject)]
pub struct Evidence {
    /// The number of sources that the record cites.
    sources: i64,
    /// The number of these that speak for ASEAN or a government: kinds `ASEAN` and `GOVERNMENT`.
    official: i64,
    /// The number of independent sources: publishers, after each copy is replaced by the text that
    /// it repeats.
    independent: i64,
}

impl From<EvidenceCounts> for Evidence {
    fn from(EvidenceCounts { sources, official, independent }: EvidenceCounts) -> Self {
        Self { sources, official, independent }
    }
}
