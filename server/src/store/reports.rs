//! Questions about messages that somebody has shown the admins.

use rusqlite::{Connection, OptionalExtension, params};
use shared::protocol::{Person, RoomId, Seq, UserId};

use super::{seq, sql_seq, uuid};

pub(crate) fn insert(
    db: &Connection,
    room: RoomId,
    post: Seq,
    reporter: UserId,
    reason: &str,
    now_ms: i64,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "insert into reports (room, seq, reporter, reason, at_ms) values (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        room.0.as_bytes(),
        sql_seq(post),
        reporter.0.as_bytes(),
        reason,
        now_ms
    ])?;
    Ok(())
}

/// A message that somebody has shown, as it reads now.
pub(crate) struct Report {
    pub(crate) id: i64,
    pub(crate) room: RoomId,
    pub(crate) room_name: String,
    pub(crate) post: Seq,
    pub(crate) reporter: String,
    pub(crate) reason: String,
    pub(crate) at_ms: i64,
    pub(crate) author: Person,
    pub(crate) posted_at_ms: i64,
    /// Empty if it was deleted meanwhile.
    pub(crate) text: String,
}

/// Those that nobody has decided about, the oldest first.
pub(crate) fn open(db: &Connection, limit: usize) -> rusqlite::Result<Vec<Report>> {
    db.prepare_cached(
        "select p.id, p.room, coalesce(r.name, ''), p.seq, w.name, p.reason, p.at_ms, a.id, a.name,
                e.at_ms, coalesce(m.text, json_extract(e.body, '$.text'), '')
         from reports p
         join users w on w.id = p.reporter
         join events e on e.room = p.room and e.seq = p.seq
         join users a on a.id = e.author
         left join rooms r on r.id = p.room
         left join messages m on m.room = p.room and m.seq = p.seq
         where p.closed_at_ms is null order by p.id limit ?1",
    )?
    .query_map([limit as i64], |row| {
        Ok(Report {
            id: row.get(0)?,
            room: RoomId(uuid(row, 1)?),
            room_name: row.get(2)?,
            post: seq(row, 3)?,
            reporter: row.get(4)?,
            reason: row.get(5)?,
            at_ms: row.get(6)?,
            author: Person { id: UserId(uuid(row, 7)?), name: row.get(8)? },
            posted_at_ms: row.get(9)?,
            text: row.get(10)?,
        })
    })?
    .collect()
}

pub(crate) fn count_open(db: &Connection) -> rusqlite::Result<u64> {
    db.prepare_cached("select count(*) from reports where closed_at_ms is null")?
        .query_row([], |row| seq(row, 0))
}

/// Which message an open report is about.
pub(crate) fn about(db: &Connection, id: i64) -> rusqlite::Result<Option<(RoomId, Seq)>> {
    db.prepare_cached("select room, seq from reports where id = ?1 and closed_at_ms is null")?
        .query_row([id], |row| Ok((RoomId(uuid(row, 0)?), seq(row, 1)?)))
        .optional()
}

/// Closes all open reports about a message.
pub(crate) fn close(db: &Connection, room: RoomId, post: Seq, now_ms: i64) -> rusqlite::Result<()> {
    db.prepare_cached(
        "update reports set closed_at_ms = ?3 where room = ?1 and seq = ?2 and closed_at_ms is null",
    )?
    .execute(params![room.0.as_bytes(), sql_seq(post), now_ms])?;
    Ok(())
}
