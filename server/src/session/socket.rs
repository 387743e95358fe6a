//! The bytes of one connection: a TCP socket taken out of the web server, or one end of a pipe.
//!
//! Never blocks. What is not a bare TCP socket (TLS) stays with tokio, which carries its bytes
//! through a pair of local sockets: a shard knows nothing but sockets.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::time::Duration;

use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use mio::event::Source;
use mio::net::{TcpStream, UnixStream};
use mio::{Interest, Registry, Token};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::oneshot;
use tokio::time::sleep;

/// What a carried peer says is taken in pieces of this size. Each of them keeps such a buffer for as
/// long as it is there, and people do not say much at once.
const INWARD_BYTES: usize = 1024;

/// What a carried peer is told is given in pieces of this size: what one TLS record holds.
const OUTWARD_BYTES: usize = 16 * 1024;

/// How long a carried peer may take for the last that it is told, when the shard has let go. It has
/// waited before, for as long as anybody was to be waited for.
const LAST_WORDS_WAIT: Duration = Duration::from_secs(10);

pub(super) enum Socket {
    Tcp(TcpStream),
    Local(Local),
}

/// The shard's end of a pair.
pub(super) struct Local {
    stream: UnixStream,
    /// Its end tells the carrier that the shard has let go: a carrier that waits for its peer does
    /// not look at its own socket.
    _hold: oneshot::Sender<()>,
}

impl Socket {
    /// What an upgraded request leaves: its socket, and bytes that came early.
    pub(super) fn take(upgraded: Upgraded) -> io::Result<(Self, Vec<u8>)> {
        match upgraded.downcast::<TokioIo<tokio::net::TcpStream>>() {
            Ok(parts) => {
                let stream = TcpStream::from_std(parts.io.into_inner().into_std()?);
                Ok((Self::Tcp(stream), parts.read_buf.to_vec()))
            }
            Err(upgraded) => Ok((Self::carried(TokioIo::new(upgraded))?, Vec::new())),
        }
    }

    /// One end of a pair, while tokio carries the bytes between the other end and `stream`.
    fn carried<S>(stream: S) -> io::Result<Self>
    where
        S: AsyncRead + AsyncWrite + Send + 'static,
    {
        let (own, carrier) = std::os::unix::net::UnixStream::pair()?;
        own.set_nonblocking(true)?;
        carrier.set_nonblocking(true)?;
        let carrier = tokio::net::UnixStream::from_std(carrier)?;
        let (hold, let_go) = oneshot::channel();
        tokio::spawn(carry(stream, carrier, let_go, LAST_WORDS_WAIT));
        Ok(Self::Local(Local { stream: UnixStream::from_std(own), _hold: hold }))
    }

    /// Watches it: a token comes each time there is something to read, or room to write again.
    pub(super) fn watch(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        let source: &mut dyn Source = match self {
            Self::Tcp(stream) => stream,
            Self::Local(local) => &mut local.stream,
        };
        registry.register(source, token, Interest::READABLE | Interest::WRITABLE)
    }

    /// Bytes that have come; `None` if there are none for now, and 0 at the end.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        unless_blocked(|| match self {
            Self::Tcp(stream) => stream.read(buffer),
            Self::Local(local) => local.stream.read(buffer),
        })
    }

    /// How many of these bytes are with the kernel now.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = unless_blocked(|| match self {
            Self::Tcp(stream) => stream.write(bytes),
            Self::Local(local) => local.stream.write(bytes),
        });
        written.map(Option::unwrap_or_default)
    }

    /// The peer sees the end of what it is told, and may still be heard.
    pub(super) fn end_writing(&self) {
        // Whose socket has failed sees an end anyway.
        let _ = match self {
            Self::Tcp(stream) => stream.shutdown(Shutdown::Write),
            Self::Local(local) => local.stream.shutdown(Shutdown::Write),
        };
    }
}

/// Whichever end breaks, the other one sees its socket end. A peer that has sent everything may
/// still hear what it is told; when the shard has let go, a peer that says nothing is not waited for,
/// and one that takes nothing only so long.
async fn carry<S>(
    stream: S,
    carrier: tokio::net::UnixStream,
    let_go: oneshot::Receiver<()>,
    last_words_wait: Duration,
) where
    S: AsyncRead + AsyncWrite,
{
    let (from_peer, to_peer) = tokio::io::split(stream);
    let (from_shard, to_shard) = carrier.into_split();
    let late = async {
        // Nothing is ever sent: it ends when the other end does.
        let _ = let_go.await;
        sleep(last_words_wait).await;
    };
    tokio::select! {
        () = carry_in(from_peer, to_shard) => {}
        _ = carry_out(from_shard, to_peer) => {}
        () = late => {}
    }
}

/// Up to the end of what the peer says; it does not end by itself.
async fn carry_in<S>(mut from_peer: ReadHalf<S>, mut to_shard: OwnedWriteHalf)
where
    S: AsyncRead,
{
    let mut piece = [0; INWARD_BYTES];
    while let Ok(bytes @ 1..) = from_peer.read(&mut piece).await {
        if to_shard.write_all(&piece[..bytes]).await.is_err() {
            break;
        }
    }
    let _ = to_shard.shutdown().await;
    std::future::pending().await
}

/// Up to the end of what the peer is told. Where nothing is said, no buffer is kept.
async fn carry_out<S>(from_shard: OwnedReadHalf, mut to_peer: WriteHalf<S>) -> io::Result<()>
where
    S: AsyncWrite,
{
    loop {
        from_shard.readable().await?;
        let mut piece = Vec::with_capacity(OUTWARD_BYTES);
        while let Some(bytes) = unless_blocked(|| from_shard.try_read_buf(&mut piece))? {
            if bytes == 0 {
                return to_peer.shutdown().await;
            }
            to_peer.write_all(&piece).await?;
            piece.clear();
        }
        to_peer.flush().await?;
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

#[cfg(test)]
mod tests {
    use tokio::io::{DuplexStream, duplex};
    use tokio::net::UnixStream;
    use tokio::task::JoinHandle;
    use tokio::time::timeout;

    use super::*;

    /// How long anything that must happen may take.
    const DEADLINE: Duration = Duration::from_secs(20);

    /// More than the sockets on the way hold.
    const MUCH: usize = 4 * 1024 * 1024;

    /// A peer behind a pipe that holds next to nothing, its carrier, and the shard's end of it.
    fn carried(
        last_words_wait: Duration,
    ) -> (DuplexStream, JoinHandle<()>, UnixStream, oneshot::Sender<()>) {
        let (peer, stream) = duplex(16);
        let (own, carrier) = UnixStream::pair().unwrap();
        let (hold, let_go) = oneshot::channel();
        let carrier = tokio::spawn(carry(stream, carrier, let_go, last_words_wait));
        (peer, carrier, own, hold)
    }

    #[tokio::test]
    async fn a_peer_that_takes_nothing_keeps_no_carrier_when_the_shard_has_let_go() {
        let (_peer, carrier, mut own, hold) = carried(Duration::from_millis(50));
        let bytes = vec![7; MUCH];
        let stuck = timeout(Duration::from_millis(200), own.write_all(&bytes)).await;
        assert!(stuck.is_err(), "it waits for its peer");
        assert!(!carrier.is_finished(), "and nobody has let go");
        drop((own, hold));
        timeout(DEADLINE, carrier).await.expect("it is not waited for any more").unwrap();
    }

    #[tokio::test]
    async fn a_peer_that_is_slow_hears_the_last_words_when_the_shard_has_let_go() {
        let (mut peer, carrier, mut own, hold) = carried(DEADLINE);
        let bytes: Vec<u8> = (0..50_000_u32).map(|n| n as u8).collect();
        own.write_all(&bytes).await.unwrap();
        drop((own, hold));
        let mut heard = Vec::new();
        timeout(DEADLINE, peer.read_to_end(&mut heard)).await.expect("an end").unwrap();
        assert!(heard == bytes, "heard {} bytes", heard.len());
        timeout(DEADLINE, carrier).await.expect("nothing is left to carry").unwrap();
    }
}
