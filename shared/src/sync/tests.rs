//! What Alice's client does, told as stories: Bob and Carol are in the same rooms.
//!
//! Here are the people, the frames that a server would send, and the screen as lines of text;
//! the stories stand in the files below, by theme. Times are arguments, so nothing waits.

use std::ops::RangeInclusive;

use uuid::Uuid;

use super::rows::{Clock, Content, Did, Key, Line, rows};
use super::*;
use crate::protocol::*;

mod sending;

mod receiving;

mod changing;

mod reading;

mod rooms;

mod letting_in;

mod keeping;

mod paging;

mod drawing;

mod weather;

/// 2026-11-22T08:20:05.123Z, a Sunday.
const NOW: i64 = 1_795_335_605_123;

const MINUTE_MS: i64 = 60_000;

fn person(id: u128, name: &str) -> Person {
    Person { id: UserId(Uuid::from_u128(id)), name: name.into() }
}

fn alice() -> Person {
    person(0xa, "Alice")
}

fn bob() -> Person {
    person(0xb, "Bob")
}

fn carol() -> Person {
    person(0xc, "Carol")
}

fn op(n: u128) -> OpId {
    OpId(Uuid::from_u128(0x0900 + n))
}

fn lobby() -> RoomId {
    RoomId(Uuid::from_u128(1))
}

fn garden() -> RoomId {
    RoomId(Uuid::from_u128(2))
}

fn epoch(n: u128) -> Epoch {
    Epoch(Uuid::from_u128(n))
}

fn name(name: &str) -> RoomName {
    RoomName::parse(name).unwrap()
}

/// The lobby, read up to its head.
fn lobby_at(head: Seq) -> Room {
    Room {
        id: lobby(),
        kind: RoomKind::Lobby,
        name: name("lobby"),
        topic: String::new(),
        head,
        member: true,
        read: head,
        unread: 0,
        made: false,
        rules: Rules::default(),
        people: vec![],
    }
}

/// The garden, an open room, read up to its head.
fn garden_at(head: Seq, member: bool) -> Room {
    Room { id: garden(), kind: RoomKind::Open, name: name("garden"), member, ..lobby_at(head) }
}

fn welcome(rooms: Vec<Room>) -> Frame {
    Frame::Welcome(Welcome::guest(epoch(1), alice(), rooms))
}

/// An event in the lobby, a second after the one before it.
fn event(seq: Seq, by: Person, what: What) -> Event {
    Event { what, room: lobby(), seq, at_ms: NOW + seq as i64 * 1_000, by, op: None }
}

fn said(seq: Seq, by: Person, text: &str) -> Event {
    event(seq, by, What::Posted { text: text.into() })
}

/// Bob counts: his post number `seq` says so.
fn bobs(seqs: RangeInclusive<Seq>) -> Vec<Event> {
    seqs.map(|seq| said(seq, bob(), &seq.to_string())).collect()
}

fn page(anchor: Anchor, seqs: RangeInclusive<Seq>, head: Seq) -> Frame {
    Frame::Page(Page { room: lobby(), anchor, events: bobs(seqs), views: vec![], head })
}

fn accepted(n: u128, seq: Seq) -> Frame {
    Frame::Accepted { op: op(n), room: lobby(), seq }
}

fn refused(n: u128, code: Code) -> Frame {
    Frame::Refused { op: Some(op(n)), code, message: code.sentence().into() }
}

fn post(n: u128, text: &str) -> Command {
    Command::Post { op: op(n), room: lobby(), text: text.into() }
}

fn backfill(anchor: Anchor) -> Command {
    Command::Backfill { room: lobby(), anchor, limit: PAGE_EVENTS }
}

fn resume(seq: Seq) -> Command {
    Command::Resume { room: lobby(), seq }
}

/// Alice, connected and looking at the lobby, where Bob has counted up to `head`.
fn alice_in_the_lobby(head: Seq) -> Sync {
    alice_online(vec![lobby_at(head)], head)
}

/// Alice, connected, in these rooms, looking at the lobby.
fn alice_online(rooms: Vec<Room>, head: Seq) -> Sync {
    let mut alice = Sync::default();
    alice.connected();
    hear(&mut alice, welcome(rooms));
    alice.show(lobby());
    let first = head.saturating_sub(PAGE_EVENTS as Seq) + 1;
    hear(&mut alice, page(Anchor::Newest, first..=head, head));
    alice.due(NOW);
    alice
}

fn hear(sync: &mut Sync, frame: Frame) {
    sync.receive(frame, NOW);
}

fn happen(sync: &mut Sync, event: Event) {
    hear(sync, Frame::Event(event));
}

/// The connection breaks and comes back; returns the hello.
fn reconnect(sync: &mut Sync, rooms: Vec<Room>) -> Command {
    sync.disconnected();
    let hello = sync.connected();
    hear(sync, welcome(rooms));
    hello
}

/// What goes out now, without the question who is here.
fn due(sync: &mut Sync) -> Vec<Command> {
    due_at(sync, NOW)
}

fn due_at(sync: &mut Sync, now_ms: i64) -> Vec<Command> {
    let asks_who = |command: &Command| matches!(command, Command::Who { .. });
    sync.due(now_ms).into_iter().filter(|command| !asks_who(command)).collect()
}

/// The timeline of the room on screen, read in Greenwich, without its days.
fn screen(sync: &Sync) -> Vec<String> {
    days(sync, 0).into_iter().filter(|line| !line.starts_with("==")).collect()
}

/// The timeline of the room on screen, read this many minutes east of Greenwich:
/// `== day`, `Name: text`, `… text` where grouped, `-- New`, `* system; system`.
fn days(sync: &Sync, offset_min: i32) -> Vec<String> {
    let mut lines = Vec::new();
    let offset_min = &|_| offset_min;
    for day in rows(sync, sync.current().unwrap(), Clock { offset_min, now_ms: None }) {
        lines.push(format!("== {}", day.label));
        lines.extend(day.rows.iter().map(|row| line(&row.content)));
    }
    lines
}

fn line(content: &Content) -> String {
    match content {
        Content::New => "-- New".into(),
        Content::Gap(missing) => format!("-- {missing} not loaded"),
        Content::System(lines) => {
            let lines: Vec<String> = lines.iter().map(system).collect();
            format!("* {}", lines.join("; "))
        }
        Content::Message(message) => {
            let who = if message.grouped { "…".into() } else { format!("{}:", message.by.name) };
            let state = match message.pending.map(|(_, state)| state) {
                None => "",
                Some(SendState::Queued { .. } | SendState::Held { .. } | SendState::Sent) => {
                    " (sending)"
                }
                Some(SendState::Waiting { .. }) => " (waiting)",
                Some(SendState::Accepted) => " (sent)",
                Some(SendState::Refused(_)) => " (failed)",
            };
            let text = if message.deleted { "(deleted)" } else { &message.text };
            let edited = if message.edited { " (edited)" } else { "" };
            let reactions = message.reactions.iter().map(|reaction| {
                let mine = if reaction.mine { "!" } else { "" };
                format!(" [{}{}{mine}]", reaction.emoji, reaction.count)
            });
            format!("{who} {text}{edited}{}{state}", reactions.collect::<String>())
        }
    }
}

fn system(line: &Line) -> String {
    let who: Vec<&str> = line.who.iter().map(|person| person.name.as_str()).collect();
    let did = match &line.did {
        Did::Created => "created".into(),
        Did::Joined => "joined".into(),
        Did::Left => "left".into(),
        Did::RenamedFrom(from) => format!("was {from}"),
        Did::Added(person) => format!("added {}", person.name),
        Did::Removed(person) => format!("removed {}", person.name),
        Did::ChangedRules(rules) => format!("rules {}", rules.slow_s),
        Did::Purged(person) => {
            let whose = person.as_ref().map_or("old messages", |person| person.name.as_str());
            format!("erased {whose}")
        }
        Did::ChangedTopic(topic) => format!("topic {topic}"),
        Did::OpenedRoom(name) => format!("opened {name}"),
        Did::ClosedRoom(name) => format!("closed {name}"),
        Did::Came => "came".into(),
        Did::Went => "went".into(),
    };
    format!("{} {did}", who.join("+"))
}

/// The keys of the rows on screen.
fn keys(sync: &Sync) -> Vec<Key> {
    let days = rows(sync, sync.current().unwrap(), Clock { offset_min: &|_| 0, now_ms: None });
    days.into_iter().flat_map(|day| day.rows).map(|row| row.key).collect()
}
