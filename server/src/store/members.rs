//! Questions about who is in which room, and how far they have read.

use rusqlite::{Connection, OptionalExtension, params};
use shared::protocol::{Person, RoomId, Seq, UserId};

use super::{seq, sql_seq, uuid};

/// Lets somebody in, with everything up to there read.
pub(crate) fn insert(
    db: &Connection,
    room: RoomId,
    user: UserId,
    joined: Seq,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "insert into members (room, user, joined_seq, read_seq) values (?1, ?2, ?3, ?3)",
    )?
    .execute(params![room.0.as_bytes(), user.0.as_bytes(), sql_seq(joined)])?;
    Ok(())
}

pub(crate) fn delete(db: &Connection, room: RoomId, user: UserId) -> rusqlite::Result<()> {
    db.prepare_cached("delete from members where room = ?1 and user = ?2")?
        .execute(params![room.0.as_bytes(), user.0.as_bytes()])?;
    Ok(())
}

/// The seq of the event that let somebody in; `None` if they are not.
pub(crate) fn joined(db: &Connection, room: RoomId, user: UserId) -> rusqlite::Result<Option<Seq>> {
    db.prepare_cached("select joined_seq from members where room = ?1 and user = ?2")?
        .query_row(params![room.0.as_bytes(), user.0.as_bytes()], |row| seq(row, 0))
        .optional()
}

pub(crate) fn is_empty(db: &Connection, room: RoomId) -> rusqlite::Result<bool> {
    db.prepare_cached("select not exists (select 1 from members where room = ?1)")?
        .query_row([room.0.as_bytes()], |row| row.get(0))
}

/// The rooms that somebody is in, the lobby among them.
pub(crate) fn rooms_of(db: &Connection, user: UserId) -> rusqlite::Result<Vec<RoomId>> {
    db.prepare_cached("select room from members where user = ?1")?
        .query_map([user.0.as_bytes()], |row| uuid(row, 0).map(RoomId))?
        .collect()
}

/// Who is in a room, may be in the workspace, and has these letters in what their name looks like:
/// how many, and the first of them by name, those with an account before guests.
///
/// Goes through everyone in the room.
pub(crate) fn named(
    db: &Connection,
    room: RoomId,
    key: &str,
    limit: usize,
) -> rusqlite::Result<(usize, Vec<Person>)> {
    let mut count: u64 = 0;
    let people = db
        .prepare_cached(
            "select u.id, u.name, count(*) over ()
             from members m join users u on u.id = m.user
             where m.room = ?1 and u.standing = 'active' and instr(u.name_key, ?2) > 0
             order by u.role = 'guest', u.name collate nocase limit ?3",
        )?
        .query_map(params![room.0.as_bytes(), key, limit as i64], |row| {
            count = seq(row, 2)?;
            Ok(Person { id: UserId(uuid(row, 0)?), name: row.get(1)? })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok((count as usize, people))
}

/// Moves a read cursor to a seq that is there, never back.
pub(crate) fn has_read(
    db: &Connection,
    room: RoomId,
    user: UserId,
    read: Seq,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "update members set read_seq = ?3 where room = ?1 and user = ?2 and read_seq < ?3",
    )?
    .execute(params![room.0.as_bytes(), user.0.as_bytes(), sql_seq(read)])?;
    Ok(())
}

/// Moves a read cursor forward, never back and never beyond the head. Where it stands now, or
/// `None` if it did not move.
pub(crate) fn mark_read(
    db: &Connection,
    room: RoomId,
    user: UserId,
    read: Seq,
) -> rusqlite::Result<Option<Seq>> {
    db.prepare_cached(
        "update members
         set read_seq = min(?3, (select head from rooms where id = ?1))
         where room = ?1 and user = ?2
           and read_seq < min(?3, (select head from rooms where id = ?1))
         returning read_seq",
    )?
    .query_row(params![room.0.as_bytes(), user.0.as_bytes(), sql_seq(read)], |row| seq(row, 0))
    .optional()
}
