//! What holds for every request: who may send it, how long it may take, what its answer carries.
//!
//! Pages of other sites can make a browser send requests with our cookie. Those that change
//! something, and sockets, are refused before anything else looks at them. Called by the router
//! as a layer around everything.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use crate::app::App;
use crate::auth;

/// A request whose body trickles in is given up after this time.
const REQUEST_WAIT: Duration = Duration::from_secs(10);

pub(crate) async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if is_forged(&app, &request) {
        tracing::warn!(path = %request.uri().path(), "refused a request from another site");
        return (StatusCode::FORBIDDEN, "This request came from another site.\n").into_response();
    }
    let Ok(mut response) = timeout(REQUEST_WAIT, next.run(request)).await else {
        return (StatusCode::REQUEST_TIMEOUT, "This took too long.\n").into_response();
    };
    let headers = response.headers_mut();
    let always = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in always {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Whether a request was made by another site's page in a browser that has a login here.
///
/// A browser that opens a socket always says where from: a cookie without an origin is not one.
fn is_forged(app: &App, request: &Request) -> bool {
    let headers = request.headers();
    let changes = !request.method().is_safe();
    let upgrades = headers.contains_key(header::UPGRADE);
    if changes && text(headers, "sec-fetch-site") == Some("cross-site") {
        return true;
    }
    if upgrades && auth::has_login(app, headers) {
        return !is_own_origin(app, headers);
    }
    changes && headers.contains_key(header::ORIGIN) && !is_own_origin(app, headers)
}

fn is_own_origin(app: &App, headers: &HeaderMap) -> bool {
    let Some(origin) = text(headers, "origin") else { return false };
    let configured = app.config.public_url.as_ref();
    if configured.is_some_and(|url| url.origin().eq_ignore_ascii_case(origin)) {
        return true;
    }
    let host = origin.split_once("://").map(|(_, host)| host);
    host.is_some() && host == text(headers, "host")
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
