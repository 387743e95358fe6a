//! The newest part of every room's log in memory, as chunks that are ready for the wire.
//!
//! Pure. Pushed to by the publisher in seq order, read by every shard. A tail answers for a
//! stretch completely or not at all: then the reader goes to the store, and comes back when its
//! cursor is in the tail again. Bounded per room and altogether.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use shared::protocol::{Event, RoomId, Seq, UserId};

use super::Chunk;

/// Events in one room's tail: twice what the log takes in at once, so that a socket that is behind by
/// a burst need not ask the store, and many times what a resume replays.
const TAIL_EVENTS_MAX: usize = 8_192;

/// Bytes in one room's tail: full-length messages only push older ones to the store sooner.
const TAIL_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Bytes in all tails. Beyond it the room that was quiet for longest gives its tail up.
const TAILS_BYTES_MAX: usize = 64 * 1024 * 1024;

#[derive(Default)]
pub(crate) struct Tails {
    rooms: HashMap<RoomId, Tail>,
    bytes: usize,
    /// Counts pushes: the age of a tail without a clock.
    pushes: u64,
}

#[derive(Default)]
struct Tail {
    chunks: VecDeque<Arc<Chunk>>,
    events: usize,
    bytes: usize,
    /// The newest published seq; stays when the chunks are given up.
    head: Seq,
    pushed_at: u64,
}

impl Tails {
    pub(crate) fn push(&mut self, chunk: Arc<Chunk>) {
        self.pushes += 1;
        let tail = self.rooms.entry(chunk.room()).or_default();
        if tail.head + 1 != chunk.first() {
            // Nothing may stand beside a hole: the store has what is missing.
            self.bytes -= tail.clear();
        }
        tail.head = chunk.last();
        tail.pushed_at = self.pushes;
        tail.events += chunk.events().len();
        tail.bytes += chunk.bytes();
        self.bytes += chunk.bytes();
        tail.chunks.push_back(chunk);
        // The newest chunk stays, however large: its readers are on their way.
        while tail.chunks.len() > 1
            && (tail.events > TAIL_EVENTS_MAX || tail.bytes > TAIL_BYTES_MAX)
        {
            let Some(oldest) = tail.chunks.pop_front() else { break };
            tail.events -= oldest.events().len();
            tail.bytes -= oldest.bytes();
            self.bytes -= oldest.bytes();
        }
        while self.bytes > TAILS_BYTES_MAX {
            let held = self.rooms.values_mut().filter(|tail| !tail.chunks.is_empty());
            let Some(quietest) = held.min_by_key(|tail| tail.pushed_at) else { break };
            self.bytes -= quietest.clear();
        }
    }

    /// Takes the texts of messages that are gone out of what is still to be read: which ones, by their
    /// seq and author.
    pub(crate) fn erase(&mut self, room: RoomId, is_gone: impl Fn(Seq, UserId) -> bool) {
        let Some(tail) = self.rooms.get_mut(&room) else { return };
        for chunk in &mut tail.chunks {
            if let Some(erased) = chunk.erased(&is_gone) {
                let freed = chunk.bytes().saturating_sub(erased.bytes());
                tail.bytes -= freed;
                self.bytes -= freed;
                *chunk = Arc::new(erased);
            }
        }
    }

    /// The room has disappeared.
    pub(crate) fn forget(&mut self, room: RoomId) {
        if let Some(tail) = self.rooms.remove(&room) {
            self.bytes -= tail.bytes;
        }
    }

    pub(crate) fn head(&self, room: RoomId) -> Option<Seq> {
        self.rooms.get(&room).map(|tail| tail.head)
    }

    /// The chunk that holds the event behind this cursor; `None` if that is older than the tail, or
    /// not published yet.
    pub(crate) fn chunk(&self, room: RoomId, after: Seq) -> Option<&Arc<Chunk>> {
        let tail = self.rooms.get(&room)?;
        if after < tail.chunks.front()?.first().saturating_sub(1) || after >= tail.head {
            return None;
        }
        let at = tail.chunks.partition_point(|chunk| chunk.last() <= after);
        tail.chunks.get(at)
    }

    /// The newest events of a room, oldest first: exactly so many, or `None` if fewer are held.
    pub(crate) fn newest(&self, room: RoomId, count: usize) -> Option<Vec<Event>> {
        let tail = self.rooms.get(&room).filter(|tail| tail.events >= count)?;
        let newest = tail.chunks.iter().rev().flat_map(|chunk| chunk.events().iter().rev());
        let mut events: Vec<Event> = newest.take(count).cloned().collect();
        events.reverse();
        Some(events)
    }
}

impl Tail {
    /// Gives the chunks up. How many bytes that frees.
    fn clear(&mut self) -> usize {
        self.chunks = VecDeque::new();
        self.events = 0;
        std::mem::take(&mut self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use shared::protocol::{Person, UserId, What};
    use uuid::Uuid;

    use super::*;

    fn room(number: u128) -> RoomId {
        RoomId(Uuid::from_u128(number))
    }

    fn chunk(room_number: u128, seqs: std::ops::RangeInclusive<Seq>, bytes: usize) -> Arc<Chunk> {
        let by = Person { id: UserId(Uuid::nil()), name: String::new() };
        let events = seqs.map(|seq| Event {
            what: What::Posted { text: "x".repeat(bytes) },
            room: room(room_number),
            seq,
            at_ms: 0,
            by: by.clone(),
            op: None,
        });
        Arc::new(Chunk::new(events.collect()).unwrap())
    }

    fn found(tails: &Tails, room_number: u128, after: Seq) -> Option<(Seq, Seq)> {
        let chunk = tails.chunk(room(room_number), after)?;
        Some((chunk.first(), chunk.last()))
    }

    #[test]
    fn a_tail_answers_from_its_first_event_to_its_head_and_nothing_else() {
        let mut tails = Tails::default();
        tails.push(chunk(1, 40..=42, 10));
        tails.push(chunk(1, 43..=43, 10));
        tails.push(chunk(1, 44..=45, 10));
        assert_eq!(found(&tails, 1, 39), Some((40, 42)));
        assert_eq!(found(&tails, 1, 41), Some((40, 42)));
        assert_eq!(found(&tails, 1, 42), Some((43, 43)));
        assert_eq!(found(&tails, 1, 44), Some((44, 45)));
        assert_eq!(found(&tails, 1, 38), None, "39 is only in the store");
        assert_eq!(found(&tails, 1, 45), None, "46 is not published yet");
        assert_eq!(found(&tails, 2, 0), None);
        let newest = |count| -> Option<Vec<Seq>> {
            let events = tails.newest(room(1), count)?;
            Some(events.iter().map(|event| event.seq).collect())
        };
        assert_eq!(newest(4), Some(vec![42, 43, 44, 45]));
        assert_eq!(newest(7), None);
    }

    #[test]
    fn a_tail_has_no_holes_and_no_more_than_its_bounds() {
        let mut tails = Tails::default();
        tails.push(chunk(1, 1..=1, 10));
        tails.push(chunk(1, 3..=3, 10));
        assert_eq!(found(&tails, 1, 0), None);
        assert_eq!(found(&tails, 1, 2), Some((3, 3)));
        for seq in 4..=10_000 {
            tails.push(chunk(1, seq..=seq, 10));
        }
        let tail = &tails.rooms[&room(1)];
        assert_eq!((tail.events, tail.chunks.len()), (TAIL_EVENTS_MAX, TAIL_EVENTS_MAX));
        assert_eq!(tails.bytes, tail.chunks.iter().map(|chunk| chunk.bytes()).sum::<usize>());
    }

    #[test]
    fn the_quietest_room_gives_its_tail_up_and_keeps_its_head() {
        let mut tails = Tails::default();
        let rooms = (TAILS_BYTES_MAX / TAIL_BYTES_MAX) as u128 + 1;
        for number in 1..=rooms {
            tails.push(chunk(number, 7..=7, TAIL_BYTES_MAX / 3));
        }
        assert_eq!(found(&tails, 1, 6), None);
        assert_eq!(tails.head(room(1)), Some(7));
        assert_eq!(found(&tails, rooms, 6), Some((7, 7)));
        assert!(tails.bytes <= TAILS_BYTES_MAX);
    }
}
