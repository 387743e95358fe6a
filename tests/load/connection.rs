//! One client's socket: upgrading, then frames in and frames out.
//!
//! It counts the frames of the kind that matters, answers pings, and remembers what a full socket
//! did not take. Waiting is the business of `crowd`, which calls everything here.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};

use crate::frame::{CLOSE, Frame, Kind, PING, PONG, Scanner, TEXT};
use crate::upgrade;

/// What a turn of the crowd adds up over all connections.
#[derive(Default)]
pub(crate) struct Tally {
    /// Frames of the counted kind.
    pub(crate) heard: u64,
    /// Reads that brought something, and writes.
    pub(crate) reads: u64,
    pub(crate) writes: u64,
    /// Connections that are upgraded, and those that have ended.
    pub(crate) open: usize,
    pub(crate) gone: usize,
}

pub(crate) struct Connection {
    /// `None` once the connection has ended: whoever comes back needs the descriptor.
    stream: Option<TcpStream>,
    phase: Phase,
    scanner: Scanner,
    /// Frames of the counted kind that this one has heard.
    pub(crate) heard: u64,
    unsent: Vec<u8>,
    watches_writing: bool,
}

enum Phase {
    /// With the head of the answer, as far as it has come.
    Upgrading(Vec<u8>),
    Open,
}

impl Connection {
    /// Connects and asks for the upgrade. On loopback a connect is done as soon as it is asked for.
    pub(crate) fn dial(address: SocketAddr, request: &[u8]) -> std::io::Result<Self> {
        let mut stream = std::net::TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.write_all(request)?;
        stream.set_nonblocking(true)?;
        Ok(Self {
            stream: Some(TcpStream::from_std(stream)),
            phase: Phase::Upgrading(Vec::new()),
            scanner: Scanner::default(),
            heard: 0,
            unsent: Vec::new(),
            watches_writing: false,
        })
    }

    pub(crate) fn register(&mut self, registry: &Registry, token: usize) -> Result<()> {
        let stream = self.stream.as_mut().context("a connection that has ended")?;
        Ok(registry.register(stream, Token(token), Interest::READABLE)?)
    }

    /// Nothing is read from it any more; the server is not told.
    pub(crate) fn stall(&mut self, registry: &Registry) -> Result<()> {
        let stream = self.stream.as_mut().context("a connection that has ended")?;
        Ok(registry.deregister(stream)?)
    }

    /// Whether its frames are handed over with their payload, from the next one on.
    pub(crate) fn keep(&mut self, keep: bool) {
        self.scanner.keep(keep);
    }

    fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Open)
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.stream.is_none()
    }

    /// Reads all there is. `ends`: the poller said that the end may be in it.
    pub(crate) fn read(
        &mut self,
        buffer: &mut [u8],
        ends: bool,
        kind: Kind,
        tally: &mut Tally,
        mut hear: impl FnMut(Frame<'_>),
    ) -> Result<()> {
        while let Some(stream) = &mut self.stream {
            match stream.read(buffer) {
                Ok(0) => self.leave(tally),
                Ok(length) => {
                    tally.reads += 1;
                    self.take(&buffer[..length], kind, tally, &mut hear)?;
                    // A short read has emptied the socket: what comes later wakes the poller again.
                    if length < buffer.len() && !ends {
                        break;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => self.leave(tally),
            }
        }
        Ok(())
    }

    fn take(
        &mut self,
        bytes: &[u8],
        kind: Kind,
        tally: &mut Tally,
        hear: &mut impl FnMut(Frame<'_>),
    ) -> Result<()> {
        let behind_head;
        let bytes = if let Phase::Upgrading(begun) = &mut self.phase {
            begun.extend_from_slice(bytes);
            let Some(end) = upgrade::head_end(begun)? else { return Ok(()) };
            upgrade::check(&begun[..end])?;
            behind_head = begun.split_off(end);
            self.phase = Phase::Open;
            tally.open += 1;
            &behind_head
        } else {
            bytes
        };
        let (mut pings, mut closes) = (0, false);
        let keeps = self.scanner.keeps();
        let heard = &mut self.heard;
        let scanned = self.scanner.scan(bytes, |frame| match frame.opcode {
            TEXT => {
                if frame.kind == kind {
                    *heard += 1;
                    tally.heard += 1;
                }
                if keeps {
                    hear(frame);
                }
            }
            PING => pings += 1,
            CLOSE => closes = true,
            _ => {}
        });
        ensure!(scanned.is_ok(), "the server sent {}", scanned.unwrap_err().0);
        for _ in 0..pings {
            self.queue(&PONG);
        }
        if closes {
            self.leave(tally);
        }
        Ok(())
    }

    /// Puts bytes behind those that are still to be written.
    pub(crate) fn queue(&mut self, bytes: &[u8]) {
        self.unsent.extend_from_slice(bytes);
    }

    /// Writes what is queued, as far as the socket takes it; the rest when it is writable again.
    pub(crate) fn flush(
        &mut self,
        registry: &Registry,
        token: usize,
        tally: &mut Tally,
    ) -> Result<()> {
        while let Some(stream) = self.stream.as_mut().filter(|_| !self.unsent.is_empty()) {
            match stream.write(&self.unsent) {
                Ok(written) => {
                    tally.writes += 1;
                    self.unsent.drain(..written);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if !self.watches_writing {
                        let both = Interest::READABLE | Interest::WRITABLE;
                        registry.reregister(stream, Token(token), both)?;
                        self.watches_writing = true;
                    }
                    break;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => self.leave(tally),
            }
        }
        Ok(())
    }

    fn leave(&mut self, tally: &mut Tally) {
        if self.stream.take().is_some() {
            tally.open -= usize::from(self.is_open());
            tally.gone += 1;
        }
    }
}
