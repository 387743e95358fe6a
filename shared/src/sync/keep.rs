//! What a client keeps on its device: unsent ops, who one is, and the newest part of its rooms.
//!
//! The engine says what is to be kept and takes it back when the client is opened again; where it
//! lies (IndexedDB, a file) is the wrapper's affair. With keeping on, an op leaves only when the
//! wrapper has said that it is kept: what somebody wrote then outlives the page. Without it, as
//! where the device refuses, everything works as long as the page is open.

use serde::{Deserialize, Serialize};

use super::outbox::{Kept, SendState};
use super::{Pending, Sync, flat_op};
use crate::protocol::{Code, Command, OpId, Page, RoomId, UserId, Welcome};

/// Events kept of one room: several screens to read without a network.
pub const KEPT_EVENTS: usize = 200;

/// An op that is on its way, as it lies on the device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeptOp {
    /// Whose intention it is. Nobody else who opens the client here sends it.
    pub user: UserId,
    pub asked_ms: i64,
    #[serde(deserialize_with = "flat_op::read")]
    pub command: Command,
    /// Why it was refused, if it was.
    pub refused: Option<Code>,
}

/// A change to what lies on the device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Write it down, and then say [`Sync::kept`].
    Op(OpId, KeptOp),
    /// The op is done with.
    Forget(OpId),
    /// Who one is and which rooms there are, in place of what was kept before.
    Welcome(Welcome),
    /// The newest part of a room, in place of what was kept of it before.
    Room(Page),
    /// The room is not there any more, or what was kept of it is void.
    ForgetRoom(RoomId),
}

/// What lay on the device.
#[derive(Clone, Debug, Default)]
pub struct Store {
    pub welcome: Option<Welcome>,
    pub pages: Vec<Page>,
    pub ops: Vec<KeptOp>,
}

impl Sync {
    /// Whether there is a place to keep ops. They wait for it from now on, or no longer.
    pub fn keep_ops(&mut self, keeps: bool) {
        self.outbox.keeps = keeps;
    }

    /// Ops that were asked, refused or settled since this was last called. To be carried out in
    /// this order, and soon: an op waits for it.
    pub fn take_kept_ops(&mut self) -> Vec<Keep> {
        let Some(user) = self.me.as_ref().map(|me| me.id).filter(|_| self.outbox.keeps) else {
            return Vec::new();
        };
        let mut keeps: Vec<Keep> = self.outbox.gone.drain(..).map(Keep::Forget).collect();
        let is_due = |one: &&mut Pending| matches!(one.kept, Kept::No | Kept::Outdated);
        for pending in self.outbox.pending.iter_mut().filter(is_due) {
            pending.kept = Kept::Asked;
            keeps.push(Keep::Op(pending.op, pending.to_keep(user)));
        }
        keeps
    }

    /// The op lies on the device, or cannot: it may leave.
    pub fn kept(&mut self, op: OpId) {
        let asked = |one: &&mut Pending| one.op == op && one.kept == Kept::Asked;
        if let Some(pending) = self.outbox.pending.iter_mut().find(asked) {
            pending.kept = Kept::Yes;
        }
    }

    /// What has changed of the rooms since this was last called, and with anything of it the
    /// welcome. Nothing waits for it.
    pub fn take_kept_rooms(&mut self) -> Vec<Keep> {
        let mut keeps: Vec<Keep> = self.void.drain(..).map(Keep::ForgetRoom).collect();
        for state in self.rooms.values_mut().filter(|state| state.changed) {
            // A window that has moved into the past is kept when it is back at the head.
            if let Some(page) = state.timeline.kept(state.room.id, state.cursor, KEPT_EVENTS) {
                state.changed = false;
                keeps.push(Keep::Room(page));
            }
        }
        if let (false, Some(epoch), Some(you)) = (keeps.is_empty(), self.epoch, self.me.clone()) {
            let (role, policy) = (self.role, self.policy);
            let (workspace, rooms) = (self.workspace.clone(), self.rooms());
            keeps.push(Keep::Welcome(Welcome { epoch, you, role, policy, workspace, rooms }));
        }
        keeps
    }

    /// Takes back what lay on the device. Comes before the first connection, and after the page's
    /// own data, which is newer.
    pub fn restore(&mut self, store: Store) {
        let kept_epoch = store.welcome.as_ref().map(|welcome| welcome.epoch);
        let kept_me = store.welcome.as_ref().map(|welcome| welcome.you.id);
        if let (None, Some(welcome)) = (&self.me, store.welcome) {
            self.welcome(welcome);
        }
        let same = self.epoch == kept_epoch && self.me.as_ref().map(|me| me.id) == kept_me;
        for page in store.pages {
            if !same || !self.rooms.contains_key(&page.room) {
                self.void.push(page.room);
            } else if let Some(state) = self.rooms.get_mut(&page.room)
                && !state.timeline.loaded()
            {
                state.cursor = page.head;
                state.timeline.open(page);
            }
        }
        self.adoptable.extend(store.ops);
        self.adopt();
    }

    /// Sends the ops that this person asked for when the client was last open, before any other.
    pub(super) fn adopt(&mut self) {
        let Some(me) = self.me.as_ref().map(|me| me.id) else { return };
        let (mut mine, others): (Vec<KeptOp>, Vec<KeptOp>) =
            std::mem::take(&mut self.adoptable).into_iter().partition(|kept| kept.user == me);
        self.adoptable = others;
        // Ops of one millisecond follow their ids, which are made in order.
        mine.sort_unstable_by_key(|kept| (kept.asked_ms, kept.command.op()));
        for kept in mine.into_iter().rev() {
            self.outbox.adopt(kept);
        }
    }
}

impl Pending {
    fn to_keep(&self, user: UserId) -> KeptOp {
        let refused = match self.state {
            SendState::Refused(code) => Some(code),
            _ => None,
        };
        KeptOp { user, asked_ms: self.asked_ms, command: self.command.clone(), refused }
    }
}
