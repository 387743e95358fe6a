//! Tells a newcomer who they are and offers to pick a name. It never takes the focus.

use leptos::{ev, html, prelude::*};
use shared::permission::Door;
use shared::protocol::{NAME_CHARS_MAX, Person};

use super::avatar::Avatar;
use super::icon::Icon;
use super::live::{live, memo, on, shown, view};
use crate::app::form_op;
use crate::browser;
use crate::document::Document;
use crate::state::Chat;

/// Remembers that the card was put away.
const COOKIE: &str = "guest-card";

#[component]
pub(crate) fn GuestCard() -> impl IntoView {
    let chat = expect_context::<Chat>();
    // A cookie, so that the server draws what the browser wakes up in.
    let away = use_context::<Document>().map(|document| document.guest_card_away);
    let away = RwSignal::new(away.unwrap_or_else(|| browser::has_cookie(COOKIE)));
    let guest =
        memo(move || chat.me.get().filter(|me| me.has_guest_name()).filter(|_| !away.get()));
    let put_away = move |_| {
        browser::set_cookie(COOKIE, "away");
        away.set(true);
    };
    let card = move |me: Person| {
        let name = me.name.clone();
        let room = live(move || {
            let room = chat.room.read();
            room.as_ref().map(|room| format!(" in {}", chat.label(room))).unwrap_or_default()
        });
        view! {
            <section class="guest" aria-label="Your guest name">
                <Avatar person=Signal::stored(me) size="m"/>
                <div>
                    <p>
                        "You are " <b>{name}</b>
                        {room} ". "
                        // Where there is little room, the field below says as much.
                        <span>"Pick a name, or start talking as you are."</span>
                    </p>
                    {shown(
                        move || chat.standing.read().policy.door != Door::Invitation,
                        || {
                            view! {
                                <p>
                                    <a class="text-button" href="/signup">"Create an account"</a>
                                    " to keep your name and messages on every device."
                                </p>
                            }
                        },
                    )}
                </div>
                <NameForm/>
                <button
                    class="icon-button"
                    type="button"
                    aria-label="Not now"
                    on:click=on(put_away)
                >
                    <Icon name="close"/>
                </button>
            </section>
        }
    };
    live(move || guest.get().map(card))
}

/// One field and a button: works as a form without scripts.
#[component]
pub(crate) fn NameForm() -> impl IntoView {
    let chat = expect_context::<Chat>();
    let field = NodeRef::<html::Input>::new();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let name = field.get_untracked().map(|field| field.value()).unwrap_or_default();
        if !name.trim().is_empty() {
            chat.rename(name.trim().to_owned());
        }
    };
    view! {
        <form method="post" action="/name" class="name-form" on:submit=on(submit)>
            <input type="hidden" name="op" value=form_op()/>
            <input
                node_ref=field
                class="input"
                type="text"
                name="name"
                placeholder="Your name"
                aria-label="Your name"
                maxlength=NAME_CHARS_MAX.to_string()
                autocomplete="nickname"
                dir="auto"
                required
            />
            <button class="button" type="submit">
                "Save"
            </button>
        </form>
    }
}
