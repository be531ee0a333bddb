//! The whole knowledge base as one SQLite file.

use std::{fs::File, io, ops::Range, sync::Arc};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use futures_util::{Stream, stream};
use sha2::{Digest, Sha256};
use tokio::{runtime::Handle, sync::Mutex};

use super::{
    ExportError, ExportPermit, ExportSlots,
    spool::{blocking, read_exact_at},
};
use crate::store::{
    self, Store,
    dataset::{self, Summary},
};

/// The name of the file.
pub const FILE: &str = "adkb.sqlite";

/// The size of a chunk, in bytes.
const PIECE: u64 = 1 << 16;

/// A copy of the knowledge base in an unlinked temporary file, which the operating system deletes
/// when it is closed.
#[derive(Debug)]
pub struct Copied {
    /// Identifies the state of the data that was copied.
    pub summary: Summary,
    file: File,
    pub length: u64,
    /// The first 16 bytes of the file's SHA-256, as base64url. Two copies of the same state can
    /// differ.
    pub hash: String,
}

/// The latest copy, shared by all clients until the data changes.
#[derive(Debug, Default)]
pub struct Copies(Arc<Mutex<Option<Arc<Copied>>>>);

impl Copies {
    /// A copy of the state `now`, or of a newer one. `None` if all slots for exports are taken.
    pub async fn of(
        &self,
        now: &Summary,
        slots: &ExportSlots,
        runtime: &Handle,
    ) -> Result<Option<Arc<Copied>>, ExportError> {
        let mut latest = self.0.clone().lock_owned().await;
        if let Some(copy) = &*latest
            && copy.is_of(now)
        {
            return Ok(Some(copy.clone()));
        }
        let slots = slots.clone();
        // Runs on the runtime that owns the database connection, and finishes even if the client
        // disconnects.
        let copying = runtime.spawn(async move {
            let Some(ExportPermit { store, taken: _taken }) = slots.take().await? else {
                return Ok(None);
            };
            let copy = Arc::new(copy(&store).await?);
            *latest = Some(copy.clone());
            Ok(Some(copy))
        });
        copying.await.map_err(io::Error::other)?
    }
}

async fn copy(store: &Store) -> Result<Copied, ExportError> {
    let summary = dataset::summary(store).await?.ok_or_else(|| io::Error::other("it is empty"))?;
    let folder = tempfile::Builder::new().prefix("adkb-export-").tempdir()?;
    let path = folder.path().join(FILE);
    store::copy::copy(store, &path).await?;
    blocking(move || {
        let mut file = File::open(path)?;
        folder.close()?;
        let mut hasher = Sha256::new();
        let length = io::copy(&mut file, &mut hasher)?;
        let hash = BASE64_URL_SAFE_NO_PAD.encode(&hasher.finalize()[..16]);
        Ok(Copied { summary, file, length, hash })
    })
    .await
    .map_err(ExportError::from)
}

impl Copied {
    fn is_of(&self, now: &Summary) -> bool {
        (self.summary.revision, &self.summary.updated_at) == (now.revision, &now.updated_at)
    }

    /// A range of the file's bytes, in chunks.
    pub fn bytes(
        self: Arc<Self>,
        range: Range<u64>,
    ) -> impl Stream<Item = Result<Vec<u8>, io::Error>> + Send {
        stream::try_unfold((self, range), |(copy, range)| async move {
            if range.is_empty() {
                return Ok(None);
            }
            let end = range.end.min(range.start + PIECE);
            let source = copy.clone();
            let piece = blocking(move || {
                let mut piece = vec![0; (end - range.start) as usize];
                read_exact_at(&source.file, &mut piece, range.start).map(|()| piece)
            });
            Ok(Some((piece.await?, (copy, end..range.end))))
        })
    }
}
