//! Every page as the server sends it, filled with what people really write and with what somebody
//! writes who means harm. What stands in it is text; what the page says of itself is whole.

mod html;
mod samples;

mod arriving;

mod settling;

mod administering;
mod office;

use super::{AccountPage, PageDocument, draw};
use crate::document::{Assets, Theme};
use html::Html;

/// Ends an attribute, an element and a script, starts others, and turns the line around.
const HARM: &str =
    "\"'><script>alert(1)</script></title></textarea><img src=x onerror=alert(1)>&amp;\u{202e}";

/// The page, after all that must hold of any page was looked at.
fn page(page: AccountPage) -> Html {
    let html = Html::read(draw(PageDocument {
        workspace: format!("Fernhill{HARM}"),
        theme: Some(Theme::Dark),
        assets: assets(),
        nonce: "once".to_owned(),
        page,
    }));
    html.is_balanced();
    html.has_no_script_but(["/passkey.js", "/page.js"]);
    html.has_no_inline_style_or_handler();
    html.names_every_id_once();
    html.refers_to_what_is_there();
    html.sends_only_whole_forms();
    html.labels_every_field();
    assert!(html.text.contains("data-theme=\"dark\""));
    html
}

fn assets() -> Assets {
    Assets {
        script: "/pkg/hubbub.js".to_owned(),
        wasm: "/pkg/hubbub.wasm".to_owned(),
        style: "/pkg/hubbub.css".to_owned(),
        pages: "/pkg/pages.css".to_owned(),
    }
}
