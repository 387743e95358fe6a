//! One WebSocket's life: hello, resume, commands in, close code.
//!
//! [`upgrade`] lets a socket in and starts its session, in the protocol that the client names: `v1`
//! or, naming none, `plain`. `link` is what both have in common: the socket and its `feed`, which
//! knows the cursors and what is still to be told. Called by the router; calls `chat` for everything
//! that people do.

mod beat;
pub(crate) mod feed;
mod link;
mod plain;
mod socket;
mod v1;

pub(crate) use beat::beat;
#[cfg(test)]
pub(crate) use v1::answered;

use std::sync::Arc;

use axum::extract::ws::WebSocketUpgrade;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use shared::protocol::{FRAME_BYTES_MAX, SUBPROTOCOL};
use socket::{READ_BUFFER_BYTES, WRITE_BUFFER_BYTES_MAX};

use crate::app::App;
use crate::auth;

/// Answers an upgrade. Who is not let in is told so by close code 4001, because a browser's page
/// cannot see the status of a refused handshake.
pub(crate) async fn upgrade(app: Arc<App>, headers: HeaderMap, ws: WebSocketUpgrade) -> Response {
    let ws = ws
        .protocols([SUBPROTOCOL])
        .max_message_size(FRAME_BYTES_MAX)
        .max_frame_size(FRAME_BYTES_MAX)
        .read_buffer_size(READ_BUFFER_BYTES)
        // Frames are gathered until the turn's one flush, never written one by one.
        .write_buffer_size(WRITE_BUFFER_BYTES_MAX / 2)
        .max_write_buffer_size(WRITE_BUFFER_BYTES_MAX);
    if ws.selected_protocol().is_none() && ws.requested_protocols().next().is_some() {
        let sentence = format!("This server speaks {SUBPROTOCOL}, or the plain protocol.\n");
        return (StatusCode::BAD_REQUEST, sentence).into_response();
    }
    let is_v1 = ws.selected_protocol().is_some();
    let visitor =
        if is_v1 { auth::visitor(&app, &headers).await } else { auth::passer_by(&app).await };
    let Ok(visitor) = visitor else {
        return (StatusCode::SERVICE_UNAVAILABLE, "Try again in a moment.\n").into_response();
    };
    ws.on_upgrade(move |ws| async move {
        if is_v1 { v1::run(app, ws, visitor).await } else { plain::run(app, ws, visitor).await }
    })
}
