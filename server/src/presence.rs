//! Who is here, and who is writing: never stored, gone by itself.
//!
//! A pure map with the time as an argument; `session` tells it who connects, moves and goes, and the
//! beat in `session` asks it once a second what to announce. Nothing here sends anything. It also
//! knows the present names of connected people, whichever of their connections changed them.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::{Duration, Instant};

use shared::protocol::{HERE_PEOPLE_MAX, PRESENCE_PEOPLE_MAX, Person, RoomId, UserId};

/// A browser that comes back within this time was never away: a reload makes no noise.
const GRACE: Duration = Duration::from_secs(5);

/// One person's typing notice in one room passes this often; clients repeat it every few seconds.
const TYPING_EVERY: Duration = Duration::from_secs(2);

#[derive(Default)]
pub(crate) struct Presence {
    people: HashMap<UserId, Here>,
    rooms: HashMap<RoomId, RoomHere>,
    /// How many people have the guest's name that begins with these bytes of their id.
    guests: HashMap<[u8; 2], u32>,
    /// Rooms with something to announce.
    changed: HashSet<RoomId>,
    /// Whose last connection went, in order of time; some of them are back.
    leaving: VecDeque<(Instant, UserId)>,
    /// Since when those of them are away who are not back.
    away: HashMap<UserId, Instant>,
    typing: HashMap<(UserId, RoomId), Instant>,
}

/// Somebody who is here. There may be very many of them, nearly all with one connection, in one
/// room, by the name that guests have.
struct Here {
    /// `None` for the guest's name, which follows from the id.
    name: Option<Box<str>>,
    connections: u32,
    rooms: Vec<RoomId>,
}

#[derive(Default)]
struct RoomHere {
    people: HashSet<UserId>,
    /// Who came (true) or went since the last announcement; both in one second is neither. In a
    /// crowd nobody is named, and nobody is kept here.
    moved: HashMap<UserId, (Person, bool)>,
}

/// What to announce in one room.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Delta {
    pub(crate) room: RoomId,
    pub(crate) count: usize,
    /// Empty above [`PRESENCE_PEOPLE_MAX`]: then only the count moves.
    pub(crate) came: Vec<Person>,
    pub(crate) went: Vec<Person>,
}

impl Presence {
    /// One more connection of this person. Whether they were not here before.
    pub(crate) fn connect(
        &mut self,
        person: &Person,
        rooms: impl IntoIterator<Item = RoomId>,
    ) -> bool {
        let was_here = self.people.contains_key(&person.id);
        let here = self.people.entry(person.id).or_insert_with(|| Here {
            name: None,
            connections: 0,
            rooms: Vec::new(),
        });
        here.connections += 1;
        self.away.remove(&person.id);
        if !was_here {
            *self.guests.entry(letters(person.id)).or_default() += 1;
            self.rename(person);
        }
        for room in rooms {
            self.enter(person.id, room);
        }
        !was_here
    }

    /// One connection less. Whether the person is gone with it: at once without `grace`, else
    /// [`Presence::beat`] tells later.
    pub(crate) fn disconnect(&mut self, user: UserId, grace: bool, now: Instant) -> bool {
        let Some(here) = self.people.get_mut(&user) else { return false };
        here.connections = here.connections.saturating_sub(1);
        if here.connections > 0 {
            return false;
        }
        if grace {
            self.away.insert(user, now);
            self.leaving.push_back((now, user));
            return false;
        }
        self.forget(user);
        true
    }

    pub(crate) fn enter(&mut self, user: UserId, room: RoomId) {
        let Some(here) = self.people.get_mut(&user) else { return };
        if !here.rooms.contains(&room) {
            // Most people are in a room or two: no room for more before there are more.
            here.rooms.reserve_exact(1);
            here.rooms.push(room);
            self.rooms.entry(room).or_default().people.insert(user);
            self.moved(room, user, true);
        }
    }

    pub(crate) fn exit(&mut self, user: UserId, room: RoomId) {
        let Some(here) = self.people.get_mut(&user) else { return };
        if let Some(at) = here.rooms.iter().position(|its| *its == room) {
            here.rooms.swap_remove(at);
            if let Some(here) = self.rooms.get_mut(&room) {
                here.people.remove(&user);
            }
            self.moved(room, user, false);
        }
    }

    pub(crate) fn rename(&mut self, person: &Person) {
        let Some(here) = self.people.get_mut(&person.id) else { return };
        let is_guest = person.name == Person::guest_name(person.id);
        let was_guest = here.name.is_none();
        if is_guest != was_guest {
            self.count_guest(person.id, is_guest);
        }
        if let Some(here) = self.people.get_mut(&person.id) {
            here.name = (!is_guest).then(|| person.name.as_str().into());
        }
    }

    fn count_guest(&mut self, user: UserId, is_guest: bool) {
        let guests = self.guests.entry(letters(user)).or_default();
        *guests = if is_guest { *guests + 1 } else { guests.saturating_sub(1) };
        if *guests == 0 {
            self.guests.remove(&letters(user));
        }
    }

    /// A connected person as they are called now.
    pub(crate) fn person(&self, user: UserId) -> Option<Person> {
        let here = self.people.get(&user)?;
        let name = here.name.as_deref().map(str::to_owned);
        Some(Person { id: user, name: name.unwrap_or_else(|| Person::guest_name(user)) })
    }

    /// Whether somebody who is here has the name that this guest would have.
    pub(crate) fn is_guest_name_taken(&self, guest: UserId) -> bool {
        self.guests.contains_key(&letters(guest))
    }

    pub(crate) fn count(&self, room: RoomId) -> usize {
        self.rooms.get(&room).map_or(0, |here| here.people.len())
    }

    /// How many are in a room, and who they are, at most [`HERE_PEOPLE_MAX`], by name.
    pub(crate) fn here(&self, room: RoomId) -> (usize, Vec<Person>) {
        let Some(here) = self.rooms.get(&room) else { return (0, Vec::new()) };
        let named = here.people.iter().filter_map(|user| self.person(*user));
        let mut people: Vec<Person> = named.take(HERE_PEOPLE_MAX).collect();
        people.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
        (here.people.len(), people)
    }

    /// Somebody writes. Whether the others are to hear of it, or heard just now.
    pub(crate) fn types(&mut self, user: UserId, room: RoomId, now: Instant) -> bool {
        let since = self.typing.get(&(user, room)).map(|at| now.saturating_duration_since(*at));
        let passes = since.is_none_or(|since| since >= TYPING_EVERY);
        if passes {
            self.typing.insert((user, room), now);
        }
        passes
    }

    /// Once a second: lets go of who did not come back, and tells what to announce. The people
    /// returned are gone from everywhere, with nobody told yet.
    pub(crate) fn beat(&mut self, now: Instant) -> (Vec<Delta>, Vec<Person>) {
        self.typing.retain(|_, at| now.saturating_duration_since(*at) < TYPING_EVERY);
        let mut gone = Vec::new();
        while let Some((went_at, user)) = self.leaving.front().copied() {
            if now.saturating_duration_since(went_at) < GRACE {
                break;
            }
            self.leaving.pop_front();
            if self.away.get(&user) == Some(&went_at) {
                gone.extend(self.forget(user));
            }
        }
        let deltas = std::mem::take(&mut self.changed).into_iter();
        (deltas.filter_map(|room| self.delta(room)).collect(), gone)
    }

    fn delta(&mut self, room: RoomId) -> Option<Delta> {
        let here = self.rooms.get_mut(&room)?;
        let count = here.people.len();
        let moved = std::mem::take(&mut here.moved);
        if count == 0 {
            self.rooms.remove(&room);
        }
        let is_crowded = count > PRESENCE_PEOPLE_MAX;
        if moved.is_empty() && !is_crowded {
            return None;
        }
        let (mut came, mut went) = (Vec::new(), Vec::new());
        if !is_crowded {
            for (person, is_here) in moved.into_values() {
                if is_here { came.push(person) } else { went.push(person) }
            }
        }
        Some(Delta { room, count, came, went })
    }

    fn forget(&mut self, user: UserId) -> Option<Person> {
        let rooms = self.people.get(&user)?.rooms.clone();
        for room in rooms {
            self.exit(user, room);
        }
        let person = self.person(user);
        self.away.remove(&user);
        if self.people.remove(&user).is_some_and(|here| here.name.is_none()) {
            self.count_guest(user, false);
        }
        person
    }

    fn moved(&mut self, room: RoomId, user: UserId, is_here: bool) {
        self.changed.insert(room);
        let Some(person) = self.person(user) else { return };
        let here = self.rooms.entry(room).or_default();
        if here.people.len() > PRESENCE_PEOPLE_MAX {
            here.moved.clear();
            return;
        }
        match here.moved.get(&user) {
            Some((_, was_here)) if *was_here != is_here => {
                here.moved.remove(&user);
            }
            _ => {
                here.moved.insert(user, (person, is_here));
            }
        }
    }
}

/// What tells guests' names apart.
fn letters(user: UserId) -> [u8; 2] {
    let [first, second, ..] = user.0.into_bytes();
    [first, second]
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn lobby() -> RoomId {
        RoomId(Uuid::from_u128(1))
    }

    fn person(number: u128, name: &str) -> Person {
        Person { id: UserId(Uuid::from_u128(number)), name: name.into() }
    }

    #[test]
    fn a_reload_makes_no_noise_and_a_leave_is_told_once() {
        let alice = person(1, "Alice");
        let start = Instant::now();
        let mut presence = Presence::default();
        assert!(presence.connect(&alice, [lobby()]));
        let (deltas, _) = presence.beat(start);
        assert_eq!(
            deltas,
            [Delta { room: lobby(), count: 1, came: vec![alice.clone()], went: vec![] }]
        );

        assert!(!presence.disconnect(alice.id, true, start));
        assert!(!presence.connect(&alice, [lobby()]), "she was never away");
        assert_eq!(presence.beat(start + GRACE * 2), (vec![], vec![]));

        assert!(!presence.disconnect(alice.id, true, start));
        assert_eq!(presence.beat(start + GRACE / 2), (vec![], vec![]));
        let (deltas, gone) = presence.beat(start + GRACE);
        assert_eq!(gone, vec![alice.clone()]);
        assert_eq!(
            deltas,
            [Delta { room: lobby(), count: 0, came: vec![], went: vec![alice.clone()] }]
        );
        assert!(presence.people.is_empty() && presence.rooms.is_empty());
    }

    #[test]
    fn two_devices_are_one_person() {
        let alice = person(1, "Alice");
        let mut presence = Presence::default();
        assert!(presence.connect(&alice, [lobby()]));
        assert!(!presence.connect(&alice, [lobby()]));
        let now = Instant::now();
        assert!(!presence.disconnect(alice.id, false, now));
        assert_eq!(presence.here(lobby()), (1, vec![alice.clone()]));
        assert!(presence.disconnect(alice.id, false, now), "that was the last one");
    }

    #[test]
    fn a_crowd_is_counted_not_named() {
        let mut presence = Presence::default();
        for number in 0..=PRESENCE_PEOPLE_MAX as u128 {
            presence.connect(&person(number, "User"), [lobby()]);
        }
        let (deltas, _) = presence.beat(Instant::now());
        let count = PRESENCE_PEOPLE_MAX + 1;
        assert_eq!(deltas, [Delta { room: lobby(), count, came: vec![], went: vec![] }]);
        assert_eq!(presence.here(lobby()).1.len(), HERE_PEOPLE_MAX);
    }

    #[test]
    fn typing_passes_every_two_seconds() {
        let (alice, start) = (person(1, "Alice"), Instant::now());
        let mut presence = Presence::default();
        assert!(presence.types(alice.id, lobby(), start));
        assert!(!presence.types(alice.id, lobby(), start + TYPING_EVERY / 2));
        assert!(presence.types(alice.id, lobby(), start + TYPING_EVERY));
    }
}
