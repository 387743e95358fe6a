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
        .merge(accounts())
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

/// Coming in with an account, one's own settings, and looking after the workspace: pages that the
/// server alone draws, and their forms.
fn accounts() -> Router<Arc<App>> {
    use pages::{admin, settings};
    Router::new()
        .route("/signin", get(pages::sign_in_page).post(pages::sign_in))
        .route("/signin/code", get(pages::code_page).post(pages::enter_code))
        .route("/signin/passkey/begin", post(pages::begin_passkey))
        .route("/signin/passkey", post(pages::passkey))
        .route("/signout", post(pages::sign_out))
        .route("/setup/{code}", get(pages::setup_page).post(pages::set_up))
        .route("/signup", get(pages::sign_up_page).post(pages::sign_up))
        .route("/signup/passkey/begin", post(pages::begin_sign_up_passkey))
        .route("/signup/passkey", post(pages::sign_up_passkey))
        .route("/join/{code}", get(pages::join_page).post(pages::accept_invitation))
        .route("/join/{code}/passkey/begin", post(pages::begin_join_passkey))
        .route("/join/{code}/passkey", post(pages::join_passkey))
        .route("/reset/{code}", get(pages::reset_page).post(pages::reset))
        .route("/settings", get(settings::page))
        .route("/settings/profile", post(settings::set_profile))
        .route("/settings/password", post(settings::set_password))
        .route("/settings/passkeys/begin", post(settings::begin_passkey))
        .route("/settings/passkeys", post(settings::add_passkey))
        .route("/settings/passkeys/{id}/remove", post(settings::remove_passkey))
        .route("/settings/totp/start", post(settings::start_totp))
        .route("/settings/totp/confirm", post(settings::confirm_totp))
        .route("/settings/totp/codes", post(settings::new_backup_codes))
        .route("/settings/totp/off", post(settings::end_totp))
        .route("/settings/logins/end-others", post(settings::end_other_logins))
        .route("/settings/logins/{id}/end", post(settings::end_login))
        .route("/settings/tokens", post(settings::make_token))
        .route("/settings/tokens/{id}/revoke", post(settings::revoke_token))
        .route("/settings/export.json", get(settings::export_json))
        .route("/settings/export.html", get(settings::export_html))
        .route("/settings/delete", post(settings::delete_account))
        .route("/admin", get(admin::front))
        .route("/admin/people", get(admin::people_page).post(admin::add_person))
        .route("/admin/people/{id}/role", post(admin::set_role))
        .route("/admin/people/{id}/standing", post(admin::set_standing))
        .route("/admin/people/{id}/ban", post(admin::ban))
        .route("/admin/people/{id}/reset", post(admin::make_reset))
        .route("/admin/people/{id}/signout", post(admin::sign_out_everywhere))
        .route("/admin/people/{id}/erase", post(admin::erase))
        .route("/admin/invitations", get(admin::invitations_page).post(admin::invite))
        .route("/admin/invitations/{code}/end", post(admin::end_invitation))
        .route("/admin/rooms", get(admin::rooms_page))
        .route("/admin/rooms/{name}/rules", post(admin::set_rules))
        .route("/admin/access", get(admin::access_page).post(admin::set_access))
        .route("/admin/addresses/lift", post(admin::lift_address))
        .route("/admin/audit", get(admin::audit_page))
        .route("/admin/reports", get(admin::reports_page))
        .route("/admin/reports/{id}/close", post(admin::close_report))
}

/// Answers as soon as the server accepts, with how many people are connected right now.
async fn healthz(State(app): State<Arc<App>>) -> impl IntoResponse {
    let connections = app.fanout.connections();
    (
        [(header::CACHE_CONTROL, "no-store")],
        Json(json!({ "status": "ok", "connections": connections })),
    )
}
