//! What happened: past tense, durable, one entry of a room's log.

use serde::{Deserialize, Serialize};

use super::flat::Flat;
use super::{OpId, Person, RoomId, RoomKind, RoomName, Rules, Seq};

/// One entry of a room's log, the same for everyone who reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Flat")]
pub struct Event {
    #[serde(flatten)]
    pub what: What,
    pub room: RoomId,
    pub seq: Seq,
    /// When the server wrote it, in milliseconds since 1970 UTC. For display; `seq` gives order.
    pub at_ms: i64,
    pub by: Person,
    /// The intention this fulfils. Absent where one intention wrote to several logs: only the
    /// first of them carries it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub op: Option<OpId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum What {
    /// What was said, as it was said. Empty once it has been deleted: nothing else has no text.
    Posted {
        text: String,
    },
    /// The author's message at `target` reads like this from here on. Empty once the message has
    /// been deleted.
    Edited {
        target: Seq,
        text: String,
    },
    /// The message at `target` is gone, and its text with it: taken back by its author, or by
    /// somebody who looks after the room.
    Deleted {
        target: Seq,
    },
    /// The author put an emoji under the message at `target`, or took it away.
    Reacted {
        target: Seq,
        emoji: String,
        on: bool,
    },
    /// All messages up to `upto` are gone, and their texts with them; of one person only, if
    /// there is one.
    Purged {
        upto: Seq,
        #[serde(skip_serializing_if = "Option::is_none")]
        person: Option<Person>,
    },
    /// The first event of a room; its author is the first member.
    Created {
        name: RoomName,
        topic: String,
        #[serde(default, skip_serializing_if = "RoomKind::is_open")]
        kind: RoomKind,
        /// Everyone in a direct room, now or in a moment.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        people: Vec<Person>,
    },
    Joined,
    Left,
    /// The author has let somebody in, who learns from this what room it is.
    Added {
        person: Person,
        name: RoomName,
        topic: String,
        #[serde(default, skip_serializing_if = "RoomKind::is_open")]
        kind: RoomKind,
        /// As in `created`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        people: Vec<Person>,
    },
    /// The author has put somebody out, for whom this is the last event of the room.
    Removed {
        person: Person,
    },
    TopicChanged {
        topic: String,
    },
    RulesChanged {
        rules: Rules,
    },
    /// The author has another name now; `by` carries the new one.
    Renamed {
        from: String,
    },
    /// In the lobby's log: a room was opened.
    Listed {
        listed: RoomId,
        name: RoomName,
        topic: String,
    },
    /// In the lobby's log: a room in which nobody wrote and nobody is has disappeared.
    Unlisted {
        unlisted: RoomId,
        name: RoomName,
    },
    /// Something a newer server wrote. It has its seq like any other; there is nothing to show.
    #[serde(other)]
    Unknown,
}

impl What {
    /// Whose membership begins (true) or ends with this event, if anybody's does.
    pub fn moves<'a>(&'a self, by: &'a Person) -> Option<(&'a Person, bool)> {
        match self {
            Self::Joined | Self::Created { .. } => Some((by, true)),
            Self::Added { person, .. } => Some((person, true)),
            Self::Left => Some((by, false)),
            Self::Removed { person } => Some((person, false)),
            _ => None,
        }
    }
}
