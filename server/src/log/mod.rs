//! A room's log: append with group commit, and read from a seq.
//!
//! Appending hands an op to one thread, which puts everything that waits into one transaction; an
//! answer means "on disk", and what was committed is published in commit order. Reading goes to the
//! tail first and to the store for what is older. Called by `chat` and `session`. Decides what the
//! log itself guarantees (seq, op, membership, unique names), never who is allowed to ask.

mod apply;
mod marks;
mod writer;

#[cfg(test)]
mod tests;

/// The writer without its thread, for the simulation.
#[cfg(test)]
pub(crate) mod simulated {
    pub(crate) use super::Entry;
    pub(crate) use super::marks::Mark;
    pub(crate) use super::writer::Writer;
}

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use shared::protocol::{Code, Epoch, OpId, Person, RoomId, RoomName, Seq, UserId};
use tokio::sync::oneshot;

use crate::fanout::{Fanout, Line, encode_event};
use crate::names::Name;
use crate::store::{ReadError, Readers, Store, events};

/// Ops that may wait for the writer. At 20,000 a second this is a fifth of a second; beyond it
/// people are told to come back, instead of waiting in memory.
const QUEUE_MAX: usize = 4_096;

/// What people are told to wait when the queue is full or the disk refuses.
const RETRY_AFTER_MS: u64 = 1_000;

/// Events read from the store at once: a turn's worth, however long the messages are.
const READ_EVENTS_MAX: usize = 64;

/// Who does something: the person, and the cookie that they become known by.
#[derive(Clone, Debug)]
pub(crate) struct Author {
    pub(crate) id: UserId,
    /// SHA-256 of the login's token; `None` for someone who has none, and is gone when they go.
    pub(crate) login: Option<[u8; 32]>,
}

/// What an op changes. The op and the author stand beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Post { room: RoomId, text: String },
    Edit { room: RoomId, target: Seq, text: String },
    Delete { room: RoomId, target: Seq },
    React { room: RoomId, target: Seq, emoji: String, on: bool },
    Rename { name: Name },
    CreateRoom { name: RoomName, topic: String },
    Join { room: RoomId },
    Leave { room: RoomId },
    SetTopic { room: RoomId, topic: String },
}

/// What became of an op.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// On disk at this place; `by` is the author as they are called now.
    Accepted { room: RoomId, seq: Seq, by: Person },
    /// Nothing was written and nothing will be.
    Refused(Code),
    /// Nothing is known; the same op again is safe.
    RetryAfter { after_ms: u64, why: Code },
}

impl Answer {
    fn later(why: Code) -> Self {
        Self::RetryAfter { after_ms: RETRY_AFTER_MS, why }
    }
}

pub(crate) struct Entry {
    pub(crate) by: Author,
    pub(crate) op: OpId,
    pub(crate) change: Change,
    pub(crate) answer: oneshot::Sender<Answer>,
}

/// What the writer's thread is asked.
enum Ask {
    Append(Entry),
    MarkRead(marks::Mark),
    /// Everything asked before this is committed; then the thread ends.
    Close,
}

pub(crate) struct Log {
    asks: SyncSender<Ask>,
    readers: Readers,
    fanout: Arc<Fanout>,
    pub(crate) epoch: Epoch,
    pub(crate) lobby: RoomId,
    /// Taken by whoever closes the log.
    writer: Mutex<Option<std::thread::JoinHandle<()>>>,
}

impl Log {
    /// Starts the writer's thread on this store.
    pub(crate) fn start(store: Store, fanout: Arc<Fanout>) -> std::io::Result<Self> {
        let (asks, asked): (_, Receiver<Ask>) = sync_channel(QUEUE_MAX);
        let readers = Readers::new(&store.path);
        let (epoch, lobby) = (store.epoch(), store.lobby);
        let published_to = fanout.clone();
        let writer = std::thread::Builder::new()
            .name("log-writer".into())
            .spawn(move || writer::run(store, &asked, published_to))?;
        Ok(Self { asks, readers, fanout, epoch, lobby, writer: Mutex::new(Some(writer)) })
    }

    /// Hands an op to the writer. Ops of one caller commit in the order of these calls.
    pub(crate) fn append(&self, by: Author, op: OpId, change: Change) -> Pending {
        let (answer, answered) = oneshot::channel();
        match self.asks.try_send(Ask::Append(Entry { by, op, change, answer })) {
            Ok(()) => Pending::Waiting(answered),
            Err(_) => Pending::Answered(Answer::later(Code::Busy)),
        }
    }

    /// Moves a read cursor forward, soon. `from` is the connection that need not be told. Lost
    /// when the server dies within the moment: the person then reads a few lines again.
    pub(crate) fn mark_read(&self, user: UserId, room: RoomId, seq: Seq, from: u64) {
        let mark = marks::Mark { user, room, seq, from };
        if self.asks.try_send(Ask::MarkRead(mark)).is_err() {
            tracing::debug!("a read cursor was not moved: the writer is behind");
        }
    }

    /// Lines with `after < seq <= upto`, oldest first; fewer than all if there are many, but never
    /// none while there are some. What is not in the tail comes from the store.
    pub(crate) async fn read(
        &self,
        room: RoomId,
        after: Seq,
        upto: Seq,
    ) -> Result<Vec<Line>, ReadError> {
        if let Some(lines) = self.fanout.lines(room, after, upto, READ_EVENTS_MAX) {
            return Ok(lines);
        }
        let limit = usize::try_from(upto.saturating_sub(after)).unwrap_or(usize::MAX);
        let limit = limit.min(READ_EVENTS_MAX);
        let events = self.readers.read(move |db| events::after(db, room, after, limit)).await?;
        Ok(events.iter().map(encode_event).collect())
    }

    pub(crate) fn readers(&self) -> &Readers {
        &self.readers
    }

    /// Commits what was asked and ends the thread. Blocks; later appends are told to retry.
    pub(crate) fn close(&self) {
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer
            && self.asks.send(Ask::Close).is_ok()
            && writer.join().is_err()
        {
            tracing::error!("the log's thread ended by a panic");
        }
    }
}

/// An op on its way to the disk.
pub(crate) enum Pending {
    Answered(Answer),
    Waiting(oneshot::Receiver<Answer>),
}

impl Pending {
    pub(crate) fn refused(code: Code) -> Self {
        Self::Answered(Answer::Refused(code))
    }

    pub(crate) async fn answer(self) -> Answer {
        match self {
            Self::Answered(answer) => answer,
            Self::Waiting(answered) => answered.await.unwrap_or(Answer::later(Code::Busy)),
        }
    }
}

/// Milliseconds since 1970 UTC, for display and for `at_ms`; order never depends on it.
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
