//! What comes in: commits and what is never stored, as a shard hears of them.
//!
//! Memberships move here, at the moment of their event: who comes follows from it on, who leaves is
//! told up to it. Nothing is written; rooms with news wait to be swept. The rest of [`Feeds`].

use std::sync::Arc;

use shared::protocol::{Frame, RoomId, Seq, UserId, What};

use super::feed::Move;
use super::feeds::{Feeds, Moved};
use super::room::{News, VACANT};
use super::{Chunk, Dialect, Published, Wire, encode};

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
            let Some((person, entered)) = event.what.moves(&event.by) else { continue };
            let user = person.id;
            if matches!(event.what, What::Removed { .. }) {
                self.exit_looking_on(user, id, event.seq);
            }
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
        self.heard.insert(id, chunk.last());
        let Some(number) = self.by_id.get(&id).copied() else { return };
        self.published += 1;
        let room = &mut self.rooms[number as usize];
        room.head = room.head.max(chunk.last());
        room.published = self.published;
        self.tell(number, News::Chunk(chunk.clone()));
    }

    /// The person of this connection is in the room from this event on.
    pub(super) fn enter(&mut self, at: u32, room: RoomId, seq: Seq) {
        let number = self.number(room);
        match self.feeds[at as usize].place_mut(number) {
            Some(place) => place.looked_at = 0,
            None => self.follow(at, room, seq.saturating_sub(1), seq, true),
        }
    }

    /// The person is not in the room any more: they are told up to this event. Where what was read
    /// for this connection lies behind it, it knew of this: whoever asked goes on looking, and whoever
    /// is a member again is made one by the next event.
    pub(super) fn exit(&mut self, at: u32, room: RoomId, seq: Seq) {
        let Some(number) = self.by_id.get(&room).copied() else { return };
        let feed = &mut self.feeds[at as usize];
        let look = feed.next_look();
        if let Some(place) = feed.place_mut(number).filter(|place| seq <= place.goal) {
            place.looked_at = look;
            return self.look_away(at);
        }
        self.remove(at, number, seq);
    }

    /// Connections that are not moved with their person's memberships (those of the plain protocol) hear
    /// nothing more either of a room that their person was put out of.
    fn exit_looking_on(&mut self, user: UserId, room: RoomId, seq: Seq) {
        let Some(number) = self.by_id.get(&room) else { return };
        let followers = self.rooms[*number as usize].followers.clone();
        for at in followers.into_iter().filter(|at| *at != VACANT) {
            let feed = self.feed(at);
            if feed.user == user && feed.dialect == Dialect::Plain {
                self.exit(at, room, seq);
                self.put_out.push((at, room));
            }
        }
    }

    /// Those connections, since this was last asked.
    pub(crate) fn take_put_out(&mut self) -> Vec<(u32, RoomId)> {
        std::mem::take(&mut self.put_out)
    }

    /// The room is not there any more.
    fn close_room(&mut self, room: RoomId, moved: &mut Vec<Moved>) {
        self.heard.remove(&room);
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
}
