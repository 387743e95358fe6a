//! One sentence at the bottom about what just happened; it goes by itself.

use std::time::Duration;

use leptos::prelude::*;
use shared::protocol::OpId;

use super::icon::Icon;
use super::live::{live, on, shown, view};
use crate::state::{Chat, NOTICE_MS, Notice};

#[component]
pub(crate) fn Toast() -> impl IntoView {
    let chat = expect_context::<Chat>();
    Effect::new(move |previous: Option<Option<TimeoutHandle>>| {
        if let Some(timer) = previous.flatten() {
            timer.clear();
        }
        chat.toast.get()?;
        let shown = Duration::from_millis(NOTICE_MS.unsigned_abs());
        set_timeout_with_handle(move || chat.toast.set(None), shown).ok()
    });
    view! {
        <div class="toasts" role="status">
            {shown(move || chat.updated.get(), move || updated(chat))}
            {live(move || chat.toast.get().map(|notice| draw(chat, notice)))}
        </div>
    }
}

/// Stays until somebody decides: what is half written outlives a reload.
fn updated(chat: Chat) -> AnyView {
    let reload = move |_| drop(window().location().reload());
    view! {
        <div class="toast popover">
            <Icon name="refresh"/>
            <span>"Hubbub has been updated."</span>
            <button class="button" data-size="s" type="button" on:click=on(reload)>
                "Reload"
            </button>
            <button
                class="icon-button"
                type="button"
                aria-label="Later"
                on:click=on(move |_| chat.updated.set(false))
            >
                <Icon name="close"/>
            </button>
        </div>
    }
}

fn draw(chat: Chat, Notice { icon, words, undo }: Notice) -> AnyView {
    let undo = undo.map(|op: OpId| {
        view! {
            <button
                class="button"
                data-size="s"
                type="button"
                on:click=on(move |_| chat.undo(op))
            >
                "Undo"
            </button>
        }
    });
    view! {
        <div class="toast popover">
            <Icon name=icon/>
            <span>{words}</span>
            {undo}
            <button
                class="icon-button"
                type="button"
                aria-label="Close"
                on:click=on(move |_| chat.toast.set(None))
            >
                <Icon name="close"/>
            </button>
        </div>
    }
}
