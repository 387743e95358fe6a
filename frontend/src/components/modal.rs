//! A modal dialog: the browser's own, so that focus, Esc and the backdrop behave as people know.

use leptos::{html, prelude::*};

use super::live::{on, shown, view};
use crate::app::{Layer, Over};

/// Shown while this layer is the one over the page. Esc and a click beside it close it; focus goes
/// back to where it was.
#[component]
pub(crate) fn Modal(
    layer: Layer,
    class: &'static str,
    label: &'static str,
    children: ChildrenFn,
) -> impl IntoView {
    let over = expect_context::<Over>();
    let open = Memo::new(move |_| over.shown() == Some(layer));
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        match (open.get(), dialog.open()) {
            // Fails only for an element that is not in the page.
            (true, false) => drop(dialog.show_modal()),
            (false, true) => dialog.close(),
            _ => {}
        }
    });
    let click = move |event: leptos::ev::MouseEvent| {
        // The dialog itself is under the pointer only beside its content.
        if dialog.get_untracked().is_some_and(|dialog| event.target().as_ref() == Some(&dialog)) {
            over.close();
        }
    };
    // It is told late, when another layer may be there already.
    let closed = move |_| {
        if open.get_untracked() {
            over.close();
        }
    };
    view! {
        <dialog
            node_ref=dialog
            class=class
            aria-label=label
            on:close=on(closed)
            on:click=on(click)
        >
            {shown(move || open.get(), move || children().into_any())}
        </dialog>
    }
}
