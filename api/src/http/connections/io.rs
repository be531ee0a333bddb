//! The stream of a connection. It records what is transferred in the connection's state, and closes
//! by the state's verdict.

use std::{
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::Duration,
};

use actix_http::Protocol;
use actix_web::{rt::net::TcpStream, web::Bytes};
use futures_util::future::poll_fn;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};

use super::{
    error_responses::ErrorResponses,
    state::{State, Verdict},
};

/// The start of the HTTP/2 preface (RFC 9113, 3.4), which differs from every HTTP/1.1 request.
const HTTP2: &[u8; 12] = b"PRI * HTTP/2";

/// How much of a rejected request is read, in bytes, and for how long, before its connection
/// closes: after a close with unread bytes the client may lose the response.
const LINGER_BYTES: u64 = 1 << 20;
const LINGER_TIME: Duration = Duration::from_secs(2);

pub struct ConnectionStream {
    /// `None` after [`linger`] has taken it.
    stream: Option<TcpStream>,
    state: Rc<State>,
    notices: Rc<ErrorResponses>,
    /// The bytes read to detect the protocol, their number, and how many of them were passed on.
    start: [u8; HTTP2.len()],
    start_read: usize,
    start_given: usize,
    /// The head that is being read, if the CORS headers of a notice depend on it.
    head: Vec<u8>,
    /// The rest of a notice that is being written.
    notice: Bytes,
    lingers: bool,
}

impl ConnectionStream {
    pub fn new(stream: TcpStream, state: Rc<State>, notices: Rc<ErrorResponses>) -> Self {
        Self {
            stream: Some(stream),
            state,
            notices,
            start: [0; HTTP2.len()],
            start_read: 0,
            start_given: 0,
            head: Vec::new(),
            notice: Bytes::new(),
            lingers: false,
        }
    }

    pub fn state(&self) -> &Rc<State> {
        &self.state
    }

    /// Waits for the first bytes, and detects the protocol; `None` if the client closes without
    /// sending.
    pub async fn protocol(&mut self) -> io::Result<Option<Protocol>> {
        while self.start_read < HTTP2.len()
            && self.start[..self.start_read] == HTTP2[..self.start_read]
        {
            let mut start = self.start;
            let mut room = ReadBuf::new(&mut start[self.start_read..]);
            poll_fn(|context| self.poll_read_stream(context, &mut room)).await?;
            let read = room.filled().len();
            if read == 0 {
                return Ok(None);
            }
            self.start = start;
            self.start_read += read;
        }
        Ok(Some(match self.start == *HTTP2 {
            true => {
                self.state.set_http2();
                Protocol::Http2
            }
            false => Protocol::Http1,
        }))
    }

    fn stream(&mut self) -> Pin<&mut TcpStream> {
        Pin::new(self.stream.as_mut().expect("a connection in use has its stream"))
    }

    fn poll_read_stream(
        &mut self,
        context: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check()?;
        let before = room.filled().len();
        match self.stream().poll_read(context, room) {
            Poll::Ready(Ok(())) => {
                let read = &room.filled()[before..];
                self.state.has_read(read.len());
                if self.notices.depend_on_head() {
                    self.keep_head(read);
                }
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => match self.state.verdict() {
                Verdict::End => Poll::Ready(Ok(())),
                Verdict::Late if self.state.is_http2() => Poll::Ready(Ok(())),
                Verdict::Late => {
                    self.notice = self.notices.slow_head(&self.head);
                    self.lingers = true;
                    // Does not wait if the notice does not fit into the send queue.
                    let _ = self.poll_notice(context);
                    Poll::Ready(Ok(()))
                }
                _ => {
                    self.state.park(context);
                    Poll::Pending
                }
            },
        }
    }

    fn keep_head(&mut self, read: &[u8]) {
        /// Maximum length of a head in actix-http, in bytes.
        const LONGEST: usize = 1 << 17;
        let Some(length) = self.state.unanswered_head() else { return };
        if length == read.len() as u64 {
            self.head.clear();
        }
        let part = read.len().min(LONGEST.saturating_sub(self.head.len()));
        self.head.extend_from_slice(&read[..part]);
    }

    fn check(&self) -> io::Result<()> {
        match self.state.verdict() {
            Verdict::Cut => Err(io::Error::new(io::ErrorKind::TimedOut, "the client stalls")),
            _ => Ok(()),
        }
    }

    /// Writes the rest of a notice.
    fn poll_notice(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.notice.is_empty() {
            let notice = self.notice.clone();
            let written = ready!(self.stream().poll_write(context, &notice))?;
            self.notice = notice.slice(written..);
        }
        Poll::Ready(Ok(()))
    }

    /// Calls `write`, which has `bytes` bytes to write, and records the result.
    fn poll_write_stream(
        &mut self,
        context: &mut Context<'_>,
        bytes: usize,
        write: impl FnOnce(Pin<&mut TcpStream>, &mut Context<'_>) -> Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        match write(self.stream(), context) {
            Poll::Ready(Ok(written)) => {
                self.state.has_written(written, bytes);
                Poll::Ready(Ok(written))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => {
                self.state.is_blocked();
                self.state.park(context);
                Poll::Pending
            }
        }
    }
}

impl AsyncRead for ConnectionStream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let start = &this.start[this.start_given..this.start_read];
        if !start.is_empty() {
            let part = start.len().min(room.remaining());
            room.put_slice(&start[..part]);
            this.start_given += part;
            return Poll::Ready(Ok(()));
        }
        this.poll_read_stream(context, room)
    }
}

impl AsyncWrite for ConnectionStream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        /// Longer than every response that actix-http itself writes, in bytes.
        const BARE: usize = 256;
        let this = self.get_mut();
        if bytes.len() < BARE
            && bytes.ends_with(b"\r\n\r\n")
            && let Some(length) = this.state.unanswered_head()
            && let Some(notice) = this.notices.instead_of(bytes, &this.head, length)
        {
            this.notice = notice;
            this.lingers = true;
            let _ = this.poll_notice(context)?;
            return Poll::Ready(Ok(bytes.len()));
        }
        this.poll_write_stream(context, bytes.len(), |stream, context| {
            stream.poll_write(context, bytes)
        })
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let bytes = slices.iter().map(|slice| slice.len()).sum();
        self.get_mut().poll_write_stream(context, bytes, |stream, context| {
            stream.poll_write_vectored(context, slices)
        })
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.as_ref().is_some_and(AsyncWrite::is_write_vectored)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_notice(context))?;
        this.stream().poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().stream().poll_shutdown(context)
    }
}

impl Drop for ConnectionStream {
    fn drop(&mut self) {
        let Some(stream) = self.stream.take() else { return };
        if self.state.verdict() == Verdict::Cut {
            // The kernel discards what the client has not received.
            let _ = socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO));
        } else if self.lingers
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(linger(stream));
        }
    }
}

/// Continues to read for a moment, so that the client gets the response.
async fn linger(mut stream: TcpStream) {
    let drained = async {
        stream.shutdown().await?;
        tokio::io::copy(&mut stream.take(LINGER_BYTES), &mut tokio::io::sink()).await
    };
    // After the timeout, the connection closes even if the client is still sending.
    let _ = tokio::time::timeout(LINGER_TIME, drained).await;
}
