//! Versions of the data, and whether the statements of a request saw the same one.

use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};
use entities::revision;
use migration::history::ContentHash;
use sea_orm::{
    EntityTrait, FromQueryResult, QueryOrder, QueryResult, QuerySelect, QueryTrait,
    sea_query::SelectStatement,
};

use super::{ReadError, models};

/// The version of the data: a revision of a database. Later versions compare as greater.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct DataVersion {
    /// Number of databases that this process read before this one: a SQLite file can be replaced,
    /// and PostgreSQL can be restored from a backup.
    pub epoch: u32,
    /// The number of the revision; 0 while the knowledge base is empty.
    pub revision: i32,
    /// When the revision was written, in microseconds since 1970. It distinguishes two databases at
    /// the same revision number.
    pub written_at: i64,
    /// The hash of the content; zero if the database does not record it.
    pub content: ContentHash,
}

impl DataVersion {
    /// The version of a revision that the database has.
    pub(super) fn of(
        epoch: u32,
        revision: i32,
        created_at: DateTime<Utc>,
        content_hash: Option<&str>,
    ) -> Self {
        let content = content_hash.and_then(|hash| hash.parse().ok()).unwrap_or_default();
        Self { epoch, revision, written_at: created_at.timestamp_micros(), content }
    }

    /// An upper limit of all versions of the same database with this revision number.
    pub fn all_of(self, revision: i32) -> Self {
        Self { revision, written_at: i64::MAX, ..self }
    }
}

/// The newest version that this process knows.
pub trait NewestVersion: Send + Sync {
    fn version(&self) -> DataVersion;

    /// Switches to a version if it is newer than the current one.
    fn advance(&self, version: DataVersion);
}

/// Tracks whether the statements of a request saw the revision that its response is for.
#[derive(Debug)]
pub(crate) struct RevisionTracker {
    expected: DataVersion,
    /// Whether a statement saw another version.
    has_other: AtomicBool,
    /// Whether a statement did not report its revision.
    has_unknown: AtomicBool,
}

/// Which version the statements of a request saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Observed {
    /// All statements saw the expected version.
    Expected,
    /// At least one statement saw another version.
    Other,
    /// At least one statement did not report its revision, and none saw another version.
    Unknown,
}

impl RevisionTracker {
    pub fn new(expected: DataVersion) -> Self {
        Self { expected, has_other: AtomicBool::default(), has_unknown: AtomicBool::default() }
    }

    /// `revision` is `None` if the statement returned no row, or does not select the revision.
    pub fn note(&self, epoch: u32, revision: Option<i32>) {
        match revision {
            _ if epoch != self.expected.epoch => self.has_other.store(true, Ordering::Relaxed),
            Some(revision) if revision == self.expected.revision => {}
            Some(_) => self.has_other.store(true, Ordering::Relaxed),
            None => self.has_unknown.store(true, Ordering::Relaxed),
        }
    }

    pub fn observed(&self) -> Observed {
        if self.has_other.load(Ordering::Relaxed) {
            Observed::Other
        } else if self.has_unknown.load(Ordering::Relaxed) {
            Observed::Unknown
        } else {
            Observed::Expected
        }
    }
}

/// Selects what identifies the newest revision.
pub(super) fn newest_version() -> SelectStatement {
    revision::Entity::find()
        .select_only()
        .columns([revision::Column::Id, revision::Column::CreatedAt, revision::Column::ContentHash])
        .order_by_desc(revision::Column::Id)
        .limit(1)
        .into_query()
}

#[derive(FromQueryResult)]
struct NewestRevision {
    id: i32,
    created_at: DateTime<Utc>,
    content_hash: Option<String>,
}

/// The version from the rows of [`newest_version`]; the default revision 0 if the knowledge base is
/// empty.
pub(super) fn version(rows: &[QueryResult], epoch: u32) -> Result<DataVersion, ReadError> {
    let newest: Vec<NewestRevision> = models(rows)?;
    let Some(newest) = newest.first() else {
        return Ok(DataVersion { epoch, ..DataVersion::default() });
    };
    let NewestRevision { id, created_at, content_hash } = newest;
    Ok(DataVersion::of(epoch, *id, *created_at, content_hash.as_deref()))
}
