//! The browser's clock, randomness and storage, behind plain functions.
//!
//! Called from effects and event handlers only, so never while the server renders.

use shared::protocol::OpId;
use uuid::Builder;
use wasm_bindgen::JsCast;

/// Milliseconds since 1970 UTC.
pub(crate) fn now_ms() -> i64 {
    js_sys::Date::now() as i64
}

/// Minutes east of Greenwich where the reader is, at a moment.
pub(crate) fn offset_min(at_ms: i64) -> i32 {
    let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(at_ms as f64));
    -date.get_timezone_offset() as i32
}

/// Uniform in `0.0..1.0`.
pub(crate) fn luck() -> f64 {
    js_sys::Math::random()
}

/// A new op: UUIDv7 of now.
pub(crate) fn new_op() -> OpId {
    let mut random = [0_u8; 10];
    for byte in &mut random {
        *byte = (luck() * 256.0) as u8;
    }
    OpId(Builder::from_unix_timestamp_millis(now_ms().unsigned_abs(), &random).into_uuid())
}

/// What the browser keeps for this address, if it lets us: private windows may not.
fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}

pub(crate) fn stored(key: &str) -> Option<String> {
    storage()?.get_item(key).ok().flatten()
}

/// Keeps a value, or forgets it when it is empty. Failing to is not worth a word: it is comfort.
pub(crate) fn store(key: &str, value: &str) {
    if let Some(storage) = storage() {
        let _ =
            if value.is_empty() { storage.remove_item(key) } else { storage.set_item(key, value) };
    }
}

/// Keeps a choice that the server draws by, for a year. A browser without cookies forgets it when
/// the page is left.
pub(crate) fn set_cookie(name: &str, value: &str) {
    const YEAR_S: u32 = 31_536_000;
    if let Some(document) = html_document() {
        let _ =
            document.set_cookie(&format!("{name}={value}; path=/; max-age={YEAR_S}; samesite=lax"));
    }
}

pub(crate) fn has_cookie(name: &str) -> bool {
    cookie(name).is_some()
}

pub(crate) fn cookie(name: &str) -> Option<String> {
    let cookies = html_document()?.cookie().ok()?;
    let mut pairs = cookies.split(';').filter_map(|cookie| cookie.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}

fn html_document() -> Option<web_sys::HtmlDocument> {
    web_sys::window()?.document()?.dyn_into().ok()
}

/// Scrolls the list that this element stands in, so far that it can be seen.
pub(crate) fn reveal(id: &str) {
    let element = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.get_element_by_id(id));
    if let Some(element) = element {
        let nearest = web_sys::ScrollIntoViewOptions::new();
        nearest.set_block(web_sys::ScrollLogicalPosition::Nearest);
        element.scroll_into_view_with_scroll_into_view_options(&nearest);
    }
}

/// Whether the page is looked at.
pub(crate) fn visible() -> bool {
    web_sys::window()
        .and_then(|window| window.document())
        .is_some_and(|document| document.visibility_state() == web_sys::VisibilityState::Visible)
}
