//! From a backlog to bytes, and from what the socket took of them back to cursors. Pure.
//!
//! [`Feed::gather`] puts what can be written into a buffer, in order; [`Feed::settle`] moves the
//! cursors over what is really gone. A frame that was begun is finished before anything else.

use shared::protocol::Seq;
use slab::Slab;

use super::feed::{Backlog, Feed, Lack, Mail};
use super::room::Room;
use super::tail::Tails;

/// Bytes gathered for one write, and one frame more. Larger turns would keep other connections
/// waiting; smaller ones cost a system call each.
const TURN_BYTES_MAX: usize = 64 * 1024;

/// What was gathered, and what it means when it is gone.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) bytes: Vec<u8>,
    /// Bytes of a frame that was begun earlier.
    begun: usize,
    steps: Vec<Step>,
}

#[derive(Clone, Copy)]
struct Step {
    /// Where its frame ends; nothing is to be sent where that is the end of the one before.
    end: usize,
    effect: Effect,
}

#[derive(Clone, Copy)]
enum Effect {
    /// The room's cursor is here.
    Reach(u32, Seq),
    /// The cursor of the [`Mail::Last`] in front is here.
    ReachLast(Seq),
    /// The mail in front is done.
    Done,
}

impl Feed {
    /// Puts what can be written into `gathered`, in order, up to a turn's worth. Answers what only
    /// the store has, if the next thing to be written is that.
    pub(super) fn gather(
        &self,
        rooms: &Slab<Room>,
        tails: &Tails,
        gathered: &mut Gathered,
    ) -> Option<Lack> {
        gathered.bytes.clear();
        gathered.steps.clear();
        gathered.begun = 0;
        let backlog = self.backlog.as_ref()?;
        gathered.bytes.extend_from_slice(&backlog.unfinished);
        gathered.begun = backlog.unfinished.len();
        for mail in &backlog.mails {
            if gathered.is_full() {
                return None;
            }
            match mail {
                Mail::Say(frame) | Mail::Ephemeral(frame) => {
                    gathered.bytes.extend_from_slice(frame);
                }
                Mail::Room(number) => {
                    if let Some(place) = self.place(*number)
                        && let Some(room) = rooms.get(*number as usize)
                    {
                        let upto = room.known_to(place);
                        let lack = Lack { room: room.id, after: place.at, upto };
                        let effect = |seq| Effect::Reach(*number, seq);
                        match self.gather_stretch(lack, effect, tails, backlog, gathered) {
                            Stretch::Whole => {}
                            Stretch::Full => return None,
                            Stretch::Lacks(lack) => return Some(lack),
                        }
                    }
                }
                Mail::Last { room, after, upto } => {
                    let lack = Lack { room: *room, after: *after, upto: *upto };
                    match self.gather_stretch(lack, Effect::ReachLast, tails, backlog, gathered) {
                        Stretch::Whole => {}
                        Stretch::Full => return None,
                        Stretch::Lacks(lack) => return Some(lack),
                    }
                }
            }
            gathered.step(Effect::Done);
        }
        None
    }

    fn gather_stretch(
        &self,
        mut lack: Lack,
        effect: impl Fn(Seq) -> Effect,
        tails: &Tails,
        backlog: &Backlog,
        gathered: &mut Gathered,
    ) -> Stretch {
        while lack.after < lack.upto {
            let supplied = backlog.supplied.as_ref().filter(|chunk| {
                let seqs = chunk.first()..=chunk.last();
                chunk.room() == lack.room && seqs.contains(&(lack.after + 1))
            });
            let Some(chunk) = supplied.or_else(|| tails.chunk(lack.room, lack.after)) else {
                return Stretch::Lacks(lack);
            };
            for piece in chunk.frames(self.dialect).pieces_after(lack.after) {
                if piece.seq > lack.upto {
                    return Stretch::Whole;
                }
                // A turn ends between two events, never behind ten megabytes of them.
                if gathered.is_full() {
                    return Stretch::Full;
                }
                if piece.not_for != Some(self.user) {
                    gathered.bytes.extend_from_slice(piece.bytes);
                }
                gathered.step(effect(piece.seq));
                lack.after = piece.seq;
            }
        }
        Stretch::Whole
    }

    /// The socket has taken so many of the gathered bytes, in their order. Whether that was all.
    pub(super) fn settle(&mut self, gathered: &Gathered, taken: usize) -> bool {
        let mut begun = gathered.begun;
        for step in &gathered.steps {
            if begun >= taken && step.end > taken {
                break;
            }
            begun = step.end;
            self.apply(step.effect);
        }
        let all = taken == gathered.bytes.len();
        let Some(backlog) = &mut self.backlog else { return all };
        backlog.unfinished.clear();
        backlog.unfinished.extend_from_slice(&gathered.bytes[taken..begun.max(taken)]);
        backlog.is_blocked = !all;
        if backlog.mails.is_empty() && backlog.unfinished.is_empty() && !backlog.is_reading {
            self.backlog = None;
        }
        all
    }

    fn apply(&mut self, effect: Effect) {
        match effect {
            Effect::Reach(room, seq) => {
                if let Some(place) = self.place_mut(room) {
                    place.at = seq;
                }
            }
            Effect::ReachLast(seq) => {
                if let Some(Mail::Last { after, .. }) =
                    self.backlog.as_mut().and_then(|backlog| backlog.mails.front_mut())
                {
                    *after = seq;
                }
            }
            Effect::Done => {
                match self.backlog.as_mut().and_then(|backlog| backlog.mails.pop_front()) {
                    Some(Mail::Room(room)) => {
                        if let Some(place) = self.place_mut(room) {
                            place.is_marked = false;
                        }
                    }
                    Some(Mail::Say(frame)) => self.backlog().answer_bytes -= frame.len(),
                    Some(Mail::Ephemeral(_)) => self.backlog().ephemerals -= 1,
                    Some(Mail::Last { .. }) | None => {}
                }
            }
        }
    }

    /// There is nothing in the store where something must be: the cursor steps over it.
    pub(super) fn give_up(&mut self, rooms: &Slab<Room>) {
        let Some(backlog) = &mut self.backlog else { return };
        match backlog.mails.front_mut() {
            Some(Mail::Room(number)) => {
                let number = *number;
                if let Some(place) = self.place_mut(number)
                    && let Some(room) = rooms.get(number as usize)
                {
                    place.at = place.at.max(room.known_to(place));
                }
            }
            Some(Mail::Last { after, upto, .. }) => *after = *upto,
            Some(Mail::Say(_) | Mail::Ephemeral(_)) | None => {}
        }
    }
}

enum Stretch {
    Whole,
    /// The turn's bytes are gathered.
    Full,
    Lacks(Lack),
}

impl Gathered {
    fn is_full(&self) -> bool {
        self.bytes.len() >= TURN_BYTES_MAX
    }

    fn step(&mut self, effect: Effect) {
        self.steps.push(Step { end: self.bytes.len(), effect });
    }
}
