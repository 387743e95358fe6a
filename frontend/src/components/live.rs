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
    let (holds, view): (_, Box<dyn Fn() -> AnyView + Send>) = (memo(condition), Box::new(view));
    live(move || holds.get().then(&view))
}

/// A value that follows the signals it reads, and is told on only where it differs.
pub(crate) fn memo<T: PartialEq + Send + std::marker::Sync + 'static>(
    value: impl Fn() -> T + Send + std::marker::Sync + 'static,
) -> Memo<T> {
    fn of_one_type<T: PartialEq + Send + std::marker::Sync + 'static>(
        value: Box<dyn Fn() -> T + Send + std::marker::Sync>,
    ) -> Memo<T> {
        Memo::new(move |_| value())
    }
    of_one_type(Box::new(value))
}

/// What is done in the browser now, and again whenever a signal that it reads changes.
pub(crate) fn effect(run: impl FnMut() + 'static) {
    fn of_one_type(mut run: Box<dyn FnMut()>) {
        Effect::new(move |_| run());
    }
    of_one_type(Box::new(run));
}

/// A list whose items stay on the page as long as their keys stay in it.
pub(crate) fn each<T: Send + 'static>(
    items: impl Fn() -> Vec<T> + Send + std::marker::Sync + 'static,
    key: fn(&T) -> String,
    draw: impl Fn(T) -> AnyView + Clone + Send + std::marker::Sync + 'static,
) -> AnyView {
    let item = move |item: T| {
        let (key, draw) = (key(&item), draw.clone());
        Item { key, draw: Box::new(move || draw(item)) }
    };
    keyed(Box::new(move || items().into_iter().map(item.clone()).collect()))
}

/// What is to be drawn if its key is new.
struct Item {
    key: String,
    draw: Box<dyn FnOnce() -> AnyView + Send>,
}

fn keyed(items: Box<dyn Fn() -> Vec<Item> + Send + std::marker::Sync>) -> AnyView {
    view! { <For each=items key=|item| item.key.clone() children=|item| (item.draw)()/> }
}
