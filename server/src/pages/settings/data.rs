//! Taking everything along, and leaving for good.

use axum::Json;
use axum::extract::Form;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use shared::civil::iso;
use shared::protocol::{Event, OpId, What};
use uuid::Uuid;

use super::profile::is_own_password;
use super::{Said, show};
use crate::auth::cookie;
use crate::chat;
use crate::log::{Answer, Change};
use crate::pages::who::{Member, Who, with_login};
use crate::people::{self, Export};
use crate::store::{members, users};

/// What is typed by who has no password.
const WORD: &str = "delete";

#[derive(Deserialize)]
pub(crate) struct DeleteForm {
    #[serde(default)]
    keep: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    word: String,
}

async fn export(who: &Who) -> Result<Export, Response> {
    let me = who.id();
    match who.read(move |db| people::export(db, me)).await? {
        Some(export) => Ok(export),
        None => Err(who.not_found().await),
    }
}

pub(crate) async fn export_json(Member(who): Member) -> Result<Response, Response> {
    let export = export(&who).await?;
    let about = [
        (header::CONTENT_DISPOSITION, "attachment; filename=\"hubbub-export.json\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((about, Json(as_json(&export))).into_response())
}

fn as_json(export: &Export) -> Value {
    let Export { account, logins, tokens, passkeys, deeds, rooms } = export;
    let message = |event: &Event| json!({ "at": iso(event.at_ms), "text": text(event) });
    let room = |room: &people::ExportedRoom| {
        let messages: Vec<Value> = room.events.iter().map(message).collect();
        json!({ "room": room.name, "messages": messages })
    };
    json!({
        "account": {
            "id": account.id,
            "name": account.name,
            "role": account.role,
            "handle": account.handle,
            "email": account.email,
            "createdAt": iso(account.created_at_ms),
            "hasPassword": account.password_hash.is_some(),
            "hasTwoStepCodes": account.totp_secret.is_some(),
        },
        "logins": logins.iter().map(|login| json!({
            "device": login.device,
            "address": login.address,
            "usedAt": iso(login.used_at_ms),
        })).collect::<Vec<_>>(),
        "tokens": tokens.iter().map(|token| json!({
            "name": token.name,
            "mayWrite": token.may_write,
            "createdAt": iso(token.created_at_ms),
        })).collect::<Vec<_>>(),
        "passkeys": passkeys.iter().map(|key| json!({
            "name": key.name,
            "createdAt": iso(key.created_at_ms),
        })).collect::<Vec<_>>(),
        "audit": deeds.iter().map(|deed| json!({
            "at": iso(deed.at_ms),
            "what": deed.what,
            "target": deed.target,
            "address": deed.address,
        })).collect::<Vec<_>>(),
        "rooms": rooms.iter().map(room).collect::<Vec<_>>(),
    })
}

fn text(event: &Event) -> &str {
    match &event.what {
        What::Posted { text } => text,
        _ => "",
    }
}

/// The messages as one page that needs nothing else.
pub(crate) async fn export_html(Member(who): Member) -> Result<Response, Response> {
    let export = export(&who).await?;
    let rooms = export.rooms.iter().map(|room| {
        let lines = room.events.iter().map(|event| (iso(event.at_ms), text(event).to_owned()));
        (room.name.clone(), lines.collect())
    });
    let html = frontend::pages::exported(&export.account.name, rooms.collect());
    let about = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"hubbub-export.html\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((about, html).into_response())
}

/// First what was written, if it is to go; then the rooms, each of which is told; then oneself.
pub(crate) async fn delete_account(
    Member(who): Member,
    Form(form): Form<DeleteForm>,
) -> Result<Response, Response> {
    let me = who.id();
    let refused =
        |sentence: &str| Said { leaving_error: Some(sentence.to_owned()), ..Said::default() };
    let account = who.read(move |db| users::account(db, me)).await?;
    let has_password = account.is_some_and(|account| account.password_hash.is_some());
    let is_meant = if has_password {
        is_own_password(&who, form.password).await?
    } else {
        form.word.trim().eq_ignore_ascii_case(WORD)
    };
    if !is_meant {
        return show(&who, refused("This is not right. Nothing was deleted.")).await;
    }
    // Before anything is erased that could not be put back.
    let may = who.change(move |db, _| people::may_leave(db, me)).await?;
    if let Err(refusal) = may {
        return show(&who, refused(refusal.sentence())).await;
    }
    if form.keep == "erase" {
        erase_all(&who, me).await?;
    }
    let lobby = who.app.log.lobby;
    for room in who.read(move |db| members::rooms_of(db, me)).await? {
        if room != lobby {
            let op = OpId(Uuid::now_v7());
            // Somebody may have put them out meanwhile.
            let _ = chat::ask(&who.app, who.author(), op, chat::leave(room)).await;
        }
    }
    match who.change(move |db, actor| people::delete_account(db, actor, me)).await? {
        Ok(()) => {
            // Whoever was just here is still shown for a moment, and then said to have gone.
            let person = who.read(move |db| users::person(db, me)).await?;
            who.app.presence().rename(&person);
            let config = &who.app.config;
            let response = who.go("/signin");
            Ok(match cookie::clear(config, cookie::login_name(config)) {
                Some(cookie) => with_login(response, cookie),
                None => response,
            })
        }
        Err(refusal) => show(&who, refused(refusal.sentence())).await,
    }
}

/// Everything that somebody has written, in every room.
pub(crate) async fn erase_all(who: &Who, person: shared::protocol::UserId) -> Result<(), Response> {
    for (room, upto) in who.read(move |db| people::posted_in(db, person)).await? {
        let change = Change::Purge { room, upto, person: Some(person) };
        let op = OpId(Uuid::now_v7());
        let answer = who.app.log.append(who.author().clone(), op, change).answer().await;
        if let Answer::RetryAfter { .. } = answer {
            return Err(crate::pages::document::unavailable());
        }
    }
    Ok(())
}
