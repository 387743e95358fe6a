//! Who asks for one of the pages that the server alone draws, and how such a page goes out.

use std::sync::Arc;

use axum::extract::{Extension, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use frontend::Theme;
use frontend::pages::{AccountPage, Me, MessagePage, PageDocument};
use rusqlite::Connection;
use shared::permission::{self, Role, Verb};
use shared::protocol::UserId;
use uuid::Uuid;

use super::document::{policy, unavailable};
use super::entering;
use crate::app::App;
use crate::auth::{self, Token, Visitor, cookie, device};
use crate::client::Client;
use crate::log::{Author, now_ms};
use crate::people::{Actor, Done, Refusal};
use crate::store::settings;
use crate::{access, limits};

/// Who asks, and everything that answering takes.
pub(crate) struct Who {
    pub(super) app: Arc<App>,
    pub(super) visitor: Visitor,
    pub(super) headers: HeaderMap,
}

impl FromRequestParts<Arc<App>> for Who {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let client = Extension::<Client>::from_request_parts(parts, app).await;
        let client = client.map_err(IntoResponse::into_response)?.0;
        let visitor = auth::visitor(app, client, &parts.headers).await;
        let visitor = visitor.map_err(|_| unavailable())?;
        Ok(Self { app: app.clone(), visitor, headers: parts.headers.clone() })
    }
}

/// Somebody with an account. Anybody else is asked to sign in.
pub(crate) struct Member(pub(super) Who);

impl FromRequestParts<Arc<App>> for Member {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let who = Who::from_request_parts(parts, app).await?;
        if !who.visitor.is_signed_out && who.visitor.role > Role::Guest {
            return Ok(Self(who));
        }
        if parts.method.is_safe() {
            return Err(who.go(&format!("/signin?next={}", parts.uri.path())));
        }
        Err(who.draw_with(StatusCode::UNAUTHORIZED, signed_out_page()).await)
    }
}

/// Somebody who looks after the workspace.
pub(crate) struct Admin(pub(super) Who);

impl FromRequestParts<Arc<App>> for Admin {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let Member(who) = Member::from_request_parts(parts, app).await?;
        if who.may(Verb::ManagePeople) { Ok(Self(who)) } else { Err(who.forbidden().await) }
    }
}

/// A page that says one thing, and leads somewhere.
pub(super) fn message(title: &str, sentence: &str, href: &str, words: &str) -> AccountPage {
    AccountPage::Message(MessagePage {
        title: title.to_owned(),
        sentence: sentence.to_owned(),
        href: href.to_owned(),
        words: words.to_owned(),
    })
}

pub(super) fn signed_out_page() -> AccountPage {
    message("You are signed out", "Sign in again to go on.", "/signin", "Sign in")
}

impl Who {
    pub(super) fn id(&self) -> UserId {
        self.visitor.author.id
    }

    pub(super) fn author(&self) -> &Author {
        &self.visitor.author
    }

    pub(super) fn actor(&self) -> Actor {
        Actor {
            id: Some(self.id()),
            address: self.visitor.author.address.to_string(),
            now_ms: now_ms(),
        }
    }

    pub(super) fn me(&self) -> Me {
        let administers = self.may(Verb::ManagePeople);
        let invites = self.may(Verb::Invite);
        Me { person: self.visitor.person.clone(), role: self.visitor.role, administers, invites }
    }

    /// Whether they may, for what is drawn. What is done is asked again where it is done.
    pub(super) fn may(&self, verb: Verb) -> bool {
        let policy = self.app.access.policy();
        permission::may(self.visitor.role, &policy, verb, None).is_ok()
    }

    /// The host that their browser shows.
    pub(super) fn host(&self) -> String {
        match &self.app.config.public_url {
            Some(url) => url.origin().split_once("://").map_or("", |(_, host)| host).to_owned(),
            None => text(&self.headers, header::HOST),
        }
    }

    pub(super) fn device(&self) -> String {
        device::named(&text(&self.headers, header::USER_AGENT))
    }

    /// Reads what a page shows.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Response> {
        self.app.log.readers().read(ask).await.map_err(|_| unavailable())
    }

    /// Changes something, and has it reach those who are connected before it is answered.
    pub(super) async fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Connection, &Actor) -> Done<T> + Send + 'static,
    ) -> Result<Result<T, Refusal>, Response> {
        let actor = self.actor();
        // What was refused is taken back whole.
        let changed = self.app.log.try_write(move |db| change(db, &actor)).await;
        let changed = changed.map_err(|_| unavailable())?;
        access::refresh(&self.app).await;
        Ok(changed)
    }

    /// Signs somebody in on this browser. Gives the cookie; what it held before is not it.
    pub(super) async fn sign_in(&self, user: UserId) -> Result<HeaderValue, Response> {
        let token = Token::random();
        let (hash, device) = (token.hash(), self.device());
        self.change(move |db, actor| {
            let by = Actor { id: Some(user), ..actor.clone() };
            crate::people::begin_login(db, &by, user, &hash, &device)?;
            Ok(Ok(()))
        })
        .await?
        .map_err(|_| unavailable())?;
        auth::login_cookie(&self.app, &token).ok_or_else(unavailable)
    }

    /// Takes one of the tries that fail seldom, or says how long to wait.
    pub(super) async fn may_try(&self, tries: &[limits::SignIn]) -> Result<(), Response> {
        if !self.app.config.limits {
            return Ok(());
        }
        let taken = self.app.limits().try_sign_in(tries, std::time::Instant::now());
        match taken {
            Ok(()) => Ok(()),
            Err(wait) => Err(self.too_many(wait.as_secs() + 1).await),
        }
    }

    /// Whoever may not be here, or not any more, is shown the way in. A login that is none any more
    /// is taken away: who comes again is somebody new, if guests are let in.
    pub(super) async fn turned_away(&self, next: &str) -> Response {
        let said =
            self.visitor.is_signed_out.then(|| "You are signed out. Sign in again.".to_owned());
        let page = entering::page(self, String::new(), said, next);
        let mut response = self.draw_with(StatusCode::UNAUTHORIZED, page).await;
        let config = &self.app.config;
        if self.visitor.is_signed_out
            && let Some(cookie) = cookie::clear(config, cookie::login_name(config))
        {
            response.headers_mut().insert(header::SET_COOKIE, cookie);
        }
        response
    }

    /// Too much at once: in some seconds it will do.
    pub(super) async fn too_many(&self, wait_s: u64) -> Response {
        let sentence = format!("Too many tries. Wait {wait_s} seconds and try again.");
        let page = message("Not so fast", &sentence, "/signin", "Back to sign-in");
        let mut response = self.draw_with(StatusCode::TOO_MANY_REQUESTS, page).await;
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait_s));
        response
    }

    pub(super) async fn forbidden(&self) -> Response {
        let sentence = Refusal::Forbidden.sentence();
        let page = message("Not for you", sentence, "/", "Back to the chat");
        self.draw_with(StatusCode::FORBIDDEN, page).await
    }

    pub(super) async fn not_found(&self) -> Response {
        let sentence = "The link may be old, or was used already.";
        let page = message("This page is not here", sentence, "/", "Go to the chat");
        self.draw_with(StatusCode::NOT_FOUND, page).await
    }

    pub(super) async fn draw(&self, page: AccountPage) -> Response {
        self.draw_with(StatusCode::OK, page).await
    }

    pub(super) async fn draw_with(&self, status: StatusCode, page: AccountPage) -> Response {
        let workspace = match self.read(settings::workspace).await {
            Ok(name) if name.is_empty() => "Hubbub".to_owned(),
            Ok(name) => name,
            Err(response) => return response,
        };
        let nonce = Uuid::new_v4().simple().to_string();
        let policy = policy(&nonce, &self.headers);
        let html = frontend::pages::draw(PageDocument {
            workspace,
            theme: auth::cookie(&self.headers, "theme").and_then(Theme::parse),
            assets: self.app.assets.clone(),
            nonce,
            page,
        });
        let about = [
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (header::CACHE_CONTROL, "no-store"),
        ];
        let mut response = (status, about, html).into_response();
        if let Ok(policy) = HeaderValue::from_str(&policy) {
            response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        self.with_cookie(response)
    }

    /// The page again, for somebody new: a login that is none any more makes no account.
    pub(super) fn afresh(&self, path: &str) -> Response {
        let config = &self.app.config;
        let response = self.go(path);
        match cookie::clear(config, cookie::login_name(config)) {
            Some(cookie) => with_login(response, cookie),
            None => response,
        }
    }

    /// On to another page.
    pub(super) fn go(&self, path: &str) -> Response {
        let location = [(header::LOCATION, path.to_owned())];
        self.with_cookie((StatusCode::SEE_OTHER, location).into_response())
    }

    /// A browser that came without a login holds one from now on.
    fn with_cookie(&self, mut response: Response) -> Response {
        if let Some(cookie) = &self.visitor.cookie {
            response.headers_mut().append(header::SET_COOKIE, cookie.clone());
        }
        response
    }
}

/// A path of our own to go on to: never another site.
pub(super) fn own_path(next: &str) -> &str {
    let is_own =
        next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\r', '\n']);
    if is_own { next } else { "/" }
}

/// The response sets this cookie, and no other of its name.
pub(super) fn with_login(mut response: Response, cookie: HeaderValue) -> Response {
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    response
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> String {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn one_goes_on_to_a_page_of_ours() {
        assert_eq!(own_path("/r/garden?before=9"), "/r/garden?before=9");
        for other in ["https://evil.example", "//evil.example", "/\\evil.example", "", "/a\r\nb"] {
            assert_eq!(own_path(other), "/", "{other:?}");
        }
    }
}
