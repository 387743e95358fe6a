//! Across the page when the server has been out of reach for more than a moment, or cannot save.

use leptos::prelude::*;
use shared::protocol::Code;

use super::icon::Icon;
use super::live::{live, memo, on, view};
use crate::state::{Chat, Status};

#[component]
pub(crate) fn Banner() -> impl IntoView {
    let chat = expect_context::<Chat>();
    let kept = move || match chat.unsent.get() {
        unsent if unsent > 0 && !chat.keeps.get() => {
            "What you wrote is lost if you close this page: this browser keeps nothing.".to_owned()
        }
        0 => "What you write now is sent when you are back.".to_owned(),
        1 => "1 message will be sent when you are back.".to_owned(),
        unsent => format!("{unsent} messages will be sent when you are back."),
    };
    let offline = move || {
        view! {
            <div class="banner" role="status">
                <Icon name="offline"/>
                <span>"You are offline. "{live(kept)}</span>
            </div>
        }
    };
    let reconnecting = move || {
        // Not for ears: it changes every second.
        let next = move || match chat.status.get() {
            Status::Waiting(seconds) => Some(format!(" Next try in {seconds} s.")),
            _ => None,
        };
        view! {
            <div class="banner" data-state="reconnecting" role="status">
                <span class="pulse" aria-hidden="true"></span>
                <span>"Reconnecting."<span aria-hidden="true">{live(next)}</span></span>
                <button class="text-button" type="button" on:click=on(move |_| chat.hurry())>
                    "Try now"
                </button>
            </div>
        }
    };
    let cannot_save = || {
        view! {
            <div class="banner" role="status">
                <Icon name="alert"/>
                <span>{Code::CannotSave.sentence()}</span>
            </div>
        }
    };
    let signed_out = || {
        view! {
            <div class="banner" role="status">
                <Icon name="alert"/>
                <span>
                    "You are signed out. "
                    <a class="text-button" href="/signin">
                        "Sign in again"
                    </a>
                    " to go on."
                </span>
            </div>
        }
    };
    let kind = memo(move || match chat.status.get() {
        Status::SignedOut => Some(Kind::SignedOut),
        Status::Connected => {
            (chat.hindrance.get() == Some(Code::CannotSave)).then_some(Kind::CannotSave)
        }
        _ if !chat.troubled.get() => None,
        Status::Offline => Some(Kind::Offline),
        _ => Some(Kind::Reconnecting),
    });
    live(move || {
        kind.get().map(|kind| match kind {
            Kind::Offline => offline(),
            Kind::Reconnecting => reconnecting(),
            Kind::CannotSave => cannot_save(),
            Kind::SignedOut => signed_out(),
        })
    })
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Offline,
    Reconnecting,
    CannotSave,
    SignedOut,
}
