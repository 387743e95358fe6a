//! What somebody may read: who they are, which rooms there are, a stretch of a log.
//!
//! Each function runs inside one read transaction, on a connection that `Readers` gives, so that
//! heads and events agree. Nothing here writes; looking on leaves no trace.

use rusqlite::Connection;
use shared::protocol::{Anchor, Event, PAGE_EVENTS_MAX, Page, RoomId, Seq, UserId, Welcome, What};

use crate::app::App;
use crate::store::{ReadError, events, rooms, users};

/// Bytes of text in one page. A page of full-length messages is cut shorter than its limit.
const PAGE_BYTES_MAX: usize = 256 * 1024;

/// Who one is and which rooms there are.
pub(crate) async fn welcome(app: &App, id: UserId) -> Result<Welcome, ReadError> {
    let epoch = app.log.epoch;
    let read = move |db: &Connection| {
        Ok(Welcome { epoch, you: users::person(db, id)?, rooms: rooms::list(db, id)? })
    };
    app.log.readers().read(read).await
}

/// A stretch of a room's log, at most `limit` events. `None` if there is no such room.
pub(crate) async fn page(
    app: &App,
    room: RoomId,
    anchor: Anchor,
    limit: usize,
) -> Result<Option<Page>, ReadError> {
    app.log.readers().read(move |db| page_of(db, room, anchor, limit)).await
}

/// [`page`], on a connection that the caller holds.
pub(crate) fn page_of(
    db: &Connection,
    room: RoomId,
    anchor: Anchor,
    limit: usize,
) -> rusqlite::Result<Option<Page>> {
    let Some(row) = rooms::find(db, room)? else { return Ok(None) };
    let limit = limit.clamp(1, PAGE_EVENTS_MAX);
    let events = match anchor {
        Anchor::Newest => backwards(events::before(db, room, u64::MAX, limit)?),
        Anchor::Before(seq) => backwards(events::before(db, room, seq, limit)?),
        Anchor::After(seq) => cut(events::after(db, room, seq, limit)?),
    };
    Ok(Some(Page { room, anchor, events, head: row.head }))
}

/// The newest messages of a room, oldest first, and the head that they were read at.
pub(crate) async fn newest_posts(
    app: &App,
    room: RoomId,
    limit: usize,
) -> Result<(Vec<Event>, Seq), ReadError> {
    let read = move |db: &Connection| {
        let head = rooms::find(db, room)?.map_or(0, |row| row.head);
        Ok((backwards(events::newest_posts(db, room, limit)?), head))
    };
    app.log.readers().read(read).await
}

/// Newest first becomes oldest first; what is cut is the old end.
fn backwards(events: Vec<Event>) -> Vec<Event> {
    let mut events = cut(events);
    events.reverse();
    events
}

/// Keeps the first events up to the bound, and at least one: paging must get on.
fn cut(mut events: Vec<Event>) -> Vec<Event> {
    let mut bytes = 0;
    let fits = events.iter().take_while(|event| {
        bytes += match &event.what {
            What::Posted { text } => text.len(),
            _ => 0,
        };
        bytes <= PAGE_BYTES_MAX
    });
    let keep = fits.count().max(1);
    events.truncate(keep);
    events
}
