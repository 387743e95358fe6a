//! Server rendering: the pages as HTML, and the forms that work without JavaScript.
//!
//! A page is drawn by the same components as in the browser, from the same data that the client
//! wakes up with. Reading a page never writes to the database. Called by the router alone.

mod document;
mod forms;
mod worker;

mod when;
mod who;

mod entering;
mod joining;

pub(crate) mod admin;
pub(crate) mod settings;

pub(crate) use entering::{
    begin_passkey, code_page, enter_code, passkey, sign_in, sign_in_page, sign_out,
};
pub(crate) use joining::{
    begin_join_passkey, begin_sign_up_passkey, join as accept_invitation, join_page, join_passkey,
    reset, reset_page, set_up, setup_page, sign_up, sign_up_page, sign_up_passkey,
};

pub(crate) use forms::{create_room, join, leave, post, rename, theme, topic};
pub(crate) use worker::{shell, worker};

use std::sync::Arc;

use axum::extract::{Extension, Path, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use document::render;
use shared::protocol::{Anchor, RoomName};

use crate::app::App;
use crate::client::Client;
use crate::{assets, session};

/// Rendering waits on tokio. Called once, before the first page.
pub(crate) fn prepare() {
    // An error means that it was done before, by another server in the same process.
    let _ = any_spawner::Executor::init_tokio();
}

/// `/` and `/ws`: a WebSocket for who asks to upgrade. Otherwise the lobby, or nothing.
pub(crate) async fn front(
    State(app): State<Arc<App>>,
    Extension(client): Extension<Client>,
    request: Request,
) -> Response {
    if session::asks_to_upgrade(request.headers()) {
        return session::upgrade(app, client, request).await;
    }
    if !request.method().is_safe() {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    if request.uri().path() == "/ws" {
        let upgrade = [(header::UPGRADE, "websocket")];
        return (StatusCode::UPGRADE_REQUIRED, upgrade, "WebSockets only.\n").into_response();
    }
    let anchor = anchor(request.uri());
    render(app, client, request, Some((RoomName::LOBBY.to_owned(), anchor))).await
}

/// `/r/{name}`
pub(crate) async fn room(
    State(app): State<Arc<App>>,
    Extension(client): Extension<Client>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    // Names are written small; what somebody types into the address bar may not be.
    if let Some(meant) = RoomName::parse(&name).filter(|meant| meant.as_str() != name) {
        return Redirect::permanent(&meant.path()).into_response();
    }
    let anchor = anchor(request.uri());
    render(app, client, request, Some((name, anchor))).await
}

/// Any other path: a file of the site, or a page that says that there is none. Only who looks at
/// it with a browser gets the page; the rest is answered without asking the database.
pub(crate) async fn other(
    State(app): State<Arc<App>>,
    Extension(client): Extension<Client>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    request: Request,
) -> Response {
    if method.is_safe()
        && let Some(file) = assets::file(uri.path().trim_start_matches('/'), &headers)
    {
        return file;
    }
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    if method.is_safe() && accept.is_some_and(|accept| accept.contains("text/html")) {
        return render(app, client, request, None).await;
    }
    (StatusCode::NOT_FOUND, "There is nothing here.\n").into_response()
}

/// `?before=120` or `?after=170`, for paging without JavaScript.
fn anchor(uri: &Uri) -> Anchor {
    let query = uri.query().unwrap_or_default();
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let mut anchors = pairs.filter_map(|(name, value)| match name {
        "before" => value.parse().ok().map(Anchor::Before),
        "after" => value.parse().ok().map(Anchor::After),
        _ => None,
    });
    anchors.next_back().unwrap_or(Anchor::Newest)
}
