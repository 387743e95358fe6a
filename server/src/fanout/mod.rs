//! Connections as cursors over tails: who follows which room, and who has to be told.
//!
//! Publishing puts the encoded events at the end of the tails and marks in every follower's mailbox
//! up to where its cursor is behind. It writes no socket, and keeps no event per connection: each
//! connection's own task reads the tails and brings its socket up in one write.
//! Called by `log` (events) and by `session` (who connects and follows). Knows no SQL.

mod encode;
mod mailbox;
mod tail;

pub(crate) use encode::{
    Line, chat_line, encode, encode_event, joined_line, left_line, system_line,
};
pub(crate) use mailbox::{Mail, Mailbox};

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use axum::extract::ws::Utf8Bytes;
use shared::protocol::{Event, Frame, RoomId, Seq, UserId, What};
use tail::Tails;

/// Which protocol a connection speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    V1,
    Plain,
}

#[derive(Default)]
pub(crate) struct Fanout {
    /// Held to add, remove or mark connections; never across an await or a write to a socket.
    registry: Mutex<Registry>,
    /// Written by the log's thread alone, read by every connection's task.
    tails: RwLock<Tails>,
    next_id: AtomicU64,
}

/// Who is connected and follows what, and so who is marked by what is published. Memberships move
/// in here at the moment of their event, between the marks of what comes before and behind it:
/// what is published after somebody has left marks none of their connections.
#[derive(Default)]
struct Registry {
    connections: usize,
    /// Connections that have said hello, and plain ones.
    by_user: HashMap<UserId, Vec<Arc<Mailbox>>>,
    followers: HashMap<RoomId, HashMap<u64, Arc<Mailbox>>>,
    following: HashMap<u64, HashSet<RoomId>>,
}

/// One connection's place in the registry, given up when it is dropped. Its mailbox is what the
/// publisher writes to.
pub(crate) struct Registration {
    pub(crate) mailbox: Arc<Mailbox>,
    fanout: Arc<Fanout>,
}

impl Fanout {
    pub(crate) fn connect(self: &Arc<Self>, user: UserId, dialect: Dialect) -> Registration {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let mailbox = Arc::new(Mailbox::new(id, user, dialect));
        self.registry().connections += 1;
        Registration { mailbox, fanout: self.clone() }
    }

    pub(crate) fn connections(&self) -> usize {
        self.registry().connections
    }

    /// Publishes committed events, in commit order. Only the log's one thread calls this.
    ///
    /// Afterwards every follower's mailbox says up to where it is behind; who was let in by one of
    /// the events is told from where on, and who left, up to where.
    pub(crate) fn publish(&self, events: &[Event]) {
        let lines: Vec<Line> = events.iter().map(encode_event).collect();
        {
            let mut tails = self.tails.write().unwrap_or_else(PoisonError::into_inner);
            for (event, line) in events.iter().zip(lines) {
                tails.push(event.room, line);
                if let What::Deleted { target } = event.what {
                    tails.erase(event.room, target);
                }
            }
        }
        let mut registry = self.registry();
        // One mark per room for a whole batch, except across an event that ends a membership.
        let mut behind: Vec<(RoomId, Seq)> = Vec::new();
        for event in events {
            match behind.iter_mut().find(|(room, _)| *room == event.room) {
                Some((_, seq)) => *seq = event.seq,
                None => behind.push((event.room, event.seq)),
            }
            match &event.what {
                What::Joined | What::Created { .. } => {
                    registry.enter(event.by.id, event.room, event.seq);
                }
                What::Left => {
                    registry.tell_followers(&mut behind);
                    registry.exit(event.by.id, event.room, event.seq);
                }
                What::Unlisted { unlisted, .. } => {
                    registry.tell_followers(&mut behind);
                    let mut tails = self.tails.write().unwrap_or_else(PoisonError::into_inner);
                    let seq = tails.forget(*unlisted).unwrap_or_default();
                    registry.close(*unlisted, seq);
                }
                _ => {}
            }
        }
        registry.tell_followers(&mut behind);
    }

    /// Sends something that is never stored to a room's followers of one dialect, except one
    /// connection. It is dropped where a socket is behind.
    pub(crate) fn ephemeral(
        &self,
        room: RoomId,
        dialect: Dialect,
        except: Option<u64>,
        frame: &Utf8Bytes,
    ) {
        for mailbox in self.registry().followers(room) {
            if mailbox.dialect == dialect && Some(mailbox.id) != except {
                mailbox.push(Mail::Ephemeral(frame.clone()));
            }
        }
    }

    /// Tells a person's other connections how far the person has read.
    pub(crate) fn read(&self, user: UserId, room: RoomId, seq: Seq, except: u64) {
        let frame = encode(&Frame::Read { room, seq });
        for mailbox in self.registry().of_user(user) {
            if mailbox.dialect == Dialect::V1 && mailbox.id != except {
                mailbox.push(Mail::Answer(frame.clone()));
            }
        }
    }

    /// The newest published seq of a room since the start, if anything was published.
    pub(crate) fn head(&self, room: RoomId) -> Option<Seq> {
        self.tails.read().unwrap_or_else(PoisonError::into_inner).head(room)
    }

    /// Lines with `after < seq <= upto`, at most `limit`; `None` if the tail does not reach there.
    pub(crate) fn lines(
        &self,
        room: RoomId,
        after: Seq,
        upto: Seq,
        limit: usize,
    ) -> Option<Vec<Line>> {
        self.tails.read().unwrap_or_else(PoisonError::into_inner).read(room, after, upto, limit)
    }

    fn registry(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Registry {
    fn followers(&self, room: RoomId) -> impl Iterator<Item = &Arc<Mailbox>> {
        self.followers.get(&room).into_iter().flat_map(HashMap::values)
    }

    fn of_user(&self, user: UserId) -> impl Iterator<Item = &Arc<Mailbox>> {
        self.by_user.get(&user).into_iter().flatten()
    }

    fn tell_followers(&self, behind: &mut Vec<(RoomId, Seq)>) {
        for (room, seq) in behind.drain(..) {
            for mailbox in self.followers(room) {
                mailbox.push(Mail::UpTo { room, seq });
            }
        }
    }

    /// All of a person's connections follow the room from this event on, except plain ones: they
    /// are in the one room that they chose.
    fn enter(&mut self, user: UserId, room: RoomId, seq: Seq) {
        for mailbox in self.devices(user) {
            self.follow(room, &mailbox);
            mailbox.push(Mail::Enter { room, seq });
        }
    }

    fn exit(&mut self, user: UserId, room: RoomId, seq: Seq) {
        for mailbox in self.devices(user) {
            self.unfollow(room, mailbox.id);
            mailbox.push(Mail::Exit { room, seq });
        }
    }

    /// The room is not there any more.
    fn close(&mut self, room: RoomId, seq: Seq) {
        let followers: Vec<Arc<Mailbox>> = self.followers(room).cloned().collect();
        for mailbox in followers {
            self.unfollow(room, mailbox.id);
            mailbox.push(Mail::Exit { room, seq });
        }
    }

    fn devices(&self, user: UserId) -> Vec<Arc<Mailbox>> {
        self.of_user(user).filter(|mailbox| mailbox.dialect == Dialect::V1).cloned().collect()
    }

    fn follow(&mut self, room: RoomId, mailbox: &Arc<Mailbox>) {
        if self.following.entry(mailbox.id).or_default().insert(room) {
            self.followers.entry(room).or_default().insert(mailbox.id, mailbox.clone());
        }
    }

    fn unfollow(&mut self, room: RoomId, id: u64) {
        if self.following.get_mut(&id).is_some_and(|rooms| rooms.remove(&room))
            && let Some(followers) = self.followers.get_mut(&room)
        {
            followers.remove(&id);
            if followers.is_empty() {
                self.followers.remove(&room);
            }
        }
    }
}

impl Registration {
    /// From now on the connection is moved by what its person joins and leaves. Whoever calls this
    /// reads the memberships **afterwards**.
    pub(crate) fn admit(&self) {
        let mailbox = &self.mailbox;
        self.fanout.registry().by_user.entry(mailbox.user).or_default().push(mailbox.clone());
    }

    /// From now on what is published in the room marks this connection. Whoever calls this reads
    /// the head **afterwards**: then nothing falls between.
    pub(crate) fn follow(&self, room: RoomId) {
        self.fanout.registry().follow(room, &self.mailbox);
    }

    pub(crate) fn unfollow(&self, room: RoomId) {
        self.fanout.registry().unfollow(room, self.mailbox.id);
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let id = self.mailbox.id;
        let mut registry = self.fanout.registry();
        registry.connections -= 1;
        for room in registry.following.get(&id).cloned().unwrap_or_default() {
            registry.unfollow(room, id);
        }
        registry.following.remove(&id);
        let user = self.mailbox.user;
        if let Some(mailboxes) = registry.by_user.get_mut(&user) {
            mailboxes.retain(|mailbox| mailbox.id != id);
            if mailboxes.is_empty() {
                registry.by_user.remove(&user);
            }
        }
    }
}

#[cfg(test)]
mod tests;
