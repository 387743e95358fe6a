//! Views of one type, and the closures in them of one type per value.
//!
//! A view is generic over every closure in it, and each copy of that code travels to the browser.
//! Behind one shared type there is one copy: this halves the client.

use leptos::prelude::*;
use leptos::tachys::reactive_graph::SharedReactiveFunction;
use std::sync::{Arc, Mutex};

/// Leptos's `view!`, whose result is an [`AnyView`] at once. Otherwise every kind of element is there
/// twice: wrapped where it is the root of a view, and bare where it stands inside another.
macro_rules! view {
    ($($tokens:tt)*) => {
        leptos::prelude::IntoAny::into_any(
            leptos::prelude::view! { $($tokens)* }.into_inner()
        )
    };
}

pub(crate) use view;

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
