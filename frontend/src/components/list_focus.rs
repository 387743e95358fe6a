//! Arrows move through the items of a list: from link to link, or from button to button.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// To the neighbour that has something to stand on.
pub(super) fn move_focus(key: ev::KeyboardEvent) {
    let step: fn(&Element) -> Option<Element> = match key.key().as_str() {
        "ArrowUp" => Element::previous_element_sibling,
        "ArrowDown" => Element::next_element_sibling,
        _ => return,
    };
    key.prevent_default();
    let mut item = document().active_element().and_then(|one| one.closest("li").ok().flatten());
    while let Some(next) = item.as_ref().and_then(step) {
        if let Ok(Some(target)) = next.query_selector("a, button") {
            let _ = target.unchecked_into::<HtmlElement>().focus();
            return;
        }
        item = Some(next);
    }
}
