//! The connections of one shard as cursors over logs: who follows what, who lacks what. Pure.
//!
//! What is published comes in, in commit order, and memberships move at the moment of their event:
//! who has left hears nothing from behind it. A room with news is *swept*: everyone who follows it
//! and stands where the news begin gets all of it in one write, out of bytes that they share. Who
//! stands elsewhere, or has something else waiting, goes through their [`Feed`]'s backlog. The
//! caller writes. What comes in is in `hearing`, what goes out in `writing`.

use std::collections::{HashMap, VecDeque};

use shared::protocol::{Cursor, FOLLOWED_ROOMS_MAX, RoomId, Seq, UserId};
use slab::Slab;

use super::feed::{Feed, Lack, Move, Place};
use super::gathering::Gathered;
use super::room::{Room, VACANT};
use super::{Dialect, Wire};

#[derive(Default)]
pub(crate) struct Feeds {
    pub(super) feeds: Slab<Feed>,
    pub(super) rooms: Slab<Room>,
    pub(super) by_id: HashMap<RoomId, u32>,
    /// Connections of `hubbub.v1` that have said hello: their person's joining moves them.
    pub(super) devices: HashMap<UserId, Vec<u32>>,
    /// Rooms with news, in the order in which it is their turn.
    pub(super) swept: VecDeque<u32>,
    /// Connections with a backlog that may be written.
    pub(super) queued: VecDeque<u32>,
    /// Stretches that only the store has, and who lacks them.
    pub(super) lacking: Vec<(u32, Lack)>,
    pub(super) gathered: Gathered,
    /// The newest seq of each room that was heard of here, followed or not. What lies behind it may
    /// hold the end of a membership, and is told to nobody before it has been heard.
    pub(super) heard: HashMap<RoomId, Seq>,
    /// Connections of the plain protocol whose person was put out of this room.
    pub(super) put_out: Vec<(u32, RoomId)>,
    /// How many chunks have been published to followers here.
    pub(super) published: u64,
}

/// A person has come into a room, or is not in it any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moved {
    pub(crate) user: UserId,
    pub(crate) room: RoomId,
    pub(crate) entered: bool,
}

/// Connections, rooms, cursors.
impl Feeds {
    /// A connection that follows nothing yet. Its number is free again when it is closed.
    pub(crate) fn open(&mut self, id: u64, user: UserId, dialect: Dialect) -> u32 {
        let feed = Feed {
            id,
            user,
            dialect,
            places: Vec::new(),
            backlog: None,
            coming_up: None,
            pinged: self.published,
        };
        self.feeds.insert(feed) as u32
    }

    /// The connection is gone.
    pub(crate) fn close(&mut self, at: u32) {
        self.dismiss(at);
        for place in self.feed(at).places.clone() {
            self.remove(at, place.room, 0);
        }
        self.feeds.remove(at as usize);
    }

    /// From now on the connection is moved by what its person joins and leaves. Whoever calls this
    /// reads the memberships **afterwards**, and then calls [`Feeds::settle_in`].
    pub(crate) fn admit(&mut self, at: u32) {
        let feed = &mut self.feeds[at as usize];
        feed.coming_up = Some(Box::default());
        self.devices.entry(feed.user).or_default().push(at);
    }

    /// The memberships that were read stand as cursors now: what has moved since is made up for.
    /// `head_of` is the head of each room when they were read.
    pub(crate) fn settle_in(&mut self, at: u32, head_of: impl Fn(RoomId) -> Seq) {
        let coming_up = self.feeds[at as usize].coming_up.take().unwrap_or_default();
        for Move { room, seq, entered } in coming_up.moves {
            if seq <= head_of(room) {
                continue;
            }
            if entered {
                self.enter(at, room, seq);
                self.bring_up(at, room);
            } else {
                self.exit(at, room, seq);
            }
        }
    }

    /// The newest seq of a room that was heard of here since the start.
    pub(crate) fn heard(&self, room: RoomId) -> Option<Seq> {
        self.heard.get(&room).copied()
    }

    /// Puts a cursor at `after`, as a member or to look on. `head` is what was read, together with
    /// the membership: what has been heard since is added here, and what comes later comes here.
    pub(crate) fn follow(&mut self, at: u32, room: RoomId, after: Seq, head: Seq, member: bool) {
        let heard = self.heard(room).unwrap_or_default();
        let number = self.number(room);
        let room = &mut self.rooms[number as usize];
        room.head = room.head.max(heard);
        let feed = &mut self.feeds[at as usize];
        let looked_at = if member { 0 } else { feed.next_look() };
        if let Some(place) = feed.place_mut(number) {
            (place.at, place.goal) = (after, head);
            if place.looked_at > 0 || member {
                place.looked_at = looked_at;
            }
        } else {
            let slot = room.seat(at);
            let is_marked = false;
            feed.put(Place {
                at: after,
                goal: head,
                read: 0,
                room: number,
                slot,
                looked_at,
                is_marked,
            });
        }
        self.look_away(at);
    }

    /// The room looked at longest ago is given up where there are too many.
    pub(super) fn look_away(&mut self, at: u32) {
        let looked = self.feed(at).places.iter().filter(|place| place.looked_at > 0);
        if looked.clone().count() > FOLLOWED_ROOMS_MAX
            && let Some(oldest) = looked.min_by_key(|place| place.looked_at)
        {
            let room = oldest.room;
            self.remove(at, room, 0);
        }
    }

    /// Tells what the cursor lacks, behind what waits already.
    pub(crate) fn bring_up(&mut self, at: u32, room: RoomId) {
        let Some(number) = self.by_id.get(&room).copied() else { return };
        let room = &self.rooms[number as usize];
        let feed = &mut self.feeds[at as usize];
        if feed.place(number).is_some_and(|place| place.at < room.known_to(place)) {
            feed.mark(number);
            self.queue(at);
        }
    }

    pub(crate) fn unfollow(&mut self, at: u32, room: RoomId) {
        if let Some(number) = self.by_id.get(&room).copied() {
            self.remove(at, number, 0);
        }
    }

    /// Says something to this connection, behind what waits already.
    pub(crate) fn say(&mut self, at: u32, frame: Wire) {
        self.feeds[at as usize].say(frame);
        self.queue(at);
    }

    /// Nothing is published to this connection any more: what it lacks is still told, and then the
    /// frame. Where `at_once`, only a frame that was begun comes before it.
    pub(crate) fn finish(&mut self, at: u32, frame: Wire, at_once: bool) {
        self.dismiss(at);
        if at_once {
            self.feeds[at as usize].forget_mails();
        }
        for place in self.feed(at).places.clone() {
            let upto = if at_once { 0 } else { self.rooms[place.room as usize].known_to(&place) };
            self.remove(at, place.room, upto);
        }
        self.say(at, frame);
    }

    /// Takes a cursor away; what lies before it up to `upto` is still told.
    pub(super) fn remove(&mut self, at: u32, number: u32, upto: Seq) {
        let id = self.rooms[number as usize].id;
        let Some(place) = self.feeds[at as usize].remove(number, id, upto) else { return };
        self.queue(at);
        let room = &mut self.rooms[number as usize];
        room.followers[place.slot as usize] = VACANT;
        room.vacant.push(place.slot);
        if room.is_deserted() && !room.is_queued {
            self.drop_room(number);
        }
    }

    pub(super) fn queue(&mut self, at: u32) {
        if let Some(backlog) = &mut self.feeds[at as usize].backlog
            && !std::mem::replace(&mut backlog.is_queued, true)
        {
            self.queued.push_back(at);
        }
    }

    pub(super) fn drop_room(&mut self, number: u32) {
        let room = self.rooms.remove(number as usize);
        self.by_id.remove(&room.id);
    }

    pub(super) fn number(&mut self, id: RoomId) -> u32 {
        let rooms = &mut self.rooms;
        *self.by_id.entry(id).or_insert_with(|| rooms.insert(Room::new(id)) as u32)
    }

    fn dismiss(&mut self, at: u32) {
        let user = self.feed(at).user;
        if let Some(devices) = self.devices.get_mut(&user) {
            devices.retain(|device| *device != at);
            if devices.is_empty() {
                self.devices.remove(&user);
            }
        }
    }

    pub(super) fn feed(&self, at: u32) -> &Feed {
        &self.feeds[at as usize]
    }
}

/// What the session asks about its connection.
impl Feeds {
    /// Whether this is still the connection that had this number when it had this id.
    pub(crate) fn is(&self, at: u32, id: u64) -> bool {
        self.feeds.get(at as usize).is_some_and(|feed| feed.id == id)
    }

    pub(crate) fn id(&self, at: u32) -> u64 {
        self.feed(at).id
    }

    pub(crate) fn user(&self, at: u32) -> UserId {
        self.feed(at).user
    }

    /// The rooms that the person is in, as this connection has heard.
    pub(crate) fn rooms_of(&self, at: u32) -> Vec<RoomId> {
        let places = self.feed(at).places.iter().filter(|place| place.looked_at == 0);
        places.map(|place| self.rooms[place.room as usize].id).collect()
    }

    pub(crate) fn is_member(&self, at: u32, room: RoomId) -> bool {
        let number = self.by_id.get(&room);
        let place = number.and_then(|number| self.feed(at).place(*number));
        place.is_some_and(|place| place.looked_at == 0)
    }

    /// Whether the connection hears the room, as a member or looking on.
    pub(crate) fn follows(&self, at: u32, room: RoomId) -> bool {
        let number = self.by_id.get(&room);
        number.is_some_and(|number| self.feed(at).place(*number).is_some())
    }

    /// Bytes of answers that wait.
    pub(crate) fn answer_bytes(&self, at: u32) -> usize {
        self.feed(at).answer_bytes()
    }

    /// Whether everything has been written.
    pub(crate) fn is_told(&self, at: u32) -> bool {
        self.feed(at).backlog.is_none()
    }

    /// Whether the socket did not take what it was given.
    pub(crate) fn is_blocked(&self, at: u32) -> bool {
        self.feed(at).backlog.as_ref().is_some_and(|backlog| backlog.is_blocked)
    }

    /// Moves the read cursor to what this client has been shown, at most. `None` if that is no
    /// news: a client that says the same again, or makes up seqs, asks nothing of the writer.
    pub(crate) fn read(&mut self, at: u32, room: RoomId, seq: Seq) -> Option<Seq> {
        let number = *self.by_id.get(&room)?;
        let place = self.feeds[at as usize].place_mut(number)?;
        let seq = seq.min(place.at);
        if seq <= place.read {
            return None;
        }
        place.read = seq;
        Some(seq)
    }

    /// The heads of the rooms that moved since this was last asked. What the connection lacks of
    /// them is told before whatever is said next: a client that hears of a head first asks for what
    /// is on its way already, and may be told that it is too far behind.
    pub(crate) fn moved_heads(&mut self, at: u32) -> Vec<Cursor> {
        let feed = &mut self.feeds[at as usize];
        let since = std::mem::replace(&mut feed.pinged, self.published);
        let numbers: Vec<u32> = feed.places.iter().map(|place| place.room).collect();
        let mut heads = Vec::new();
        for number in numbers {
            let room = &self.rooms[number as usize];
            if room.published > since {
                heads.push(Cursor { room: room.id, seq: room.head });
                self.bring_up(at, room.id);
            }
        }
        heads
    }
}

#[cfg(test)]
impl Feeds {
    /// How many things wait for a connection.
    pub(super) fn waiting(&self, at: u32) -> usize {
        self.feed(at).backlog.as_ref().map_or(0, |backlog| backlog.mails.len())
    }

    pub(super) fn is_empty(&self) -> bool {
        let nobody = self.feeds.is_empty() && self.devices.is_empty();
        nobody && self.rooms.is_empty() && self.by_id.is_empty() && self.swept.is_empty()
    }
}
