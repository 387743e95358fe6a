//! Ctrl K: type a few letters, go to a room or open a new one.

use leptos::{ev, html, prelude::*};
use shared::protocol::{Room, RoomName};

use super::icon::Icon;
use super::live::{live, on, view};
use super::modal::Modal;
use crate::address::Address;
use crate::app::{Layer, Over};
use crate::browser;
use crate::state::Chat;

const CHOICES_MAX: usize = 12;

#[derive(Clone, PartialEq)]
enum Choice {
    Go(Room),
    Create(RoomName),
}

#[component]
pub(crate) fn Switcher() -> impl IntoView {
    view! {
        <Modal layer=Layer::Switcher class="switcher popover" label="Search or jump to">
            <Search/>
        </Modal>
    }
}

#[component]
fn Search() -> impl IntoView {
    let chat = expect_context::<Chat>();
    let over = expect_context::<Over>();
    let address = expect_context::<Address>();
    let typed = RwSignal::new(String::new());
    let chosen = RwSignal::new(0_usize);
    let choices = Memo::new(move |_| find(&chat.rooms.read(), &typed.read()));
    let take = move |choice: Choice| {
        over.close();
        match choice {
            Choice::Go(room) => address.go(&room.name.path()),
            Choice::Create(name) => chat.create_room(name, String::new()),
        }
    };
    let keydown = move |key: ev::KeyboardEvent| {
        let (count, at) = (choices.read_untracked().len().max(1), chosen.get_untracked());
        match key.key().as_str() {
            "ArrowDown" => chosen.set((at + 1) % count),
            "ArrowUp" => chosen.set((at + count - 1) % count),
            "Enter" if !key.is_composing() => {
                let choice = choices.read_untracked().get(at).cloned();
                if let Some(choice) = choice {
                    take(choice);
                }
            }
            _ => return,
        }
        key.prevent_default();
    };
    let input = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            let _ = input.focus();
        }
    });
    Effect::new(move |_| browser::reveal(&format!("switcher-{}", chosen.get())));
    let item = move |index: usize, choice: Choice| {
        let (icon, words, hint) = match &choice {
            Choice::Go(room) => {
                let hint = match (room.unread, room.member) {
                    (0, true) => room.topic.clone(),
                    (0, false) => "Open room".to_owned(),
                    (unread, _) => format!("{unread} new"),
                };
                ("hash", marked(room.name.as_str(), typed.read().trim()), hint)
            }
            Choice::Create(name) => {
                let words = view! { "Create a room named “"<b>{name.to_string()}</b>"”" };
                ("plus", words, String::new())
            }
        };
        view! {
            <li
                class="switcher-item"
                role="option"
                id=format!("switcher-{index}")
                aria-selected=live(move || (chosen.get() == index).to_string())
                on:click=on(move |_| take(choice.clone()))
            >
                <Icon name=icon/>
                <span dir="auto">{words}</span>
                <small>{hint}</small>
            </li>
        }
    };
    view! {
        <div class="switcher-input">
            <Icon name="search"/>
            <input
                node_ref=input
                type="text"
                role="combobox"
                aria-expanded="true"
                aria-controls="switcher-list"
                aria-activedescendant=live(move || format!("switcher-{}", chosen.get()))
                aria-autocomplete="list"
                aria-label="Search or jump to"
                placeholder="Find a room, or name a new one"
                autocomplete="off"
                spellcheck="false"
                on:input=on(move |event| {
                    typed.set(event_target_value(&event));
                    chosen.set(0);
                })
                on:keydown=on(keydown)
            />
            <kbd>"Esc"</kbd>
        </div>
        <ul class="switcher-list" id="switcher-list" role="listbox" aria-label="Results">
            {live(move || {
                choices
                    .get()
                    .into_iter()
                    .enumerate()
                    .map(|(index, choice)| item(index, choice))
                    .collect_view()
            })}
        </ul>
        <footer class="switcher-foot">
            <span>
                <kbd>"↑"</kbd>
                " "
                <kbd>"↓"</kbd>
                " to move"
            </span>
            <span>
                <kbd>"Enter"</kbd>
                " to open"
            </span>
        </footer>
    }
}

/// Rooms whose name holds what is typed: those that begin with it first, then unread ones. Last,
/// the way to open a room of that name.
fn find(rooms: &[Room], typed: &str) -> Vec<Choice> {
    let name = RoomName::parse(typed);
    let wanted = name.as_ref().map(RoomName::as_str).unwrap_or_default();
    let found = rooms.iter().filter(|room| room.name.as_str().contains(wanted));
    let mut found: Vec<(usize, &Room)> = found.enumerate().collect();
    // The place makes the order complete: a sort that keeps it by itself is twice the code.
    found.sort_unstable_by_key(|(at, room)| {
        (!room.name.as_str().starts_with(wanted), room.unread == 0, !room.member, *at)
    });
    let known = found.iter().any(|(_, room)| room.name.as_str() == wanted);
    let mut choices: Vec<Choice> =
        found.into_iter().take(CHOICES_MAX).map(|(_, room)| Choice::Go(room.clone())).collect();
    choices.extend(name.filter(|_| !known).map(Choice::Create));
    choices
}

/// The name with what was typed standing out.
fn marked(name: &str, typed: &str) -> AnyView {
    let typed = typed.to_lowercase();
    let at = name.find(&typed).filter(|_| !typed.is_empty());
    match at {
        Some(at) => {
            let (before, rest) = name.split_at(at);
            let (hit, after) = rest.split_at(typed.len());
            view! { {before.to_owned()}<b>{hit.to_owned()}</b>{after.to_owned()} }
        }
        None => name.to_owned().into_any(),
    }
}
