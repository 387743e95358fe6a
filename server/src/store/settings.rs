//! Questions about the workspace as a whole: what it is called, what its owner has decided, whether
//! anybody has set it up.

use rusqlite::{Connection, OptionalExtension, params};
use shared::permission::Policy;

/// What the workspace is called; empty before it is set up.
pub(crate) fn workspace(db: &Connection) -> rusqlite::Result<String> {
    Ok(value(db, "workspace")?.unwrap_or_default())
}

/// The default where nobody has decided anything, or something that is not understood.
pub(crate) fn policy(db: &Connection) -> rusqlite::Result<Policy> {
    let kept = value(db, "policy")?;
    Ok(kept.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default())
}

pub(crate) fn set_workspace(db: &Connection, name: &str) -> rusqlite::Result<()> {
    set(db, "workspace", name)
}

pub(crate) fn set_policy(db: &Connection, policy: &Policy) -> rusqlite::Result<()> {
    set(db, "policy", &serde_json::to_string(policy).unwrap_or_default())
}

/// Where the server was last reached: scheme, host and port.
pub(crate) fn origin(db: &Connection) -> rusqlite::Result<Option<String>> {
    value(db, "origin")
}

pub(crate) fn set_origin(db: &Connection, origin: &str) -> rusqlite::Result<()> {
    set(db, "origin", origin)
}

/// What the set-up link ends with; `None` once somebody has set the workspace up.
pub(crate) fn setup_code(db: &Connection) -> rusqlite::Result<Option<String>> {
    value(db, "setup")
}

pub(crate) fn set_setup_code(db: &Connection, code: &str) -> rusqlite::Result<()> {
    set(db, "setup", code)
}

/// True for whoever is the first to use up the set-up link.
pub(crate) fn take_setup_code(db: &Connection, code: &str) -> rusqlite::Result<bool> {
    let taken = db
        .prepare_cached("delete from meta where key = 'setup' and value = ?1")?
        .execute([code])?;
    Ok(taken > 0)
}

fn value(db: &Connection, key: &str) -> rusqlite::Result<Option<String>> {
    db.prepare_cached("select value from meta where key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()
}

fn set(db: &Connection, key: &str, value: &str) -> rusqlite::Result<()> {
    db.prepare_cached(
        "insert into meta (key, value) values (?1, ?2)
         on conflict (key) do update set value = excluded.value",
    )?
    .execute(params![key, value])?;
    Ok(())
}
