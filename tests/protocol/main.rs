//! `hubbub.v1` over real sockets: Alice, Bob and Carol, and a server that is killed now and then.
//!
//! Each test is a story with its own server; [`harness`] has the people. What one connection
//! guarantees comes first, then what holds over breaks, then what nonsense gets.

mod greeting;

mod posting;

mod rooms;

mod people;

mod reading;

mod resuming;

mod paging;

mod changing;

mod restarting;

mod delivery;

mod refusing;

mod limiting;

mod starting;
