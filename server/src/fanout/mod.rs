//! Connections as cursors over tails: what was committed, and everyone who lacks it.
//!
//! Publishing puts a chunk of ready frames at the end of a room's tail and tells every shard; it
//! writes no socket and knows no connection. Each shard's thread keeps its [`Feeds`], which are
//! pure: who follows what, where every cursor stands, what is to be written next. Called by `log`
//! (events, answers) and driven by `session`, which has the sockets. Knows no SQL.

mod encode;
mod frame;

mod chunk;
mod tail;

mod feed;
mod gathering;

mod feeds;
mod hearing;
mod room;
mod writing;

mod inbox;

pub(crate) use chunk::Chunk;
pub(crate) use encode::{Wire, chat_line, encode, joined_line, left_line, system_line, text};
pub(crate) use feed::Lack;
pub(crate) use feeds::Feeds;
pub(crate) use frame::{Opcode, close, frame};
pub(crate) use inbox::{Answer, Inbox, Key, Mail, Port};

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use shared::protocol::{Event, RoomId, Seq, UserId, What};
use tail::Tails;

/// Which protocol a connection speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    V1,
    Plain,
}

/// What every shard is told of a commit, in commit order.
#[derive(Clone)]
pub(crate) enum Published {
    Chunk(Arc<Chunk>),
    /// The room has disappeared.
    Closed(RoomId),
}

pub(crate) struct Fanout {
    /// Written by the log's thread alone, read by every shard. Never held across a write to a
    /// socket.
    tails: RwLock<Tails>,
    shards: Vec<Port>,
    connections: AtomicUsize,
    next_id: AtomicU64,
}

impl Fanout {
    /// Tells these shards.
    pub(crate) fn new(shards: Vec<Port>) -> Self {
        Self {
            tails: RwLock::default(),
            shards,
            connections: AtomicUsize::new(0),
            next_id: AtomicU64::new(1),
        }
    }

    /// Publishes committed events, in commit order, and rings nobody: [`Fanout::ring`] comes when
    /// the answers lie beside them. Only the log's one thread calls this.
    pub(crate) fn publish(&self, events: Vec<Event>) {
        let published = self.tail(events);
        if published.is_empty() {
            return;
        }
        let published: Arc<[Published]> = published.into();
        for shard in &self.shards {
            shard.put(Mail::Published(published.clone()));
        }
    }

    /// Puts the events at the end of their tails: one chunk for what a room got of this commit.
    fn tail(&self, events: Vec<Event>) -> Vec<Published> {
        let mut tails = self.tails.write().unwrap_or_else(PoisonError::into_inner);
        let mut rooms: Vec<Vec<Event>> = Vec::new();
        let mut published = Vec::new();
        for event in events {
            if let What::Unlisted { unlisted, .. } = event.what {
                // What was said in a room is told before it is told that the room is gone.
                tails.push_all(&mut rooms, &mut published);
                rooms.push(vec![event]);
                tails.push_all(&mut rooms, &mut published);
                tails.forget(unlisted);
                published.push(Published::Closed(unlisted));
                continue;
            }
            match rooms.iter_mut().find(|room| room[0].room == event.room) {
                Some(room) => room.push(event),
                None => rooms.push(vec![event]),
            }
        }
        tails.push_all(&mut rooms, &mut published);
        published
    }

    /// Says something that is never stored to a room's followers of one dialect, except one person.
    /// It is dropped where a socket is behind.
    pub(crate) fn ephemeral(
        &self,
        room: RoomId,
        dialect: Dialect,
        not_for: Option<UserId>,
        frame: &Wire,
    ) {
        for shard in &self.shards {
            shard.send(Mail::Ephemeral { room, dialect, not_for, frame: frame.clone() });
        }
    }

    /// Tells a person's other connections how far the person has read.
    pub(crate) fn read(&self, user: UserId, room: RoomId, seq: Seq, except: u64) {
        for shard in &self.shards {
            shard.put(Mail::ReadTo { user, room, seq, except });
        }
    }

    /// An op's answer goes to the connection that asked; [`Fanout::ring`] wakes its shard.
    pub(crate) fn answer(&self, to: Key, op: shared::protocol::OpId, answer: Answer) {
        if let Some(shard) = self.shards.get(usize::from(to.shard)) {
            shard.put(Mail::Answered { to, op, answer });
        }
    }

    /// There is something in the shards' inboxes.
    pub(crate) fn ring(&self) {
        for shard in &self.shards {
            shard.ring();
        }
    }

    /// The newest published seq of a room since the start, if anything was published.
    pub(crate) fn head(&self, room: RoomId) -> Option<Seq> {
        self.tails().head(room)
    }

    /// The chunk that holds the event behind this cursor, if it is among the newest.
    pub(crate) fn chunk(&self, room: RoomId, after: Seq) -> Option<Arc<Chunk>> {
        self.tails().chunk(room, after).cloned()
    }

    /// The newest events of a room, oldest first: exactly so many, or `None` if fewer are held.
    pub(crate) fn newest(&self, room: RoomId, count: usize) -> Option<Vec<Event>> {
        self.tails().newest(room, count)
    }

    fn tails(&self) -> RwLockReadGuard<'_, Tails> {
        self.tails.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection has come.
    pub(crate) fn connect(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    /// What a connection is called, and no other ever is.
    pub(crate) fn next_id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    /// It is gone.
    pub(crate) fn disconnect(&self) {
        self.connections.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

impl Tails {
    fn push_all(&mut self, rooms: &mut Vec<Vec<Event>>, published: &mut Vec<Published>) {
        for chunk in rooms.drain(..).filter_map(Chunk::new).map(Arc::new) {
            self.push(chunk.clone());
            for event in chunk.events() {
                match &event.what {
                    What::Deleted { target } => self.erase(event.room, |post, _| post == *target),
                    What::Purged { upto, person } => self.erase(event.room, |post, by| {
                        post <= *upto && person.as_ref().is_none_or(|person| person.id == by)
                    }),
                    _ => {}
                }
            }
            published.push(Published::Chunk(chunk));
        }
    }
}

#[cfg(test)]
mod tests;
