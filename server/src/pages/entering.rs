//! Coming in with an account, and going out: passwords, codes, passkeys.
//!
//! What is said when it fails is the same whoever is meant, and takes the same time.

use std::time::Instant;

use axum::Json;
use axum::extract::{Form, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use frontend::pages::{AccountPage, CodePage, SignInPage};
use rusqlite::Connection;
use serde::Deserialize;
use shared::permission::Door;
use shared::protocol::UserId;

use super::who::{Who, own_path, with_login};
use crate::auth::passkey::PasskeyError;
use crate::auth::totp::{Secret, backup_key};
use crate::auth::{self, Token, cookie};
use crate::limits::SignIn;
use crate::log::now_ms;
use crate::names;
use crate::people::{self, Actor, Deed};
use crate::store::users::Standing;
use crate::store::{logins, passkeys, users};

/// Whatever was wrong.
const WRONG: &str = "That is not right. Check both and try again.";

const WRONG_CODE: &str = "This code is not right, or was used before. Try the next one.";

/// How long a code may be typed, in seconds: as `auth::steps` has it.
const STEP_S: u64 = 5 * 60;

#[derive(Deserialize)]
pub(crate) struct Next {
    #[serde(default)]
    next: String,
}

#[derive(Deserialize)]
pub(crate) struct SignInForm {
    name: String,
    password: String,
    #[serde(default)]
    next: String,
}

#[derive(Deserialize)]
pub(crate) struct CodeForm {
    code: String,
}

/// What `/passkey.js` sends with any form.
#[derive(Deserialize)]
pub(crate) struct Signed {
    pub(super) ticket: String,
    pub(super) response: String,
    #[serde(default)]
    next: String,
}

pub(crate) async fn sign_in_page(who: Who, Query(Next { next }): Query<Next>) -> Response {
    let page = page(&who, String::new(), None, &next);
    who.draw(page).await
}

pub(super) fn page(who: &Who, name: String, error: Option<String>, next: &str) -> AccountPage {
    AccountPage::SignIn(SignInPage {
        host: who.host(),
        name,
        error,
        next: own_path(next).to_owned(),
        may_sign_up: who.app.access.policy().door != Door::Invitation,
        may_look_around: auth::guests_may(&who.app),
    })
}

pub(crate) async fn sign_in(who: Who, Form(form): Form<SignInForm>) -> Result<Response, Response> {
    let typed = form.name.trim().trim_start_matches('@').to_lowercase();
    let key = names::key(form.name.trim());
    let address = who.visitor.author.address;
    let asked = typed.clone();
    let read = move |db: &Connection| {
        let account = users::signing_in(db, &asked, &key)?;
        let knows = match &account {
            Some(account) => logins::knows_address(db, account.id, &address.to_string())?,
            None => false,
        };
        Ok((account, knows))
    };
    let (account, knows) = who.read(read).await?;
    // Whoever is meant is counted by what they are, however they are called.
    let whose = account.as_ref().map_or(typed, |account| account.id.to_string());
    let on_account = if knows { SignIn::Known(whose, address) } else { SignIn::Account(whose) };
    let tries = [on_account, SignIn::Address(address)];
    who.may_try(&tries).await?;
    let hash = account.as_ref().and_then(|account| account.password_hash.clone());
    let Ok(is_right) = who.app.hasher.verify(form.password, hash).await else {
        return Err(who.too_many(2).await);
    };
    let account = account.filter(|account| is_right && account.standing == Standing::Active);
    let Some(account) = account else {
        who.change(move |db, actor| {
            actor.note(db, Deed::SignInFailed, "")?;
            Ok(Ok(()))
        })
        .await?
        .ok();
        let page = page(&who, form.name, Some(WRONG.to_owned()), &form.next);
        return Ok(who.draw_with(StatusCode::UNPROCESSABLE_ENTITY, page).await);
    };
    who.app.limits().signed_in(&tries);
    let next = own_path(&form.next).to_owned();
    if account.totp_secret.is_some() {
        let token = {
            let mut steps = who.app.steps();
            steps.begin(account.id, next, Instant::now())
        };
        let config = &who.app.config;
        let held = cookie::set(config, cookie::step_name(config), &token.text(), STEP_S);
        let response = who.go("/signin/code");
        return Ok(match held {
            Some(cookie) => with_login(response, cookie),
            None => response,
        });
    }
    let cookie = who.sign_in(account.id).await?;
    Ok(with_login(who.go(&next), cookie))
}

pub(crate) async fn code_page(who: Who) -> Response {
    if step(&who).is_none() {
        return who.go("/signin");
    }
    who.draw(AccountPage::Code(CodePage { error: None, next: String::new() })).await
}

/// What their browser holds between the two pages.
fn step(who: &Who) -> Option<Token> {
    let name = cookie::step_name(&who.app.config);
    cookie::cookie(&who.headers, name).and_then(Token::parse)
}

pub(crate) async fn enter_code(who: Who, Form(form): Form<CodeForm>) -> Result<Response, Response> {
    let Some(token) = step(&who) else { return Ok(who.go("/signin")) };
    let tried = {
        let mut steps = who.app.steps();
        steps.try_one(&token, Instant::now())
    };
    let Some((user, next)) = tried else { return Ok(who.go("/signin")) };
    who.may_try(&[SignIn::Account(format!("code {user}"))]).await?;
    let is_right = takes_code(&who, user, form.code).await?;
    if !is_right {
        let page = CodePage { error: Some(WRONG_CODE.to_owned()), next: String::new() };
        return Ok(who.draw_with(StatusCode::UNPROCESSABLE_ENTITY, AccountPage::Code(page)).await);
    }
    who.app.steps().end(&token);
    who.app.limits().signed_in(&[SignIn::Account(format!("code {user}"))]);
    let cookie = who.sign_in(user).await?;
    Ok(with_login(who.go(&next), cookie))
}

/// Whether this is a code of theirs, from an app or from paper, that was not used before. It is now.
pub(super) async fn takes_code(who: &Who, user: UserId, code: String) -> Result<bool, Response> {
    let taken = who
        .change(move |db, _| {
            let account = users::account(db, user)?;
            let account = account.filter(|account| account.standing == Standing::Active);
            let Some(account) = account else { return Ok(Ok(false)) };
            let secret = account.totp_secret.as_deref().and_then(Secret::from_bytes);
            let step = secret.and_then(|it| it.matches(&code, now_ms(), account.totp_step));
            Ok(Ok(match step {
                Some(step) => users::take_totp_step(db, user, step)?,
                None => passkeys::take_backup_code(db, user, &backup_key(&code))?,
            }))
        })
        .await?;
    Ok(taken.unwrap_or(false))
}

/// What the browser is asked to sign with whichever passkey the person chooses.
pub(crate) async fn begin_passkey(who: Who) -> Result<Response, Response> {
    who.may_try(&[SignIn::Address(who.visitor.author.address)]).await?;
    who.app.limits().signed_in(&[SignIn::Address(who.visitor.author.address)]);
    let Some(passkeys) = who.app.passkeys(&who.host()) else { return Ok(no_passkeys()) };
    Ok(match passkeys.begin_sign_in(Instant::now()) {
        Ok(begun) => begun_json(begun.ticket, begun.options),
        Err(error) => refused_passkey(error),
    })
}

pub(super) fn begun_json(ticket: String, options: serde_json::Value) -> Response {
    Json(serde_json::json!({ "ticket": ticket, "options": options })).into_response()
}

/// As text, which the script shows.
pub(super) fn no_passkeys() -> Response {
    let sentence = "Passkeys need a name as an address, over HTTPS or on this machine.\n";
    (StatusCode::CONFLICT, sentence).into_response()
}

pub(super) fn refused_passkey(error: PasskeyError) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, format!("{}\n", error.sentence())).into_response()
}

pub(crate) async fn passkey(who: Who, Form(form): Form<Signed>) -> Result<Response, Response> {
    let tries = [SignIn::Address(who.visitor.author.address)];
    who.may_try(&tries).await?;
    match passkey_owner(&who, &form).await? {
        Ok(user) => {
            who.app.limits().signed_in(&tries);
            let cookie = who.sign_in(user).await?;
            Ok(with_login(who.go(own_path(&form.next)), cookie))
        }
        Err(sentence) => {
            let page = page(&who, String::new(), Some(sentence.to_owned()), &form.next);
            Ok(who.draw_with(StatusCode::UNPROCESSABLE_ENTITY, page).await)
        }
    }
}

/// Whose passkey has signed, if it is one that we know.
async fn passkey_owner(who: &Who, form: &Signed) -> Result<Result<UserId, &'static str>, Response> {
    const UNKNOWN: &str = "This passkey is not known here. Sign in another way.";
    let host = who.host();
    let Some(known) = who.app.passkeys(&host) else { return Ok(Err(UNKNOWN)) };
    let claim = match known.claim(&form.ticket, &form.response, Instant::now()) {
        Ok(claim) => claim,
        Err(error) => return Ok(Err(error.sentence())),
    };
    let (id, claimed) = (claim.credential.clone(), UserId(claim.user));
    let read = move |db: &Connection| {
        let Some((user, stored)) = passkeys::find(db, &id)? else { return Ok(None) };
        let account = users::account(db, user)?;
        let is_active = account.is_some_and(|account| account.standing == Standing::Active);
        Ok((user == claimed && is_active).then_some((user, stored)))
    };
    let Some((user, stored)) = who.read(read).await? else { return Ok(Err(UNKNOWN)) };
    let id = claim.credential.clone();
    let credential = match known.finish_sign_in(claim, &stored) {
        Ok(credential) => credential,
        Err(error) => return Ok(Err(error.sentence())),
    };
    who.change(move |db, actor| {
        passkeys::used(db, &id, &credential, actor.now_ms)?;
        Ok(Ok(()))
    })
    .await?
    .ok();
    Ok(Ok(user))
}

/// Signs out in this browser.
pub(crate) async fn sign_out(who: Who) -> Result<Response, Response> {
    if let Some(hash) = who.author().login {
        let user = who.id();
        who.change(move |db, actor| {
            let by = Actor { id: Some(user), ..actor.clone() };
            people::end_login(db, &by, user, &hash)
        })
        .await?
        // Somebody without a row was never signed in.
        .ok();
    }
    let config = &who.app.config;
    let response = who.go(if auth::guests_may(&who.app) { "/" } else { "/signin" });
    Ok(match cookie::clear(config, cookie::login_name(config)) {
        Some(cookie) => with_login(response, cookie),
        None => response,
    })
}
