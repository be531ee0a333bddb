//! Exports: every list of the API as a table to take away, and the whole database as a SQLite file.
//! What a table has is said once, by its columns.

mod column;
mod encode;
mod package;
mod parameters;
mod spool;
mod sqlite;
mod table;
mod tables;

use std::{
    io,
    sync::{Arc, LazyLock},
    time::Duration,
};

use futures_util::{Stream, stream};
use sea_orm::Condition;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub use encode::Format;
pub use package::package;
pub use parameters::BadParameter;
pub use spool::{Spooled, spool};
pub use sqlite::{Copied, Copies, FILE};
pub use table::Exported;

use crate::store::{
    ReadError, ReadErrorKind, Store, copy::CopyError, list::Position, snapshot::Snapshot,
    source::Source,
};
use encode::Encoder;

/// What an export has in memory at most, in bytes: a page of rows, what hangs on them, and pieces of text that
/// wait for the client.
pub const EXPORT_BYTES: u64 = 16 << 20;

/// Every table, in the order of the API's lists.
pub static TABLES: LazyLock<Vec<Box<dyn Exported>>> = LazyLock::new(tables::all);

/// An export that fails: our fault. The cause is for the log.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Copy(#[from] CopyError),
    #[error("the copy could not be kept or read")]
    File(#[from] io::Error),
}

impl ExportError {
    pub fn kind(&self) -> ReadErrorKind {
        match self {
            Self::Read(error) | Self::Copy(CopyError::Read(error)) => error.kind(),
            Self::Copy(_) | Self::File(_) => ReadErrorKind::Internal,
        }
    }
}

/// How many exports may wait for each place.
const WAITING: usize = 16;
/// How long an export waits for a place.
const PATIENCE: Duration = Duration::from_secs(5);

/// The places for exports, which all threads share.
#[derive(Clone, Debug)]
pub struct Places {
    source: Arc<Source>,
    free: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    spooled: Spooled,
    /// Bytes.
    max_spooled: u64,
}

/// A place for an export, until it is read from the database.
pub struct Place {
    /// The knowledge base in one state, on a connection beside those that answer queries.
    pub store: Store,
    /// The place is free again when this goes.
    pub taken: OwnedSemaphorePermit,
}

impl Places {
    /// No export begins while those on their way to clients take more than `max_spooled` bytes.
    pub fn new(source: Arc<Source>, places: u32, max_spooled: u64) -> Self {
        let places = places as usize;
        Self {
            source,
            free: Arc::new(Semaphore::new(places)),
            waiting: Arc::new(Semaphore::new(places * WAITING)),
            spooled: Spooled::default(),
            max_spooled,
        }
    }

    /// Takes a place, if need be after a short wait; none if too many others want one, too.
    pub async fn take(&self) -> Result<Option<Place>, ExportError> {
        if self.spooled.bytes() > self.max_spooled {
            return Ok(None);
        }
        let Ok(_waiting) = self.waiting.try_acquire() else { return Ok(None) };
        let free = self.free.clone().acquire_owned();
        let Ok(Ok(taken)) = tokio::time::timeout(PATIENCE, free).await else { return Ok(None) };
        let store = Store::snapshot(Snapshot::open(&self.source).await?);
        Ok(Some(Place { store, taken }))
    }

    /// The bytes of exports on their way to clients.
    pub fn spooled(&self) -> &Spooled {
        &self.spooled
    }
}

/// The rows of a table that fit a condition, encoded piece by piece. What is in memory at a time is
/// a page of them.
pub fn rows(
    table: &'static dyn Exported,
    format: Format,
    store: Store,
    condition: Condition,
) -> impl Stream<Item = Result<Vec<u8>, ExportError>> + Send {
    enum Next {
        Head,
        Page(Option<Position>),
        End,
    }
    let names = table.fields().iter().map(|field| field.name).collect();
    let state = (Encoder::new(format, names), Next::Head);
    stream::try_unfold(state, move |(mut encoder, next)| {
        let (store, condition) = (store.clone(), condition.clone());
        async move {
            let after = match next {
                Next::Head => return Ok(Some((encoder.head(), (encoder, Next::Page(None))))),
                Next::Page(after) => after,
                Next::End => return Ok(None),
            };
            let page = table.page(&store, condition, after).await?;
            let mut piece = encoder.rows(&page.rows);
            let next = match page.next {
                Some(position) => Next::Page(Some(position)),
                None => {
                    piece.extend(encoder.tail());
                    Next::End
                }
            };
            Ok(Some((piece, (encoder, next))))
        }
    })
}
