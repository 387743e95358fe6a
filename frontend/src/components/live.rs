//! Closures in a view, all of one type per value.
//!
//! A view is generic over every closure in it, and each copy of that code travels to the browser.
//! Behind one shared type there is one copy: this halves the client.

use leptos::prelude::*;
use leptos::tachys::reactive_graph::SharedReactiveFunction;
use std::sync::{Arc, Mutex};

/// A part of a view that follows the signals it reads.
pub(crate) fn live<T>(value: impl FnMut() -> T + Send + 'static) -> SharedReactiveFunction<T> {
    Arc::new(Mutex::new(value))
}

/// What to do on an event.
pub(crate) fn on<E: 'static>(handle: impl FnMut(E) + 'static) -> Box<dyn FnMut(E)> {
    Box::new(handle)
}

/// A part of a view that is there while the condition holds.
pub(crate) fn shown(
    condition: impl Fn() -> bool + Send + std::marker::Sync + 'static,
    view: impl Fn() -> AnyView + Send + 'static,
) -> SharedReactiveFunction<Option<AnyView>> {
    let holds = Memo::new(move |_| condition());
    live(move || holds.get().then(&view))
}
