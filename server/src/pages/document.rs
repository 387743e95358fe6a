//! One page of HTML: reads what it shows, draws it, and says what a browser may do with it.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use frontend::{Document, Theme};
use leptos::nonce::Nonce;
use leptos::prelude::provide_context;
use rusqlite::Connection;
use shared::protocol::{Anchor, Boot, OpId, PAGE_EVENTS};
use uuid::Uuid;

use super::who::Who;
use crate::app::App;
use crate::auth::{self, Visitor};
use crate::chat;
use crate::client::Client;
use crate::store::{ReadError, rooms};

/// Draws the page of a room, or the one that says that there is no such room.
pub(super) async fn render(
    app: Arc<App>,
    client: Client,
    request: Request,
    wanted: Option<(String, Anchor)>,
) -> Response {
    let headers = request.headers().clone();
    let read = async {
        let visitor = auth::visitor(&app, client, &headers).await?;
        let boot = boot(&app, &visitor, wanted).await?;
        Ok((visitor, boot))
    };
    match read.await {
        Ok((visitor, _)) if !visitor.is_let_in(&app) => {
            Who { app, visitor, headers }.turned_away(request.uri().path()).await
        }
        Ok((visitor, boot)) => draw(&app, request, Some(boot), visitor.cookie).await,
        Err(ReadError) => unavailable(),
    }
}

/// The database does not answer. It was logged where that was found.
pub(crate) fn unavailable() -> Response {
    let sentence = "Hubbub cannot read its data right now. Reload the page in a moment.\n";
    (StatusCode::SERVICE_UNAVAILABLE, sentence).into_response()
}

async fn boot(
    app: &App,
    visitor: &Visitor,
    wanted: Option<(String, Anchor)>,
) -> Result<Boot, ReadError> {
    let mut welcome = chat::welcome(app, visitor.author.id).await?;
    welcome.you = visitor.person.clone();
    let Some((name, anchor)) = wanted else { return Ok(Boot { welcome, page: None }) };
    let reader = visitor.author.id;
    let read = move |db: &Connection| match rooms::visible_by_name(db, &name, reader)? {
        Some(room) => chat::page_of(db, reader, room, anchor, PAGE_EVENTS),
        None => Ok(None),
    };
    let page = app.log.readers().read(read).await?;
    Ok(Boot { welcome, page })
}

/// Draws a page; without a boot the shell, which is the same for everybody.
pub(super) async fn draw(
    app: &App,
    request: Request,
    boot: Option<Boot>,
    cookie: Option<HeaderValue>,
) -> Response {
    let found = boot.as_ref().is_none_or(|boot| boot.page.is_some());
    let status = if found { StatusCode::OK } else { StatusCode::NOT_FOUND };
    let theme = auth::cookie(request.headers(), "theme").and_then(Theme::parse);
    let nonce = Uuid::new_v4().simple().to_string();
    let policy = policy(&nonce, request.headers());
    let document = Document {
        theme: theme.filter(|_| boot.is_some()),
        boot,
        address: request.uri().path_and_query().map_or("/", PathAndQuery::as_str).to_owned(),
        guest_card_away: auth::cookie(request.headers(), "guest-card").is_some(),
        assets: app.assets.clone(),
        nonce,
        form_op: OpId(Uuid::now_v7()),
    };
    let context = move || {
        // Leptos writes scripts of its own into the page; they carry the same nonce.
        provide_context(Nonce::from_value(document.nonce.clone()));
        provide_context(document.clone());
    };
    let draw = leptos_axum::render_app_async_with_context(context, frontend::shell);
    let mut response = draw(request).await;
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    if let Some(cookie) = cookie {
        headers.insert(header::SET_COOKIE, cookie);
    }
    response
}

/// Scripts, styles and connections of our own only; nothing may frame us.
pub(super) fn policy(nonce: &str, headers: &HeaderMap) -> String {
    // Not every browser takes 'self' to cover the WebSocket of the same host.
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let is_host = |c: char| c.is_ascii_alphanumeric() || ".:-[]".contains(c);
    let sockets = if !host.is_empty() && host.chars().all(is_host) {
        format!(" ws://{host} wss://{host}")
    } else {
        String::new()
    };
    format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; \
         style-src 'self'; img-src 'self' data:; connect-src 'self'{sockets}; worker-src 'self'; \
         object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    )
}
