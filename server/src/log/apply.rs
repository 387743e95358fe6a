//! One op, inside the transaction that commits it: checks first, then writes.
//!
//! Everything that must hold against other people's ops at the same moment is checked here: that
//! the op is new, the room is there, the author is in it, the name is free. Refusals are decided
//! before anything is written, so that a refused op leaves no trace in its batch. A post that
//! nothing stands against is one statement: the rest is known to the writer.

use rusqlite::{CachedStatement, Connection};
use shared::protocol::{Code, Event, OpId, Person, RoomId, RoomKind, RoomName, Seq, What};
use uuid::Uuid;

use super::known::Known;
use super::repeated::is_same;
use super::{Author, Change};
use crate::names::Name;
use crate::store::{events, logins, members, messages, rooms, users};

/// Letters of an id that a guest's name may show. All of them are unique by themselves.
const GUEST_LETTERS: std::ops::RangeInclusive<usize> = 4..=14;

pub(super) enum Applied {
    At { room: RoomId, seq: Seq, by: Person },
    Refused(Code),
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
        Change::CreateRoom { name, topic } => pen.create_room(op, name, topic),
        Change::Join { room } => pen.join(op, *room),
        Change::Leave { room } => pen.leave(op, *room),
        Change::SetTopic { room, topic } => pen.set_topic(op, *room, topic),
    }
}

/// What one op writes with: the transaction, and what all its events have in common.
pub(super) struct Pen<'a, 'db> {
    pub(super) db: &'db Connection,
    pub(super) inserting: &'a mut CachedStatement<'db>,
    pub(super) known: &'a mut Known,
    pub(super) lobby: RoomId,
    pub(super) rooms_max: u64,
    pub(super) by: &'a Author,
    pub(super) at_ms: i64,
    /// What was written, in the order in which it is to be published.
    pub(super) written: &'a mut Vec<Event>,
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
        if self.known.has_answers(self.db, by.id)? || self.barred(room)?.is_some() {
            return Ok(None);
        }
        let what = What::Posted { text: text.into() };
        let Some(seq) = self.write_if_new(room, &by, Some(op), what)? else { return Ok(None) };
        self.known.answered(room, by.id, seq);
        Ok(Some(Applied::At { room, seq, by }))
    }

    fn post(&mut self, op: OpId, room: RoomId, text: &str) -> rusqlite::Result<Applied> {
        if let Some(code) = self.barred(room)? {
            return Ok(Applied::Refused(code));
        }
        let by = self.author()?;
        let seq = self.write(room, &by, Some(op), What::Posted { text: text.into() })?;
        self.known.answered(room, by.id, seq);
        Ok(Applied::At { room, seq, by })
    }

    fn edit(
        &mut self,
        op: OpId,
        room: RoomId,
        target: Seq,
        text: &str,
    ) -> rusqlite::Result<Applied> {
        if let Some(code) = self.barred_from(room, target, true)? {
            return Ok(Applied::Refused(code));
        }
        let by = self.author()?;
        let seq = self.write(room, &by, Some(op), What::Edited { target, text: text.into() })?;
        messages::edit(self.db, room, target, text)?;
        Ok(Applied::At { room, seq, by })
    }

    fn delete(&mut self, op: OpId, room: RoomId, target: Seq) -> rusqlite::Result<Applied> {
        if let Some(code) = self.barred_from(room, target, true)? {
            return Ok(Applied::Refused(code));
        }
        let by = self.author()?;
        let seq = self.write(room, &by, Some(op), What::Deleted { target })?;
        messages::erase(self.db, room, target)?;
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
        if let Some(code) = self.barred_from(room, target, false)? {
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

    fn create_room(&mut self, op: OpId, name: &RoomName, topic: &str) -> rusqlite::Result<Applied> {
        if rooms::find_by_name(self.db, name.as_str())?.is_some() {
            return Ok(Applied::Refused(Code::RoomExists));
        }
        if rooms::count(self.db)? >= self.rooms_max {
            return Ok(Applied::Refused(Code::TooManyRooms));
        }
        let by = self.author()?;
        let room = RoomId(Uuid::now_v7());
        rooms::insert(self.db, room, RoomKind::Open, name, topic, self.at_ms)?;
        let (name, topic) = (name.clone(), topic.to_owned());
        let created = What::Created { name: name.clone(), topic: topic.clone() };
        let seq = self.write(room, &by, Some(op), created)?;
        members::insert(self.db, room, by.id, seq)?;
        self.write(self.lobby, &by, None, What::Listed { listed: room, name, topic })?;
        Ok(Applied::At { room, seq, by })
    }

    fn join(&mut self, op: OpId, room: RoomId) -> rusqlite::Result<Applied> {
        let Some(head) = self.known.head(self.db, room)? else {
            return Ok(Applied::Refused(Code::UnknownRoom));
        };
        let joined = members::joined(self.db, room, self.by.id)?;
        // Who looks on is in the lobby without a row.
        let joined = joined.or((room == self.lobby).then_some(head));
        if let Some(seq) = joined {
            return self.nothing_to_do(op, room, seq, &What::Joined);
        }
        let by = self.author()?;
        let seq = self.write(room, &by, Some(op), What::Joined)?;
        members::insert(self.db, room, by.id, seq)?;
        Ok(Applied::At { room, seq, by })
    }

    fn leave(&mut self, op: OpId, room: RoomId) -> rusqlite::Result<Applied> {
        if room == self.lobby {
            return Ok(Applied::Refused(Code::LobbyIsForAll));
        }
        if let Some(code) = self.barred(room)? {
            return Ok(Applied::Refused(code));
        }
        let by = self.author()?;
        let seq = self.write(room, &by, Some(op), What::Left)?;
        members::delete(self.db, room, by.id)?;
        self.known.left(room, by.id);
        if self.known.posts(self.db, room)? == 0
            && members::is_empty(self.db, room)?
            && let Some(name) = rooms::name(self.db, room)?
        {
            rooms::delete(self.db, room)?;
            self.known.lose(room);
            let unlisted = What::Unlisted { unlisted: room, name };
            self.write(self.lobby, &by, None, unlisted)?;
        }
        Ok(Applied::At { room, seq, by })
    }

    fn set_topic(&mut self, op: OpId, room: RoomId, topic: &str) -> rusqlite::Result<Applied> {
        if let Some(code) = self.barred(room)? {
            return Ok(Applied::Refused(code));
        }
        let by = self.author()?;
        rooms::set_topic(self.db, room, topic)?;
        let seq = self.write(room, &by, Some(op), What::TopicChanged { topic: topic.into() })?;
        Ok(Applied::At { room, seq, by })
    }

    /// Why the author may not write in this room.
    fn barred(&mut self, room: RoomId) -> rusqlite::Result<Option<Code>> {
        if room == self.lobby || self.known.is_member(self.db, room, self.by.id)? {
            return Ok(None);
        }
        let is_there = self.known.head(self.db, room)?.is_some();
        Ok(Some(if is_there { Code::NotMember } else { Code::UnknownRoom }))
    }

    /// Why the author may not do something to this message; `own` asks for one of their own.
    fn barred_from(
        &mut self,
        room: RoomId,
        target: Seq,
        own: bool,
    ) -> rusqlite::Result<Option<Code>> {
        if let Some(code) = self.barred(room)? {
            return Ok(Some(code));
        }
        Ok(match events::post(self.db, room, target)? {
            Some(post) if post.text.is_empty() => Some(Code::UnknownMessage),
            Some(post) if own && post.author != self.by.id => Some(Code::NotYours),
            Some(_) => None,
            None => Some(Code::UnknownMessage),
        })
    }

    /// Everything is as the op wants it. Its answer is remembered, so that the op sent again later
    /// does not do what there was no reason to do before.
    fn nothing_to_do(
        &mut self,
        op: OpId,
        room: RoomId,
        seq: Seq,
        what: &What,
    ) -> rusqlite::Result<Applied> {
        let by = self.author()?;
        let body = body(what, &by.name);
        events::remember(self.db, by.id, op, &events::Seen { room, seq, body })?;
        self.known.changed(by.id);
        Ok(Applied::At { room, seq, by })
    }

    /// The author as a row of the database: made by the first thing that they change, with their
    /// login and their place in the lobby.
    fn author(&mut self) -> rusqlite::Result<Person> {
        let id = self.by.id;
        if let Some(person) = self.known.person(self.db, id)? {
            return Ok(person);
        }
        let mut name = Name::guest(id, *GUEST_LETTERS.start());
        for letters in GUEST_LETTERS {
            name = Name::guest(id, letters);
            if users::named(self.db, &name.key)?.is_none() {
                break;
            }
        }
        users::insert(self.db, id, &name.shown, &name.key, self.at_ms)?;
        if let Some(token_hash) = &self.by.login {
            logins::insert(self.db, token_hash, id, self.at_ms)?;
        }
        let head = self.known.head(self.db, self.lobby)?.unwrap_or_default();
        members::insert(self.db, self.lobby, id, head)?;
        Ok(Person { id, name: name.shown })
    }

    /// Writes one event at the room's next seq.
    fn write(
        &mut self,
        room: RoomId,
        by: &Person,
        op: Option<OpId>,
        what: What,
    ) -> rusqlite::Result<Seq> {
        // Whoever calls this has seen that the op is new.
        self.write_if_new(room, by, op, what)?.ok_or(rusqlite::Error::QueryReturnedNoRows)
    }

    /// The same, or `None` if the author has an event of this op already.
    fn write_if_new(
        &mut self,
        room: RoomId,
        by: &Person,
        op: Option<OpId>,
        what: What,
    ) -> rusqlite::Result<Option<Seq>> {
        let head = self.known.head(self.db, room)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        let (seq, at_ms) = (head + 1, self.at_ms);
        let body = body(&what, &by.name);
        let (kind, body) = (kind(&what), body.as_str());
        let event = events::NewEvent { room, seq, author: by.id, at_ms, op, kind, body };
        if !events::insert(self.inserting, &event)? {
            return Ok(None);
        }
        self.known.advance(room, matches!(what, What::Posted { .. }));
        self.written.push(Event { what, room, seq, at_ms, by: by.clone(), op });
        Ok(Some(seq))
    }
}

/// An event's own part as it is kept: its JSON as it stands on the wire. A `renamed` keeps the name
/// that it gave as well, because names are otherwise read as they are now.
fn body(what: &What, name: &str) -> String {
    if matches!(what, What::Renamed { .. }) {
        let mut body = serde_json::to_value(what).unwrap_or_default();
        body["to"] = name.into();
        return body.to_string();
    }
    serde_json::to_string(what).unwrap_or_default()
}

/// The wire's `type`.
fn kind(what: &What) -> &'static str {
    match what {
        What::Posted { .. } => "posted",
        What::Edited { .. } => "edited",
        What::Deleted { .. } => "deleted",
        What::Reacted { .. } => "reacted",
        What::Created { .. } => "created",
        What::Joined => "joined",
        What::Left => "left",
        What::TopicChanged { .. } => "topicChanged",
        What::Renamed { .. } => "renamed",
        What::Listed { .. } => "listed",
        What::Unlisted { .. } => "unlisted",
        What::Unknown => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_the_type_on_the_wire() {
        let text = || String::from("text");
        let name = || RoomName::parse("garden").unwrap();
        let (target, topic, room) = (1, text, RoomId(Uuid::nil()));
        let all = [
            What::Posted { text: text() },
            What::Edited { target, text: text() },
            What::Deleted { target },
            What::Reacted { target, emoji: text(), on: true },
            What::Created { name: name(), topic: topic() },
            What::Joined,
            What::Left,
            What::TopicChanged { topic: topic() },
            What::Renamed { from: text() },
            What::Listed { listed: room, name: name(), topic: topic() },
            What::Unlisted { unlisted: room, name: name() },
        ];
        for what in all {
            let body: serde_json::Value = serde_json::from_str(&body(&what, "")).unwrap();
            assert_eq!(body["type"], kind(&what));
        }
    }
}
