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
    /// Rooms with something to announce.
    changed: HashSet<RoomId>,
    /// Whose last connection went, in order of time; some of them are back.
    leaving: VecDeque<(Instant, UserId)>,
    typing: HashMap<(UserId, RoomId), Instant>,
}

struct Here {
    person: Person,
    connections: usize,
    rooms: HashSet<RoomId>,
    gone_at: Option<Instant>,
}

#[derive(Default)]
struct RoomHere {
    people: HashSet<UserId>,
    /// Who came (true) or went since the last announcement; both in one second is neither.
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
        let here = self.people.entry(person.id).or_insert_with(|| Here {
            person: person.clone(),
            connections: 0,
            rooms: HashSet::new(),
            gone_at: None,
        });
        let came = here.connections == 0 && here.gone_at.is_none();
        here.connections += 1;
        here.gone_at = None;
        for room in rooms {
            self.enter(person.id, room);
        }
        came
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
            here.gone_at = Some(now);
            self.leaving.push_back((now, user));
            return false;
        }
        self.forget(user);
        true
    }

    pub(crate) fn enter(&mut self, user: UserId, room: RoomId) {
        let Some(here) = self.people.get_mut(&user) else { return };
        if here.rooms.insert(room) {
            let person = here.person.clone();
            self.rooms.entry(room).or_default().people.insert(user);
            self.moved(room, person, true);
        }
    }

    pub(crate) fn exit(&mut self, user: UserId, room: RoomId) {
        let Some(here) = self.people.get_mut(&user) else { return };
        if here.rooms.remove(&room) {
            let person = here.person.clone();
            if let Some(here) = self.rooms.get_mut(&room) {
                here.people.remove(&user);
            }
            self.moved(room, person, false);
        }
    }

    pub(crate) fn rename(&mut self, person: &Person) {
        if let Some(here) = self.people.get_mut(&person.id) {
            here.person.name.clone_from(&person.name);
        }
    }

    /// A connected person as they are called now.
    pub(crate) fn person(&self, user: UserId) -> Option<&Person> {
        self.people.get(&user).map(|here| &here.person)
    }

    /// Whether a connected person has this name.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.people.values().any(|here| here.person.name == name)
    }

    pub(crate) fn count(&self, room: RoomId) -> usize {
        self.rooms.get(&room).map_or(0, |here| here.people.len())
    }

    /// How many are in a room, and who they are, at most [`HERE_PEOPLE_MAX`], by name.
    pub(crate) fn here(&self, room: RoomId) -> (usize, Vec<Person>) {
        let Some(here) = self.rooms.get(&room) else { return (0, Vec::new()) };
        let named = here.people.iter().filter_map(|user| self.person(*user)).take(HERE_PEOPLE_MAX);
        let mut people: Vec<Person> = named.cloned().collect();
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
            if self.people.get(&user).is_some_and(|here| here.gone_at == Some(went_at)) {
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
        if moved.is_empty() {
            return None;
        }
        let (mut came, mut went) = (Vec::new(), Vec::new());
        if count <= PRESENCE_PEOPLE_MAX {
            for (person, is_here) in moved.into_values() {
                if is_here { came.push(person) } else { went.push(person) }
            }
        }
        Some(Delta { room, count, came, went })
    }

    fn forget(&mut self, user: UserId) -> Option<Person> {
        let rooms: Vec<RoomId> = self.people.get(&user)?.rooms.iter().copied().collect();
        for room in rooms {
            self.exit(user, room);
        }
        self.people.remove(&user).map(|here| here.person)
    }

    fn moved(&mut self, room: RoomId, person: Person, is_here: bool) {
        let here = self.rooms.entry(room).or_default();
        match here.moved.get(&person.id) {
            Some((_, was_here)) if *was_here != is_here => {
                here.moved.remove(&person.id);
            }
            _ => {
                here.moved.insert(person.id, (person, is_here));
            }
        }
        self.changed.insert(room);
    }
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
