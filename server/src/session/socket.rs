//! The bytes of one connection: a TCP socket taken out of the web server, or one end of a pipe.
//!
//! Never blocks. What is not a bare TCP socket (TLS, later) stays with tokio, which carries its
//! bytes through a pair of local sockets: a shard knows nothing but sockets.

use std::io::{self, Read, Write};
use std::net::Shutdown;

use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use mio::event::Source;
use mio::net::{TcpStream, UnixStream};
use mio::{Interest, Registry, Token};
use socket2::SockRef;
use tokio::io::AsyncWriteExt;

/// Bytes that the kernel may hold for a peer that does not take them: enough for one turn, and not
/// the hundreds of kilobytes that it would hide from us otherwise.
const UNSENT_BYTES_MAX: u32 = 128 * 1024;

pub(super) enum Socket {
    Tcp(TcpStream),
    Local(UnixStream),
}

impl Socket {
    /// What an upgraded request leaves: its socket, and bytes that came early.
    pub(super) fn take(upgraded: Upgraded) -> io::Result<(Self, Vec<u8>)> {
        match upgraded.downcast::<TokioIo<tokio::net::TcpStream>>() {
            Ok(parts) => {
                let stream = TcpStream::from_std(parts.io.into_inner().into_std()?);
                SockRef::from(&stream).set_tcp_notsent_lowat(UNSENT_BYTES_MAX)?;
                Ok((Self::Tcp(stream), parts.read_buf.to_vec()))
            }
            Err(upgraded) => Ok((Self::carried(TokioIo::new(upgraded))?, Vec::new())),
        }
    }

    /// One end of a pair, while tokio carries the bytes between the other end and `stream`.
    fn carried<S>(stream: S) -> io::Result<Self>
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    {
        let (own, carrier) = std::os::unix::net::UnixStream::pair()?;
        own.set_nonblocking(true)?;
        carrier.set_nonblocking(true)?;
        let carrier = tokio::net::UnixStream::from_std(carrier)?;
        tokio::spawn(carry(stream, carrier));
        Ok(Self::Local(UnixStream::from_std(own)))
    }

    /// Watches it: a token comes each time there is something to read, or room to write again.
    pub(super) fn watch(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        let source: &mut dyn Source = match self {
            Self::Tcp(stream) => stream,
            Self::Local(stream) => stream,
        };
        registry.register(source, token, Interest::READABLE | Interest::WRITABLE)
    }

    /// Bytes that have come; `None` if there are none for now, and 0 at the end.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        unless_blocked(|| match self {
            Self::Tcp(stream) => stream.read(buffer),
            Self::Local(stream) => stream.read(buffer),
        })
    }

    /// How many of these bytes are with the kernel now.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = unless_blocked(|| match self {
            Self::Tcp(stream) => stream.write(bytes),
            Self::Local(stream) => stream.write(bytes),
        });
        written.map(Option::unwrap_or_default)
    }

    /// The peer sees the end of what it is told, and may still be heard.
    pub(super) fn end_writing(&self) {
        // Whose socket has failed sees an end anyway.
        let _ = match self {
            Self::Tcp(stream) => stream.shutdown(Shutdown::Write),
            Self::Local(stream) => stream.shutdown(Shutdown::Write),
        };
    }
}

/// Whichever end breaks, the other one sees its socket end. A peer that has sent everything may
/// still hear what it is told; when the shard has let go, a peer that says nothing is not waited for.
async fn carry<S>(stream: S, carrier: tokio::net::UnixStream)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite,
{
    let (mut from_peer, mut to_peer) = tokio::io::split(stream);
    let (mut from_shard, mut to_shard) = carrier.into_split();
    let inward = async {
        let _ = tokio::io::copy(&mut from_peer, &mut to_shard).await;
        let _ = to_shard.shutdown().await;
        std::future::pending().await
    };
    let outward = async {
        let _ = tokio::io::copy(&mut from_shard, &mut to_peer).await;
        let _ = to_peer.shutdown().await;
    };
    tokio::select! {
        () = inward => {}
        () = outward => {}
    }
}

fn unless_blocked(mut act: impl FnMut() -> io::Result<usize>) -> io::Result<Option<usize>> {
    loop {
        match act() {
            Ok(bytes) => return Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
