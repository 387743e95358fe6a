//! One op, inside the transaction that commits it: checks first, then writes.
//!
//! Everything that must hold against other people's ops at the same moment is checked here: that
//! the op is new, the room is there, the author is in it, the name is free. Refusals are decided
//! before anything is written, so that a refused op leaves no trace in its batch. A post that
//! nothing stands against is one statement: the rest is known to the writer.

use shared::permission::Verb;
use shared::protocol::{Code, OpId, Person, RoomId, Seq, UserId, What};

use super::Change;
use super::pen::Pen;
use super::repeated::is_same;
use crate::names::Name;
use crate::store::audit::Deed;
use crate::store::{events, members, messages, reports, users};

pub(super) enum Applied {
    At {
        room: RoomId,
        seq: Seq,
        by: Person,
    },
    Refused(Code),
    /// Not yet, and why not.
    Later {
        after_ms: u64,
        why: Code,
    },
}

/// Carries the op out, or tells what became of it when it came first.
pub(super) fn apply(mut pen: Pen<'_, '_>, op: OpId, change: &Change) -> rusqlite::Result<Applied> {
    if let Change::Post { room, text } = change
        && let Some(posted) = pen.post_if_new(op, *room, text)?
    {
        return Ok(posted);
    }
    if let Some(seen) = events::seen(pen.db, pen.by.id, op)? {
        if !is_same(&seen, change) {
            return Ok(Applied::Refused(Code::OpReused));
        }
        let by = users::person(pen.db, pen.by.id)?;
        return Ok(Applied::At { room: seen.room, seq: seen.seq, by });
    }
    match change {
        Change::Post { room, text } => pen.post(op, *room, text),
        Change::Edit { room, target, text } => pen.edit(op, *room, *target, text),
        Change::Delete { room, target } => pen.delete(op, *room, *target),
        Change::React { room, target, emoji, on } => pen.react(op, *room, *target, emoji, *on),
        Change::Rename { name } => pen.rename(op, name),
        Change::CreateRoom { name, topic, private } => pen.create_room(op, name, topic, *private),
        Change::OpenDirect { people } => pen.open_direct(op, people),
        Change::Join { room } => pen.join(op, *room),
        Change::Leave { room } => pen.leave(op, *room),
        Change::SetTopic { room, topic } => pen.set_topic(op, *room, topic),
        Change::SetRules { room, rules } => pen.set_rules(op, *room, *rules),
        Change::Add { room, person } => pen.add(op, *room, *person),
        Change::Remove { room, person } => pen.remove(op, *room, *person),
        Change::Report { room, target, reason } => pen.report(op, *room, *target, reason),
        Change::Takedown { room, target } => pen.take_down(op, *room, *target),
        Change::Purge { room, upto, person } => pen.purge(op, *room, *upto, *person),
    }
}

impl Pen<'_, '_> {
    /// The post of somebody known who may write there, if the op is new: the unique index says so
    /// while it takes the event in. `None`, and nothing is written, if anything is otherwise.
    fn post_if_new(
        &mut self,
        op: OpId,
        room: RoomId,
        text: &str,
    ) -> rusqlite::Result<Option<Applied>> {
        let Some(by) = self.known.person(self.db, self.by.id)? else { return Ok(None) };
        // The index does not know of ops that wrote no event.
        if self.known.has_answers(self.db, by.id)? || self.hindered(room)?.is_some() {
            return Ok(None);
        }
        let what = What::Posted { text: text.into() };
        let Some(seq) = self.write_if_new(room, &by, Some(op), what)? else { return Ok(None) };
        self.known.posted(room, by.id, seq, self.at_ms);
        Ok(Some(Applied::At { room, seq, by }))
    }

    fn post(&mut self, op: OpId, room: RoomId, text: &str) -> rusqlite::Result<Applied> {
        if let Some(hindered) = self.hindered(room)? {
            return Ok(hindered);
        }
        let by = self.author()?;
        let seq = self.write(room, &by, Some(op), What::Posted { text: text.into() })?;
        self.known.posted(room, by.id, seq, self.at_ms);
        Ok(Applied::At { room, seq, by })
    }

    fn edit(
        &mut self,
        op: OpId,
        room: RoomId,
        target: Seq,
        text: &str,
    ) -> rusqlite::Result<Applied> {
        if let Err(code) = self.reach(room, target, Verb::ChangeOwn)? {
            return Ok(Applied::Refused(code));
        }
        let by = self.author()?;
        let seq = self.write(room, &by, Some(op), What::Edited { target, text: text.into() })?;
        messages::edit(self.db, room, target, text)?;
        Ok(Applied::At { room, seq, by })
    }

    fn delete(&mut self, op: OpId, room: RoomId, target: Seq) -> rusqlite::Result<Applied> {
        let whose = match self.reach(room, target, Verb::DeleteOthers)? {
            Ok(author) => author,
            Err(code) => return Ok(Applied::Refused(code)),
        };
        let by = self.author()?;
        let seq = self.write(room, &by, Some(op), What::Deleted { target })?;
        messages::erase(self.db, room, target)?;
        if whose != by.id {
            let whose = users::person(self.db, whose)?;
            self.note(Deed::MessageDeleted, room, Some(&whose))?;
        }
        Ok(Applied::At { room, seq, by })
    }

    fn react(
        &mut self,
        op: OpId,
        room: RoomId,
        target: Seq,
        emoji: &str,
        on: bool,
    ) -> rusqlite::Result<Applied> {
        if let Err(code) = self.reach(room, target, Verb::React)? {
            return Ok(Applied::Refused(code));
        }
        let what = What::Reacted { target, emoji: emoji.into(), on };
        let reacted = messages::reacted(self.db, room, target, emoji, self.by.id)?;
        if reacted.is_some() == on {
            return self.nothing_to_do(op, room, reacted.unwrap_or(target), &what);
        }
        if on && !messages::may_react(self.db, room, target, emoji)? {
            return Ok(Applied::Refused(Code::TooManyReactions));
        }
        let by = self.author()?;
        let seq = self.write(room, &by, Some(op), what)?;
        if on {
            messages::react(self.db, room, target, emoji, by.id, seq)?;
        } else {
            messages::unreact(self.db, room, target, emoji, by.id)?;
        }
        Ok(Applied::At { room, seq, by })
    }

    fn rename(&mut self, op: OpId, name: &Name) -> rusqlite::Result<Applied> {
        if let Some(code) = self.barred(Verb::Rename)? {
            return Ok(Applied::Refused(code));
        }
        if users::named(self.db, &name.key)?.is_some_and(|user| user != self.by.id) {
            return Ok(Applied::Refused(Code::NameTaken));
        }
        let mut by = self.author()?;
        if by.name == name.shown {
            let seq = self.known.head(self.db, self.lobby)?.unwrap_or_default();
            return self.nothing_to_do(op, self.lobby, seq, &What::Renamed { from: by.name });
        }
        users::rename(self.db, by.id, &name.shown, &name.key)?;
        self.known.changed(by.id);
        let from = std::mem::replace(&mut by.name, name.shown.clone());
        let renamed = What::Renamed { from };
        let seq = self.write(self.lobby, &by, Some(op), renamed.clone())?;
        for room in members::rooms_of(self.db, by.id)? {
            if room != self.lobby {
                self.write(room, &by, None, renamed.clone())?;
            }
        }
        Ok(Applied::At { room: self.lobby, seq, by })
    }

    /// Shows the admins a message. Nobody else hears of it.
    fn report(
        &mut self,
        op: OpId,
        room: RoomId,
        target: Seq,
        reason: &str,
    ) -> rusqlite::Result<Applied> {
        if let Err(code) = self.reach(room, target, Verb::Report)? {
            return Ok(Applied::Refused(code));
        }
        let by = self.author()?;
        reports::insert(self.db, room, target, by.id, reason, self.at_ms)?;
        self.nothing_to_do(op, room, target, &What::Unknown)
    }

    /// Asked by the server itself: whoever asks has seen that it may be. The message may be in a room
    /// that nobody who decides about it is in.
    fn take_down(&mut self, op: OpId, room: RoomId, target: Seq) -> rusqlite::Result<Applied> {
        if events::post(self.db, room, target)?.is_none_or(|post| post.text.is_empty()) {
            return Ok(Applied::Refused(Code::UnknownMessage));
        }
        let by = self.author()?;
        let seq = self.write(room, &by, Some(op), What::Deleted { target })?;
        messages::erase(self.db, room, target)?;
        Ok(Applied::At { room, seq, by })
    }

    /// The same.
    fn purge(
        &mut self,
        op: OpId,
        room: RoomId,
        upto: Seq,
        person: Option<UserId>,
    ) -> rusqlite::Result<Applied> {
        if self.known.head(self.db, room)?.is_none() {
            return Ok(Applied::Refused(Code::UnknownRoom));
        }
        let whose = match person {
            Some(person) => Some(users::person(self.db, person)?),
            None => None,
        };
        let purged = What::Purged { upto, person: whose };
        // Its own message of this transaction may be among them.
        if !messages::erase_all(self.db, room, upto, person)? {
            return self.nothing_to_do(op, room, upto, &purged);
        }
        let by = self.author()?;
        let seq = self.write(room, &by, Some(op), purged)?;
        Ok(Applied::At { room, seq, by })
    }

    /// Why the author may not post in this room, or not yet.
    fn hindered(&mut self, room: RoomId) -> rusqlite::Result<Option<Applied>> {
        if let Some(code) = self.barred_in(room, Verb::Post)? {
            return Ok(Some(Applied::Refused(code)));
        }
        let wait_ms = self.known.slow_wait_ms(room, self.by.id, self.at_ms);
        if wait_ms == 0 || self.barred_in(room, Verb::SetRules)?.is_none() {
            return Ok(None);
        }
        Ok(Some(Applied::Later { after_ms: wait_ms, why: Code::SlowMode }))
    }

    /// Whose message this is, or why the author may not do this to it. Changing and deleting are for
    /// their own; deleting others' is for who looks after the room.
    fn reach(
        &mut self,
        room: RoomId,
        target: Seq,
        verb: Verb,
    ) -> rusqlite::Result<Result<UserId, Code>> {
        let asked = if verb == Verb::DeleteOthers { Verb::ChangeOwn } else { verb };
        if let Some(code) = self.barred_in(room, asked)?
            && (verb == asked || self.barred_in(room, verb)?.is_some())
        {
            return Ok(Err(code));
        }
        let author = match events::post(self.db, room, target)? {
            Some(post) if !post.text.is_empty() => post.author,
            _ => return Ok(Err(Code::UnknownMessage)),
        };
        let is_own = author == self.by.id;
        let is_in_reach = match verb {
            Verb::ChangeOwn => is_own,
            Verb::DeleteOthers => is_own || self.barred_in(room, verb)?.is_none(),
            _ => true,
        };
        Ok(if is_in_reach { Ok(author) } else { Err(Code::NotYours) })
    }
}
