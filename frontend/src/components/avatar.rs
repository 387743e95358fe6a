//! A person's tile: their initials on their tint.

use leptos::prelude::*;
use shared::protocol::Person;

use super::live::{live, shown, view};

#[component]
pub(crate) fn Avatar(
    #[prop(into)] person: Signal<Person>,
    #[prop(optional)] size: Option<&'static str>,
    /// Whether to draw the mark of somebody who is here now.
    #[prop(optional)]
    online: Option<Signal<bool>>,
) -> impl IntoView {
    view! {
        <span
            class="avatar"
            data-size=size
            data-tint=live(move || person.read().tint().to_string())
            aria-hidden="true"
        >
            {live(move || person.read().initials(capitals))}
            {online.map(|online| {
                let dot = || view! { <span class="presence" data-state="online"></span> };
                shown(move || online.get(), dot)
            })}
        </span>
    }
}

fn capitals(text: &str) -> String {
    if cfg!(feature = "browser") {
        js_sys::JsString::from(text).to_upper_case().into()
    } else {
        text.to_uppercase()
    }
}
