//! In place of the composer, for who reads only: why, and the way to write.

use leptos::{ev, prelude::*};
use shared::permission::{Door, Role};
use shared::protocol::{Code, Room};

use super::live::{live, on, view};
use crate::app::form_op;
use crate::state::Chat;

pub(super) fn instead(why: Code, room: Signal<Room>) -> AnyView {
    match why {
        Code::NotMember => view! { <Joining room/> },
        Code::ReadOnly => {
            view! { <p class="joining">"Only those who look after this room write here."</p> }
        }
        _ => account_first(expect_context()),
    }
}

#[component]
fn Joining(room: Signal<Room>) -> impl IntoView {
    let chat = expect_context::<Chat>();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        chat.join(room.read_untracked().id);
    };
    view! {
        <form
            class="joining"
            method="post"
            action=live(move || format!("{}/join", room.read().name.path()))
            on:submit=on(submit)
        >
            <input type="hidden" name="op" value=form_op()/>
            <p>"You are reading along."</p>
            <button class="button" data-kind="primary" type="submit">
                {live(move || format!("Join {}", chat.label(&room.read())))}
            </button>
        </form>
    }
}

/// More is needed to write than this person is.
fn account_first(chat: Chat) -> AnyView {
    let standing = chat.standing.read();
    let way = match (standing.role, standing.policy.door) {
        (Role::Guest, Door::Invitation) => {
            view! { <a class="text-button" href="/signin">"Sign in"</a>" to write here." }
        }
        (Role::Guest, _) => {
            view! { <a class="text-button" href="/signup">"Create an account"</a>" to write here." }
        }
        _ => "Only admins write here.".into_any(),
    };
    view! { <p class="joining"><span>{way}</span></p> }
}
