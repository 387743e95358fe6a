//! What people asked for and what they were told, against the log: what was accepted is there, once,
//! where they were told, as they meant it; nothing else is; and each device's ops stand in the order in
//! which they were asked for.

use std::collections::{BTreeMap, HashMap, HashSet};

use shared::protocol::{Command, Event, Frame, OpId, RoomId, Seq, UserId, What};

use super::super::history::Happened;
use super::log::Log;

#[derive(Default)]
pub(super) struct Told {
    pub(super) owners: BTreeMap<usize, UserId>,
    asked: HashMap<OpId, Asked>,
    accepted: HashMap<OpId, (RoomId, Seq)>,
}

struct Asked {
    device: usize,
    /// Of all that was asked for, this was the so-manieth.
    turn: usize,
    command: Command,
    sent: u64,
    refused: u64,
}

impl Told {
    pub(super) fn note(&mut self, happened: &Happened) {
        match happened {
            Happened::Owned { device, user } => {
                let before = self.owners.insert(*device, *user);
                assert!(before.is_none_or(|before| before == *user), "{device} is another's");
            }
            Happened::Asked { device, command } => {
                let (turn, command) = (self.asked.len(), command.clone());
                let op = command.op().expect("what is asked has an op");
                let asked = Asked { device: *device, turn, command, sent: 0, refused: 0 };
                self.asked.insert(op, asked);
            }
            Happened::Sent { command, .. } => {
                if let Some(asked) = command.op().and_then(|op| self.asked.get_mut(&op)) {
                    assert_eq!(&asked.command, command, "sent otherwise than it was asked");
                    asked.sent += 1;
                }
            }
            Happened::Heard { frame: Frame::Accepted { op, room, seq }, .. } => {
                let before = self.accepted.insert(*op, (*room, *seq));
                let same = before.is_none_or(|before| before == (*room, *seq));
                assert!(same, "{op} was told {before:?} and then {room} {seq}");
            }
            Happened::Heard { frame: Frame::Refused { op: Some(op), .. }, .. } => {
                if let Some(asked) = self.asked.get_mut(op) {
                    asked.refused += 1;
                }
            }
            Happened::Rewound { ops } => {
                let known: HashSet<&OpId> = ops.iter().collect();
                self.accepted.retain(|op, _| known.contains(op));
            }
            _ => {}
        }
    }

    pub(super) fn agrees_with(&self, log: &Log) {
        let by_op: HashMap<OpId, &Event> =
            log.events().filter_map(|event| Some((event.op?, event))).collect();
        for (op, (room, seq)) in &self.accepted {
            let author = self.asked.get(op).map(|asked| self.owners[&asked.device]);
            let author = author.unwrap_or_else(|| panic!("{op} was accepted and never asked"));
            let event = by_op.get(op).map(|event| (event.by.id, event.room, event.seq));
            let answer = log.answers.get(&(author, *op)).map(|(room, seq)| (author, *room, *seq));
            let there = event.or(answer);
            let there = there.unwrap_or_else(|| panic!("{op} was accepted and is not there"));
            assert_eq!(there, (author, *room, *seq), "{op} is elsewhere than was told");
        }
        for event in log.events() {
            self.is_somebodys(event, log);
        }
        self.in_order(log);
    }

    fn is_somebodys(&self, event: &Event, log: &Log) {
        let Some(op) = event.op else {
            assert!(matches!(event.what, What::Listed { .. }), "nobody's: {event:?}");
            return;
        };
        let asked = self.asked.get(&op).unwrap_or_else(|| panic!("nobody's: {event:?}"));
        assert_eq!(self.owners.get(&asked.device), Some(&event.by.id), "another's: {event:?}");
        // Each sending has an answer: only one that was never refused can have come through.
        assert!(asked.refused < asked.sent, "refused or unsent, and there: {event:?}");
        assert!(is_as_asked(&asked.command, event, log), "{:?} became {event:?}", asked.command);
    }

    fn in_order(&self, log: &Log) {
        let mut last: HashMap<(usize, RoomId), (usize, Seq)> = HashMap::new();
        for event in log.events() {
            let Some(asked) = event.op.and_then(|op| self.asked.get(&op)) else { continue };
            let before = last.insert((asked.device, event.room), (asked.turn, event.seq));
            let in_order = before.is_none_or(|(turn, _)| turn < asked.turn);
            assert!(in_order, "device {} overtook itself: {before:?}, {event:?}", asked.device);
        }
    }
}

fn is_as_asked(command: &Command, event: &Event, log: &Log) -> bool {
    let deleted = |seq: Seq| {
        let mut later = log.rooms[&event.room].iter();
        later.any(|event| event.what == What::Deleted { target: seq })
    };
    let text_is = |text: &str, said: &str, seq| text == said || (said.is_empty() && deleted(seq));
    match (command, &event.what) {
        (Command::Post { room, text, .. }, What::Posted { text: said }) => {
            *room == event.room && text_is(text, said, event.seq)
        }
        (Command::Edit { room, text, target, .. }, What::Edited { target: at, text: said }) => {
            (room, target) == (&event.room, at) && text_is(text, said, *at)
        }
        (Command::Delete { room, target, .. }, What::Deleted { target: at }) => {
            (room, target) == (&event.room, at)
        }
        (
            Command::React { room, target, emoji, on, .. },
            What::Reacted { target: at, emoji: put, on: is },
        ) => (room, target, emoji, on) == (&event.room, at, put, is),
        (Command::Join { room, .. }, What::Joined) | (Command::Leave { room, .. }, What::Left) => {
            *room == event.room
        }
        (Command::SetTopic { room, topic, .. }, What::TopicChanged { topic: now }) => {
            (room, topic) == (&event.room, now)
        }
        (Command::CreateRoom { name, .. }, What::Created { name: called, .. }) => name == called,
        _ => false,
    }
}
