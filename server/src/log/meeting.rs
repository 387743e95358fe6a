//! Direct rooms, inside the transaction that commits: the same people always meet in the same room.
//!
//! It has no name and no topic of its own, and its people are known from the beginning. Who has left it
//! is let in again when somebody opens it. The rest of `rooming`.

use shared::permission::Verb;
use shared::protocol::{
    Code, DIRECT_PEOPLE_MAX, OpId, Person, RoomId, RoomKind, RoomName, Seq, UserId, What,
};
use uuid::Uuid;

use super::apply::Applied;
use super::pen::Pen;
use crate::store::{members, rooms, users};

/// A direct room, and everyone whom it is for.
struct Meeting {
    room: RoomId,
    name: RoomName,
    people: Vec<Person>,
}

impl Meeting {
    fn created(&self) -> What {
        What::Created {
            name: self.name.clone(),
            topic: String::new(),
            kind: RoomKind::Direct,
            people: self.people.clone(),
        }
    }

    fn added(&self, person: &Person) -> What {
        What::Added {
            person: person.clone(),
            name: self.name.clone(),
            topic: String::new(),
            kind: RoomKind::Direct,
            people: self.people.clone(),
        }
    }
}

impl Pen<'_, '_> {
    /// The direct room of the author and these people, made if it is not there.
    pub(super) fn open_direct(&mut self, op: OpId, people: &[UserId]) -> rusqlite::Result<Applied> {
        if let Some(code) = self.barred(Verb::OpenDirect)? {
            return Ok(Applied::Refused(code));
        }
        let key = rooms::people_key(&[people, &[self.by.id]].concat());
        match key.len() / 16 {
            2..=DIRECT_PEOPLE_MAX => {}
            0 | 1 => return Ok(Applied::Refused(Code::UnknownPerson)),
            _ => return Ok(Applied::Refused(Code::TooManyPeople)),
        }
        for id in people.iter().filter(|id| **id != self.by.id) {
            if users::find(self.db, *id)?.is_none_or(|user| !user.is_active) {
                return Ok(Applied::Refused(Code::UnknownPerson));
            }
        }
        let found = rooms::direct(self.db, &key)?;
        if found.is_none() && self.has_many_rooms()? {
            return Ok(Applied::Refused(Code::TooManyRooms));
        }
        let by = self.author()?;
        let mut first = None;
        let meeting = match found {
            Some(room) => self.meeting(room)?,
            None => {
                let meeting = self.begin_meeting(&by, &key)?;
                let seq = self.write(meeting.room, &by, Some(op), meeting.created())?;
                members::insert(self.db, meeting.room, by.id, seq)?;
                first = Some(seq);
                meeting
            }
        };
        let first = self.gather(op, &by, &meeting, first)?;
        let room = meeting.room;
        match first {
            Some(seq) => Ok(Applied::At { room, seq, by }),
            None => {
                let head = self.known.head(self.db, room)?.unwrap_or_default();
                self.nothing_to_do(op, room, head, &meeting.created())
            }
        }
    }

    fn meeting(&self, room: RoomId) -> rusqlite::Result<Meeting> {
        Ok(Meeting { room, name: RoomName::direct(room), people: rooms::people(self.db, room)? })
    }

    fn begin_meeting(&self, by: &Person, key: &[u8]) -> rusqlite::Result<Meeting> {
        let id = RoomId(Uuid::now_v7());
        let (kind, name) = (RoomKind::Direct, RoomName::direct(id));
        let (made_by, people_key) = (Some(by.id), Some(key));
        let new = rooms::NewRoom { id, kind, name: &name, topic: "", made_by, people_key };
        rooms::insert(self.db, &new, self.at_ms)?;
        self.meeting(id)
    }

    /// Lets everyone in who is not there, the author before the others. The op is the first event's;
    /// `first` is its seq if it has been written.
    fn gather(
        &mut self,
        op: OpId,
        by: &Person,
        meeting: &Meeting,
        mut first: Option<Seq>,
    ) -> rusqlite::Result<Option<Seq>> {
        let (own, others): (Vec<_>, Vec<_>) =
            meeting.people.iter().partition(|person| person.id == by.id);
        for person in own.into_iter().chain(others) {
            if self.known.is_member(self.db, meeting.room, person.id)? {
                continue;
            }
            let op = first.is_none().then_some(op);
            let seq = self.write(meeting.room, by, op, meeting.added(person))?;
            members::insert(self.db, meeting.room, person.id, seq)?;
            first.get_or_insert(seq);
        }
        Ok(first)
    }
}
