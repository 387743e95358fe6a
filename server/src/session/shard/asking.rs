//! What the protocols ask of their shard: to say something, to ask the log, to wait for the store.
//!
//! A shard never waits. What has to is done by tokio, and goes on in the shard's thread, if the
//! connection is still there.

use std::future::Future;

use rusqlite::Connection as Database;
use shared::protocol::{Code, OpId, UserId};

use super::Shard;
use crate::chat::Checked;
use crate::fanout::{Answer, Key, Wire};
use crate::limits::Sender;
use crate::log::{Asker, Author, Entry};
use crate::session::connection::Connection;
use crate::session::wheel::Tick;
use crate::store::ReadError;

impl Shard {
    pub(in crate::session) fn connection(&mut self, at: u32) -> Option<&mut Connection> {
        self.connections.get_mut(at as usize)?.as_mut()
    }

    pub(in crate::session) fn now(&self) -> Tick {
        self.wheel.now()
    }

    pub(in crate::session) fn user(&self, at: u32) -> UserId {
        self.feeds.user(at)
    }

    pub(in crate::session) fn sender(&self, at: u32) -> Sender {
        let by = self.author(at);
        Sender { user: by.id, address: by.address }
    }

    pub(in crate::session) fn author(&self, at: u32) -> Author {
        let id = self.user(at);
        match self.connections.get(at as usize).and_then(Option::as_ref) {
            Some(known) => {
                Author { id, address: known.address, login: known.login.as_deref().copied() }
            }
            None => Author::absent(id),
        }
    }

    pub(in crate::session) fn say(&mut self, at: u32, frame: Wire) {
        if self.connection(at).is_some_and(|connection| !connection.is_closing()) {
            self.feeds.say(at, frame);
        }
    }

    /// Asks the log at the end of this turn, without stopping for the answer.
    pub(in crate::session) fn ask(&mut self, at: u32, op: OpId, checked: Checked) {
        let change = match checked {
            Ok(change) => change,
            Err(answer) => return self.tell(at, op, answer),
        };
        if self.connection(at).is_some_and(|connection| !connection.may_write) {
            return self.tell(at, op, Answer::Refused(Code::Forbidden));
        }
        let by = self.author(at);
        let key = self.key(at);
        let Some(connection) = self.connection(at) else { return };
        connection.in_flight += 1;
        self.in_flight += 1;
        self.entries.push(Entry { by, op, change, asker: Asker::Connection(key) });
    }

    /// Reads from the store. Input of this connection waits until `then` is done with what came.
    pub(in crate::session) fn read_then<T: Send + 'static>(
        &mut self,
        at: u32,
        ask: impl FnOnce(&Database) -> rusqlite::Result<T> + Send + 'static,
        then: impl FnOnce(&mut Self, u32, T) + Send + 'static,
    ) {
        let app = self.app.clone();
        self.wait(at, async move { app.log.readers().read(ask).await }, then);
    }

    /// Does something that waits. Input of this connection waits for it too.
    pub(in crate::session) fn wait<T: Send + 'static>(
        &mut self,
        at: u32,
        work: impl Future<Output = Result<T, ReadError>> + Send + 'static,
        then: impl FnOnce(&mut Self, u32, T) + Send + 'static,
    ) {
        if let Some(connection) = self.connection(at) {
            connection.is_waiting = true;
        }
        self.later(at, work, move |shard, at, done| {
            let Some(connection) = shard.connection(at) else { return };
            connection.is_waiting = false;
            if connection.is_closing() {
                return;
            }
            match done {
                Ok(done) => then(shard, at, done),
                Err(ReadError) => shard.cannot_read(at),
            }
            shard.readable.push(at);
        });
    }

    /// Has tokio do something, and then does something with it if the connection is still there.
    pub(super) fn later<T: Send + 'static>(
        &self,
        at: u32,
        work: impl Future<Output = T> + Send + 'static,
        then: impl FnOnce(&mut Self, u32, T) + Send + 'static,
    ) {
        let (doorway, key) = (self.doorway.clone(), self.key(at));
        self.tokio.spawn(async move {
            let done = work.await;
            doorway.pass(move |shard| {
                if shard.feeds.is(key.at, key.id) {
                    then(shard, key.at, done);
                }
            });
        });
    }

    pub(super) fn key(&self, at: u32) -> Key {
        Key { shard: self.number, at, id: self.feeds.id(at) }
    }
}
