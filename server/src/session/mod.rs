//! One WebSocket's life: upgrade, hello, resume, commands in, close code.
//!
//! [`upgrade`] lets a request in, takes its socket out of the web server and gives it to a `shard`,
//! in the protocol that the client names: `v1` or, naming none, `plain`. A shard is one thread with
//! many connections; the `reader` makes messages of bytes, `fanout` knows what is to be written.
//! Called by the router; calls `chat` for everything that people do.

mod beat;
mod plain;
pub(crate) mod resume;
mod upgrade;
mod v1;

mod shard;

mod connection;
mod reader;
mod socket;
mod wheel;

pub(crate) use beat::beat;
pub(crate) use shard::{Doorway, Quiet};
pub(crate) use upgrade::{asks_to_upgrade, upgrade};
#[cfg(test)]
pub(crate) use v1::answered;

use std::sync::Arc;

use crate::app::App;
use crate::auth::Visitor;
use crate::fanout::Dialect;
use crate::store::revocations::Revocation;
use shared::protocol::UserId;

/// Somebody whose handshake is done.
struct Arrival {
    socket: socket::Socket,
    /// What they sent before we were ready.
    early: Vec<u8>,
    visitor: Visitor,
    dialect: Dialect,
    id: u64,
    /// Whoever is not is told so by a close code, which a browser's page can see.
    is_let_in: bool,
}

/// The threads that serve everyone's sockets.
pub(crate) struct Shards(Vec<Doorway>);

impl Shards {
    /// Starts them. Called within tokio, which does what has to wait.
    pub(crate) fn start(quiet: Vec<Quiet>, app: &Arc<App>) -> std::io::Result<Self> {
        let started = (0..).zip(quiet).map(|(number, quiet)| quiet.start(number, app.clone()));
        started.collect::<std::io::Result<_>>().map(Self)
    }

    /// Each gets the next. Whether somebody takes them: a server that stops does not.
    fn arrive(&self, arrival: Arrival) -> bool {
        let shard = self.0.get(arrival.id as usize % self.0.len().max(1));
        shard.is_some_and(|shard| shard.arrive(arrival))
    }

    /// Everybody whom these are about is sent away.
    pub(crate) fn revoke(&self, revoked: &Arc<[Revocation]>) {
        for shard in &self.0 {
            shard.revoke(revoked.clone());
        }
    }

    /// From where a person is connected just now.
    pub(crate) async fn addresses_of(&self, user: UserId) -> Vec<String> {
        let mut addresses = Vec::new();
        for shard in &self.0 {
            addresses.extend(shard.addresses_of(user).await);
        }
        addresses
    }

    /// Everyone is sent off.
    pub(crate) fn stop(&self) {
        for shard in &self.0 {
            shard.stop();
        }
    }
}
