//! What one signs in with: browsers, passkeys, tokens of programs.

use rusqlite::Connection;
use shared::protocol::UserId;

use super::{Actor, Deed, Done, Refusal, granted};
use crate::auth::passkey::Registered;
use crate::store::revocations::{self, Whose};
use crate::store::{logins, passkeys, users};

/// Passkeys and tokens of one person. More are not kept apart by anybody.
const KEYS_MAX: usize = 50;

/// Longest name of a passkey, a token or an invitation.
pub(crate) const LABEL_CHARS_MAX: usize = 80;

/// Somebody is signed in with a browser from now on.
pub(crate) fn begin_login(
    db: &Connection,
    actor: &Actor,
    user: UserId,
    token_hash: &[u8; 32],
    device: &str,
) -> rusqlite::Result<()> {
    logins::insert(db, token_hash, user, actor.now_ms)?;
    logins::touch(db, token_hash, device, &actor.address, actor.now_ms)?;
    actor.note(db, Deed::SignedIn, device)
}

/// One of somebody's own browsers is signed out.
pub(crate) fn end_login(
    db: &Connection,
    actor: &Actor,
    me: UserId,
    token_hash: &[u8; 32],
) -> Done<()> {
    if !logins::end(db, me, token_hash, actor.now_ms)? {
        return Ok(Err(Refusal::Unknown));
    }
    revocations::insert(db, &Whose::Login(*token_hash), false, actor.now_ms)?;
    actor.note(db, Deed::SignedOut, "")?;
    Ok(Ok(()))
}

/// All of somebody's own browsers are signed out; whoever asks signs in anew. Programs go on.
pub(crate) fn end_all_logins(db: &Connection, actor: &Actor, me: UserId) -> rusqlite::Result<()> {
    for login in logins::list(db, me)? {
        if let Ok(hash) = <[u8; 32]>::try_from(login.token_hash) {
            revocations::insert(db, &Whose::Login(hash), false, actor.now_ms)?;
        }
    }
    logins::end_all(db, me, None, actor.now_ms)?;
    actor.note(db, Deed::SignedOut, "everywhere")
}

pub(crate) fn add_passkey(
    db: &Connection,
    actor: &Actor,
    me: UserId,
    name: &str,
    registered: &Registered,
) -> Done<()> {
    if passkeys::list(db, me)?.len() >= KEYS_MAX {
        return Ok(Err(Refusal::OutOfRange));
    }
    // An authenticator's id is one person's only.
    if passkeys::find(db, &registered.credential)?.is_some() {
        return Ok(Err(Refusal::Unknown));
    }
    let name: String = name.trim().chars().take(LABEL_CHARS_MAX).collect();
    let Registered { credential, passkey } = registered;
    passkeys::insert(db, me, credential, &name, passkey, actor.now_ms)?;
    Actor { id: Some(me), ..actor.clone() }.note(db, Deed::PasskeyAdded, &name)?;
    Ok(Ok(()))
}

/// Not the last thing that lets somebody in.
pub(crate) fn remove_passkey(db: &Connection, actor: &Actor, me: UserId, id: &[u8]) -> Done<()> {
    let has_password =
        users::account(db, me)?.is_some_and(|account| account.password_hash.is_some());
    if !has_password && passkeys::list(db, me)?.len() <= 1 {
        return Ok(Err(Refusal::LastWayIn));
    }
    if !passkeys::delete(db, me, id)? {
        return Ok(Err(Refusal::Unknown));
    }
    actor.note(db, Deed::PasskeyRemoved, "")?;
    Ok(Ok(()))
}

pub(crate) fn make_token(
    db: &Connection,
    actor: &Actor,
    me: UserId,
    token_hash: &[u8; 32],
    name: &str,
    may_write: bool,
) -> Done<()> {
    if logins::tokens(db, me)?.len() >= KEYS_MAX {
        return Ok(Err(Refusal::OutOfRange));
    }
    logins::insert_token(db, token_hash, me, name, may_write, actor.now_ms)?;
    actor.note(db, Deed::TokenMade, name)?;
    Ok(Ok(()))
}

pub(crate) fn revoke_token(
    db: &Connection,
    actor: &Actor,
    me: UserId,
    token_hash: &[u8; 32],
) -> Done<()> {
    if !logins::delete_token(db, me, token_hash)? {
        return Ok(Err(Refusal::Unknown));
    }
    revocations::insert(db, &Whose::Login(*token_hash), false, actor.now_ms)?;
    actor.note(db, Deed::TokenRevoked, "")?;
    Ok(Ok(()))
}

/// Whether somebody may delete everything that another person wrote; noted if so.
pub(crate) fn may_erase(db: &Connection, actor: &Actor, target: UserId) -> Done<()> {
    let target = granted!(actor.managed(db, target)?);
    actor.note(db, Deed::MessagesErased, &target.name)?;
    Ok(Ok(()))
}
