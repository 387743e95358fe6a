//! Web Locks: which tabs of this browser are alive, and who of them does something alone.
//!
//! Only where the page is secure; everywhere else all of it answers `None`. Called through
//! reflection, because the bindings still count these as unstable.

use futures::channel::oneshot;
use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Waits for the lock of this name. It is held until what is returned is called, or the tab is gone.
pub(crate) async fn hold(name: &str) -> Option<Function> {
    let (granted, grant) = oneshot::channel();
    let mut granted = Some(granted);
    let on_grant = Closure::once_into_js(move |_lock: JsValue| {
        // The lock is held for as long as this promise is open.
        Promise::new(&mut |release, _| {
            if let Some(granted) = granted.take() {
                let _ = granted.send(release);
            }
        })
    });
    call("request", &name.into(), &on_grant)?;
    grant.await.ok()
}

/// The names of all locks that any tab holds.
pub(crate) async fn held() -> Option<Vec<String>> {
    let asked = call("query", &JsValue::UNDEFINED, &JsValue::UNDEFINED)?;
    let answer = JsFuture::from(asked.dyn_into::<Promise>().ok()?).await.ok()?;
    let held = Reflect::get(&answer, &"held".into()).ok()?.dyn_into::<Array>().ok()?;
    let name = |lock: JsValue| Reflect::get(&lock, &"name".into()).ok()?.as_string();
    Some(held.iter().filter_map(name).collect())
}

fn call(method: &str, first: &JsValue, second: &JsValue) -> Option<JsValue> {
    let navigator = web_sys::window()?.navigator();
    let locks = Reflect::get(&navigator, &"locks".into()).ok()?;
    // Fails on what is not there.
    let method = Reflect::get(&locks, &method.into()).ok()?.dyn_into::<Function>().ok()?;
    method.call2(&locks, first, second).ok()
}
