//! What must be the same on both ends of the wire.
//!
//! Read in this order: [`protocol`] is everything that travels, [`markdown`] turns a message's
//! text into a tree that both ends render alike, [`civil`] tells days and hours, [`percent`] is how
//! texts stand in addresses, [`permission`] who may do what, [`sync`] is the client's engine without
//! I/O.
//!
//! Nothing here does I/O, reads a clock, draws a random number or awaits: times and ids are
//! arguments. The crate knows no axum, no Leptos and no SQL, and never will.

pub mod protocol;

pub mod civil;
pub mod markdown;
pub mod percent;
pub mod permission;
pub mod sync;
