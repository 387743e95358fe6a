//! How one comes to have an account, and what one changes of it.

use rusqlite::Connection;
use shared::permission::{Door, Policy, Role, Verb, may_give};
use shared::protocol::UserId;

use super::naming::is_taken;
use super::{Actor, Deed, Done, Refusal, granted};
use crate::names::Name;
use crate::store::users::Standing;
use crate::store::{invitations, logins, members, passkeys, revocations, rooms, settings, users};

/// An account to be made.
pub(crate) struct NewAccount {
    /// A guest's, who keeps their name, rooms and messages, or a new one.
    pub(crate) id: UserId,
    /// Of a guest who has a row already, what they are called by now: another name is an event, and
    /// the log's affair.
    pub(crate) name: Name,
    /// `None` for one that is made of the name.
    pub(crate) handle: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) password_hash: Option<String>,
}

/// The first account, which is the owner's. [`Refusal::Unknown`] for whoever comes later, or with
/// another link.
pub(crate) fn set_up(
    db: &Connection,
    actor: &Actor,
    code: &str,
    account: &NewAccount,
    workspace: &str,
    door: Door,
) -> Done<()> {
    if settings::setup_code(db)?.as_deref() != Some(code) {
        return Ok(Err(Refusal::Unknown));
    }
    granted!(make(db, account, Role::Owner, actor.now_ms)?);
    if !settings::take_setup_code(db, code)? {
        return Ok(Err(Refusal::Unknown));
    }
    settings::set_workspace(db, workspace)?;
    settings::set_policy(db, &Policy::with_door(door))?;
    revocations::insert(db, &revocations::Whose::Everyone, true, actor.now_ms)?;
    acting_as(actor, account.id).note(db, Deed::SetUp, workspace)?;
    Ok(Ok(()))
}

/// Somebody makes an account, where the owner lets anyone.
pub(crate) fn sign_up(db: &Connection, actor: &Actor, account: &NewAccount) -> Done<()> {
    if settings::policy(db)?.door == Door::Invitation {
        return Ok(Err(Refusal::Forbidden));
    }
    granted!(make(db, account, Role::Member, actor.now_ms)?);
    acting_as(actor, account.id).note(db, Deed::SignedUp, &account.name.shown)?;
    Ok(Ok(()))
}

/// Somebody makes an account by an invitation.
pub(crate) fn accept(db: &Connection, actor: &Actor, code: &str, account: &NewAccount) -> Done<()> {
    let invitation = invitations::find(db, code)?.filter(|it| it.is_open(actor.now_ms));
    let Some(invitation) = invitation else { return Ok(Err(Refusal::Ended)) };
    // Whoever has become less since gives no more than they are.
    let maker = users::find(db, invitation.made_by)?.map(|maker| maker.role).unwrap_or_default();
    if maker < Role::Member || !may_give(maker, invitation.role) {
        return Ok(Err(Refusal::Ended));
    }
    granted!(make(db, account, invitation.role, actor.now_ms)?);
    if !invitations::take(db, code, actor.now_ms)? {
        return Ok(Err(Refusal::Ended));
    }
    acting_as(actor, account.id).note(db, Deed::Joined, &invitation.label)?;
    Ok(Ok(()))
}

/// Somebody who looks after people makes an account for another, with a link for a password.
pub(crate) fn add(
    db: &Connection,
    actor: &Actor,
    account: &NewAccount,
    role: Role,
    reset: (&[u8; 32], i64),
) -> Done<()> {
    let own_role = granted!(actor.may(db, Verb::ManagePeople)?);
    if role < Role::Member || !may_give(own_role, role) {
        return Ok(Err(Refusal::Forbidden));
    }
    granted!(make(db, account, role, actor.now_ms)?);
    let (code_hash, ends_at_ms) = reset;
    invitations::insert_reset(db, code_hash, account.id, actor.id, ends_at_ms)?;
    actor.note(db, Deed::PersonAdded, &account.name.shown)?;
    Ok(Ok(()))
}

fn acting_as(actor: &Actor, id: UserId) -> Actor {
    Actor { id: Some(id), ..actor.clone() }
}

fn make(db: &Connection, account: &NewAccount, role: Role, now_ms: i64) -> Done<()> {
    let NewAccount { id, name, .. } = account;
    if users::known_as(db, &name.key, &name.key)?.is_some_and(|other| other != *id) {
        return Ok(Err(Refusal::NameTaken));
    }
    let handle = match &account.handle {
        Some(handle) if is_taken(db, *id, handle)? => return Ok(Err(Refusal::HandleTaken)),
        Some(handle) => handle.clone(),
        None => super::handle_for(db, *id, &name.shown)?,
    };
    if let Some(email) = &account.email
        && users::known_as(db, email, "")?.is_some_and(|other| other != *id)
    {
        return Ok(Err(Refusal::EmailTaken));
    }
    match users::account(db, *id)? {
        Some(known) if known.standing != Standing::Active => return Ok(Err(Refusal::Forbidden)),
        Some(known) if known.role != Role::Guest => return Ok(Err(Refusal::HasAccount)),
        Some(_) => {}
        None => {
            users::insert(db, *id, &name.shown, &name.key, now_ms)?;
            let Some((lobby, head)) = rooms::lobby(db)? else {
                return Ok(Err(Refusal::Unknown));
            };
            members::insert(db, lobby, *id, head)?;
        }
    }
    users::set_role(db, *id, role)?;
    users::set_handle(db, *id, &handle)?;
    users::set_email(db, *id, account.email.as_deref())?;
    users::set_password(db, *id, account.password_hash.as_deref())?;
    // Whoever held the guest's cookie is not thereby signed in.
    logins::end_all(db, *id, None, now_ms)?;
    super::revoke(db, *id, true, now_ms)?;
    Ok(Ok(()))
}

/// Other words for who one is. The name is an event, and the log's affair.
pub(crate) fn set_profile(
    db: &Connection,
    actor: &Actor,
    me: UserId,
    handle: &str,
    email: Option<&str>,
) -> Done<()> {
    if is_taken(db, me, handle)? {
        return Ok(Err(Refusal::HandleTaken));
    }
    if let Some(email) = email
        && users::known_as(db, email, "")?.is_some_and(|other| other != me)
    {
        return Ok(Err(Refusal::EmailTaken));
    }
    users::set_handle(db, me, handle)?;
    users::set_email(db, me, email)?;
    actor.note(db, Deed::ProfileChanged, handle)?;
    Ok(Ok(()))
}

/// One's own new password. It ends every login and every token: whoever had the old one may have made
/// some. Whoever asks gets a new login.
pub(crate) fn set_password(
    db: &Connection,
    actor: &Actor,
    me: UserId,
    hash: &str,
) -> rusqlite::Result<()> {
    users::set_password(db, me, Some(hash))?;
    logins::end_all(db, me, None, actor.now_ms)?;
    logins::delete_tokens(db, me)?;
    super::revoke(db, me, false, actor.now_ms)?;
    actor.note(db, Deed::PasswordChanged, "")
}

/// A new password by a link, once. Whoever has lost what made their two-step codes has lost them: the
/// link turns them off. Gives who it was for.
pub(crate) fn reset_password(
    db: &Connection,
    actor: &Actor,
    code_hash: &[u8; 32],
    hash: &str,
) -> Done<UserId> {
    let Some(user) = invitations::reset(db, code_hash, actor.now_ms)? else {
        return Ok(Err(Refusal::Ended));
    };
    if !invitations::take_reset(db, code_hash)? {
        return Ok(Err(Refusal::Ended));
    }
    users::set_password(db, user, Some(hash))?;
    users::set_totp(db, user, None, None)?;
    passkeys::set_backup_codes(db, user, &[])?;
    logins::end_all(db, user, None, actor.now_ms)?;
    logins::delete_tokens(db, user)?;
    super::revoke(db, user, false, actor.now_ms)?;
    acting_as(actor, user).note(db, Deed::PasswordReset, "")?;
    Ok(Ok(user))
}
