//! What one is called, and one's password.

use axum::extract::Form;
use axum::response::Response;
use frontend::pages::Entry;
use frontend::pages::settings::{Part, Password as PasswordPart};
use serde::Deserialize;
use shared::protocol::OpId;
use uuid::Uuid;

use super::{Said, show};
use crate::auth::password::Password;
use crate::chat;
use crate::limits::SignIn;
use crate::log::Answer;
use crate::pages::who::{Member, Who, with_login};
use crate::people::{self, Refusal};
use crate::store::users;

#[derive(Deserialize)]
pub(crate) struct ProfileForm {
    name: String,
    #[serde(default)]
    handle: String,
    #[serde(default)]
    mail: String,
}

#[derive(Deserialize)]
pub(crate) struct PasswordForm {
    #[serde(default)]
    current: String,
    password: String,
}

/// A guest has no more than a name.
pub(crate) async fn set_profile(
    who: Who,
    Form(form): Form<ProfileForm>,
) -> Result<Response, Response> {
    if !who.visitor.is_let_in(&who.app) {
        return Ok(who.go("/signin?next=/settings"));
    }
    let is_guest = who.visitor.role == shared::permission::Role::Guest;
    if form.name.trim() != who.visitor.person.name {
        let checked = chat::rename(&who.app, who.visitor.sender(), &form.name);
        let op = OpId(Uuid::now_v7());
        match chat::ask(&who.app, who.author(), op, checked).await {
            Answer::Accepted { .. } => {}
            Answer::Refused(code) if is_guest => {
                let sentence = code.sentence();
                return Ok(who
                    .draw(crate::pages::who::message(
                        "This name cannot be yours",
                        sentence,
                        "/settings",
                        "Back to the settings",
                    ))
                    .await);
            }
            Answer::Refused(code) => {
                let name = Some(Entry::refused(&form.name, code.sentence()));
                return show(&who, Said { name, ..Said::default() }).await;
            }
            Answer::RetryAfter { after_ms, .. } => {
                return Ok(who.too_many(after_ms.div_ceil(1_000)).await);
            }
        }
    }
    if is_guest {
        return Ok(who.go("/settings"));
    }
    let refused = |refusal: Refusal| {
        let sentence = refusal.sentence();
        let is_mail = matches!(refusal, Refusal::BadEmail | Refusal::EmailTaken);
        Said {
            handle: Some(if is_mail {
                Entry::new(&form.handle)
            } else {
                Entry::refused(&form.handle, sentence)
            }),
            mail: Some(if is_mail {
                Entry::refused(&form.mail, sentence)
            } else {
                Entry::new(&form.mail)
            }),
            ..Said::default()
        }
    };
    let (handle, email) = match (people::handle(&form.handle), people::email(&form.mail)) {
        (Ok(handle), Ok(email)) => (handle, email),
        (Err(refusal), _) | (_, Err(refusal)) => return show(&who, refused(refusal)).await,
    };
    let me = who.id();
    let change =
        who.change(move |db, actor| people::set_profile(db, actor, me, &handle, email.as_deref()));
    match change.await? {
        // Read anew: the name may be another one.
        Ok(()) => Ok(who.go("/settings#profile")),
        Err(refusal) => show(&who, refused(refusal)).await,
    }
}

/// Every login ends; this browser gets a new one.
pub(crate) async fn set_password(
    Member(who): Member,
    Form(form): Form<PasswordForm>,
) -> Result<Response, Response> {
    let me = who.id();
    let Some(account) = who.read(move |db| users::account(db, me)).await? else {
        return Ok(who.not_found().await);
    };
    if account.password_hash.is_some() && !is_own_password(&who, form.current).await? {
        let wrong = "This is not your present password. Try again.".to_owned();
        let password = PasswordPart { current_error: Some(wrong), ..PasswordPart::default() };
        return show(&who, Said { password, ..Said::default() }).await;
    }
    let handle = account.handle.unwrap_or_default();
    let about = [who.visitor.person.name.as_str(), handle.as_str()];
    let password = match Password::new(form.password, &about) {
        Ok(password) => password,
        Err(weak) => {
            let new_error = Some(weak.sentence().to_owned());
            let password = PasswordPart { new_error, ..PasswordPart::default() };
            return show(&who, Said { password, ..Said::default() }).await;
        }
    };
    let Ok(hash) = who.app.hasher.hash(password).await else {
        return Err(who.too_many(2).await);
    };
    who.change(move |db, actor| {
        people::set_password(db, actor, me, &hash)?;
        Ok(Ok(()))
    })
    .await?
    .ok();
    let cookie = who.sign_in(me).await?;
    let said = Said::done(Part::SignIn, "Your password is changed. Other devices are signed out.");
    Ok(with_login(show(&who, said).await?, cookie))
}

/// Whether this is the password of whoever asks. Guesses are counted.
pub(super) async fn is_own_password(who: &Who, typed: String) -> Result<bool, Response> {
    let me = who.id();
    let tries = [SignIn::Account(format!("own {me}"))];
    who.may_try(&tries).await?;
    let account = who.read(move |db| users::account(db, me)).await?;
    let hash = account.and_then(|account| account.password_hash);
    let Ok(is_right) = who.app.hasher.verify(typed, hash).await else {
        return Err(who.too_many(2).await);
    };
    if is_right {
        who.app.limits().signed_in(&tries);
    }
    Ok(is_right)
}
