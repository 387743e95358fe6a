//! People with devices, a server and a network, and everything that happens to them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use shared::protocol::{
    Anchor, Command, Frame, OpId, RESUME_EVENTS_MAX, RoomId, RoomName, Seq, UserId,
};
use tempfile::TempDir;
use uuid::Uuid;

use super::device::Device;
use super::{Dice, Tally, check};
use crate::chat;
use crate::fanout::{Answer, Chunk, Dialect, Fanout, Feeds, Inbox, Key, Lack, Mail, encode};
use crate::log::simulated::{Mark, Writer};
use crate::log::{Asker, Author, Change, Entry};
use crate::names::Name;
use crate::session::resume;
use crate::store::testing::store_in_memory_speed;
use crate::store::{events, rooms};

const PEOPLE: usize = 3;
const DEVICES_EACH: usize = 2;
const STEPS: usize = 1_500;

/// After so many calm rounds everybody must have everything.
const CALM_ROUNDS: usize = 160;

const EMOJI: [&str; 3] = ["👍", "🌱", "☕"];

/// What somebody has asked for, by op: whose it is, and what.
pub(super) type Asked = BTreeMap<OpId, (UserId, Command)>;

/// What they were told, by op: the room and the seq.
pub(super) type Told = BTreeMap<OpId, (RoomId, Seq)>;

pub(super) struct World {
    dice: Dice,
    now_ms: i64,
    dir: TempDir,
    /// `None` only while a backup is put back.
    pub(super) writer: Option<Writer>,
    fanout: Arc<Fanout>,
    inbox: Inbox,
    feeds: Feeds,
    /// What the store has been asked for, and by whom.
    reads: Vec<(u32, u64, Lack)>,
    /// Ops that have reached the server and are not committed.
    batch: Vec<Entry>,
    marks: Vec<Mark>,
    pub(super) devices: Vec<Device>,
    pub(super) asked: Asked,
    pub(super) told: Told,
    /// The heads of a copy of the database, if one was made.
    backup: Option<HashMap<RoomId, Seq>>,
    said: u64,
}

impl World {
    /// A whole world, from its first to its last moment.
    pub(super) fn play(seed: u64, tally: &mut Tally) {
        let dir = tempfile::tempdir().expect("a directory");
        let (fanout, inbox) = one_shard();
        let writer = Writer::new(store_in_memory_speed(&dir), fanout.clone());
        let people = (0..PEOPLE as u128)
            .map(|n| UserId(Uuid::from_u128((0xa0 + n) << 120 | 4 << 76 | 2 << 62)));
        let devices = people.flat_map(|person| (0..DEVICES_EACH).map(move |_| Device::new(person)));
        let mut world = Self {
            dice: Dice::new(seed),
            now_ms: 1_795_335_600_000,
            dir,
            writer: Some(writer),
            fanout,
            inbox,
            feeds: Feeds::default(),
            reads: Vec::new(),
            batch: Vec::new(),
            marks: Vec::new(),
            devices: devices.collect(),
            asked: Asked::new(),
            told: Told::new(),
            backup: None,
            said: 0,
        };
        for _ in 0..STEPS {
            world.step(tally);
        }
        world.clear_up(tally);
        check::all(&world);
        tally.worlds += 1;
    }

    fn step(&mut self, tally: &mut Tally) {
        self.now_ms += self.dice.below(400) as i64;
        let at = self.dice.below(self.devices.len());
        match self.dice.below(100) {
            0..=21 => self.somebody_acts(at),
            22..=29 => self.somebody_looks_around(at),
            30..=44 => self.devices[at].keep_and_send(self.now_ms, self.dice.chance(30), tally),
            45..=59 => self.carry_up(at, 3, tally),
            60..=69 => self.commit(),
            70..=79 => self.turn(),
            80..=91 => self.carry_down(at, 6, tally),
            92..=94 if self.devices[at].wire.is_none() => self.connect(at),
            95 if self.dice.chance(40) => self.hang_up(at, tally),
            96 if self.dice.chance(20) => {
                if let Some(wire) = &mut self.devices[at].wire {
                    wire.stuck = true;
                }
            }
            97 if self.dice.chance(25) => {
                self.hang_up(at, tally);
                self.devices[at].reload(tally);
            }
            98 if self.dice.chance(15) => self.crash(tally),
            99 if self.dice.chance(4) => self.restore(tally),
            99 if self.dice.chance(10) => self.back_up(),
            99 if self.dice.chance(3) => self.crowd(),
            _ => {}
        }
    }

    fn new_op(&mut self) -> OpId {
        self.said += 1;
        let random = self.said.to_be_bytes();
        let mut bytes = [0; 10];
        bytes[2..].copy_from_slice(&random);
        OpId(uuid::Builder::from_unix_timestamp_millis(self.now_ms as u64, &bytes).into_uuid())
    }

    /// A person does something on one of their devices.
    fn somebody_acts(&mut self, at: usize) {
        let op = self.new_op();
        let number = self.said;
        let Some(state) = self.devices[at].sync.current() else { return };
        let room = state.room.id;
        let mut held: Vec<Seq> = state.timeline.entries().map(|entry| entry.event.seq).collect();
        let target =
            if held.is_empty() { 1 } else { held.swap_remove(self.dice.below(held.len())) };
        let command = match self.dice.below(20) {
            0..=8 => Command::Post { op, room, text: format!("said {number}") },
            9..=11 => Command::Edit { op, room, target, text: format!("edited {number}") },
            12 => Command::Delete { op, room, target },
            13..=15 => {
                let emoji = EMOJI[self.dice.below(EMOJI.len())].to_owned();
                Command::React { op, room, target, emoji, on: self.dice.chance(60) }
            }
            16 => Command::Join { op, room },
            17 => Command::Leave { op, room },
            18 => Command::Rename { op, name: format!("Name {}", self.dice.below(12)) },
            _ => {
                let name = RoomName::parse(&format!("room {}", self.dice.below(4)));
                let name = name.expect("a name");
                Command::CreateRoom { op, name, topic: String::new() }
            }
        };
        let device = &mut self.devices[at];
        self.asked.insert(op, (device.owner, command.clone()));
        device.sync.ask(command, self.now_ms);
    }

    fn somebody_looks_around(&mut self, at: usize) {
        let rooms = self.devices[at].rooms();
        let sync = &mut self.devices[at].sync;
        let shown = sync.current().map(|state| state.room.id);
        match (self.dice.below(6), shown) {
            (0, Some(room)) => sync.page_older(room),
            (1, Some(room)) => sync.page_newer(room),
            (2, Some(room)) => sync.page_newest(room),
            (3, _) => sync.mark_read(),
            _ if !rooms.is_empty() => sync.show(rooms[self.dice.below(rooms.len())]),
            _ => {}
        }
    }

    fn connect(&mut self, at: usize) {
        let id = self.fanout.connect();
        let number = self.feeds.open(id, self.devices[at].owner, Dialect::V1);
        self.devices[at].connect(number, id);
    }

    fn hang_up(&mut self, at: usize, tally: &mut Tally) {
        if let Some(wire) = &self.devices[at].wire {
            self.feeds.close(wire.at);
            self.fanout.disconnect();
        }
        self.devices[at].disconnect(tally);
    }

    /// Commands reach the server, one of them perhaps twice.
    fn carry_up(&mut self, at: usize, most: usize, tally: &mut Tally) {
        for _ in 0..most {
            let Some(wire) = self.devices[at].wire.as_mut().filter(|wire| !wire.stuck) else {
                return;
            };
            let Some(command) = wire.up.pop_front() else { return };
            let twice = command.op().is_some() && self.dice.chance(5);
            if twice {
                tally.repeated += 1;
                self.serve(at, command.clone(), tally);
            }
            self.serve(at, command, tally);
        }
    }

    /// What `session::v1` does with a command, without waiting.
    fn serve(&mut self, at: usize, command: Command, tally: &mut Tally) {
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
                let store = self.writer.as_ref().expect("a server").store();
                let found = match self.feeds.heard(room) {
                    Some(head) => Some(head),
                    None => {
                        let found = rooms::find(&store.writer, room).expect("an answer");
                        self.perhaps_something_happens();
                        found.map(|found| found.head)
                    }
                };
                match found {
                    Some(head) => {
                        resume::resume(&mut self.feeds, number, room, seq, head);
                    }
                    None => self.feeds.unfollow(number, room),
                }
                return;
            }
            Command::Backfill { room, anchor, limit } => {
                let store = self.writer.as_ref().expect("a server").store();
                // Short pages, so that short worlds have many.
                let limit = if anchor == Anchor::Newest { limit } else { limit.min(20) };
                let newest = (anchor == Anchor::Newest).then_some(());
                let page = newest.and_then(|()| chat::newest_page(&self.fanout, room, limit));
                let read = || chat::page_of(&store.writer, owner, room, anchor, limit);
                if let Some(page) = page.or_else(|| read().expect("an answer")) {
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
            Command::Who { .. } | Command::Typing { .. } | Command::Pong => return,
            Command::Post { room, text, .. } => Change::Post { room, text },
            Command::Edit { room, target, text, .. } => Change::Edit { room, target, text },
            Command::Delete { room, target, .. } => Change::Delete { room, target },
            Command::React { room, target, emoji, on, .. } => {
                Change::React { room, target, emoji, on }
            }
            Command::Rename { name, .. } => {
                Change::Rename { name: Name::parse(&name, owner).expect("a name") }
            }
            Command::CreateRoom { name, topic, .. } => Change::CreateRoom { name, topic },
            Command::Join { room, .. } => Change::Join { room },
            Command::Leave { room, .. } => Change::Leave { room },
            Command::SetTopic { room, topic, .. } => Change::SetTopic { room, topic },
        };
        let op = op.expect("what changes something has an op");
        let to = Key { shard: 0, at: number, id };
        if self.dice.chance(3) {
            let why = shared::protocol::Code::Busy;
            self.fanout.answer(to, op, Answer::RetryAfter { after_ms: 300, why });
            return;
        }
        let by = Author { id: owner, login: None };
        tally.deletions += u64::from(matches!(change, Change::Delete { .. }));
        self.batch.push(Entry { by, op, change, asker: Asker::Connection(to) });
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

    fn commit(&mut self) {
        let (batch, marks) = (std::mem::take(&mut self.batch), std::mem::take(&mut self.marks));
        self.writer.as_mut().expect("a server").commit(batch, marks);
    }

    /// A turn of the shard: it hears what has come, and writes as much as the sockets take.
    fn turn(&mut self) {
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

    fn carry_down(&mut self, at: usize, most: usize, tally: &mut Tally) {
        for _ in 0..most {
            let device = &mut self.devices[at];
            let Some(wire) = device.wire.as_mut().filter(|wire| !wire.stuck) else { return };
            let Some(text) = wire.next_text() else { return };
            if let Ok(Frame::Accepted { op, room, seq }) = serde_json::from_str(&text) {
                let before = self.told.insert(op, (room, seq));
                assert!(before.is_none_or(|before| before == (room, seq)), "two answers to {op}");
            }
            device.hear(&text, self.now_ms, tally);
            if device.sync.current().is_none()
                && let Some(room) = device.rooms().first()
            {
                device.sync.show(*room);
            }
        }
    }

    /// Somebody without a device says more in the lobby than a resume replays.
    fn crowd(&mut self) {
        let room = self.writer.as_ref().expect("a server").store().lobby;
        for _ in 0..=RESUME_EVENTS_MAX {
            let op = self.new_op();
            let by = Author { id: UserId(Uuid::from_u128(4 << 76 | 2 << 62)), login: None };
            let change = Change::Post { room, text: format!("said {}", self.said) };
            let to = Key { shard: 0, at: 0, id: 0 };
            self.batch.push(Entry { by, op, change, asker: Asker::Connection(to) });
        }
    }

    /// The server dies: between two commits, or behind one that nobody has heard of yet.
    fn crash(&mut self, tally: &mut Tally) {
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

    fn back_up(&mut self) {
        let store = self.writer.as_ref().expect("a server").store();
        let to = self.dir.path().join("backup");
        let _ = std::fs::remove_file(&to);
        let to = to.to_string_lossy().into_owned();
        store.writer.execute("vacuum into ?1", [to]).expect("a copy");
        self.backup = Some(check::heads(store));
    }

    /// The copy is put in the place of the database: what came after it has never been.
    fn restore(&mut self, tally: &mut Tally) {
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

    /// The weather clears: everyone is connected, and looks at the newest of every room.
    fn clear_up(&mut self, tally: &mut Tally) {
        for at in 0..self.devices.len() {
            if self.devices[at].wire.as_ref().is_some_and(|wire| wire.stuck) {
                self.hang_up(at, tally);
            }
        }
        for round in 0..CALM_ROUNDS {
            self.now_ms += 1_000;
            for at in 0..self.devices.len() {
                if self.devices[at].wire.is_none() {
                    self.connect(at);
                }
                if round % 20 == 0 {
                    self.ping(at);
                }
                let rooms = self.devices[at].rooms();
                if !rooms.is_empty() && round % 5 == 0 {
                    let room = rooms[round / 5 % rooms.len()];
                    self.devices[at].sync.show(room);
                    self.devices[at].sync.page_newest(room);
                }
                self.devices[at].keep_and_send(self.now_ms, true, tally);
                self.carry_up(at, usize::MAX, tally);
                self.commit();
            }
            for _ in 0..40 {
                self.turn();
            }
            for at in 0..self.devices.len() {
                self.carry_down(at, usize::MAX, tally);
            }
        }
    }

    fn ping(&mut self, at: usize) {
        if let Some(wire) = self.devices[at].wire.as_mut().filter(|wire| wire.greeted) {
            let heads = self.feeds.moved_heads(wire.at);
            self.feeds.say(wire.at, encode(&Frame::Ping { heads }));
        }
    }
}

/// A fan-out with one shard, whose thread is the simulation.
fn one_shard() -> (Arc<Fanout>, Inbox) {
    let (port, inbox) = Inbox::new(|| {});
    (Arc::new(Fanout::new(vec![port])), inbox)
}
