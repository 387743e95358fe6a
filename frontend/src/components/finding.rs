//! What may be meant by a few letters: a room, somebody, a room that could be. Pure.

use shared::protocol::{Person, Room, RoomKind, RoomName, UserId};

/// Rooms on offer: about as many as are in view. Whoever wants another types a letter more.
const ROOMS_MAX: usize = 12;

/// People on offer below them, of each kind.
const PEOPLE_MAX: usize = 6;

/// Where only people are looked for.
const OTHERS_MAX: usize = 20;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Choice {
    Go(Room),
    Write(Person),
    /// Into the room on screen.
    Add(Person),
    Create {
        name: RoomName,
        private: bool,
    },
}

impl Choice {
    /// The heading above it.
    pub(super) fn group(&self) -> &'static str {
        match self {
            Self::Go(Room { kind: RoomKind::Direct, .. }) | Self::Write(_) | Self::Add(_) => {
                "People"
            }
            Self::Go(_) => "Rooms",
            Self::Create { .. } => "New",
        }
    }
}

/// What somebody may open.
#[derive(Clone, Copy)]
pub(super) struct May {
    pub(super) create: bool,
    pub(super) write: bool,
}

/// Rooms whose name holds what is typed: those that begin with it first, then unread ones. Then people,
/// alike: those whom one writes to already, and others. Last, the ways to open a room of that name.
pub(super) fn places(
    rooms: &[Room],
    people: &[Person],
    me: Option<UserId>,
    may: May,
    typed: &str,
) -> Vec<Choice> {
    let name = RoomName::parse(typed);
    let typed = letters(typed);
    // Names of rooms are small letters with dashes; names of people are as they are.
    let wanted = name.as_ref().map_or(typed.as_str(), RoomName::as_str);
    let rank = |room: &Room, title: &str| {
        let wanted = if room.kind == RoomKind::Direct { &typed } else { wanted };
        let begins_so = title.find(wanted)? == 0;
        let places = [!begins_so, room.unread == 0, !room.member];
        Some(places.into_iter().fold(0, |rank, is_later| rank * 2 + u8::from(is_later)))
    };
    let mut choices = Vec::new();
    for (directs, max) in [(false, ROOMS_MAX), (true, ROOMS_MAX + PEOPLE_MAX)] {
        // One walk for each rank: a sort that keeps the order is more code than all of this.
        for wanted_rank in 0..8 {
            for room in rooms {
                let is_one = (room.kind == RoomKind::Direct) == directs && choices.len() < max;
                if is_one && rank(room, &room.title(me).to_lowercase()) == Some(wanted_rank) {
                    choices.push(Choice::Go(room.clone()));
                }
            }
        }
    }
    let mut strangers = 0;
    for person in people.iter().filter(|_| may.write) {
        let is_theirs = |other: &Person| other.id == person.id;
        let with = |room: &Room| room.people.len() == 2 && room.people.iter().any(is_theirs);
        let fits = person.name.to_lowercase().contains(&typed) && !rooms.iter().any(with);
        if fits && strangers < PEOPLE_MAX {
            strangers += 1;
            choices.push(Choice::Write(person.clone()));
        }
    }
    if let Some(name) = name.filter(|_| may.create) {
        if !rooms.iter().any(|room| room.name == name) {
            choices.push(Choice::Create { name: name.clone(), private: false });
        }
        choices.push(Choice::Create { name, private: true });
    }
    choices
}

fn letters(typed: &str) -> String {
    typed.trim().trim_start_matches(['@', '#']).to_lowercase()
}

/// Whom to let in: everyone who is known, but those who are here already.
pub(super) fn others(people: &[Person], here: &[Person], typed: &str) -> Vec<Choice> {
    let typed = letters(typed);
    let fits = |person: &&Person| {
        person.name.to_lowercase().contains(&typed) && !here.iter().any(|one| one.id == person.id)
    };
    people.iter().filter(fits).take(OTHERS_MAX).cloned().map(Choice::Add).collect()
}

#[cfg(test)]
mod tests {
    use shared::protocol::{RoomId, Rules};
    use uuid::Uuid;

    use super::*;

    const ALL: May = May { create: true, write: true };

    fn person(id: u128, name: &str) -> Person {
        Person { id: UserId(Uuid::from_u128(id)), name: name.into() }
    }

    fn room(name: &str, kind: RoomKind, people: &[Person]) -> Room {
        Room {
            id: RoomId(Uuid::nil()),
            kind,
            name: RoomName::parse(name).unwrap(),
            topic: String::new(),
            head: 0,
            member: true,
            read: 0,
            unread: 0,
            made: false,
            rules: Rules::default(),
            people: people.to_vec(),
        }
    }

    fn offered(typed: &str, may: May) -> Vec<String> {
        let [ada, bea, carol] = [person(1, "Ada"), person(2, "Bea Lund"), person(3, "Carol")];
        let rooms = [
            room("lobby", RoomKind::Lobby, &[]),
            room("attic-0123456789", RoomKind::Private, &[]),
            room("beach", RoomKind::Open, &[]),
            room("direct", RoomKind::Direct, &[ada.clone(), bea.clone()]),
        ];
        let people = [bea, carol];
        let words = |choice| match choice {
            Choice::Go(room) => room.label(Some(ada.id)),
            Choice::Write(person) => format!("to {}", person.name),
            Choice::Add(person) => format!("add {}", person.name),
            Choice::Create { name, private: false } => format!("new {name}"),
            Choice::Create { name, private: true } => format!("secret {name}"),
        };
        places(&rooms, &people, Some(ada.id), may, typed).into_iter().map(words).collect()
    }

    #[test]
    fn rooms_come_first_then_people_then_what_could_be() {
        assert_eq!(offered("", ALL), ["# lobby", "# attic", "# beach", "Bea Lund", "to Carol"]);
        assert_eq!(offered("be", ALL), ["# beach", "Bea Lund", "new be", "secret be"]);
        assert_eq!(offered("Bea L", ALL), ["Bea Lund", "new bea-l", "secret bea-l"]);
        assert_eq!(offered("@carol", ALL), ["to Carol"]);
        assert_eq!(offered("beach", ALL), ["# beach", "secret beach"], "that name is taken");
    }

    #[test]
    fn nothing_is_offered_that_one_may_not() {
        let may = May { create: false, write: false };
        assert_eq!(offered("c", may), ["# attic", "# beach"]);
    }

    #[test]
    fn nobody_is_let_in_who_is_here() {
        let [bea, carol] = [person(2, "Bea"), person(3, "Carol")];
        let people = [bea.clone(), carol.clone()];
        assert_eq!(others(&people, &[carol], ""), [Choice::Add(bea)]);
        assert_eq!(others(&people, &[], "dave"), []);
    }
}
