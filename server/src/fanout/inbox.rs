//! What a shard hears from the rest of the server, and how it is woken.
//!
//! Anyone may put mail into a [`Port`]; the shard's thread alone takes it out of the [`Inbox`]. A
//! ring wakes the thread at most once until it looks, however many ring.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use shared::protocol::{Code, OpId, Person, RoomId, Seq, UserId};

use super::{Dialect, Published, Wire};

/// One connection, wherever in the server it is spoken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) shard: u16,
    /// Its number within the shard, which another connection gets after it.
    pub(crate) at: u32,
    /// Its own for ever.
    pub(crate) id: u64,
}

pub(crate) enum Mail {
    /// Something was committed.
    Published(Arc<[Published]>),
    /// Something that is never stored, for a room's followers of one dialect.
    Ephemeral { room: RoomId, dialect: Dialect, not_for: Option<UserId>, frame: Wire },
    /// A person has read up to here, on the connection `except`.
    ReadTo { user: UserId, room: RoomId, seq: Seq, except: u64 },
    /// What became of an op that a connection of this shard asked for.
    Answered { to: Key, op: OpId, answer: Answer },
}

/// What became of an op.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// On disk at this place; `by` is the author as they are called now.
    Accepted { room: RoomId, seq: Seq, by: Person },
    /// Nothing was written and nothing will be.
    Refused(Code),
    /// Nothing is known; the same op again is safe.
    RetryAfter { after_ms: u64, why: Code },
}

/// The way to a shard.
#[derive(Clone)]
pub(crate) struct Port {
    mails: Sender<Mail>,
    bell: Arc<Bell>,
}

/// The shard's end of it.
pub(crate) struct Inbox {
    mails: Receiver<Mail>,
    bell: Arc<Bell>,
}

struct Bell {
    /// Whether it was rung since the shard last looked.
    rung: AtomicBool,
    wake: Box<dyn Fn() + Send + Sync>,
}

impl Inbox {
    /// `wake` makes the shard's thread look; called from any thread.
    pub(crate) fn new(wake: impl Fn() + Send + Sync + 'static) -> (Port, Self) {
        let (sender, mails) = channel();
        let bell = Arc::new(Bell { rung: AtomicBool::new(false), wake: Box::new(wake) });
        (Port { mails: sender, bell: bell.clone() }, Self { mails, bell })
    }

    /// Called before the mail is taken: what is put in from here on rings again.
    pub(crate) fn hear(&self) {
        self.bell.rung.store(false, Ordering::SeqCst);
    }

    pub(crate) fn take(&self) -> Option<Mail> {
        self.mails.try_recv().ok()
    }
}

impl Port {
    /// Puts mail in and wakes the shard.
    pub(crate) fn send(&self, mail: Mail) {
        self.put(mail);
        self.ring();
    }

    /// Puts mail in for when the shard looks next.
    pub(crate) fn put(&self, mail: Mail) {
        // A shard that has ended is a server that stops.
        let _ = self.mails.send(mail);
    }

    pub(crate) fn ring(&self) {
        if !self.bell.rung.swap(true, Ordering::SeqCst) {
            (self.bell.wake)();
        }
    }
}
