//! Ops that have been asked for and not yet answered for good.
//!
//! Each room is a lane with one op under way at a time: a retry can then never overtake what was
//! said after it. An op leaves when it is accepted, or when its author discards it after a refusal.

use std::collections::VecDeque;

use super::keep::KeptOp;
use crate::protocol::{Code, Command, OpId, RoomId, Seq};

/// Ops that may wait at once: more than anyone writes in a day without a network. Beyond it the
/// text stays in the composer.
const OPS_MAX: usize = 1_000;

/// An op on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    pub op: OpId,
    pub command: Command,
    /// When the person asked for it, in milliseconds since 1970 UTC.
    pub asked_ms: i64,
    pub state: SendState,
    pub(super) kept: Kept,
}

/// Whether an op lies on the device as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    No,
    /// The device has been asked to keep it.
    Asked,
    Yes,
    /// As it was before: since then it was refused.
    Outdated,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendState {
    /// Waiting for a connection, for its turn, or for this moment (milliseconds since 1970 UTC).
    Queued { not_before_ms: i64 },
    /// Can still be undone, until this moment. Meanwhile it keeps nothing else waiting.
    Held { until_ms: i64 },
    /// The server has asked for patience until this moment, and said why.
    Waiting { not_before_ms: i64, why: Code },
    /// On the wire; the answer is not here yet.
    Sent,
    /// Accepted; its event is not here yet.
    Accepted,
    /// Final. It stays until its author retries, edits or discards it.
    Refused(Code),
}

#[derive(Clone, Debug, Default)]
pub struct Outbox {
    pub(super) pending: VecDeque<Pending>,
    /// Whether ops wait until they lie on the device.
    pub(super) keeps: bool,
    /// Ops that are done with and may still lie there.
    pub(super) gone: Vec<OpId>,
}

impl Outbox {
    pub fn push(&mut self, command: Command, now_ms: i64) {
        self.push_as(command, now_ms, SendState::Queued { not_before_ms: now_ms });
    }

    /// An op that its author can take back until a moment: before that it does not leave.
    pub fn hold(&mut self, command: Command, now_ms: i64, until_ms: i64) {
        self.push_as(command, now_ms, SendState::Held { until_ms });
    }

    fn push_as(&mut self, command: Command, now_ms: i64, state: SendState) {
        let Some(op) = command.op() else { return };
        self.pending.push_back(Pending { op, command, asked_ms: now_ms, state, kept: Kept::No });
    }

    /// An op that was kept when the client was last open: it was asked for before any other here.
    pub(super) fn adopt(&mut self, kept: KeptOp) {
        let KeptOp { asked_ms, command, refused, .. } = kept;
        let Some(op) = command.op() else { return };
        if self.position(op).is_none() {
            let state = refused.map_or(SendState::Queued { not_before_ms: 0 }, SendState::Refused);
            self.pending.push_front(Pending { op, command, asked_ms, state, kept: Kept::Yes });
        }
    }

    /// The commands to send now: the first of each lane, if nothing of that lane is under way.
    pub fn due(&mut self, now_ms: i64) -> Vec<Command> {
        let mut lanes: Vec<Option<RoomId>> = Vec::new();
        let mut due = Vec::new();
        for pending in &mut self.pending {
            let lane = lane(&pending.command);
            match pending.state {
                SendState::Refused(_) | SendState::Accepted => continue,
                SendState::Held { until_ms } if until_ms > now_ms => continue,
                _ if lanes.contains(&lane) => continue,
                SendState::Queued { .. } | SendState::Held { .. }
                    if self.keeps && pending.kept != Kept::Yes => {}
                SendState::Queued { not_before_ms: from_ms }
                | SendState::Held { until_ms: from_ms }
                | SendState::Waiting { not_before_ms: from_ms, .. }
                    if from_ms <= now_ms =>
                {
                    pending.state = SendState::Sent;
                    due.push(pending.command.clone());
                }
                SendState::Queued { .. }
                | SendState::Held { .. }
                | SendState::Waiting { .. }
                | SendState::Sent => {}
            }
            lanes.push(lane);
        }
        due
    }

    /// When the next delayed op is due, if any waits for a moment that is still to come.
    pub fn next_due_ms(&self, now_ms: i64) -> Option<i64> {
        let moments = self.pending.iter().filter_map(|pending| match pending.state {
            SendState::Queued { not_before_ms: from_ms }
            | SendState::Held { until_ms: from_ms }
            | SendState::Waiting { not_before_ms: from_ms, .. } => Some(from_ms),
            _ => None,
        });
        moments.filter(|moment| *moment > now_ms).min()
    }

    /// The connection is gone: whatever was under way is of unknown outcome and goes out again.
    pub fn disconnected(&mut self) {
        for pending in &mut self.pending {
            if matches!(pending.state, SendState::Sent | SendState::Accepted) {
                pending.state = SendState::Queued { not_before_ms: 0 };
            }
        }
    }

    /// The room's cursor jumped: the event of an accepted post may have been skipped and never
    /// come to settle its row. Its answer will, so it is asked for again.
    pub fn skipped(&mut self, room: RoomId) {
        for pending in &mut self.pending {
            let here = lane(&pending.command) == Some(room);
            if here && pending.state == SendState::Accepted {
                pending.state = SendState::Queued { not_before_ms: 0 };
            }
        }
    }

    /// The op is on disk. What shows stays, settled, until its event is there; anything else goes.
    pub fn accepted(&mut self, op: OpId) -> Option<Command> {
        let at = self.position(op)?;
        if shows(&self.pending[at].command) {
            self.pending[at].state = SendState::Accepted;
            return Some(self.pending[at].command.clone());
        }
        self.take(at).map(|pending| pending.command)
    }

    /// The op's event has been seen, or its author has discarded it.
    pub fn remove(&mut self, op: OpId) -> Option<Pending> {
        let at = self.position(op)?;
        self.take(at)
    }

    /// Takes an op back that can still be undone.
    pub fn undo(&mut self, op: OpId) {
        let held = |one: &Pending| one.op == op && matches!(one.state, SendState::Held { .. });
        if let Some(at) = self.pending.iter().position(held) {
            self.take(at);
        }
    }

    /// Nobody is there any more to undo what is held: it goes out.
    pub fn release(&mut self) {
        for pending in &mut self.pending {
            if matches!(pending.state, SendState::Held { .. }) {
                pending.state = SendState::Queued { not_before_ms: 0 };
            }
        }
    }

    fn take(&mut self, at: usize) -> Option<Pending> {
        let pending = self.pending.remove(at)?;
        if pending.kept != Kept::No {
            self.gone.push(pending.op);
        }
        Some(pending)
    }

    /// Refused for good. What somebody wrote stays on screen; of anything else only the reason is
    /// worth showing, so it leaves and is returned; as does the edit of a message that is gone,
    /// which no row could show.
    pub fn refused(&mut self, op: OpId, code: Code) -> Option<Command> {
        let at = self.position(op)?;
        let stays = match self.pending[at].command {
            Command::Post { .. } => true,
            Command::Edit { .. } => code != Code::UnknownMessage,
            _ => false,
        };
        if stays {
            self.pending[at].state = SendState::Refused(code);
            if self.pending[at].kept != Kept::No {
                self.pending[at].kept = Kept::Outdated;
            }
            return None;
        }
        self.take(at).map(|pending| pending.command)
    }

    /// Ask for the op again, not before the given moment.
    pub fn retry(&mut self, op: OpId, not_before_ms: i64) {
        if let Some(at) = self.position(op) {
            self.pending[at].state = SendState::Queued { not_before_ms };
        }
    }

    /// The server wants the op again, not before the given moment, and has said why.
    pub fn wait(&mut self, op: OpId, not_before_ms: i64, why: Code) {
        if let Some(at) = self.position(op) {
            self.pending[at].state = SendState::Waiting { not_before_ms, why };
        }
    }

    /// What people have done to the messages of a room and that is not in its log yet, in order.
    pub fn changes_in(&self, room: RoomId) -> impl Iterator<Item = (&Pending, Seq)> {
        self.pending.iter().filter_map(move |pending| match &pending.command {
            Command::Edit { room: to, target, .. }
            | Command::Delete { room: to, target, .. }
            | Command::React { room: to, target, .. } => {
                (*to == room).then_some((pending, *target))
            }
            _ => None,
        })
    }

    /// Why the server takes nothing right now, if it has said so.
    pub fn hindrance(&self) -> Option<Code> {
        self.pending.iter().find_map(|pending| match pending.state {
            SendState::Waiting { why, .. } => Some(why),
            _ => None,
        })
    }

    /// What was said in a room and is not in its log yet, in the order it was said.
    pub fn posts_in(&self, room: RoomId) -> impl Iterator<Item = (&Pending, &str)> {
        self.pending.iter().filter_map(move |pending| match &pending.command {
            Command::Post { room: to, text, .. } if *to == room => Some((pending, text.as_str())),
            _ => None,
        })
    }

    /// Whether nothing more should be asked for until some of it has gone out.
    pub fn is_full(&self) -> bool {
        self.pending.len() >= OPS_MAX
    }

    /// How many ops still have to go out.
    pub fn unsent(&self) -> usize {
        let unsent = |pending: &&Pending| {
            !matches!(pending.state, SendState::Accepted | SendState::Refused(_))
        };
        self.pending.iter().filter(unsent).count()
    }

    fn position(&self, op: OpId) -> Option<usize> {
        self.pending.iter().position(|pending| pending.op == op)
    }
}

/// Whether the op is on screen before it is in the log.
pub(super) fn shows(command: &Command) -> bool {
    matches!(
        command,
        Command::Post { .. }
            | Command::Edit { .. }
            | Command::Delete { .. }
            | Command::React { .. }
    )
}

/// What must stay in order among itself: a room, or everything that is about no single room.
fn lane(command: &Command) -> Option<RoomId> {
    match command {
        Command::Post { room, .. }
        | Command::Join { room, .. }
        | Command::Leave { room, .. }
        | Command::Edit { room, .. }
        | Command::Delete { room, .. }
        | Command::React { room, .. }
        | Command::SetTopic { room, .. }
        | Command::Add { room, .. }
        | Command::Remove { room, .. }
        | Command::SetRules { room, .. }
        | Command::Report { room, .. } => Some(*room),
        _ => None,
    }
}
