//! One thread, one poller, many connections.
//!
//! Each turn: what is ready is read and acted on, the inbox is emptied, the ops that came together
//! go to the log together, and everyone who is behind is written once. A shard never blocks and
//! holds no lock while it writes; huge rooms are written in slices. What needs the store is asked
//! of tokio, and the answer comes back as a task. The protocols are in `v1` and `plain`.

mod arriving;
mod asking;
mod deadlines;
mod listening;
mod revoking;

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use mio::{Events, Poll, Token, Waker};
use shared::protocol::{FRAME_BYTES_MAX, OpId, UserId};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::connection::{Connection, Kind};
use super::wheel::{TICK, Tick, Wheel, ticks};
use super::{Arrival, plain, v1};
use crate::app::App;
use crate::chat;
use crate::fanout::{self, Answer, Feeds, Inbox, Key, Mail, Port};
use crate::log::Entry;
use crate::store::ReadError;
use crate::store::revocations::Revocation;

/// The read buffer that all connections of a shard share: one largest frame with its header.
const READ_BYTES: usize = FRAME_BYTES_MAX + 16;

/// Sockets that are told of at once. What is ready beyond that comes with the next turn.
const EVENTS_MAX: usize = 512;

/// Writes of one turn. At three to eight microseconds each, everyone else waits for one or two
/// milliseconds to be read, and as long again to be written to.
const WRITES_MAX: usize = 256;

/// Backlogs that are written in one turn: each may be a turn's worth of bytes.
const BACKLOGS_MAX: usize = 64;

/// How long the news of a large room wait for a commit that is under way: whoever is told of both
/// at once is written once.
const PATIENCE: Duration = Duration::from_millis(5);

/// How long a server that stops waits for ops that are on their way to the disk.
const LAST_ANSWERS_WAIT: Tick = ticks(Duration::from_secs(2));

const WAKE: Token = Token(usize::MAX);

/// What the rest of the server has a shard do.
type Task = Box<dyn FnOnce(&mut Shard) + Send>;

/// The way to a shard's thread.
#[derive(Clone)]
pub(crate) struct Doorway {
    tasks: Sender<Task>,
    port: Port,
}

/// A shard whose thread has not begun.
pub(crate) struct Quiet {
    poll: Poll,
    inbox: Inbox,
    tasks: Receiver<Task>,
    doorway: Doorway,
}

impl Quiet {
    pub(crate) fn new() -> std::io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKE)?;
        let (port, inbox) = Inbox::new(move || {
            if let Err(error) = waker.wake() {
                tracing::error!(%error, "a shard was not woken");
            }
        });
        let (sender, tasks) = channel();
        Ok(Self { poll, inbox, tasks, doorway: Doorway { tasks: sender, port } })
    }

    pub(crate) fn port(&self) -> Port {
        self.doorway.port.clone()
    }

    /// Starts the thread of shard `number`.
    pub(super) fn start(self, number: u16, app: Arc<App>) -> std::io::Result<Doorway> {
        let doorway = self.doorway.clone();
        let shard = Shard {
            app,
            feeds: Feeds::default(),
            number,
            poll: self.poll,
            inbox: self.inbox,
            tasks: self.tasks,
            doorway: self.doorway,
            tokio: Handle::current(),
            connections: Vec::new(),
            open: 0,
            readable: Vec::new(),
            ending: Vec::new(),
            entries: Vec::new(),
            in_flight: 0,
            held_since: None,
            wheel: Wheel::new(),
            began: Instant::now(),
            stop_by: None,
            revoked: VecDeque::new(),
        };
        std::thread::Builder::new()
            .name(format!("shard-{number}"))
            .spawn(move || {
                // Whoever starts the server anew serves people; a server without this thread lets
                // them in and says nothing.
                if catch_unwind(AssertUnwindSafe(|| shard.run())).is_err() {
                    tracing::error!("a shard ended by a panic, and the server with it");
                    std::process::abort();
                }
            })
            .map(|_| doorway)
    }
}

impl Doorway {
    /// Has the shard do something, soon. A shard that has ended, because the server stops, does
    /// nothing any more.
    fn pass(&self, task: impl FnOnce(&mut Shard) + Send + 'static) -> bool {
        let passed = self.tasks.send(Box::new(task)).is_ok();
        self.port.ring();
        passed
    }

    /// Whether the shard takes them.
    pub(super) fn arrive(&self, arrival: Arrival) -> bool {
        self.pass(move |shard| shard.arrive(arrival))
    }

    /// Ends the connections that these are about.
    pub(super) fn revoke(&self, revoked: Arc<[Revocation]>) {
        self.pass(move |shard| shard.revoke(&revoked));
    }

    /// From where a person is connected just now.
    pub(super) async fn addresses_of(&self, user: UserId) -> Vec<String> {
        let (answer, answered) = oneshot::channel();
        self.pass(move |shard| {
            // Whoever asked may be gone.
            let _ = answer.send(shard.addresses_of(user));
        });
        // A shard that has ended has nobody.
        answered.await.unwrap_or_default()
    }

    /// Sends everyone off; the thread ends with the last of them.
    pub(super) fn stop(&self) {
        self.pass(|shard| shard.stop_by = Some(shard.wheel.now() + LAST_ANSWERS_WAIT));
    }
}

pub(super) struct Shard {
    pub(super) app: Arc<App>,
    pub(super) feeds: Feeds,
    number: u16,
    poll: Poll,
    inbox: Inbox,
    tasks: Receiver<Task>,
    doorway: Doorway,
    tokio: Handle,
    /// By the number that they have in `feeds`.
    connections: Vec<Option<Connection>>,
    open: usize,
    /// Connections with input.
    readable: Vec<u32>,
    /// Connections that may be over: their socket failed, or the last word may be said.
    ending: Vec<u32>,
    /// Ops of this turn.
    entries: Vec<Entry>,
    /// Ops that the log has not answered.
    in_flight: usize,
    /// Since when the news of large rooms wait for company.
    held_since: Option<Instant>,
    wheel: Wheel,
    began: Instant,
    /// The server stops: until then answers are waited for.
    stop_by: Option<Tick>,
    /// The last revocations, for who was on the way when they came.
    revoked: VecDeque<Revocation>,
}

/// The turns.
impl Shard {
    fn run(mut self) {
        let mut events = Events::with_capacity(EVENTS_MAX);
        let mut buffer = vec![0; READ_BYTES];
        while self.stop_by.is_none() || self.open > 0 {
            let timeout = self.timeout();
            if let Err(error) = self.poll.poll(&mut events, timeout)
                && error.kind() != std::io::ErrorKind::Interrupted
            {
                tracing::error!(%error, "a shard cannot look at its sockets");
                std::process::abort();
            }
            let waited_for = self.look_at_the_clock();
            for event in &events {
                if event.token() != WAKE {
                    self.ready(event.token().0 as u32, event);
                }
            }
            self.hear();
            self.read_all(&mut buffer);
            self.submit();
            self.look_at(waited_for);
            self.write();
            self.read_from_store();
            self.end_all();
        }
    }

    /// How long nothing has to be done by itself.
    fn timeout(&mut self) -> Option<Duration> {
        if !self.readable.is_empty() || !self.ending.is_empty() {
            return Some(Duration::ZERO);
        }
        let patience = self.patience();
        if self.feeds.has_work(patience.is_some()) {
            return Some(Duration::ZERO);
        }
        let next = self.wheel.next_in().map(|ahead| TICK * ahead);
        let next = if self.stop_by.is_some() { Some(TICK) } else { next };
        next.into_iter().chain(patience).min()
    }

    /// How long the news of large rooms may still wait for what is being committed.
    fn patience(&mut self) -> Option<Duration> {
        if self.in_flight == 0 || !self.feeds.has_large_work() {
            self.held_since = None;
            return None;
        }
        let held_since = *self.held_since.get_or_insert_with(Instant::now);
        PATIENCE.checked_sub(held_since.elapsed())
    }

    fn ready(&mut self, at: u32, event: &mio::event::Event) {
        let Some(connection) = self.connection(at) else { return };
        connection.is_hung_up |= event.is_read_closed() || event.is_error();
        connection.is_readable |= event.is_readable() || connection.is_hung_up;
        if event.is_writable() {
            self.feeds.unblock(at);
        }
        self.readable.push(at);
    }

    fn hear(&mut self) {
        self.inbox.hear();
        let mut moved = Vec::new();
        while let Some(mail) = self.inbox.take() {
            match mail {
                Mail::Published(published) => self.feeds.publish(&published, &mut moved),
                Mail::Ephemeral { room, dialect, not_for, frame } => {
                    self.feeds.ephemeral(room, dialect, not_for, frame);
                }
                Mail::ReadTo { user, room, seq, except } => {
                    self.feeds.read_to(user, room, seq, except);
                }
                Mail::Answered { to, op, answer } => self.answered(to, op, answer),
            }
        }
        if !moved.is_empty() {
            let mut presence = self.app.presence();
            for moved in moved {
                if moved.entered {
                    presence.enter(moved.user, moved.room);
                } else {
                    presence.exit(moved.user, moved.room);
                }
            }
        }
        for (at, room) in self.feeds.take_put_out() {
            plain::put_out(self, at, room);
        }
        while let Ok(task) = self.tasks.try_recv() {
            task(self);
        }
    }

    fn answered(&mut self, to: Key, op: OpId, answer: Answer) {
        self.in_flight -= 1;
        chat::answered(&self.app, &answer);
        if self.feeds.is(to.at, to.id)
            && let Some(connection) = self.connection(to.at)
        {
            connection.in_flight -= 1;
            self.tell(to.at, op, answer);
            self.readable.push(to.at);
        }
    }

    /// Tells a connection what became of its op.
    fn tell(&mut self, at: u32, op: OpId, answer: Answer) {
        match self.connection(at) {
            Some(Connection { close_by: 1.., .. }) | None => {}
            Some(Connection { kind: Kind::V1(_), .. }) => v1::tell(self, at, op, answer),
            Some(Connection { kind: Kind::Plain(_), .. }) => plain::tell(self, at, &answer),
            #[cfg(test)]
            Some(Connection { kind: Kind::Echo, .. }) => {}
        }
    }

    /// Hands the ops of this turn to the log.
    fn submit(&mut self) {
        if !self.entries.is_empty() {
            self.app.log.append_all(std::mem::take(&mut self.entries));
        }
    }

    fn write(&mut self) {
        let patient = self.patience().is_some();
        let Self { feeds, connections, readable, ending, wheel, app, .. } = self;
        let now = wheel.now();
        let mut write = |at: u32, bytes: &[u8]| {
            let Some(connection) = connections.get_mut(at as usize).and_then(Option::as_mut) else {
                return bytes.len();
            };
            let written = connection.socket.write(bytes);
            match written {
                Ok(0) => 0,
                Ok(written) => {
                    connection.progress_at = now;
                    // Whose answers waited too long was not read; perhaps it may be now.
                    if connection.has_input() {
                        readable.push(at);
                    }
                    if connection.is_closing() {
                        ending.push(at);
                    }
                    written
                }
                Err(_) => {
                    connection.is_closed = true;
                    ending.push(at);
                    bytes.len()
                }
            }
        };
        feeds.sweep(patient, WRITES_MAX, &mut write);
        feeds.drain(&app.fanout, BACKLOGS_MAX, &mut write);
    }

    /// Asks the store for what the tails do not hold any more.
    fn read_from_store(&mut self) {
        for (at, lack) in self.feeds.lacking() {
            let app = self.app.clone();
            let read = async move { app.log.read(lack.room, lack.after, lack.upto).await };
            self.later(at, read, move |shard, at, chunk| match chunk {
                Ok(chunk) => {
                    if chunk.is_none() {
                        let fanout::Lack { room, after, upto } = lack;
                        tracing::error!(%room, after, upto, "the log has a hole");
                    }
                    shard.feeds.supply(at, chunk);
                }
                Err(ReadError) => shard.cannot_read(at),
            });
        }
    }
}

#[cfg(test)]
mod conformance;
#[cfg(test)]
pub(super) use conformance::ECHO_BYTES_MAX;
