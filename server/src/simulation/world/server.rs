//! The world's one server: what it does with a command, a commit and a turn, and how it dies.
//!
//! The writer, the fan-out and the feeds are the real ones; here is what `session` and its shard do
//! with them, without sockets and without waiting.

use std::collections::HashMap;
use std::sync::Arc;

use shared::protocol::{Anchor, Command, Frame, OpId, Page, RoomId, Seq};

use super::World;
use crate::chat;
use crate::fanout::{Answer, Chunk, Fanout, Feeds, Inbox, Key, Lack, Mail, encode};
use crate::log::simulated::{Mark, Writer};
use crate::log::{Asker, Author, Change, Entry};
use crate::names::Name;
use crate::session::resume;
use crate::simulation::{Tally, check};
use crate::store::testing::store_in_memory_speed;
use crate::store::{events, rooms};

impl World {
    /// What `session::v1` does with a command, without waiting.
    pub(super) fn serve(&mut self, at: usize, command: Command, tally: &mut Tally) {
        let owner = self.devices[at].owner;
        let op = command.op();
        let Some(wire) = &self.devices[at].wire else { return };
        let (number, id) = (wire.at, wire.id);
        let change = match command {
            Command::Hello { epoch, cursors } => {
                let cursors = cursors.iter().map(|cursor| (cursor.room, cursor.seq));
                let cursors: HashMap<RoomId, Seq> = cursors.collect();
                self.feeds.admit(number);
                self.perhaps_something_happens();
                let store = self.writer.as_ref().expect("a server").store();
                let welcome = chat::welcome_of(&store.writer, store.epoch(), owner);
                // The answer of the store is on its way.
                self.perhaps_something_happens();
                let welcome = welcome.expect("an answer");
                resume::greet(&mut self.feeds, number, welcome, epoch, &cursors);
                self.devices[at].wire.as_mut().expect("connected").greeted = true;
                return;
            }
            Command::Resume { room, seq } => {
                if self.feeds.is_member(number, room)
                    && let Some(head) = self.feeds.heard(room)
                {
                    return resume::resume(&mut self.feeds, number, room, seq, head);
                }
                let store = self.writer.as_ref().expect("a server").store();
                let found = rooms::visible(&store.writer, room, owner).expect("an answer");
                self.perhaps_something_happens();
                match found {
                    Some(found) if found.is_public() || self.feeds.is_member(number, room) => {
                        let head = self.feeds.heard(room).unwrap_or_default().max(found.head);
                        resume::resume(&mut self.feeds, number, room, seq, head);
                    }
                    _ => {
                        self.feeds.unfollow(number, room);
                        self.devices[at].turned_away(room);
                    }
                }
                return;
            }
            Command::Backfill { room, anchor, limit } => {
                // Short pages, so that short worlds have many.
                let limit = if anchor == Anchor::Newest { limit } else { limit.min(20) };
                let in_memory = anchor == Anchor::Newest && self.feeds.follows(number, room);
                let page = in_memory.then(|| chat::newest_page(&self.fanout, room, limit));
                let page = page.flatten().or_else(|| self.read_page(at, room, anchor, limit));
                if let Some(page) = page {
                    self.feeds.say(number, encode(&Frame::Page(page)));
                }
                return;
            }
            Command::MarkRead { room, seq } => {
                if let Some(seq) = self.feeds.read(number, room, seq) {
                    self.marks.push(Mark { user: owner, room, seq, from: id });
                }
                return;
            }
            Command::Who { .. }
            | Command::Members { .. }
            | Command::Typing { .. }
            | Command::Pong => return,
            Command::Post { room, text, .. } => Change::Post { room, text },
            Command::Edit { room, target, text, .. } => Change::Edit { room, target, text },
            Command::Delete { room, target, .. } => Change::Delete { room, target },
            Command::React { room, target, emoji, on, .. } => {
                Change::React { room, target, emoji, on }
            }
            Command::Rename { name, .. } => {
                Change::Rename { name: Name::parse(&name, owner).expect("a name") }
            }
            Command::CreateRoom { name, topic, private, .. } => {
                Change::CreateRoom { name, topic, private }
            }
            Command::OpenDirect { people, .. } => Change::OpenDirect { people },
            Command::Join { room, .. } => Change::Join { room },
            Command::Leave { room, .. } => Change::Leave { room },
            Command::SetTopic { room, topic, .. } => Change::SetTopic { room, topic },
            Command::SetRules { room, rules, .. } => Change::SetRules { room, rules },
            Command::Add { room, person, .. } => Change::Add { room, person },
            Command::Remove { room, person, .. } => Change::Remove { room, person },
            Command::Report { room, target, reason, .. } => Change::Report { room, target, reason },
        };
        let op = op.expect("what changes something has an op");
        let to = Key { shard: 0, at: number, id };
        if self.dice.chance(3) {
            let why = shared::protocol::Code::Busy;
            self.fanout.answer(to, op, Answer::RetryAfter { after_ms: 300, why });
            return;
        }
        let by = Author::absent(owner);
        tally.deletions += u64::from(matches!(change, Change::Delete { .. }));
        self.batch.push(Entry { by, op, change, asker: Asker::Connection(to) });
    }

    /// A page from the store; read again if its reader has been put out of the room meanwhile.
    fn read_page(&mut self, at: usize, room: RoomId, anchor: Anchor, limit: usize) -> Option<Page> {
        let device = &self.devices[at];
        let (owner, number) = (device.owner, device.wire.as_ref()?.at);
        loop {
            let was_in = self.feeds.is_member(number, room);
            let store = self.writer.as_ref().expect("a server").store();
            let page = chat::page_of(&store.writer, owner, room, anchor, limit);
            self.perhaps_something_happens();
            if !was_in || self.feeds.is_member(number, room) {
                return page.expect("an answer");
            }
        }
    }

    /// While somebody waits for the store, everything may happen.
    fn perhaps_something_happens(&mut self) {
        if self.dice.chance(50) {
            self.commit();
        }
        if self.dice.chance(50) {
            self.turn();
        }
    }

    pub(super) fn commit(&mut self) {
        let (batch, marks) = (std::mem::take(&mut self.batch), std::mem::take(&mut self.marks));
        self.writer.as_mut().expect("a server").commit(batch, marks);
    }

    /// A turn of the shard: it hears what has come, and writes as much as the sockets take.
    pub(super) fn turn(&mut self) {
        for _ in 0..1 + self.dice.below(20) {
            match self.inbox.take() {
                Some(Mail::Published(published)) => {
                    self.feeds.publish(&published, &mut Vec::new());
                }
                Some(Mail::ReadTo { user, room, seq, except }) => {
                    self.feeds.read_to(user, room, seq, except);
                }
                Some(Mail::Answered { to, op, answer }) if self.feeds.is(to.at, to.id) => {
                    self.feeds.say(to.at, encode(&crate::session::answered(op, answer)));
                }
                Some(Mail::Answered { .. } | Mail::Ephemeral { .. }) => {}
                None => break,
            }
        }
        self.read_from_store();
        for device in &self.devices {
            if let Some(wire) = device.wire.as_ref().filter(|wire| !wire.stuck) {
                self.feeds.unblock(wire.at);
            }
        }
        let (devices, dice) = (&mut self.devices, &mut self.dice);
        let mut write = |at: u32, bytes: &[u8]| {
            let mut wires = devices.iter_mut().filter_map(|device| device.wire.as_mut());
            let wire = wires.find(|wire| wire.at == at).expect("a wire");
            let taken = match dice.below(4) {
                _ if wire.stuck => 0,
                0 => dice.below(bytes.len() + 1),
                _ => bytes.len(),
            };
            wire.down.extend(&bytes[..taken]);
            taken
        };
        self.feeds.sweep(false, 4, &mut write);
        self.feeds.drain(&self.fanout, 4, &mut write);
        for (at, lack) in self.feeds.lacking() {
            self.reads.push((at, self.feeds.id(at), lack));
        }
    }

    fn read_from_store(&mut self) {
        for (at, id, Lack { room, after, upto }) in std::mem::take(&mut self.reads) {
            if !self.feeds.is(at, id) {
                continue;
            }
            let chunk = self.fanout.chunk(room, after).or_else(|| {
                let limit = (1 + self.dice.below(10)).min((upto - after) as usize);
                let store = self.writer.as_ref().expect("a server").store();
                let events = events::after(&store.writer, room, after, limit);
                Chunk::new(events.expect("an answer")).map(Arc::new)
            });
            assert!(chunk.is_some(), "the log has a hole behind {after} in {room}");
            self.feeds.supply(at, chunk);
        }
    }

    /// The server dies: between two commits, or behind one that nobody has heard of yet.
    pub(super) fn crash(&mut self, tally: &mut Tally) {
        tally.crashes += 1;
        let (batch, marks) = (std::mem::take(&mut self.batch), std::mem::take(&mut self.marks));
        if self.dice.chance(50) {
            // On disk, and nobody is told.
            self.writer.as_mut().expect("a server").commit_and_die(&batch, &marks);
        }
        self.start_again(tally);
    }

    fn start_again(&mut self, tally: &mut Tally) {
        let writer = self.writer.take().expect("a server");
        self.forget_connections(tally);
        self.writer = Some(Writer::new(writer.into_store(), self.fanout.clone()));
    }

    /// Whatever a server holds in memory is gone.
    fn forget_connections(&mut self, tally: &mut Tally) {
        for device in &mut self.devices {
            device.disconnect(tally);
        }
        (self.fanout, self.inbox) = one_shard();
        self.feeds = Feeds::default();
        self.reads.clear();
    }

    pub(super) fn back_up(&mut self) {
        let store = self.writer.as_ref().expect("a server").store();
        let to = self.dir.path().join("backup");
        let _ = std::fs::remove_file(&to);
        let to = to.to_string_lossy().into_owned();
        store.writer.execute("vacuum into ?1", [to]).expect("a copy");
        self.backup = Some(check::heads(store));
    }

    /// The copy is put in the place of the database: what came after it has never been.
    pub(super) fn restore(&mut self, tally: &mut Tally) {
        let Some(heads) = self.backup.take() else { return };
        tally.restores += 1;
        self.batch.clear();
        self.marks.clear();
        let writer = self.writer.take().expect("a server");
        let without_event = check::answered_without_event(writer.store());
        // Closed before its file is replaced.
        drop(writer);
        let database = self.dir.path().join("hubbub.db");
        for beside in ["hubbub.db-wal", "hubbub.db-shm"] {
            let _ = std::fs::remove_file(self.dir.path().join(beside));
        }
        std::fs::copy(self.dir.path().join("backup"), database).expect("a restored file");
        self.forget_connections(tally);
        self.writer = Some(Writer::new(store_in_memory_speed(&self.dir), self.fanout.clone()));
        // Such an answer names the seq of something older than itself.
        let remains = |op: &OpId, (room, seq): &mut (RoomId, Seq)| {
            !without_event.contains(op) && heads.get(room).is_some_and(|head| *seq <= *head)
        };
        self.told.retain(remains);
        // Whose op is gone with the newer history is told so by nobody: it is as if never asked.
        let told = &self.told;
        let kept: Vec<_> = self.devices.iter().flat_map(|device| device.kept_ops()).collect();
        self.asked.retain(|op, _| told.contains_key(op) || kept.contains(op));
    }

    pub(super) fn ping(&mut self, at: usize) {
        if let Some(wire) = self.devices[at].wire.as_mut().filter(|wire| wire.greeted) {
            let heads = self.feeds.moved_heads(wire.at);
            self.feeds.say(wire.at, encode(&Frame::Ping { heads }));
        }
    }
}

/// A fan-out with one shard, whose thread is the simulation.
pub(super) fn one_shard() -> (Arc<Fanout>, Inbox) {
    let (port, inbox) = Inbox::new(|| {});
    (Arc::new(Fanout::new(vec![port])), inbox)
}
