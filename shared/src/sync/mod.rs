//! The client's engine without I/O: what a client holds, what it has to send, what it shows.
//!
//! [`Sync`] takes what people do and what arrives, each with the time as an argument, and gives
//! the commands that are due. A socket, a clock and a screen wrap it: the browser's in
//! `frontend::connection`, the tests' in `tests`. It never does I/O and never fails.
//!
//! Inside: a [`Timeline`] is the stretch of one room's log that is on screen, an [`Outbox`] holds
//! what has been said and not yet answered, [`rows`] draws both up for a screen.

mod backoff;
mod entry;
mod map;
mod outbox;
mod timeline;

mod engine;
mod room;

mod flat_op;
mod keep;

pub mod rows;

#[cfg(test)]
mod tests;

pub use backoff::Backoff;
pub use engine::{Found, Link, Refusal, Sync};
pub use entry::Entry;
pub use keep::{KEPT_EVENTS, Keep, KeptOp, Store};
pub use outbox::{Outbox, Pending, SendState};
pub use room::RoomState;
pub use timeline::{Note, Timeline};
