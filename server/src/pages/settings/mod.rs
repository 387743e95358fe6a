//! One's own settings: the page, and what is changed on it. Each change leads back to the page, which
//! says what was done or why not.

mod codes;
mod data;
mod keys;
mod profile;

pub(crate) use codes::{confirm_totp, end_totp, new_backup_codes, start_totp};
pub(crate) use data::{delete_account, erase_all, export_html, export_json};
pub(crate) use keys::{
    add_passkey, begin_passkey, end_login, end_other_logins, make_token, remove_passkey,
    revoke_token,
};
pub(crate) use profile::{set_password, set_profile};

use axum::http::StatusCode;
use axum::response::Response;
use frontend::pages::settings::{
    Account, Codes, Leaving, Login, MadeToken, Part, Passkey, Passkeys, Password, SettingsPage,
    Token, Tokens, Whose,
};
use frontend::pages::{AccountPage, Entry, Qr};
use rusqlite::Connection;
use shared::permission::{Door, Role};

use super::when::{day, moment_or_never};
use super::who::Who;
use crate::auth::qr::qr_path;
use crate::auth::token::hex;
use crate::log::now_ms;
use crate::store::{logins, passkeys, users};

/// What the page says besides what is so.
#[derive(Default)]
pub(super) struct Said {
    done: Option<(Part, String)>,
    name: Option<Entry>,
    handle: Option<Entry>,
    mail: Option<Entry>,
    password: Password,
    passkey_error: Option<String>,
    codes: Option<Codes>,
    made_token: Option<MadeToken>,
    token_name: Option<Entry>,
    leaving_error: Option<String>,
}

impl Said {
    fn done(part: Part, sentence: &str) -> Self {
        Self { done: Some((part, sentence.to_owned())), ..Self::default() }
    }

    fn went_wrong(&self) -> bool {
        let entries = [&self.name, &self.handle, &self.mail, &self.token_name];
        entries.iter().any(|entry| entry.as_ref().is_some_and(|entry| entry.error.is_some()))
            || self.password.current_error.is_some()
            || self.password.new_error.is_some()
            || self.passkey_error.is_some()
            || self.leaving_error.is_some()
            || matches!(
                self.codes,
                Some(Codes::Starting { error: Some(_), .. } | Codes::On { error: Some(_), .. })
            )
    }
}

/// Also for guests, who have a name and how it looks.
pub(crate) async fn page(who: Who) -> Result<Response, Response> {
    if who.visitor.is_signed_out {
        return Ok(who.go("/signin?next=/settings"));
    }
    if who.visitor.role == Role::Guest {
        let may_sign_up = who.app.access.policy().door != Door::Invitation;
        let page = SettingsPage {
            me: who.me(),
            done: None,
            name: Entry::new(&who.visitor.person.name),
            whose: Whose::Guest { may_sign_up },
        };
        return Ok(who.draw(AccountPage::Settings(Box::new(page))).await);
    }
    show(&who, Said::default()).await
}

/// The page as it is now, and what is to be said on it.
pub(super) async fn show(who: &Who, said: Said) -> Result<Response, Response> {
    let me = who.id();
    let read = move |db: &Connection| {
        let account = users::account(db, me)?;
        let codes = passkeys::count_backup_codes(db, me)?;
        let keys = (passkeys::list(db, me)?, logins::list(db, me)?, logins::tokens(db, me)?);
        Ok((account, codes, keys))
    };
    let (account, unused, (keys, browsers, programs)) = who.read(read).await?;
    let Some(account) = account else { return Ok(who.not_found().await) };
    let status = if said.went_wrong() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let now = now_ms();
    let own = who.author().login.map(|hash| hash.to_vec());
    let login = |login: logins::Login| Login {
        id: hex(&login.token_hash),
        is_phone: ["iPhone", "Android"].iter().any(|phone| login.device.ends_with(phone)),
        device: login.device,
        address: login.address,
        used: moment_or_never(login.used_at_ms, now),
        is_this: Some(&login.token_hash) == own.as_ref(),
    };
    let mut logins: Vec<Login> = browsers.into_iter().map(login).collect();
    logins.sort_by_key(|login| !login.is_this);
    let passkey = |key: passkeys::Passkey| Passkey {
        id: hex(&key.id),
        name: key.name,
        added: day(key.created_at_ms, now),
        used: (key.used_at_ms > key.created_at_ms).then(|| day(key.used_at_ms, now)),
    };
    let token = |token: logins::Token| Token {
        id: hex(&token.token_hash),
        name: token.name,
        writes: token.may_write,
        made: day(token.created_at_ms, now),
        used: token.used_at_ms.map(|used| day(used, now)),
    };
    let codes = said.codes.unwrap_or_else(|| match account.totp_secret {
        None => Codes::Off,
        Some(_) => {
            let unused = u32::try_from(unused).unwrap_or(u32::MAX);
            Codes::On { unused, fresh: Vec::new(), error: None }
        }
    });
    let account = Account {
        handle: said.handle.unwrap_or_else(|| Entry::new(account.handle.unwrap_or_default())),
        mail: said.mail.unwrap_or_else(|| Entry::new(account.email.unwrap_or_default())),
        password: Password { has_one: account.password_hash.is_some(), ..said.password },
        passkeys: Passkeys {
            all: keys.into_iter().map(passkey).collect(),
            name: Entry::new(who.device()),
            error: said.passkey_error,
        },
        codes,
        logins,
        tokens: Tokens {
            all: programs.into_iter().map(token).collect(),
            made: said.made_token,
            name: said.token_name.unwrap_or_default(),
        },
        leaving: Leaving { error: said.leaving_error },
    };
    let page = SettingsPage {
        me: who.me(),
        done: said.done,
        name: said.name.unwrap_or_else(|| Entry::new(&who.visitor.person.name)),
        whose: Whose::Account(Box::new(account)),
    };
    Ok(who.draw_with(status, AccountPage::Settings(Box::new(page))).await)
}

/// A text as a picture for a phone's camera. A text that is too long for one has none.
pub(crate) fn qr(text: &str) -> Qr {
    let (modules, path) = qr_path(text).unwrap_or_default();
    Qr { modules, path }
}
