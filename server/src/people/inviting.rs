//! Links that let people in.

use rusqlite::Connection;
use shared::permission::{Role, Verb, may_give};

use super::{Actor, Deed, Done, LABEL_CHARS_MAX, Refusal, granted};
use crate::store::invitations::{self, NewInvitation};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// People whom one link may let in.
const USES: std::ops::RangeInclusive<u32> = 1..=1_000;

/// Days for which one link works.
const DAYS: std::ops::RangeInclusive<u32> = 1..=365;

/// What somebody wants of a link.
pub(crate) struct WantedInvitation {
    /// What its maker calls it; shown to nobody but them and admins.
    pub(crate) label: String,
    pub(crate) role: Role,
    pub(crate) uses_max: u32,
    pub(crate) days: u32,
}

/// Makes a link that ends with this code.
pub(crate) fn invite(
    db: &Connection,
    actor: &Actor,
    code: &str,
    wanted: &WantedInvitation,
) -> Done<()> {
    let role = granted!(actor.may(db, Verb::Invite)?);
    if wanted.role < Role::Member || !may_give(role, wanted.role) {
        return Ok(Err(Refusal::Forbidden));
    }
    if !USES.contains(&wanted.uses_max) || !DAYS.contains(&wanted.days) {
        return Ok(Err(Refusal::OutOfRange));
    }
    let Some(made_by) = maker(db, actor)? else { return Ok(Err(Refusal::NotSetUp)) };
    let label: String = wanted.label.trim().chars().take(LABEL_CHARS_MAX).collect();
    let invitation = NewInvitation {
        code,
        label: &label,
        made_by,
        role: wanted.role,
        uses_max: wanted.uses_max,
        ends_at_ms: actor.now_ms + i64::from(wanted.days) * DAY_MS,
    };
    invitations::insert(db, &invitation, actor.now_ms)?;
    actor.note(db, Deed::Invited, &label)?;
    Ok(Ok(()))
}

fn maker(db: &Connection, actor: &Actor) -> rusqlite::Result<Option<shared::protocol::UserId>> {
    match actor.id {
        Some(id) => Ok(Some(id)),
        None => crate::store::users::an_owner(db),
    }
}

/// Ends a link: one's own, or as somebody who looks after people.
pub(crate) fn end(db: &Connection, actor: &Actor, code: &str) -> Done<()> {
    let Some(invitation) = invitations::find(db, code)? else { return Ok(Err(Refusal::Unknown)) };
    if actor.id != Some(invitation.made_by) {
        granted!(actor.may(db, Verb::ManagePeople)?);
    }
    invitations::end(db, code, actor.now_ms)?;
    actor.note(db, Deed::InvitationEnded, &invitation.label)?;
    Ok(Ok(()))
}
