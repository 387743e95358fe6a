//! The verbs: what people do with messages, rooms and each other, and where they look.

use leptos::prelude::*;
use shared::permission::Verb;
use shared::protocol::{Command, OpId, RoomId, RoomName, Rules, Seq, UserId};
use shared::sync::{RoomState, Sync};

use super::showing::set;
use super::{Chat, NOTICE_MS, Notice};
use crate::browser;
use crate::view::Eye;

impl Chat {
    pub(crate) fn post(self, room: RoomId, text: String) {
        // Before anything changes: what changes keeps the reader where they are.
        Eye::to_newest();
        self.act(|sync| {
            sync.page_newest(room);
            sync.ask(Command::Post { op: browser::new_op(), room, text }, browser::now_ms());
        });
    }

    /// Makes a message of one's own in the room on screen read otherwise.
    pub(crate) fn edit(self, target: Seq, text: String) {
        self.ask_here(|op, room| Command::Edit { op, room, target, text });
    }

    /// Takes a message back: one's own, or as somebody who looks after the room. It is gone from the
    /// screen at once; from everywhere else only when it can no longer be undone, because the log
    /// forgets for good.
    pub(crate) fn delete(self, target: Seq) {
        let Some(room) = self.shown_room() else { return };
        let (op, now_ms) = (browser::new_op(), browser::now_ms());
        let command = Command::Delete { op, room, target };
        self.act(|sync| sync.ask_undoable(command, now_ms, now_ms + NOTICE_MS));
        let words = "Message deleted".to_owned();
        self.toast.set(Some(Notice { icon: "check", words, undo: Some(op) }));
    }

    pub(crate) fn undo(self, op: OpId) {
        self.act(|sync| sync.undo(op));
        self.toast.set(None);
    }

    /// Puts an emoji under a message in the room on screen, or takes one's own away.
    pub(crate) fn react(self, target: Seq, emoji: String, on: bool) {
        self.ask_here(|op, room| Command::React { op, room, target, emoji, on });
    }

    fn ask_here(self, command: impl FnOnce(OpId, RoomId) -> Command) {
        if let Some(room) = self.shown_room() {
            self.ask(command(browser::new_op(), room));
        }
    }

    /// Says one sentence at the bottom of the page.
    pub(crate) fn tell(self, icon: &'static str, words: String) {
        self.toast.set(Some(Notice { icon, words, undo: None }));
    }

    pub(crate) fn rename(self, name: String) {
        self.ask(Command::Rename { op: browser::new_op(), name });
    }

    pub(crate) fn create_room(self, name: RoomName, topic: String, private: bool) {
        self.ask(Command::CreateRoom { op: browser::new_op(), name, topic, private });
    }

    /// Opens the room of these people and oneself.
    pub(crate) fn write_to(self, people: Vec<UserId>) {
        self.ask(Command::OpenDirect { op: browser::new_op(), people });
    }

    /// Looks for people by a part of their name: [`Chat::found`], in a moment.
    pub(crate) fn find(self, typed: &str) {
        if self.may(Verb::OpenDirect, None) {
            self.act(|sync| sync.find(None, typed.trim()));
        }
    }

    /// Asks who belongs to the room on screen.
    pub(crate) fn find_members(self) {
        if untrack(|| self.may_here(Verb::ListMembers)) {
            let room = self.shown_room();
            self.act(|sync| sync.find(room, ""));
        }
    }

    /// Lets somebody into the room on screen.
    pub(crate) fn add(self, person: UserId) {
        self.ask_here(|op, room| Command::Add { op, room, person });
    }

    /// Puts somebody out of the room on screen.
    pub(crate) fn remove(self, person: UserId) {
        self.ask_here(|op, room| Command::Remove { op, room, person });
    }

    pub(crate) fn set_rules(self, rules: Rules) {
        self.ask_here(|op, room| Command::SetRules { op, room, rules });
    }

    /// Shows the admins a message of the room on screen.
    pub(crate) fn report(self, target: Seq, reason: String) {
        self.ask_here(|op, room| Command::Report { op, room, target, reason });
    }

    pub(crate) fn join(self, room: RoomId) {
        self.ask(Command::Join { op: browser::new_op(), room });
    }

    pub(crate) fn leave(self, room: RoomId) {
        self.ask(Command::Leave { op: browser::new_op(), room });
    }

    pub(crate) fn set_topic(self, room: RoomId, topic: String) {
        self.ask(Command::SetTopic { op: browser::new_op(), room, topic });
    }

    fn ask(self, command: Command) {
        self.act(|sync| sync.ask(command, browser::now_ms()));
    }

    pub(crate) fn retry(self, op: OpId) {
        self.act(|sync| sync.retry(op, browser::now_ms()));
    }

    /// Takes back a post or an edit that was refused.
    pub(crate) fn discard(self, op: OpId) -> Option<Command> {
        self.act(|sync| sync.discard(op))
    }

    /// Brings the room of this name on screen.
    pub(crate) fn show(self, name: &str) {
        self.wanted.set_value(Some(name.to_owned()));
        let shown = self.room.get_untracked().map(|room| room.name);
        if shown.as_ref().map(RoomName::as_str) != Some(name) {
            // Where one stood in another room means nothing here.
            Eye::to_newest();
            let known = |sync: &Sync| Some(sync.room(sync.room_named(name)?)?.room.clone());
            self.announce(match self.read(known) {
                Some(room) => self.label(&room),
                None => format!("# {name}"),
            });
        }
        self.act(|sync| match sync.room_named(name) {
            Some(room) => sync.show(room),
            None => sync.show_none(),
        });
    }

    /// The page before what is held, even if the newest has to be forgotten for it.
    pub(crate) fn page_older(self) {
        if self.current(|state| state.timeline.older().is_some()) {
            self.with_current(Sync::page_older);
        }
    }

    fn page_newer(self) {
        if self.current(|state| state.timeline.newer(state.room.head).is_some()) {
            self.with_current(Sync::page_newer);
        }
    }

    /// Whether something holds of the room on screen. Asked before acting, because looking around
    /// must not redraw for nothing: the redrawn page would be looked at again, and so for ever.
    fn current(self, holds: impl FnOnce(&RoomState) -> bool) -> bool {
        self.read(|sync| sync.current().is_some_and(holds))
    }

    /// The newest page, and the reader at the end of it.
    pub(crate) fn page_newest(self) {
        // Before anything changes: what changes keeps the reader where they are.
        Eye::to_newest();
        self.with_current(Sync::page_newest);
    }

    /// What is on screen has been seen, if it reaches to the end and somebody is looking.
    pub(crate) fn mark_read(self) {
        let behind = self.current(|state| state.to_read().is_some());
        if behind && browser::visible() && Eye::at_newest() {
            self.act(Sync::mark_read);
        }
    }

    /// Where the reader stands has changed: loads what comes next and notes what has been seen.
    pub(crate) fn look(self) {
        let (oldest, newest) = (Eye::near_oldest(), Eye::near_newest());
        // Hundreds of lines may fold into less than a screen. A page at one end would then push
        // out the other, which is in view as well: only who asks for it gets it.
        let folded = oldest && newest && self.current(|state| state.timeline.is_full());
        if oldest && !folded {
            self.page_older();
        }
        if newest && !folded {
            self.page_newer();
        }
        set(self.away, !Eye::at_newest());
        self.mark_read();
    }

    pub(crate) fn typing_here(self) {
        self.with_current(Sync::typing);
    }

    fn with_current(self, verb: impl FnOnce(&mut Sync, RoomId)) {
        if let Some(room) = self.shown_room() {
            self.act(|sync| verb(sync, room));
        }
    }

    fn shown_room(self) -> Option<RoomId> {
        self.read(|sync| sync.current().map(|state| state.room.id))
    }
}
