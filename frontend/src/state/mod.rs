//! The client's state: signals over [`shared::sync`], and the verbs that people have.
//!
//! [`Chat`] is a handle that every component takes from context. A verb changes the engine, then
//! [`Chat::refresh`] compares what there is to show with what is shown and sets the signals that
//! differ: components change the engine in no other way. Signals belong to the root and outlive every route.

#[cfg(feature = "browser")]
mod keeping;
mod showing;

use leptos::prelude::*;
use shared::permission::{self, Policy, Role, Verb};
use shared::protocol::{
    Boot, Code, Command, OpId, Person, Room, RoomId, RoomName, Rules, Seq, UserId,
};
use shared::sync::{RoomState, Sync};

use crate::browser;
use crate::document::BOOT_ID;
use crate::json;
use crate::view::{DayView, Eye};

pub(crate) use showing::patience;
use showing::set;

/// Where the client stands with the server, in words for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "browser"), expect(dead_code, reason = "the server only draws the start"))]
pub(crate) enum Status {
    Connecting,
    Connected,
    /// The next attempt comes in so many seconds.
    Waiting(u64),
    /// The browser says that there is no network.
    Offline,
    /// The server does not want this person, or not any more; there is no next attempt.
    SignedOut,
}

/// Why the connection is woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wake {
    /// There may be something to send; no reason to connect sooner than planned.
    Send,
    /// An attempt to connect has a good chance, or somebody asks for it.
    Connect,
}

/// What one is here, and what the owner has decided: what one may follows from it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) role: Role,
    pub(crate) policy: Policy,
    /// What the workspace is called; empty before it is set up.
    pub(crate) workspace: String,
}

/// One sentence about what just happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) icon: &'static str,
    pub(crate) words: String,
    /// The op that can be undone as long as the sentence stands.
    pub(crate) undo: Option<OpId>,
}

/// How long a sentence stands, and so how long a deletion can be undone.
pub(crate) const NOTICE_MS: i64 = 6_000;

#[derive(Clone, Copy)]
pub(crate) struct Chat {
    sync: StoredValue<Sync>,
    /// Wakes the connection: something is to be sent, or an attempt should not wait.
    wake: StoredValue<Option<Callback<Wake>>>,
    /// What keeps things on the device, once it is open.
    #[cfg(feature = "browser")]
    device: StoredValue<Option<Callback<crate::device::Task>>>,
    /// Whether what has changed of the rooms is about to be kept.
    #[cfg(feature = "browser")]
    keeping: StoredValue<bool>,
    /// The name in the address, as long as no room of that name is known.
    wanted: StoredValue<Option<String>>,

    pub(crate) status: RwSignal<Status>,
    /// Down for long enough to say so across the page.
    pub(crate) troubled: RwSignal<bool>,
    /// Whether the reader's clock may be used: not in the first render.
    pub(crate) awake: RwSignal<bool>,
    pub(crate) me: RwSignal<Option<Person>>,
    pub(crate) standing: RwSignal<Standing>,
    pub(crate) rooms: RwSignal<Vec<Room>>,
    /// How many ops are still to be sent.
    pub(crate) unsent: RwSignal<usize>,
    /// Whether unsent ops outlive the page.
    pub(crate) keeps: RwSignal<bool>,
    /// Whether a newer client is there than the one that runs.
    pub(crate) updated: RwSignal<bool>,

    /// The room on screen.
    pub(crate) room: RwSignal<Option<Room>>,
    pub(crate) days: RwSignal<Vec<DayView>>,
    pub(crate) loaded: RwSignal<bool>,
    pub(crate) at_start: RwSignal<bool>,
    pub(crate) at_head: RwSignal<bool>,
    /// The reader has scrolled away from the newest message.
    pub(crate) away: RwSignal<bool>,
    pub(crate) here: RwSignal<Vec<Person>>,
    pub(crate) count: RwSignal<Option<usize>>,
    /// Who is in the lobby now, as far as they are named.
    pub(crate) around: RwSignal<Vec<Person>>,
    pub(crate) typing: RwSignal<Vec<Person>>,

    pub(crate) toast: RwSignal<Option<Notice>>,
    /// Why the server takes nothing right now.
    pub(crate) hindrance: RwSignal<Option<Code>>,
    /// What a screen reader is told of what arrived.
    pub(crate) announcement: RwSignal<String>,
    /// The address of a room that this person has just opened.
    pub(crate) opened: RwSignal<Option<RoomName>>,
}

impl Chat {
    /// From what the page was drawn from: the server's document, or the data that it left in the
    /// page. A page without any starts empty; the device and the connection bring everything.
    pub(crate) fn new() -> Self {
        let sync = boot().map(Sync::boot).unwrap_or_default();
        let chat = Self {
            sync: StoredValue::new(sync),
            wake: StoredValue::new(None),
            #[cfg(feature = "browser")]
            device: StoredValue::new(None),
            #[cfg(feature = "browser")]
            keeping: StoredValue::new(false),
            wanted: StoredValue::new(None),
            status: RwSignal::new(Status::Connecting),
            troubled: RwSignal::new(false),
            awake: RwSignal::new(false),
            me: RwSignal::new(None),
            standing: RwSignal::new(Standing::default()),
            rooms: RwSignal::new(Vec::new()),
            unsent: RwSignal::new(0),
            keeps: RwSignal::new(true),
            updated: RwSignal::new(false),
            room: RwSignal::new(None),
            days: RwSignal::new(Vec::new()),
            loaded: RwSignal::new(false),
            at_start: RwSignal::new(false),
            at_head: RwSignal::new(false),
            away: RwSignal::new(false),
            here: RwSignal::new(Vec::new()),
            count: RwSignal::new(None),
            around: RwSignal::new(Vec::new()),
            typing: RwSignal::new(Vec::new()),
            toast: RwSignal::new(None),
            hindrance: RwSignal::new(None),
            announcement: RwSignal::new(String::new()),
            opened: RwSignal::new(None),
        };
        chat.show_changes();
        chat
    }

    /// In the browser, once: the reader's clock and the connection begin to run.
    #[cfg(feature = "browser")]
    pub(crate) fn wake_up(self) {
        self.awake.set(true);
        // What is asked for from now on waits for the device to open, which takes a moment.
        self.act(|sync| sync.keep_ops(true));
        crate::connection::start(self);
        crate::worker::register(self);
    }

    #[cfg(feature = "browser")]
    pub(crate) fn on_wake(self, wake: Callback<Wake>) {
        self.wake.set_value(Some(wake));
    }

    /// The commands that may go out now.
    #[cfg(feature = "browser")]
    pub(crate) fn due(self) -> Vec<Command> {
        self.sync.try_update_value(|sync| sync.due(browser::now_ms())).unwrap_or_default()
    }

    /// Why this person may not do something, if so; in this room, if it is done in one. The server
    /// decides: this is to know what to offer.
    pub(crate) fn barred(self, verb: Verb, room: Option<&Room>) -> Option<Code> {
        let standing = self.standing.read();
        let place = room.filter(|_| verb.is_in_room()).map(Room::place);
        permission::may(standing.role, &standing.policy, verb, place.as_ref()).err()
    }

    pub(crate) fn may(self, verb: Verb, room: Option<&Room>) -> bool {
        self.barred(verb, room).is_none()
    }

    /// The same, in the room on screen.
    pub(crate) fn may_here(self, verb: Verb) -> bool {
        self.may(verb, self.room.read().as_ref())
    }

    /// What a room is called within a sentence.
    pub(crate) fn label(self, room: &Room) -> String {
        room.label(self.my_id())
    }

    pub(crate) fn my_id(self) -> Option<UserId> {
        self.me.read().as_ref().map(|me| me.id)
    }

    /// Looks at the engine.
    pub(crate) fn read<T>(self, look: impl FnOnce(&Sync) -> T) -> T {
        self.sync.with_value(look)
    }

    /// Changes the engine, then the screen, then lets the connection send what is due.
    pub(crate) fn act<T>(self, change: impl FnOnce(&mut Sync) -> T) -> T {
        let mut outcome = None;
        self.sync.update_value(|sync| outcome = Some(change(sync)));
        #[cfg(feature = "browser")]
        self.keep_changes();
        self.refresh();
        self.wake(Wake::Send);
        outcome.expect("update_value runs its closure")
    }

    /// Does not wait for the next attempt to connect.
    pub(crate) fn hurry(self) {
        self.wake(Wake::Connect);
    }

    fn wake(self, why: Wake) {
        if let Some(wake) = self.wake.get_value() {
            wake.run(why);
        }
    }
}

/// The verbs.
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

fn boot() -> Option<Boot> {
    if let Some(document) = use_context::<crate::document::Document>() {
        return document.boot;
    }
    if cfg!(feature = "ssr") {
        return None;
    }
    let element = web_sys::window()?.document()?.get_element_by_id(BOOT_ID)?;
    json::read(&element.text_content()?)
}
