//! The harness of the suites: a real server in a process of its own, and people who use it.
//!
//! [`server`] starts, kills and restarts it; [`way`] leads there, over TLS with the certificates of an
//! [`authority`] of the tests' own; [`client`] is a person over `hubbub.v1`, [`plain`] one over the
//! plain protocol, [`http`] a browser without JavaScript, [`people`] a workspace that is set up, [`browser`] people in front of real ones;
//! [`delivery`] people with the browser's own engine, the faults that befall them, and the checker of
//! what they went through. Every test starts its own server with its own data, so that all run at once.
//! Whoever waits does so for a condition, with a deadline: [`eventually`] and the `expect` of each.

pub mod server;

pub mod way;

pub mod authority;

pub mod client;

pub mod plain;

pub mod http;

pub mod people;

pub mod browser;

pub mod delivery;

pub mod eventually;

pub use client::{Client, Login};
pub use eventually::{DEADLINE, eventually};
pub use http::{Browser, Page};
pub use people::{Account, Workspace};
pub use plain::Plain;
pub use server::Server;
pub use way::Way;
