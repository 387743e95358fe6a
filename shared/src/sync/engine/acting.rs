//! What people do: ops go into the outbox, rooms come on screen, pages are asked for, lines are read.

use super::{Link, Sync};
use crate::protocol::{Anchor, Command, OpId, RoomId, Seq};
use crate::sync::RoomState;

impl Sync {
    /// Puts an op into the outbox. It is on screen from now on.
    pub fn ask(&mut self, command: Command, now_ms: i64) {
        self.outbox.push(command, now_ms);
    }

    /// As [`Sync::ask`], but it leaves only at `until_ms`, and [`Sync::undo`] takes it back before.
    pub fn ask_undoable(&mut self, command: Command, now_ms: i64, until_ms: i64) {
        self.outbox.hold(command, now_ms, until_ms);
    }

    /// Takes back what has not left yet.
    pub fn undo(&mut self, op: OpId) {
        self.outbox.undo(op);
    }

    /// The page goes out of sight: what could still be undone goes out now.
    pub fn release(&mut self) {
        self.outbox.release();
    }

    /// The newest message of this person's in the room on screen, as they want it to read now.
    pub fn newest_mine(&self) -> Option<(Seq, String)> {
        let me = self.me.as_ref()?.id;
        let state = self.current()?;
        let changed = |entry_seq: Seq, text: &str| {
            let changes = self.outbox.changes_in(state.room.id);
            let about_it = changes.filter(|(_, target)| *target == entry_seq);
            about_it.fold(text.to_owned(), |text, (pending, _)| match &pending.command {
                Command::Edit { text, .. } => text.clone(),
                Command::Delete { .. } => String::new(),
                _ => text,
            })
        };
        let mut mine = state.timeline.entries().rev().filter(|entry| entry.event.by.id == me);
        mine.find_map(|entry| {
            let text = changed(entry.event.seq, entry.text()?);
            (!text.is_empty()).then_some((entry.event.seq, text))
        })
    }

    pub fn retry(&mut self, op: OpId, now_ms: i64) {
        self.outbox.retry(op, now_ms);
    }

    /// Takes a refused post or edit back: the command, so that its text can be mended.
    pub fn discard(&mut self, op: OpId) -> Option<Command> {
        self.outbox.remove(op).map(|pending| pending.command)
    }

    /// A room comes on screen: the "New" line is drawn where reading ended, and the newest page
    /// is asked for unless it is held.
    pub fn show(&mut self, room: RoomId) {
        let left = self.current.replace(room);
        if left != Some(room)
            && let Some(left) = left.and_then(|left| self.rooms.get_mut(&left))
        {
            left.new_after = None;
        }
        let Some(state) = self.rooms.get_mut(&room) else {
            return;
        };
        let comes = left != Some(room);
        let member = state.room.member;
        if comes {
            state.new_after = (state.room.unread > 0).then_some(state.room.read);
        }
        // A page of the past that is on screen already was asked for.
        if !state.timeline.loaded() || (comes && !state.timeline.at_head(state.room.head)) {
            self.page(room, Anchor::Newest);
        }
        if !member {
            self.follow(room);
        }
        self.asks.push_back(Command::Who { room });
    }

    /// Looks for those who belong to a room and have this in their name: [`Sync::found`], in a moment.
    /// `None` for the lobby, where everyone is.
    pub fn find(&mut self, room: Option<RoomId>, text: &str) {
        if let Some(room) = room.or(self.lobby().map(|state| state.room.id)) {
            self.sought = Some((room, text.to_owned()));
            self.seek();
        }
    }

    /// No room is on screen.
    pub fn show_none(&mut self) {
        if let Some(left) = self.current.take().and_then(|left| self.rooms.get_mut(&left)) {
            left.new_after = None;
        }
    }

    /// Loads the page before what is on screen, or after it. Nothing happens at the ends.
    pub fn page_older(&mut self, room: RoomId) {
        if let Some(anchor) = self.rooms.get(&room).and_then(|state| state.timeline.older()) {
            self.page(room, anchor);
        }
    }

    pub fn page_newer(&mut self, room: RoomId) {
        let newer = |state: &RoomState| state.timeline.newer(state.room.head);
        if let Some(anchor) = self.rooms.get(&room).and_then(newer) {
            self.page(room, anchor);
        }
    }

    /// Leaves a stretch of the past for the newest page.
    pub fn page_newest(&mut self, room: RoomId) {
        let behind = |state: &RoomState| !state.timeline.at_head(state.room.head);
        if self.rooms.get(&room).is_some_and(behind) {
            self.page(room, Anchor::Newest);
        }
    }

    /// Everything up to the newest event of the room on screen has been seen.
    pub fn mark_read(&mut self) {
        let Some(state) = self.current.and_then(|room| self.rooms.get_mut(&room)) else {
            return;
        };
        if let Some(seq) = state.to_read() {
            state.read(seq);
            state.timeline.trim_old();
            self.asks.push_back(Command::MarkRead { room: state.room.id, seq });
        }
    }

    /// From here on is new: the reader has looked away.
    pub fn mark_new(&mut self) {
        if let Some(state) = self.current.and_then(|room| self.rooms.get_mut(&room)) {
            state.new_after = Some(state.room.read);
        }
    }

    /// The reader is back, and nothing has come meanwhile.
    pub fn unmark_new(&mut self) {
        if let Some(state) = self.current.and_then(|room| self.rooms.get_mut(&room))
            && state.room.read >= state.room.head
        {
            state.new_after = None;
        }
    }

    pub fn typing(&mut self, room: RoomId) {
        if self.link == Link::Up {
            self.asks.push_back(Command::Typing { room });
        }
    }
}
