//! Spools exports to disk. A spool receives an export as fast as the database returns it and stores
//! it in an unnamed temporary file, so that a slow client occupies neither an export slot nor a
//! database connection.

use std::{
    fs::File,
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use futures_util::{Stream, StreamExt, stream};
use tokio::{runtime::Handle, sync::watch, task::spawn_blocking};
use tracing::{Instrument, Span};

use super::ExportError;

/// The size of a chunk, in bytes.
const PIECE: usize = 1 << 16;

/// The number of bytes in all spools.
#[derive(Clone, Debug, Default)]
pub struct Spooled(Arc<AtomicU64>);

impl Spooled {
    pub fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A temporary file that one task writes and another reads.
struct Spool {
    file: File,
    written: AtomicU64,
    spooled: Spooled,
}

impl Drop for Spool {
    fn drop(&mut self) {
        self.spooled.0.fetch_sub(*self.written.get_mut(), Ordering::Relaxed);
    }
}

/// How much of an export is in its spool.
#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    written: u64,
    is_whole: bool,
}

/// The export was aborted before its end.
#[derive(Debug, thiserror::Error)]
#[error("the export was aborted")]
pub struct Broken;

/// Spools the chunks in a task on `runtime` and returns a stream that reads them as they arrive.
/// The task drops `held` after the last chunk, or when the client disconnects. If the export fails,
/// the stream ends with [`Broken`], so that the client can tell that it is incomplete.
pub async fn spool(
    runtime: Handle,
    pieces: impl Stream<Item = Result<Vec<u8>, ExportError>> + Send + 'static,
    held: impl Send + 'static,
    spooled: Spooled,
) -> Result<impl Stream<Item = Result<Vec<u8>, Broken>>, ExportError> {
    let file = blocking(tempfile::tempfile).await?;
    let spool = Arc::new(Spool { file, written: AtomicU64::default(), spooled });
    let (progress, reading) = watch::channel(Progress::default());
    let filling = fill(spool.clone(), pieces, progress.clone());
    let spooling = async move {
        let _held = held;
        tokio::select! {
            filled = filling => if let Err(cause) = filled {
                tracing::error!(?cause, "export aborted");
            },
            () = progress.closed() => {}
        }
    };
    runtime.spawn(spooling.instrument(Span::current()));
    Ok(stream::unfold(Some((spool, reading, 0)), |reader| async {
        let (spool, mut reading, offset) = reader?;
        loop {
            let progress = *reading.borrow_and_update();
            if offset < progress.written {
                let source = spool.clone();
                let read = blocking(move || {
                    let mut piece = vec![0; PIECE.min((progress.written - offset) as usize)];
                    read_exact_at(&source.file, &mut piece, offset).map(|()| piece)
                });
                let Ok(piece) = read.await else { return Some((Err(Broken), None)) };
                let next = offset + piece.len() as u64;
                return Some((Ok(piece), Some((spool, reading, next))));
            }
            if progress.is_whole {
                return None;
            }
            if reading.changed().await.is_err() && !reading.borrow().is_whole {
                return Some((Err(Broken), None));
            }
        }
    }))
}

async fn fill(
    spool: Arc<Spool>,
    pieces: impl Stream<Item = Result<Vec<u8>, ExportError>>,
    progress: watch::Sender<Progress>,
) -> Result<(), ExportError> {
    let mut pieces = std::pin::pin!(pieces);
    let mut written = 0;
    while let Some(piece) = pieces.next().await {
        let piece = piece?;
        let length = piece.len() as u64;
        let target = spool.clone();
        blocking(move || write_all_at(&target.file, &piece, written)).await?;
        spool.written.fetch_add(length, Ordering::Relaxed);
        spool.spooled.0.fetch_add(length, Ordering::Relaxed);
        written += length;
        progress.send_replace(Progress { written, is_whole: false });
    }
    progress.send_replace(Progress { written, is_whole: true });
    Ok(())
}

/// Runs blocking file operations on a thread of the blocking pool.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(work).await.map_err(io::Error::other)?
}

/// Reads a part of a file without using the file's cursor, which other readers share.
pub fn read_exact_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    #[cfg(unix)]
    return std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset);
    #[cfg(windows)]
    {
        use std::os::windows::fs::FileExt;
        let mut done = 0;
        while done < buffer.len() {
            match file.seek_read(&mut buffer[done..], offset + done as u64)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                read => done += read,
            }
        }
        Ok(())
    }
}

fn write_all_at(file: &File, buffer: &[u8], offset: u64) -> io::Result<()> {
    #[cfg(unix)]
    return std::os::unix::fs::FileExt::write_all_at(file, buffer, offset);
    #[cfg(windows)]
    {
        use std::os::windows::fs::FileExt;
        let mut done = 0;
        while done < buffer.len() {
            done += file.seek_write(&buffer[done..], offset + done as u64)?;
        }
        Ok(())
    }
}
