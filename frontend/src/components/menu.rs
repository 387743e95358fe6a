//! A button that opens a small card: `<details>`, so that it works before scripts and without.
//!
//! With scripts it also closes by Esc, by a click elsewhere and when focus leaves it.

use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;

use super::live::{effect, live, on, view};
use crate::state::Chat;

/// `button` is what the closed menu shows, `class` and `label` are the button's.
#[component]
pub(crate) fn Menu(
    class: &'static str,
    #[prop(into)] label: Signal<String>,
    /// What the closed menu shows is its name, and `label` only says more about it.
    #[prop(optional)]
    named: bool,
    /// Where the card stands: `up` or `down` of the button.
    side: &'static str,
    button: AnyView,
    /// What is to be done when it opens.
    #[prop(optional)]
    on_open: Option<fn(Chat)>,
    children: Children,
) -> impl IntoView {
    let node_ref = NodeRef::<html::Details>::new();
    // Focus that was in here is told to go when all of this is gone already.
    let details = move || node_ref.try_get_untracked().flatten();
    let close = move || {
        if let Some(details) = details() {
            details.set_open(false);
        }
    };
    let dismiss = move || {
        close();
        if let Some(details) = details() {
            focus_button(&details);
        }
    };
    provide_context(CloseMenu(Callback::new(move |()| dismiss())));
    let escape = move |key: ev::KeyboardEvent| {
        if key.key() == "Escape" && details().is_some_and(|menu| menu.open()) {
            key.stop_propagation();
            dismiss();
        }
    };
    // Focus that moves to nothing is a click on something that takes no focus: the click decides.
    let leave = move |event: ev::FocusEvent| {
        let to = event.related_target().and_then(|to| to.dyn_into::<web_sys::Node>().ok());
        if let (Some(details), Some(to)) = (details(), to)
            && !details.contains(Some(&to))
        {
            close();
        }
    };
    let chat = expect_context::<Chat>();
    let toggled = move |_: ev::Event| {
        if let Some(on_open) = on_open
            && details().is_some_and(|details| details.open())
        {
            on_open(chat);
        }
    };
    effect(move || {
        let elsewhere = window_event_listener(ev::pointerdown, move |event| {
            let on = event.target().and_then(|on| on.dyn_into::<web_sys::Node>().ok());
            if let (Some(details), Some(on)) = (details(), on)
                && !details.contains(Some(&on))
            {
                close();
            }
        });
        on_cleanup(move || elsewhere.remove());
    });
    view! {
        <details
            class="menu-anchor"
            node_ref=node_ref
            on:keydown=on(escape)
            on:focusout=on(leave)
            on:toggle=on(toggled)
        >
            <summary
                class=class
                aria-label=live(move || (!named).then(|| label.get()))
                title=label
            >
                {button}
            </summary>
            <div class="popover menu" data-side=side>
                {children()}
            </div>
        </details>
    }
}

/// Closes the menu around a component; its button has the focus then.
#[derive(Clone, Copy)]
pub(crate) struct CloseMenu(pub(crate) Callback<()>);

fn focus_button(details: &web_sys::HtmlDetailsElement) {
    let summary = details.query_selector("summary").ok().flatten();
    if let Some(summary) = summary.and_then(|one| one.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = summary.focus();
    }
}
