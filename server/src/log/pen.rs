//! What one op writes with, inside the transaction that commits it: who its author is and what they
//! may, the next seq of a room, an answer that is remembered.
//!
//! Asked by `apply` and `rooming`. Whether somebody may do something is decided by
//! `shared::permission`, from what is true in this transaction.

use rusqlite::{CachedStatement, Connection};
use shared::permission::{self, Place, Role, Verb};
use shared::protocol::{Code, Event, OpId, Person, RoomId, RoomKind, Seq, What};

use super::Author;
use super::apply::Applied;
use super::known::Known;
use crate::names::Name;
use crate::store::audit::{self, Deed};
use crate::store::{events, logins, members, rooms, users};

/// Letters of an id that a guest's name may show. All of them are unique by themselves.
const GUEST_LETTERS: std::ops::RangeInclusive<usize> = 4..=14;

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
    /// What the author is. Somebody without a row is a guest; somebody who was banned is nobody.
    pub(super) fn role(&mut self) -> rusqlite::Result<Option<Role>> {
        let author = self.known.author(self.db, self.by.id)?;
        Ok(author.map_or(Some(Role::Guest), |author| author.is_active.then_some(author.role)))
    }

    /// Why the author may not do this, which is done in no room.
    pub(super) fn barred(&mut self, verb: Verb) -> rusqlite::Result<Option<Code>> {
        let Some(role) = self.role()? else { return Ok(Some(Code::Forbidden)) };
        let policy = self.known.policy(self.db)?;
        Ok(permission::may(role, &policy, verb, None).err())
    }

    /// Why the author may not do this in this room.
    pub(super) fn barred_in(&mut self, room: RoomId, verb: Verb) -> rusqlite::Result<Option<Code>> {
        let Some(role) = self.role()? else { return Ok(Some(Code::Forbidden)) };
        let Some(place) = self.place(room)? else { return Ok(Some(Code::UnknownRoom)) };
        let policy = self.known.policy(self.db)?;
        Ok(permission::may(role, &policy, verb, Some(&place)).err())
    }

    fn place(&mut self, room: RoomId) -> rusqlite::Result<Option<Place>> {
        let Some(known) = self.known.room(self.db, room)? else { return Ok(None) };
        let is_member =
            known.kind == RoomKind::Lobby || self.known.is_member(self.db, room, self.by.id)?;
        Ok(Some(Place {
            kind: known.kind,
            is_member,
            is_maker: known.made_by == Some(self.by.id),
            is_read_only: known.rules.read_only,
        }))
    }

    /// Everything is as the op wants it. Its answer is remembered, so that the op sent again later
    /// does not do what there was no reason to do before.
    pub(super) fn nothing_to_do(
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
    pub(super) fn author(&mut self) -> rusqlite::Result<Person> {
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

    /// Notes something that was done in a room for those who look after the workspace, if it is a room
    /// that they may know of.
    pub(super) fn note(
        &mut self,
        deed: Deed,
        room: RoomId,
        whom: Option<&Person>,
    ) -> rusqlite::Result<()> {
        let known = self.known.room(self.db, room)?;
        let is_public = known.is_some_and(|known| known.kind.is_public());
        let Some(name) = rooms::name(self.db, room)?.filter(|_| is_public) else { return Ok(()) };
        let target = match whom {
            Some(whom) => format!("{}: # {name}", whom.name),
            None => format!("# {name}"),
        };
        let address = self.by.address.to_string();
        audit::insert(self.db, Some(self.by.id), deed, &target, &address, self.at_ms)
    }

    /// Writes one event at the room's next seq.
    pub(super) fn write(
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
    pub(super) fn write_if_new(
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
        What::Purged { .. } => "purged",
        What::Created { .. } => "created",
        What::Joined => "joined",
        What::Left => "left",
        What::Added { .. } => "added",
        What::Removed { .. } => "removed",
        What::TopicChanged { .. } => "topicChanged",
        What::RulesChanged { .. } => "rulesChanged",
        What::Renamed { .. } => "renamed",
        What::Listed { .. } => "listed",
        What::Unlisted { .. } => "unlisted",
        What::Unknown => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use shared::protocol::{RoomName, Rules, UserId};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_kind_is_the_type_on_the_wire() {
        let text = || String::from("text");
        let name = || RoomName::parse("garden").unwrap();
        let alice = || Person { id: UserId(Uuid::nil()), name: text() };
        let (target, topic, room, open) = (1, text, RoomId(Uuid::nil()), RoomKind::Open);
        let all = [
            What::Posted { text: text() },
            What::Edited { target, text: text() },
            What::Deleted { target },
            What::Reacted { target, emoji: text(), on: true },
            What::Purged { upto: 3, person: None },
            What::Created { name: name(), topic: topic(), kind: open, people: vec![] },
            What::Joined,
            What::Left,
            What::Added {
                person: alice(),
                name: name(),
                topic: topic(),
                kind: open,
                people: vec![],
            },
            What::Removed { person: alice() },
            What::RulesChanged { rules: Rules::default() },
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
