//! Who somebody is: the cookie that outlives connections, the token of a program, and the guest that
//! either makes of somebody unknown.
//!
//! A login is 256 random bits in a cookie; only its SHA-256 is ever stored. Somebody who has not
//! said anything yet has no row anywhere: their id and name follow from the token alone, so that
//! looking on writes nothing and a reload finds the same person. Never logs a token.

pub(crate) mod cookie;
pub(crate) mod device;
pub(crate) mod token;

pub(crate) mod hasher;
pub(crate) mod passkey;
pub(crate) mod password;
pub(crate) mod qr;
pub(crate) mod steps;
pub(crate) mod totp;

pub(crate) use cookie::cookie;
pub(crate) use token::Token;

use std::net::IpAddr;
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue, Uri, header};
use rusqlite::Connection;
use shared::permission::{Door, Role};
use shared::protocol::{Person, UserId};
use uuid::Uuid;

use crate::app::App;
use crate::client::Client;
use crate::limits::Sender;
use crate::log::{Author, WriteError, now_ms};
use crate::names::Name;
use crate::store::{ReadError, logins, revocations, users};

/// Tokens drawn until one makes a guest whose name is free. With four letters there are 65,536
/// names: where most of them are taken, the first thing said adds letters instead.
const DRAWS_MAX: usize = 16;

/// When somebody was last seen is known to so many milliseconds: looking on should cost no write.
const TOUCH_EVERY_MS: i64 = 10 * 60 * 1_000;

/// Somebody at the door.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    pub(crate) author: Author,
    pub(crate) person: Person,
    pub(crate) role: Role,
    /// What they come with is no login any more: signed out, deactivated, banned.
    pub(crate) is_signed_out: bool,
    /// Whether they may change anything: some programs may only read.
    pub(crate) may_write: bool,
    /// The newest revocation that was known when all this was read.
    pub(crate) revocation: i64,
    /// To be set in the response, for somebody who came without a login.
    pub(crate) cookie: Option<HeaderValue>,
}

impl Visitor {
    /// Whether they may be here at all.
    pub(crate) fn is_let_in(&self, app: &App) -> bool {
        !self.is_signed_out && (self.role > Role::Guest || guests_may(app))
    }

    pub(crate) fn sender(&self) -> Sender {
        Sender { user: self.author.id, address: self.author.address }
    }
}

/// Whether people without an account may come in: as the command line says, or else the owner.
pub(crate) fn guests_may(app: &App) -> bool {
    app.config.guests.unwrap_or_else(|| app.access.policy().door == Door::Guests)
}

/// Whether a request carries a login at all: then it must come from our own pages.
pub(crate) fn has_login(app: &App, headers: &HeaderMap) -> bool {
    cookie(headers, cookie::login_name(&app.config)).is_some()
}

/// Who makes this request: by their cookie, or a fresh guest who gets one.
pub(crate) async fn visitor(
    app: &Arc<App>,
    client: Client,
    headers: &HeaderMap,
) -> Result<Visitor, ReadError> {
    let name = cookie::login_name(&app.config);
    let held = cookie(headers, name).and_then(Token::parse);
    let is_fresh = held.is_none();
    let read = move |db: &Connection| {
        let token = match held {
            Some(token) => token,
            None => draw(db)?,
        };
        Ok((recognise(db, &token, client.address)?, token))
    };
    let ((mut visitor, used_at_ms), token) = app.log.readers().read(read).await?;
    if is_fresh {
        visitor.cookie = login_cookie(app, &token);
    }
    if let Some(used_at_ms) = used_at_ms {
        touch(app, token.hash(), used_at_ms, headers, client.address);
    }
    Ok(visitor)
}

/// What makes a browser hold a login.
pub(crate) fn login_cookie(app: &App, token: &Token) -> Option<HeaderValue> {
    let max_age_s = cookie::LOGIN_DAYS * 24 * 60 * 60;
    cookie::set(&app.config, cookie::login_name(&app.config), &token.text(), max_age_s)
}

/// The token of a program: in a header, or where a WebSocket's client can set none, in the address.
fn bearer(uri: &Uri, headers: &HeaderMap) -> Option<String> {
    let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let scheme = header.and_then(|value| value.split_once(' '));
    if let Some((_, token)) = scheme.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")) {
        return Some(token.trim().to_owned());
    }
    let pairs = uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(name, _)| *name == "token").map(|(_, token)| token.to_owned()).next()
}

/// Who opens a WebSocket with a token, if it comes with one. A token that is none is nobody's.
pub(crate) async fn program(
    app: &Arc<App>,
    client: Client,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Option<Visitor>, ReadError> {
    let Some(text) = bearer(uri, headers) else { return Ok(None) };
    let address = client.address;
    let Some(token) = Token::parse(&text) else { return Ok(Some(nobody(address))) };
    let hash = token.hash();
    let read = move |db: &Connection| {
        let revocation = revocations::newest(db)?;
        Ok((logins::token_bearer(db, &hash)?, revocation))
    };
    let (bearer, revocation) = app.log.readers().read(read).await?;
    let Some(bearer) = bearer else { return Ok(Some(nobody(address))) };
    if now_ms() - bearer.used_at_ms > TOUCH_EVERY_MS {
        later(app, move |db| logins::touch_token(db, &hash, now_ms()));
    }
    let author = Author { id: bearer.person.id, address, login: Some(hash) };
    Ok(Some(Visitor {
        author,
        person: bearer.person,
        role: bearer.role,
        is_signed_out: !bearer.is_active,
        may_write: bearer.may_write,
        revocation,
        cookie: None,
    }))
}

/// A guest with no login: a plain connection, which is somebody new each time.
///
/// The first four letters of the id are nobody's name, neither in the database nor connected.
pub(crate) async fn passer_by(app: &App, client: Client) -> Result<Visitor, ReadError> {
    let mut id = UserId(Uuid::new_v4());
    for _ in 0..DRAWS_MAX {
        let name = Name::guest(id, 4);
        let is_taken = app.presence().is_guest_name_taken(id);
        if !is_taken {
            let stored = app.log.readers().read(move |db| users::named(db, &name.key)).await?;
            if stored.is_none() {
                break;
            }
        }
        id = UserId(Uuid::new_v4());
    }
    let revocation = app.access.newest();
    Ok(Visitor { revocation, ..guest(id, None, client.address) })
}

fn guest(id: UserId, login: Option<[u8; 32]>, address: IpAddr) -> Visitor {
    Visitor {
        author: Author { id, address, login },
        person: Person { id, name: Person::guest_name(id) },
        role: Role::Guest,
        is_signed_out: false,
        may_write: true,
        revocation: 0,
        cookie: None,
    }
}

/// Whoever comes with something that was never a login, or is none any more.
fn nobody(address: IpAddr) -> Visitor {
    Visitor { is_signed_out: true, ..guest(UserId(Uuid::new_v4()), None, address) }
}

/// With when they were last seen, if they have a row.
fn recognise(
    db: &Connection,
    token: &Token,
    address: IpAddr,
) -> rusqlite::Result<(Visitor, Option<i64>)> {
    let hash = token.hash();
    // Before what it may take away is read.
    let revocation = revocations::newest(db)?;
    let Some(bearer) = logins::bearer(db, &hash)? else {
        let id = token.guest();
        // Whose account is gone is not a new guest of the same id.
        let is_signed_out = users::find(db, id)?.is_some();
        let visitor = Visitor { is_signed_out, revocation, ..guest(id, Some(hash), address) };
        return Ok((visitor, None));
    };
    let author = Author { id: bearer.person.id, address, login: Some(hash) };
    let visitor = Visitor {
        author,
        person: bearer.person,
        role: bearer.role,
        is_signed_out: !bearer.is_active,
        may_write: true,
        revocation,
        cookie: None,
    };
    Ok((visitor, Some(bearer.used_at_ms)))
}

fn draw(db: &Connection) -> rusqlite::Result<Token> {
    let mut token = Token::random();
    for _ in 0..DRAWS_MAX {
        if users::named(db, &Name::guest(token.guest(), 4).key)?.is_none() {
            break;
        }
        token = Token::random();
    }
    Ok(token)
}

/// Notes that a login was used, unless that was noted a moment ago.
fn touch(app: &Arc<App>, hash: [u8; 32], used_at_ms: i64, headers: &HeaderMap, address: IpAddr) {
    if now_ms() - used_at_ms <= TOUCH_EVERY_MS {
        return;
    }
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let (device, address) = (device::named(agent.unwrap_or_default()), address.to_string());
    later(app, move |db| logins::touch(db, &hash, &device, &address, now_ms()));
}

/// Changes something that nobody waits for.
pub(crate) fn later(
    app: &Arc<App>,
    change: impl FnOnce(&Connection) -> rusqlite::Result<()> + Send + 'static,
) {
    let app = app.clone();
    tokio::spawn(async move {
        // It was logged where it failed; when somebody was last seen is nothing to stop for.
        let _: Result<(), WriteError> = app.log.write(change).await;
    });
}
