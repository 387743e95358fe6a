//! What a server sends: events, answers, and what is never stored.

use serde::{Deserialize, Serialize};

use super::flat::Flat;
use super::{Anchor, Code, Cursor, Epoch, Event, OpId, Person, Room, RoomId, Seq, View};
use crate::permission::{Policy, Role};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[serde(try_from = "Flat")]
pub enum Frame {
    /// The answer to `hello`: who one is and which rooms there are.
    Welcome(Welcome),

    /// A cursor has reached the head: from here on events come as they happen.
    Live { room: RoomId, head: Seq },
    /// A cursor is too far behind to be replayed; it stands at `head` now. Load a page.
    Gap { room: RoomId, head: Seq },
    /// The history that the cursor belongs to is not this one; it stands at `head` now. What the
    /// client holds of this room is void.
    Reset { room: RoomId, head: Seq },
    /// The answer to `backfill`.
    Page(Page),

    /// The op is on disk, at this place of this room's log. Final, and the same for every repeat.
    Accepted { op: OpId, room: RoomId, seq: Seq },
    /// The op was not carried out and will not be. Final. Without an op: the frame itself was bad.
    Refused { op: Option<OpId>, code: Code, message: String },
    /// Nothing is known of the op: send it again after this time. The code says why not now.
    RetryAfter { op: OpId, after_ms: u64, code: Code },

    /// The answer to `who`. At most [`super::HERE_PEOPLE_MAX`] are named.
    Here { room: RoomId, count: usize, people: Vec<Person> },
    /// The answer to `members`: how many there are, and the first [`super::MEMBERS_PEOPLE_MAX`] by
    /// name, those with an account before guests.
    Members { room: RoomId, text: String, count: usize, people: Vec<Person> },
    /// Who came and went lately, merged. With very many people only the count moves.
    Presence { room: RoomId, count: usize, came: Vec<Person>, went: Vec<Person> },
    /// Somebody is writing; stands for [`super::TYPING_S`] unless repeated.
    Typing { room: RoomId, person: Person },
    /// One's own read cursor moved, here or on another device.
    Read { room: RoomId, seq: Seq },

    /// Are you there? And these rooms have moved to these heads. Answered by `pong`.
    Ping { heads: Vec<Cursor> },
    /// The server is about to stop: connect again after this time, perhaps to another node.
    Goaway { after_ms: u64 },

    /// An entry of a log. Its own `type` says which.
    #[serde(untagged)]
    Event(Event),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    pub epoch: Epoch,
    pub you: Person,
    /// What one is here, and what the owner has decided: what one may follows from both.
    #[serde(default)]
    pub role: Role,
    #[serde(default)]
    pub policy: Policy,
    /// What the workspace is called; empty before it is set up.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub workspace: String,
    /// The rooms one is in and the open ones that one could join, by name; the lobby first.
    pub rooms: Vec<Room>,
}

impl Welcome {
    /// For somebody without an account, where nobody has set anything up.
    pub fn guest(epoch: Epoch, you: Person, rooms: Vec<Room>) -> Self {
        let (role, policy, workspace) = (Role::Guest, Policy::default(), String::new());
        Self { epoch, you, role, policy, workspace, rooms }
    }
}

/// A stretch of one log, oldest first, without holes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Page {
    pub room: RoomId,
    pub anchor: Anchor,
    pub events: Vec<Event>,
    /// How those of its messages that were changed are now, as of `head`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub views: Vec<View>,
    /// The seq of the newest event of the room when the page was read.
    pub head: Seq,
}

/// What a page of HTML hands to the client that wakes up in it: the same data it was drawn from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Boot {
    pub welcome: Welcome,
    /// The room on the page. `None` where the address names no room.
    pub page: Option<Page>,
}
