//! People with devices, a server and a network, and everything that happens to them.

mod server;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use server::one_shard;
use shared::permission::Role;
use shared::protocol::{Command, Frame, OpId, RESUME_EVENTS_MAX, RoomId, RoomName, Seq, UserId};
use tempfile::TempDir;
use uuid::Uuid;

use super::device::Device;
use super::{Dice, Tally, check};
use crate::fanout::{Dialect, Fanout, Feeds, Inbox, Key, Lack};
use crate::log::simulated::{Mark, Writer};
use crate::log::{Asker, Author, Change, Entry};
use crate::store::testing::store_in_memory_speed;
use crate::store::{Store, members, users};

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

fn person(number: u128) -> UserId {
    UserId(Uuid::from_u128((0xa0 + number) << 120 | 4 << 76 | 2 << 62))
}

/// Makes them people with accounts, who may let each other into rooms and put each other out.
fn move_in(store: &Store, people: &[UserId]) {
    for (number, person) in people.iter().enumerate() {
        let name = format!("Person {number}");
        users::insert(&store.writer, *person, &name, &name, 0).expect("a row");
        users::set_role(&store.writer, *person, Role::Member).expect("a role");
        members::insert(&store.writer, store.lobby, *person, 0).expect("a place");
    }
}

impl World {
    /// A whole world, from its first to its last moment.
    pub(super) fn play(seed: u64, tally: &mut Tally) {
        let dir = tempfile::tempdir().expect("a directory");
        let (fanout, inbox) = one_shard();
        let people: Vec<UserId> = (0..PEOPLE as u128).map(person).collect();
        let store = store_in_memory_speed(&dir);
        move_in(&store, &people);
        let writer = Writer::new(store, fanout.clone());
        let devices = people
            .into_iter()
            .flat_map(|person| (0..DEVICES_EACH).map(move |_| Device::new(person)));
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
        let command = match self.dice.below(24) {
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
            19 => {
                let name = RoomName::parse(&format!("room {}", self.dice.below(4)));
                let name = name.expect("a name");
                let private = self.dice.chance(40);
                Command::CreateRoom { op, name, topic: String::new(), private }
            }
            20..=21 => Command::Add { op, room, person: person(self.dice.below(PEOPLE) as u128) },
            _ => Command::Remove { op, room, person: person(self.dice.below(PEOPLE) as u128) },
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
        let id = self.fanout.next_id();
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
            let by = Author::absent(UserId(Uuid::from_u128(4 << 76 | 2 << 62)));
            let change = Change::Post { room, text: format!("said {}", self.said) };
            let to = Key { shard: 0, at: 0, id: 0 };
            self.batch.push(Entry { by, op, change, asker: Asker::Connection(to) });
        }
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
}
