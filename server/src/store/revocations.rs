//! Questions about what was taken away: revoked logins, banned addresses.

use rusqlite::{Connection, params};
use shared::protocol::UserId;

/// Whose connections are to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    Everyone,
    User(UserId),
    /// By the hash of a cookie or a token.
    Login([u8; 32]),
    Address(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Revocation {
    pub(crate) id: i64,
    pub(crate) whose: Whose,
    /// Whether the client is to come back at once, because only what it may do has changed.
    pub(crate) returns: bool,
}

/// Revocations are looked at every second; older ones than this are of no use to anybody.
const KEPT_MS: i64 = 60 * 60 * 1_000;

pub(crate) fn insert(
    db: &Connection,
    whose: &Whose,
    returns: bool,
    now_ms: i64,
) -> rusqlite::Result<()> {
    let (user, login, address) = match whose {
        Whose::Everyone => (None, None, None),
        Whose::User(user) => (Some(user.0.as_bytes().as_slice()), None, None),
        Whose::Login(hash) => (None, Some(hash.as_slice()), None),
        Whose::Address(address) => (None, None, Some(address.as_str())),
    };
    db.prepare_cached("delete from revocations where at_ms < ?1")?
        .execute([now_ms.saturating_sub(KEPT_MS)])?;
    db.prepare_cached(
        "insert into revocations (user, login, address, returns, at_ms)
         values (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![user, login, address, returns, now_ms])?;
    Ok(())
}

/// The id of the newest; 0 if there was none yet.
pub(crate) fn newest(db: &Connection) -> rusqlite::Result<i64> {
    db.prepare_cached(
        "select coalesce(max(seq), 0) from sqlite_sequence where name = 'revocations'",
    )?
    .query_row([], |row| row.get(0))
}

pub(crate) fn after(db: &Connection, id: i64) -> rusqlite::Result<Vec<Revocation>> {
    db.prepare_cached(
        "select id, user, login, address, returns from revocations where id > ?1 order by id",
    )?
    .query_map([id], |row| {
        let user: Option<[u8; 16]> = row.get(1)?;
        let login: Option<[u8; 32]> = row.get(2)?;
        let address: Option<String> = row.get(3)?;
        let whose = match (user, login, address) {
            (Some(user), _, _) => Whose::User(UserId(uuid::Uuid::from_bytes(user))),
            (_, Some(login), _) => Whose::Login(login),
            (_, _, Some(address)) => Whose::Address(address),
            (None, None, None) => Whose::Everyone,
        };
        Ok(Revocation { id: row.get(0)?, whose, returns: row.get(4)? })
    })?
    .collect()
}

pub(crate) fn ban_address(
    db: &Connection,
    address: &str,
    made_by: UserId,
    now_ms: i64,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "insert into banned_addresses (address, made_by, created_at_ms) values (?1, ?2, ?3)
         on conflict do nothing",
    )?
    .execute(params![address, made_by.0.as_bytes(), now_ms])?;
    Ok(())
}

pub(crate) fn lift_address(db: &Connection, address: &str) -> rusqlite::Result<bool> {
    let lifted =
        db.prepare_cached("delete from banned_addresses where address = ?1")?.execute([address])?;
    Ok(lifted > 0)
}

pub(crate) fn banned_addresses(db: &Connection) -> rusqlite::Result<Vec<String>> {
    db.prepare_cached("select address from banned_addresses order by created_at_ms")?
        .query_map([], |row| row.get(0))?
        .collect()
}
