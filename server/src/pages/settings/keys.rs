//! What one signs in with: passkeys, browsers, and tokens of programs.

use std::time::Instant;

use axum::extract::{Form, Path};
use axum::response::Response;
use frontend::pages::Entry;
use frontend::pages::settings::{MadeToken, Part};
use serde::Deserialize;

use super::{Said, show};
use crate::auth::Token;
use crate::auth::token::unhex;
use crate::pages::entering::{Signed, begun_json, no_passkeys, refused_passkey};
use crate::pages::who::{Member, with_login};
use crate::people;
use crate::store::passkeys;

#[derive(Deserialize)]
pub(crate) struct NewPasskey {
    #[serde(flatten)]
    signed: Signed,
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
pub(crate) struct NewToken {
    name: String,
    #[serde(default)]
    scope: String,
}

pub(crate) async fn begin_passkey(Member(who): Member) -> Result<Response, Response> {
    let host = who.host();
    let Some(passkeys) = who.app.passkeys(&host) else { return Ok(no_passkeys()) };
    let me = who.id();
    let own = who.read(move |db| passkeys::list(db, me)).await?;
    let own: Vec<_> = own.into_iter().map(|key| key.id).collect();
    let name = &who.visitor.person.name;
    Ok(match passkeys.begin_registration(me.0, name, name, &own, Instant::now()) {
        Ok(begun) => begun_json(begun.ticket, begun.options),
        Err(error) => refused_passkey(error),
    })
}

pub(crate) async fn add_passkey(
    Member(who): Member,
    Form(form): Form<NewPasskey>,
) -> Result<Response, Response> {
    let (me, host) = (who.id(), who.host());
    let Some(passkeys) = who.app.passkeys(&host) else { return Ok(no_passkeys()) };
    let Signed { ticket, response, .. } = &form.signed;
    let registered = match passkeys.finish_registration(me.0, ticket, response, Instant::now()) {
        Ok(registered) => registered,
        Err(error) => {
            let passkey_error = Some(error.sentence().to_owned());
            return show(&who, Said { passkey_error, ..Said::default() }).await;
        }
    };
    let name = if form.name.trim().is_empty() { who.device() } else { form.name };
    let added = who.change(move |db, actor| people::add_passkey(db, actor, me, &name, &registered));
    match added.await? {
        Ok(()) => show(&who, Said::done(Part::SignIn, "The passkey is added.")).await,
        Err(refusal) => {
            let passkey_error = Some(refusal.sentence().to_owned());
            show(&who, Said { passkey_error, ..Said::default() }).await
        }
    }
}

/// Not the last way in.
pub(crate) async fn remove_passkey(
    Member(who): Member,
    Path(id): Path<String>,
) -> Result<Response, Response> {
    let me = who.id();
    let id = unhex(&id);
    let removed = who.change(move |db, actor| people::remove_passkey(db, actor, me, &id));
    match removed.await? {
        Ok(()) => show(&who, Said::done(Part::SignIn, "The passkey is removed.")).await,
        Err(refusal) => {
            let passkey_error = Some(refusal.sentence().to_owned());
            show(&who, Said { passkey_error, ..Said::default() }).await
        }
    }
}

pub(crate) async fn end_login(
    Member(who): Member,
    Path(id): Path<String>,
) -> Result<Response, Response> {
    let me = who.id();
    let Ok(hash) = <[u8; 32]>::try_from(unhex(&id)) else { return Ok(who.not_found().await) };
    let ended = who.change(move |db, actor| people::end_login(db, actor, me, &hash)).await?;
    if ended.is_err() {
        return Ok(who.not_found().await);
    }
    if who.author().login == Some(hash) {
        return Ok(who.go("/signin"));
    }
    show(&who, Said::done(Part::Logins, "That device is signed out.")).await
}

/// Every login ends; this browser gets a new one.
pub(crate) async fn end_other_logins(Member(who): Member) -> Result<Response, Response> {
    let me = who.id();
    who.change(move |db, actor| {
        people::end_all_logins(db, actor, me)?;
        Ok(Ok(()))
    })
    .await?
    .ok();
    let cookie = who.sign_in(me).await?;
    let said = Said::done(Part::Logins, "All other devices are signed out.");
    Ok(with_login(show(&who, said).await?, cookie))
}

pub(crate) async fn make_token(
    Member(who): Member,
    Form(form): Form<NewToken>,
) -> Result<Response, Response> {
    let me = who.id();
    let token = Token::random();
    let (hash, may_write) = (token.hash(), form.scope == "write");
    let name = form.name.trim().chars().take(people::LABEL_CHARS_MAX).collect::<String>();
    let name = if name.is_empty() { "A program".to_owned() } else { name };
    let called = name.clone();
    let made =
        who.change(move |db, actor| people::make_token(db, actor, me, &hash, &called, may_write));
    if let Err(refusal) = made.await? {
        let token_name = Some(Entry::refused(form.name, refusal.sentence()));
        return show(&who, Said { token_name, ..Said::default() }).await;
    }
    let made_token = Some(MadeToken { name, token: token.text() });
    show(&who, Said { made_token, ..Said::default() }).await
}

pub(crate) async fn revoke_token(
    Member(who): Member,
    Path(id): Path<String>,
) -> Result<Response, Response> {
    let me = who.id();
    let Ok(hash) = <[u8; 32]>::try_from(unhex(&id)) else { return Ok(who.not_found().await) };
    let revoked = who.change(move |db, actor| people::revoke_token(db, actor, me, &hash)).await?;
    if revoked.is_err() {
        return Ok(who.not_found().await);
    }
    show(&who, Said::done(Part::Tokens, "The token is revoked.")).await
}
