//! Questions about links: those that let people in, and those that let one person set a password.

use rusqlite::{Connection, OptionalExtension, params};
use shared::permission::Role;
use shared::protocol::UserId;

use super::{users, uuid};

pub(crate) struct Invitation {
    pub(crate) code: String,
    pub(crate) label: String,
    pub(crate) made_by: UserId,
    pub(crate) made_by_name: String,
    pub(crate) role: Role,
    pub(crate) uses_max: u32,
    pub(crate) uses: u32,
    pub(crate) ends_at_ms: i64,
    /// Whether somebody ended it, or whoever made it is not here any more.
    pub(crate) is_ended: bool,
}

impl Invitation {
    pub(crate) fn is_open(&self, now_ms: i64) -> bool {
        !self.is_ended && self.uses < self.uses_max && now_ms < self.ends_at_ms
    }
}

pub(crate) struct NewInvitation<'a> {
    pub(crate) code: &'a str,
    pub(crate) label: &'a str,
    pub(crate) made_by: UserId,
    pub(crate) role: Role,
    pub(crate) uses_max: u32,
    pub(crate) ends_at_ms: i64,
}

pub(crate) fn insert(
    db: &Connection,
    invitation: &NewInvitation<'_>,
    now_ms: i64,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "insert into invitations (code, label, made_by, role, uses_max, created_at_ms, ends_at_ms)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        invitation.code,
        invitation.label,
        invitation.made_by.0.as_bytes(),
        invitation.role.as_str(),
        invitation.uses_max,
        now_ms,
        invitation.ends_at_ms
    ])?;
    Ok(())
}

pub(crate) fn find(db: &Connection, code: &str) -> rusqlite::Result<Option<Invitation>> {
    db.prepare_cached(
        "select i.code, i.label, i.made_by, u.name, i.role, i.uses_max, i.uses, i.ends_at_ms,
                i.ended_at_ms is not null or u.standing <> 'active'
         from invitations i join users u on u.id = i.made_by where i.code = ?1",
    )?
    .query_row([code], invitation)
    .optional()
}

/// The newest first; those of one person, or all.
pub(crate) fn list(
    db: &Connection,
    made_by: Option<UserId>,
    limit: usize,
) -> rusqlite::Result<Vec<Invitation>> {
    db.prepare_cached(
        "select i.code, i.label, i.made_by, u.name, i.role, i.uses_max, i.uses, i.ends_at_ms,
                i.ended_at_ms is not null or u.standing <> 'active'
         from invitations i join users u on u.id = i.made_by
         where ?1 is null or i.made_by = ?1
         order by i.created_at_ms desc limit ?2",
    )?
    .query_map(params![made_by.as_ref().map(|user| user.0.as_bytes()), limit as i64], invitation)?
    .collect()
}

fn invitation(row: &rusqlite::Row<'_>) -> rusqlite::Result<Invitation> {
    Ok(Invitation {
        code: row.get(0)?,
        label: row.get(1)?,
        made_by: UserId(uuid(row, 2)?),
        made_by_name: row.get(3)?,
        role: users::role(row, 4)?,
        uses_max: row.get(5)?,
        uses: row.get(6)?,
        ends_at_ms: row.get(7)?,
        is_ended: row.get(8)?,
    })
}

/// Uses it once. False if it is used up or over.
pub(crate) fn take(db: &Connection, code: &str, now_ms: i64) -> rusqlite::Result<bool> {
    let taken = db
        .prepare_cached(
            "update invitations set uses = uses + 1
             where code = ?1 and uses < uses_max and ended_at_ms is null and ends_at_ms > ?2",
        )?
        .execute(params![code, now_ms])?;
    Ok(taken > 0)
}

pub(crate) fn end(db: &Connection, code: &str, now_ms: i64) -> rusqlite::Result<()> {
    db.prepare_cached(
        "update invitations set ended_at_ms = ?2 where code = ?1 and ended_at_ms is null",
    )?
    .execute(params![code, now_ms])?;
    Ok(())
}

/// A link for one person, in place of any before.
pub(crate) fn insert_reset(
    db: &Connection,
    code_hash: &[u8; 32],
    user: UserId,
    made_by: Option<UserId>,
    ends_at_ms: i64,
) -> rusqlite::Result<()> {
    db.prepare_cached("delete from resets where user = ?1")?.execute([user.0.as_bytes()])?;
    db.prepare_cached(
        "insert into resets (code_hash, user, made_by, ends_at_ms) values (?1, ?2, ?3, ?4)",
    )?
    .execute(params![
        code_hash,
        user.0.as_bytes(),
        made_by.as_ref().map(|by| by.0.as_bytes()),
        ends_at_ms
    ])?;
    Ok(())
}

/// Whom the link is for, if it still is.
pub(crate) fn reset(
    db: &Connection,
    code_hash: &[u8; 32],
    now_ms: i64,
) -> rusqlite::Result<Option<UserId>> {
    db.prepare_cached(
        "select r.user from resets r join users u on u.id = r.user
         where r.code_hash = ?1 and r.ends_at_ms > ?2 and u.standing = 'active'",
    )?
    .query_row(params![code_hash, now_ms], |row| uuid(row, 0).map(UserId))
    .optional()
}

/// True for whoever is the first to use it.
pub(crate) fn take_reset(db: &Connection, code_hash: &[u8; 32]) -> rusqlite::Result<bool> {
    let taken =
        db.prepare_cached("delete from resets where code_hash = ?1")?.execute([code_hash])?;
    Ok(taken > 0)
}
