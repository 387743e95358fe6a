//! A person's tile: their initials on their tint.

use leptos::prelude::*;
use shared::protocol::Person;

use super::live::{live, view};

#[component]
pub(crate) fn Avatar(
    #[prop(into)] person: Signal<Person>,
    #[prop(optional)] size: Option<&'static str>,
    /// Whether to draw the mark of somebody who is here now.
    #[prop(optional)]
    online: bool,
) -> impl IntoView {
    view! {
        <span
            class="avatar"
            data-size=size
            data-tint=live(move || person.read().tint().to_string())
            aria-hidden="true"
        >
            {live(move || person.read().initials(capitals))}
            {online.then(|| view! { <span class="presence" data-state="online"></span> })}
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
