//! The service worker: what opens the client without a network. The server writes it, here it is
//! registered; without one everything works as long as there is a network.

use std::cell::Cell;

use js_sys::Reflect;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::JsFuture;

use crate::state::Chat;

/// Says so when a newer client has taken over, and never reloads by itself: somebody may be in
/// the middle of a sentence.
pub(crate) fn register(chat: Chat) {
    let navigator = window().navigator();
    // Only where the page is secure. What serves the client alone has no worker.
    let has_workers = Reflect::has(&navigator, &"serviceWorker".into()).unwrap_or(false);
    if !has_workers || cfg!(feature = "csr") {
        return;
    }
    let workers = navigator.service_worker();
    // The very first one takes over a page that is as new as itself.
    let controlled = Cell::new(workers.controller().is_some());
    let change = Closure::<dyn Fn()>::new(move || {
        if controlled.replace(true) {
            chat.updated.set(true);
        }
    });
    workers.set_oncontrollerchange(Some(change.as_ref().unchecked_ref()));
    change.forget();
    let registering = workers.register("/sw.js");
    leptos::task::spawn_local(async move {
        let _ = JsFuture::from(registering).await;
    });
}
