//! Questions about cookies: whose is it?

use rusqlite::{Connection, OptionalExtension, params};
use shared::protocol::{Person, UserId};

use super::uuid;

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

pub(crate) fn person(db: &Connection, token_hash: &[u8; 32]) -> rusqlite::Result<Option<Person>> {
    db.prepare_cached(
        "select u.id, u.name from logins l join users u on u.id = l.user where l.token_hash = ?1",
    )?
    .query_row([token_hash], |row| Ok(Person { id: UserId(uuid(row, 0)?), name: row.get(1)? }))
    .optional()
}
