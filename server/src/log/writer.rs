//! The one thread that writes: takes everything that waits, commits once, publishes, answers.
//!
//! In this order: commit (on disk), publish (into the tails, in commit order), answer. If a commit
//! fails nothing is published, everyone of the batch is told to retry, and the thread goes on: a
//! full disk that is emptied needs no restart.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use rusqlite::TransactionBehavior;
use shared::protocol::{Code, Event, Seq, What};

use super::apply::{Applied, apply};
use super::known::Known;
use super::marks::{Mark, Marks};
use super::pen::Pen;
use super::{Answer, Ask, Entry, Task, now_ms};
use crate::fanout::Fanout;
use crate::store::{Store, count_commit, events, members};

/// Ops in one transaction, besides what came together with the last of them. They wait for each
/// other's disk flush, which costs the same for one as for hundreds; beyond this the first of them
/// would wait for the last one's inserts.
const BATCH_MAX: usize = 512;

/// A batch of at most so many ops writes its authors' read cursors at once: nobody is waiting long.
/// Larger ones gather them, see [`Known`].
const FEW: usize = 16;

/// How long what was erased may still lie in the write-ahead log. A quiet moment may not come, and
/// folding the log in costs some disk writes: so not for each deletion.
const WIPE_WAIT: Duration = Duration::from_secs(1);

/// Runs until it is told to close, or nobody is left to ask.
pub(super) fn run(store: Store, asks: &Receiver<Ask>, waiting: &AtomicUsize, fanout: Arc<Fanout>) {
    let mut writer = Writer::new(store, fanout);
    writer.store.fold_beside();
    // A server that was killed may have left erased texts in the write-ahead log.
    writer.wipe_at = Some(Instant::now());
    let mut marks = Marks::default();
    let mut open = true;
    while open {
        let mut batch = Vec::new();
        let mut tasks = Vec::new();
        let now = Instant::now();
        let wipe_in = writer.wipe_at.map(|at| at.saturating_duration_since(now));
        let due_in = [marks.due_in(now), writer.known.due_in(now), wipe_in];
        let first = match due_in.into_iter().flatten().min() {
            None => asks.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(wait) => asks.recv_timeout(wait),
        };
        let mut next = match first {
            Ok(ask) => Some(ask),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => {
                open = false;
                None
            }
        };
        while let Some(ask) = next {
            match ask {
                Ask::Append(entries) => batch.extend(entries),
                Ask::MarkRead(mark) => marks.push(mark, Instant::now()),
                Ask::Write(task) => tasks.push(task),
                Ask::Close => open = false,
            }
            next = if batch.len() < BATCH_MAX { asks.try_recv().ok() } else { None };
        }
        let now = Instant::now();
        let due_in = [marks.due_in(now), writer.known.due_in(now)];
        let overdue = due_in.into_iter().flatten().any(|wait| wait.is_zero());
        if !batch.is_empty() || overdue || !open {
            waiting.fetch_sub(batch.len(), Ordering::Relaxed);
            writer.commit(batch, marks.take());
        }
        for task in tasks {
            writer.write(task);
        }
        writer.wipe(Instant::now());
    }
    if writer.known.due_in(Instant::now()).is_some() {
        writer.commit(Vec::new(), Vec::new());
    }
    writer.store.fold_no_more();
    // Leaves one file behind, and a next start that has nothing to replay.
    if !matches!(writer.store.wipe(), Ok(true)) {
        tracing::warn!("the write-ahead log was not folded in; the next start does it");
    }
}

pub(crate) struct Writer {
    store: Store,
    fanout: Arc<Fanout>,
    known: Known,
    /// When what was erased is to be wiped out of the write-ahead log as well.
    wipe_at: Option<Instant>,
    /// Whether the last commit failed: a full disk is said once, not with every message.
    fails: bool,
}

impl Writer {
    pub(crate) fn new(store: Store, fanout: Arc<Fanout>) -> Self {
        Self { store, fanout, known: Known::default(), wipe_at: None, fails: false }
    }

    pub(crate) fn commit(&mut self, batch: Vec<Entry>, marks: Vec<Mark>) {
        match transact(&mut self.store, &mut self.known, &batch, &marks) {
            Ok(committed) => {
                if std::mem::take(&mut self.fails) {
                    tracing::info!("messages are saved again");
                }
                if let Some(commits) = committed.commits {
                    self.store.mark(commits, now_ms());
                }
                let erases = |event: &Event| {
                    matches!(event.what, What::Deleted { .. } | What::Purged { .. })
                };
                if committed.events.iter().any(erases) {
                    self.wipe_at.get_or_insert(Instant::now() + WIPE_WAIT);
                }
                self.fanout.publish(committed.events);
                for (user_mark, read) in committed.moved {
                    self.fanout.read(user_mark.user, user_mark.room, read, user_mark.from);
                }
                for (entry, answer) in batch.into_iter().zip(committed.answers) {
                    entry.answer(&self.fanout, answer);
                }
            }
            // One op that the database cannot take must not cost the others theirs.
            Err(error) if batch.len() > 1 && !is_the_disks(&error) => {
                for entry in batch {
                    self.commit(vec![entry], Vec::new());
                }
            }
            Err(error) => {
                if !std::mem::replace(&mut self.fails, true) {
                    tracing::error!(%error, "messages cannot be saved; their authors keep them");
                }
                for entry in batch {
                    entry.answer(&self.fanout, Answer::later(Code::CannotSave));
                }
            }
        }
        self.fanout.ring();
        self.store.fold_on();
    }

    /// What was known of people and rooms may not be so any more.
    fn write(&mut self, task: Task) {
        task(&mut self.store.writer);
        self.known.forget();
        self.store.fold_on();
    }

    fn wipe(&mut self, now: Instant) {
        if self.wipe_at.is_some_and(|at| at <= now) {
            // Whoever reads just now keeps the log from being folded in for a moment.
            let wiped = matches!(self.store.wipe(), Ok(true));
            self.wipe_at = (!wiped).then_some(now + WIPE_WAIT);
        }
    }
}

#[cfg(test)]
impl Writer {
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    pub(crate) fn into_store(self) -> Store {
        self.store
    }

    /// On disk, and then nothing more happens.
    pub(crate) fn commit_and_die(&mut self, batch: &[Entry], marks: &[Mark]) {
        let committed = transact(&mut self.store, &mut self.known, batch, marks);
        let committed = committed.expect("a commit");
        if let Some(commits) = committed.commits {
            self.store.mark(commits, now_ms());
        }
        self.store.fold_on();
    }
}

#[derive(Default)]
struct Committed {
    events: Vec<Event>,
    /// One per op, in the batch's order.
    answers: Vec<Answer>,
    moved: Vec<(Mark, Seq)>,
    /// How many transactions have written to the logs by now, if this one has.
    commits: Option<u64>,
}

fn transact(
    store: &mut Store,
    known: &mut Known,
    batch: &[Entry],
    marks: &[Mark],
) -> rusqlite::Result<Committed> {
    let committed = write(store, known, batch, marks);
    match &committed {
        Ok(_) => known.committed(),
        // What it has learnt from a transaction that was rolled back never happened.
        Err(_) => known.forget(),
    }
    committed
}

fn write(
    store: &mut Store,
    known: &mut Known,
    batch: &[Entry],
    marks: &[Mark],
) -> rusqlite::Result<Committed> {
    let (lobby, rooms_max) = (store.lobby, store.rooms_max);
    let transaction = store.writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
    known.begin(&transaction)?;
    let mut committed = Committed::default();
    let mut inserting = events::inserting(&transaction)?;
    for entry in batch {
        let pen = Pen {
            db: &transaction,
            inserting: &mut inserting,
            known,
            lobby,
            rooms_max,
            by: &entry.by,
            at_ms: now_ms(),
            written: &mut committed.events,
        };
        committed.answers.push(match apply(pen, entry.op, &entry.change)? {
            Applied::At { room, seq, by } => Answer::Accepted { room, seq, by },
            Applied::Refused(code) => Answer::Refused(code),
            Applied::Later { after_ms, why } => Answer::RetryAfter { after_ms, why },
        });
    }
    drop(inserting);
    known.write_down(&transaction, Instant::now(), batch.len() <= FEW)?;
    for mark in marks {
        if let Some(read) = members::mark_read(&transaction, mark.room, mark.user, mark.seq)? {
            committed.moved.push((*mark, read));
        }
    }
    if !committed.events.is_empty() {
        committed.commits = Some(count_commit(&transaction)?);
    }
    transaction.commit()?;
    Ok(committed)
}

/// Whether an error says something about the disk rather than about one op.
fn is_the_disks(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode as Error;
    let disk = [
        Error::DiskFull,
        Error::ReadOnly,
        Error::SystemIoFailure,
        Error::DatabaseBusy,
        Error::DatabaseLocked,
        Error::DatabaseCorrupt,
        Error::CannotOpen,
    ];
    error.sqlite_error_code().is_some_and(|code| disk.contains(&code))
}
