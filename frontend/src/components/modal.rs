//! A modal dialog: the browser's own, so that focus, Esc and the backdrop behave as people know; and
//! one that is a form.

use leptos::{ev, html, prelude::*};

use super::live::{effect, memo, on, shown, view};
use crate::app::{Layer, Over};

/// Shown while the layer over the page is the one meant. Esc and a click beside it close it; focus goes
/// back to where it was.
#[component]
pub(crate) fn Modal(
    is: fn(Layer) -> bool,
    class: &'static str,
    label: &'static str,
    children: ChildrenFn,
) -> impl IntoView {
    let over = expect_context::<Over>();
    let open = memo(move || over.shown().is_some_and(is));
    let dialog = NodeRef::<html::Dialog>::new();
    effect(move || {
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

/// A dialog that asks for something: its fields, and the buttons to do it or to leave it at that.
pub(super) struct Question {
    pub(super) is: fn(Layer) -> bool,
    pub(super) title: &'static str,
    /// What the button says that does it, and its kind: `primary`, or `danger` where nobody can take
    /// it back.
    pub(super) act: (&'static str, &'static str),
    pub(super) fields: Box<dyn Fn() -> AnyView + Send + Sync>,
    pub(super) done: Box<dyn Fn() + Send + Sync>,
}

impl Question {
    pub(super) fn draw(self) -> AnyView {
        let over = expect_context::<Over>();
        let Self { is, title, act: (act, kind), fields, done } = self;
        let done = StoredValue::new(done);
        let submit = move |event: ev::SubmitEvent| {
            event.prevent_default();
            done.with_value(|done| done());
            over.close();
        };
        view! {
            <Modal is class="dialog" label=title>
                <form on:submit=on(submit)>
                    <h2>{title}</h2>
                    {fields()}
                    <div class="dialog-actions">
                        <button class="button" type="button" on:click=on(move |_| over.close())>
                            "Cancel"
                        </button>
                        <button class="button" data-kind=kind type="submit">
                            {act}
                        </button>
                    </div>
                </form>
            </Modal>
        }
    }
}
