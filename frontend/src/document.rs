//! The HTML document around the app, and what the server has to know to draw it.
//!
//! The server provides a [`Document`] as context and renders [`shell`].

use leptos::prelude::*;
use shared::protocol::{Boot, Code, OpId};

/// Everything that one page of HTML is drawn from.
#[derive(Clone, Debug)]
pub struct Document {
    pub boot: Boot,
    /// The choice kept in the cookie `theme`; `None` follows the system.
    pub theme: Option<Theme>,
    pub assets: Assets,
    /// For `script-src 'nonce-…'`.
    pub nonce: String,
    /// The op that the page's forms send, so that a form sent twice is one message.
    pub form_op: OpId,
    /// Why the form that led here was refused.
    pub refused: Option<Code>,
}

/// Addresses of the compiled client, with their content's hash in the name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assets {
    pub script: String,
    pub wasm: String,
    pub style: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    Light,
    Dark,
}

/// The whole document. Needs a [`Document`] in context.
pub fn shell() -> impl IntoView {
    let document = expect_context::<Document>();
    view! { <p>{document.boot.welcome.you.name}</p> }
}
