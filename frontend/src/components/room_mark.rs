//! What stands before a room's name: `#`, a lock, or who else is in a direct one.

use leptos::prelude::*;
use shared::protocol::{Person, Room, RoomKind, UserId};

use super::avatar::Avatar;
use super::icon::Icon;
use super::live::view;
use crate::state::Chat;

/// `size` is that of avatars and of icons: `xs` and `s` to go with a line of text, `l` alone. Who is
/// alone with somebody sees whether they are here.
pub(super) fn mark(room: &Room, chat: Chat, size: &'static str) -> AnyView {
    let icon = match room.kind {
        RoomKind::Direct => match tile(&room.people, chat.my_id()) {
            Some(person) => {
                let (id, is_one) = (person.id, room.people.len() == 2);
                let is_here = move || is_one && chat.around.read().iter().any(|one| one.id == id);
                return view! {
                    <Avatar person=Signal::stored(person) size online=Signal::derive(is_here)/>
                };
            }
            None => "user",
        },
        RoomKind::Private => "lock",
        RoomKind::Lobby | RoomKind::Open => "hash",
    };
    if size == "l" {
        view! { <Icon name=icon size/> }
    } else {
        view! { <Icon name=icon/> }
    }
}

/// Who is drawn for a direct room: the other one, or of more how many they are, on the first one's
/// tint.
fn tile(people: &[Person], me: Option<UserId>) -> Option<Person> {
    let mut others = people.iter().filter(|person| Some(person.id) != me);
    let first = others.next()?.clone();
    Some(match others.count() {
        0 => first,
        more => Person { name: (more + 1).to_string(), ..first },
    })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_direct_room_shows_the_other_one_or_how_many_they_are() {
        let [alice, bob, carol] = [(1, "Alice"), (2, "Bob"), (3, "Carol")]
            .map(|(id, name)| Person { id: UserId(Uuid::from_u128(id)), name: name.into() });
        let shown = |people: &[&Person]| {
            let people: Vec<Person> = people.iter().map(|person| (*person).clone()).collect();
            tile(&people, Some(alice.id)).map(|person| (person.name, person.id))
        };
        assert_eq!(shown(&[&bob, &alice]), Some(("Bob".into(), bob.id)));
        assert_eq!(shown(&[&alice, &bob, &carol]), Some(("2".into(), bob.id)));
        assert_eq!(shown(&[&alice]), None);
    }
}
