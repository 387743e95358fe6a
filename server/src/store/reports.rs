//! Questions about messages that somebody has shown the admins.

use rusqlite::{Connection, params};
use shared::protocol::{RoomId, Seq, UserId};

use super::sql_seq;

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
