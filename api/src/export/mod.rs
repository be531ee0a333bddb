//! Exports: every list of the API as a table for download, the whole database as a SQLite file, and
//! tables as a workbook.
//! A table has the columns of its entity; `tables` declares what differs.

mod column;
mod encode;
mod history;
mod package;
mod parameters;
mod related;
mod spool;
mod sqlite;
mod table;
mod tables;
mod workbook;

use std::{
    io,
    sync::{Arc, LazyLock},
    time::Duration,
};

use futures_util::{Stream, stream};
use sea_orm::Condition;
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub use encode::Format;
pub use history::{differences, records};
pub use package::package;
pub use parameters::BadParameter;
pub use spool::{Spooled, spool};
pub use sqlite::{Copied, Copies, FILE};
pub use table::Exported;
pub use workbook::{FilteredTable, WORKBOOK, WorkbookError, XLSX, XLSX_MEDIA_TYPE, workbook};

use crate::store::{
    ReadError, ReadErrorKind, Store, copy::CopyError, database::ReadDatabase, snapshot::Snapshot,
};
use encode::Encoder;

/// The memory that one export needs at most, in bytes: a page of rows, the records that they refer
/// to, and encoded chunks that wait for the client.
pub const EXPORT_BYTES: u64 = 16 << 20;

/// Every table, in the order of the API's lists.
pub static TABLES: LazyLock<Vec<Box<dyn Exported>>> = LazyLock::new(tables::all);

/// Why an export failed. Always an internal error; the cause is only logged.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Copy(#[from] CopyError),
    #[error("the file of the export could not be written or read")]
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

/// How many exports may wait, per slot.
const WAITING: usize = 16;
/// How long an export waits for a slot.
const PATIENCE: Duration = Duration::from_secs(5);

/// The slots for exports, shared by all threads.
#[derive(Clone, Debug)]
pub struct ExportSlots {
    source: Arc<ReadDatabase>,
    free: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    spooled: Spooled,
    /// In bytes.
    max_spooled: u64,
}

/// A slot for an export. Held until all rows are read from the database.
pub struct ExportPermit {
    /// A snapshot of the knowledge base, on a connection separate from those that run queries.
    pub store: Store,
    /// Frees the slot when dropped.
    pub taken: OwnedSemaphorePermit,
}

impl ExportSlots {
    /// No export starts while the spooled exports take more than `max_spooled` bytes of disk.
    pub fn new(source: Arc<ReadDatabase>, slots: u32, max_spooled: u64) -> Self {
        let slots = slots as usize;
        Self {
            source,
            free: Arc::new(Semaphore::new(slots)),
            waiting: Arc::new(Semaphore::new(slots * WAITING)),
            spooled: Spooled::default(),
            max_spooled,
        }
    }

    /// The same slots over another database.
    pub fn over(&self, source: Arc<ReadDatabase>) -> Self {
        Self { source, ..self.clone() }
    }

    /// Acquires a slot, if necessary after a short wait. `None` means overload: too many exports
    /// run, wait or are spooled.
    pub async fn take(&self) -> Result<Option<ExportPermit>, ExportError> {
        if self.spooled.bytes() > self.max_spooled {
            return Ok(None);
        }
        let Ok(_waiting) = self.waiting.try_acquire() else { return Ok(None) };
        let free = self.free.clone().acquire_owned();
        let Ok(Ok(taken)) = tokio::time::timeout(PATIENCE, free).await else { return Ok(None) };
        let store = Store::snapshot(Snapshot::open(&self.source).await?);
        Ok(Some(ExportPermit { store, taken }))
    }

    /// The bytes of exports that clients are downloading.
    pub fn spooled(&self) -> &Spooled {
        &self.spooled
    }
}

/// The rows of a table that match a condition, encoded in chunks of one page each, so that only one
/// page is in memory. CSV begins with a byte order mark if `byte_order_mark` is set.
pub fn rows(
    table: &'static dyn Exported,
    format: Format,
    byte_order_mark: bool,
    store: Store,
    condition: Condition,
) -> impl Stream<Item = Result<Vec<u8>, ExportError>> + Send {
    let names = table.fields().iter().map(|field| field.name).collect();
    let encoder = Encoder::new(format, names).with_byte_order_mark(byte_order_mark);
    encoded(encoder, move |after| {
        let (store, condition) = (store.clone(), condition.clone());
        async move {
            let page = table.page(&store, condition, after).await?;
            Ok((page.rows, page.next))
        }
    })
}

/// Pages of rows as chunks. `page` reads the rows after a position, and returns the position of the
/// next page; none on the last one.
fn encoded<P, F>(
    encoder: Encoder,
    page: impl Fn(Option<P>) -> F + Clone + Send,
) -> impl Stream<Item = Result<Vec<u8>, ExportError>> + Send
where
    P: Send,
    F: Future<Output = Result<(Vec<Vec<Value>>, Option<P>), ExportError>> + Send,
{
    enum Next<P> {
        Head,
        Page(Option<P>),
        End,
    }
    stream::try_unfold((encoder, Next::Head), move |(mut encoder, next)| {
        let page = page.clone();
        async move {
            let after = match next {
                Next::Head => return Ok(Some((encoder.head(), (encoder, Next::Page(None))))),
                Next::Page(after) => after,
                Next::End => return Ok(None),
            };
            let (rows, next) = page(after).await?;
            let mut piece = encoder.rows(&rows);
            let next = match next {
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
