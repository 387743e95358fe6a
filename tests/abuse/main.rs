//! What bad input gets, and that nobody else feels it.
//!
//! Mallory breaks the rules, Alice and Bob go on talking: each test is one case of abuse with a
//! server of its own. Most of them wait for a deadline of the server, so all run at once
//! (`cargo xtask test` sees to that); crowds take turns, because they would slow each other down.

mod raw;
mod witnesses;

mod handshakes;

mod forgeries;

mod frames;

mod silence;

mod slowness;

mod crowds;

mod many_rooms;

mod entering;

mod matrix;

mod routes;

mod revoking;

mod owners;

mod programs;

mod orders;

mod moderating;

mod floods;

mod naming;

mod leaking;

mod repeating;
