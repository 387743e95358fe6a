//! What one connection still has to be told, in order: marks and small frames, never events.
//!
//! The publisher, other people's sessions and the connection's own push; the connection's task
//! takes everything at once. Marks of one room merge, what is never stored is dropped when too much
//! of it waits, and answers are never dropped: the queue's length has a bound whoever pushes.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use axum::extract::ws::Utf8Bytes;
use shared::protocol::{RoomId, Seq, UserId};
use tokio::sync::Notify;

use super::Dialect;

/// Presence and typing lines that may wait for one socket. Who is further behind than this misses
/// some, which their next `who` mends.
const EPHEMERALS_MAX: usize = 64;

/// The queue is merged when it has grown by this much since it was last merged, so that merging
/// costs little per push however many rooms somebody follows.
const MERGE_EVERY: usize = 256;

/// One thing to do for a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mail {
    /// The room's log goes up to here: write what the cursor lacks.
    UpTo { room: RoomId, seq: Seq },
    /// The person has become a member by this event: follow the room from it on.
    Enter { room: RoomId, seq: Seq },
    /// The person has left by this event: write up to it, and nothing after it.
    Exit { room: RoomId, seq: Seq },
    /// An answer to this connection.
    Answer(Utf8Bytes),
    /// Something that is never stored.
    Ephemeral(Utf8Bytes),
}

pub(crate) struct Mailbox {
    pub(crate) id: u64,
    pub(crate) user: UserId,
    pub(crate) dialect: Dialect,
    /// Held for a push or a take; never while anything is written.
    queue: Mutex<Queue>,
    wake: Notify,
}

impl Mailbox {
    pub(crate) fn new(id: u64, user: UserId, dialect: Dialect) -> Self {
        Self { id, user, dialect, queue: Mutex::default(), wake: Notify::new() }
    }

    /// Never blocks and never fails; wakes the connection's task if it had nothing to do.
    pub(crate) fn push(&self, mail: Mail) {
        let was_empty = {
            let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
            let was_empty = queue.mails.is_empty();
            queue.push(mail);
            was_empty
        };
        if was_empty {
            self.wake.notify_one();
        }
    }

    /// Moves everything that waits to the end of `mails`.
    pub(crate) fn take(&self, mails: &mut VecDeque<Mail>) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.ephemerals = 0;
        queue.merged_at = 0;
        if mails.is_empty() {
            std::mem::swap(mails, &mut queue.mails);
        } else {
            mails.append(&mut queue.mails);
        }
    }

    /// Waits until something may have been pushed since the last take.
    pub(crate) async fn pushed(&self) {
        self.wake.notified().await;
    }
}

#[derive(Default)]
struct Queue {
    mails: VecDeque<Mail>,
    ephemerals: usize,
    /// How long the queue was after it was last merged.
    merged_at: usize,
}

impl Queue {
    fn push(&mut self, mail: Mail) {
        match (&mail, self.mails.back_mut()) {
            (Mail::Ephemeral(_), _) if self.ephemerals >= EPHEMERALS_MAX => return,
            (Mail::Ephemeral(_), _) => self.ephemerals += 1,
            // A burst in one room is one mark.
            (Mail::UpTo { room, seq }, Some(Mail::UpTo { room: last_room, seq: last_seq }))
                if room == last_room =>
            {
                *last_seq = (*last_seq).max(*seq);
                return;
            }
            _ => {}
        }
        self.mails.push_back(mail);
        if self.mails.len() >= self.merged_at + MERGE_EVERY {
            self.merge();
        }
    }

    /// Leaves one mark per room between two changes of membership, at the place of the first:
    /// events may then come before an answer that they followed, but never after one that they
    /// preceded, and never across a membership's end.
    fn merge(&mut self) {
        let mut merged: VecDeque<Mail> = VecDeque::with_capacity(self.mails.len());
        let mut marks: HashMap<RoomId, usize> = HashMap::new();
        for mail in self.mails.drain(..) {
            match mail {
                Mail::Ephemeral(_) => continue,
                Mail::Enter { room, .. } | Mail::Exit { room, .. } => {
                    marks.remove(&room);
                }
                Mail::UpTo { room, seq } => {
                    let first = marks.get(&room).and_then(|at| merged.get_mut(*at));
                    if let Some(Mail::UpTo { seq: first, .. }) = first {
                        *first = seq.max(*first);
                        continue;
                    }
                    marks.insert(room, merged.len());
                }
                Mail::Answer(_) => {}
            }
            merged.push_back(mail);
        }
        self.merged_at = merged.len();
        self.ephemerals = 0;
        self.mails = merged;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(number: u128) -> RoomId {
        RoomId(uuid::Uuid::from_u128(number))
    }

    fn up_to(number: u128, seq: Seq) -> Mail {
        Mail::UpTo { room: room(number), seq }
    }

    fn taken(mailbox: &Mailbox) -> Vec<Mail> {
        let mut mails = VecDeque::new();
        mailbox.take(&mut mails);
        mails.into()
    }

    fn mailbox() -> Mailbox {
        Mailbox::new(1, UserId(uuid::Uuid::nil()), Dialect::V1)
    }

    #[test]
    fn a_burst_in_one_room_is_one_mark_and_order_holds_around_frames() {
        let line = Mail::Ephemeral("Mara joined the chat".into());
        let mailbox = mailbox();
        for mail in [up_to(1, 4), up_to(1, 5), line.clone(), up_to(1, 6), up_to(2, 1)] {
            mailbox.push(mail);
        }
        assert_eq!(taken(&mailbox), [up_to(1, 5), line, up_to(1, 6), up_to(2, 1)]);
        assert_eq!(taken(&mailbox), []);
    }

    #[test]
    fn a_socket_that_never_reads_costs_a_mark_per_room_and_keeps_its_answers() {
        let mailbox = mailbox();
        mailbox.push(Mail::Answer("accepted".into()));
        for seq in 1..=10_000 {
            mailbox.push(up_to(u128::from(seq % 3), seq));
            mailbox.push(Mail::Ephemeral("typing".into()));
        }
        let mails = taken(&mailbox);
        assert!(mails.len() <= 4 + 2 * MERGE_EVERY, "{}", mails.len());
        assert!(mails.contains(&Mail::Answer("accepted".into())));
        assert!(mails.contains(&up_to(10_000 % 3, 10_000)));
    }

    #[test]
    fn nothing_after_leaving_is_pulled_before_it() {
        let mailbox = mailbox();
        let exit = Mail::Exit { room: room(1), seq: 6 };
        mailbox.push(up_to(1, 5));
        mailbox.push(exit.clone());
        for seq in 7..=600 {
            mailbox.push(up_to(1, seq));
            mailbox.push(up_to(2, seq));
        }
        let mails = taken(&mailbox);
        assert_eq!(mails[..2], [up_to(1, 5), exit]);
        assert!(mails.len() <= 4 + MERGE_EVERY);
    }

    #[tokio::test]
    async fn a_push_wakes_who_waits() {
        let mailbox = mailbox();
        mailbox.push(up_to(1, 1));
        mailbox.pushed().await;
        assert_eq!(taken(&mailbox), [up_to(1, 1)]);
    }
}
