//! One op about a room itself, inside the transaction that commits it: rooms are opened, people come
//! into them and go, their topics and rules change.
//!
//! As in `apply`, what refuses an op comes before anything is written.

use shared::permission::Verb;
use shared::protocol::{
    Code, HIDDEN_ROOMS_MAX, OpId, Person, ROOMS_MAX, RoomId, RoomKind, RoomName, Rules, UserId,
    What,
};
use uuid::Uuid;

use super::apply::Applied;
use super::pen::Pen;
use crate::store::audit::Deed;
use crate::store::{members, rooms, users};

impl Pen<'_, '_> {
    pub(super) fn create_room(
        &mut self,
        op: OpId,
        name: &RoomName,
        topic: &str,
        private: bool,
    ) -> rusqlite::Result<Applied> {
        if let Some(code) = self.barred(Verb::CreateRoom)? {
            return Ok(Applied::Refused(code));
        }
        // The name of a private room has an ending that no other has.
        if !private && rooms::find_by_name(self.db, name.as_str())?.is_some() {
            return Ok(Applied::Refused(Code::RoomExists));
        }
        let are_full = if private { self.has_many_rooms()? } else { self.are_many_rooms()? };
        if are_full {
            return Ok(Applied::Refused(Code::TooManyRooms));
        }
        let by = self.author()?;
        let id = RoomId(Uuid::now_v7());
        let kind = if private { RoomKind::Private } else { RoomKind::Open };
        let name = if private { name.with_ending(id) } else { name.clone() };
        let new =
            rooms::NewRoom { id, kind, name: &name, topic, made_by: Some(by.id), people_key: None };
        rooms::insert(self.db, &new, self.at_ms)?;
        let topic = topic.to_owned();
        let (listed_name, listed_topic) = (name.clone(), topic.clone());
        let created = What::Created { name, topic, kind, people: Vec::new() };
        let seq = self.write(id, &by, Some(op), created)?;
        members::insert(self.db, id, by.id, seq)?;
        if !private {
            let (name, topic) = (listed_name, listed_topic);
            self.write(self.lobby, &by, None, What::Listed { listed: id, name, topic })?;
        }
        Ok(Applied::At { room: id, seq, by })
    }

    fn are_many_rooms(&self) -> rusqlite::Result<bool> {
        Ok(rooms::count(self.db)? >= self.rooms_max)
    }

    /// Whether the author has opened as many rooms for a few as one may.
    pub(super) fn has_many_rooms(&self) -> rusqlite::Result<bool> {
        let bound = HIDDEN_ROOMS_MAX.max(self.rooms_max.saturating_sub(ROOMS_MAX));
        Ok(rooms::count_hidden(self.db, self.by.id)? >= bound)
    }

    pub(super) fn join(&mut self, op: OpId, room: RoomId) -> rusqlite::Result<Applied> {
        if let Some(code) = self.barred_in(room, Verb::Join)? {
            return Ok(Applied::Refused(code));
        }
        let head = self.known.head(self.db, room)?.unwrap_or_default();
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

    pub(super) fn leave(&mut self, op: OpId, room: RoomId) -> rusqlite::Result<Applied> {
        if let Some(code) = self.barred_in(room, Verb::Leave)? {
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
            let was_listed = self.known.room(self.db, room)?.is_some_and(|row| row.kind.is_open());
            rooms::delete(self.db, room)?;
            self.known.lose(room);
            if was_listed {
                let unlisted = What::Unlisted { unlisted: room, name };
                self.write(self.lobby, &by, None, unlisted)?;
            }
        }
        Ok(Applied::At { room, seq, by })
    }

    pub(super) fn set_topic(
        &mut self,
        op: OpId,
        room: RoomId,
        topic: &str,
    ) -> rusqlite::Result<Applied> {
        if let Some(code) = self.barred_in(room, Verb::SetTopic)? {
            return Ok(Applied::Refused(code));
        }
        let by = self.author()?;
        rooms::set_topic(self.db, room, topic)?;
        let seq = self.write(room, &by, Some(op), What::TopicChanged { topic: topic.into() })?;
        Ok(Applied::At { room, seq, by })
    }

    pub(super) fn set_rules(
        &mut self,
        op: OpId,
        room: RoomId,
        rules: Rules,
    ) -> rusqlite::Result<Applied> {
        if let Some(code) = self.barred_in(room, Verb::SetRules)? {
            return Ok(Applied::Refused(code));
        }
        let known = self.known.room(self.db, room)?;
        if known.is_some_and(|known| known.rules == rules) {
            let head = self.known.head(self.db, room)?.unwrap_or_default();
            return self.nothing_to_do(op, room, head, &What::RulesChanged { rules });
        }
        let by = self.author()?;
        rooms::set_rules(self.db, room, rules)?;
        self.known.rules_changed(room, rules);
        let seq = self.write(room, &by, Some(op), What::RulesChanged { rules })?;
        self.note(Deed::RulesChanged, room, None)?;
        Ok(Applied::At { room, seq, by })
    }

    pub(super) fn add(
        &mut self,
        op: OpId,
        room: RoomId,
        person: UserId,
    ) -> rusqlite::Result<Applied> {
        if let Some(code) = self.barred_in(room, Verb::Add)? {
            return Ok(Applied::Refused(code));
        }
        let found = users::find(self.db, person)?.filter(|user| user.is_active);
        let Some(found) = found else { return Ok(Applied::Refused(Code::UnknownPerson)) };
        let person = Person { id: person, name: found.name };
        let Some((name, topic, kind)) = rooms::about(self.db, room)? else {
            return Ok(Applied::Refused(Code::UnknownRoom));
        };
        let id = person.id;
        let added = What::Added { person, name, topic, kind, people: Vec::new() };
        if let Some(seq) = members::joined(self.db, room, id)? {
            return self.nothing_to_do(op, room, seq, &added);
        }
        let by = self.author()?;
        let seq = self.write(room, &by, Some(op), added)?;
        members::insert(self.db, room, id, seq)?;
        Ok(Applied::At { room, seq, by })
    }

    /// Nobody puts out somebody who is more than themselves.
    pub(super) fn remove(
        &mut self,
        op: OpId,
        room: RoomId,
        person: UserId,
    ) -> rusqlite::Result<Applied> {
        if let Some(code) = self.barred_in(room, Verb::Remove)? {
            return Ok(Applied::Refused(code));
        }
        let Some(found) = users::find(self.db, person)? else {
            return Ok(Applied::Refused(Code::UnknownPerson));
        };
        if self.role()?.is_none_or(|role| found.role > role) {
            return Ok(Applied::Refused(Code::Forbidden));
        }
        let person = Person { id: person, name: found.name };
        let id = person.id;
        let removed = What::Removed { person: person.clone() };
        if !self.known.is_member(self.db, room, id)? {
            let head = self.known.head(self.db, room)?.unwrap_or_default();
            return self.nothing_to_do(op, room, head, &removed);
        }
        let by = self.author()?;
        let seq = self.write(room, &by, Some(op), removed)?;
        members::delete(self.db, room, id)?;
        self.known.left(room, id);
        self.note(Deed::PersonPutOut, room, Some(&person))?;
        Ok(Applied::At { room, seq, by })
    }
}
