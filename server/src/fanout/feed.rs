//! What one connection still has to be told: cursors over logs, and what waits between them. Pure.
//!
//! An idle connection is its cursors and nothing else. Only where something waits there is a
//! [`Backlog`]: marks that say "bring this room's cursor to its head", frames for this connection
//! alone, and the rest of a frame that the socket took a part of. What becomes of it is in
//! `gathering`. Knows no socket; driven by `feeds`.

use std::collections::VecDeque;
use std::sync::Arc;

use shared::protocol::{RoomId, Seq, UserId};

use super::{Chunk, Dialect, Wire};

/// Presence and typing that may wait for one socket. Who is further behind than this misses some,
/// which their next `who` mends.
const EPHEMERALS_MAX: usize = 64;

pub(super) struct Feed {
    /// Unique as long as the server runs.
    pub(super) id: u64,
    pub(super) user: UserId,
    pub(super) dialect: Dialect,
    /// By the number of the room.
    pub(super) places: Vec<Place>,
    pub(super) backlog: Option<Box<Backlog>>,
    /// Between the hello and its welcome.
    pub(super) coming_up: Option<Box<ComingUp>>,
    /// How much had been published when this connection was last told heads.
    pub(super) pinged: u64,
}

/// How far one room's log has been passed on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) at: Seq,
    /// The head that was read for this connection alone, together with its membership. The shard
    /// may hear of it later, and others are not told up to there before.
    pub(super) goal: Seq,
    /// How far this client says that it was read.
    pub(super) read: Seq,
    /// The room's number in its shard.
    pub(super) room: u32,
    /// Where this connection stands among the room's followers.
    pub(super) slot: u32,
    /// 0 for a member; otherwise when the room was last asked for, compared with others.
    pub(super) looked_at: u32,
    /// Whether the backlog has a mark for this room.
    pub(super) is_marked: bool,
}

/// Memberships that moved while they were read, in order.
#[derive(Default)]
pub(super) struct ComingUp {
    pub(super) moves: Vec<Move>,
}

/// A membership that began or ended by the event at `seq`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Move {
    pub(super) room: RoomId,
    pub(super) seq: Seq,
    pub(super) entered: bool,
}

#[derive(Default)]
pub(super) struct Backlog {
    /// The rest of a frame that was begun.
    pub(super) unfinished: Vec<u8>,
    pub(super) mails: VecDeque<Mail>,
    pub(super) ephemerals: usize,
    pub(super) answer_bytes: usize,
    /// What the store gave for the room that lacked it.
    pub(super) supplied: Option<Arc<Chunk>>,
    /// The socket takes nothing more for now.
    pub(super) is_blocked: bool,
    /// The store is being asked.
    pub(super) is_reading: bool,
    /// It stands in the queue of those to be written to.
    pub(super) is_queued: bool,
}

#[derive(Debug)]
pub(super) enum Mail {
    /// Bring this room's cursor to its head, wherever that is by then.
    Room(u32),
    /// The room is not followed any more: tell what lies before the end, and nothing after it.
    Last { room: RoomId, after: Seq, upto: Seq },
    /// For this connection alone.
    Say(Wire),
    /// Never stored.
    Ephemeral(Wire),
}

/// A stretch that only the store has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lack {
    pub(crate) room: RoomId,
    pub(crate) after: Seq,
    pub(crate) upto: Seq,
}

impl Feed {
    pub(super) fn place(&self, room: u32) -> Option<&Place> {
        let at = self.places.binary_search_by_key(&room, |place| place.room).ok()?;
        self.places.get(at)
    }

    pub(super) fn place_mut(&mut self, room: u32) -> Option<&mut Place> {
        let at = self.places.binary_search_by_key(&room, |place| place.room).ok()?;
        self.places.get_mut(at)
    }

    /// What a room is marked with that is looked at from now on.
    pub(super) fn next_look(&self) -> u32 {
        1 + self.places.iter().map(|place| place.looked_at).max().unwrap_or_default()
    }

    /// Adds a cursor for a room that has none.
    pub(super) fn put(&mut self, place: Place) {
        let at = self.places.partition_point(|other| other.room < place.room);
        // Most connections follow a room or two: no room for more before there are more.
        self.places.reserve_exact(1);
        self.places.insert(at, place);
    }

    /// Takes a room's cursor away. What it lacks up to `upto` is still told.
    pub(super) fn remove(&mut self, room: u32, id: RoomId, upto: Seq) -> Option<Place> {
        let at = self.places.binary_search_by_key(&room, |place| place.room).ok()?;
        let place = self.places.remove(at);
        let last = (place.at < upto).then_some(Mail::Last { room: id, after: place.at, upto });
        if place.is_marked
            && let Some(backlog) = &mut self.backlog
            && let Some(at) =
                backlog.mails.iter().position(|mail| matches!(mail, Mail::Room(it) if *it == room))
        {
            match last {
                Some(last) => backlog.mails[at] = last,
                None => drop(backlog.mails.remove(at)),
            }
        } else if let Some(last) = last {
            self.backlog().mails.push_back(last);
        }
        Some(place)
    }

    pub(super) fn backlog(&mut self) -> &mut Backlog {
        self.backlog.get_or_insert_default()
    }

    /// The room's cursor is to be brought to its head.
    pub(super) fn mark(&mut self, room: u32) {
        let Some(place) = self.place_mut(room) else { return };
        if !std::mem::replace(&mut place.is_marked, true) {
            self.backlog().mails.push_back(Mail::Room(room));
        }
    }

    pub(super) fn say(&mut self, frame: Wire) {
        let backlog = self.backlog();
        backlog.answer_bytes += frame.len();
        backlog.mails.push_back(Mail::Say(frame));
    }

    /// Says something that is never stored, unless too much of it waits already.
    pub(super) fn ephemeral(&mut self, frame: Wire) {
        let backlog = self.backlog();
        if backlog.ephemerals < EPHEMERALS_MAX {
            backlog.ephemerals += 1;
            backlog.mails.push_back(Mail::Ephemeral(frame));
        }
    }

    /// Forgets everything that waits, but for a frame that was begun.
    pub(super) fn forget_mails(&mut self) {
        if let Some(backlog) = &mut self.backlog {
            backlog.mails.clear();
            (backlog.ephemerals, backlog.answer_bytes) = (0, 0);
        }
        for place in &mut self.places {
            place.is_marked = false;
        }
    }

    /// A write of everything that these frames are stopped in the middle.
    pub(super) fn stopped(&mut self, room: u32, cursor: Seq, last: Seq, unfinished: &[u8]) {
        if let Some(place) = self.place_mut(room) {
            place.at = cursor;
        }
        let backlog = self.backlog();
        backlog.unfinished = unfinished.to_vec();
        backlog.is_blocked = true;
        if cursor < last {
            self.mark(room);
        }
    }

    /// Bytes for this connection alone that wait.
    pub(super) fn answer_bytes(&self) -> usize {
        self.backlog.as_ref().map_or(0, |backlog| backlog.answer_bytes)
    }
}
