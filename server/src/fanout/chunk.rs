//! A stretch of one room's log as bytes ready for the wire: what was committed together.
//!
//! Made once by the publisher, shared by everyone who reads it, never changed. A protocol's frames
//! are made when somebody first asks for them, and lie one behind the other, so that whoever lacks
//! all of them gets them in one write. Pure.

use std::sync::{Arc, OnceLock};

use shared::protocol::{Event, RoomId, Seq, UserId, What};

use super::Dialect;
use super::encode::{Wire, plain_event, v1_event};
use super::frame::{Opcode, push};

/// What an event takes beside its text: names, ids, and both protocols' keys.
const EVENT_BYTES: usize = 600;

/// Events of one room with consecutive seqs, at least one.
pub(crate) struct Chunk {
    events: Vec<Event>,
    v1: OnceLock<Arc<Frames>>,
    plain: OnceLock<Arc<Frames>>,
}

impl Chunk {
    /// `None` without events.
    pub(crate) fn new(events: Vec<Event>) -> Option<Self> {
        debug_assert!(events.windows(2).all(|two| two[0].seq + 1 == two[1].seq), "dense");
        let chunk = Self { events, v1: OnceLock::new(), plain: OnceLock::new() };
        (!chunk.events.is_empty()).then_some(chunk)
    }

    pub(crate) fn events(&self) -> &[Event] {
        &self.events
    }

    pub(crate) fn room(&self) -> RoomId {
        self.events[0].room
    }

    pub(crate) fn first(&self) -> Seq {
        self.events[0].seq
    }

    pub(crate) fn last(&self) -> Seq {
        self.events[self.events.len() - 1].seq
    }

    pub(crate) fn frames(&self, dialect: Dialect) -> &Arc<Frames> {
        let frames = match dialect {
            Dialect::V1 => &self.v1,
            Dialect::Plain => &self.plain,
        };
        frames.get_or_init(|| Arc::new(Frames::of(&self.events, dialect)))
    }

    /// The same stretch without the texts of messages that are gone, by their seq and author. `None`
    /// where none of it is here.
    pub(super) fn erased(&self, is_gone: impl Fn(Seq, UserId) -> bool) -> Option<Self> {
        let is_text = |event: &Event| message(event).is_some_and(|post| is_gone(post, event.by.id));
        if !self.events.iter().any(is_text) {
            return None;
        }
        let mut events = self.events.clone();
        for event in events.iter_mut().filter(|event| is_text(event)) {
            if let What::Posted { text } | What::Edited { text, .. } = &mut event.what {
                text.clear();
            }
        }
        Self::new(events)
    }

    /// About what it takes in memory: the text as it is, and in both protocols.
    pub(super) fn bytes(&self) -> usize {
        let text = |event: &Event| match &event.what {
            What::Posted { text } | What::Edited { text, .. } => text.len() * 3,
            _ => 0,
        };
        self.events.iter().map(|event| text(event) + EVENT_BYTES).sum()
    }
}

/// Of which message an event carries text, by its seq. Who edits a message is its author.
fn message(event: &Event) -> Option<Seq> {
    match event.what {
        What::Posted { .. } => Some(event.seq),
        What::Edited { target, .. } => Some(target),
        _ => None,
    }
}

/// Frames of one protocol, one behind the other, and where each of them ends.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Frames {
    /// The cursor that these frames follow on.
    pub(crate) after: Seq,
    /// The cursor of whoever has them all.
    pub(crate) last: Seq,
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    /// People who do not get everything.
    spared: Vec<UserId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    /// The event's seq; 0 for what is never stored.
    seq: Seq,
    /// Where its frame ends. An event that this protocol does not show ends where it begins.
    end: u32,
    /// Who does not get it, by their place in `spared`.
    not_for: Option<u16>,
}

/// One frame among others.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Piece<'a> {
    /// The event's seq; 0 for what is never stored.
    pub(crate) seq: Seq,
    /// Empty for an event that is not shown.
    pub(crate) bytes: &'a [u8],
    pub(crate) not_for: Option<UserId>,
}

impl Frames {
    pub(crate) fn new(after: Seq) -> Self {
        Self { after, last: after, ..Self::default() }
    }

    fn of(events: &[Event], dialect: Dialect) -> Self {
        let mut frames = Self::new(events[0].seq - 1);
        for event in events {
            let (line, own) = match dialect {
                Dialect::V1 => (Some(v1_event(event)), None),
                // To all but its sender.
                Dialect::Plain => (
                    plain_event(event),
                    matches!(event.what, What::Posted { .. }).then_some(event.by.id),
                ),
            };
            if let Some(line) = line {
                push(&mut frames.bytes, Opcode::Text, line.as_bytes());
            }
            frames.end_entry(event.seq, own);
        }
        frames
    }

    /// Puts the frames of the next stretch behind these.
    pub(crate) fn append(&mut self, next: &Self) {
        for piece in next.pieces() {
            self.bytes.extend_from_slice(piece.bytes);
            self.end_entry(piece.seq, piece.not_for);
        }
    }

    /// Puts something behind these that is never stored.
    pub(crate) fn append_ephemeral(&mut self, frame: &Wire, not_for: Option<UserId>) {
        self.bytes.extend_from_slice(frame);
        self.end_entry(0, not_for);
    }

    fn end_entry(&mut self, seq: Seq, not_for: Option<UserId>) {
        let not_for = not_for.and_then(|user| {
            let known = self.spared.iter().position(|spared| *spared == user);
            let at = known.unwrap_or_else(|| {
                self.spared.push(user);
                self.spared.len() - 1
            });
            u16::try_from(at).ok()
        });
        let end = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        self.entries.push(Entry { seq, end, not_for });
        self.last = self.last.max(seq);
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether some of it is not for this person.
    pub(crate) fn spares(&self, user: UserId) -> bool {
        self.spared.contains(&user)
    }

    pub(crate) fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        self.pieces_from(0)
    }

    /// The frames of a chunk behind this cursor.
    pub(crate) fn pieces_after(&self, cursor: Seq) -> impl Iterator<Item = Piece<'_>> {
        self.pieces_from(self.entries.partition_point(|entry| entry.seq <= cursor))
    }

    fn pieces_from(&self, first: usize) -> impl Iterator<Item = Piece<'_>> {
        let before = first.checked_sub(1).map(|before| self.entries[before].end);
        let mut start = before.unwrap_or_default() as usize;
        self.entries[first..].iter().map(move |entry| {
            let end = entry.end as usize;
            let bytes = &self.bytes[start..end];
            start = end;
            let not_for = entry.not_for.map(|at| self.spared[usize::from(at)]);
            Piece { seq: entry.seq, bytes, not_for }
        })
    }

    /// Where a write of all bytes stopped that took `taken` of them, fewer than all: the cursor
    /// behind the last event of which something is gone, and what is still to be sent of it.
    pub(crate) fn cut(&self, taken: usize) -> (Seq, &[u8]) {
        let mut cursor = self.after;
        let mut start = 0;
        for entry in &self.entries {
            let end = entry.end as usize;
            if start >= taken && end > taken {
                break;
            }
            cursor = cursor.max(entry.seq);
            start = end;
        }
        (cursor, &self.bytes[taken..start.max(taken)])
    }
}

#[cfg(test)]
mod tests {
    use shared::protocol::Person;
    use uuid::Uuid;

    use super::*;

    fn event(seq: Seq, by: u128, what: What) -> Event {
        let by = Person { id: UserId(Uuid::from_u128(by)), name: "Ann".into() };
        Event { what, room: RoomId(Uuid::nil()), seq, at_ms: 0, by, op: None }
    }

    fn posted(seq: Seq, by: u128) -> Event {
        event(seq, by, What::Posted { text: format!("said {seq}") })
    }

    #[test]
    fn a_plain_author_is_spared_their_lines_and_joins_are_not_shown() {
        let events = vec![posted(4, 1), event(5, 1, What::Joined), posted(6, 2)];
        let chunk = Chunk::new(events).unwrap();
        let frames = chunk.frames(Dialect::Plain);
        assert_eq!((frames.after, frames.last), (3, 6));
        let pieces: Vec<_> = frames.pieces().collect();
        assert_eq!(pieces.iter().map(|piece| piece.seq).collect::<Vec<_>>(), [4, 5, 6]);
        assert!(pieces[1].bytes.is_empty() && !pieces[2].bytes.is_empty());
        assert!(frames.spares(UserId(Uuid::from_u128(1))));
        assert!(!frames.spares(UserId(Uuid::from_u128(3))));
        assert!(!chunk.frames(Dialect::V1).spares(UserId(Uuid::from_u128(1))));
    }

    #[test]
    fn stretches_behind_each_other_are_the_stretch_of_both() {
        let (first, second) = (vec![posted(1, 1), posted(2, 2)], vec![posted(3, 1)]);
        let both = Chunk::new([&first[..], &second[..]].concat()).unwrap();
        for dialect in [Dialect::V1, Dialect::Plain] {
            let mut frames = Frames::new(0);
            frames.append(Chunk::new(first.clone()).unwrap().frames(dialect));
            frames.append(Chunk::new(second.clone()).unwrap().frames(dialect));
            assert_eq!(frames, **both.frames(dialect));
        }
    }

    #[test]
    fn wherever_a_write_stops_the_frame_that_was_begun_is_finished() {
        let events = vec![posted(1, 1), event(2, 1, What::Joined), posted(3, 2)];
        let chunk = Chunk::new(events).unwrap();
        let frames = chunk.frames(Dialect::Plain);
        let ends: Vec<usize> = frames.entries.iter().map(|entry| entry.end as usize).collect();
        for taken in 0..frames.bytes().len() {
            let (cursor, rest) = frames.cut(taken);
            let expected = match taken {
                0 => (0, 0),
                // What is not shown ends together with what lies before it.
                _ if taken <= ends[0] => (if taken == ends[0] { 2 } else { 1 }, ends[0] - taken),
                _ => (3, ends[2] - taken),
            };
            assert_eq!((cursor, rest.len()), expected, "{taken}");
        }
    }
}
