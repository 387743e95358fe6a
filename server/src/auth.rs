//! Who somebody is: the cookie that outlives connections, and the guest that it makes them.
//!
//! A login is 256 random bits in a cookie; only its SHA-256 is ever stored. Somebody who has not
//! said anything yet has no row anywhere: their id and name follow from the token alone, so that
//! looking on writes nothing and a reload finds the same person. Never logs a token.

use std::fmt::Write as _;

use axum::http::{HeaderMap, HeaderValue, header};
use rusqlite::Connection;
use sha2::{Digest, Sha256};
use shared::protocol::{Person, UserId};
use uuid::Uuid;

use crate::app::App;
use crate::log::Author;
use crate::names::Name;
use crate::store::{ReadError, logins, users};

/// How long a browser keeps a login: 400 days is the most that browsers grant.
const LOGIN_DAYS: u64 = 400;

/// Tokens drawn until one makes a guest whose name is free. With four letters there are 65,536
/// names: where most of them are taken, the first thing said adds letters instead.
const DRAWS_MAX: usize = 16;

/// Somebody at the door.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    pub(crate) author: Author,
    pub(crate) person: Person,
    /// Whether they have a row: whether they ever said or changed something.
    pub(crate) is_known: bool,
    /// To be set in the response, for somebody who came without a login.
    pub(crate) cookie: Option<HeaderValue>,
}

struct Token([u8; 32]);

/// The cookie's name. On HTTPS the prefix makes browsers refuse it from other hosts and paths.
fn cookie_name(app: &App) -> &'static str {
    if is_secure(app) { "__Host-hubbub_login" } else { "hubbub_login" }
}

fn is_secure(app: &App) -> bool {
    app.config.public_url.as_ref().is_some_and(|url| url.is_secure())
}

/// Whether a request carries a login at all: then it must come from our own pages.
pub(crate) fn has_login(app: &App, headers: &HeaderMap) -> bool {
    cookie(headers, cookie_name(app)).is_some()
}

/// The value of a cookie of this name.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies =
        headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// Who makes this request: by their cookie, or a fresh guest who gets one.
pub(crate) async fn visitor(app: &App, headers: &HeaderMap) -> Result<Visitor, ReadError> {
    let name = cookie_name(app);
    let held = cookie(headers, name).and_then(Token::parse);
    let flags = if is_secure(app) { "; Secure" } else { "" };
    let set_cookie = move |token: &Token| {
        let max_age_s = LOGIN_DAYS * 24 * 60 * 60;
        let token = token.text();
        HeaderValue::from_str(&format!(
            "{name}={token}; Max-Age={max_age_s}; Path=/; HttpOnly; SameSite=Lax{flags}"
        ))
        .ok()
    };
    let read = move |db: &Connection| match held {
        Some(token) => recognise(db, &token),
        None => {
            let token = draw(db)?;
            let visitor = recognise(db, &token)?;
            Ok(Visitor { cookie: set_cookie(&token), ..visitor })
        }
    };
    app.log.readers().read(read).await
}

/// A guest with no login: a plain connection, which is somebody new each time.
///
/// The first four letters of the id are nobody's name, neither in the database nor connected.
pub(crate) async fn passer_by(app: &App) -> Result<Visitor, ReadError> {
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
    let person = Person { id, name: Person::guest_name(id) };
    let author = Author { id, login: None };
    Ok(Visitor { author, person, is_known: false, cookie: None })
}

fn recognise(db: &Connection, token: &Token) -> rusqlite::Result<Visitor> {
    let hash = token.hash();
    let known = logins::person(db, &hash)?;
    let is_known = known.is_some();
    let person = known.unwrap_or_else(|| {
        let id = token.guest();
        Person { id, name: Person::guest_name(id) }
    });
    let author = Author { id: person.id, login: Some(hash) };
    Ok(Visitor { author, person, is_known, cookie: None })
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

impl Token {
    fn random() -> Self {
        let mut bits = [0; 32];
        // Without the system's randomness no id can be made either: uuid panics in that case too.
        getrandom::fill(&mut bits).expect("the operating system gives random bits");
        Self(bits)
    }

    fn parse(text: &str) -> Option<Self> {
        if text.len() != 64 || !text.is_ascii() {
            return None;
        }
        let mut bits = [0; 32];
        for (index, bit) in bits.iter_mut().enumerate() {
            *bit = u8::from_str_radix(text.get(index * 2..index * 2 + 2)?, 16).ok()?;
        }
        Some(Self(bits))
    }

    fn text(&self) -> String {
        self.0.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }

    /// The id of the guest who holds this token and has no row yet.
    fn guest(&self) -> UserId {
        let digest = Sha256::new().chain_update("hubbub guest").chain_update(self.0).finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        UserId(uuid::Builder::from_random_bytes(bytes).into_uuid())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_makes_the_same_guest_each_time_and_is_not_in_the_id() {
        let token = Token::random();
        let again = Token::parse(&token.text()).unwrap();
        assert_eq!(token.guest(), again.guest());
        assert_eq!(token.guest().0.get_version_num(), 4);
        assert_ne!(token.hash(), token.0);
        assert_ne!(Token::random().0, token.0);
        for bad in ["", "xyz", &"0".repeat(63), &"g".repeat(64)] {
            assert!(Token::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static("theme=dark; hubbub_login=ab"));
        assert_eq!(cookie(&headers, "hubbub_login"), Some("ab"));
        assert_eq!(cookie(&headers, "login"), None);
    }
}
