//! Whether an op that comes again asks for the same as when it was first seen. Pure.

use shared::protocol::{RoomKind, What};

use super::Change;
use crate::store::events;

/// Whether an op that was seen before asked for the same.
pub(super) fn is_same(seen: &events::Seen, change: &Change) -> bool {
    let body: What = serde_json::from_str(&seen.body).unwrap_or(What::Unknown);
    match (change, body) {
        (Change::Post { room, text }, What::Posted { text: seen_text }) => {
            // Of what was erased meanwhile nobody knows any more what it said.
            *room == seen.room && (*text == seen_text || seen_text.is_empty())
        }
        (Change::Edit { room, target, text }, What::Edited { target: to, text: seen_text }) => {
            let same_text = *text == seen_text || seen_text.is_empty();
            *room == seen.room && *target == to && same_text
        }
        (
            Change::Delete { room, target } | Change::Takedown { room, target },
            What::Deleted { target: to },
        ) => *room == seen.room && *target == to,
        (
            Change::React { room, target, emoji, on },
            What::Reacted { target: to, emoji: put, on: as_ },
        ) => (*room, *target, emoji, *on) == (seen.room, to, &put, as_),
        (Change::Rename { name }, What::Renamed { .. }) => {
            events::renamed_to(&seen.body).is_some_and(|to| to == name.shown)
        }
        (
            Change::CreateRoom { name, topic, private },
            What::Created { name: seen_name, topic: seen_topic, kind, .. },
        ) => {
            let name = if *private { name.with_ending(seen.room) } else { name.clone() };
            let same_kind = *private == (kind == RoomKind::Private);
            same_kind && name == seen_name && *topic == seen_topic
        }
        (
            Change::OpenDirect { people },
            What::Created { people: seen_people, .. } | What::Added { people: seen_people, .. },
        ) => people.iter().all(|id| seen_people.iter().any(|person| person.id == *id)),
        (Change::Join { room }, What::Joined) | (Change::Leave { room }, What::Left) => {
            *room == seen.room
        }
        (Change::SetTopic { room, topic }, What::TopicChanged { topic: seen_topic }) => {
            *room == seen.room && *topic == seen_topic
        }
        (Change::SetRules { room, rules }, What::RulesChanged { rules: seen_rules }) => {
            *room == seen.room && *rules == seen_rules
        }
        (Change::Add { room, person }, What::Added { person: added, .. })
        | (Change::Remove { room, person }, What::Removed { person: added }) => {
            *room == seen.room && *person == added.id
        }
        (Change::Report { room, target, .. }, What::Unknown) => {
            (*room, *target) == (seen.room, seen.seq)
        }
        (Change::Purge { room, upto, person }, What::Purged { upto: to, person: whose }) => {
            let same_person = *person == whose.map(|person| person.id);
            *room == seen.room && *upto == to && same_person
        }
        _ => false,
    }
}
