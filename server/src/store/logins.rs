//! Questions about what people and programs sign in with: cookies, and tokens of programs.
//!
//! Only hashes are here: who reads the file cannot sign in with it.

use rusqlite::{Connection, OptionalExtension, params};
use shared::permission::Role;
use shared::protocol::{Person, UserId};

use super::{users, uuid};

/// Who comes with a cookie or a token.
pub(crate) struct Bearer {
    pub(crate) person: Person,
    pub(crate) role: Role,
    /// Not deactivated, banned or deleted, and not signed out.
    pub(crate) is_active: bool,
    /// When they were last seen with it; 0 for never.
    pub(crate) used_at_ms: i64,
    /// Of a token: whether it may change anything. True of every cookie.
    pub(crate) may_write: bool,
}

/// A browser in which somebody is signed in.
pub(crate) struct Login {
    pub(crate) token_hash: Vec<u8>,
    pub(crate) device: String,
    pub(crate) address: String,
    pub(crate) used_at_ms: i64,
}

pub(crate) fn insert(
    db: &Connection,
    token_hash: &[u8; 32],
    user: UserId,
    now_ms: i64,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "insert into logins (token_hash, user, created_at_ms) values (?1, ?2, ?3)
         on conflict do nothing",
    )?
    .execute(params![token_hash, user.0.as_bytes(), now_ms])?;
    Ok(())
}

pub(crate) fn bearer(db: &Connection, token_hash: &[u8; 32]) -> rusqlite::Result<Option<Bearer>> {
    db.prepare_cached(
        "select u.id, u.name, u.role, u.standing = 'active' and l.ended_at_ms is null, l.used_at_ms
         from logins l join users u on u.id = l.user where l.token_hash = ?1",
    )?
    .query_row([token_hash], |row| {
        Ok(Bearer {
            person: Person { id: UserId(uuid(row, 0)?), name: row.get(1)? },
            role: users::role(row, 2)?,
            is_active: row.get(3)?,
            used_at_ms: row.get(4)?,
            may_write: true,
        })
    })
    .optional()
}

/// Who the program is that comes with a token.
pub(crate) fn token_bearer(
    db: &Connection,
    token_hash: &[u8; 32],
) -> rusqlite::Result<Option<Bearer>> {
    db.prepare_cached(
        "select u.id, u.name, u.role, u.standing = 'active', coalesce(t.used_at_ms, 0),
                t.scope = 'write'
         from tokens t join users u on u.id = t.user where t.token_hash = ?1",
    )?
    .query_row([token_hash], |row| {
        Ok(Bearer {
            person: Person { id: UserId(uuid(row, 0)?), name: row.get(1)? },
            role: users::role(row, 2)?,
            is_active: row.get(3)?,
            used_at_ms: row.get(4)?,
            may_write: row.get(5)?,
        })
    })
    .optional()
}

/// The login was used just now, from there.
pub(crate) fn touch(
    db: &Connection,
    token_hash: &[u8; 32],
    device: &str,
    address: &str,
    now_ms: i64,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "update logins set used_at_ms = ?2, device = ?3, address = ?4 where token_hash = ?1",
    )?
    .execute(params![token_hash, now_ms, device, address])?;
    Ok(())
}

pub(crate) fn touch_token(
    db: &Connection,
    token_hash: &[u8; 32],
    now_ms: i64,
) -> rusqlite::Result<()> {
    db.prepare_cached("update tokens set used_at_ms = ?2 where token_hash = ?1")?
        .execute(params![token_hash, now_ms])?;
    Ok(())
}

/// Where somebody is signed in, the last used first.
pub(crate) fn list(db: &Connection, user: UserId) -> rusqlite::Result<Vec<Login>> {
    db.prepare_cached(
        "select token_hash, device, address, used_at_ms from logins
         where user = ?1 and ended_at_ms is null order by used_at_ms desc",
    )?
    .query_map([user.0.as_bytes()], |row| {
        Ok(Login {
            token_hash: row.get(0)?,
            device: row.get(1)?,
            address: row.get(2)?,
            used_at_ms: row.get(3)?,
        })
    })?
    .collect()
}

/// Ends one login of somebody's. False if it is not theirs, or has ended already.
pub(crate) fn end(
    db: &Connection,
    user: UserId,
    token_hash: &[u8],
    now_ms: i64,
) -> rusqlite::Result<bool> {
    let ended = db
        .prepare_cached(
            "update logins set ended_at_ms = ?3
             where token_hash = ?2 and user = ?1 and ended_at_ms is null",
        )?
        .execute(params![user.0.as_bytes(), token_hash, now_ms])?;
    Ok(ended > 0)
}

/// Ends all of somebody's logins, but for one.
pub(crate) fn end_all(
    db: &Connection,
    user: UserId,
    except: Option<&[u8; 32]>,
    now_ms: i64,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "update logins set ended_at_ms = ?3
         where user = ?1 and ended_at_ms is null and (?2 is null or token_hash <> ?2)",
    )?
    .execute(params![user.0.as_bytes(), except.map(|hash| &hash[..]), now_ms])?;
    Ok(())
}

/// Whether somebody has been signed in from this address before.
pub(crate) fn knows_address(
    db: &Connection,
    user: UserId,
    address: &str,
) -> rusqlite::Result<bool> {
    db.prepare_cached("select exists (select 1 from logins where user = ?1 and address = ?2)")?
        .query_row(params![user.0.as_bytes(), address], |row| row.get(0))
}

/// Addresses that somebody has come from.
pub(crate) fn addresses(db: &Connection, user: UserId) -> rusqlite::Result<Vec<String>> {
    db.prepare_cached("select distinct address from logins where user = ?1 and address <> ''")?
        .query_map([user.0.as_bytes()], |row| row.get(0))?
        .collect()
}

/// Leaves nothing of what somebody signed in with.
pub(crate) fn forget(db: &Connection, user: UserId) -> rusqlite::Result<()> {
    db.prepare_cached("delete from logins where user = ?1")?.execute([user.0.as_bytes()])?;
    delete_tokens(db, user)
}

/// What a program signs in with, as its owner sees it.
pub(crate) struct Token {
    pub(crate) token_hash: Vec<u8>,
    pub(crate) name: String,
    pub(crate) may_write: bool,
    pub(crate) created_at_ms: i64,
    pub(crate) used_at_ms: Option<i64>,
}

pub(crate) fn insert_token(
    db: &Connection,
    token_hash: &[u8; 32],
    user: UserId,
    name: &str,
    may_write: bool,
    now_ms: i64,
) -> rusqlite::Result<()> {
    let scope = if may_write { "write" } else { "read" };
    db.prepare_cached(
        "insert into tokens (token_hash, user, name, scope, created_at_ms)
         values (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![token_hash, user.0.as_bytes(), name, scope, now_ms])?;
    Ok(())
}

pub(crate) fn tokens(db: &Connection, user: UserId) -> rusqlite::Result<Vec<Token>> {
    db.prepare_cached(
        "select token_hash, name, scope = 'write', created_at_ms, used_at_ms from tokens
         where user = ?1 order by created_at_ms desc",
    )?
    .query_map([user.0.as_bytes()], |row| {
        Ok(Token {
            token_hash: row.get(0)?,
            name: row.get(1)?,
            may_write: row.get(2)?,
            created_at_ms: row.get(3)?,
            used_at_ms: row.get(4)?,
        })
    })?
    .collect()
}

/// False if it is not theirs, or not there any more.
pub(crate) fn delete_token(
    db: &Connection,
    user: UserId,
    token_hash: &[u8],
) -> rusqlite::Result<bool> {
    let deleted = db
        .prepare_cached("delete from tokens where user = ?1 and token_hash = ?2")?
        .execute(params![user.0.as_bytes(), token_hash])?;
    Ok(deleted > 0)
}

pub(crate) fn delete_tokens(db: &Connection, user: UserId) -> rusqlite::Result<()> {
    db.prepare_cached("delete from tokens where user = ?1")?.execute([user.0.as_bytes()])?;
    Ok(())
}
