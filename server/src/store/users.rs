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
