//! What can be done with a room: its topic, its rules, its address, the way out.

use leptos::{ev, html, prelude::*};
use shared::permission::Verb;
use shared::protocol::{Room, TOPIC_CHARS_MAX};

use super::icon::Icon;
use super::leaving::Leave;
use super::live::{live, on, shown, view};
use super::menu::{CloseMenu, Menu};
use crate::app::{Layer, Over, form_op};
use crate::state::Chat;

#[component]
pub(super) fn RoomMenu(room: Signal<Room>) -> impl IntoView {
    let chat = expect_context::<Chat>();
    let button = view! { <Icon name="more"/> };
    let leavable = move || chat.may(Verb::Leave, Some(&room.read()));
    view! {
        <Menu class="icon-button" label="Room menu" side="down" button>
            {shown(
                move || chat.may(Verb::SetTopic, Some(&room.read())),
                move || view! { <TopicForm room/> },
            )}
            {shown(
                move || chat.awake.get() && chat.may(Verb::SetRules, Some(&room.read())),
                || view! { <Rules/> },
            )}
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
fn Rules() -> impl IntoView {
    let over = expect_context::<Over>();
    let close = expect_context::<CloseMenu>();
    let open = move |_| {
        close.0.run(());
        over.open(Layer::Rules);
    };
    view! {
        <button class="menu-item" type="button" on:click=on(open)>
            <Icon name="shield"/>
            "Rules"
        </button>
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
        chat.tell("link", format!("The address of this room: {link}"));
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
