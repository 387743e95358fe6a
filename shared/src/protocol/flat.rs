//! How frames and events are read: one flat shape with every field that any of them has.
//!
//! Serde's own reading of tagged and flattened enums keeps each frame as a tree first and then
//! reads that tree again; the code for it alone is a tenth of what travels to the browser. This
//! shape is read in one pass. Writing is derived; `wire_tests` hold both sides together.
//!
//! So a field has one type for ever, whatever frame it stands in: a newer server that gave `name`
//! another type in a new kind of event could not be read by older clients at all.

use serde::Deserialize;

use super::{
    Anchor, Code, Cursor, Epoch, Event, Frame, OpId, Page, Person, Room, RoomId, RoomKind,
    RoomName, Rules, Seq, View, Welcome, What,
};
use crate::permission::{Policy, Role};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Flat {
    #[serde(rename = "type")]
    kind: String,
    room: Option<RoomId>,
    seq: Option<Seq>,
    head: Option<Seq>,
    op: Option<OpId>,

    at_ms: Option<i64>,
    by: Option<Person>,
    text: Option<String>,
    target: Option<Seq>,
    emoji: Option<String>,
    on: Option<bool>,
    name: Option<RoomName>,
    topic: Option<String>,
    from: Option<String>,
    listed: Option<RoomId>,
    unlisted: Option<RoomId>,

    epoch: Option<Epoch>,
    you: Option<Person>,
    rooms: Option<Vec<Room>>,
    anchor: Option<Anchor>,
    events: Option<Vec<Event>>,
    views: Option<Vec<View>>,

    code: Option<Code>,
    message: Option<String>,
    after_ms: Option<u64>,

    count: Option<usize>,
    people: Option<Vec<Person>>,
    came: Option<Vec<Person>>,
    went: Option<Vec<Person>>,
    person: Option<Person>,
    heads: Option<Vec<Cursor>>,
    role: Option<Role>,
    policy: Option<Policy>,
    workspace: Option<String>,
    #[serde(rename = "kind")]
    room_kind: Option<RoomKind>,
    rules: Option<Rules>,
    upto: Option<Seq>,
}

/// A field that this type of frame must have is not there.
#[derive(Debug)]
pub(super) struct Missing(&'static str);

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "missing field `{}`", self.0)
    }
}

/// `need!(flat.room)`: the field, or an error with its name.
macro_rules! need {
    ($flat:ident.$field:ident) => {
        $flat.$field.ok_or(Missing(stringify!($field)))?
    };
}

impl TryFrom<Flat> for Frame {
    type Error = Missing;

    fn try_from(flat: Flat) -> Result<Self, Missing> {
        Ok(match flat.kind.as_str() {
            "welcome" => Self::Welcome(Welcome {
                epoch: need!(flat.epoch),
                you: need!(flat.you),
                role: flat.role.unwrap_or_default(),
                policy: flat.policy.unwrap_or_default(),
                workspace: flat.workspace.unwrap_or_default(),
                rooms: need!(flat.rooms),
            }),
            "live" => Self::Live { room: need!(flat.room), head: need!(flat.head) },
            "gap" => Self::Gap { room: need!(flat.room), head: need!(flat.head) },
            "reset" => Self::Reset { room: need!(flat.room), head: need!(flat.head) },
            "page" => Self::Page(Page {
                room: need!(flat.room),
                anchor: need!(flat.anchor),
                events: need!(flat.events),
                views: flat.views.unwrap_or_default(),
                head: need!(flat.head),
            }),
            "accepted" => {
                Self::Accepted { op: need!(flat.op), room: need!(flat.room), seq: need!(flat.seq) }
            }
            "refused" => {
                Self::Refused { op: flat.op, code: need!(flat.code), message: need!(flat.message) }
            }
            "retryAfter" => Self::RetryAfter {
                op: need!(flat.op),
                after_ms: need!(flat.after_ms),
                code: need!(flat.code),
            },
            "here" => Self::Here {
                room: need!(flat.room),
                count: need!(flat.count),
                people: need!(flat.people),
            },
            "members" => Self::Members {
                room: need!(flat.room),
                text: need!(flat.text),
                count: need!(flat.count),
                people: need!(flat.people),
            },
            "presence" => Self::Presence {
                room: need!(flat.room),
                count: need!(flat.count),
                came: need!(flat.came),
                went: need!(flat.went),
            },
            "typing" => Self::Typing { room: need!(flat.room), person: need!(flat.person) },
            "read" => Self::Read { room: need!(flat.room), seq: need!(flat.seq) },
            "ping" => Self::Ping { heads: need!(flat.heads) },
            "goaway" => Self::Goaway { after_ms: need!(flat.after_ms) },
            _ => Self::Event(flat.try_into()?),
        })
    }
}

impl TryFrom<Flat> for Event {
    type Error = Missing;

    fn try_from(flat: Flat) -> Result<Self, Missing> {
        let what = match flat.kind.as_str() {
            "posted" => What::Posted { text: need!(flat.text) },
            "edited" => What::Edited { target: need!(flat.target), text: need!(flat.text) },
            "deleted" => What::Deleted { target: need!(flat.target) },
            "reacted" => What::Reacted {
                target: need!(flat.target),
                emoji: need!(flat.emoji),
                on: need!(flat.on),
            },
            "purged" => What::Purged { upto: need!(flat.upto), person: flat.person },
            "created" => What::Created {
                name: need!(flat.name),
                topic: need!(flat.topic),
                kind: flat.room_kind.unwrap_or_default(),
                people: flat.people.unwrap_or_default(),
            },
            "added" => What::Added {
                person: need!(flat.person),
                name: need!(flat.name),
                topic: need!(flat.topic),
                kind: flat.room_kind.unwrap_or_default(),
                people: flat.people.unwrap_or_default(),
            },
            "removed" => What::Removed { person: need!(flat.person) },
            "rulesChanged" => What::RulesChanged { rules: need!(flat.rules) },
            "joined" => What::Joined,
            "left" => What::Left,
            "topicChanged" => What::TopicChanged { topic: need!(flat.topic) },
            "renamed" => What::Renamed { from: need!(flat.from) },
            "listed" => What::Listed {
                listed: need!(flat.listed),
                name: need!(flat.name),
                topic: need!(flat.topic),
            },
            "unlisted" => What::Unlisted { unlisted: need!(flat.unlisted), name: need!(flat.name) },
            _ => What::Unknown,
        };
        Ok(Self {
            what,
            room: need!(flat.room),
            seq: need!(flat.seq),
            at_ms: need!(flat.at_ms),
            by: need!(flat.by),
            op: flat.op,
        })
    }
}
