//! The engine: what a client knows. [`acting`] is what people do with it, [`receiving`] what
//! arrives for it; both change rooms, timelines and the outbox, and leave commands to be sent.

mod acting;
mod receiving;

use std::cmp::Ordering;
use std::collections::VecDeque;

use super::keep::KeptOp;
use super::map::Map;
use super::{Outbox, RoomState};
use crate::permission::{self, Policy, Role, Verb};
use crate::protocol::{
    Anchor, Boot, Code, Command, Epoch, PAGE_EVENTS, Person, Room, RoomId, RoomKind, RoomName,
    UserId,
};

/// Where the engine stands with the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// No socket.
    Down,
    /// A socket, and a hello on its way.
    Greeting,
    /// The server has answered: commands may go out.
    Up,
}

/// A refusal that belongs to no row on screen, for a person to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub command: Command,
    pub code: Code,
}

/// Who belongs to a room and has something in their name, as the server has answered last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub room: RoomId,
    pub text: String,
    /// How many there are; the first of them are named.
    pub count: usize,
    pub people: Vec<Person>,
}

#[derive(Clone, Debug)]
pub struct Sync {
    pub link: Link,
    pub(super) epoch: Option<Epoch>,
    pub(super) me: Option<Person>,
    pub(super) role: Role,
    pub(super) policy: Policy,
    pub(super) workspace: String,
    pub(super) rooms: Map<RoomId, RoomState>,
    /// The room on screen.
    current: Option<RoomId>,
    pub(super) outbox: Outbox,
    /// Commands without an op: answers to them are lost with the connection.
    asks: VecDeque<Command>,
    /// The newest name of everyone who has been renamed while we listened.
    names: Map<UserId, String>,
    found: Option<Found>,
    /// Who is looked for, and where, as long as that is not answered.
    sought: Option<(RoomId, String)>,
    /// Whether the server has been asked for somebody and has not answered.
    seeking: bool,
    refusals: VecDeque<Refusal>,
    /// A room that this client asked to create and that is now there.
    opened: Option<RoomId>,
    /// Whether the admins have got a report that nobody here has been told of.
    reported: bool,
    /// How long the server has asked to stay away.
    goaway_ms: u64,
    /// Kept ops of people who are not (yet) the one who is here.
    pub(super) adoptable: Vec<KeptOp>,
    /// Rooms of which nothing needs to be kept any more.
    pub(super) void: Vec<RoomId>,
}

impl Default for Sync {
    fn default() -> Self {
        Self {
            link: Link::Down,
            epoch: None,
            me: None,
            role: Role::default(),
            policy: Policy::default(),
            workspace: String::new(),
            rooms: Map::default(),
            current: None,
            outbox: Outbox::default(),
            asks: VecDeque::new(),
            names: Map::default(),
            found: None,
            sought: None,
            seeking: false,
            refusals: VecDeque::new(),
            opened: None,
            reported: false,
            goaway_ms: 0,
            adoptable: Vec::new(),
            void: Vec::new(),
        }
    }
}

/// What the engine knows.
impl Sync {
    /// Starts from what the page of HTML was drawn from.
    pub fn boot(boot: Boot) -> Self {
        let mut sync = Self::default();
        sync.welcome(boot.welcome);
        if let Some(page) = boot.page {
            let room = page.room;
            if let Some(state) = sync.rooms.get_mut(&room) {
                state.cursor = page.head;
                state.timeline.open(page);
                state.changed = true;
            }
            sync.show(room);
        }
        sync
    }

    pub fn me(&self) -> Option<&Person> {
        self.me.as_ref()
    }

    /// What the workspace is called; empty before it is set up.
    pub fn workspace(&self) -> &str {
        &self.workspace
    }

    pub fn role(&self) -> Role {
        self.role
    }

    pub fn policy(&self) -> Policy {
        self.policy
    }

    /// Whether this person may do something, in a room or in none.
    pub fn may(&self, verb: Verb, room: Option<&Room>) -> bool {
        let place = room.map(Room::place);
        permission::may(self.role, &self.policy, verb, place.as_ref()).is_ok()
    }

    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    pub fn room(&self, room: RoomId) -> Option<&RoomState> {
        self.rooms.get(&room)
    }

    pub fn current(&self) -> Option<&RoomState> {
        self.rooms.get(&self.current?)
    }

    /// All rooms: the lobby first, then those with a name by their names, then direct ones by those of
    /// their people.
    pub fn rooms(&self) -> Vec<Room> {
        let mut rooms: Vec<Room> = self.rooms.values().map(|state| state.room.clone()).collect();
        let me = self.me.as_ref().map(|me| me.id);
        let rank = |room: &Room| match room.kind {
            RoomKind::Lobby => 0,
            RoomKind::Open | RoomKind::Private => 1,
            RoomKind::Direct => 2,
        };
        // Names are unique, so an unstable sort will do, which is less code.
        rooms.sort_unstable_by(|a, b| {
            let by_title = match (a.kind, b.kind) {
                (RoomKind::Direct, RoomKind::Direct) => a.title(me).cmp(&b.title(me)),
                _ => Ordering::Equal,
            };
            rank(a).cmp(&rank(b)).then(by_title).then_with(|| a.name.cmp(&b.name))
        });
        rooms
    }

    /// Everyone whom this client has met, without oneself, by name: who is where this person is, who
    /// is in direct rooms, who wrote what is held of the room on screen, and who was found.
    pub fn people(&self) -> Vec<Person> {
        let mut met = Map::default();
        for state in self.rooms.values() {
            for person in state.here.iter().chain(&state.room.people) {
                met.insert(person.id, person);
            }
        }
        for entry in self.current().iter().flat_map(|state| state.timeline.entries()) {
            met.insert(entry.event.by.id, &entry.event.by);
        }
        for person in self.found.iter().flat_map(|found| &found.people) {
            met.insert(person.id, person);
        }
        if let Some(me) = &self.me {
            met.remove(&me.id);
        }
        let mut people: Vec<Person> = Vec::new();
        for person in met.values() {
            let name = self.name(person);
            // Few enough to be put in one by one: another sort is more code than all of this.
            let at = people.partition_point(|other| other.name.as_str() <= name);
            people.insert(at, Person { id: person.id, name: name.to_owned() });
        }
        people
    }

    /// Who is in the lobby now, as far as they are named.
    pub fn around(&self) -> &[Person] {
        self.lobby().map_or(&[], |state| &state.here)
    }

    /// What the server has answered last to [`Sync::find`].
    pub fn found(&self) -> Option<&Found> {
        self.found.as_ref()
    }

    fn lobby(&self) -> Option<&RoomState> {
        self.rooms.values().find(|state| state.room.kind == RoomKind::Lobby)
    }

    pub fn room_named(&self, name: &str) -> Option<RoomId> {
        let state = self.rooms.values().find(|state| state.room.name.as_str() == name)?;
        Some(state.room.id)
    }

    /// The name that a person has now, as far as this client has heard.
    pub fn name<'a>(&'a self, person: &'a Person) -> &'a str {
        self.names.get(&person.id).unwrap_or(&person.name)
    }

    /// Takes the refusals that no row shows.
    pub fn take_refusals(&mut self) -> Vec<Refusal> {
        self.refusals.drain(..).collect()
    }

    /// Whether a report has reached the admins since this was last asked.
    pub fn take_reported(&mut self) -> bool {
        std::mem::take(&mut self.reported)
    }

    /// Takes the room that this client has just created.
    pub fn take_opened(&mut self) -> Option<RoomName> {
        let room = self.opened?;
        let name = self.rooms.get(&room)?.room.name.clone();
        self.opened = None;
        Some(name)
    }
}

/// What both people and frames ask the server for.
impl Sync {
    /// One question at a time is under way: of what is typed meanwhile, only the last is asked.
    fn seek(&mut self) {
        if self.seeking || self.link != Link::Up {
            return;
        }
        if let Some((room, text)) = self.sought.clone() {
            self.seeking = true;
            self.asks.push_back(Command::Members { room, text });
        }
    }

    /// Asks who is in the lobby, where everyone is, for the marks of those whom one writes to.
    fn look_around(&mut self) {
        if let Some(room) = self.lobby().map(|state| state.room.id) {
            self.asks.push_back(Command::Who { room });
        }
    }

    fn page(&mut self, room: RoomId, anchor: Anchor) {
        let Some(state) = self.rooms.get_mut(&room) else {
            return;
        };
        if state.timeline.want(anchor).is_some() {
            self.asks.push_back(Command::Backfill { room, anchor, limit: PAGE_EVENTS });
        }
    }

    /// Reads the next stretch of an outdated window again, if there is one.
    fn refresh(&mut self, room: RoomId) {
        if let Some(anchor) = self.rooms.get(&room).and_then(|state| state.timeline.refresh()) {
            self.page(room, anchor);
        }
    }

    fn follow(&mut self, room: RoomId) {
        let Some(state) = self.rooms.get_mut(&room) else {
            return;
        };
        if !state.resuming {
            state.resuming = true;
            self.asks.push_back(Command::Resume { room, seq: state.cursor });
        }
    }
}
