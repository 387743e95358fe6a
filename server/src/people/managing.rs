//! What those who look after people do: roles, standing, bans, links for passwords, reports, the
//! workspace itself.

use rusqlite::Connection;
use shared::permission::{Policy, Role, Verb, may_give};
use shared::protocol::{RoomId, Seq, UserId};

use super::{Actor, Deed, Done, Refusal, granted, revoke};
use crate::store::revocations::{self, Whose};
use crate::store::users::{Account, Standing};
use crate::store::{events, invitations, logins, reports, settings, users};

/// Makes somebody with an account something else.
pub(crate) fn set_role(db: &Connection, actor: &Actor, target: UserId, role: Role) -> Done<()> {
    let own_role = granted!(actor.may(db, Verb::ManagePeople)?);
    let target = granted!(actor.managed(db, target)?);
    if target.role == Role::Guest || role == Role::Guest || !may_give(own_role, role) {
        return Ok(Err(Refusal::Forbidden));
    }
    if target.role == role {
        return Ok(Ok(()));
    }
    if role != Role::Owner && is_last_owner(db, &target)? {
        return Ok(Err(Refusal::LastOwner));
    }
    users::set_role(db, target.id, role)?;
    revoke(db, target.id, true, actor.now_ms)?;
    let (before, after) = (target.role.as_str(), role.as_str());
    actor.note(db, Deed::RoleChanged, &format!("{}: {before} → {after}", target.name))?;
    Ok(Ok(()))
}

fn is_last_owner(db: &Connection, account: &Account) -> rusqlite::Result<bool> {
    let is_owner = account.role == Role::Owner && account.standing == Standing::Active;
    Ok(is_owner && users::count_owners(db)? <= 1)
}

/// Keeps somebody out, or lets them in again. Nobody does it to themselves.
pub(crate) fn set_standing(
    db: &Connection,
    actor: &Actor,
    target: UserId,
    standing: Standing,
) -> Done<()> {
    if standing == Standing::Deleted || actor.id == Some(target) {
        return Ok(Err(Refusal::Forbidden));
    }
    let target = granted!(actor.managed(db, target)?);
    if standing != Standing::Active && is_last_owner(db, &target)? {
        return Ok(Err(Refusal::LastOwner));
    }
    users::set_standing(db, target.id, standing)?;
    let deed = match (standing, target.standing) {
        (Standing::Active, Standing::Banned) => Deed::BanLifted,
        (Standing::Active, _) => Deed::Reactivated,
        (Standing::Banned, _) => Deed::Banned,
        _ => Deed::Deactivated,
    };
    if standing != Standing::Active {
        // Whoever is let in again signs in again.
        logins::end_all(db, target.id, None, actor.now_ms)?;
        logins::delete_tokens(db, target.id)?;
        revoke(db, target.id, false, actor.now_ms)?;
    }
    actor.note(db, deed, &target.name)?;
    Ok(Ok(()))
}

/// Whom to keep out, and from where.
pub(crate) struct Ban {
    pub(crate) target: UserId,
    /// Addresses from which they are connected now; none if the addresses are not to be banned.
    pub(crate) connected_from: Vec<String>,
    pub(crate) with_addresses: bool,
}

/// Bans somebody, and if wanted every address that they have come from, but for one's own.
pub(crate) fn ban(db: &Connection, actor: &Actor, ban: &Ban) -> Done<()> {
    granted!(set_standing(db, actor, ban.target, Standing::Banned)?);
    if !ban.with_addresses {
        return Ok(Ok(()));
    }
    let mut addresses = logins::addresses(db, ban.target)?;
    addresses.extend(ban.connected_from.iter().cloned());
    addresses.sort_unstable();
    addresses.dedup();
    let Some(by) = actor.id else { return Ok(Ok(())) };
    for address in addresses.into_iter().filter(|address| *address != actor.address) {
        revocations::ban_address(db, &address, by, actor.now_ms)?;
        revocations::insert(db, &Whose::Address(address.clone()), false, actor.now_ms)?;
        actor.note(db, Deed::AddressBanned, &address)?;
    }
    Ok(Ok(()))
}

pub(crate) fn lift_address(db: &Connection, actor: &Actor, address: &str) -> Done<()> {
    granted!(actor.may(db, Verb::ManagePeople)?);
    if !revocations::lift_address(db, address)? {
        return Ok(Err(Refusal::Unknown));
    }
    // Nobody's connections end; but every process looks at the list again.
    revocations::insert(db, &Whose::Address(String::new()), true, actor.now_ms)?;
    actor.note(db, Deed::AddressLifted, address)?;
    Ok(Ok(()))
}

/// A link with which somebody gives themselves a new password, once.
pub(crate) fn make_reset(
    db: &Connection,
    actor: &Actor,
    target: UserId,
    code_hash: &[u8; 32],
    ends_at_ms: i64,
) -> Done<()> {
    let target = granted!(actor.managed(db, target)?);
    if target.role == Role::Guest || target.standing != Standing::Active {
        return Ok(Err(Refusal::Unknown));
    }
    invitations::insert_reset(db, code_hash, target.id, actor.id, ends_at_ms)?;
    actor.note(db, Deed::ResetLinkMade, &target.name)?;
    Ok(Ok(()))
}

pub(crate) fn sign_out_everywhere(db: &Connection, actor: &Actor, target: UserId) -> Done<()> {
    let target = granted!(actor.managed(db, target)?);
    logins::end_all(db, target.id, None, actor.now_ms)?;
    logins::delete_tokens(db, target.id)?;
    revoke(db, target.id, false, actor.now_ms)?;
    actor.note(db, Deed::SignedOutByAdmin, &target.name)?;
    Ok(Ok(()))
}

/// What an open report is about, for whoever decides. It is closed; deleting the message is the
/// log's affair.
pub(crate) fn close_report(
    db: &Connection,
    actor: &Actor,
    id: i64,
    deletes: bool,
) -> Done<(RoomId, Seq)> {
    granted!(actor.may(db, Verb::Judge)?);
    let Some((room, post)) = reports::about(db, id)? else { return Ok(Err(Refusal::Unknown)) };
    reports::close(db, room, post, actor.now_ms)?;
    let deed = if deletes { Deed::MessageRemoved } else { Deed::ReportDismissed };
    let whose = match events::post(db, room, post)? {
        Some(post) => users::name(db, post.author)?.unwrap_or_default(),
        None => String::new(),
    };
    actor.note(db, deed, &whose)?;
    Ok(Ok((room, post)))
}

/// What the workspace is called, and who may what in it.
pub(crate) fn set_workspace(
    db: &Connection,
    actor: &Actor,
    name: &str,
    policy: &Policy,
) -> Done<()> {
    granted!(actor.may(db, Verb::SetPolicy)?);
    settings::set_workspace(db, name)?;
    if settings::policy(db)? != *policy {
        settings::set_policy(db, policy)?;
        // Everyone sees what they may now; who may not be here any more is not let in again.
        revocations::insert(db, &Whose::Everyone, true, actor.now_ms)?;
    }
    actor.note(db, Deed::WorkspaceChanged, name)?;
    Ok(Ok(()))
}
