//! The client's state: signals over [`shared::sync`], and the verbs that people have.
//!
//! [`Chat`] is a handle that every component takes from context. A verb changes the engine, then
//! [`Chat::refresh`] compares what there is to show with what is shown and sets the signals that
//! differ: components change the engine in no other way. Signals belong to the root and outlive every route.

mod acting;
#[cfg(feature = "browser")]
mod keeping;
mod showing;

use leptos::prelude::*;
use shared::permission::{self, Policy, Role, Verb};
use shared::protocol::{Boot, Code, OpId, Person, Room, RoomName, UserId};
use shared::sync::{Found, Sync};

use crate::document::BOOT_ID;
use crate::json;
use crate::view::DayView;

pub(crate) use showing::patience;

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
    /// Who was looked for, and what came of it.
    pub(crate) found: RwSignal<Option<Found>>,
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
            found: RwSignal::new(None),
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
    pub(crate) fn due(self) -> Vec<shared::protocol::Command> {
        let now_ms = crate::browser::now_ms();
        self.sync.try_update_value(|sync| sync.due(now_ms)).unwrap_or_default()
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
