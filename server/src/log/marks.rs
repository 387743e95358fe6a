//! Read cursors that wait to be written.
//!
//! People move them with every line they see, and nothing breaks if the last moment of it is lost:
//! so they merge, and ride along with the next commit or go together after a short while. Pure;
//! owned by the writer's thread.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use shared::protocol::{RoomId, Seq, UserId};

/// How long a moved cursor waits for company. The person's other devices hear of it after this.
const WAIT: Duration = Duration::from_millis(250);

/// Cursors that may wait; one more and they are written at once.
pub(super) const MARKS_MAX: usize = 1_024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) user: UserId,
    pub(crate) room: RoomId,
    pub(crate) seq: Seq,
    /// The connection that moved it.
    pub(crate) from: u64,
}

#[derive(Default)]
pub(super) struct Marks {
    waiting: HashMap<(UserId, RoomId), Mark>,
    due: Option<Instant>,
}

impl Marks {
    pub(super) fn push(&mut self, mark: Mark, now: Instant) {
        let waiting = self.waiting.entry((mark.user, mark.room)).or_insert(mark);
        if waiting.seq < mark.seq {
            *waiting = mark;
        }
        let full = self.waiting.len() >= MARKS_MAX;
        self.due = Some(if full { now } else { self.due.unwrap_or(now + WAIT) });
    }

    /// How long until they must be written; `None` while there are none.
    pub(super) fn due_in(&self, now: Instant) -> Option<Duration> {
        self.due.map(|due| due.saturating_duration_since(now))
    }

    pub(super) fn take(&mut self) -> Vec<Mark> {
        self.due = None;
        self.waiting.drain().map(|(_, mark)| mark).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_that_moves_often_is_written_once_and_never_back() {
        let mark = |seq| Mark {
            user: UserId(uuid::Uuid::nil()),
            room: RoomId(uuid::Uuid::nil()),
            seq,
            from: 1,
        };
        let start = Instant::now();
        let mut marks = Marks::default();
        assert_eq!(marks.due_in(start), None);
        for seq in [4, 9, 7] {
            marks.push(mark(seq), start);
        }
        assert_eq!(marks.due_in(start + WAIT / 2), Some(WAIT / 2));
        assert_eq!(marks.take(), [mark(9)]);
        assert_eq!(marks.due_in(start), None);
    }
}
