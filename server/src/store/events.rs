//! Questions about the logs: what was written where, by whom, for which op.
//!
//! Events come back with the present names of their author and of whom they are about, except that a `renamed` keeps the name it
//! gave. Nothing here decides a seq: it is the log's, from the room's row.

use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, params};
use shared::protocol::{Event, OpId, Person, RoomId, Seq, UserId, What};

use super::{seq, sql_seq, users, uuid};

/// One row to be written.
pub(crate) struct NewEvent<'a> {
    pub(crate) room: RoomId,
    pub(crate) seq: Seq,
    pub(crate) author: UserId,
    pub(crate) at_ms: i64,
    pub(crate) op: Option<OpId>,
    pub(crate) kind: &'a str,
    pub(crate) body: &'a str,
}

/// What an op was used for when it was first sent.
pub(crate) struct Seen {
    pub(crate) room: RoomId,
    pub(crate) seq: Seq,
    pub(crate) body: String,
}

/// What writes events: one statement, looked up once for a whole batch of them.
pub(crate) fn inserting(db: &Connection) -> rusqlite::Result<CachedStatement<'_>> {
    db.prepare_cached(
        "insert into events (room, seq, author, at_ms, op, kind, body)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )
}

/// Writes an event. False, and nothing is written, if its author has an event of this op already.
pub(crate) fn insert(
    inserting: &mut CachedStatement<'_>,
    event: &NewEvent<'_>,
) -> rusqlite::Result<bool> {
    let inserted = inserting.execute(params![
        event.room.0.as_bytes(),
        sql_seq(event.seq),
        event.author.0.as_bytes(),
        event.at_ms,
        event.op.as_ref().map(|op| op.0.as_bytes()),
        event.kind,
        event.body,
    ]);
    match inserted {
        Ok(_) => Ok(true),
        // The one unique index. A seq that is there already is another code, and an error.
        Err(rusqlite::Error::SqliteFailure(why, _))
            if why.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE =>
        {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// A message in the log.
pub(crate) struct Post {
    pub(crate) author: UserId,
    /// Empty if it was deleted.
    pub(crate) text: String,
}

pub(crate) fn seen(db: &Connection, author: UserId, op: OpId) -> rusqlite::Result<Option<Seen>> {
    db.prepare_cached(
        "select room, seq, body from events where author = ?1 and op = ?2
         union all select room, seq, body from answers where author = ?1 and op = ?2",
    )?
    .query_row(params![author.0.as_bytes(), op.0.as_bytes()], |row| {
        Ok(Seen { room: RoomId(uuid(row, 0)?), seq: seq(row, 1)?, body: row.get(2)? })
    })
    .optional()
}

/// Whether an op of this author is remembered that wrote no event.
pub(crate) fn has_answers(db: &Connection, author: UserId) -> rusqlite::Result<bool> {
    db.prepare_cached("select exists (select 1 from answers where author = ?1)")?
        .query_row([author.0.as_bytes()], |row| row.get(0))
}

/// Remembers what an op was answered with that had nothing left to do.
pub(crate) fn remember(
    db: &Connection,
    author: UserId,
    op: OpId,
    answer: &Seen,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "insert into answers (author, op, room, seq, body) values (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        author.0.as_bytes(),
        op.0.as_bytes(),
        answer.room.0.as_bytes(),
        sql_seq(answer.seq),
        answer.body
    ])?;
    Ok(())
}

/// The message that was posted at this seq, as it was said; `None` if that is no message.
pub(crate) fn post(db: &Connection, room: RoomId, seq: Seq) -> rusqlite::Result<Option<Post>> {
    db.prepare_cached(
        "select author, json_extract(body, '$.text') from events
         where room = ?1 and seq = ?2 and kind in ('posted', 'erased')",
    )?
    .query_row(params![room.0.as_bytes(), sql_seq(seq)], |row| {
        Ok(Post { author: UserId(uuid(row, 0)?), text: row.get(1)? })
    })
    .optional()
}

/// Takes the text out of all messages up to a seq, of one person or of everyone, and out of their
/// edits. Whether there was anything to take.
pub(super) fn erase_all(
    db: &Connection,
    room: RoomId,
    upto: Seq,
    author: Option<UserId>,
) -> rusqlite::Result<bool> {
    let author = author.map(|user| user.0);
    let of = params![room.0.as_bytes(), sql_seq(upto), author.as_ref().map(|id| id.as_bytes())];
    let erased = db
        .prepare_cached(
            "update events set kind = 'erased', body = json_set(body, '$.text', '')
             where room = ?1 and seq <= ?2 and kind = 'posted' and (?3 is null or author = ?3)",
        )?
        .execute(of)?;
    db.prepare_cached(
        "update events set body = json_set(body, '$.text', '')
         where room = ?1 and kind = 'edited' and json_extract(body, '$.target') <= ?2
           and (?3 is null or author = ?3)",
    )?
    .execute(of)?;
    Ok(erased > 0)
}

/// The last message that was posted before a moment, if any of those up to it still has its text.
/// Times go with seqs closely enough to search by halves.
pub(crate) fn last_before(
    db: &Connection,
    room: RoomId,
    head: Seq,
    at_ms: i64,
) -> rusqlite::Result<Option<Seq>> {
    let mut asking = db.prepare_cached("select at_ms from events where room = ?1 and seq = ?2")?;
    let (mut before, mut after) = (0, head + 1);
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        let at: i64 =
            asking.query_row(params![room.0.as_bytes(), sql_seq(middle)], |row| row.get(0))?;
        if at < at_ms { before = middle } else { after = middle }
    }
    let has_text = db
        .prepare_cached(
            "select exists (
                 select 1 from events where room = ?1 and seq <= ?2 and kind = 'posted'
             )",
        )?
        .query_row(params![room.0.as_bytes(), sql_seq(before)], |row| row.get::<_, bool>(0))?;
    Ok(has_text.then_some(before))
}

/// Takes the text out of a message and out of its edits. The entries stay, and their seqs.
pub(super) fn erase(db: &Connection, room: RoomId, post: Seq) -> rusqlite::Result<()> {
    let message = params![room.0.as_bytes(), sql_seq(post)];
    db.prepare_cached(
        "update events set kind = 'erased', body = json_set(body, '$.text', '')
         where room = ?1 and seq = ?2",
    )?
    .execute(message)?;
    db.prepare_cached(
        "update events set body = json_set(body, '$.text', '')
         where room = ?1 and kind = 'edited' and json_extract(body, '$.target') = ?2",
    )?
    .execute(message)?;
    Ok(())
}

/// Events with `after < seq`, oldest first, at most `limit`.
pub(crate) fn after(
    db: &Connection,
    room: RoomId,
    after: Seq,
    limit: usize,
) -> rusqlite::Result<Vec<Event>> {
    db.prepare_cached(
        "select e.room, e.seq, e.at_ms, e.op, e.body, u.id, u.name
         from events e join users u on u.id = e.author
         where e.room = ?1 and e.seq > ?2 order by e.seq limit ?3",
    )?
    .query_map(params![room.0.as_bytes(), sql_seq(after), limit as i64], |row| event(db, row))?
    .collect()
}

/// Events with `seq < before`, **newest first**, at most `limit`.
pub(crate) fn before(
    db: &Connection,
    room: RoomId,
    before: Seq,
    limit: usize,
) -> rusqlite::Result<Vec<Event>> {
    db.prepare_cached(
        "select e.room, e.seq, e.at_ms, e.op, e.body, u.id, u.name
         from events e join users u on u.id = e.author
         where e.room = ?1 and e.seq < ?2 order by e.seq desc limit ?3",
    )?
    .query_map(params![room.0.as_bytes(), sql_seq(before), limit as i64], |row| event(db, row))?
    .collect()
}

/// The newest messages of a room, **newest first**, at most `limit`.
pub(crate) fn newest_posts(
    db: &Connection,
    room: RoomId,
    limit: usize,
) -> rusqlite::Result<Vec<Event>> {
    db.prepare_cached(
        "select e.room, e.seq, e.at_ms, e.op, e.body, u.id, u.name
         from events e join users u on u.id = e.author
         where e.room = ?1 and e.kind = 'posted' order by e.seq desc limit ?2",
    )?
    .query_map(params![room.0.as_bytes(), limit as i64], |row| event(db, row))?
    .collect()
}

/// Rooms in which somebody has written. Reads the whole log: for what people do once.
pub(crate) fn rooms_of_author(db: &Connection, author: UserId) -> rusqlite::Result<Vec<RoomId>> {
    db.prepare_cached("select distinct room from events where author = ?1 and kind = 'posted'")?
        .query_map([author.0.as_bytes()], |row| uuid(row, 0).map(RoomId))?
        .collect()
}

/// What somebody has written in a room, as it reads now, oldest first.
pub(crate) fn own_posts(
    db: &Connection,
    room: RoomId,
    author: UserId,
) -> rusqlite::Result<Vec<Event>> {
    db.prepare_cached(
        "select e.room, e.seq, e.at_ms, e.op,
                json_object('type', 'posted', 'text',
                            coalesce(m.text, json_extract(e.body, '$.text'))),
                u.id, u.name
         from events e join users u on u.id = e.author
         left join messages m on m.room = e.room and m.seq = e.seq
         where e.room = ?1 and e.author = ?2 and e.kind = 'posted' order by e.seq",
    )?
    .query_map(params![room.0.as_bytes(), author.0.as_bytes()], |row| event(db, row))?
    .collect()
}

/// As the indexes have it by which names are found: SQLite takes them only for these very words.
const NAMING: &str = "kind in ('renamed', 'created', 'added', 'removed', 'purged')";
const ANSWER_NAMING: &str =
    "json_extract(body, '$.type') in ('created', 'added', 'removed', 'purged')";

/// Takes the names out of the log that somebody had: in their renamings, and where others let them in
/// or put them out.
pub(crate) fn forget_names(db: &Connection, user: UserId, name: &str) -> rusqlite::Result<()> {
    // Nothing of theirs is asked for again.
    db.prepare_cached("delete from answers where author = ?1")?.execute([user.0.as_bytes()])?;
    for forget in forgetting_names() {
        db.prepare_cached(&forget)?.execute(params![user.0.as_bytes(), user.to_string(), name])?;
    }
    Ok(())
}

/// `?1` is somebody's id as bytes, `?2` as text, `?3` what they are called from now on.
fn forgetting_names() -> [String; 5] {
    let person = |table: &str, naming: &str| {
        format!(
            "update {table} set body = json_set(body, '$.person.name', ?3)
             where {naming} and json_extract(body, '$.person.id') = ?2"
        )
    };
    let people = |table: &str, naming: &str| {
        format!(
            "update {table} set body = (
                 select json_set({table}.body, '$.people[' || p.key || '].name', ?3)
                 from json_each({table}.body, '$.people') p where json_extract(p.value, '$.id') = ?2)
             where {naming} and exists (
                 select 1 from json_each({table}.body, '$.people') p
                 where json_extract(p.value, '$.id') = ?2)"
        )
    };
    [
        format!(
            "update events set body = json_set(body, '$.from', ?3, '$.to', ?3)
             where {NAMING} and kind = 'renamed' and author = ?1"
        ),
        person("events", NAMING),
        people("events", NAMING),
        person("answers", ANSWER_NAMING),
        people("answers", ANSWER_NAMING),
    ]
}

/// Messages of others after `read`, counted up to `limit`.
pub(crate) fn count_unread(
    db: &Connection,
    room: RoomId,
    reader: UserId,
    read: Seq,
    limit: u32,
) -> rusqlite::Result<u32> {
    db.prepare_cached(
        "select count(*) from (
             select 1 from events
             where room = ?1 and seq > ?2 and kind = 'posted' and author <> ?3 limit ?4
         )",
    )?
    .query_row(params![room.0.as_bytes(), sql_seq(read), reader.0.as_bytes(), limit], |row| {
        row.get(0)
    })
}

fn event(db: &Connection, row: &Row<'_>) -> rusqlite::Result<Event> {
    let body: String = row.get(4)?;
    let op: Option<[u8; 16]> = row.get(3)?;
    let mut what: What = serde_json::from_str(&body).unwrap_or(What::Unknown);
    name_anew(db, &mut what)?;
    let name = match what {
        What::Renamed { .. } => renamed_to(&body),
        _ => None,
    };
    Ok(Event {
        what,
        room: RoomId(uuid(row, 0)?),
        seq: seq(row, 1)?,
        at_ms: row.get(2)?,
        by: Person { id: UserId(uuid(row, 5)?), name: name.map_or_else(|| row.get(6), Ok)? },
        op: op.map(|bytes| OpId(uuid::Uuid::from_bytes(bytes))),
    })
}

/// Whoever an event is about is called as they are called now.
fn name_anew(db: &Connection, what: &mut What) -> rusqlite::Result<()> {
    let people = match what {
        What::Created { people, .. } => people.iter_mut().collect(),
        What::Added { person, people, .. } => people.iter_mut().chain([person]).collect(),
        What::Removed { person } | What::Purged { person: Some(person), .. } => vec![person],
        _ => Vec::new(),
    };
    for person in people {
        if let Some(name) = users::name(db, person.id)? {
            person.name = name;
        }
    }
    Ok(())
}

/// The name that a `renamed` gave: kept in its body, because the person may have another by now.
pub(crate) fn renamed_to(body: &str) -> Option<String> {
    let body: serde_json::Value = serde_json::from_str(body).ok()?;
    body.get("to")?.as_str().map(String::from)
}

#[cfg(test)]
mod tests {
    use super::super::testing::store_in_memory_speed;
    use super::*;

    #[test]
    fn names_are_found_without_reading_what_was_said() {
        let dir = tempfile::tempdir().unwrap();
        let store = store_in_memory_speed(&dir);
        for forget in forgetting_names() {
            let mut ask = store.writer.prepare(&format!("explain query plan {forget}")).unwrap();
            let anybody = params![[0_u8; 16], "", ""];
            let steps = ask.query_map(anybody, |row| row.get::<_, String>(3)).unwrap();
            for step in steps.map(Result::unwrap) {
                let reads = ["events", "answers"].iter().any(|table| step.contains(table));
                assert!(!reads || step.contains("_naming"), "{step}\n{forget}");
            }
        }
    }
}
