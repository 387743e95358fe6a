//! What every connection is, whatever it speaks: a socket and its cursors.
//!
//! [`Link::next`] first writes what the connection lacks, up to a turn's worth and in one flush,
//! and then waits for whatever comes first: input, an answer from the log, mail from the publisher,
//! a deadline, the end. It reads events from the log and writes them to the socket; what people
//! ask for is the business of `v1` and `plain`.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{Message, Utf8Bytes, WebSocket};
use futures_util::StreamExt;
use futures_util::future::{BoxFuture, FutureExt};
use futures_util::stream::FuturesOrdered;
use shared::protocol::{Cursor, OpId, PING_INTERVAL_S, PONG_TIMEOUT_S, RoomId, Seq, close};
use tokio::sync::watch;
use tokio::time::{Instant, Sleep, sleep_until};

use super::feed::{Feed, Step};
use super::socket::{End, Socket, Turn};
use crate::app::{App, stopped};
use crate::auth::Visitor;
use crate::chat;
use crate::fanout::Dialect;
use crate::log::{Answer, Author, Pending};

/// Bytes gathered for one flush, and one message more. Larger turns would keep input and other
/// connections waiting; smaller ones cost a system call each.
const TURN_BYTES_MAX: usize = 64 * 1024;

/// Steps taken in one turn, whether or not they write anything: each may be a read from disk.
const TURN_STEPS_MAX: usize = 256;

/// Ops of one connection on their way to the disk. Who sends more is not read meanwhile.
const IN_FLIGHT_MAX: usize = 64;

/// Answers that may wait for a blocked socket before its input is left unread.
const UNSENT_BYTES_MAX: usize = 256 * 1024;

/// A socket that takes nothing for so long is closed; its client resumes from its cursors.
const BLOCKED_MAX: Duration = Duration::from_secs(30);

/// How long a server that stops waits for ops that are on their way to the disk.
pub(super) const LAST_ANSWERS_WAIT: Duration = Duration::from_secs(2);

/// The database could not be read: the client connects again and resumes.
pub(super) const CANNOT_READ: End = End::Close(1011, "Try again");

/// What a session has to do next.
pub(super) enum Wake {
    /// A text frame, or a binary one that holds text.
    Input(Utf8Bytes),
    /// A binary frame that is no text.
    Garbage,
    /// What became of an op: in the order in which the ops were sent.
    Answer(OpId, Answer),
    /// It is time to ask whether the peer is there.
    PingDue,
    /// The server stops.
    Stopping,
    End(End),
}

pub(super) struct Link {
    pub(super) app: Arc<App>,
    pub(super) author: Author,
    pub(super) feed: Feed,
    /// When the connection ends unless it has said hello.
    pub(super) hello_by: Option<Instant>,
    socket: Socket,
    answers: FuturesOrdered<BoxFuture<'static, (OpId, Answer)>>,
    stopping: watch::Receiver<bool>,
    ping_at: Instant,
    pong_by: Option<Instant>,
    timer: Pin<Box<Sleep>>,
}

impl Link {
    pub(super) fn new(app: Arc<App>, ws: WebSocket, visitor: &Visitor, dialect: Dialect) -> Self {
        let registration = app.fanout.connect(visitor.author.id, dialect);
        let ping_at = Instant::now() + Duration::from_secs(PING_INTERVAL_S);
        Self {
            stopping: app.stopping.subscribe(),
            author: visitor.author.clone(),
            feed: Feed::new(registration, dialect),
            hello_by: None,
            socket: Socket::new(ws),
            answers: FuturesOrdered::new(),
            ping_at,
            pong_by: None,
            timer: Box::pin(sleep_until(ping_at)),
            app,
        }
    }

    /// This connection's number, to be left out where others are told.
    pub(super) fn id(&self) -> u64 {
        self.feed.id()
    }

    /// Says something to this client, after what it was told before.
    pub(super) fn say(&mut self, frame: Utf8Bytes) {
        self.feed.say(frame);
    }

    /// Asks whether the peer is there, by a control frame that every WebSocket library answers.
    pub(super) fn ping(&mut self) -> Result<(), End> {
        self.socket.write(Message::Ping(Default::default()))
    }

    /// Waits for an op's answer without stopping for it.
    pub(super) fn expect(&mut self, op: OpId, pending: Pending) {
        let app = self.app.clone();
        self.answers.push_back(async move { (op, chat::answer(&app, pending).await) }.boxed());
    }

    pub(super) fn mark_read(&mut self, room: RoomId, seq: Seq) {
        if let Some(seq) = self.feed.read(room, seq) {
            self.app.log.mark_read(self.author.id, room, seq, self.id());
        }
    }

    pub(super) fn moved_heads(&mut self) -> Vec<Cursor> {
        self.feed.moved_heads(&self.app.fanout)
    }

    /// Writes what is lacking, then waits for what comes next.
    pub(super) async fn next(&mut self) -> Wake {
        loop {
            if !self.socket.is_flushing() {
                match self.fill().await {
                    Ok(false) if !self.socket.is_flushing() => {
                        // Many marks and nothing to write: others get their turn as well.
                        tokio::task::yield_now().await;
                        continue;
                    }
                    Ok(_) => {}
                    Err(end) => return Wake::End(end),
                }
            }
            let reading = self.may_read();
            let filling = !self.socket.is_flushing();
            let due = self.due();
            if self.timer.deadline() != due {
                self.timer.as_mut().reset(due);
            }
            tokio::select! {
                biased;
                () = stopped(&mut self.stopping) => return Wake::Stopping,
                Some((op, answer)) = self.answers.next(), if !self.answers.is_empty() => {
                    return Wake::Answer(op, answer);
                }
                turn = self.socket.turn(reading) => match turn {
                    Turn::Input(message) => {
                        self.pong_by = None;
                        if let Some(wake) = input(message) {
                            return wake;
                        }
                    }
                    Turn::Flushed => {}
                    Turn::Ended(end) => return Wake::End(end),
                },
                () = self.feed.mailed(), if filling => {}
                () = &mut self.timer => {
                    if let Some(wake) = self.overdue() {
                        return wake;
                    }
                }
            }
        }
    }

    /// What was accepted is still told, what lacks is still written, if it goes quickly.
    pub(super) async fn close(mut self, end: End) {
        if end != End::Gone && !self.socket.is_flushing() {
            let _ = self.fill().await;
        }
        // Counted as connected until it is closed: a server that stops waits for it.
        let Self { socket, feed, .. } = self;
        socket.close(end).await;
        drop(feed);
    }

    /// The next answer of an op that is on its way, for a session that stops.
    pub(super) async fn next_answer(&mut self) -> Option<(OpId, Answer)> {
        self.answers.next().await
    }

    /// Gathers what the connection lacks, up to a turn's worth. Whether that was everything.
    async fn fill(&mut self) -> Result<bool, End> {
        let (mut bytes, mut steps) = (0, 0);
        while bytes < TURN_BYTES_MAX && steps < TURN_STEPS_MAX {
            steps += 1;
            match self.feed.next() {
                Step::Done => return Ok(true),
                Step::Write(frame) => {
                    bytes += frame.len();
                    self.socket.write(Message::Text(frame))?;
                }
                Step::Read { room, after, upto } => {
                    let lines =
                        self.app.log.read(room, after, upto).await.map_err(|_| CANNOT_READ)?;
                    if lines.is_empty() {
                        tracing::error!(%room, after, upto, "the log has a hole");
                        self.feed.give_up();
                    }
                    for line in lines {
                        // A turn ends between two events, never behind ten megabytes of them.
                        if bytes >= TURN_BYTES_MAX {
                            break;
                        }
                        if let Some(frame) = self.feed.pass(room, line) {
                            bytes += frame.len();
                            self.socket.write(Message::Text(frame))?;
                        }
                    }
                }
                Step::Entered(room) => self.app.presence().enter(self.author.id, room),
                Step::Exited(room) => self.app.presence().exit(self.author.id, room),
            }
        }
        Ok(false)
    }

    fn may_read(&self) -> bool {
        if self.answers.len() >= IN_FLIGHT_MAX {
            return false;
        }
        !self.socket.is_flushing() || self.feed.unsent_bytes() < UNSENT_BYTES_MAX
    }

    /// When something is to be done even if nothing comes.
    fn due(&self) -> Instant {
        let blocked = self.socket.blocked_since().map(|since| since + BLOCKED_MAX);
        let alive = self.pong_by.unwrap_or(self.ping_at);
        [self.hello_by, blocked].into_iter().flatten().fold(alive, Instant::min)
    }

    fn overdue(&mut self) -> Option<Wake> {
        let now = Instant::now();
        let is_over = |by: Option<Instant>| by.is_some_and(|by| by <= now);
        if is_over(self.socket.blocked_since().map(|since| since + BLOCKED_MAX)) {
            return Some(Wake::End(End::Close(close::SLOW, "Too slow")));
        }
        if is_over(self.hello_by) {
            return Some(Wake::End(End::Close(close::SILENT, "No hello")));
        }
        if is_over(self.pong_by) {
            return Some(Wake::End(End::Close(close::SILENT, "No pong")));
        }
        if self.pong_by.is_none() && self.ping_at <= now {
            self.ping_at = now + Duration::from_secs(PING_INTERVAL_S);
            self.pong_by = Some(now + Duration::from_secs(PONG_TIMEOUT_S));
            return Some(Wake::PingDue);
        }
        None
    }
}

fn input(message: Message) -> Option<Wake> {
    match message {
        Message::Text(text) => Some(Wake::Input(text)),
        Message::Binary(bytes) => {
            Some(Utf8Bytes::try_from(bytes).map_or(Wake::Garbage, Wake::Input))
        }
        // The library answers pings by itself; a close ends the turn.
        Message::Ping(_) | Message::Pong(_) | Message::Close(_) => None,
    }
}
