//! Two-step codes: a secret that an app learns, and codes on paper for when the phone is gone.

use axum::extract::Form;
use axum::response::Response;
use frontend::pages::settings::{Codes, Part};
use serde::Deserialize;

use super::profile::is_own_password;
use super::{Said, qr, show};
use crate::auth::totp::{Secret, backup_codes, backup_key};
use crate::log::now_ms;
use crate::pages::entering::takes_code;
use crate::pages::who::{Member, Who};
use crate::people::Deed;
use crate::store::{passkeys, settings, users};

#[derive(Deserialize)]
pub(crate) struct Confirmation {
    /// What the app was shown, as it was written for people.
    secret: String,
    code: String,
}

#[derive(Deserialize)]
pub(crate) struct Proof {
    proof: String,
}

pub(crate) async fn start_totp(Member(who): Member) -> Result<Response, Response> {
    starting(&who, &Secret::random(), None).await
}

async fn starting(who: &Who, secret: &Secret, error: Option<String>) -> Result<Response, Response> {
    let workspace = who.read(settings::workspace).await?;
    let uri = secret.uri(&workspace, &who.visitor.person.name);
    let codes = Some(Codes::Starting { qr: qr(&uri), secret: secret.text(), error });
    show(who, Said { codes, ..Said::default() }).await
}

/// The secret is kept once the app has shown that it knows it.
pub(crate) async fn confirm_totp(
    Member(who): Member,
    Form(form): Form<Confirmation>,
) -> Result<Response, Response> {
    let Some(secret) = Secret::parse(&form.secret) else {
        return start_totp(Member(who)).await;
    };
    let Some(step) = secret.matches(&form.code, now_ms(), None) else {
        let error = "This code does not fit. Wait for the next one and type it.".to_owned();
        return starting(&who, &secret, Some(error)).await;
    };
    let me = who.id();
    let bytes = secret.bytes().to_vec();
    who.change(move |db, actor| {
        users::set_totp(db, me, Some(&bytes), Some(step))?;
        actor.note(db, Deed::TwoStepOn, "")?;
        Ok(Ok(()))
    })
    .await?
    .ok();
    fresh_codes(&who).await
}

pub(crate) async fn new_backup_codes(Member(who): Member) -> Result<Response, Response> {
    let me = who.id();
    let account = who.read(move |db| users::account(db, me)).await?;
    if account.is_none_or(|account| account.totp_secret.is_none()) {
        return show(&who, Said::default()).await;
    }
    fresh_codes(&who).await
}

/// The page opens at the codes: a sentence above them would be all that one sees.
async fn fresh_codes(who: &Who) -> Result<Response, Response> {
    let me = who.id();
    let fresh = backup_codes();
    let hashes: Vec<[u8; 32]> = fresh.iter().map(|code| backup_key(code)).collect();
    who.change(move |db, _| {
        passkeys::set_backup_codes(db, me, &hashes)?;
        Ok(Ok(()))
    })
    .await?
    .ok();
    let unused = fresh.len() as u32;
    let codes = Some(Codes::On { unused, fresh: fresh.to_vec(), error: None });
    show(who, Said { codes, ..Said::default() }).await
}

/// Off by the password, or by a code.
pub(crate) async fn end_totp(
    Member(who): Member,
    Form(form): Form<Proof>,
) -> Result<Response, Response> {
    let me = who.id();
    let is_right = takes_code(&who, me, form.proof.clone()).await?
        || is_own_password(&who, form.proof).await?;
    if !is_right {
        let unused = who.read(move |db| passkeys::count_backup_codes(db, me)).await?;
        let unused = u32::try_from(unused).unwrap_or(u32::MAX);
        let error = Some("This is neither your password nor a code. Try again.".to_owned());
        let codes = Some(Codes::On { unused, fresh: Vec::new(), error });
        return show(&who, Said { codes, ..Said::default() }).await;
    }
    who.change(move |db, actor| {
        users::set_totp(db, me, None, None)?;
        passkeys::set_backup_codes(db, me, &[])?;
        actor.note(db, Deed::TwoStepOff, "")?;
        Ok(Ok(()))
    })
    .await?
    .ok();
    show(&who, Said::done(Part::SignIn, "Two-step codes are off.")).await
}
