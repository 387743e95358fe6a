//! Ctrl K: type a few letters, go to a room, write to somebody, or open a new room.

use leptos::{ev, html, prelude::*};
use shared::permission::Verb;
use shared::sync::Sync;

use super::avatar::Avatar;
use super::finding::{Choice, May, others, places};
use super::icon::Icon;
use super::live::{effect, live, memo, on, view};
use super::modal::Modal;
use super::room_mark::mark;
use crate::address::Address;
use crate::app::{Layer, Over};
use crate::browser;
use crate::state::Chat;

#[component]
pub(crate) fn Switcher() -> impl IntoView {
    view! {
        <Modal
            is=|layer| matches!(layer, Layer::Switcher | Layer::Add)
            class="switcher popover"
            label="Search or jump to"
        >
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
    let adds = memo(move || over.shown() == Some(Layer::Add));
    let choices = memo(move || {
        chat.found.track();
        let people = chat.read(Sync::people);
        if adds.get() {
            return others(&people, &chat.here.read(), &typed.read());
        }
        let may = May {
            create: chat.may(Verb::CreateRoom, None),
            write: chat.may(Verb::OpenDirect, None),
        };
        places(&chat.rooms.read(), &people, chat.my_id(), may, &typed.read())
    });
    effect(move || chat.find(&typed.read()));
    let take = move |choice: Choice| {
        over.close();
        match choice {
            Choice::Go(room) => address.go(&room.name.path()),
            Choice::Write(person) => chat.write_to(vec![person.id]),
            Choice::Add(person) => chat.add(person.id),
            Choice::Create { name, private } => chat.create_room(name, String::new(), private),
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
    effect(move || {
        if let Some(input) = input.get() {
            let _ = input.focus();
        }
    });
    effect(move || browser::reveal(&format!("switcher-{}", chosen.get())));
    let item = move |index: usize, choice: Choice| {
        let (face, words, hint) = match &choice {
            Choice::Go(room) => {
                let hint = match (room.unread, room.member) {
                    (0, true) => room.topic.clone(),
                    (0, false) => "Open room".to_owned(),
                    (unread, _) => format!("{unread} new"),
                };
                let title = room.title(chat.my_id());
                (mark(room, chat, "s"), marked(&title, typed.read().trim()), hint)
            }
            Choice::Write(person) | Choice::Add(person) => {
                let face = view! { <Avatar person=Signal::stored(person.clone()) size="s"/> };
                let hint = if adds.get() { "Let in" } else { "Write directly" }.to_owned();
                (face, marked(&person.name, typed.read().trim()), hint)
            }
            Choice::Create { name, private } => {
                let (icon, kind) = if *private { ("lock", "private ") } else { ("plus", "") };
                let words =
                    view! { {format!("Create a {kind}room named “")}<b>{name.to_string()}</b>"”" };
                (view! { <Icon name=icon/> }, words, String::new())
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
                {face}
                <span dir="auto">{words}</span>
                <small>{hint}</small>
            </li>
        }
    };
    let words =
        move |otherwise: &str| if adds.get() { "Whom to let in" } else { otherwise }.to_owned();
    let label = Signal::derive(move || words("Search or jump to"));
    let placeholder = Signal::derive(move || words("Find a room or somebody, or name a new room"));
    let nobody = move || {
        let sentence = format!("Nobody else called “{}” is known here.", typed.read().trim());
        (adds.get() && choices.read().is_empty()).then_some(sentence)
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
                aria-activedescendant=live(move || {
                    let found = !choices.read().is_empty();
                    found.then(|| format!("switcher-{}", chosen.get()))
                })
                aria-autocomplete="list"
                aria-label=label
                placeholder=placeholder
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
                let mut above = "";
                let mut items = Vec::new();
                for (index, choice) in choices.get().into_iter().enumerate() {
                    let group = choice.group();
                    if group != above {
                        above = group;
                        items.push(view! { <li class="switcher-group" role="presentation">{group}</li> });
                    }
                    items.push(item(index, choice));
                }
                items
            })}
        </ul>
        <p class="switcher-none" role="status">
            {live(nobody)}
        </p>
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

/// The name with what was typed standing out.
fn marked(name: &str, typed: &str) -> AnyView {
    let typed = typed.to_lowercase();
    let at = name.to_lowercase().find(&typed).filter(|_| !typed.is_empty());
    // Small letters may be longer than the capitals that they come from.
    let parts = at.and_then(|at| {
        let (before, rest) = name.split_at_checked(at)?;
        let (hit, after) = rest.split_at_checked(typed.len())?;
        Some((before.to_owned(), hit.to_owned(), after.to_owned()))
    });
    match parts {
        Some((before, hit, after)) => view! { {before}<b>{hit}</b>{after} },
        None => name.to_owned().into_any(),
    }
}
