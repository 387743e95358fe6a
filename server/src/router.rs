//! Every route, on one screen.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::header;
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::routing::{any, get, post};
use axum::{Json, Router};
use serde_json::json;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::{CompressionLayer, CompressionLevel};

use crate::app::App;
use crate::{assets, guard, pages};

/// A form with a full-length message, percent-encoded: three letters for each of four bytes.
const FORM_BYTES_MAX: usize = 128 * 1024;

pub(crate) fn router(app: Arc<App>) -> Router {
    pages::prepare();
    let pages = Router::new()
        // Either of the first two is a page, or a WebSocket if the request asks to upgrade.
        .route("/", any(pages::front))
        .route("/ws", any(pages::front))
        .route("/r/{name}", get(pages::room))
        .route("/r/{name}/post", post(pages::post))
        .route("/r/{name}/join", post(pages::join))
        .route("/r/{name}/leave", post(pages::leave))
        .route("/r/{name}/topic", post(pages::topic))
        .route("/shell", get(pages::shell))
        .route("/sw.js", get(pages::worker))
        .route("/rooms", post(pages::create_room))
        .route("/name", post(pages::rename))
        .route("/theme", post(pages::theme))
        .fallback(pages::other)
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest));
    Router::new()
        .route("/pkg/{*path}", get(assets::pkg))
        .route("/healthz", get(healthz))
        .merge(pages)
        // A page that cannot be drawn is one person's error page, not a broken connection.
        .layer(CatchPanicLayer::new())
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .layer(from_fn_with_state(app.clone(), guard::guard))
        .with_state(app)
}

/// Answers as soon as the server accepts, with how many people are connected right now.
async fn healthz(State(app): State<Arc<App>>) -> impl IntoResponse {
    let connections = app.fanout.connections();
    (
        [(header::CACHE_CONTROL, "no-store")],
        Json(json!({ "status": "ok", "connections": connections })),
    )
}
