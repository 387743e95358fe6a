//! Connections come and go: from the handshake to the last word.
//!
//! Whoever goes is told what they lack, if it goes quickly, and the others are told that they go. A
//! socket is dropped when both ends have said so, when it fails, or when that takes too long.

use std::time::Duration;

use mio::Token;
use shared::permission::Role;
use shared::protocol::close;

use super::Shard;
use super::deadlines::BLOCKED_MAX;
use crate::fanout::{self, Dialect, Wire};
use crate::session::connection::{Connection, Kind};
use crate::session::socket::Socket;
use crate::session::wheel::{Tick, ticks};
use crate::session::{Arrival, plain, v1};

/// How long a peer may take to answer a close.
const CLOSE_WAIT: Tick = ticks(Duration::from_secs(2));

/// How long a peer may take to get rid of the rest of what it was refused for.
const HEAR_OUT_WAIT: Tick = ticks(Duration::from_secs(10));

impl Shard {
    pub(super) fn arrive(&mut self, arrival: Arrival) {
        let Arrival { socket, early, visitor, dialect, id, is_let_in } = arrival;
        let has_account = visitor.role > Role::Guest;
        let ended = self.revoked_since(&visitor);
        let kind = match dialect {
            Dialect::V1 => Kind::V1(None),
            Dialect::Plain => Kind::Plain(None),
        };
        let at = self.feeds.open(id, visitor.author.id, dialect);
        if !self.seat(at, socket, kind, early) {
            self.app.depart(has_account.then_some(visitor.author.id), visitor.author.address);
            return;
        }
        if let Some(connection) = self.connection(at) {
            connection.login = visitor.author.login.map(Box::new);
            connection.address = visitor.author.address;
            connection.has_account = has_account;
            connection.may_write = visitor.may_write;
        }
        if !is_let_in {
            self.end(at, close::UNAUTHORIZED, "Unauthorized");
        } else if let Some(returns) = ended {
            self.end_revoked(at, returns);
        } else if dialect == Dialect::V1 {
            v1::begin(self, at);
        } else {
            plain::begin(self, at, visitor.person);
        }
        self.schedule(at);
    }

    /// The connection of this number has a socket now, unless that has gone already.
    pub(super) fn seat(&mut self, at: u32, mut socket: Socket, kind: Kind, early: Vec<u8>) -> bool {
        if let Err(error) = socket.watch(self.poll.registry(), Token(at as usize)) {
            tracing::warn!(%error, "a connection ended before it began");
            self.feeds.close(at);
            return false;
        }
        let mut connection = Connection::new(socket, kind, at, self.wheel.now());
        connection.unread = early.into();
        if self.connections.len() <= at as usize {
            self.connections.resize_with(at as usize + 1, || None);
        }
        self.connections[at as usize] = Some(connection);
        self.open += 1;
        self.readable.push(at);
        true
    }

    /// We close: what the connection lacks is still told, if it goes quickly. Not to who was too slow for
    /// it, nor to whom it may not be told any more.
    pub(in crate::session) fn end(&mut self, at: u32, code: u16, reason: &str) {
        let frame = fanout::close(code, reason).into();
        match code {
            // Who was too slow for everything may be slow once more.
            close::SLOW => self.finish(at, frame, true, BLOCKED_MAX),
            close::UNAUTHORIZED | close::CHANGED => self.finish(at, frame, true, CLOSE_WAIT),
            close::PROTOCOL | close::NOT_UTF8 | close::TOO_BIG => {
                self.finish(at, frame, false, HEAR_OUT_WAIT);
            }
            _ => self.finish(at, frame, false, CLOSE_WAIT),
        }
    }

    pub(super) fn finish(&mut self, at: u32, frame: Wire, at_once: bool, wait: Tick) {
        let now = self.wheel.now();
        let Some(connection) = self.connection(at) else { return };
        if connection.is_closing() {
            return;
        }
        connection.close_by = now + wait;
        self.say_goodbye(at);
        self.feeds.finish(at, frame, at_once);
        self.schedule(at);
    }

    /// The others are told that somebody goes.
    fn say_goodbye(&mut self, at: u32) {
        match self.connections[at as usize] {
            Some(Connection { kind: Kind::V1(_), hello_by: 0, .. }) => v1::goodbye(self, at),
            Some(Connection { kind: Kind::Plain(_), .. }) => plain::goodbye(self, at),
            _ => {}
        }
    }

    /// The store could not be read: the client connects again and resumes.
    pub(in crate::session) fn cannot_read(&mut self, at: u32) {
        self.end(at, 1011, "Try again");
    }

    /// The socket is no more.
    pub(super) fn drop_connection(&mut self, at: u32) {
        let Some(connection) = self.connection(at) else { return };
        let (has_account, address) = (connection.has_account, connection.address);
        if !connection.is_closing() {
            self.say_goodbye(at);
        }
        let user = self.user(at);
        self.connections[at as usize] = None;
        self.feeds.close(at);
        self.open -= 1;
        self.app.depart(has_account.then_some(user), address);
    }

    /// Lets go of those whose socket failed, and of those who have heard our last word.
    pub(super) fn end_all(&mut self) {
        for at in std::mem::take(&mut self.ending) {
            let Some(connection) = self.connections[at as usize].as_ref() else { continue };
            let is_told = self.feeds.is_told(at);
            if connection.is_closed && (!connection.is_closing() || is_told) {
                self.drop_connection(at);
            } else if connection.is_deaf && is_told {
                // Its close is not to be found in what it sends; its end is.
                connection.socket.end_writing();
            }
        }
        if let Some(stop_by) = self.stop_by {
            let is_late = self.wheel.now() >= stop_by;
            for at in 0..self.connections.len() as u32 {
                if let Some(connection) = self.connection(at)
                    && !connection.is_closing()
                    && (connection.in_flight == 0 || is_late)
                {
                    if matches!(connection.kind, Kind::V1(_)) {
                        v1::send_off(self, at);
                    }
                    self.end(at, close::GOING_AWAY, "Server shutting down");
                }
            }
        }
    }
}
