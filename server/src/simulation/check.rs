//! What must hold when the weather has cleared, whatever it was.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use shared::protocol::{Anchor, Command, Event, OpId, RoomId, Seq, UserId, View, What};
use shared::sync::Entry;

use super::world::World;
use crate::chat;
use crate::store::{Store, events, members, messages};

/// The newest seq of every room.
pub(super) fn heads(store: &Store) -> HashMap<RoomId, Seq> {
    let mut ask = store.writer.prepare("select id, head from rooms").expect("a question");
    let head = |row: &rusqlite::Row<'_>| {
        Ok((RoomId(uuid::Uuid::from_bytes(row.get(0)?)), row.get::<_, i64>(1)? as Seq))
    };
    ask.query_map([], head).expect("an answer").map(|head| head.expect("a head")).collect()
}

/// Ops that found everything as they wanted it.
pub(super) fn answered_without_event(store: &Store) -> BTreeSet<OpId> {
    let mut ask = store.writer.prepare("select op from answers").expect("a question");
    let op = |row: &rusqlite::Row<'_>| Ok(OpId(uuid::Uuid::from_bytes(row.get(0)?)));
    ask.query_map([], op).expect("an answer").map(|op| op.expect("an op")).collect()
}

pub(super) fn all(world: &World) {
    let store = world.writer.as_ref().expect("a server").store();
    let logs: BTreeMap<RoomId, Vec<Event>> =
        heads(store).into_iter().map(|(room, head)| (room, log(store, room, head))).collect();
    views_are_a_fold_of_the_log(store, &logs);
    what_was_told_is_there_once(world, store);
    nothing_else_is_there(world, &logs);
    everyone_has_what_the_log_has(world, store, &logs);
}

/// A room's log, dense.
fn log(store: &Store, room: RoomId, head: Seq) -> Vec<Event> {
    let events = events::after(&store.writer, room, 0, usize::MAX >> 1).expect("an answer");
    let seqs: Vec<Seq> = events.iter().map(|event| event.seq).collect();
    assert_eq!(seqs, (1..=head).collect::<Vec<_>>(), "{room} has holes");
    events
}

/// The messages of a log as they are after all its events.
pub(super) fn fold(log: &[Event], reader: UserId) -> Vec<Entry> {
    let mut entries: Vec<Entry> = log.iter().cloned().map(Entry::new).collect();
    for event in log {
        let target = match event.what {
            What::Edited { target, .. }
            | What::Deleted { target }
            | What::Reacted { target, .. } => target,
            _ => continue,
        };
        entries[target as usize - 1].apply(event, Some(reader));
    }
    entries
}

/// Of people who react only the first few are named, and a fold forgets those behind them.
fn without_names(mut view: View) -> View {
    for reaction in &mut view.reactions {
        reaction.people.clear();
    }
    view
}

fn nameless(what: &What) -> What {
    let mut what = what.clone();
    if let What::Added { person, .. } | What::Removed { person } = &mut what {
        person.name.clear();
    }
    what
}

fn views_are_a_fold_of_the_log(store: &Store, logs: &BTreeMap<RoomId, Vec<Event>>) {
    let reader = UserId(uuid::Uuid::nil());
    for (room, log) in logs {
        let last = log.len() as Seq;
        let views = messages::views(&store.writer, *room, 1, last, reader).expect("an answer");
        let views: Vec<View> = views.into_iter().map(without_names).collect();
        let folded: Vec<View> =
            fold(log, reader).iter().filter_map(Entry::view).map(without_names).collect();
        assert_eq!(views, folded, "{room}: the views are no fold of the log");
        for entry in fold(log, reader) {
            let Some("") = entry.text() else { continue };
            let edits = log.iter().filter_map(|event| match &event.what {
                What::Edited { target, text } if *target == entry.event.seq => Some(text),
                _ => None,
            });
            for text in edits {
                assert_eq!(text, "", "a deleted text is still in an edit");
            }
        }
    }
}

fn what_was_told_is_there_once(world: &World, store: &Store) {
    for (op, (room, seq)) in &world.told {
        let Some((author, _)) = world.asked.get(op) else { continue };
        let seen = events::seen(&store.writer, *author, *op).expect("an answer");
        let seen = seen.unwrap_or_else(|| panic!("{op} was accepted and is not there"));
        assert_eq!((seen.room, seen.seq), (*room, *seq), "{op} is elsewhere");
    }
    let twice: i64 = store
        .writer
        .query_row(
            "select count(*) from (select 1 from events where op is not null
             group by author, op having count(*) > 1)",
            [],
            |row| row.get(0),
        )
        .expect("an answer");
    assert_eq!(twice, 0, "an op is there twice");
}

/// Every event is somebody's op, with what they asked for in it.
fn nothing_else_is_there(world: &World, logs: &BTreeMap<RoomId, Vec<Event>>) {
    for event in logs.values().flatten() {
        let Some(op) = event.op else { continue };
        let Some((author, command)) = world.asked.get(&op) else { continue };
        assert_eq!(*author, event.by.id);
        let same = match (command, &event.what) {
            (Command::Post { text, .. }, What::Posted { text: said }) => {
                text == said || said.is_empty()
            }
            (Command::Edit { text, target, .. }, What::Edited { text: said, target: at }) => {
                target == at && (text == said || said.is_empty())
            }
            (Command::Delete { target, .. }, What::Deleted { target: at }) => target == at,
            (
                Command::React { target, emoji, on, .. },
                What::Reacted { target: at, emoji: put, on: is },
            ) => (target, emoji, on) == (at, put, is),
            (Command::Add { person, .. }, What::Added { person: added, .. }) => *person == added.id,
            (Command::Remove { person, .. }, What::Removed { person: removed }) => {
                *person == removed.id
            }
            (Command::Rename { name, .. }, What::Renamed { .. }) => *name == event.by.name,
            (Command::Join { .. }, What::Joined)
            | (Command::Leave { .. }, What::Left)
            | (Command::CreateRoom { .. }, What::Created { .. }) => true,
            _ => false,
        };
        assert!(same, "{command:?} became {event:?}");
    }
    in_order(logs);
}

/// One device's ops of one room are in the log in the order in which they were asked for: their ids
/// are made in that order. Two devices of a person share no order.
fn in_order(logs: &BTreeMap<RoomId, Vec<Event>>) {
    for log in logs.values() {
        let mut last: HashMap<UserId, Vec<OpId>> = HashMap::new();
        for event in log {
            // Names and new rooms go a way of their own.
            let elsewhere = matches!(event.what, What::Renamed { .. } | What::Created { .. });
            if let Some(op) = event.op.filter(|_| !elsewhere) {
                last.entry(event.by.id).or_default().push(op);
            }
        }
        for (person, ops) in last {
            // At most as many rising runs interleave as the person has devices.
            let mut runs: Vec<OpId> = Vec::new();
            for op in ops {
                match runs.iter_mut().filter(|run| **run < op).max() {
                    Some(run) => *run = op,
                    None => runs.push(op),
                }
            }
            assert!(runs.len() <= 2, "{person:?}'s ops are out of order: {} runs", runs.len());
        }
    }
}

fn everyone_has_what_the_log_has(
    world: &World,
    store: &Store,
    logs: &BTreeMap<RoomId, Vec<Event>>,
) {
    for device in &world.devices {
        let who = device.owner;
        assert_eq!(device.sync.outbox().unsent(), 0, "{who:?} is still sending");
        let rooms = device.sync.rooms().into_iter().filter(|room| room.member);
        let rooms: BTreeSet<RoomId> = rooms.map(|room| room.id).collect();
        let really = members::rooms_of(&store.writer, who).expect("an answer");
        assert_eq!(rooms, really.into_iter().collect(), "{who:?} is elsewhere");
        let state = device.sync.current().expect("a room on screen");
        let log = &logs[&state.room.id];
        let head = log.len() as Seq;
        assert_eq!((state.cursor, state.room.head), (head, head), "{who:?} is behind");
        assert!(state.timeline.at_head(head), "{who:?} does not look at the newest");
        let folded = fold(log, who);
        let held: Vec<&Entry> = state.timeline.entries().collect();
        let newest = &folded[folded.len() - held.len()..];
        for (held, folded) in held.into_iter().zip(newest) {
            // Names are told as they were when the event came here.
            let (a, b) = (&held.event, &folded.event);
            assert_eq!((a.seq, a.op, a.by.id), (b.seq, b.op, b.by.id));
            assert_eq!(nameless(&a.what), nameless(&b.what));
            let views = [held, folded].map(|entry| entry.view().map(without_names));
            assert_eq!(views[0], views[1], "{who:?} sees {} otherwise", a.seq);
        }
        let page = chat::page_of(&store.writer, who, state.room.id, Anchor::Newest, 50);
        let page = page.expect("an answer").expect("a room");
        let seen: Vec<View> = page.views.into_iter().map(without_names).collect();
        let first = page.events.first().map_or(0, |event| event.seq);
        let of_the_page = folded.iter().filter(|entry| entry.event.seq >= first);
        let of_the_page: Vec<View> =
            of_the_page.filter_map(Entry::view).map(without_names).collect();
        assert_eq!(seen, of_the_page, "a page is no fold of the log");
    }
}
