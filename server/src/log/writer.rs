//! The one thread that writes: takes everything that waits, commits once, publishes, answers.
//!
//! In this order: commit (on disk), publish (into the tails, in commit order), answer. If a commit
//! fails nothing is published, everyone of the batch is told to retry, and the thread goes on: a
//! full disk that is emptied needs no restart.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Instant;

use rusqlite::Connection;
use shared::protocol::{Event, RoomId, Seq};

use super::apply::{Applied, apply};
use super::marks::{Mark, Marks};
use super::{Answer, Ask, Entry, RETRY_AFTER_MS, now_ms};
use crate::fanout::Fanout;
use crate::store::{Store, members};

/// Ops in one transaction. They wait for each other's disk flush, which costs the same for one as
/// for hundreds; beyond this the first of them would wait for the last one's inserts.
const BATCH_MAX: usize = 512;

/// Runs until it is told to close, or nobody is left to ask.
pub(super) fn run(mut store: Store, asks: &Receiver<Ask>, fanout: &Fanout) {
    let mut marks = Marks::default();
    let mut open = true;
    while open {
        let mut batch = Vec::new();
        let first = match marks.due_in(Instant::now()) {
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
                Ask::Append(entry) => batch.push(entry),
                Ask::MarkRead(mark) => marks.push(mark, Instant::now()),
                Ask::Close => open = false,
            }
            next = if batch.len() < BATCH_MAX { asks.try_recv().ok() } else { None };
        }
        let overdue = marks.due_in(Instant::now()).is_some_and(|wait| wait.is_zero());
        if !batch.is_empty() || overdue || !open {
            commit(&mut store, batch, marks.take(), fanout);
        }
    }
    // Leaves one file behind, and a next start that has nothing to replay.
    if let Err(error) = store.writer.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(())) {
        tracing::warn!(%error, "the write-ahead log was not folded in; the next start does it");
    }
}

fn commit(store: &mut Store, batch: Vec<Entry>, marks: Vec<Mark>, fanout: &Fanout) {
    match transact(store, &batch, &marks) {
        Ok(committed) => {
            fanout.publish(&committed.events);
            for (user_mark, read) in committed.moved {
                fanout.read(user_mark.user, user_mark.room, read, user_mark.from);
            }
            for (entry, answer) in batch.into_iter().zip(committed.answers) {
                // Whoever asked may be gone; the op is on disk all the same.
                let _ = entry.answer.send(answer);
            }
        }
        // One op that the database cannot take must not cost the others theirs.
        Err(error) if batch.len() > 1 && !is_the_disks(&error) => {
            for entry in batch {
                commit(store, vec![entry], Vec::new(), fanout);
            }
        }
        Err(error) => {
            tracing::error!(%error, ops = batch.len(), "nothing of this batch was written");
            for entry in batch {
                let _ = entry.answer.send(Answer::RetryAfter { after_ms: RETRY_AFTER_MS });
            }
        }
    }
}

struct Committed {
    events: Vec<Event>,
    /// One per op, in the batch's order.
    answers: Vec<Answer>,
    moved: Vec<(Mark, Seq)>,
}

fn transact(store: &mut Store, batch: &[Entry], marks: &[Mark]) -> rusqlite::Result<Committed> {
    let lobby = store.lobby;
    let transaction = store.writer.transaction()?;
    let mut committed = Committed { events: Vec::new(), answers: Vec::new(), moved: Vec::new() };
    for entry in batch {
        committed.answers.push(answer(&transaction, lobby, entry, &mut committed.events)?);
    }
    for mark in marks {
        if let Some(read) = members::mark_read(&transaction, mark.room, mark.user, mark.seq)? {
            committed.moved.push((*mark, read));
        }
    }
    transaction.commit()?;
    Ok(committed)
}

fn answer(
    db: &Connection,
    lobby: RoomId,
    entry: &Entry,
    events: &mut Vec<Event>,
) -> rusqlite::Result<Answer> {
    let applied = apply(db, lobby, &entry.by, entry.op, &entry.change, now_ms(), events)?;
    Ok(match applied {
        Applied::At { room, seq, by } => Answer::Accepted { room, seq, by },
        Applied::Refused(code) => Answer::Refused(code),
    })
}

/// Whether an error says something about the disk rather than about one op.
fn is_the_disks(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode as Code;
    let disk = [
        Code::DiskFull,
        Code::ReadOnly,
        Code::SystemIoFailure,
        Code::DatabaseBusy,
        Code::DatabaseLocked,
        Code::DatabaseCorrupt,
        Code::CannotOpen,
    ];
    error.sqlite_error_code().is_some_and(|code| disk.contains(&code))
}
