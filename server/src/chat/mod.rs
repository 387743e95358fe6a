//! The verbs, one function each: check what was asked, check the rate, append.
//!
//! Called alike by both protocols and by the forms. A verb returns at once with the op on its way;
//! calls of one connection commit in their order. Whether the author is in the room, and the name
//! free, only the log can say; here is only what the request itself shows.

mod reading;
mod text;

#[cfg(test)]
pub(crate) use reading::welcome_of;
pub(crate) use reading::{newest_posts, page, page_of, welcome};

use std::time::Instant;

use shared::protocol::{Code, OpId, RoomId, RoomName, Seq, is_emoji};

use crate::app::App;
use crate::log::{Answer, Author, Change, Pending};
use crate::names::Name;

pub(crate) fn post(app: &App, by: &Author, op: OpId, room: RoomId, typed: &str) -> Pending {
    match text::message(typed) {
        Ok(text) => append(app, by, op, Change::Post { room, text }),
        Err(code) => Pending::refused(code),
    }
}

pub(crate) fn edit(
    app: &App,
    by: &Author,
    op: OpId,
    room: RoomId,
    target: Seq,
    typed: &str,
) -> Pending {
    match text::message(typed) {
        Ok(text) => append(app, by, op, Change::Edit { room, target, text }),
        Err(code) => Pending::refused(code),
    }
}

pub(crate) fn delete(app: &App, by: &Author, op: OpId, room: RoomId, target: Seq) -> Pending {
    append(app, by, op, Change::Delete { room, target })
}

pub(crate) fn react(
    app: &App,
    by: &Author,
    op: OpId,
    room: RoomId,
    target: Seq,
    emoji: String,
    on: bool,
) -> Pending {
    if !is_emoji(&emoji) {
        return Pending::refused(Code::BadRequest);
    }
    append(app, by, op, Change::React { room, target, emoji, on })
}

pub(crate) fn rename(app: &App, by: &Author, op: OpId, typed: &str) -> Pending {
    match Name::parse(typed, by.id) {
        Ok(name) => append(app, by, op, Change::Rename { name }),
        Err(code) => Pending::refused(code),
    }
}

pub(crate) fn create_room(
    app: &App,
    by: &Author,
    op: OpId,
    name: RoomName,
    topic: &str,
) -> Pending {
    match text::topic(topic) {
        Ok(topic) => append(app, by, op, Change::CreateRoom { name, topic }),
        Err(code) => Pending::refused(code),
    }
}

pub(crate) fn join(app: &App, by: &Author, op: OpId, room: RoomId) -> Pending {
    append(app, by, op, Change::Join { room })
}

/// Never waits for the rate: who goes may go, and a connection that ends has nobody to tell.
pub(crate) fn leave(app: &App, by: &Author, op: OpId, room: RoomId) -> Pending {
    app.log.append(by.clone(), op, Change::Leave { room })
}

pub(crate) fn set_topic(app: &App, by: &Author, op: OpId, room: RoomId, topic: &str) -> Pending {
    match text::topic(topic) {
        Ok(topic) => append(app, by, op, Change::SetTopic { room, topic }),
        Err(code) => Pending::refused(code),
    }
}

/// Waits for what became of an op. The author's connections know their name from it.
pub(crate) async fn answer(app: &App, pending: Pending) -> Answer {
    let answer = pending.answer().await;
    if let Answer::Accepted { by, .. } = &answer {
        app.presence().rename(by);
    }
    answer
}

fn append(app: &App, by: &Author, op: OpId, change: Change) -> Pending {
    if app.config.limits
        && let Err(wait) = app.limits().take(by.id, Instant::now())
    {
        let after_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1);
        return Pending::Answered(Answer::RetryAfter { after_ms, why: Code::TooFast });
    }
    app.log.append(by.clone(), op, change)
}
