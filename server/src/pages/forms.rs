//! The forms: what people do without JavaScript, or before it has loaded.
//!
//! Each takes the same way through `chat` as a command on a socket, waits for the answer, and
//! sends the browser back to a page: with `?refused=` and the code where nothing came of it. The
//! op in a form makes one that is sent twice one message.

use std::sync::Arc;

use axum::extract::{Extension, Form, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rusqlite::Connection;
use serde::Deserialize;
use shared::protocol::{Code, OpId, RoomId, RoomName};

use super::document::unavailable;
use super::who::Who;
use crate::app::App;
use crate::auth::{self, Visitor};
use crate::chat::{self, Checked};
use crate::client::Client;
use crate::limits::Sender;
use crate::log::Answer;
use crate::store::{ReadError, rooms};

/// How long a browser keeps the choice of theme.
const THEME_MAX_AGE_S: u64 = 400 * 24 * 60 * 60;

#[derive(Deserialize)]
pub(crate) struct Post {
    op: OpId,
    text: String,
}

#[derive(Deserialize)]
pub(crate) struct Bare {
    op: OpId,
}

#[derive(Deserialize)]
pub(crate) struct Topic {
    op: OpId,
    topic: String,
}

#[derive(Deserialize)]
pub(crate) struct CreateRoom {
    op: OpId,
    name: String,
    #[serde(default)]
    topic: String,
    /// There if the box is ticked.
    #[serde(default)]
    private: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Rename {
    op: OpId,
    name: String,
}

#[derive(Deserialize)]
pub(crate) struct ThemeChoice {
    theme: String,
}

pub(crate) async fn post(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    Extension(client): Extension<Client>,
    headers: HeaderMap,
    Form(form): Form<Post>,
) -> Response {
    let Post { op, text } = form;
    in_room(&app, client, &headers, &name, op, |by, room| chat::post(&app, by, room, &text)).await
}

pub(crate) async fn join(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    Extension(client): Extension<Client>,
    headers: HeaderMap,
    Form(form): Form<Bare>,
) -> Response {
    in_room(&app, client, &headers, &name, form.op, |by, room| chat::join(&app, by, room)).await
}

/// Leads to the lobby: who was the last in a room would find it gone.
pub(crate) async fn leave(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    Extension(client): Extension<Client>,
    headers: HeaderMap,
    Form(form): Form<Bare>,
) -> Response {
    match find(&app, client, &headers, &name).await {
        Ok((_, room)) => ask(&app, client, &headers, "/", form.op, |_| chat::leave(room)).await,
        Err(response) => response,
    }
}

pub(crate) async fn topic(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    Extension(client): Extension<Client>,
    headers: HeaderMap,
    Form(form): Form<Topic>,
) -> Response {
    let Topic { op, topic } = form;
    in_room(&app, client, &headers, &name, op, |by, room| chat::set_topic(&app, by, room, &topic))
        .await
}

pub(crate) async fn create_room(
    State(app): State<Arc<App>>,
    Extension(client): Extension<Client>,
    headers: HeaderMap,
    Form(form): Form<CreateRoom>,
) -> Response {
    let Some(name) = RoomName::parse(&form.name) else {
        return back("/", Some(Code::BadName));
    };
    let (op, topic) = (form.op, form.topic);
    if form.private.is_some() {
        // What it is called to the end is known once it is there.
        let path = |room| name.with_ending(room).path();
        let create = |by| chat::create_room(&app, by, name.clone(), &topic, true);
        return ask_for(&app, client, &headers, "/", op, create, path).await;
    }
    // Where it is there already, its page says so and has the way in.
    let path = name.path();
    ask(&app, client, &headers, &path, op, |by| chat::create_room(&app, by, name, &topic, false))
        .await
}

pub(crate) async fn rename(
    State(app): State<Arc<App>>,
    Extension(client): Extension<Client>,
    headers: HeaderMap,
    Form(form): Form<Rename>,
) -> Response {
    let path = referring_path(&headers);
    ask(&app, client, &headers, &path, form.op, |by| chat::rename(&app, by, &form.name)).await
}

/// Changes no more than a cookie.
pub(crate) async fn theme(headers: HeaderMap, Form(form): Form<ThemeChoice>) -> Response {
    let (theme, max_age_s) = match frontend::Theme::parse(&form.theme) {
        Some(theme) => (theme.as_str(), THEME_MAX_AGE_S),
        None => ("", 0),
    };
    let cookie = format!("theme={theme}; Max-Age={max_age_s}; Path=/; SameSite=Lax");
    let mut response = back(&referring_path(&headers), None);
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// Does something in the room of this name, and goes back to its page.
async fn in_room(
    app: &Arc<App>,
    client: Client,
    headers: &HeaderMap,
    name: &str,
    op: OpId,
    verb: impl FnOnce(Sender, RoomId) -> Checked,
) -> Response {
    match find(app, client, headers, name).await {
        Ok((path, room)) => ask(app, client, headers, &path, op, |by| verb(by, room)).await,
        Err(response) => response,
    }
}

/// The path of a room that this person may know of, and its id; without one, the answer.
async fn find(
    app: &Arc<App>,
    client: Client,
    headers: &HeaderMap,
    name: &str,
) -> Result<(String, RoomId), Response> {
    let Some(name) = RoomName::parse(name) else {
        return Err(back("/", Some(Code::UnknownRoom)));
    };
    let path = name.path();
    let visitor = auth::visitor(app, client, headers).await.map_err(|ReadError| unavailable())?;
    let me = visitor.author.id;
    let read = move |db: &Connection| rooms::visible_by_name(db, name.as_str(), me);
    match app.log.readers().read(read).await {
        Ok(Some(room)) => Ok((path, room)),
        Ok(None) => Err(back("/", Some(Code::UnknownRoom))),
        Err(ReadError) => Err(unavailable()),
    }
}

async fn ask(
    app: &Arc<App>,
    client: Client,
    headers: &HeaderMap,
    path: &str,
    op: OpId,
    verb: impl FnOnce(Sender) -> Checked,
) -> Response {
    ask_for(app, client, headers, path, op, verb, |_| path.to_owned()).await
}

/// The same; where it leads, once it is done, is known from the room that it was done in.
async fn ask_for(
    app: &Arc<App>,
    client: Client,
    headers: &HeaderMap,
    path: &str,
    op: OpId,
    verb: impl FnOnce(Sender) -> Checked,
    done: impl FnOnce(RoomId) -> String,
) -> Response {
    let Ok(visitor) = auth::visitor(app, client, headers).await else {
        return unavailable();
    };
    if !visitor.is_let_in(app) {
        let (app, headers) = (app.clone(), headers.clone());
        return Who { app, visitor, headers }.turned_away(path).await;
    }
    let sender = visitor.sender();
    let Visitor { author, cookie, .. } = visitor;
    let mut response = match chat::ask(app, &author, op, verb(sender)).await {
        Answer::Accepted { room, .. } => back(&done(room), None),
        Answer::Refused(code) => back(path, Some(code)),
        Answer::RetryAfter { after_ms, why } => later(after_ms, why),
    };
    if let Some(cookie) = cookie {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// Shows a page again, after what was asked is done or refused.
fn back(path: &str, refused: Option<Code>) -> Response {
    let code = refused.and_then(|code| serde_json::to_value(code).ok());
    let location = match code.as_ref().and_then(|code| code.as_str()) {
        Some(code) => format!("{path}?refused={code}"),
        None => path.to_owned(),
    };
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}

fn later(after_ms: u64, why: Code) -> Response {
    let after_s = after_ms.div_ceil(1_000).to_string();
    let (status, sentence) = match why {
        Code::TooFast => (
            StatusCode::TOO_MANY_REQUESTS,
            "This came too fast. Go back, wait a moment and send it again.\n",
        ),
        Code::SlowMode => (
            StatusCode::TOO_MANY_REQUESTS,
            "This room is in slow mode. Go back and send it again when it is time.\n",
        ),
        _ => (
            StatusCode::SERVICE_UNAVAILABLE,
            "This could not be saved. Go back, wait a moment and send it again.\n",
        ),
    };
    (status, [(header::RETRY_AFTER, after_s)], sentence).into_response()
}

/// The page that a form stands on, as a path of our own: never another site, never its query.
fn referring_path(headers: &HeaderMap) -> String {
    let referer = headers.get(header::REFERER).and_then(|referer| referer.to_str().ok());
    let behind_host = referer
        .and_then(|referer| referer.split_once("://"))
        .and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..]));
    let path = behind_host.and_then(|path| path.split(['?', '#']).next()).unwrap_or("/");
    // What a form of the settings gave as its answer is no page to come back to.
    if path.starts_with("/settings") {
        return "/settings#appearance".to_owned();
    }
    let is_ours = path.starts_with('/') && !path.starts_with("//");
    if is_ours { path.to_owned() } else { "/".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_leads_back_to_a_page_of_ours() {
        let path = |referer: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::REFERER, HeaderValue::from_static(referer));
            referring_path(&headers)
        };
        assert_eq!(path("http://127.0.0.1:8080/r/garden?before=9"), "/r/garden");
        assert_eq!(path("http://127.0.0.1:8080"), "/");
        assert_eq!(path("http://127.0.0.1:8080//evil.example/"), "/");
        assert_eq!(path("http://127.0.0.1:8080/settings/password"), "/settings#appearance");
        assert_eq!(path("nonsense"), "/");
        assert_eq!(referring_path(&HeaderMap::new()), "/");
    }
}
