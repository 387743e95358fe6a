//! The database that was left behind: dense, sound, each op once, and its views a fold of its logs.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use rusqlite::{Connection, Row};
use shared::protocol::{Event, OpId, Person, Reaction, RoomId, Seq, UserId, View, What};
use shared::sync::Entry;
use uuid::Uuid;

use super::super::story::{heads, open};

pub(super) struct Log {
    pub(super) rooms: BTreeMap<RoomId, Vec<Event>>,
    pub(super) heads: BTreeMap<RoomId, Seq>,
    /// What ops were answered that had nothing to do.
    pub(super) answers: HashMap<(UserId, OpId), (RoomId, Seq)>,
    pub(super) read: HashMap<(UserId, RoomId), Seq>,
    texts: BTreeMap<(RoomId, Seq), String>,
    reactions: BTreeMap<(RoomId, Seq, String), BTreeSet<UserId>>,
    integrity: String,
}

impl Log {
    pub(super) fn read(database: &Path) -> Self {
        let db = open(database);
        let mut rooms: BTreeMap<RoomId, Vec<Event>> = BTreeMap::new();
        let events = "select room, seq, at_ms, author, op, body from events order by room, seq";
        for event in all(&db, events, event) {
            rooms.entry(event.room).or_default().push(event);
        }
        let answers = all(&db, "select author, op, room, seq from answers", |row| {
            let op = OpId(uuid(row, 1)?);
            Ok(((UserId(uuid(row, 0)?), op), (RoomId(uuid(row, 2)?), seq(row, 3)?)))
        });
        let read = all(&db, "select user, room, read_seq from members", |row| {
            Ok(((UserId(uuid(row, 0)?), RoomId(uuid(row, 1)?)), seq(row, 2)?))
        });
        let texts = all(&db, "select room, seq, text from messages", |row| {
            Ok(((RoomId(uuid(row, 0)?), seq(row, 1)?), row.get(2)?))
        });
        let mut reactions: BTreeMap<_, BTreeSet<UserId>> = BTreeMap::new();
        let reacted = "select room, seq, emoji, user from reactions";
        for (place, user) in all(&db, reacted, |row| {
            let place = (RoomId(uuid(row, 0)?), seq(row, 1)?, row.get::<_, String>(2)?);
            Ok((place, UserId(uuid(row, 3)?)))
        }) {
            reactions.entry(place).or_default().insert(user);
        }
        let integrity = "pragma integrity_check(1)";
        Self {
            rooms,
            heads: heads(database),
            answers: answers.into_iter().collect(),
            read: read.into_iter().collect(),
            texts: texts.into_iter().collect(),
            reactions,
            integrity: db.query_row(integrity, [], |row| row.get(0)).unwrap(),
        }
    }

    pub(super) fn events(&self) -> impl Iterator<Item = &Event> {
        self.rooms.values().flatten()
    }

    /// No holes, no op twice, no broken page.
    pub(super) fn is_sound(&self) {
        assert_eq!(self.integrity, "ok");
        for (room, head) in &self.heads {
            let log = self.rooms.get(room).map_or(&[][..], Vec::as_slice);
            let seqs: Vec<Seq> = log.iter().map(|event| event.seq).collect();
            assert_eq!(seqs, (1..=*head).collect::<Vec<_>>(), "{room} has holes");
        }
        let mut seen = BTreeSet::new();
        for event in self.events() {
            if let Some(op) = event.op {
                assert!(seen.insert((event.by.id, op)), "an op is there twice: {event:?}");
            }
        }
    }

    /// A room's messages as they are after all its events.
    pub(super) fn fold(&self, room: RoomId, reader: UserId) -> Vec<Entry> {
        let log = &self.rooms[&room];
        let mut entries: Vec<Entry> = log.iter().cloned().map(Entry::new).collect();
        for event in log {
            if let Some(target) = target(&event.what) {
                entries[target as usize - 1].apply(event, Some(reader));
            }
        }
        entries
    }

    pub(super) fn views_are_its_fold(&self) {
        let nobody = UserId(Uuid::nil());
        let (mut texts, mut counts) = (BTreeMap::new(), BTreeMap::new());
        for room in self.rooms.keys() {
            for View { seq, text, reactions } in
                self.fold(*room, nobody).iter().filter_map(Entry::view)
            {
                texts.extend(text.map(|text| ((*room, seq), text)));
                for Reaction { emoji, count, .. } in reactions {
                    counts.insert((*room, seq, emoji), count as usize);
                }
            }
        }
        assert_eq!(texts, self.texts, "edited texts are no fold of the log");
        let people = self.reactions.iter().map(|(place, who)| (place.clone(), who.len()));
        assert_eq!(counts, people.collect(), "reactions are no fold of the log");
        for (place, log) in &self.rooms {
            let deleted = log.iter().filter_map(|event| match event.what {
                What::Deleted { target } => Some(target),
                _ => None,
            });
            for target in deleted {
                let about = |event: &&Event| {
                    event.seq == target
                        || matches!(event.what, What::Edited { target: at, .. } if at == target)
                };
                for event in log.iter().filter(about) {
                    let (What::Posted { text } | What::Edited { text, .. }) = &event.what else {
                        continue;
                    };
                    assert_eq!(text, "", "{place}: a deleted text is still in the log");
                }
            }
        }
    }

    /// Which texts each deletion has to take out of the world, by its op.
    pub(super) fn erased_by(&self, asked: &HashMap<OpId, String>) -> HashMap<OpId, Vec<String>> {
        let mut erased: HashMap<OpId, Vec<String>> = HashMap::new();
        for log in self.rooms.values() {
            let mut about: HashMap<Seq, Vec<String>> = HashMap::new();
            for event in log {
                let text = event.op.and_then(|op| asked.get(&op)).cloned();
                match event.what {
                    What::Posted { .. } => about.entry(event.seq).or_default().extend(text),
                    What::Edited { target, .. } => about.entry(target).or_default().extend(text),
                    What::Deleted { target } => {
                        let texts = about.remove(&target).unwrap_or_default();
                        erased.extend(event.op.map(|op| (op, texts)));
                    }
                    _ => {}
                }
            }
        }
        erased
    }
}

pub(super) fn target(what: &What) -> Option<Seq> {
    match what {
        What::Edited { target, .. } | What::Deleted { target } | What::Reacted { target, .. } => {
            Some(*target)
        }
        _ => None,
    }
}

fn all<T>(
    db: &Connection,
    question: &str,
    row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Vec<T> {
    let mut ask = db.prepare(question).unwrap();
    ask.query_map([], row).unwrap().map(Result::unwrap).collect()
}

/// Names are of no interest here.
fn event(row: &Row<'_>) -> rusqlite::Result<Event> {
    let body: String = row.get(5)?;
    let op: Option<[u8; 16]> = row.get(4)?;
    Ok(Event {
        what: serde_json::from_str(&body).unwrap_or_else(|error| panic!("{error}: {body}")),
        room: RoomId(uuid(row, 0)?),
        seq: seq(row, 1)?,
        at_ms: row.get(2)?,
        by: Person { id: UserId(uuid(row, 3)?), name: String::new() },
        op: op.map(|op| OpId(Uuid::from_bytes(op))),
    })
}

fn uuid(row: &Row<'_>, column: usize) -> rusqlite::Result<Uuid> {
    Ok(Uuid::from_bytes(row.get(column)?))
}

fn seq(row: &Row<'_>, column: usize) -> rusqlite::Result<Seq> {
    let seq: i64 = row.get(column)?;
    Ok(seq.unsigned_abs())
}
