//! The connections of one shard as cursors over logs: who follows what, who lacks what. Pure.
//!
//! What is published comes in, in commit order, and memberships move at the moment of their event:
//! who has left hears nothing from behind it. A room with news is *swept*: everyone who follows it
//! and stands where the news begin gets all of it in one write, out of bytes that they share. Who
//! stands elsewhere, or has something else waiting, goes through their [`Feed`]'s backlog. The
//! caller writes: each function that has bytes to send is given a function that takes some of them.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use shared::protocol::{Cursor, FOLLOWED_ROOMS_MAX, Frame, RoomId, Seq, UserId, What};
use slab::Slab;

use super::chunk::Frames;
use super::feed::{Feed, Gathered, Lack, Move, Place};
use super::{Chunk, Dialect, Fanout, Published, Wire, encode};

/// Followers from which on a sweep is worth waiting for: it takes as long as a commit.
const LARGE_ROOM: usize = 100;

/// Vacant places among a room's followers are closed up when there are more than this, and more
/// than followers.
const VACANT_MAX: usize = 64;

/// A place among a room's followers that nobody has.
const VACANT: u32 = u32::MAX;

#[derive(Default)]
pub(crate) struct Feeds {
    feeds: Slab<Feed>,
    rooms: Slab<Room>,
    by_id: HashMap<RoomId, u32>,
    /// Connections of `hubbub.v1` that have said hello: their person's joining moves them.
    devices: HashMap<UserId, Vec<u32>>,
    /// Rooms with news, in the order in which it is their turn.
    swept: VecDeque<u32>,
    /// Connections with a backlog that may be written.
    queued: VecDeque<u32>,
    /// Stretches that only the store has, and who lacks them.
    lacking: Vec<(u32, Lack)>,
    gathered: Gathered,
    /// How many chunks have been published to followers here.
    published: u64,
}

/// A room that somebody here follows.
pub(super) struct Room {
    pub(super) id: RoomId,
    /// The newest seq that is known here.
    pub(super) head: Seq,
    /// Which of the published chunks was its newest.
    published: u64,
    /// Connections by their number, or [`VACANT`].
    followers: Vec<u32>,
    vacant: Vec<u32>,
    news: Vec<News>,
    sweep: Option<Sweep>,
    is_queued: bool,
}

#[derive(Clone)]
enum News {
    Chunk(Arc<Chunk>),
    Ephemeral { dialect: Dialect, not_for: Option<UserId>, frame: Wire },
}

/// News on their way to a room's followers.
struct Sweep {
    /// The follower whose turn it is.
    at: usize,
    news: Vec<News>,
    /// The cursor of who has heard everything before.
    after: Seq,
    v1: Option<Arc<Frames>>,
    plain: Option<Arc<Frames>>,
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
        let rooms: Vec<u32> = self.feed(at).places.iter().map(|place| place.room).collect();
        for room in rooms {
            self.remove(at, room, 0);
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

    /// Puts a cursor at `after`, as a member or to look on. `head` is what is known to be there.
    ///
    /// The caller reads the head **afterwards**, or takes the greater of what the tails say and what
    /// it has read: then nothing falls between, because what is published later comes here.
    pub(crate) fn follow(&mut self, at: u32, room: RoomId, after: Seq, head: Seq, member: bool) {
        let number = self.number(room);
        let room = &mut self.rooms[number as usize];
        room.head = room.head.max(head);
        let feed = &mut self.feeds[at as usize];
        let newest = feed.places.iter().map(|place| place.looked_at).max().unwrap_or_default();
        let looked_at = if member { 0 } else { newest + 1 };
        if let Some(place) = feed.place_mut(number) {
            place.at = after;
            if place.looked_at > 0 || member {
                place.looked_at = looked_at;
            }
        } else {
            let slot = room.seat(at);
            let is_marked = false;
            feed.put(Place { at: after, read: 0, room: number, slot, looked_at, is_marked });
        }
        self.look_away(at);
    }

    /// The room looked at longest ago is given up where there are too many.
    fn look_away(&mut self, at: u32) {
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
        let head = self.rooms[number as usize].head;
        let feed = &mut self.feeds[at as usize];
        if feed.place(number).is_some_and(|place| place.at < head) {
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
        let rooms: Vec<u32> = self.feed(at).places.iter().map(|place| place.room).collect();
        for room in rooms {
            let upto = if at_once { 0 } else { self.rooms[room as usize].head };
            self.remove(at, room, upto);
        }
        self.say(at, frame);
    }

    /// Takes a cursor away; what lies before it up to `upto` is still told.
    fn remove(&mut self, at: u32, number: u32, upto: Seq) -> bool {
        let id = self.rooms[number as usize].id;
        let Some(place) = self.feeds[at as usize].remove(number, id, upto) else { return false };
        self.queue(at);
        let room = &mut self.rooms[number as usize];
        room.followers[place.slot as usize] = VACANT;
        room.vacant.push(place.slot);
        if room.is_deserted() && !room.is_queued {
            self.drop_room(number);
        }
        true
    }

    fn drop_room(&mut self, number: u32) {
        let room = self.rooms.remove(number as usize);
        self.by_id.remove(&room.id);
    }

    fn number(&mut self, id: RoomId) -> u32 {
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

    fn feed(&self, at: u32) -> &Feed {
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

    /// The heads of the rooms that moved since this was last asked.
    pub(crate) fn moved_heads(&mut self, at: u32) -> Vec<Cursor> {
        let feed = &mut self.feeds[at as usize];
        let since = std::mem::replace(&mut feed.pinged, self.published);
        let rooms = feed.places.iter().map(|place| &self.rooms[place.room as usize]);
        let moved = rooms.filter(|room| room.published > since);
        moved.map(|room| Cursor { room: room.id, seq: room.head }).collect()
    }
}

/// What comes in.
impl Feeds {
    /// Something was committed. `moved` gets who has come into which room, or gone.
    pub(crate) fn publish(&mut self, published: &[Published], moved: &mut Vec<Moved>) {
        for item in published {
            match item {
                Published::Chunk(chunk) => self.publish_chunk(chunk, moved),
                Published::Closed(room) => self.close_room(*room, moved),
            }
        }
    }

    fn publish_chunk(&mut self, chunk: &Arc<Chunk>, moved: &mut Vec<Moved>) {
        let id = chunk.room();
        for event in chunk.events() {
            let entered = match event.what {
                What::Joined | What::Created { .. } => true,
                What::Left => false,
                _ => continue,
            };
            let user = event.by.id;
            let devices = self.devices.get(&user).cloned().unwrap_or_default();
            for at in &devices {
                if let Some(coming_up) = &mut self.feeds[*at as usize].coming_up {
                    coming_up.moves.push(Move { room: id, seq: event.seq, entered });
                } else if entered {
                    self.enter(*at, id, event.seq);
                } else {
                    self.exit(*at, id, event.seq);
                }
            }
            if !devices.is_empty() {
                moved.push(Moved { user, room: id, entered });
            }
        }
        let Some(number) = self.by_id.get(&id).copied() else { return };
        self.published += 1;
        let room = &mut self.rooms[number as usize];
        room.head = room.head.max(chunk.last());
        room.published = self.published;
        self.tell(number, News::Chunk(chunk.clone()));
    }

    /// The person of this connection is in the room from this event on.
    fn enter(&mut self, at: u32, room: RoomId, seq: Seq) {
        let number = self.number(room);
        match self.feeds[at as usize].place_mut(number) {
            Some(place) => place.looked_at = 0,
            None => self.follow(at, room, seq.saturating_sub(1), seq, true),
        }
    }

    /// The person is not in the room any more: they are told up to this event.
    fn exit(&mut self, at: u32, room: RoomId, seq: Seq) {
        if let Some(number) = self.by_id.get(&room).copied() {
            self.remove(at, number, seq);
        }
    }

    /// The room is not there any more.
    fn close_room(&mut self, room: RoomId, moved: &mut Vec<Moved>) {
        let Some(number) = self.by_id.get(&room).copied() else { return };
        let followers = self.rooms[number as usize].followers.clone();
        for at in followers.into_iter().filter(|at| *at != VACANT) {
            moved.push(Moved { user: self.feed(at).user, room, entered: false });
            self.remove(at, number, 0);
        }
    }

    /// Says something that is never stored to a room's followers of one dialect.
    pub(crate) fn ephemeral(
        &mut self,
        room: RoomId,
        dialect: Dialect,
        not_for: Option<UserId>,
        frame: Wire,
    ) {
        if let Some(number) = self.by_id.get(&room).copied() {
            self.tell(number, News::Ephemeral { dialect, not_for, frame });
        }
    }

    /// Tells a person's other connections how far the person has read.
    pub(crate) fn read_to(&mut self, user: UserId, room: RoomId, seq: Seq, except: u64) {
        let frame = encode(&Frame::Read { room, seq });
        for at in self.devices.get(&user).cloned().unwrap_or_default() {
            if self.feed(at).id != except {
                self.say(at, frame.clone());
            }
        }
    }

    fn tell(&mut self, number: u32, news: News) {
        let room = &mut self.rooms[number as usize];
        room.news.push(news);
        if !std::mem::replace(&mut room.is_queued, true) {
            self.swept.push_back(number);
        }
    }

    fn queue(&mut self, at: u32) {
        if let Some(backlog) = &mut self.feeds[at as usize].backlog
            && !std::mem::replace(&mut backlog.is_queued, true)
        {
            self.queued.push_back(at);
        }
    }
}

/// What goes out. `write` is given a connection and bytes, and answers how many of them are gone.
impl Feeds {
    /// Whether there is something to write now. While `patient`, large rooms may wait.
    pub(crate) fn has_work(&self, patient: bool) -> bool {
        !self.queued.is_empty() || self.swept.iter().any(|number| self.may_sweep(*number, patient))
    }

    /// Whether the news of a large room wait to be swept.
    pub(crate) fn has_large_work(&self) -> bool {
        self.swept.iter().any(|number| !self.may_sweep(*number, true))
    }

    fn may_sweep(&self, number: u32, patient: bool) -> bool {
        let room = &self.rooms[number as usize];
        !patient || room.sweep.is_some() || room.following() < LARGE_ROOM
    }

    /// Writes news to about `writes_max` connections: a slice of a turn, so that nobody waits for
    /// the whole of a huge room. While `patient`, large rooms that have not been begun are left.
    pub(crate) fn sweep(
        &mut self,
        patient: bool,
        writes_max: usize,
        write: &mut impl FnMut(u32, &[u8]) -> usize,
    ) {
        let mut left = writes_max;
        for _ in 0..self.swept.len() {
            let Some(number) = self.swept.pop_front() else { return };
            let waits = left == 0 || !self.may_sweep(number, patient);
            if waits || self.sweep_room(number, &mut left, write) {
                self.swept.push_back(number);
            }
        }
    }

    /// Whether the room still has news.
    fn sweep_room(
        &mut self,
        number: u32,
        left: &mut usize,
        write: &mut impl FnMut(u32, &[u8]) -> usize,
    ) -> bool {
        let room = &mut self.rooms[number as usize];
        let mut sweep = match room.sweep.take() {
            Some(sweep) => sweep,
            None => {
                let news = std::mem::take(&mut room.news);
                let sweep = Sweep::new(news, room.head);
                room.close_up(&mut self.feeds, number);
                sweep
            }
        };
        let followers = std::mem::take(&mut room.followers);
        while *left > 0
            && let Some(at) = followers.get(sweep.at).copied()
        {
            sweep.at += 1;
            if at != VACANT {
                *left -= 1;
                self.deliver(at, number, &mut sweep, write);
            }
        }
        let is_over = sweep.at >= followers.len();
        let room = &mut self.rooms[number as usize];
        room.followers = followers;
        if !is_over {
            room.sweep = Some(sweep);
            return true;
        }
        room.is_queued = !room.news.is_empty();
        if room.is_deserted() && !room.is_queued {
            self.drop_room(number);
            return false;
        }
        room.is_queued
    }

    fn deliver(
        &mut self,
        at: u32,
        number: u32,
        sweep: &mut Sweep,
        write: &mut impl FnMut(u32, &[u8]) -> usize,
    ) {
        let feed = &mut self.feeds[at as usize];
        let (frames, all_news) = sweep.frames(feed.dialect);
        let (user, is_idle) = (feed.user, feed.backlog.is_none());
        let Some(place) = feed.place_mut(number) else { return };
        if is_idle && place.at == frames.after && !frames.spares(user) {
            place.at = frames.last;
            let bytes = frames.bytes();
            if bytes.is_empty() {
                return;
            }
            let taken = write(at, bytes);
            if taken < bytes.len() {
                let (cursor, unfinished) = frames.cut(taken);
                feed.stopped(number, cursor, frames.last, unfinished);
            }
            return;
        }
        if place.at < frames.last {
            feed.mark(number);
        }
        for news in all_news {
            if let News::Ephemeral { dialect, not_for, frame } = news
                && *dialect == feed.dialect
                && *not_for != Some(user)
            {
                feed.ephemeral(frame.clone());
            }
        }
        self.queue(at);
    }

    /// Writes to about `writes_max` connections with a backlog what the tails hold of it; what only
    /// the store has is then in [`Feeds::lacking`].
    pub(crate) fn drain(
        &mut self,
        fanout: &Fanout,
        writes_max: usize,
        write: &mut impl FnMut(u32, &[u8]) -> usize,
    ) {
        for _ in 0..self.queued.len().min(writes_max) {
            let Some(at) = self.queued.pop_front() else { return };
            let Some(feed) = self.feeds.get_mut(at as usize) else { continue };
            let Some(backlog) = &mut feed.backlog else { continue };
            backlog.is_queued = false;
            if backlog.is_blocked || backlog.is_reading {
                continue;
            }
            let gathered = &mut self.gathered;
            // Let go before anything is written.
            let lack = feed.gather(&self.rooms, &fanout.tails(), gathered);
            let taken = if gathered.bytes.is_empty() { 0 } else { write(at, &gathered.bytes) };
            if !feed.settle(gathered, taken) {
                continue;
            }
            if let Some(backlog) = &mut feed.backlog {
                match lack {
                    Some(lack) => {
                        backlog.is_reading = true;
                        self.lacking.push((at, lack));
                    }
                    None => self.queue(at),
                }
            }
        }
    }

    /// What has to be read from the store, and for whom: [`Feeds::supply`] takes it.
    pub(crate) fn lacking(&mut self) -> Vec<(u32, Lack)> {
        std::mem::take(&mut self.lacking)
    }

    /// The store's answer; `None` if there is nothing where something must be.
    pub(crate) fn supply(&mut self, at: u32, chunk: Option<Arc<Chunk>>) {
        let feed = &mut self.feeds[at as usize];
        if chunk.is_none() {
            feed.give_up(&self.rooms);
        }
        let backlog = feed.backlog();
        backlog.is_reading = false;
        backlog.supplied = chunk;
        self.queue(at);
    }

    /// The socket takes bytes again.
    pub(crate) fn unblock(&mut self, at: u32) {
        if let Some(backlog) = &mut self.feeds[at as usize].backlog {
            backlog.is_blocked = false;
            self.queue(at);
        }
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

impl Room {
    fn new(id: RoomId) -> Self {
        Self {
            id,
            head: 0,
            published: 0,
            followers: Vec::new(),
            vacant: Vec::new(),
            news: Vec::new(),
            sweep: None,
            is_queued: false,
        }
    }

    fn following(&self) -> usize {
        self.followers.len() - self.vacant.len()
    }

    fn is_deserted(&self) -> bool {
        self.following() == 0
    }

    /// Gives a connection a place among the followers.
    fn seat(&mut self, at: u32) -> u32 {
        if let Some(slot) = self.vacant.pop() {
            self.followers[slot as usize] = at;
            return slot;
        }
        self.followers.push(at);
        (self.followers.len() - 1) as u32
    }

    /// Closes up where many have gone. Only between sweeps: their place in the row must not move.
    fn close_up(&mut self, feeds: &mut Slab<Feed>, number: u32) {
        if self.vacant.len() <= VACANT_MAX.max(self.following()) {
            return;
        }
        self.vacant.clear();
        self.followers.retain(|at| *at != VACANT);
        self.followers.shrink_to_fit();
        for (slot, at) in self.followers.iter().enumerate() {
            if let Some(place) = feeds[*at as usize].place_mut(number) {
                place.slot = slot as u32;
            }
        }
    }
}

impl Sweep {
    /// `head` is the room's, for news that are all of the kind that is never stored.
    fn new(news: Vec<News>, head: Seq) -> Self {
        let first = news.iter().find_map(|news| match news {
            News::Chunk(chunk) => Some(chunk.first() - 1),
            News::Ephemeral { .. } => None,
        });
        Self { at: 0, after: first.unwrap_or(head), news, v1: None, plain: None }
    }

    /// All the news in this protocol: the very bytes of the chunk if it is one.
    fn frames(&mut self, dialect: Dialect) -> (&Frames, &[News]) {
        let made = match dialect {
            Dialect::V1 => &mut self.v1,
            Dialect::Plain => &mut self.plain,
        };
        let frames = made.get_or_insert_with(|| match &self.news[..] {
            [News::Chunk(chunk)] => chunk.frames(dialect).clone(),
            news => Arc::new(together(self.after, news, dialect)),
        });
        (frames, &self.news)
    }
}

fn together(after: Seq, news: &[News], dialect: Dialect) -> Frames {
    let mut frames = Frames::new(after);
    for news in news {
        match news {
            News::Chunk(chunk) => frames.append(chunk.frames(dialect)),
            News::Ephemeral { dialect: its, not_for, frame } if *its == dialect => {
                frames.append_ephemeral(frame, *not_for);
            }
            News::Ephemeral { .. } => {}
        }
    }
    frames
}
