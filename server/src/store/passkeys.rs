//! Questions about the second things that people sign in with: passkeys and backup codes.

use rusqlite::{Connection, OptionalExtension, params};
use shared::protocol::UserId;

use super::uuid;

pub(crate) struct Passkey {
    pub(crate) id: Vec<u8>,
    pub(crate) name: String,
    pub(crate) created_at_ms: i64,
    pub(crate) used_at_ms: i64,
}

pub(crate) fn insert(
    db: &Connection,
    user: UserId,
    id: &[u8],
    name: &str,
    credential: &str,
    now_ms: i64,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "insert into passkeys (id, user, name, credential, created_at_ms, used_at_ms)
         values (?1, ?2, ?3, ?4, ?5, ?5)",
    )?
    .execute(params![id, user.0.as_bytes(), name, credential, now_ms])?;
    Ok(())
}

pub(crate) fn list(db: &Connection, user: UserId) -> rusqlite::Result<Vec<Passkey>> {
    db.prepare_cached(
        "select id, name, created_at_ms, used_at_ms from passkeys
         where user = ?1 order by created_at_ms",
    )?
    .query_map([user.0.as_bytes()], |row| {
        Ok(Passkey {
            id: row.get(0)?,
            name: row.get(1)?,
            created_at_ms: row.get(2)?,
            used_at_ms: row.get(3)?,
        })
    })?
    .collect()
}

/// Whose passkey it is, and what it is checked with.
pub(crate) fn find(db: &Connection, id: &[u8]) -> rusqlite::Result<Option<(UserId, String)>> {
    db.prepare_cached("select user, credential from passkeys where id = ?1")?
        .query_row([id], |row| Ok((UserId(uuid(row, 0)?), row.get(1)?)))
        .optional()
}

/// It was used, and has counted that.
pub(crate) fn used(
    db: &Connection,
    id: &[u8],
    credential: &str,
    now_ms: i64,
) -> rusqlite::Result<()> {
    db.prepare_cached("update passkeys set credential = ?2, used_at_ms = ?3 where id = ?1")?
        .execute(params![id, credential, now_ms])?;
    Ok(())
}

/// False if it is not theirs.
pub(crate) fn delete(db: &Connection, user: UserId, id: &[u8]) -> rusqlite::Result<bool> {
    let deleted = db
        .prepare_cached("delete from passkeys where user = ?1 and id = ?2")?
        .execute(params![user.0.as_bytes(), id])?;
    Ok(deleted > 0)
}

pub(crate) fn delete_all(db: &Connection, user: UserId) -> rusqlite::Result<()> {
    db.prepare_cached("delete from passkeys where user = ?1")?.execute([user.0.as_bytes()])?;
    Ok(())
}

/// These backup codes, and none of those before.
pub(crate) fn set_backup_codes(
    db: &Connection,
    user: UserId,
    hashes: &[[u8; 32]],
) -> rusqlite::Result<()> {
    db.prepare_cached("delete from backup_codes where user = ?1")?.execute([user.0.as_bytes()])?;
    let mut inserting =
        db.prepare_cached("insert into backup_codes (user, code_hash) values (?1, ?2)")?;
    for hash in hashes {
        inserting.execute(params![user.0.as_bytes(), hash])?;
    }
    Ok(())
}

/// True once for each code.
pub(crate) fn take_backup_code(
    db: &Connection,
    user: UserId,
    hash: &[u8; 32],
) -> rusqlite::Result<bool> {
    let taken = db
        .prepare_cached("delete from backup_codes where user = ?1 and code_hash = ?2")?
        .execute(params![user.0.as_bytes(), hash])?;
    Ok(taken > 0)
}

pub(crate) fn count_backup_codes(db: &Connection, user: UserId) -> rusqlite::Result<u64> {
    db.prepare_cached("select count(*) from backup_codes where user = ?1")?
        .query_row([user.0.as_bytes()], |row| super::seq(row, 0))
}
