//! What the writer knows without asking: rooms' heads, people's names, who is in which room.
//!
//! Only the writer's thread changes these, so what it has read or written stays true until it
//! writes again. Heads gather here within a transaction and are written down before it commits, once
//! each; read cursors of authors may gather for a moment longer. Whenever a transaction fails, and
//! whenever somebody else has written to the file, everything is forgotten and asked anew: nothing
//! outlives a rollback. Owned by `writer`, asked by `apply`.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use shared::permission::{Policy, Role};
use shared::protocol::{Person, RoomId, Rules, Seq, UserId};

use crate::store::rooms::RoomRow;
use crate::store::users::UserRow;
use crate::store::{data_version, events, members, rooms, settings, users};

/// How long read cursors of authors may gather while there is much to write. One that is lost
/// because the server dies is no more than a few lines to be read again.
const READ_WAIT: Duration = Duration::from_millis(250);

/// Read cursors that may gather; one more and they are written down. A batch that does so takes some
/// milliseconds longer.
const READ_MAX: usize = 1_024;

/// Rooms, people and memberships that are kept, of each kind; some hundred bytes apiece. Beyond it
/// all of that kind are forgotten, and each of them is asked for again when it comes up.
const KEPT_MAX: usize = 8_192;

#[derive(Default)]
pub(super) struct Known {
    rooms: HashMap<RoomId, Room>,
    people: HashMap<UserId, Author>,
    members: HashSet<(RoomId, UserId)>,
    /// Rooms whose head is further than in the database.
    moved: Vec<RoomId>,
    /// Up to where authors have read in this transaction, because they have answered.
    read: Read,
    /// The same of committed posts, until it is written down.
    gathered: Read,
    /// When that has to be.
    due: Option<Instant>,
    /// Changes when somebody else has written to the file.
    version: i64,
    /// What the owner has decided, once it was asked for.
    policy: Option<Policy>,
    /// When somebody last posted in a room in slow mode, in milliseconds since 1970 UTC. Lost when
    /// the server ends: somebody then waits less, once.
    paced: HashMap<(RoomId, UserId), i64>,
}

type Read = HashMap<(RoomId, UserId), Seq>;

/// A room as its row says, but for what is further by now.
#[derive(Clone, Copy)]
struct Room {
    row: RoomRow,
    is_moved: bool,
}

pub(super) struct Author {
    name: String,
    pub(super) role: Role,
    /// Whether they may be here at all.
    pub(super) is_active: bool,
    /// Whether there are ops of theirs that wrote no event and are remembered.
    has_answers: bool,
}

impl Known {
    /// To be called first in each transaction: what somebody's shell has written is seen as well.
    pub(super) fn begin(&mut self, db: &Connection) -> rusqlite::Result<()> {
        let version = data_version(db)?;
        if version != self.version {
            self.forget();
            self.version = version;
        }
        Ok(())
    }

    /// Writes down what has gathered, before the transaction commits. What is asked of the database
    /// afterwards is as if it had been written at once, except for read cursors, which wait a moment
    /// unless there are `few`.
    pub(super) fn write_down(
        &mut self,
        db: &Connection,
        now: Instant,
        few: bool,
    ) -> rusqlite::Result<()> {
        for id in self.moved.drain(..) {
            if let Some(room) = self.rooms.get_mut(&id) {
                room.is_moved = false;
                rooms::set_head(db, id, room.row.head, room.row.posts)?;
            }
        }
        let is_full = self.gathered.len() + self.read.len() > READ_MAX;
        if few || is_full || self.due.is_some_and(|due| due <= now) {
            for ((room, user), seq) in self.gathered.iter().chain(&self.read) {
                members::has_read(db, *room, *user, *seq)?;
            }
            self.due = None;
        } else if self.due.is_none() && !self.read.is_empty() {
            self.due = Some(now + READ_WAIT);
        }
        Ok(())
    }

    /// How long read cursors may still gather; `None` if there are none.
    pub(super) fn due_in(&self, now: Instant) -> Option<Duration> {
        self.due.map(|due| due.saturating_duration_since(now))
    }

    /// What was written is true, and there is not too much of it.
    pub(super) fn committed(&mut self) {
        match self.due {
            Some(_) => self.gathered.extend(self.read.drain()),
            None => {
                self.read.clear();
                self.gathered.clear();
            }
        }
        if self.rooms.len() > KEPT_MAX {
            self.rooms.clear();
        }
        if self.people.len() > KEPT_MAX {
            self.people.clear();
        }
        if self.members.len() > KEPT_MAX {
            self.members.clear();
        }
        if self.paced.len() > KEPT_MAX {
            self.paced.clear();
        }
    }

    /// What was not committed is not so.
    pub(super) fn forget(&mut self) {
        let gathered = std::mem::take(&mut self.gathered);
        let due = (!gathered.is_empty()).then(|| self.due.unwrap_or(Instant::now() + READ_WAIT));
        let paced = std::mem::take(&mut self.paced);
        *self = Self { version: self.version, gathered, due, paced, ..Self::default() };
    }

    /// The seq of a room's newest event, this transaction's among them; `None` if there is no such
    /// room.
    pub(super) fn head(&mut self, db: &Connection, room: RoomId) -> rusqlite::Result<Option<Seq>> {
        Ok(self.room(db, room)?.map(|room| room.head))
    }

    /// How many messages were ever posted in the room.
    pub(super) fn posts(&mut self, db: &Connection, room: RoomId) -> rusqlite::Result<u64> {
        Ok(self.room(db, room)?.map_or(0, |room| room.posts))
    }

    /// An event was written at the room's next seq.
    pub(super) fn advance(&mut self, id: RoomId, is_post: bool) {
        if let Some(room) = self.rooms.get_mut(&id) {
            room.row.head += 1;
            room.row.posts += u64::from(is_post);
            if !std::mem::replace(&mut room.is_moved, true) {
                self.moved.push(id);
            }
        }
    }

    /// The room was deleted.
    pub(super) fn lose(&mut self, room: RoomId) {
        self.rooms.remove(&room);
    }

    pub(super) fn room(
        &mut self,
        db: &Connection,
        id: RoomId,
    ) -> rusqlite::Result<Option<RoomRow>> {
        if let Some(room) = self.rooms.get(&id) {
            return Ok(Some(room.row));
        }
        let Some(row) = rooms::find(db, id)? else { return Ok(None) };
        self.rooms.insert(id, Room { row, is_moved: false });
        Ok(Some(row))
    }

    /// Other rules hold in the room.
    pub(super) fn rules_changed(&mut self, room: RoomId, rules: Rules) {
        if let Some(room) = self.rooms.get_mut(&room) {
            room.row.rules = rules;
        }
    }

    pub(super) fn policy(&mut self, db: &Connection) -> rusqlite::Result<Policy> {
        if let Some(policy) = self.policy {
            return Ok(policy);
        }
        let policy = settings::policy(db)?;
        self.policy = Some(policy);
        Ok(policy)
    }

    /// How long somebody has to wait before they may post again in this room, if it is in slow mode.
    pub(super) fn slow_wait_ms(&self, room: RoomId, user: UserId, now_ms: i64) -> u64 {
        let slow_s = self.rooms.get(&room).map_or(0, |room| room.row.rules.slow_s);
        if slow_s == 0 {
            return 0;
        }
        let last_ms = self.paced.get(&(room, user)).copied();
        let due_ms = last_ms.map_or(now_ms, |last_ms| last_ms + i64::from(slow_s) * 1_000);
        // A clock that was set back makes nobody wait longer than the rule says.
        u64::try_from(due_ms - now_ms).unwrap_or(0).min(u64::from(slow_s) * 1_000)
    }

    /// Somebody as they are called now; `None` if they have not changed anything yet.
    pub(super) fn person(
        &mut self,
        db: &Connection,
        id: UserId,
    ) -> rusqlite::Result<Option<Person>> {
        Ok(self.author(db, id)?.map(|author| Person { id, name: author.name.clone() }))
    }

    /// Whether there are ops of theirs that wrote no event and are remembered.
    pub(super) fn has_answers(&mut self, db: &Connection, id: UserId) -> rusqlite::Result<bool> {
        Ok(self.author(db, id)?.is_some_and(|author| author.has_answers))
    }

    /// They are somebody new, are called otherwise, or have an op that is remembered.
    pub(super) fn changed(&mut self, id: UserId) {
        self.people.remove(&id);
    }

    pub(super) fn author(
        &mut self,
        db: &Connection,
        id: UserId,
    ) -> rusqlite::Result<Option<&Author>> {
        Ok(match self.people.entry(id) {
            Entry::Occupied(known) => Some(known.into_mut()),
            Entry::Vacant(place) => match users::find(db, id)? {
                Some(UserRow { name, role, is_active }) => {
                    let has_answers = events::has_answers(db, id)?;
                    Some(place.insert(Author { name, role, is_active, has_answers }))
                }
                None => None,
            },
        })
    }

    pub(super) fn is_member(
        &mut self,
        db: &Connection,
        room: RoomId,
        user: UserId,
    ) -> rusqlite::Result<bool> {
        if self.members.contains(&(room, user)) {
            return Ok(true);
        }
        let is_member = members::joined(db, room, user)?.is_some();
        if is_member {
            self.members.insert((room, user));
        }
        Ok(is_member)
    }

    /// They are not in the room any more.
    pub(super) fn left(&mut self, room: RoomId, user: UserId) {
        self.members.remove(&(room, user));
    }

    /// Whoever answers has read what was above, on every device. In slow mode they now wait.
    pub(super) fn posted(&mut self, room: RoomId, user: UserId, seq: Seq, at_ms: i64) {
        self.read.insert((room, user), seq);
        if self.rooms.get(&room).is_some_and(|room| room.row.rules.slow_s > 0) {
            self.paced.insert((room, user), at_ms);
        }
    }
}
