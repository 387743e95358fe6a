//! Icons out of one sprite, drawn by `<use>`. They are decoration: names are on the controls.

use leptos::prelude::*;

use super::live::{on, view};

/// All symbols, once per page, beside the app: drawn by the server, they need not travel with the
/// client. The file is the project's own, never anybody's text.
#[component]
pub(crate) fn Sprite() -> impl IntoView {
    view! { <div class="sprite" aria-hidden="true" inner_html=include_str!("icons.svg")></div> }
}

/// One icon. `name` is the symbol's id behind `i-`; `size` is `s`, `l` or nothing.
#[component]
pub(crate) fn Icon(
    name: &'static str,
    #[prop(optional)] size: Option<&'static str>,
    /// Whether it points along the line, and so the other way in right-to-left text.
    #[prop(optional)]
    flip: bool,
) -> impl IntoView {
    view! {
        <svg class="icon" data-size=size data-flip=flip aria-hidden="true">
            <use href=format!("#i-{name}")></use>
        </svg>
    }
}

/// A button that is an icon to the eye and words to the ear.
pub(super) fn icon_button(
    icon: &'static str,
    words: impl Into<String>,
    act: impl FnMut() + Send + 'static,
) -> AnyView {
    fn of_one_type(icon: &'static str, words: String, mut act: Box<dyn FnMut() + Send>) -> AnyView {
        view! {
            <button
                class="icon-button"
                type="button"
                aria-label=words.clone()
                title=words
                on:click=on(move |_| act())
            >
                <Icon name=icon/>
            </button>
        }
    }
    of_one_type(icon, words.into(), Box::new(act))
}
