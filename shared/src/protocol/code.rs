//! Why something was refused, and why a connection was closed.

use serde::{Deserialize, Serialize};

/// Why an op was refused, which is final: sending it again changes nothing. Or, in a `retryAfter`,
/// why nothing came of it yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Code {
    /// The frame is not JSON, of no known type, or a field is missing or of the wrong kind.
    BadRequest,
    /// There is nothing to say.
    Empty,
    TooLong,
    /// There is no such room, or it is not for this person to know of.
    UnknownRoom,
    /// One has to join the room first.
    NotMember,
    /// The name is already somebody's, or looks exactly like it.
    NameTaken,
    /// Nothing visible is left of the name, or it is reserved.
    BadName,
    /// A room of that name is already there.
    RoomExists,
    /// There are as many rooms as there may be: [`super::ROOMS_MAX`], or [`super::HIDDEN_ROOMS_MAX`] of
    /// one person's.
    TooManyRooms,
    /// The lobby is for everyone: it cannot be left.
    LobbyIsForAll,
    /// The op was used before, for something else.
    OpReused,
    /// There is no message at this seq, or it has been deleted.
    UnknownMessage,
    /// The message is somebody else's.
    NotYours,
    /// The message has as many different reactions as it may: [`super::REACTIONS_MAX`].
    TooManyReactions,
    /// This person may not do this; see [`crate::permission`].
    Forbidden,
    /// Only who looks after the room writes in it.
    ReadOnly,
    /// There is no such person, or they cannot be here.
    UnknownPerson,
    /// A direct room is for 2 to [`super::DIRECT_PEOPLE_MAX`] people.
    TooManyPeople,
    /// Not yet: this person has asked for too much in too short a time.
    TooFast,
    /// Not yet: in this room one message follows another after some time.
    SlowMode,
    /// Not yet: more is asked of the server than it can take.
    Busy,
    /// Not yet: the server's disk is full or does not take anything.
    CannotSave,
    /// A refusal that a newer server knows and this client does not.
    #[serde(other)]
    Unknown,
}

impl Code {
    /// One sentence for a person: what happened and what to do.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::BadRequest => {
                "The server did not understand this. Reload the page and try again."
            }
            Self::Empty => "There is nothing in it yet. Write something first.",
            Self::TooLong => "This is too long. Shorten it and send it again.",
            Self::UnknownRoom => "This room is not here any more.",
            Self::NotMember => "Join this room to write in it.",
            Self::NameTaken => "Somebody already has this name. Choose another one.",
            Self::BadName => "This name cannot be used. Choose one with letters or digits.",
            Self::RoomExists => {
                "A room of this name is already there. Join it, or choose another name."
            }
            Self::TooManyRooms => "There are too many rooms already. Use one of those.",
            Self::LobbyIsForAll => "The lobby is for everyone and cannot be left.",
            Self::OpReused => {
                "This was sent before with another content. Send it again as a new message."
            }
            Self::UnknownMessage => "This message is not here any more.",
            Self::NotYours => "Only who wrote a message can change it.",
            Self::TooManyReactions => {
                "There are many different reactions already. Use one of those."
            }
            Self::Forbidden => "You may not do this here. Ask somebody who looks after it.",
            Self::ReadOnly => "Only those who look after this room write in it.",
            Self::UnknownPerson => "This person is not here any more.",
            Self::TooManyPeople => "Choose fewer people, or open a private room for them.",
            Self::TooFast => "That was very fast. It will be sent in a moment.",
            Self::SlowMode => "This room is in slow mode. It will be sent when it is time.",
            Self::Busy => "The server is busy. This will be sent in a moment.",
            Self::CannotSave => {
                "Messages cannot be saved right now. Yours are kept here and will be sent."
            }
            Self::Unknown => "The server refused this. Reload the page and try again.",
        }
    }
}

/// The WebSocket close codes that the server uses.
pub mod close {
    /// The server is stopping; the reason says so. Connect again.
    pub const GOING_AWAY: u16 = 1001;
    /// The client broke the WebSocket protocol.
    pub const PROTOCOL: u16 = 1002;
    /// A text frame was not UTF-8.
    pub const NOT_UTF8: u16 = 1007;
    /// A frame was larger than [`super::super::FRAME_BYTES_MAX`].
    pub const TOO_BIG: u16 = 1009;
    /// Not allowed in. Do not come back without another login.
    pub const UNAUTHORIZED: u16 = 4001;
    /// No `hello` within ten seconds, or no answer to a ping.
    pub const SILENT: u16 = 4002;
    /// Ten frames within a minute that made no sense.
    pub const BAD_REQUESTS: u16 = 4003;
    /// The socket took no byte for thirty seconds. Connect again and resume.
    pub const SLOW: u16 = 4008;
    /// What this person may do has changed. Connect again and see.
    pub const CHANGED: u16 = 4009;
}
