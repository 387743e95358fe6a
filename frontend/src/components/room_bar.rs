//! The bar above the messages: which room this is, who is here, what can be done with it.

use leptos::{ev, html, prelude::*};
use shared::protocol::{Person, Room, RoomKind, TOPIC_CHARS_MAX};

use super::avatar::Avatar;
use super::icon::Icon;
use super::live::{live, on, shown, view};
use super::menu::{CloseMenu, Menu};
use crate::address::Address;
use crate::app::form_op;
use crate::state::Chat;

#[component]
pub(crate) fn RoomBar(room: Signal<Room>) -> impl IntoView {
    let chat = expect_context::<Chat>();
    let here = live(move || chat.count.get().map(|count| format!("{} here", people(count))));
    view! {
        <header class="bar">
            <BackToRooms/>
            <h1 class="room-title">
                <Icon name="hash"/>
                <span>
                    {live(move || room.read().name.to_string())}
                    <small class="only-narrow">{here}</small>
                </span>
            </h1>
            <p class="room-topic only-wide" dir="auto">
                {live(move || room.read().topic.clone())}
            </p>
            <div class="bar-tools">
                <People/>
                <RoomMenu room/>
            </div>
        </header>
    }
}

/// On a phone the list of rooms is a page of its own.
#[component]
pub(crate) fn BackToRooms() -> impl IntoView {
    view! {
        <a class="icon-button only-narrow" href="?rooms" aria-label="Back to rooms">
            <Icon name="back" size="l" flip=true/>
        </a>
    }
    .into_any()
}

fn people(count: usize) -> String {
    match count {
        0 => "Nobody".into(),
        1 => "1 person".into(),
        _ => format!("{count} people"),
    }
}

/// Who is here now.
#[component]
fn People() -> impl IntoView {
    let chat = expect_context::<Chat>();
    let label = Signal::derive(move || match chat.count.get() {
        Some(count) => format!("{} here now", people(count)),
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
    let row = |person: Person| {
        let name = person.name.clone();
        view! {
            <li class="menu-item">
                <Avatar person=Signal::stored(person) size="s" online=true/>
                <span dir="auto">{name}</span>
            </li>
        }
    };
    let more = live(move || {
        let more = chat.count.get().unwrap_or_default().saturating_sub(chat.here.read().len());
        let note = || view! { <li class="menu-note">{format!("and {more} more")}</li> };
        (more > 0).then(note)
    });
    view! {
        <Menu class="bar-count" label side="down" button>
            <p class="menu-note">{label}</p>
            <ul role="list" class="menu-list">
                {live(move || chat.here.get().into_iter().map(row).collect::<Vec<AnyView>>())}
                {more}
            </ul>
        </Menu>
    }
}

#[component]
fn RoomMenu(room: Signal<Room>) -> impl IntoView {
    let button = view! { <Icon name="more"/> };
    let leavable = move || {
        let room = room.read();
        room.member && room.kind != RoomKind::Lobby
    };
    view! {
        <Menu class="icon-button" label="Room menu" side="down" button>
            {shown(move || room.read().member, move || view! { <TopicForm room/> })}
            <CopyLink room/>
            {shown(leavable, move || view! { <hr/> <Leave room/> })}
        </Menu>
    }
}

#[component]
fn TopicForm(room: Signal<Room>) -> impl IntoView {
    let chat = expect_context::<Chat>();
    let close = expect_context::<CloseMenu>();
    let field = NodeRef::<html::Input>::new();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let topic = field.get_untracked().map(|field| field.value()).unwrap_or_default();
        chat.set_topic(room.read_untracked().id, topic.trim().to_owned());
        close.0.run(());
    };
    view! {
        <form
            class="menu-form"
            method="post"
            action=live(move || format!("{}/topic", room.read().name.path()))
            on:submit=on(submit)
        >
            <input type="hidden" name="op" value=form_op()/>
            <label for="topic">"Topic"</label>
            <input
                node_ref=field
                class="input"
                id="topic"
                name="topic"
                maxlength=TOPIC_CHARS_MAX.to_string()
                prop:value=live(move || room.read().topic.clone())
                value=room.read_untracked().topic.clone()
                placeholder="What is this room for?"
                dir="auto"
                autocomplete="off"
            />
            <button class="button" data-size="s" type="submit">
                "Save"
            </button>
        </form>
    }
}

#[component]
fn CopyLink(room: Signal<Room>) -> impl IntoView {
    let chat = expect_context::<Chat>();
    let close = expect_context::<CloseMenu>();
    let copy = move |event: ev::MouseEvent| {
        event.prevent_default();
        let origin = window().location().origin().unwrap_or_default();
        let link = format!("{origin}{}", room.read_untracked().name.path());
        chat.tell(format!("The address of this room: {link}"));
        // Refused without HTTPS; the address is on screen either way.
        drop(window().navigator().clipboard().write_text(&link));
        close.0.run(());
    };
    view! {
        <a class="menu-item" href=live(move || room.read().name.path()) on:click=on(copy)>
            <Icon name="link"/>
            "Copy link"
        </a>
    }
}

#[component]
fn Leave(room: Signal<Room>) -> impl IntoView {
    let chat = expect_context::<Chat>();
    let close = expect_context::<CloseMenu>();
    let address = expect_context::<Address>();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        chat.leave(room.read_untracked().id);
        close.0.run(());
        address.go("/");
    };
    view! {
        <form
            method="post"
            action=live(move || format!("{}/leave", room.read().name.path()))
            on:submit=on(submit)
        >
            <input type="hidden" name="op" value=form_op()/>
            <button class="menu-item" data-kind="danger" type="submit">
                <Icon name="log-out"/>
                {live(move || format!("Leave # {}", room.read().name))}
            </button>
        </form>
    }
}
