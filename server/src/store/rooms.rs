//! Questions about rooms: which there are, what they are called, how far their logs go.

use rusqlite::{Connection, OptionalExtension, Row, params};
use shared::protocol::{Room, RoomId, RoomKind, RoomName, Seq, UserId};

use super::{events, seq, sql_seq, uuid};

/// Unread messages are counted up to here, which people read as "99+".
const UNREAD_MAX: u32 = 100;

/// What the log has to know of a room to write to it.
pub(crate) struct RoomRow {
    pub(crate) head: Seq,
    pub(crate) posts: u64,
}

pub(crate) fn insert(
    db: &Connection,
    id: RoomId,
    kind: RoomKind,
    name: &RoomName,
    topic: &str,
    now_ms: i64,
) -> rusqlite::Result<()> {
    let kind = match kind {
        RoomKind::Lobby => "lobby",
        RoomKind::Open => "open",
    };
    db.prepare_cached(
        "insert into rooms (id, kind, name, topic, head, posts, created_at_ms)
         values (?1, ?2, ?3, ?4, 0, 0, ?5)",
    )?
    .execute(params![id.0.as_bytes(), kind, name.as_str(), topic, now_ms])?;
    Ok(())
}

pub(crate) fn find(db: &Connection, id: RoomId) -> rusqlite::Result<Option<RoomRow>> {
    db.prepare_cached("select head, posts from rooms where id = ?1")?
        .query_row([id.0.as_bytes()], |row| Ok(RoomRow { head: seq(row, 0)?, posts: seq(row, 1)? }))
        .optional()
}

pub(crate) fn name(db: &Connection, id: RoomId) -> rusqlite::Result<Option<RoomName>> {
    db.prepare_cached("select name from rooms where id = ?1")?
        .query_row([id.0.as_bytes()], |row| room_name(row, 0))
        .optional()
}

pub(crate) fn find_by_name(db: &Connection, name: &str) -> rusqlite::Result<Option<RoomId>> {
    db.prepare_cached("select id from rooms where name = ?1")?
        .query_row([name], |row| uuid(row, 0).map(RoomId))
        .optional()
}

pub(crate) fn set_head(db: &Connection, id: RoomId, head: Seq, posts: u64) -> rusqlite::Result<()> {
    db.prepare_cached("update rooms set head = ?2, posts = ?3 where id = ?1")?.execute(params![
        id.0.as_bytes(),
        sql_seq(head),
        sql_seq(posts)
    ])?;
    Ok(())
}

pub(crate) fn set_topic(db: &Connection, id: RoomId, topic: &str) -> rusqlite::Result<()> {
    db.prepare_cached("update rooms set topic = ?2 where id = ?1")?
        .execute(params![id.0.as_bytes(), topic])?;
    Ok(())
}

/// Takes the room and its memberships away. Its events stay (see the migration).
pub(crate) fn delete(db: &Connection, id: RoomId) -> rusqlite::Result<()> {
    db.prepare_cached("delete from rooms where id = ?1")?.execute([id.0.as_bytes()])?;
    Ok(())
}

/// Every room as `reader` sees it, the lobby first, then by name.
///
/// Who has no row yet has read everything: nothing is bold for a newcomer.
pub(crate) fn list(db: &Connection, reader: UserId) -> rusqlite::Result<Vec<Room>> {
    let mut rooms = db
        .prepare_cached(
            "select r.id, r.kind, r.name, r.topic, r.head, m.read_seq
             from rooms r left join members m on m.room = r.id and m.user = ?1
             order by r.kind <> 'lobby', r.name",
        )?
        .query_map([reader.0.as_bytes()], |row| {
            let kind = kind(row, 1)?;
            let head = seq(row, 4)?;
            let read: Option<i64> = row.get(5)?;
            Ok(Room {
                id: RoomId(uuid(row, 0)?),
                kind,
                name: room_name(row, 2)?,
                topic: row.get(3)?,
                head,
                member: kind == RoomKind::Lobby || read.is_some(),
                read: read.map_or(head, i64::unsigned_abs),
                unread: 0,
            })
        })?
        .collect::<rusqlite::Result<Vec<Room>>>()?;
    for room in rooms.iter_mut().filter(|room| room.read < room.head) {
        room.unread = events::count_unread(db, room.id, reader, room.read, UNREAD_MAX)?;
    }
    Ok(rooms)
}

fn kind(row: &Row<'_>, column: usize) -> rusqlite::Result<RoomKind> {
    let kind: String = row.get(column)?;
    Ok(if kind == "lobby" { RoomKind::Lobby } else { RoomKind::Open })
}

fn room_name(row: &Row<'_>, column: usize) -> rusqlite::Result<RoomName> {
    let name: String = row.get(column)?;
    RoomName::parse(&name).ok_or_else(|| {
        let broken = format!("room name {name:?}").into();
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, broken)
    })
}

/// How many rooms there are.
pub(crate) fn count(db: &Connection) -> rusqlite::Result<u64> {
    db.prepare_cached("select count(*) from rooms")?.query_row([], |row| seq(row, 0))
}
