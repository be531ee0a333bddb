//! The kinds of stalled clients. Each opens a connection and then stops sending or reading.

use std::{io, net::SocketAddr, time::Duration};

use clap::ValueEnum;
use serde_json::json;
use socket2::SockRef;
use tokio::{
    io::AsyncWriteExt,
    net::{TcpSocket, TcpStream},
};

use super::http;

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Connects and sends nothing.
    NoProgress,
    /// Sends half of a request head, then nothing.
    Head,
    /// Sends a request head, one byte per second.
    HeadTrickle,
    /// Sends a whole request head, then the body, one byte per second.
    BodyTrickle,
    /// Sends the HTTP/2 preface and settings, then nothing.
    Http2,
    /// Sends 40 requests at once and reads no response.
    Answers,
    /// Requests an export and does not read its body.
    Export,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::NoProgress => "silent",
            Self::Head => "half a request head",
            Self::HeadTrickle => "request head at 1 byte/s",
            Self::BodyTrickle => "request body at 1 byte/s",
            Self::Http2 => "HTTP/2 without streams",
            Self::Answers => "responses not read",
            Self::Export => "export not read",
        }
    }
}

/// The HTTP/2 connection preface, and an empty SETTINGS frame.
pub const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
/// Maximum TCP segment size over Ethernet. With loopback's 64 kB the kernel buffers megabytes.
const SEGMENT: u32 = 1_460;
const SMALL_BUFFER: u32 = 4_096;

/// Opens a connection with the kernel's defaults or, like a slow network, with a receive buffer of
/// `buffer` bytes and Ethernet-sized segments.
pub async fn connect(address: SocketAddr, buffer: Option<u32>) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    if let Some(buffer) = buffer {
        SockRef::from(&socket).set_tcp_mss(SEGMENT)?;
        socket.set_recv_buffer_size(buffer)?;
    }
    socket.connect(address).await
}

/// A stalled client.
pub struct Stalling {
    pub stream: TcpStream,
    /// The status code of the response, for kinds that read it.
    pub status: Option<String>,
}

impl Kind {
    pub async fn open(self, address: SocketAddr) -> io::Result<Stalling> {
        let reads_nothing = matches!(self, Self::Answers | Self::Export);
        let mut stream = connect(address, reads_nothing.then_some(SMALL_BUFFER)).await?;
        let request = large();
        let head = request.windows(4).position(|bytes| bytes == b"\r\n\r\n").map_or(0, |at| at + 4);
        match self {
            Self::NoProgress | Self::HeadTrickle => {}
            Self::Head => stream.write_all(&request[..head / 2]).await?,
            Self::BodyTrickle => stream.write_all(&request[..head]).await?,
            Self::Http2 => stream.write_all(HTTP2_PREFACE).await?,
            Self::Answers => stream.write_all(&request.repeat(40)).await?,
            Self::Export => stream.write_all(&http::get("/export/events.ndjson")).await?,
        }
        let status = match self {
            Self::Export => Some(status(&mut stream).await?),
            _ => None,
        };
        Ok(Stalling { stream, status })
    }

    /// The bytes that the client sends after opening the connection, one per second.
    pub fn trickle(self) -> Vec<u8> {
        let request = large();
        let head = request.windows(4).position(|bytes| bytes == b"\r\n\r\n").map_or(0, |at| at + 4);
        match self {
            Self::HeadTrickle => request[..head].to_vec(),
            Self::BodyTrickle => request[head..].to_vec(),
            _ => Vec::new(),
        }
    }
}

/// Sends one byte per second, until all are sent or the connection is closed.
pub async fn trickle(stream: &TcpStream, bytes: &[u8]) {
    for byte in bytes {
        tokio::time::sleep(Duration::from_secs(1)).await;
        if stream.writable().await.is_err() || stream.try_write(&[*byte]).is_err() {
            return;
        }
    }
}

/// The status code of a response; its body is not read.
async fn status(stream: &mut TcpStream) -> io::Result<String> {
    use tokio::io::AsyncReadExt;
    /// `HTTP/1.1 200`
    const LENGTH: usize = 12;
    let mut line = [0; LENGTH];
    let read = tokio::time::timeout(Duration::from_secs(10), stream.read_exact(&mut line)).await;
    match read {
        Ok(read) => read.map(|_| String::from_utf8_lossy(&line[9..]).into_owned()),
        Err(_) => Ok("no response within 10 s".to_owned()),
    }
}

/// A request with a response of about 100 kB and with more than 90 bytes in both head and body.
fn large() -> Vec<u8> {
    let query = "{ events(first: 100) { nodes { id slug title summary note city start end kind confidence
        body { slug name summary } hosts { code name officialName } participants { code name officialName }
        themes { slug name summary } citations { locator source { slug title publisher url } } } } }";
    http::post(query, json!({}))
}
