//! The tutorial's protocol, byte for byte: clients written after it work unchanged.
//!
//! Frames are compared as text, with only the timestamp replaced (its form is checked). Plain
//! people and people of `hubbub.v1` are in the same lobby.

mod lines;

mod mixed;

mod nonsense;
