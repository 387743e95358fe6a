//! Texts to take along: links, tokens, codes. They can be selected; with scripts a button copies.

use leptos::prelude::*;

use crate::components::{Icon, view};

/// A button that copies; `what` tells several of them apart to the ear.
pub(super) fn copy_button(text: String, words: &'static str, what: &str) -> AnyView {
    let label = (!what.is_empty()).then(|| format!("{words}: {what}"));
    view! {
        <button class="button" data-size="s" type="button" data-copy=text aria-label=label hidden>
            <Icon name="copy" size="s"/>
            <span>{words}</span>
        </button>
    }
}

/// The text itself and the button.
pub(super) fn to_copy(text: String, words: &'static str) -> AnyView {
    view! {
        <div class="row">
            {to_select(text.clone())}
            {copy_button(text, words, "")}
        </div>
    }
}

/// The text alone; one click selects it all.
pub(super) fn to_select(text: String) -> AnyView {
    view! {
        <code class="to-select" dir="ltr">
            {text}
        </code>
    }
}
