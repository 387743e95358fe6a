//! Links that let people in. Whoever may invite sees their own, whoever manages people all.

use axum::extract::{Form, Path};
use axum::response::Response;
use frontend::pages::Entry;
use frontend::pages::admin::{AdminTab, Ending, InvitationRow, InvitationsPage};
use serde::Deserialize;
use shared::permission::{Role, Verb, may_give};

use super::{Said, show};
use crate::auth::token::code;
use crate::log::now_ms;
use crate::pages::settings::qr;
use crate::pages::when::day;
use crate::pages::who::{Member, Who};
use crate::people::{self, Refusal, WantedInvitation};
use crate::store::invitations::{self, Invitation};

/// Invitations on the page: older ones have ended long ago.
const SHOWN_MAX: usize = 100;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

#[derive(Deserialize)]
pub(crate) struct NewInvitation {
    #[serde(default)]
    label: String,
    role: Role,
    #[serde(default)]
    uses: String,
    #[serde(default)]
    days: String,
}

pub(crate) async fn invitations_page(Member(who): Member) -> Result<Response, Response> {
    if !who.may(Verb::Invite) {
        return Ok(who.forbidden().await);
    }
    list(&who, Said::default(), None).await
}

async fn list(
    who: &Who,
    said: Said,
    refused: Option<(Entry, Entry)>,
) -> Result<Response, Response> {
    let only_own = (!who.may(Verb::ManagePeople)).then(|| who.id());
    let found = who.read(move |db| invitations::list(db, only_own, SHOWN_MAX)).await?;
    let own = who.visitor.role;
    let open = refused.is_some() || found.is_empty();
    let (label, uses) = refused.unwrap_or((Entry::default(), Entry::new("1")));
    let page = InvitationsPage {
        rows: found.into_iter().map(|invitation| row(who, invitation)).collect(),
        label,
        uses,
        roles: Role::ALL
            .into_iter()
            .filter(|role| *role > Role::Guest && may_give(own, *role))
            .collect(),
        open,
    };
    show(who, AdminTab::Invitations(page), said).await
}

fn row(who: &Who, invitation: Invitation) -> InvitationRow {
    let now = now_ms();
    let ending = if invitation.is_open(now) {
        let url = format!("{}/join/{}", who.app.origin(), invitation.code);
        Ending::Open {
            qr: qr(&url),
            url,
            ends: Some(day(invitation.ends_at_ms, now)),
            soon: invitation.ends_at_ms - now < 2 * DAY_MS,
        }
    } else if invitation.uses >= invitation.uses_max {
        Ending::Ended("Used up".to_owned())
    } else if now >= invitation.ends_at_ms {
        Ending::Ended(format!("Ended on {}", day(invitation.ends_at_ms, now)))
    } else {
        Ending::Ended("Ended".to_owned())
    };
    InvitationRow {
        id: invitation.code,
        label: invitation.label,
        role: invitation.role,
        used: invitation.uses,
        uses: Some(invitation.uses_max),
        made_by: invitation.made_by_name,
        ending,
    }
}

pub(crate) async fn invite(
    Member(who): Member,
    Form(form): Form<NewInvitation>,
) -> Result<Response, Response> {
    // What is no number is out of every range.
    let number = |typed: &str| typed.trim().parse().unwrap_or(0);
    let wanted = WantedInvitation {
        label: form.label.clone(),
        role: form.role,
        uses_max: number(&form.uses),
        days: number(&form.days),
    };
    let code = code();
    match who.change(move |db, actor| people::invite(db, actor, &code, &wanted)).await? {
        Ok(()) => list(&who, Said::of(&Ok(()), "The link is made."), None).await,
        Err(Refusal::Forbidden) => Ok(who.forbidden().await),
        Err(refusal) => {
            let label = Entry::new(&form.label);
            let uses = Entry::refused(&form.uses, refusal.sentence());
            list(&who, Said::default(), Some((label, uses))).await
        }
    }
}

pub(crate) async fn end_invitation(
    Member(who): Member,
    Path(code): Path<String>,
) -> Result<Response, Response> {
    let done = who.change(move |db, actor| people::end_invitation(db, actor, &code)).await?;
    if done == Err(Refusal::Forbidden) {
        return Ok(who.forbidden().await);
    }
    list(&who, Said::of(&done, "The link lets nobody in any more."), None).await
}
