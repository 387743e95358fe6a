//! A client: the engine, what lies on its device, and the wire to its session, if there is one.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use shared::protocol::{Command, Frame, OpId, Page, RoomId, Seq, UserId, Welcome, What};
use shared::sync::{Keep, KeptOp, Store, Sync};

use super::Tally;

pub(super) struct Device {
    pub(super) owner: UserId,
    pub(super) sync: Sync,
    pub(super) wire: Option<Wire>,
    /// Rooms whose events may come here: those that one is in, and those that one looks at.
    allowed: HashSet<RoomId>,
    /// Private rooms. Nobody may look on there.
    private: HashSet<RoomId>,
    /// Rooms that were asked for, and how often, until the answers have come.
    asking: HashMap<RoomId, usize>,
    read: HashMap<RoomId, Seq>,
    disk: Disk,
    /// The last frames in both directions, for whoever looks for a cause.
    lately: VecDeque<String>,
}

/// Frames that are shown of a device that has heard something wrong.
const LATELY_MAX: usize = 60;

/// What outlives the page.
#[derive(Default)]
struct Disk {
    ops: BTreeMap<OpId, KeptOp>,
    pages: BTreeMap<RoomId, Page>,
    welcome: Option<Welcome>,
}

/// A connection: what is on its way in both directions, and its number at the other end.
pub(super) struct Wire {
    pub(super) at: u32,
    pub(super) id: u64,
    pub(super) up: VecDeque<Command>,
    /// What the server has written, in whatever pieces.
    pub(super) down: VecDeque<u8>,
    pub(super) greeted: bool,
    /// Neither end hears the other, and neither knows.
    pub(super) stuck: bool,
}

impl Device {
    pub(super) fn new(owner: UserId) -> Self {
        let mut sync = Sync::default();
        sync.keep_ops(true);
        Self {
            owner,
            sync,
            wire: None,
            allowed: HashSet::new(),
            private: HashSet::new(),
            asking: HashMap::new(),
            read: HashMap::new(),
            disk: Disk::default(),
            lately: VecDeque::new(),
        }
    }

    pub(super) fn connect(&mut self, at: u32, id: u64) {
        let hello = self.sync.connected();
        self.allowed.clear();
        self.asking.clear();
        self.asks(&hello);
        self.wire = Some(Wire {
            at,
            id,
            up: VecDeque::from([hello]),
            down: VecDeque::new(),
            greeted: false,
            stuck: false,
        });
    }

    pub(super) fn disconnect(&mut self, tally: &mut Tally) {
        if self.wire.take().is_some() {
            tally.lost_connections += 1;
            self.sync.disconnected();
        }
    }

    /// The page is closed and opened again.
    pub(super) fn reload(&mut self, tally: &mut Tally) {
        self.disconnect(tally);
        tally.reloads += 1;
        self.sync = Sync::default();
        self.sync.keep_ops(true);
        self.sync.restore(Store {
            welcome: self.disk.welcome.clone(),
            pages: self.disk.pages.values().cloned().collect(),
            ops: self.disk.ops.values().cloned().collect(),
        });
    }

    /// The device writes down what it is to keep, and what may leave goes on the wire.
    pub(super) fn keep_and_send(&mut self, now_ms: i64, rooms_too: bool, tally: &mut Tally) {
        for keep in self.sync.take_kept_ops() {
            self.disk.carry_out(&mut self.sync, keep);
        }
        if rooms_too {
            for keep in self.sync.take_kept_rooms() {
                self.disk.carry_out(&mut self.sync, keep);
            }
        }
        if self.wire.is_none() {
            return;
        }
        for command in self.sync.due(now_ms) {
            self.asks(&command);
            if let Some(op) = command.op() {
                assert!(self.disk.ops.contains_key(&op), "an op leaves before it is kept");
                tally.sends += 1;
            }
            self.wire.as_mut().expect("checked above").up.push_back(command);
        }
    }

    /// A frame has come through.
    pub(super) fn hear(&mut self, text: &str, now_ms: i64, tally: &mut Tally) {
        let frame: Frame = serde_json::from_str(text).expect("a frame");
        self.note(format!("← {text}"));
        match &frame {
            Frame::Welcome(welcome) => {
                let members = welcome.rooms.iter().filter(|room| room.member);
                self.allowed.extend(members.map(|room| room.id));
                let private = welcome.rooms.iter().filter(|room| !room.kind.is_public());
                self.private.extend(private.map(|room| room.id));
                // Nothing is said of a room that one is not to know of.
                let is_known = |room: &RoomId| welcome.rooms.iter().any(|known| known.id == *room);
                self.asking.retain(|room, _| is_known(room));
            }
            Frame::Live { room, .. } => self.answered(*room),
            Frame::Gap { room, .. } => {
                tally.gaps += 1;
                self.answered(*room);
            }
            Frame::Reset { room, .. } => {
                tally.resets += 1;
                self.answered(*room);
            }
            Frame::Accepted { .. } => tally.accepted += 1,
            Frame::Refused { .. } => tally.refused += 1,
            Frame::Read { room, seq } => {
                let before = self.read.entry(*room).or_default();
                assert!(*seq >= *before, "a read cursor went back");
                *before = *seq;
            }
            Frame::Event(event) => {
                if let What::Created { kind, .. } | What::Added { kind, .. } = &event.what
                    && !kind.is_public()
                {
                    self.private.insert(event.room);
                }
                let moved = event.what.moves(&event.by).filter(|(who, _)| who.id == self.owner);
                let moved = moved.map(|(_, enters)| enters);
                if moved == Some(true) {
                    self.allowed.insert(event.room);
                }
                assert!(
                    self.allowed.contains(&event.room) || self.asking.contains_key(&event.room),
                    "{:?} hears of a room that they have left: {:#?}",
                    self.owner,
                    self.lately
                );
                if moved == Some(false) {
                    tally.fences += 1;
                    tally.put_out += u64::from(self.private.contains(&event.room));
                    self.allowed.remove(&event.room);
                }
                let known = self.sync.room(event.room).is_some_and(|room| room.resuming);
                tally.replayed += u64::from(known);
            }
            _ => {}
        }
        self.sync.receive(frame, now_ms);
    }

    fn note(&mut self, line: String) {
        self.lately.push_back(line);
        if self.lately.len() > LATELY_MAX {
            self.lately.pop_front();
        }
    }

    /// Whoever asks for an open room is told of it, member or not.
    fn asks(&mut self, command: &Command) {
        self.note(format!("→ {command:?}"));
        match command {
            Command::Hello { cursors, .. } => {
                for cursor in cursors {
                    *self.asking.entry(cursor.room).or_default() += 1;
                }
            }
            Command::Resume { room, .. } => {
                *self.asking.entry(*room).or_default() += 1;
            }
            _ => {}
        }
    }

    fn answered(&mut self, room: RoomId) {
        self.turned_away(room);
        if !self.private.contains(&room) {
            self.allowed.insert(room);
        }
    }

    /// Somebody asked for a room that is not there for them.
    pub(super) fn turned_away(&mut self, room: RoomId) {
        if let Some(times) = self.asking.get_mut(&room) {
            *times -= 1;
            if *times == 0 {
                self.asking.remove(&room);
            }
        }
    }

    /// Rooms that somebody could look at.
    pub(super) fn rooms(&self) -> Vec<RoomId> {
        self.sync.rooms().into_iter().map(|room| room.id).collect()
    }

    /// Ops that lie on the device.
    pub(super) fn kept_ops(&self) -> BTreeSet<OpId> {
        self.disk.ops.keys().copied().collect()
    }
}

impl Wire {
    /// The next whole text frame.
    pub(super) fn next_text(&mut self) -> Option<String> {
        let down = self.down.make_contiguous();
        assert!(down.first().is_none_or(|first| *first == 0x81), "a frame begins in a frame");
        let (length, header) = match *down.get(1)? {
            126 => (usize::from(u16::from_be_bytes([*down.get(2)?, *down.get(3)?])), 4),
            127 => (u64::from_be_bytes(*down.get(2..)?.first_chunk()?) as usize, 10),
            short => (usize::from(short), 2),
        };
        let text = String::from_utf8(down.get(header..header + length)?.to_vec());
        self.down.drain(..header + length);
        Some(text.expect("text"))
    }
}

impl Disk {
    fn carry_out(&mut self, sync: &mut Sync, keep: Keep) {
        match keep {
            Keep::Op(op, kept) => {
                self.ops.insert(op, kept);
                sync.kept(op);
            }
            Keep::Forget(op) => {
                self.ops.remove(&op);
            }
            Keep::Welcome(welcome) => self.welcome = Some(welcome),
            Keep::Room(page) => {
                self.pages.insert(page.room, page);
            }
            Keep::ForgetRoom(room) => {
                self.pages.remove(&room);
            }
        }
    }
}
