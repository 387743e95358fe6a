//! What bad input gets, and that nobody else feels it.
//!
//! Mallory breaks the rules, Alice and Bob go on talking: each test is one case of abuse with a
//! server of its own. Most of them wait for a deadline of the server, so all run at once
//! (`cargo xtask test` sees to that); crowds take turns, because they would slow each other down.
//!
//! From `matrix` on there are accounts: who may do what, generated from the commands and the router,
//! and then each way to get more than that.

mod raw;
mod witnesses;

mod handshakes;

mod forgeries;

mod frames;

mod silence;

mod slowness;

mod crowds;

mod many_rooms;

mod matrix;
mod routes;

mod entering;

mod revoking;

mod repeating;

mod owners;

mod naming;

mod moderating;

mod leaking;

mod floods;

mod programs;

mod orders;
