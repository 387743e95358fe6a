//! Who is here now and who else belongs here, and what one can do about them: write to one, put one
//! out, let another in.

use leptos::prelude::*;
use shared::percent::encoded;
use shared::permission::Verb;
use shared::protocol::{Person, Room, RoomKind};

use super::avatar::Avatar;
use super::icon::{Icon, icon_button};
use super::list_focus::move_focus;
use super::live::{live, memo, on, shown, view};
use super::menu::{CloseMenu, Menu};
use crate::app::{Layer, Over};
use crate::state::Chat;

/// `Nobody`, `1 person`, `12 people`.
pub(super) fn counted(count: usize) -> String {
    match count {
        0 => "Nobody".into(),
        1 => "1 person".into(),
        _ => format!("{count} people"),
    }
}

#[component]
pub(super) fn People(room: Signal<Room>) -> impl IntoView {
    let chat = expect_context::<Chat>();
    let label = Signal::derive(move || match chat.count.get() {
        Some(count) => format!("{} here now", counted(count)),
        None => "Who is here".to_owned(),
    });
    let button = view! {
        <Icon name="users"/>
        // On a phone it stands under the name of the room.
        <span class="only-wide">
            {live(move || {
                chat.count.get().filter(|count| *count > 0).map(|count| count.to_string())
            })}
        </span>
    };
    let others = memo(move || {
        let found = chat.found.read();
        let found = found.as_ref();
        let found = found.filter(|it| it.room == room.read().id && it.text.is_empty());
        found.map(|it| absent(&it.people, it.count, &chat.here.read())).unwrap_or_default()
    });
    view! {
        <Menu class="bar-count" label side="down" button on_open=Chat::find_members>
            <p class="menu-note">{label}</p>
            <ul role="list" class="menu-list" on:keydown=on(move_focus)>
                {live(move || {
                    let here = chat.here.get();
                    let more = chat.count.get().unwrap_or_default().saturating_sub(here.len());
                    rows(here, more, true, &room.read())
                })}
                {live(move || {
                    let (people, more) = others.get();
                    (!people.is_empty()).then(|| {
                        let mut lines = vec![note("Not here just now".to_owned())];
                        lines.extend(rows(people, more, false, &room.read()));
                        lines
                    })
                })}
            </ul>
            {shown(move || chat.may(Verb::Add, Some(&room.read())), let_in)}
        </Menu>
    }
}

/// Those of a room's people who are not here, and how many of them are not named.
fn absent(people: &[Person], count: usize, here: &[Person]) -> (Vec<Person>, usize) {
    let is_away = |person: &&Person| !here.iter().any(|one| one.id == person.id);
    (people.iter().filter(is_away).cloned().collect(), count.saturating_sub(people.len()))
}

fn rows(people: Vec<Person>, more: usize, online: bool, room: &Room) -> Vec<AnyView> {
    let rows = people.into_iter().map(|person| row(person, online, room));
    rows.chain((more > 0).then(|| note(format!("and {more} more")))).collect()
}

fn note(words: String) -> AnyView {
    view! { <li class="menu-note">{words}</li> }
}

/// One person, with what this one may do about them.
fn row(person: Person, online: bool, room: &Room) -> AnyView {
    let chat = expect_context::<Chat>();
    let close = expect_context::<CloseMenu>();
    let (id, name) = (person.id, person.name.clone());
    let is_other = chat.my_id() != Some(id);
    // In a room of two one writes to the other already.
    let is_alone_with = room.kind == RoomKind::Direct && room.people.len() == 2;
    let writes = is_other && !is_alone_with && chat.may(Verb::OpenDirect, None);
    let write = move |_| {
        chat.write_to(vec![id]);
        close.0.run(());
    };
    let remove = move || {
        chat.remove(id);
        close.0.run(());
    };
    let manage = || {
        let words = format!("Manage {name}");
        let href = format!("/admin/people?q={}", encoded(&name));
        view! {
            <a class="icon-button" href=href aria-label=words.clone() title=words>
                <Icon name="settings"/>
            </a>
        }
    };
    view! {
        <li class="person">
            <button
                class="menu-item"
                type="button"
                disabled=!writes
                title=writes.then(|| format!("Write to {name}"))
                on:click=on(write)
            >
                <Avatar person=Signal::stored(person) size="s" online=Signal::stored(online)/>
                <span dir="auto">{name.clone()}</span>
                {writes.then(|| view! { <Icon name="thread"/> })}
                {(!is_other).then(|| view! { <small>"you"</small> })}
            </button>
            {(is_other && chat.may(Verb::ManagePeople, None)).then(manage)}
            {(is_other && chat.may(Verb::Remove, Some(room)))
                .then(|| icon_button("log-out", format!("Put {name} out of this room"), remove))}
        </li>
    }
}

fn let_in() -> AnyView {
    let over = expect_context::<Over>();
    let close = expect_context::<CloseMenu>();
    let open = move |_| {
        close.0.run(());
        over.open(Layer::Add);
    };
    view! {
        <hr/>
        <button class="menu-item" type="button" on:click=on(open)>
            <Icon name="user-plus"/>
            "Let somebody in"
        </button>
    }
}

#[cfg(test)]
mod tests {
    use shared::protocol::UserId;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn whoever_is_here_is_not_absent() {
        let [ada, bea, carol] = [(1, "Ada"), (2, "Bea"), (3, "Carol")]
            .map(|(id, name)| Person { id: UserId(Uuid::from_u128(id)), name: name.into() });
        let people = [ada.clone(), bea.clone()];
        assert_eq!(absent(&people, 5, &[ada, carol]), (vec![bea], 3));
        assert_eq!(absent(&[], 0, &[]), (vec![], 0));
    }
}
