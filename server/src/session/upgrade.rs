//! The handshake (RFC 6455, section 4.2): from a request to a socket without HTTP.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hyper::upgrade::OnUpgrade;
use sha1::{Digest, Sha1};
use shared::permission::Role;
use shared::protocol::SUBPROTOCOL;

use super::Arrival;
use super::socket::Socket;
use crate::app::App;
use crate::auth::{self, Visitor};
use crate::client::Client;
use crate::fanout::Dialect;
use crate::store::ReadError;

/// What the server appends to the client's key, by the protocol.
const KEY_SUFFIX: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Whether a request wants to become a WebSocket.
pub(crate) fn asks_to_upgrade(headers: &HeaderMap) -> bool {
    headers.contains_key(header::UPGRADE)
}

/// Answers an upgrade. Who is not let in is told so by close code 4001, because a browser's page
/// cannot see the status of a refused handshake.
pub(crate) async fn upgrade(app: Arc<App>, client: Client, mut request: Request) -> Response {
    let accept = match accept(&request) {
        Ok(accept) => accept,
        Err(refused) => return refused.into_response(),
    };
    let headers = request.headers();
    let is_v1 = names(headers, header::SEC_WEBSOCKET_PROTOCOL).any(|name| name == SUBPROTOCOL);
    if !is_v1 && names(headers, header::SEC_WEBSOCKET_PROTOCOL).next().is_some() {
        let sentence = format!("This server speaks {SUBPROTOCOL}, or the plain protocol.\n");
        return (StatusCode::BAD_REQUEST, sentence).into_response();
    }
    let dialect = if is_v1 { Dialect::V1 } else { Dialect::Plain };
    let Ok(visitor) = who(&app, dialect, client, request.uri(), headers).await else {
        return (StatusCode::SERVICE_UNAVAILABLE, "Try again in a moment.\n").into_response();
    };
    let Some(upgraded) = request.extensions_mut().remove::<OnUpgrade>() else {
        return (StatusCode::UPGRADE_REQUIRED, "WebSockets need HTTP/1.1.\n").into_response();
    };
    let is_let_in = visitor.is_let_in(&app);
    let account = (visitor.role > Role::Guest).then_some(visitor.author.id);
    let address = visitor.author.address;
    if !app.arrive(account, address) {
        return (StatusCode::TOO_MANY_REQUESTS, "Too many connections. Close some.\n")
            .into_response();
    }
    let id = app.fanout.next_id();
    tokio::spawn(async move {
        let taken = match upgraded.await {
            Ok(upgraded) => Socket::take(upgraded),
            Err(error) => Err(std::io::Error::other(error)),
        };
        // A client that breaks off is nobody's error.
        let has_arrived = taken.is_ok_and(|(socket, early)| {
            let arrival = Arrival { socket, early, visitor, dialect, id, is_let_in };
            app.shards().is_some_and(|shards| shards.arrive(arrival))
        });
        if !has_arrived {
            app.depart(account, address);
        }
    });
    let mut response = switch(accept);
    if is_v1 {
        let protocol = HeaderValue::from_static(SUBPROTOCOL);
        response.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, protocol);
    }
    response
}

/// Whoever has a token is its owner. Else a client of ours is who its cookie says, and a plain one is
/// somebody new, unless its cookie is that of an account.
async fn who(
    app: &Arc<App>,
    dialect: Dialect,
    client: Client,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Visitor, ReadError> {
    if let Some(program) = auth::program(app, client, uri, headers).await? {
        return Ok(program);
    }
    if dialect == Dialect::V1 || auth::has_login(app, headers) {
        let visitor = auth::visitor(app, client, headers).await?;
        if dialect == Dialect::V1 || visitor.role > Role::Guest || visitor.is_signed_out {
            return Ok(visitor);
        }
    }
    auth::passer_by(app, client).await
}

/// The answer behind which the socket is no HTTP any more.
pub(super) fn switch(accept: HeaderValue) -> Response {
    let mut response = StatusCode::SWITCHING_PROTOCOLS.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    response
}

/// The proof that the handshake was understood, or why it was not.
pub(super) fn accept(request: &Request) -> Result<HeaderValue, (StatusCode, &'static str)> {
    let headers = request.headers();
    let refused = |sentence| (StatusCode::BAD_REQUEST, sentence);
    if *request.method() != Method::GET {
        return Err((StatusCode::METHOD_NOT_ALLOWED, "A WebSocket begins with GET.\n"));
    }
    if !names(headers, header::CONNECTION).any(|name| name.eq_ignore_ascii_case("upgrade"))
        || !names(headers, header::UPGRADE).any(|name| name.eq_ignore_ascii_case("websocket"))
    {
        return Err(refused("This is not how a WebSocket begins.\n"));
    }
    if headers.get(header::SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        return Err(refused("This server speaks version 13 of WebSocket.\n"));
    }
    let Some(key) = headers.get(header::SEC_WEBSOCKET_KEY) else {
        return Err(refused("The handshake has no key.\n"));
    };
    let digest = Sha1::new().chain_update(key).chain_update(KEY_SUFFIX).finalize();
    HeaderValue::from_str(&BASE64_STANDARD.encode(digest)).map_err(|_| refused("Impossible.\n"))
}

/// The names in a header that is a list.
fn names(headers: &HeaderMap, name: header::HeaderName) -> impl Iterator<Item = &str> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).filter(|name| !name.is_empty())
}
