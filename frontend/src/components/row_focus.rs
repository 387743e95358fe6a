//! Which row of the timeline is pointed at or has the focus, and how keys move among rows and inside
//! one.
//!
//! The timeline has one place in the order of the Tab key; what is inside its rows is reached by
//! arrows. So the toolbar of a message is on the page for the one or two rows that are in use.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, Node};

use crate::state::Chat;
use crate::view::TIMELINE_ID;

/// The rows in use, by the ids of their elements.
#[derive(Clone, Copy)]
pub(super) struct RowFocus {
    pointed: RwSignal<Option<String>>,
    focused: RwSignal<Option<String>>,
    /// The row whose toolbar offers emoji.
    pub(super) picking: RwSignal<Option<String>>,
}

impl RowFocus {
    pub(super) fn new() -> Self {
        let none = || RwSignal::new(None::<String>);
        Self { pointed: none(), focused: none(), picking: none() }
    }

    pub(super) fn is_on(self, id: &str) -> bool {
        self.pointed.read().as_deref() == Some(id) || self.focused.read().as_deref() == Some(id)
    }

    pub(super) fn is_picking(self, id: &str) -> bool {
        self.picking.read().as_deref() == Some(id)
    }

    /// A finger points at nothing before it touches, and what it touches gets the focus.
    pub(super) fn point(self, event: &ev::PointerEvent) {
        if event.pointer_type() == "mouse" {
            set(self.pointed, row_around(event.target()).map(|row| row.id()));
        }
    }

    pub(super) fn point_away(self) {
        set(self.pointed, None);
    }

    pub(super) fn enter(self, event: &ev::FocusEvent) {
        set(self.focused, row_around(event.target()).map(|row| row.id()));
    }

    pub(super) fn leave(self, event: &ev::FocusEvent) {
        // Who only looks at another window comes back to where they were.
        let window_left =
            event.related_target().is_none() && !document().has_focus().unwrap_or(true);
        if !window_left && row_around(event.related_target()).is_none() {
            set(self.focused, None);
        }
    }

    /// Offers emoji for a row, and puts the focus on the first of them.
    pub(super) fn pick(self, id: String) {
        // What had the focus is about to go: its row keeps it meanwhile.
        focus(&id);
        self.picking.set(Some(id.clone()));
        leptos::task::spawn_local(async move {
            leptos::task::tick().await;
            focus_in_toolbar(&id);
        });
    }

    /// Offers no emoji any more; the focus is on the row.
    pub(super) fn pick_nothing(self, id: &str) {
        focus(id);
        self.picking.set(None);
    }

    /// Arrows, J and K move from row to row, beginning with what is in view; End goes to the newest.
    /// Enter goes to a row's actions, the other arrows move among them, Esc leads back.
    pub(super) fn press(self, key: &ev::KeyboardEvent, chat: Chat) {
        if key.ctrl_key() || key.meta_key() || key.alt_key() {
            return;
        }
        let target = key.target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
        let row = row_around(key.target());
        let on_row = target.as_ref().zip(row.as_ref()).is_some_and(|(on, row)| on.id() == row.id());
        let moved = match (key.key().as_str(), &row) {
            ("ArrowUp" | "k" | "K", _) => step_to_row(-1),
            ("ArrowDown" | "j" | "J", _) => step_to_row(1),
            ("End", _) => return chat.page_newest(),
            ("Enter", Some(row)) if on_row => focus_in_toolbar(&row.id()),
            ("ArrowLeft", Some(row)) if !on_row => step_inside(row, -1),
            ("ArrowRight", Some(row)) if !on_row => step_inside(row, 1),
            ("Escape", Some(row)) if !on_row => {
                self.pick_nothing(&row.id());
                true
            }
            _ => false,
        };
        if moved {
            key.prevent_default();
            key.stop_propagation();
        }
    }
}

pub(super) fn focus(id: &str) {
    let row = document().get_element_by_id(id).and_then(|row| row.dyn_into::<HtmlElement>().ok());
    if let Some(row) = row {
        let _ = row.focus();
    }
}

fn set(signal: RwSignal<Option<String>>, value: Option<String>) {
    if signal.with_untracked(|before| *before != value) {
        signal.set(value);
    }
}

/// The message that an event is about.
fn row_around(target: Option<web_sys::EventTarget>) -> Option<Element> {
    let node = target?.dyn_into::<Node>().ok()?;
    let element = node.dyn_into::<Element>().ok()?;
    element.closest(".message[data-row]").ok().flatten()
}

fn focus_in_toolbar(id: &str) -> bool {
    let row = document().get_element_by_id(id);
    let first = row.and_then(|row| row.query_selector(".toolbar button").ok().flatten());
    let first = first.and_then(|first| first.dyn_into::<HtmlElement>().ok());
    first.is_some_and(|first| first.focus().is_ok())
}

/// To the neighbour among all buttons of a row, round its end.
fn step_inside(row: &Element, step: i32) -> bool {
    let Ok(buttons) = row.query_selector_all("button:not(:disabled)") else { return false };
    let focused = document().active_element();
    let is_focused =
        |at: &u32| buttons.get(*at).is_some_and(|one| one.is_same_node(focused.as_deref()));
    let count = buttons.length();
    let next = (0..count).find(is_focused).map(|at| (at + count).wrapping_add_signed(step) % count);
    let next = next.and_then(|at| buttons.get(at)?.dyn_into::<HtmlElement>().ok());
    next.is_some_and(|next| next.focus().is_ok())
}

fn step_to_row(step: i32) -> bool {
    let Some(timeline) = document().get_element_by_id(TIMELINE_ID) else { return false };
    let Ok(rows) = timeline.query_selector_all(".message[data-row]") else { return false };
    let row = |index: u32| rows.get(index)?.dyn_into::<HtmlElement>().ok();
    let focused = document().active_element();
    let has_focus = |index: &u32| row(*index).is_some_and(|row| row.contains(focused.as_deref()));
    let mut all = 0..rows.length();
    let next = match all.clone().find(has_focus) {
        Some(at) => at.checked_add_signed(step),
        // From no row: into what is in view, from its end or its beginning.
        None => {
            let view = timeline.get_bounding_client_rect();
            let place = |index: u32| row(index).map(|row| row.get_bounding_client_rect());
            if step < 0 {
                all.rfind(|index| place(*index).is_some_and(|row| row.top() < view.bottom()))
            } else {
                all.find(|index| place(*index).is_some_and(|row| row.bottom() > view.top()))
            }
        }
    };
    next.and_then(row).is_some_and(|row| row.focus().is_ok())
}
