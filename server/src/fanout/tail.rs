//! The newest part of every room's log in memory, as bytes ready for the wire.
//!
//! Pure. Pushed to by the publisher in seq order, read by every connection. A tail answers for a
//! stretch completely or not at all: then the reader goes to the store, and comes back when its
//! cursor is in the tail again. Bounded per room and altogether.

use std::collections::{HashMap, VecDeque};

use shared::protocol::{RoomId, Seq};

use super::Line;

/// Events in one room's tail: as many as a resume replays at most.
const TAIL_EVENTS_MAX: usize = 512;

/// Bytes in one room's tail: full-length messages only push older ones to the store sooner.
const TAIL_BYTES_MAX: usize = 1024 * 1024;

/// Bytes in all tails. Beyond it the room that was quiet for longest gives its tail up.
const TAILS_BYTES_MAX: usize = 32 * 1024 * 1024;

#[derive(Default)]
pub(crate) struct Tails {
    rooms: HashMap<RoomId, Tail>,
    bytes: usize,
    /// Counts pushes: the age of a tail without a clock.
    pushes: u64,
}

#[derive(Default)]
struct Tail {
    lines: VecDeque<Line>,
    bytes: usize,
    /// The newest published seq; stays when the lines are given up.
    head: Seq,
    pushed_at: u64,
}

impl Tails {
    pub(crate) fn push(&mut self, room: RoomId, line: Line) {
        self.pushes += 1;
        let tail = self.rooms.entry(room).or_default();
        if tail.head + 1 != line.seq {
            // Nothing may stand beside a hole: the store has what is missing.
            self.bytes -= tail.clear();
        }
        tail.head = line.seq;
        tail.pushed_at = self.pushes;
        tail.bytes += line.bytes();
        self.bytes += line.bytes();
        tail.lines.push_back(line);
        while tail.lines.len() > TAIL_EVENTS_MAX || tail.bytes > TAIL_BYTES_MAX {
            let Some(oldest) = tail.lines.pop_front() else { break };
            tail.bytes -= oldest.bytes();
            self.bytes -= oldest.bytes();
        }
        while self.bytes > TAILS_BYTES_MAX {
            let held = self.rooms.values_mut().filter(|tail| !tail.lines.is_empty());
            let Some(quietest) = held.min_by_key(|tail| tail.pushed_at) else { break };
            self.bytes -= quietest.clear();
        }
    }

    /// Takes the text of a deleted message out of what is still to be read.
    pub(crate) fn erase(&mut self, room: RoomId, post: Seq) {
        let Some(tail) = self.rooms.get_mut(&room) else { return };
        for line in tail.lines.iter_mut().filter(|line| line.text_of == Some(post)) {
            let erased = line.erased();
            let freed = line.bytes().saturating_sub(erased.bytes());
            tail.bytes -= freed;
            self.bytes -= freed;
            *line = erased;
        }
    }

    /// The room has disappeared. What its head was.
    pub(crate) fn forget(&mut self, room: RoomId) -> Option<Seq> {
        let tail = self.rooms.remove(&room)?;
        self.bytes -= tail.bytes;
        Some(tail.head)
    }

    pub(crate) fn head(&self, room: RoomId) -> Option<Seq> {
        self.rooms.get(&room).map(|tail| tail.head)
    }

    /// Lines with `after < seq <= upto`, oldest first, at most `limit`.
    ///
    /// `None` if the first of them is not held: older than the tail, or not published yet.
    pub(crate) fn read(
        &self,
        room: RoomId,
        after: Seq,
        upto: Seq,
        limit: usize,
    ) -> Option<Vec<Line>> {
        let tail = self.rooms.get(&room)?;
        let first = tail.lines.front()?.seq;
        if after + 1 < first || after >= tail.head {
            return None;
        }
        let skip = usize::try_from(after + 1 - first).ok()?;
        let lines = tail.lines.range(skip..).take(limit).take_while(|line| line.seq <= upto);
        Some(lines.cloned().collect())
    }
}

impl Tail {
    /// Gives the lines up. How many bytes that frees.
    fn clear(&mut self) -> usize {
        self.lines = VecDeque::new();
        std::mem::take(&mut self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::protocol::UserId;

    fn room(number: u128) -> RoomId {
        RoomId(uuid::Uuid::from_u128(number))
    }

    fn line(seq: Seq, bytes: usize) -> Line {
        Line {
            seq,
            author: UserId(uuid::Uuid::nil()),
            v1: "x".repeat(bytes).into(),
            plain: None,
            echoed: true,
            text_of: None,
        }
    }

    fn seqs(lines: Option<Vec<Line>>) -> Option<Vec<Seq>> {
        lines.map(|lines| lines.iter().map(|line| line.seq).collect())
    }

    #[test]
    fn a_tail_answers_from_its_first_line_to_its_head_and_nothing_else() {
        let mut tails = Tails::default();
        for seq in 40..=45 {
            tails.push(room(1), line(seq, 10));
        }
        assert_eq!(seqs(tails.read(room(1), 43, 45, 9)), Some(vec![44, 45]));
        assert_eq!(seqs(tails.read(room(1), 39, 41, 9)), Some(vec![40, 41]));
        assert_eq!(seqs(tails.read(room(1), 39, 45, 1)), Some(vec![40]));
        assert_eq!(seqs(tails.read(room(1), 38, 45, 9)), None, "39 is only in the store");
        assert_eq!(seqs(tails.read(room(1), 45, 46, 9)), None, "46 is not published yet");
        assert_eq!(seqs(tails.read(room(2), 0, 1, 9)), None);
    }

    #[test]
    fn a_tail_has_no_holes_and_no_more_than_its_bounds() {
        let mut tails = Tails::default();
        tails.push(room(1), line(1, 10));
        tails.push(room(1), line(3, 10));
        assert_eq!(seqs(tails.read(room(1), 0, 3, 9)), None);
        assert_eq!(seqs(tails.read(room(1), 2, 3, 9)), Some(vec![3]));
        for seq in 4..=2_000 {
            tails.push(room(1), line(seq, 10));
        }
        assert_eq!(tails.rooms[&room(1)].lines.len(), TAIL_EVENTS_MAX);
        assert_eq!(tails.bytes, TAIL_EVENTS_MAX * 10);
    }

    #[test]
    fn the_quietest_room_gives_its_tail_up_and_keeps_its_head() {
        let mut tails = Tails::default();
        let rooms = (TAILS_BYTES_MAX / TAIL_BYTES_MAX) as u128 + 1;
        for number in 1..=rooms {
            tails.push(room(number), line(7, TAIL_BYTES_MAX));
        }
        assert_eq!(seqs(tails.read(room(1), 6, 7, 1)), None);
        assert_eq!(tails.head(room(1)), Some(7));
        assert_eq!(seqs(tails.read(room(rooms), 6, 7, 1)), Some(vec![7]));
        assert!(tails.bytes <= TAILS_BYTES_MAX);
    }
}
