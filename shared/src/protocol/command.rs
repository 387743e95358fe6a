//! What a client asks for: imperative, tagged by `type`.
//!
//! A command that changes something carries an `op` and gets exactly one answer for it: accepted,
//! refused or retry after. Sending it again with the same `op` is always safe.

use serde::{Deserialize, Serialize};

use super::{Epoch, OpId, RoomId, RoomName, Rules, Seq, UserId};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Command {
    /// The first frame: which history the client holds and how far. Answered by `welcome`, then
    /// for every cursor by the missing events and `live`, or by `gap`, or by `reset`.
    ///
    /// Rooms the person is in and that have no cursor here are followed from their head.
    Hello {
        epoch: Option<Epoch>,
        cursors: Vec<Cursor>,
    },
    /// Say something in a room that one is in.
    Post {
        op: OpId,
        room: RoomId,
        text: String,
    },
    /// Say it otherwise: the author's own message at `target` reads like this from now on.
    Edit {
        op: OpId,
        room: RoomId,
        target: Seq,
        text: String,
    },
    /// Take a message back: the author's own, or as somebody who looks after the room. Its text is
    /// erased everywhere, also in the log.
    Delete {
        op: OpId,
        room: RoomId,
        target: Seq,
    },
    /// Put an emoji under the message at `target`, or with `on` false take one's own away.
    React {
        op: OpId,
        room: RoomId,
        target: Seq,
        emoji: String,
        on: bool,
    },
    /// Take another name, everywhere.
    Rename {
        op: OpId,
        name: String,
    },
    /// Open a room and be its first member. The name of a private room gets an ending of its own,
    /// see [`super::Room::title`].
    CreateRoom {
        op: OpId,
        name: RoomName,
        topic: String,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        private: bool,
    },
    /// Meet these people in the direct room that they and the author have. It is made if it is not
    /// there.
    OpenDirect {
        op: OpId,
        people: Vec<UserId>,
    },
    Join {
        op: OpId,
        room: RoomId,
    },
    Leave {
        op: OpId,
        room: RoomId,
    },
    SetTopic {
        op: OpId,
        room: RoomId,
        topic: String,
    },
    /// Let somebody into a room.
    Add {
        op: OpId,
        room: RoomId,
        person: UserId,
    },
    /// Put somebody out of a room.
    Remove {
        op: OpId,
        room: RoomId,
        person: UserId,
    },
    SetRules {
        op: OpId,
        room: RoomId,
        rules: Rules,
    },
    /// Show the admins a message. Nobody else is told: this writes no event.
    Report {
        op: OpId,
        room: RoomId,
        target: Seq,
        reason: String,
    },
    /// Move the read cursor forward; never moves it back. No answer.
    MarkRead {
        room: RoomId,
        seq: Seq,
    },
    /// Follow a room from a seq on, as in a hello; also a room that one may read but is not in.
    Resume {
        room: RoomId,
        seq: Seq,
    },
    /// Read a stretch of the log. Answered by `page`.
    Backfill {
        room: RoomId,
        anchor: Anchor,
        limit: usize,
    },
    /// Who is in this room right now? Answered by `here`.
    Who {
        room: RoomId,
    },
    /// Who belongs to this room, here or not, and has this in their name? Empty for everyone.
    /// Answered by `members`.
    Members {
        room: RoomId,
        text: String,
    },
    /// One is writing; repeated every few seconds while it lasts. No answer.
    Typing {
        room: RoomId,
    },
    /// The answer to `ping`.
    Pong,
}

/// How far one room's log is held: everything up to and including `seq`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    pub room: RoomId,
    pub seq: Seq,
}

/// Where a page of the log lies. `{"before":120}`, `{"after":170}` or `"newest"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Anchor {
    /// The newest events.
    Newest,
    /// The events just before this seq, which is not among them.
    Before(Seq),
    /// The events just after this seq, which is not among them.
    After(Seq),
}

impl Command {
    /// The op of a command that changes something.
    pub fn op(&self) -> Option<OpId> {
        match self {
            Self::Post { op, .. }
            | Self::Edit { op, .. }
            | Self::Delete { op, .. }
            | Self::React { op, .. }
            | Self::Rename { op, .. }
            | Self::CreateRoom { op, .. }
            | Self::Join { op, .. }
            | Self::Leave { op, .. }
            | Self::OpenDirect { op, .. }
            | Self::SetTopic { op, .. }
            | Self::Add { op, .. }
            | Self::Remove { op, .. }
            | Self::SetRules { op, .. }
            | Self::Report { op, .. } => Some(*op),
            Self::Hello { .. }
            | Self::MarkRead { .. }
            | Self::Resume { .. }
            | Self::Backfill { .. }
            | Self::Who { .. }
            | Self::Members { .. }
            | Self::Typing { .. }
            | Self::Pong => None,
        }
    }
}
