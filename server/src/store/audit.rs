//! Questions about the audit log: who did what to whom, when and from where. Never what was said.

use rusqlite::{Connection, params};
use shared::protocol::UserId;

pub(crate) struct Entry {
    pub(crate) id: i64,
    pub(crate) at_ms: i64,
    /// Empty for the command line.
    pub(crate) actor: String,
    pub(crate) what: String,
    pub(crate) target: String,
    pub(crate) address: String,
}

pub(crate) fn insert(
    db: &Connection,
    actor: Option<UserId>,
    what: &str,
    target: &str,
    address: &str,
    now_ms: i64,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "insert into audit (at_ms, actor, what, target, address) values (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        now_ms,
        actor.as_ref().map(|actor| actor.0.as_bytes()),
        what,
        target,
        address
    ])?;
    Ok(())
}

/// The newest first, older than `before`; of one kind, or all; with this in whoever did it or what it
/// was done to.
pub(crate) fn list(
    db: &Connection,
    before: i64,
    what: Option<&str>,
    like: &str,
    limit: usize,
) -> rusqlite::Result<Vec<Entry>> {
    db.prepare_cached(
        "select a.id, a.at_ms, coalesce(u.name, ''), a.what, a.target, a.address
         from audit a left join users u on u.id = a.actor
         where a.id < ?1 and (?2 is null or a.what = ?2)
           and (instr(lower(coalesce(u.name, '')), lower(?3)) or instr(lower(a.target), lower(?3)))
         order by a.id desc limit ?4",
    )?
    .query_map(params![before, what, like, limit as i64], entry)?
    .collect()
}

/// What somebody has done, the newest first.
pub(crate) fn of(db: &Connection, actor: UserId) -> rusqlite::Result<Vec<Entry>> {
    db.prepare_cached(
        "select id, at_ms, '', what, target, address from audit where actor = ?1 order by id desc",
    )?
    .query_map([actor.0.as_bytes()], entry)?
    .collect()
}

/// Forgets where somebody came from, and what they were called: `name` until now, `now` from now on.
pub(crate) fn forget(db: &Connection, user: UserId, name: &str, now: &str) -> rusqlite::Result<()> {
    db.prepare_cached("update audit set address = '' where actor = ?1")?
        .execute([user.0.as_bytes()])?;
    // What is noted of these is the name or the handle that they took.
    db.prepare_cached(
        "update audit set target = ?2 where actor = ?1 and what in ('signedUp', 'profileChanged')",
    )?
    .execute(params![user.0.as_bytes(), now])?;
    db.prepare_cached(
        "update audit set target = ?2 || substr(target, length(?1) + 1)
         where target = ?1 or substr(target, 1, length(?1) + 2) = ?1 || ': '",
    )?
    .execute(params![name, now])?;
    Ok(())
}

fn entry(row: &rusqlite::Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        id: row.get(0)?,
        at_ms: row.get(1)?,
        actor: row.get(2)?,
        what: row.get(3)?,
        target: row.get(4)?,
        address: row.get(5)?,
    })
}
