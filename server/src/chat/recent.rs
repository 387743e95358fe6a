//! What was said lately in the lobby, as plain people are shown it when they come.
//!
//! Ten thousand of them may come at once, and all are shown the same: it is read once for each head
//! of the lobby. Whatever changes a line moves the head, so what is kept is never out of date.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use shared::protocol::{RoomId, Seq, What};

use crate::app::App;
use crate::fanout::{Wire, chat_line};
use crate::store::{ReadError, events, messages, rooms};

/// Messages that a newcomer is shown.
const LINES_MAX: usize = 20;

/// The newest lines up to a head, oldest first.
#[derive(Clone, Default)]
pub(crate) struct RecentLines {
    pub(crate) head: Seq,
    pub(crate) lines: Arc<[Wire]>,
}

/// The last that were read. Held only to look or to put others there.
#[derive(Default)]
pub(crate) struct Recent(Mutex<Option<RecentLines>>);

impl Recent {
    fn at(&self, head: Seq) -> Option<RecentLines> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clone().filter(|kept| kept.head == head)
    }

    fn keep(&self, lines: RecentLines) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(lines);
    }
}

pub(crate) async fn recent_lines(app: &App) -> Result<RecentLines, ReadError> {
    let lobby = app.log.lobby;
    if let Some(head) = app.fanout.head(lobby)
        && let Some(kept) = app.recent.at(head)
    {
        return Ok(kept);
    }
    let lines = app.log.readers().read(move |db| read(db, lobby)).await?;
    app.recent.keep(lines.clone());
    Ok(lines)
}

fn read(db: &Connection, room: RoomId) -> rusqlite::Result<RecentLines> {
    let head = rooms::find(db, room)?.map_or(0, |row| row.head);
    let mut posts = events::newest_posts(db, room, LINES_MAX)?;
    posts.reverse();
    let mut lines = Vec::new();
    for post in posts {
        if let What::Posted { text } = post.what {
            let text = messages::text(db, room, post.seq)?.unwrap_or(text);
            lines.push(chat_line(&post.by.name, &text, post.at_ms));
        }
    }
    Ok(RecentLines { head, lines: lines.into() })
}
