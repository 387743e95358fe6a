//! The web client: one Leptos crate, drawn on the server and alive in the browser.
//!
//! [`app`] is the page, `components` draw signals and call verbs, [`state`] keeps the signals
//! over [`shared::sync`], `connection` is the socket, `device` what outlives the page. It knows `shared` and nobody else; the
//! server renders [`shell`] with a [`Document`] in context. `pages` are those that wake up in no
//! browser: only the server has them.

#![expect(unreachable_pub, reason = "the component macro writes a `pub` of its own")]

#[cfg(any(
    all(feature = "ssr", feature = "hydrate"),
    all(feature = "ssr", feature = "csr"),
    all(feature = "hydrate", feature = "csr"),
))]
compile_error!("features `ssr`, `hydrate` and `csr` exclude each other");

mod address;
mod app;
mod document;

mod state;
mod view;

mod browser;
#[cfg(feature = "browser")]
mod connection;
mod json;

#[cfg(feature = "browser")]
mod device;

#[cfg(feature = "browser")]
mod database;
#[cfg(feature = "browser")]
mod locks;
#[cfg(feature = "browser")]
mod worker;

mod components;

#[cfg(feature = "ssr")]
pub mod pages;

pub use app::App;
pub use document::{Assets, Document, Theme, shell};

/// Wakes up the page that the server drew.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(App);
}

/// Draws the page alone, for trunk.
#[cfg(feature = "csr")]
#[wasm_bindgen::prelude::wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(|| (App(), components::Sprite()));
}
