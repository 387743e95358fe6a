//! What somebody may read: who they are, which rooms there are, a stretch of a log.
//!
//! What comes from the database is read in one transaction, so that heads and events agree; the
//! newest page of a busy room comes from its tail. Nothing here writes; looking on leaves no trace.

use rusqlite::Connection;
use shared::permission::{self, Place, Verb};
use shared::protocol::{
    Anchor, Code, Epoch, Event, Frame, MEMBERS_PEOPLE_MAX, NAME_CHARS_MAX, PAGE_EVENTS_MAX, Page,
    RoomId, Seq, UserId, View, Welcome, What,
};

use crate::app::App;
use crate::fanout::Fanout;
use crate::names;
use crate::store::{ReadError, events, members, messages, rooms, settings, users};

/// Bytes of text in one page. A page of full-length messages is cut shorter than its limit.
const PAGE_BYTES_MAX: usize = 256 * 1024;

/// Who one is and which rooms there are.
pub(crate) async fn welcome(app: &App, id: UserId) -> Result<Welcome, ReadError> {
    let epoch = app.log.epoch;
    app.log.readers().read(move |db| welcome_of(db, epoch, id)).await
}

/// [`welcome`], on a connection that the caller holds.
pub(crate) fn welcome_of(db: &Connection, epoch: Epoch, id: UserId) -> rusqlite::Result<Welcome> {
    Ok(Welcome {
        epoch,
        you: users::person(db, id)?,
        role: users::find(db, id)?.map(|user| user.role).unwrap_or_default(),
        policy: settings::policy(db)?,
        workspace: settings::workspace(db)?,
        rooms: rooms::list(db, id)?,
    })
}

/// A stretch of a room's log, at most `limit` events. `None` if there is no such room for this
/// reader.
pub(crate) fn page_of(
    db: &Connection,
    reader: UserId,
    room: RoomId,
    anchor: Anchor,
    limit: usize,
) -> rusqlite::Result<Option<Page>> {
    let Some(row) = rooms::visible(db, room, reader)? else { return Ok(None) };
    let limit = limit.clamp(1, PAGE_EVENTS_MAX);
    let read = match anchor {
        Anchor::Newest => events::before(db, room, u64::MAX, limit)?,
        Anchor::Before(seq) => events::before(db, room, seq, limit)?,
        Anchor::After(seq) => events::after(db, room, seq, limit)?,
    };
    let (first, last) = ends(&read);
    let mut views = messages::views(db, room, first, last, reader)?;
    // What is cut is the far end: the old one, or the new one behind `after`.
    let mut events = cut(read, &views);
    if !matches!(anchor, Anchor::After(_)) {
        events.reverse();
    }
    let (first, last) = ends(&events);
    views.retain(|view| (first..=last).contains(&view.seq));
    Ok(Some(Page { room, anchor, events, views, head: row.head }))
}

/// The answer to `members`: who belongs to a room and has this in their name.
pub(crate) fn members_of(
    db: &Connection,
    reader: UserId,
    room: RoomId,
    text: String,
) -> rusqlite::Result<Result<Frame, Code>> {
    let Some(row) = rooms::visible(db, room, reader)? else { return Ok(Err(Code::UnknownRoom)) };
    let role = users::find(db, reader)?.map(|user| user.role).unwrap_or_default();
    let place = Place {
        kind: row.kind,
        is_member: members::joined(db, room, reader)?.is_some(),
        is_maker: row.made_by == Some(reader),
        is_read_only: row.rules.read_only,
    };
    let policy = settings::policy(db)?;
    if let Err(code) = permission::may(role, &policy, Verb::ListMembers, Some(&place)) {
        return Ok(Err(code));
    }
    // Nobody is called more than that, and looks are long to compare.
    let (count, people) = if text.chars().count() > NAME_CHARS_MAX {
        (0, Vec::new())
    } else {
        members::named(db, room, &names::key(&text), MEMBERS_PEOPLE_MAX)?
    };
    Ok(Ok(Frame::Members { room, text, count, people }))
}

/// The newest page of a busy room, without asking the database: whoever was away, or has just come,
/// asks for it. `None` where the tail holds too little, or something in it has changed what an older
/// event says or whom it names.
pub(crate) fn newest_page(fanout: &Fanout, room: RoomId, limit: usize) -> Option<Page> {
    let read = fanout.newest(room, limit.clamp(1, PAGE_EVENTS_MAX))?;
    let changes = |event: &Event| {
        use What::{Deleted, Edited, Purged, Reacted, Renamed};
        matches!(
            event.what,
            Edited { .. } | Deleted { .. } | Purged { .. } | Reacted { .. } | Renamed { .. }
        )
    };
    if read.iter().any(changes) {
        return None;
    }
    let head = read.last()?.seq;
    let mut events = cut(read.into_iter().rev().collect(), &[]);
    events.reverse();
    Some(Page { room, anchor: Anchor::Newest, events, views: Vec::new(), head })
}

/// The lowest and the highest seq of a stretch, whichever way it was read.
fn ends(events: &[Event]) -> (Seq, Seq) {
    let first = events.first().map_or(0, |event| event.seq);
    let last = events.last().map_or(0, |event| event.seq);
    (first.min(last), first.max(last))
}

/// Keeps the first events up to the bound, and at least one: paging must get on.
fn cut(mut events: Vec<Event>, views: &[View]) -> Vec<Event> {
    let mut bytes = 0;
    let fits = events.iter().take_while(|event| {
        bytes += match &event.what {
            What::Posted { text } | What::Edited { text, .. } => text.len(),
            _ => 0,
        };
        let view = views.binary_search_by_key(&event.seq, |view| view.seq);
        bytes += view.map_or(0, |at| views[at].text.as_ref().map_or(0, String::len));
        bytes <= PAGE_BYTES_MAX
    });
    let keep = fits.count().max(1);
    events.truncate(keep);
    events
}
