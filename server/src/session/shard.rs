//! One thread, one poller, many connections.
//!
//! Each turn: what is ready is read and acted on, the inbox is emptied, the ops that came together
//! go to the log together, and everyone who is behind is written once. A shard never blocks and
//! holds no lock while it writes; huge rooms are written in slices. What needs the store is asked
//! of tokio, and the answer comes back as a task. The protocols are in `v1` and `plain`.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use mio::{Events, Poll, Token, Waker};
use rusqlite::Connection as Database;
use shared::protocol::{FRAME_BYTES_MAX, OpId, PONG_TIMEOUT_S, UserId, close};
use tokio::runtime::Handle;

use super::connection::{Connection, Kind, PING_INTERVAL};
use super::reader::{Message, Violation};
use super::socket::Socket;
use super::wheel::{TICK, Tick, Wheel, ticks};
use super::{Arrival, plain, v1};
use crate::app::App;
use crate::chat::{self, Checked};
use crate::fanout::{self, Answer, Dialect, Feeds, Inbox, Key, Mail, Opcode, Port, Wire, frame};
use crate::log::{Asker, Author, Entry};
use crate::store::ReadError;

/// The read buffer that all connections of a shard share: one largest frame with its header.
const READ_BYTES: usize = FRAME_BYTES_MAX + 16;

/// Sockets that are told of at once. What is ready beyond that comes with the next turn.
const EVENTS_MAX: usize = 512;

/// Writes of one turn. At two to five microseconds each, everyone else waits for some two
/// milliseconds.
const WRITES_MAX: usize = 512;

/// Backlogs that are written in one turn: each may be a turn's worth of bytes.
const BACKLOGS_MAX: usize = 64;

/// How long the news of a large room wait for a commit that is under way: whoever is told of both
/// at once is written once.
const PATIENCE: Duration = Duration::from_millis(5);

/// Ops of one connection on their way to the disk. Who sends more is not read meanwhile.
const IN_FLIGHT_MAX: u16 = 64;

/// Answers that may wait for a blocked socket before its input is left unread.
const UNSENT_BYTES_MAX: usize = 256 * 1024;

/// A socket that takes nothing for so long is closed; its client resumes from its cursors.
const BLOCKED_MAX: Tick = ticks(Duration::from_secs(30));

/// How long a message may take from its first byte to its last.
const MESSAGE_WAIT: Tick = ticks(Duration::from_secs(30));

const PONG_WAIT: Tick = ticks(Duration::from_secs(PONG_TIMEOUT_S));

/// How long a peer may take to answer a close.
const CLOSE_WAIT: Tick = ticks(Duration::from_secs(2));

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
                return;
            }
            for event in &events {
                if event.token() != WAKE {
                    self.ready(event.token().0 as u32, event);
                }
            }
            self.hear();
            self.read_all(&mut buffer);
            self.submit();
            self.look_at_the_clock();
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

/// Connections come and go.
impl Shard {
    fn arrive(&mut self, arrival: Arrival) {
        let Arrival { socket, early, visitor, dialect, id, is_let_in } = arrival;
        let kind = match dialect {
            Dialect::V1 => Kind::V1(None),
            Dialect::Plain => Kind::Plain(None),
        };
        let at = self.feeds.open(id, visitor.author.id, dialect);
        if !self.seat(at, socket, kind, early) {
            return;
        }
        if let Some(connection) = self.connection(at) {
            connection.login = visitor.author.login.map(Box::new);
        }
        if !is_let_in {
            self.end(at, close::UNAUTHORIZED, "Unauthorized");
        } else if dialect == Dialect::V1 {
            v1::begin(self, at);
        } else {
            plain::begin(self, at, visitor.person);
        }
        self.schedule(at);
    }

    /// The connection of this number has a socket now, unless that has gone already.
    fn seat(&mut self, at: u32, mut socket: Socket, kind: Kind, early: Vec<u8>) -> bool {
        if let Err(error) = socket.watch(self.poll.registry(), Token(at as usize)) {
            tracing::warn!(%error, "a connection ended before it began");
            self.feeds.close(at);
            self.app.fanout.disconnect();
            return false;
        }
        let mut connection = Connection::new(socket, kind, at, self.wheel.now());
        connection.unread = early.into();
        if self.connections.len() <= at as usize {
            self.connections.resize_with(at as usize + 1, || None);
        }
        self.connections[at as usize] = Some(connection);
        self.open += 1;
        self.readable.push(at);
        true
    }

    /// We close: what the connection lacks is still told, if it goes quickly.
    pub(super) fn end(&mut self, at: u32, code: u16, reason: &str) {
        let frame = fanout::close(code, reason);
        self.finish(at, frame.into(), code == close::SLOW);
    }

    fn finish(&mut self, at: u32, frame: Wire, at_once: bool) {
        let now = self.wheel.now();
        let Some(connection) = self.connection(at) else { return };
        if connection.is_closing() {
            return;
        }
        // Who was too slow for everything may be slow once more.
        connection.close_by = now + if at_once { BLOCKED_MAX } else { CLOSE_WAIT };
        self.say_goodbye(at);
        self.feeds.finish(at, frame, at_once);
        self.schedule(at);
    }

    /// The others are told that somebody goes.
    fn say_goodbye(&mut self, at: u32) {
        match self.connections[at as usize] {
            Some(Connection { kind: Kind::V1(_), hello_by: 0, .. }) => v1::goodbye(self, at),
            Some(Connection { kind: Kind::Plain(_), .. }) => plain::goodbye(self, at),
            _ => {}
        }
    }

    /// The store could not be read: the client connects again and resumes.
    pub(super) fn cannot_read(&mut self, at: u32) {
        self.end(at, 1011, "Try again");
    }

    /// The socket is no more.
    fn drop_connection(&mut self, at: u32) {
        let Some(connection) = self.connection(at) else { return };
        if !connection.is_closing() {
            self.say_goodbye(at);
        }
        self.connections[at as usize] = None;
        self.feeds.close(at);
        self.open -= 1;
        self.app.fanout.disconnect();
    }

    /// Lets go of those whose socket failed, and of those who have heard our last word.
    fn end_all(&mut self) {
        for at in std::mem::take(&mut self.ending) {
            let Some(connection) = self.connections[at as usize].as_ref() else { continue };
            let is_told = self.feeds.is_told(at);
            if connection.is_closed && (!connection.is_closing() || is_told) {
                self.drop_connection(at);
            } else if connection.is_deaf && is_told {
                // Its close is not to be found in what it sends; its end is.
                connection.socket.end_writing();
            }
        }
        if let Some(stop_by) = self.stop_by {
            let is_late = self.wheel.now() >= stop_by;
            for at in 0..self.connections.len() as u32 {
                if let Some(connection) = self.connection(at)
                    && !connection.is_closing()
                    && (connection.in_flight == 0 || is_late)
                {
                    if matches!(connection.kind, Kind::V1(_)) {
                        v1::send_off(self, at);
                    }
                    self.end(at, close::GOING_AWAY, "Server shutting down");
                }
            }
        }
    }
}

/// What connections say.
impl Shard {
    fn read_all(&mut self, buffer: &mut [u8]) {
        for at in std::mem::take(&mut self.readable) {
            let read = AssertUnwindSafe(|| self.read(at, buffer));
            // One connection's bug is not the others'.
            if catch_unwind(read).is_err() {
                tracing::error!("a connection was dropped after a panic");
                self.drop_connection(at);
            }
        }
    }

    fn read(&mut self, at: u32, buffer: &mut [u8]) {
        if !self.may_take(at) {
            return;
        }
        let Some(connection) = self.connection(at) else { return };
        let mut unread = std::mem::take(&mut connection.unread);
        if !unread.is_empty() {
            self.take(at, &mut unread);
            self.readable.push(at);
            return;
        }
        if !std::mem::take(&mut connection.is_readable) {
            return;
        }
        match connection.socket.read(buffer) {
            Ok(None) => {}
            Ok(Some(0)) | Err(_) => self.drop_connection(at),
            Ok(Some(bytes)) => {
                connection.pong_by = 0;
                // Less than there is room for is all that there was; more comes with an event, except
                // the end, if we have been told of it already.
                if bytes == buffer.len() || connection.is_hung_up {
                    connection.is_readable = true;
                    self.readable.push(at);
                }
                self.take(at, &mut buffer[..bytes]);
            }
        }
    }

    /// Whether input of this connection may be looked at now.
    fn may_take(&mut self, at: u32) -> bool {
        let is_stopping = self.stop_by.is_some();
        let answer_bytes = match self.connection(at) {
            Some(_) => self.feeds.answer_bytes(at),
            None => return false,
        };
        self.connection(at).is_some_and(|connection| {
            let is_free = !connection.is_waiting && !is_stopping;
            // Of who is closing only the close is waited for.
            let may =
                is_free && connection.in_flight < IN_FLIGHT_MAX && answer_bytes < UNSENT_BYTES_MAX;
            may || connection.is_closing()
        })
    }

    fn take(&mut self, at: u32, bytes: &mut [u8]) {
        let Some(connection) = self.connection(at) else { return };
        if connection.is_deaf {
            return;
        }
        let mut reader = std::mem::take(&mut connection.reader);
        let bytes_max = connection.kind.bytes_max();
        let mut input = bytes;
        loop {
            if !self.may_take(at) {
                if let Some(connection) = self.connection(at) {
                    connection.unread = (&*input).into();
                }
                break;
            }
            match reader.next(&mut input, bytes_max) {
                Ok(Some(message)) => self.message(at, &message),
                Ok(None) => break,
                Err(violation) => {
                    self.violated(at, violation);
                    break;
                }
            }
        }
        let now = self.wheel.now();
        let is_waiting = reader.is_waiting();
        if let Some(connection) = self.connection(at) {
            connection.reader = reader;
            if !is_waiting {
                connection.message_by = 0;
            } else if connection.message_by == 0 {
                connection.message_by = now + MESSAGE_WAIT;
            }
        }
    }

    fn message(&mut self, at: u32, message: &Message<'_>) {
        let Some(connection) = self.connection(at) else { return };
        let is_closing = connection.is_closing();
        let is_v1 = matches!(connection.kind, Kind::V1(_));
        #[cfg(test)]
        let is_echo = matches!(connection.kind, Kind::Echo);
        match message {
            Message::Close(code) => {
                connection.is_closed = true;
                let code = code.map(|code| code.to_be_bytes());
                let code = code.as_ref().map_or(&[][..], |code| code);
                self.finish(at, frame(Opcode::Close, code).into(), true);
                self.ending.push(at);
            }
            _ if is_closing => {}
            Message::Ping(payload) => self.feeds.say(at, frame(Opcode::Pong, payload).into()),
            Message::Pong => {}
            #[cfg(test)]
            Message::Text(_) | Message::Binary(_) if is_echo => {
                conformance::echo(self, at, message)
            }
            Message::Text(text) if is_v1 => v1::input(self, at, text),
            Message::Text(text) => plain::input(self, at, text),
            // Some libraries send text like this.
            Message::Binary(bytes) => match str::from_utf8(bytes) {
                Ok(text) if is_v1 => v1::input(self, at, text),
                Ok(text) => plain::input(self, at, text),
                Err(_) if is_v1 => v1::bad_request(self, at),
                Err(_) => {}
            },
        }
    }

    /// The peer is told, and may go on with what it was sending: a socket that was closed before
    /// all of that is read would answer with a reset, which can overtake the close frame.
    fn violated(&mut self, at: u32, violation: Violation) {
        let Some(connection) = self.connection(at) else { return };
        connection.is_deaf = true;
        match violation {
            Violation::Protocol => self.end(at, close::PROTOCOL, "Not a WebSocket frame"),
            Violation::NotUtf8 => self.end(at, close::NOT_UTF8, "Not UTF-8"),
            Violation::TooBig => self.end(at, close::TOO_BIG, "Too big"),
        }
    }
}

/// Deadlines.
impl Shard {
    fn look_at_the_clock(&mut self) {
        let now = self.began.elapsed().as_millis() / TICK.as_millis() + 1;
        let now = now as Tick;
        if now == self.wheel.now() {
            return;
        }
        for at in self.wheel.turn(now) {
            if self.connection(at).is_some_and(|connection| connection.due <= now) {
                self.due(at, now);
            }
        }
    }

    fn due(&mut self, at: u32, now: Tick) {
        let is_blocked = self.feeds.is_blocked(at);
        let Some(connection) = self.connection(at) else { return };
        let is_over = |by: Tick| by > 0 && by <= now;
        connection.due = Tick::MAX;
        if connection.is_closing() {
            if is_over(connection.close_by) {
                self.drop_connection(at);
            } else {
                self.schedule(at);
            }
            return;
        }
        if is_blocked && connection.progress_at + BLOCKED_MAX <= now {
            self.end(at, close::SLOW, "Too slow");
        } else if is_over(connection.hello_by) {
            self.end(at, close::SILENT, "No hello");
        } else if is_over(connection.message_by) {
            self.end(at, close::SILENT, "Half a message");
        } else if is_blocked {
            // Whoever takes nothing cannot have seen a ping.
            if connection.pong_by > 0 {
                connection.pong_by = now + PONG_WAIT;
            }
            connection.ping_at = connection.ping_at.max(now + 1);
        } else if is_over(connection.pong_by) {
            self.end(at, close::SILENT, "No pong");
        } else if connection.ping_at <= now {
            connection.ping_at = now + PING_INTERVAL;
            connection.pong_by = now + PONG_WAIT;
            match connection.kind {
                Kind::V1(_) => v1::ping(self, at),
                // A control frame, which every WebSocket library answers.
                Kind::Plain(_) => self.feeds.say(at, frame(Opcode::Ping, b"").into()),
                #[cfg(test)]
                Kind::Echo => {}
            }
        }
        self.schedule(at);
    }

    /// Puts the connection into the slot of its next deadline, unless it stands before that.
    fn schedule(&mut self, at: u32) {
        let is_blocked = self.feeds.is_blocked(at);
        let Some(connection) = self.connection(at) else { return };
        let blocked = if is_blocked { connection.progress_at + BLOCKED_MAX } else { 0 };
        let deadlines = if connection.is_closing() {
            [connection.close_by, 0, 0, 0, 0]
        } else {
            let Connection { hello_by, ping_at, pong_by, message_by, .. } = *connection;
            [hello_by, ping_at, pong_by, message_by, blocked]
        };
        let next = deadlines.into_iter().filter(|by| *by > 0).min().unwrap_or(Tick::MAX);
        if next < connection.due {
            connection.due = next;
            self.wheel.add(at, next);
        }
    }
}

/// What the protocols ask of their shard.
impl Shard {
    pub(super) fn connection(&mut self, at: u32) -> Option<&mut Connection> {
        self.connections.get_mut(at as usize)?.as_mut()
    }

    pub(super) fn now(&self) -> Tick {
        self.wheel.now()
    }

    pub(super) fn user(&self, at: u32) -> UserId {
        self.feeds.user(at)
    }

    pub(super) fn author(&self, at: u32) -> Author {
        let connection = self.connections.get(at as usize).and_then(Option::as_ref);
        let login = connection.and_then(|connection| connection.login.as_deref().copied());
        Author { id: self.user(at), login }
    }

    pub(super) fn say(&mut self, at: u32, frame: Wire) {
        if self.connection(at).is_some_and(|connection| !connection.is_closing()) {
            self.feeds.say(at, frame);
        }
    }

    /// Asks the log at the end of this turn, without stopping for the answer.
    pub(super) fn ask(&mut self, at: u32, op: OpId, checked: Checked) {
        let change = match checked {
            Ok(change) => change,
            Err(answer) => return self.tell(at, op, answer),
        };
        let by = self.author(at);
        let key = self.key(at);
        let Some(connection) = self.connection(at) else { return };
        connection.in_flight += 1;
        self.in_flight += 1;
        self.entries.push(Entry { by, op, change, asker: Asker::Connection(key) });
    }

    /// Reads from the store. Input of this connection waits until `then` is done with what came.
    pub(super) fn read_then<T: Send + 'static>(
        &mut self,
        at: u32,
        ask: impl FnOnce(&Database) -> rusqlite::Result<T> + Send + 'static,
        then: impl FnOnce(&mut Self, u32, T) + Send + 'static,
    ) {
        let app = self.app.clone();
        self.wait(at, async move { app.log.readers().read(ask).await }, then);
    }

    /// Does something that waits. Input of this connection waits for it too.
    pub(super) fn wait<T: Send + 'static>(
        &mut self,
        at: u32,
        work: impl Future<Output = Result<T, ReadError>> + Send + 'static,
        then: impl FnOnce(&mut Self, u32, T) + Send + 'static,
    ) {
        if let Some(connection) = self.connection(at) {
            connection.is_waiting = true;
        }
        self.later(at, work, move |shard, at, done| {
            let Some(connection) = shard.connection(at) else { return };
            connection.is_waiting = false;
            if connection.is_closing() {
                return;
            }
            match done {
                Ok(done) => then(shard, at, done),
                Err(ReadError) => shard.cannot_read(at),
            }
            shard.readable.push(at);
        });
    }

    /// Has tokio do something, and then does something with it if the connection is still there.
    fn later<T: Send + 'static>(
        &self,
        at: u32,
        work: impl Future<Output = T> + Send + 'static,
        then: impl FnOnce(&mut Self, u32, T) + Send + 'static,
    ) {
        let (doorway, key) = (self.doorway.clone(), self.key(at));
        self.tokio.spawn(async move {
            let done = work.await;
            doorway.pass(move |shard| {
                if shard.feeds.is(key.at, key.id) {
                    then(shard, key.at, done);
                }
            });
        });
    }

    fn key(&self, at: u32) -> Key {
        Key { shard: self.number, at, id: self.feeds.id(at) }
    }
}

#[cfg(test)]
mod conformance;
#[cfg(test)]
pub(super) use conformance::ECHO_BYTES_MAX;
