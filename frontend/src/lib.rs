//! The web client: one Leptos crate, drawn on the server and alive in the browser.

#[cfg(any(
    all(feature = "ssr", feature = "hydrate"),
    all(feature = "ssr", feature = "csr"),
    all(feature = "hydrate", feature = "csr"),
))]
compile_error!("features `ssr`, `hydrate` and `csr` exclude each other");

mod document;

pub use document::{Assets, Document, Theme, shell};
