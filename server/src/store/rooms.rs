//! Questions about rooms: which there are, what they are called, how far their logs go.

use rusqlite::{Connection, OptionalExtension, Row, params};
use shared::protocol::{Person, Room, RoomId, RoomKind, RoomName, Rules, Seq, UserId};

use super::{events, members, seq, sql_seq, users, uuid};

/// Unread messages are counted up to here, which people read as "99+".
const UNREAD_MAX: u32 = 100;

/// What the log has to know of a room to write to it.
#[derive(Clone, Copy)]
pub(crate) struct RoomRow {
    pub(crate) head: Seq,
    pub(crate) posts: u64,
    pub(crate) kind: RoomKind,
    pub(crate) made_by: Option<UserId>,
    pub(crate) rules: Rules,
}

impl RoomRow {
    /// Whether anybody may look into it.
    pub(crate) fn is_public(&self) -> bool {
        self.kind.is_public()
    }
}

pub(crate) struct NewRoom<'a> {
    pub(crate) id: RoomId,
    pub(crate) kind: RoomKind,
    pub(crate) name: &'a RoomName,
    pub(crate) topic: &'a str,
    pub(crate) made_by: Option<UserId>,
    /// Of a direct room: see [`people_key`].
    pub(crate) people_key: Option<&'a [u8]>,
}

pub(crate) fn insert(db: &Connection, room: &NewRoom<'_>, now_ms: i64) -> rusqlite::Result<()> {
    let kind = match room.kind {
        RoomKind::Lobby => "lobby",
        RoomKind::Open => "open",
        RoomKind::Private => "private",
        RoomKind::Direct => "direct",
    };
    db.prepare_cached(
        "insert into rooms (id, kind, name, topic, head, posts, created_at_ms, made_by, people_key)
         values (?1, ?2, ?3, ?4, 0, 0, ?5, ?6, ?7)",
    )?
    .execute(params![
        room.id.0.as_bytes(),
        kind,
        room.name.as_str(),
        room.topic,
        now_ms,
        room.made_by.as_ref().map(|user| user.0.as_bytes()),
        room.people_key,
    ])?;
    Ok(())
}

/// What is the same for the same people, however they are listed.
pub(crate) fn people_key(people: &[UserId]) -> Vec<u8> {
    let mut ids: Vec<_> = people.iter().map(|user| user.0.into_bytes()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.concat()
}

pub(crate) fn find(db: &Connection, id: RoomId) -> rusqlite::Result<Option<RoomRow>> {
    db.prepare_cached(
        "select head, posts, kind, made_by, read_only, slow_s, keep_days from rooms where id = ?1",
    )?
    .query_row([id.0.as_bytes()], |row| {
        let (head, posts, kind) = (seq(row, 0)?, seq(row, 1)?, kind(row, 2)?);
        Ok(RoomRow { head, posts, kind, made_by: maker(row, 3)?, rules: rules(row, 4)? })
    })
    .optional()
}

/// The room, if this person may know of it.
pub(crate) fn visible(
    db: &Connection,
    id: RoomId,
    reader: UserId,
) -> rusqlite::Result<Option<RoomRow>> {
    let Some(row) = find(db, id)? else { return Ok(None) };
    let visible = row.is_public() || members::joined(db, id, reader)?.is_some();
    Ok(visible.then_some(row))
}

/// The room of this name, if this person may know of it.
pub(crate) fn visible_by_name(
    db: &Connection,
    name: &str,
    reader: UserId,
) -> rusqlite::Result<Option<RoomId>> {
    let Some(id) = find_by_name(db, name)? else { return Ok(None) };
    Ok(visible(db, id, reader)?.map(|_| id))
}

/// The direct room of exactly these people.
pub(crate) fn direct(db: &Connection, people_key: &[u8]) -> rusqlite::Result<Option<RoomId>> {
    db.prepare_cached("select id from rooms where people_key = ?1")?
        .query_row([people_key], |row| uuid(row, 0).map(RoomId))
        .optional()
}

/// Everyone whom a direct room is for, whether they are in it just now or not.
pub(crate) fn people(db: &Connection, id: RoomId) -> rusqlite::Result<Vec<Person>> {
    let key: Option<Vec<u8>> = db
        .prepare_cached("select people_key from rooms where id = ?1")?
        .query_row([id.0.as_bytes()], |row| row.get(0))
        .optional()?
        .flatten();
    let ids = key.unwrap_or_default();
    let ids = ids.chunks_exact(16).filter_map(|id| ::uuid::Uuid::from_slice(id).ok());
    ids.map(|id| users::person(db, UserId(id))).collect()
}

/// The room that everyone is in, and how far it goes.
pub(crate) fn lobby(db: &Connection) -> rusqlite::Result<Option<(RoomId, Seq)>> {
    db.prepare_cached("select id, head from rooms where kind = 'lobby'")?
        .query_row([], |row| Ok((RoomId(uuid(row, 0)?), seq(row, 1)?)))
        .optional()
}

/// What somebody who is let in is told of the room.
pub(crate) fn about(
    db: &Connection,
    id: RoomId,
) -> rusqlite::Result<Option<(RoomName, String, RoomKind)>> {
    db.prepare_cached("select name, topic, kind from rooms where id = ?1")?
        .query_row([id.0.as_bytes()], |row| Ok((room_name(row, 0)?, row.get(1)?, kind(row, 2)?)))
        .optional()
}

/// A room whose messages are kept for some days only.
pub(crate) struct KeptForDays {
    pub(crate) room: RoomId,
    pub(crate) head: Seq,
    pub(crate) days: u32,
    /// Who set that rule.
    pub(crate) by: UserId,
}

pub(crate) fn kept_for_days(db: &Connection) -> rusqlite::Result<Vec<KeptForDays>> {
    db.prepare_cached(
        "select r.id, r.head, r.keep_days,
                (select author from events e where e.room = r.id and e.kind = 'rulesChanged'
                 order by e.seq desc limit 1)
         from rooms r where r.keep_days > 0",
    )?
    .query_map([], |row| {
        let (room, head, days) = (RoomId(uuid(row, 0)?), seq(row, 1)?, row.get(2)?);
        Ok(KeptForDays { room, head, days, by: UserId(uuid(row, 3)?) })
    })?
    .collect()
}

/// An open room as those see it who look after the workspace.
pub(crate) struct Listed {
    pub(crate) name: RoomName,
    pub(crate) kind: RoomKind,
    pub(crate) posts: u64,
    pub(crate) people: u64,
    pub(crate) rules: Rules,
}

/// The rooms that anybody may look into. Others are nobody's business but their members'.
pub(crate) fn list_public(db: &Connection) -> rusqlite::Result<Vec<Listed>> {
    db.prepare_cached(
        "select r.name, r.kind, r.posts,
                (select count(*) from members m where m.room = r.id),
                r.read_only, r.slow_s, r.keep_days
         from rooms r where r.kind in ('lobby', 'open') order by r.kind <> 'lobby', r.name",
    )?
    .query_map([], |row| {
        Ok(Listed {
            name: room_name(row, 0)?,
            kind: kind(row, 1)?,
            posts: seq(row, 2)?,
            people: seq(row, 3)?,
            rules: rules(row, 4)?,
        })
    })?
    .collect()
}

pub(crate) fn set_rules(db: &Connection, id: RoomId, rules: Rules) -> rusqlite::Result<()> {
    db.prepare_cached(
        "update rooms set read_only = ?2, slow_s = ?3, keep_days = ?4 where id = ?1",
    )?
    .execute(params![id.0.as_bytes(), rules.read_only, rules.slow_s, rules.keep_days])?;
    Ok(())
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

/// Every room that `reader` may know of, as they see it, the lobby first, then by name.
///
/// Who has no row yet has read everything: nothing is bold for a newcomer.
pub(crate) fn list(db: &Connection, reader: UserId) -> rusqlite::Result<Vec<Room>> {
    let mut rooms = db
        .prepare_cached(
            "select r.id, r.kind, r.name, r.topic, r.head, m.read_seq, r.made_by,
                    r.read_only, r.slow_s, r.keep_days
             from rooms r left join members m on m.room = r.id and m.user = ?1
             where r.kind in ('lobby', 'open') or m.user is not null
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
                made: maker(row, 6)? == Some(reader),
                rules: rules(row, 7)?,
                people: Vec::new(),
            })
        })?
        .collect::<rusqlite::Result<Vec<Room>>>()?;
    for room in rooms.iter_mut().filter(|room| room.read < room.head) {
        room.unread = events::count_unread(db, room.id, reader, room.read, UNREAD_MAX)?;
    }
    for room in rooms.iter_mut().filter(|room| room.kind == RoomKind::Direct) {
        room.people = people(db, room.id)?;
    }
    Ok(rooms)
}

fn kind(row: &Row<'_>, column: usize) -> rusqlite::Result<RoomKind> {
    let kind: String = row.get(column)?;
    Ok(match kind.as_str() {
        "lobby" => RoomKind::Lobby,
        "open" => RoomKind::Open,
        "direct" => RoomKind::Direct,
        // Of what nobody knows, the kind that shows it to the fewest.
        _ => RoomKind::Private,
    })
}

fn maker(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<UserId>> {
    let maker: Option<[u8; 16]> = row.get(column)?;
    Ok(maker.map(|id| UserId(::uuid::Uuid::from_bytes(id))))
}

/// The three columns of a room's rules, from the first of them on.
fn rules(row: &Row<'_>, first: usize) -> rusqlite::Result<Rules> {
    Ok(Rules {
        read_only: row.get(first)?,
        slow_s: row.get(first + 1)?,
        keep_days: row.get(first + 2)?,
    })
}

fn room_name(row: &Row<'_>, column: usize) -> rusqlite::Result<RoomName> {
    let name: String = row.get(column)?;
    RoomName::parse(&name).ok_or_else(|| {
        let broken = format!("room name {name:?}").into();
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, broken)
    })
}

/// How many rooms there are that everyone sees.
pub(crate) fn count(db: &Connection) -> rusqlite::Result<u64> {
    db.prepare_cached("select count(*) from rooms where kind in ('lobby', 'open')")?
        .query_row([], |row| seq(row, 0))
}

/// How many rooms somebody has opened that are not for everyone.
pub(crate) fn count_hidden(db: &Connection, made_by: UserId) -> rusqlite::Result<u64> {
    db.prepare_cached(
        "select count(*) from members m join rooms r on r.id = m.room
         where m.user = ?1 and r.made_by = ?1 and r.kind in ('private', 'direct')",
    )?
    .query_row([made_by.0.as_bytes()], |row| seq(row, 0))
}
