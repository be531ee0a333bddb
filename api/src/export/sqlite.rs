//! The whole knowledge base as one SQLite file.

use std::{fs::File, io::Read};

use futures_util::{Stream, stream};

use super::ExportError;
use crate::store::{self, Store};

/// The name of the file.
pub const FILE: &str = "adkb.sqlite";

/// Bytes that are read at once.
const PIECE: u64 = 1 << 17;

/// A copy that has no name any more: it goes when it is closed, however the program ends.
pub struct Copied {
    file: File,
    pub length: u64,
}

/// Copies the knowledge base.
pub async fn copy(store: &Store) -> Result<Copied, ExportError> {
    let folder = tempfile::Builder::new().prefix("adkb-export-").tempdir()?;
    let path = folder.path().join(FILE);
    store::copy::copy(store, &path).await?;
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    folder.close()?;
    Ok(Copied { file, length })
}

impl Copied {
    /// Its bytes, piece by piece.
    pub fn bytes(self) -> impl Stream<Item = Result<Vec<u8>, ExportError>> + Send {
        stream::try_unfold(self, |copy| async move {
            // A file can make its reader wait, so another thread reads it.
            let read = tokio::task::spawn_blocking(move || {
                let mut piece = Vec::new();
                (&copy.file).take(PIECE).read_to_end(&mut piece).map(|_| (piece, copy))
            });
            let (piece, copy) = read.await.map_err(std::io::Error::other)??;
            Ok((!piece.is_empty()).then_some((piece, copy)))
        })
    }
}
