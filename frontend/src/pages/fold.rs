//! What is shown when it is asked for: `<details>`, so it needs no script.

use leptos::prelude::*;

use crate::components::{Icon, view};

/// A panel that opens.
pub(super) fn fold(
    icon: &'static str,
    words: &'static str,
    open: bool,
    inside: AnyView,
) -> AnyView {
    let row = fold_row(icon, words, open, inside);
    view! { <div class="panel">{row}</div> }
}

/// A row of a panel that opens.
pub(super) fn fold_row(
    icon: &'static str,
    words: &'static str,
    open: bool,
    inside: AnyView,
) -> AnyView {
    view! {
        <details class="fold" open=open>
            <summary class="setting">
                <Icon name=icon/>
                <div>
                    <b>{words}</b>
                </div>
                <Icon name="chevron"/>
            </summary>
            {inside}
        </details>
    }
}

/// Giving up something that one has: `words` it, of `what`, by a form, once `sentence` was read.
pub(super) fn give_up(
    words: &'static str,
    what: &str,
    sentence: &'static str,
    action: String,
) -> AnyView {
    let sure = format!("{words} it");
    let label = format!("{sure}: {what}");
    let inside = view! {
        <form class="sure" method="post" action=action>
            <p>{sentence}</p>
            <button class="button" data-kind="danger" data-size="s" type="submit" aria-label=label>
                {sure}
            </button>
        </form>
    };
    ask_first(words, what, false, inside)
}

/// A small button that opens the question behind it; `what` tells several of them apart to the ear.
pub(super) fn ask_first(words: &'static str, what: &str, danger: bool, inside: AnyView) -> AnyView {
    let label = (!what.is_empty()).then(|| format!("{words}: {what}"));
    view! {
        <details class="ask-first">
            <summary
                class="button"
                data-size="s"
                data-kind=danger.then_some("danger-quiet")
                aria-label=label
            >
                {words}
            </summary>
            {inside}
        </details>
    }
}
