//! The HTML document around the app, and what the server has to know to draw it.
//!
//! The server provides a [`Document`] as context and renders [`shell`]. The text of the room is in
//! the body; the same data follows as JSON, from which the client wakes up; scripts come last.

use leptos::prelude::*;
use shared::protocol::{Boot, OpId};

use crate::app::App;
use crate::components::Sprite;

/// Everything that one page of HTML is drawn from.
#[derive(Clone, Debug)]
pub struct Document {
    /// `None` in the shell, which is kept in browsers to open the client without a network, and so
    /// says nothing of anybody.
    pub boot: Option<Boot>,
    /// Path and query that were asked for, as they stand in the address bar.
    pub address: String,
    /// The choice kept in the cookie `theme`; `None` follows the system.
    pub theme: Option<Theme>,
    /// Whether the cookie `guest-card` says that the card was put away.
    pub guest_card_away: bool,
    pub assets: Assets,
    /// For `script-src 'nonce-…'`.
    pub nonce: String,
    /// The op that the page's forms send, so that a form sent twice is one message.
    pub form_op: OpId,
}

/// Addresses of the compiled client, with their content's hash in the name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assets {
    pub script: String,
    pub wasm: String,
    pub style: String,
    /// The second stylesheet, for what only the pages without WebAssembly have.
    #[cfg(feature = "ssr")]
    pub pages: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    Light,
    Dark,
}

impl Theme {
    /// The value of `data-theme` and of the cookie.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Light, Self::Dark].into_iter().find(|theme| theme.as_str() == text)
    }
}

/// Where [`shell`] puts the boot data and the browser finds it.
pub(crate) const BOOT_ID: &str = "boot";

/// The head of every document; `more` is what this kind of document needs besides.
pub(crate) fn head(title: String, style: String, more: impl IntoView) -> impl IntoView {
    view! {
        <head>
            <meta charset="utf-8"/>
            <meta
                name="viewport"
                content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content"
            />
            <meta name="theme-color" content="#f5f2ee" media="(prefers-color-scheme: light)"/>
            <meta name="theme-color" content="#11100d" media="(prefers-color-scheme: dark)"/>
            <title inner_html=title></title>
            <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
            <link rel="stylesheet" href=style/>
            {more}
        </head>
    }
}

/// The whole document. Needs a [`Document`] in context.
pub fn shell() -> impl IntoView {
    let Document { boot, theme, assets, nonce, .. } = expect_context::<Document>();
    let title = title_text(&boot.as_ref().map_or_else(|| page_title(None, "", 0), title));
    let wake = format!(
        "import init,{{hydrate}} from '{}';init({{module_or_path:'{}'}}).then(hydrate)",
        assets.script, assets.wasm,
    );
    let boot = boot.as_ref().map(json_for_html).map(|boot| {
        let nonce = nonce.clone();
        view! { <script id=BOOT_ID type="application/json" nonce=nonce inner_html=boot></script> }
    });
    let preload = view! {
        <link rel="modulepreload" href=assets.script/>
        <link
            rel="preload"
            href=assets.wasm
            r#as="fetch"
            r#type="application/wasm"
            crossorigin="anonymous"
        />
    };
    view! {
        <!DOCTYPE html>
        <html lang="en" dir="ltr" data-theme=theme.map(Theme::as_str)>
            {head(title, assets.style, preload)}
            <body>
                <App/>
                <Sprite/>
                {boot}
                <script type="module" nonce=nonce inner_html=wake></script>
            </body>
        </html>
    }
}

fn title(boot: &Boot) -> String {
    let shown = boot.page.as_ref().map(|page| page.room);
    let room = boot.welcome.rooms.iter().find(|room| Some(room.id) == shown);
    let label = room.map(|room| room.label(Some(boot.welcome.you.id)));
    page_title(label.as_deref(), &boot.welcome.workspace, 0)
}

/// `(3) # greenhouse, Fernhill Workshop`.
pub(crate) fn page_title(room: Option<&str>, workspace: &str, unread: u32) -> String {
    let count = if unread > 0 { format!("({unread}) ") } else { String::new() };
    let room = room.map(|room| format!("{room}, ")).unwrap_or_default();
    format!("{count}{room}{}", workspace_name(workspace))
}

/// What the workspace is called, before it is set up too.
pub(crate) fn workspace_name(workspace: &str) -> &str {
    if workspace.is_empty() { "Hubbub" } else { workspace }
}

/// A title's text as HTML. Leptos puts a comment behind a text that is a child, and in a title that
/// would be read; so this one text is escaped here.
pub(crate) fn title_text(title: &str) -> String {
    title.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// JSON that cannot end the script element it stands in, whatever people wrote.
fn json_for_html(boot: &Boot) -> String {
    serde_json::to_string(boot)
        .unwrap_or_default()
        .replace('<', "\\u003c")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}
