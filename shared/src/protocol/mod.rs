//! `hubbub.v1`: every type that travels between server and client, as JSON text frames.
//!
//! [`Command`] goes from client to server, [`Frame`] from server to client; both are tagged by
//! `type`, in camelCase. Only this module derives serde for the wire, and each variant stands with its
//! JSON in `wire_tests.rs`: a changed line there is the review.
//!
//! A frame is the same bytes for everyone in a room: nothing in an [`Event`] depends on who reads it.

mod ids;
mod limits;
mod model;

mod command;
mod event;

mod code;
mod frame;

mod flat;

#[cfg(test)]
mod wire_tests;

pub use code::{Code, close};
pub use command::{Anchor, Command, Cursor};
pub use event::{Event, What};
pub use frame::{Boot, Frame, Page, Welcome};
pub use ids::{Epoch, OpId, RoomId, Seq, UserId};
pub use limits::*;
pub use model::{Person, Reaction, Room, RoomKind, RoomName, Rules, View, is_emoji};

/// The WebSocket subprotocol that a client names to speak this protocol on `/ws`.
///
/// A WebSocket that names no subprotocol speaks the plain protocol instead.
pub const SUBPROTOCOL: &str = "hubbub.v1";
