//! Questions about people who have said or changed something, or have an account.

use rusqlite::{Connection, OptionalExtension, params};
use shared::permission::Role;
use shared::protocol::{Person, UserId};

/// What the log has to know of somebody who writes to it.
pub(crate) struct UserRow {
    pub(crate) name: String,
    pub(crate) role: Role,
    /// Whether they may be here at all: not deactivated, banned or deleted.
    pub(crate) is_active: bool,
}

pub(crate) fn insert(
    db: &Connection,
    id: UserId,
    name: &str,
    name_key: &str,
    now_ms: i64,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "insert into users (id, name, name_key, created_at_ms) values (?1, ?2, ?3, ?4)",
    )?
    .execute(params![id.0.as_bytes(), name, name_key, now_ms])?;
    Ok(())
}

pub(crate) fn find(db: &Connection, id: UserId) -> rusqlite::Result<Option<UserRow>> {
    db.prepare_cached("select name, role, standing = 'active' from users where id = ?1")?
        .query_row([id.0.as_bytes()], |row| {
            Ok(UserRow { name: row.get(0)?, role: role(row, 1)?, is_active: row.get(2)? })
        })
        .optional()
}

/// A role column. What nobody knows any more is the least.
pub(crate) fn role(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Role> {
    let role: String = row.get(column)?;
    Ok(Role::parse(&role).unwrap_or_default())
}

pub(crate) fn name(db: &Connection, id: UserId) -> rusqlite::Result<Option<String>> {
    db.prepare_cached("select name from users where id = ?1")?
        .query_row([id.0.as_bytes()], |row| row.get(0))
        .optional()
}

/// Who has a name that looks like this, or signs in with it.
pub(crate) fn named(db: &Connection, name_key: &str) -> rusqlite::Result<Option<UserId>> {
    db.prepare_cached("select id from users where name_key = ?1 or handle = ?1")?
        .query_row([name_key], |row| super::uuid(row, 0).map(UserId))
        .optional()
}

pub(crate) fn rename(
    db: &Connection,
    id: UserId,
    name: &str,
    name_key: &str,
) -> rusqlite::Result<()> {
    db.prepare_cached("update users set name = ?2, name_key = ?3 where id = ?1")?
        .execute(params![id.0.as_bytes(), name, name_key])?;
    Ok(())
}

/// Somebody as they are called now: by their row, or as the guest that they are without one.
pub(crate) fn person(db: &Connection, id: UserId) -> rusqlite::Result<Person> {
    let name = name(db, id)?.unwrap_or_else(|| Person::guest_name(id));
    Ok(Person { id, name })
}

/// Somebody's account, for themselves and for those who manage people.
pub(crate) struct Account {
    pub(crate) id: UserId,
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) standing: Standing,
    /// `None` for guests.
    pub(crate) handle: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) password_hash: Option<String>,
    pub(crate) totp_secret: Option<Vec<u8>>,
    pub(crate) totp_step: Option<i64>,
    pub(crate) created_at_ms: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Active,
    Deactivated,
    Banned,
    /// Only what they wrote is left, if anything.
    Deleted,
}

impl Standing {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Deactivated => "deactivated",
            Self::Banned => "banned",
            Self::Deleted => "deleted",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let all = [Self::Active, Self::Deactivated, Self::Banned, Self::Deleted];
        all.into_iter().find(|standing| standing.as_str() == text)
    }
}

pub(crate) fn account(db: &Connection, id: UserId) -> rusqlite::Result<Option<Account>> {
    db.prepare_cached(
        "select id, name, role, standing, handle, email, password_hash, totp_secret, totp_step,
                created_at_ms
         from users where id = ?1",
    )?
    .query_row([id.0.as_bytes()], read_account)
    .optional()
}

fn read_account(row: &rusqlite::Row<'_>) -> rusqlite::Result<Account> {
    let standing: String = row.get(3)?;
    Ok(Account {
        id: UserId(super::uuid(row, 0)?),
        name: row.get(1)?,
        role: role(row, 2)?,
        // What nobody knows any more keeps them out.
        standing: Standing::parse(&standing).unwrap_or(Standing::Deactivated),
        handle: row.get(4)?,
        email: row.get(5)?,
        password_hash: row.get(6)?,
        totp_secret: row.get(7)?,
        totp_step: row.get(8)?,
        created_at_ms: row.get(9)?,
    })
}

/// Who signs in like this: by their handle, their e-mail address or their name.
pub(crate) fn signing_in(
    db: &Connection,
    typed: &str,
    name_key: &str,
) -> rusqlite::Result<Option<Account>> {
    db.prepare_cached(
        "select id, name, role, standing, handle, email, password_hash, totp_secret, totp_step,
                created_at_ms
         from users where handle = ?1 or email = ?1 or name_key = ?2
         order by handle = ?1 desc, email = ?1 desc limit 1",
    )?
    .query_row([typed, name_key], read_account)
    .optional()
}

/// One line of the list of people.
pub(crate) struct Listed {
    pub(crate) account: Account,
    /// When they were last seen; 0 for never.
    pub(crate) seen_at_ms: i64,
}

/// People whose name, handle or address has this in it, by name, after a name; of one role, or all.
/// Guests only where they are asked for.
pub(crate) fn list(
    db: &Connection,
    like: &str,
    role: Option<Role>,
    after: &str,
    limit: usize,
) -> rusqlite::Result<Vec<Listed>> {
    let like = format!("%{}%", like.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
    db.prepare_cached(
        "select id, name, role, standing, handle, email, password_hash, totp_secret, totp_step,
                created_at_ms,
                (select coalesce(max(used_at_ms), 0) from logins l where l.user = users.id)
         from users
         where (name like ?1 escape '\\' or handle like ?1 escape '\\' or email like ?1 escape '\\')
           and (role = ?2 or (?2 is null and role <> 'guest')) and standing <> 'deleted'
           and name > ?3
         order by name limit ?4",
    )?
    .query_map(params![like, role.map(Role::as_str), after, limit as i64], |row| {
        Ok(Listed { account: read_account(row)?, seen_at_ms: row.get(10)? })
    })?
    .collect()
}

/// How many people have an account, and how many guests have said something.
pub(crate) fn count(db: &Connection) -> rusqlite::Result<(u64, u64)> {
    db.prepare_cached(
        "select count(*) filter (where role <> 'guest'), count(*) filter (where role = 'guest')
         from users where standing <> 'deleted'",
    )?
    .query_row([], |row| Ok((super::seq(row, 0)?, super::seq(row, 1)?)))
}

/// One who can act for the workspace.
pub(crate) fn an_owner(db: &Connection) -> rusqlite::Result<Option<UserId>> {
    db.prepare_cached(
        "select id from users where role = 'owner' and standing = 'active'
         order by created_at_ms limit 1",
    )?
    .query_row([], |row| super::uuid(row, 0).map(UserId))
    .optional()
}

/// Owners who can act as such.
pub(crate) fn count_owners(db: &Connection) -> rusqlite::Result<u64> {
    db.prepare_cached("select count(*) from users where role = 'owner' and standing = 'active'")?
        .query_row([], |row| super::seq(row, 0))
}

pub(crate) fn set_role(db: &Connection, id: UserId, role: Role) -> rusqlite::Result<()> {
    db.prepare_cached("update users set role = ?2 where id = ?1")?
        .execute(params![id.0.as_bytes(), role.as_str()])?;
    Ok(())
}

pub(crate) fn set_standing(
    db: &Connection,
    id: UserId,
    standing: Standing,
) -> rusqlite::Result<()> {
    db.prepare_cached("update users set standing = ?2 where id = ?1")?
        .execute(params![id.0.as_bytes(), standing.as_str()])?;
    Ok(())
}

/// Who has this as their handle, their e-mail address, or a name that looks like it.
pub(crate) fn known_as(
    db: &Connection,
    text: &str,
    name_key: &str,
) -> rusqlite::Result<Option<UserId>> {
    db.prepare_cached(
        "select id from users where handle = ?1 or email = ?1 or name_key = ?2 limit 1",
    )?
    .query_row([text, name_key], |row| super::uuid(row, 0).map(UserId))
    .optional()
}

pub(crate) fn set_handle(db: &Connection, id: UserId, handle: &str) -> rusqlite::Result<()> {
    db.prepare_cached("update users set handle = ?2 where id = ?1")?
        .execute(params![id.0.as_bytes(), handle])?;
    Ok(())
}

pub(crate) fn set_email(db: &Connection, id: UserId, email: Option<&str>) -> rusqlite::Result<()> {
    db.prepare_cached("update users set email = ?2 where id = ?1")?
        .execute(params![id.0.as_bytes(), email])?;
    Ok(())
}

pub(crate) fn set_password(
    db: &Connection,
    id: UserId,
    hash: Option<&str>,
) -> rusqlite::Result<()> {
    db.prepare_cached("update users set password_hash = ?2 where id = ?1")?
        .execute(params![id.0.as_bytes(), hash])?;
    Ok(())
}

/// Two-step codes by this secret from now on, or none.
pub(crate) fn set_totp(
    db: &Connection,
    id: UserId,
    secret: Option<&[u8]>,
    step: Option<i64>,
) -> rusqlite::Result<()> {
    db.prepare_cached("update users set totp_secret = ?2, totp_step = ?3 where id = ?1")?
        .execute(params![id.0.as_bytes(), secret, step])?;
    Ok(())
}

/// The code of this step was used. False if that or a later one was before.
pub(crate) fn take_totp_step(db: &Connection, id: UserId, step: i64) -> rusqlite::Result<bool> {
    let taken = db
        .prepare_cached(
            "update users set totp_step = ?2 where id = ?1 and coalesce(totp_step, -1) < ?2",
        )?
        .execute(params![id.0.as_bytes(), step])?;
    Ok(taken > 0)
}

/// Leaves no more of somebody than a row that what they wrote can belong to.
pub(crate) fn forget(db: &Connection, id: UserId, name: &str, key: &str) -> rusqlite::Result<()> {
    db.prepare_cached(
        "update users set name = ?2, name_key = ?3, standing = 'deleted', role = 'guest',
                handle = null, email = null, password_hash = null, totp_secret = null,
                totp_step = null
         where id = ?1",
    )?
    .execute(params![id.0.as_bytes(), name, key])?;
    Ok(())
}
