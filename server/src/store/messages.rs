//! Questions about messages as they are now: edits, deletions, reactions.
//!
//! What is here equals a fold of the log, and only `log` writes it, in the transaction of the
//! event. A message that nothing has happened to has no row.

use rusqlite::{Connection, OptionalExtension, params};
use shared::protocol::{
    Person, REACTION_PEOPLE_MAX, REACTIONS_MAX, Reaction, RoomId, Seq, UserId, View,
};

use super::{events, seq, sql_seq, uuid};

/// The message reads like this from now on.
pub(crate) fn edit(db: &Connection, room: RoomId, post: Seq, text: &str) -> rusqlite::Result<()> {
    db.prepare_cached(
        "insert into messages (room, seq, text) values (?1, ?2, ?3)
         on conflict (room, seq) do update set text = excluded.text",
    )?
    .execute(params![room.0.as_bytes(), sql_seq(post), text])?;
    Ok(())
}

/// Erases everything that was ever said in the message, in the log as well.
pub(crate) fn erase(db: &Connection, room: RoomId, post: Seq) -> rusqlite::Result<()> {
    let message = params![room.0.as_bytes(), sql_seq(post)];
    events::erase(db, room, post)?;
    db.prepare_cached("delete from messages where room = ?1 and seq = ?2")?.execute(message)?;
    db.prepare_cached("delete from reactions where room = ?1 and seq = ?2")?.execute(message)?;
    Ok(())
}

/// Erases everything that was ever said in the messages up to a seq, of one person or of everyone.
/// Whether anything was.
pub(crate) fn erase_all(
    db: &Connection,
    room: RoomId,
    upto: Seq,
    author: Option<UserId>,
) -> rusqlite::Result<bool> {
    let erased = events::erase_all(db, room, upto, author)?;
    if erased {
        for table in ["messages", "reactions"] {
            db.prepare_cached(&format!(
                "delete from {table} where room = ?1 and seq in (
                     select seq from events where room = ?1 and seq <= ?2 and kind = 'erased'
                 )"
            ))?
            .execute(params![room.0.as_bytes(), sql_seq(upto)])?;
        }
    }
    Ok(erased)
}

/// How the message reads since its last edit; `None` if it was never edited.
pub(crate) fn text(db: &Connection, room: RoomId, post: Seq) -> rusqlite::Result<Option<String>> {
    db.prepare_cached("select text from messages where room = ?1 and seq = ?2")?
        .query_row(params![room.0.as_bytes(), sql_seq(post)], |row| row.get(0))
        .optional()
}

/// The seq of the event by which this person's emoji stands under the message, if it does.
pub(crate) fn reacted(
    db: &Connection,
    room: RoomId,
    post: Seq,
    emoji: &str,
    user: UserId,
) -> rusqlite::Result<Option<Seq>> {
    db.prepare_cached(
        "select reacted_seq from reactions where room = ?1 and seq = ?2 and emoji = ?3 and user = ?4",
    )?
    .query_row(params![room.0.as_bytes(), sql_seq(post), emoji, user.0.as_bytes()], |row| {
        seq(row, 0)
    })
    .optional()
}

/// Whether the message has room for this emoji: it is there already, or few others are.
pub(crate) fn may_react(
    db: &Connection,
    room: RoomId,
    post: Seq,
    emoji: &str,
) -> rusqlite::Result<bool> {
    db.prepare_cached(
        "select count(distinct emoji) from reactions where room = ?1 and seq = ?2 and emoji <> ?3",
    )?
    .query_row(params![room.0.as_bytes(), sql_seq(post), emoji], |row| {
        let others: i64 = row.get(0)?;
        Ok(others.unsigned_abs() < REACTIONS_MAX as u64)
    })
}

/// Puts an emoji under the message, by the event at `reacted`.
pub(crate) fn react(
    db: &Connection,
    room: RoomId,
    post: Seq,
    emoji: &str,
    user: UserId,
    reacted: Seq,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "insert into reactions (room, seq, emoji, user, reacted_seq, first_seq)
         values (?1, ?2, ?3, ?4, ?5, coalesce(
             (select first_seq from reactions where room = ?1 and seq = ?2 and emoji = ?3 limit 1),
             ?5
         ))",
    )?
    .execute(params![
        room.0.as_bytes(),
        sql_seq(post),
        emoji,
        user.0.as_bytes(),
        sql_seq(reacted)
    ])?;
    Ok(())
}

pub(crate) fn unreact(
    db: &Connection,
    room: RoomId,
    post: Seq,
    emoji: &str,
    user: UserId,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "delete from reactions where room = ?1 and seq = ?2 and emoji = ?3 and user = ?4",
    )?
    .execute(params![room.0.as_bytes(), sql_seq(post), emoji, user.0.as_bytes()])?;
    Ok(())
}

/// How the changed ones among the messages from `first` to `last` are now, as `reader` sees them,
/// in the order of their posts.
pub(crate) fn views(
    db: &Connection,
    room: RoomId,
    first: Seq,
    last: Seq,
    reader: UserId,
) -> rusqlite::Result<Vec<View>> {
    let range = params![room.0.as_bytes(), sql_seq(first), sql_seq(last)];
    let mut views: Vec<View> = db
        .prepare_cached(
            "select seq, text from messages where room = ?1 and seq between ?2 and ?3 order by seq",
        )?
        .query_map(range, |row| {
            Ok(View { seq: seq(row, 0)?, text: Some(row.get(1)?), reactions: Vec::new() })
        })?
        .collect::<rusqlite::Result<_>>()?;
    let mut reactions = db.prepare_cached(
        "select r.seq, r.emoji, u.id, u.name
         from reactions r join users u on u.id = r.user
         where r.room = ?1 and r.seq between ?2 and ?3
         order by r.seq, r.first_seq, r.reacted_seq",
    )?;
    let mut rows = reactions.query(range)?;
    while let Some(row) = rows.next()? {
        let (post, emoji) = (seq(row, 0)?, row.get::<_, String>(1)?);
        let person = Person { id: UserId(uuid(row, 2)?), name: row.get(3)? };
        let at = views.binary_search_by_key(&post, |view| view.seq).unwrap_or_else(|at| {
            views.insert(at, View { seq: post, text: None, reactions: Vec::new() });
            at
        });
        let reactions = &mut views[at].reactions;
        if reactions.last().is_none_or(|last| last.emoji != emoji) {
            reactions.push(Reaction { emoji, count: 0, mine: false, people: Vec::new() });
        }
        if let Some(reaction) = reactions.last_mut() {
            reaction.count += 1;
            reaction.mine |= person.id == reader;
            if reaction.people.len() < REACTION_PEOPLE_MAX {
                reaction.people.push(person);
            }
        }
    }
    Ok(views)
}
