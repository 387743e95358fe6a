//! What one takes along, and how one goes.

use rusqlite::Connection;
use shared::permission::Role;
use shared::protocol::{Event, RoomId, UserId};

use super::{Actor, Deed, Done, Refusal, granted};
use crate::store::users::Account;
use crate::store::{audit, events, logins, passkeys, revocations, rooms, users};

/// Everything that is kept of one person.
pub(crate) struct Export {
    pub(crate) account: Account,
    pub(crate) logins: Vec<logins::Login>,
    pub(crate) tokens: Vec<logins::Token>,
    pub(crate) passkeys: Vec<passkeys::Passkey>,
    /// What is noted of what they did.
    pub(crate) deeds: Vec<audit::Entry>,
    /// Their messages as they read now, by room.
    pub(crate) rooms: Vec<ExportedRoom>,
}

pub(crate) struct ExportedRoom {
    pub(crate) name: String,
    pub(crate) events: Vec<Event>,
}

pub(crate) fn export(db: &Connection, me: UserId) -> rusqlite::Result<Option<Export>> {
    let Some(account) = users::account(db, me)? else { return Ok(None) };
    let mut written = Vec::new();
    for room in events::rooms_of_author(db, me)? {
        let name = rooms::about(db, room)?.map(|(name, ..)| name.to_string());
        let events = events::own_posts(db, room, me)?;
        written.push(ExportedRoom { name: name.unwrap_or_else(|| room.to_string()), events });
    }
    Ok(Some(Export {
        account,
        logins: logins::list(db, me)?,
        tokens: logins::tokens(db, me)?,
        passkeys: passkeys::list(db, me)?,
        deeds: audit::of(db, me)?,
        rooms: written,
    }))
}

/// Rooms in which somebody has written, and how far these go now.
pub(crate) fn posted_in(
    db: &Connection,
    user: UserId,
) -> rusqlite::Result<Vec<(RoomId, shared::protocol::Seq)>> {
    let mut rooms_of = Vec::new();
    for room in events::rooms_of_author(db, user)? {
        if let Some(row) = rooms::find(db, room)? {
            rooms_of.push((room, row.head));
        }
    }
    Ok(rooms_of)
}

/// Whether somebody may go: asked before anything is erased.
pub(crate) fn may_leave(db: &Connection, me: UserId) -> Done<()> {
    let Some(account) = users::account(db, me)? else { return Ok(Err(Refusal::Unknown)) };
    if account.role == Role::Owner && users::count_owners(db)? <= 1 {
        return Ok(Err(Refusal::LastOwner));
    }
    Ok(Ok(()))
}

/// Takes everything of one's own away but for what one has written, which the log erases or keeps. It
/// belongs to nobody then, and neither does the name. Comes last: afterwards nothing of theirs is
/// done.
pub(crate) fn delete(db: &Connection, actor: &Actor, me: UserId) -> Done<()> {
    granted!(may_leave(db, me)?);
    actor.note(db, Deed::AccountDeleted, "")?;
    logins::forget(db, me)?;
    passkeys::delete_all(db, me)?;
    passkeys::set_backup_codes(db, me, &[])?;
    let name = users::name(db, me)?.unwrap_or_default();
    audit::forget(db, me, &name, DELETED)?;
    // A name of a key that no name has.
    users::forget(db, me, DELETED, &format!("deleted {}", me.0.simple()))?;
    events::forget_names(db, me, DELETED)?;
    revocations::insert(db, &revocations::Whose::User(me), false, actor.now_ms)?;
    Ok(Ok(()))
}

/// What is shown in the place of a name.
const DELETED: &str = "Deleted person";
