//! What opens the client without a network: the service worker's script, and the shell that it
//! keeps. Neither says anything of anybody.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::document::draw;
use crate::app::App;
use crate::assets;

const SCRIPT: &str = include_str!("worker.js");

/// `/sw.js`: another client is another script, and so another worker that takes over.
pub(crate) async fn worker(State(app): State<Arc<App>>) -> Response {
    let about = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
        // What the worker itself may fetch.
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; connect-src 'self'"),
    ];
    (about, script(&app.assets)).into_response()
}

/// `/shell`: the page of no room, for no person.
pub(crate) async fn shell(State(app): State<Arc<App>>, request: Request) -> Response {
    draw(&app, request, None, None).await
}

fn script(client: &frontend::Assets) -> String {
    let files = [&client.script, &client.wasm, &client.style];
    let version = files.map(String::as_str).join(" ");
    // A plain name may mean another file tomorrow: it is asked for each time.
    let kept: Vec<&String> = files.into_iter().filter(|file| assets::is_hashed(file)).collect();
    let kept = serde_json::to_string(&kept).unwrap_or_default();
    SCRIPT.replace("{version}", &version).replace("{files}", &kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_client_is_another_worker_and_plain_names_are_not_kept() {
        let client = |hash: &str| frontend::Assets {
            script: format!("/pkg/hubbub.{hash}.js"),
            wasm: "/pkg/hubbub.wasm".to_owned(),
            style: "/pkg/hubbub.css".to_owned(),
            pages: "/pkg/pages.css".to_owned(),
        };
        let (one, other) = (script(&client("0f3a91c2")), script(&client("0f3a91c3")));
        assert_ne!(one, other);
        assert!(one.contains(r#"const FILES = ["/pkg/hubbub.0f3a91c2.js"];"#), "{one}");
        assert!(!one.contains("{version}"));
    }
}
