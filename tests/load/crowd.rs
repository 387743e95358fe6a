//! Everybody who is connected, and the one poller that waits for all of them.
//!
//! [`Crowd::turn`] waits, reads everything that is ready into one shared buffer and writes what is
//! queued. Connections that keep their payloads hand them to the caller; of the others only counts
//! are known. It knows nothing of workloads.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use mio::{Events, Poll};

use crate::connection::{Connection, Tally};
use crate::frame::{Frame, Kind, push_client_text};
use crate::upgrade;

/// One read takes 64 frames of a few hundred bytes many times over.
const BUFFER_BYTES: usize = 256 * 1024;

/// Sockets taken up in one turn; more are taken up in the next.
const EVENTS_MAX: usize = 1024;

/// Upgrades under way at once: fewer than any of the servers lets wait in its backlog (the smallest
/// is 128), beyond which the kernel puts a connect off for a second.
pub(crate) const UPGRADING_MAX: usize = 100;

/// Nothing at all coming for so long means that it never will.
pub(crate) const STALL_MAX: Duration = Duration::from_secs(20);

/// Silence of this length after the last expected frame: whatever was sent too often is there then.
const QUIET: Duration = Duration::from_millis(100);

pub(crate) struct Crowd {
    pub(crate) address: SocketAddr,
    pub(crate) people: Vec<Connection>,
    pub(crate) tally: Tally,
    /// The kind of frame that is counted.
    pub(crate) kind: Kind,
    /// The server may close connections, as one does that is killed.
    pub(crate) may_leave: bool,
    /// Who has gone since somebody last looked.
    pub(crate) left: Vec<usize>,
    poll: Poll,
    events: Events,
    buffer: Vec<u8>,
    started: Instant,
}

impl Crowd {
    pub(crate) fn new(address: SocketAddr, kind: Kind) -> Result<Self> {
        Ok(Self {
            address,
            people: Vec::new(),
            tally: Tally::default(),
            kind,
            may_leave: false,
            left: Vec::new(),
            poll: Poll::new()?,
            events: Events::with_capacity(EVENTS_MAX),
            buffer: vec![0; BUFFER_BYTES],
            started: Instant::now(),
        })
    }

    /// Nanoseconds since the crowd began: the clock of senders and receivers alike.
    pub(crate) fn now_ns(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// Connects so many people more, all speaking the plain protocol, and waits for their silence.
    pub(crate) fn connect(&mut self, count: usize) -> Result<()> {
        let request = upgrade::request(self.address, "/", "");
        for _ in 0..count {
            self.dial(&request).context("cannot connect")?;
            while self.upgrading() >= UPGRADING_MAX {
                self.progress()?;
            }
        }
        while self.upgrading() > 0 {
            self.progress()?;
        }
        self.settle()
    }

    /// Begins one connection. Answers its place.
    pub(crate) fn dial(&mut self, request: &[u8]) -> std::io::Result<usize> {
        let mut connection = Connection::dial(self.address, request)?;
        let place = self.people.len();
        connection.register(self.poll.registry(), place).map_err(std::io::Error::other)?;
        self.people.push(connection);
        Ok(place)
    }

    /// Connections that are neither open nor gone.
    pub(crate) fn upgrading(&self) -> usize {
        self.people.len() - self.tally.open - self.tally.gone
    }

    /// Takes turns until nothing comes any more: lines of welcome, of history, of others who came.
    pub(crate) fn settle(&mut self) -> Result<()> {
        while self.turn(Some(QUIET), |_, _| ())? {}
        Ok(())
    }

    /// A turn in which something must come.
    pub(crate) fn progress(&mut self) -> Result<()> {
        ensure!(self.turn(Some(STALL_MAX), |_, _| ())?, "the server has fallen silent");
        Ok(())
    }

    /// Waits until a socket is ready or the time is over, and deals with everything that is ready.
    /// Answers whether anything was.
    pub(crate) fn turn(
        &mut self,
        wait: Option<Duration>,
        mut hear: impl FnMut(usize, Frame<'_>),
    ) -> Result<bool> {
        match self.poll.poll(&mut self.events, wait) {
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(true),
            polled => polled?,
        }
        let registry = self.poll.registry();
        let tally = &mut self.tally;
        for event in &self.events {
            let place = event.token().0;
            let person = &mut self.people[place];
            if person.is_gone() {
                continue;
            }
            if event.is_readable() || event.is_read_closed() {
                person.read(
                    &mut self.buffer,
                    event.is_read_closed(),
                    self.kind,
                    tally,
                    |frame| {
                        hear(place, frame);
                    },
                )?;
            }
            person.flush(registry, place, tally)?;
            if person.is_gone() {
                self.left.push(place);
            }
        }
        if tally.gone > 0 && !self.may_leave {
            bail!("the server closed {} of {} connections", tally.gone, self.people.len());
        }
        Ok(!self.events.is_empty())
    }

    /// Queues a text frame; it is written by [`Crowd::flush`].
    pub(crate) fn queue(&mut self, place: usize, text: &[u8]) {
        let mut frame = Vec::with_capacity(text.len() + 14);
        push_client_text(&mut frame, text);
        self.people[place].queue(&frame);
    }

    /// Queues a chat line.
    pub(crate) fn queue_chat(&mut self, place: usize, content: &[u8]) {
        let text = [br#"{"type":"chat","content":""#, content, br#""}"#].concat();
        self.queue(place, &text);
    }

    pub(crate) fn flush(&mut self, place: usize) -> Result<()> {
        let person = &mut self.people[place];
        let was_gone = person.is_gone();
        person.flush(self.poll.registry(), place, &mut self.tally)?;
        if person.is_gone() && !was_gone {
            self.left.push(place);
        }
        Ok(())
    }

    /// Stops reading from this one for ever.
    pub(crate) fn stall(&mut self, place: usize) -> Result<()> {
        self.people[place].stall(self.poll.registry())
    }
}
