//! A room's log: append with group commit, and read from a seq.
//!
//! Appending hands an op to one thread, which puts everything that waits into one transaction; an
//! answer means "on disk", and what was committed is published in commit order. Reading goes to the
//! tail first and to the store for what is older. Called by `chat` and `session`. Decides what the
//! log itself guarantees (seq, op, membership, unique names), never who is allowed to ask.

mod apply;
mod meeting;
mod rooming;

mod pen;

mod known;
mod marks;
mod repeated;
mod writer;

#[cfg(test)]
mod tests;

/// The writer without its thread, for the simulation.
#[cfg(test)]
pub(crate) mod simulated {
    pub(crate) use super::marks::Mark;
    pub(crate) use super::writer::Writer;
}

use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use shared::protocol::{Code, Epoch, OpId, RoomId, RoomName, Rules, Seq, UserId};
use tokio::sync::oneshot;

pub(crate) use crate::fanout::Answer;
use crate::fanout::{Chunk, Fanout, Key};
use crate::names::Name;
use crate::store::{ReadError, Readers, Store, events};

/// Ops that may wait for the writer. At 20,000 a second this is a fifth of a second; beyond it
/// people are told to come back, instead of waiting in memory.
const QUEUE_MAX: usize = 4_096;

/// What people are told to wait when the queue is full or the disk refuses.
const RETRY_AFTER_MS: u64 = 1_000;

/// Events read from the store at once: a turn's worth, however long the messages are.
const READ_EVENTS_MAX: usize = 128;

/// Who does something: the person, from where, and the cookie that they become known by.
#[derive(Clone, Debug)]
pub(crate) struct Author {
    pub(crate) id: UserId,
    pub(crate) address: IpAddr,
    /// SHA-256 of the login's token; `None` for someone who has none, and is gone when they go.
    pub(crate) login: Option<[u8; 32]>,
}

impl Author {
    /// Somebody in whose name the server does something by itself.
    pub(crate) fn absent(id: UserId) -> Self {
        Self { id, address: IpAddr::V4(Ipv4Addr::UNSPECIFIED), login: None }
    }
}

/// What an op changes. The op and the author stand beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Post {
        room: RoomId,
        text: String,
    },
    Edit {
        room: RoomId,
        target: Seq,
        text: String,
    },
    Delete {
        room: RoomId,
        target: Seq,
    },
    React {
        room: RoomId,
        target: Seq,
        emoji: String,
        on: bool,
    },
    Rename {
        name: Name,
    },
    CreateRoom {
        name: RoomName,
        topic: String,
        private: bool,
    },
    OpenDirect {
        people: Vec<UserId>,
    },
    Join {
        room: RoomId,
    },
    Leave {
        room: RoomId,
    },
    SetTopic {
        room: RoomId,
        topic: String,
    },
    SetRules {
        room: RoomId,
        rules: Rules,
    },
    Add {
        room: RoomId,
        person: UserId,
    },
    Remove {
        room: RoomId,
        person: UserId,
    },
    Report {
        room: RoomId,
        target: Seq,
        reason: String,
    },
    /// A message goes that was reported. Nobody can ask for it on the wire.
    Takedown {
        room: RoomId,
        target: Seq,
    },
    /// All messages up to there go, or those of one person. Nobody can ask for it on the wire.
    Purge {
        room: RoomId,
        upto: Seq,
        person: Option<UserId>,
    },
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
    pub(crate) asker: Asker,
}

/// Who is to hear what became of an op.
pub(crate) enum Asker {
    /// Somebody who waits for it.
    Waiting(oneshot::Sender<Answer>),
    /// A connection, by way of its shard.
    Connection(Key),
}

/// What the writer's thread is asked.
enum Ask {
    /// What was asked at the same moment is committed together.
    Append(Vec<Entry>),
    MarkRead(marks::Mark),
    /// Something about people or the workspace, in a transaction of its own behind what was asked
    /// before.
    Write(Task),
    /// Everything asked before this is committed; then the thread ends.
    Close,
}

/// Changes the database, tells whoever waits, and says whether it is done with it.
type Task = Box<dyn FnOnce(&mut rusqlite::Connection) + Send>;

/// The database did not take it. Logged where that was found; whoever asked says "try again".
#[derive(Debug)]
pub(crate) struct WriteError;

pub(crate) struct Log {
    asks: Sender<Ask>,
    /// Ops that wait for the writer.
    waiting: Arc<AtomicUsize>,
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
        let (asks, asked) = channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let readers = Readers::new(&store.path);
        let (epoch, lobby) = (store.epoch(), store.lobby);
        let (published_to, queue) = (fanout.clone(), waiting.clone());
        let writer = std::thread::Builder::new()
            .name("log-writer".into())
            .spawn(move || writer::run(store, &asked, &queue, published_to))?;
        let writer = Mutex::new(Some(writer));
        Ok(Self { asks, waiting, readers, fanout, epoch, lobby, writer })
    }

    /// Hands an op to the writer. Ops of one caller commit in the order of these calls.
    pub(crate) fn append(&self, by: Author, op: OpId, change: Change) -> Pending {
        let (answer, answered) = oneshot::channel();
        self.append_all(vec![Entry { by, op, change, asker: Asker::Waiting(answer) }]);
        Pending(answered)
    }

    /// Hands ops to the writer, which commits them together and in this order. Where too many wait
    /// already, all of them are told to come back.
    pub(crate) fn append_all(&self, entries: Vec<Entry>) {
        let count = entries.len();
        if self.waiting.fetch_add(count, Ordering::Relaxed) + count <= QUEUE_MAX.max(count) {
            let Err(unsent) = self.asks.send(Ask::Append(entries)) else { return };
            if let Ask::Append(entries) = unsent.0 {
                self.turn_away(entries);
            }
        } else {
            self.turn_away(entries);
        }
    }

    fn turn_away(&self, entries: Vec<Entry>) {
        self.waiting.fetch_sub(entries.len(), Ordering::Relaxed);
        for entry in entries {
            entry.answer(&self.fanout, Answer::later(Code::Busy));
        }
        self.fanout.ring();
    }

    /// Changes what is in no log: people, logins, settings. Whole or not at all, on disk when it is
    /// answered, and by the one thread that writes.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, WriteError> {
        let change = move |db: &rusqlite::Connection| change(db).map(Ok::<T, ()>);
        self.try_write(change).await?.map_err(|()| WriteError)
    }

    /// The same for what may be refused: then everything is as it was.
    pub(crate) async fn try_write<T: Send + 'static, E: Send + 'static>(
        &self,
        change: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<Result<T, E>> + Send + 'static,
    ) -> Result<Result<T, E>, WriteError> {
        let (answer, answered) = oneshot::channel();
        let task = move |db: &mut rusqlite::Connection| {
            let changed = db
                .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
                .and_then(|transaction| {
                    let value = change(&transaction)?;
                    if value.is_ok() {
                        transaction.commit()?;
                    }
                    Ok(value)
                });
            // Whoever asked may be gone.
            let _ = answer.send(changed);
        };
        if self.asks.send(Ask::Write(Box::new(task))).is_err() {
            return Err(WriteError);
        }
        let changed = answered.await.map_err(|_| WriteError)?;
        changed.map_err(|error| {
            tracing::error!(%error, "a change was not saved");
            WriteError
        })
    }

    /// Moves a read cursor forward, soon. `from` is the connection that need not be told. Lost
    /// when the server dies within the moment: the person then reads a few lines again.
    pub(crate) fn mark_read(&self, user: UserId, room: RoomId, seq: Seq, from: u64) {
        let mark = marks::Mark { user, room, seq, from };
        // A log that is closed moves no cursor: the person reads a few lines again.
        let _ = self.asks.send(Ask::MarkRead(mark));
    }

    /// Events behind this cursor up to `upto`: not all if there are many, but never none while there
    /// are some. What is not in the tail comes from the store.
    pub(crate) async fn read(
        &self,
        room: RoomId,
        after: Seq,
        upto: Seq,
    ) -> Result<Option<Arc<Chunk>>, ReadError> {
        if let Some(chunk) = self.fanout.chunk(room, after) {
            return Ok(Some(chunk));
        }
        let limit = usize::try_from(upto.saturating_sub(after)).unwrap_or(usize::MAX);
        let limit = limit.min(READ_EVENTS_MAX);
        let events = self.readers.read(move |db| events::after(db, room, after, limit)).await?;
        Ok(Chunk::new(events).map(Arc::new))
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

impl Entry {
    /// Tells whoever asked; a connection's shard hears of it when the fan-out rings.
    fn answer(self, fanout: &Fanout, answer: Answer) {
        match self.asker {
            // Whoever asked may be gone; the op is on disk all the same.
            Asker::Waiting(waiting) => drop(waiting.send(answer)),
            Asker::Connection(to) => fanout.answer(to, self.op, answer),
        }
    }
}

/// An op on its way to the disk.
pub(crate) struct Pending(oneshot::Receiver<Answer>);

impl Pending {
    pub(crate) async fn answer(self) -> Answer {
        self.0.await.unwrap_or(Answer::later(Code::Busy))
    }
}

/// Milliseconds since 1970 UTC, for display and for `at_ms`; order never depends on it.
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
