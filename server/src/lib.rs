//! The server: axum and tokio around a log.
//!
//! A room is a log, a connection is a set of cursors over logs. Read in this order:
//! [`config`] and [`error`] are the owner's side; `app` is what everything shares, `serve` lets people
//! in, through `tls` or with a word of `redirect` that they should come that way, and says with each
//! request for which `client` it is; `router` has all routes; `guard`, `auth`, `pages` and `assets`
//! are the web; `session` is one WebSocket's life; `chat` has the verbs, with `names`, `limits` and
//! `presence` beside it as pure code; `log` gives the order and the promises, `fanout` tells who is
//! behind, `store` is the SQL.
//!
//! `use` goes one way: router → pages, session → chat → log → store, fanout. Nothing points back.

pub mod command;
pub mod config;
pub mod error;

mod app;
mod router;

mod redirect;
mod tls;

mod assets;
mod auth;
mod client;
mod guard;
mod pages;

mod session;

mod access;
mod chat;
mod limits;
mod names;
mod people;
mod presence;
mod retention;

mod log;

mod fanout;
mod store;

mod serve;

#[cfg(test)]
mod simulation;

pub use app::App;
pub use serve::{Doors, run};
pub use tls::Tls;
