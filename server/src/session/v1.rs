//! A `hubbub.v1` connection: hello, then commands in and frames out.
//!
//! Commands are handled in order; those with an op do not wait for each other's commit, and their
//! answers come in order. Everything that changes something goes through `chat`.

use std::collections::HashMap;
use std::time::Duration;

use rusqlite::Connection as Database;
use shared::protocol::{
    Anchor, CURSORS_MAX, Code, Command, Cursor, Epoch, Frame, OpId, RoomId, Seq, close,
};
use uuid::Uuid;

use super::beat;
use super::connection::{Connection, Kind};
use super::resume;
use super::shard::Shard;
use super::wheel::{Tick, ticks};
use crate::chat;
use crate::fanout::{Dialect, encode};
use crate::log::Answer;
use crate::store::rooms;

/// A client that has nothing to say within this time is not one of ours.
const HELLO_WAIT: Tick = ticks(Duration::from_secs(10));

/// Frames that make no sense, within [`BAD_WINDOW`], before the connection is closed.
const BAD_REQUESTS_MAX: usize = 10;
const BAD_WINDOW: Tick = ticks(Duration::from_secs(60));

/// Clients come back spread over this time when the server stops, so that the next one is not met
/// by all of them at once.
const GOAWAY_SPREAD_MS: u64 = 2_000;

pub(super) fn begin(shard: &mut Shard, at: u32) {
    let now = shard.now();
    if let Some(connection) = shard.connection(at) {
        connection.hello_by = now + HELLO_WAIT;
    }
}

pub(super) fn input(shard: &mut Shard, at: u32, text: &str) {
    let Ok(command) = serde_json::from_str::<Command>(text) else {
        return bad_request(shard, at);
    };
    let is_greeted = shard.connection(at).is_some_and(|connection| connection.hello_by == 0);
    match command {
        Command::Hello { epoch, cursors } if !is_greeted => hello(shard, at, epoch, &cursors),
        Command::Hello { .. } => bad_request(shard, at),
        command if is_greeted => obey(shard, at, command),
        _ => bad_request(shard, at),
    }
}

fn obey(shard: &mut Shard, at: u32, command: Command) {
    let app = shard.app.clone();
    let (by, op) = (shard.sender(at), command.op());
    let checked = match command {
        Command::Post { room, text, .. } => chat::post(&app, by, room, &text),
        Command::Edit { room, target, text, .. } => chat::edit(&app, by, room, target, &text),
        Command::Delete { room, target, .. } => chat::delete(&app, by, room, target),
        Command::React { room, target, emoji, on, .. } => {
            chat::react(&app, by, room, target, emoji, on)
        }
        Command::Rename { name, .. } => chat::rename(&app, by, &name),
        Command::CreateRoom { name, topic, private, .. } => {
            chat::create_room(&app, by, name, &topic, private)
        }
        Command::OpenDirect { people, .. } => chat::open_direct(&app, by, people),
        Command::Join { room, .. } => chat::join(&app, by, room),
        Command::Leave { room, .. } => chat::leave(room),
        Command::SetTopic { room, topic, .. } => chat::set_topic(&app, by, room, &topic),
        Command::SetRules { room, rules, .. } => chat::set_rules(&app, by, room, rules),
        Command::Add { room, person, .. } => chat::add(&app, by, room, person),
        Command::Remove { room, person, .. } => chat::remove(&app, by, room, person),
        Command::Report { room, target, reason, .. } => {
            chat::report(&app, by, room, target, &reason)
        }
        // A program that may only read changes nothing, not even how far its owner has read.
        Command::MarkRead { .. } | Command::Typing { .. } if !may_write(shard, at) => return,
        Command::MarkRead { room, seq } => return mark_read(shard, at, room, seq),
        Command::Resume { room, seq } => return resume(shard, at, room, seq),
        Command::Backfill { room, anchor, limit } => {
            return backfill(shard, at, room, anchor, limit);
        }
        Command::Who { room } => return who(shard, at, room),
        Command::Members { room, text } => return members(shard, at, room, text),
        Command::Typing { room } => return typing(shard, at, room),
        Command::Hello { .. } | Command::Pong => return,
    };
    if let Some(op) = op {
        shard.ask(at, op, checked);
    }
}

fn may_write(shard: &mut Shard, at: u32) -> bool {
    shard.connection(at).is_some_and(|connection| connection.may_write)
}

/// Says who one is, and brings every cursor up or tells why not.
fn hello(shard: &mut Shard, at: u32, epoch: Option<Epoch>, cursors: &[Cursor]) {
    let cursors = cursors.iter().take(CURSORS_MAX).map(|cursor| (cursor.room, cursor.seq));
    let cursors: HashMap<RoomId, Seq> = cursors.collect();
    let (me, our_epoch) = (shard.user(at), shard.app.log.epoch);
    // From now on; what is read afterwards holds everything before.
    shard.feeds.admit(at);
    let read = move |db: &Database| chat::welcome_of(db, our_epoch, me);
    shard.read_then(at, read, move |shard, at, welcome| {
        let you = welcome.you.clone();
        let app = shard.app.clone();
        resume::greet(&mut shard.feeds, at, welcome, epoch, &cursors);
        if let Some(connection) = shard.connection(at) {
            connection.hello_by = 0;
        }
        if app.presence().connect(&you, shard.feeds.rooms_of(at)) {
            beat::announce_joined(&app, &you);
        }
    });
}

fn mark_read(shard: &mut Shard, at: u32, room: RoomId, seq: Seq) {
    if let Some(seq) = shard.feeds.read(at, room, seq) {
        shard.app.log.mark_read(shard.user(at), room, seq, shard.feeds.id(at));
    }
}

fn resume(shard: &mut Shard, at: u32, room: RoomId, seq: Seq) {
    if shard.feeds.is_member(at, room)
        && let Some(head) = shard.feeds.heard(room)
    {
        return resume::resume(&mut shard.feeds, at, room, seq, head);
    }
    // Nothing was said there since the server began, or somebody wants to look on.
    let me = shard.user(at);
    let read = move |db: &Database| rooms::visible(db, room, me);
    shard.read_then(at, read, move |shard, at, found| match found {
        // Who was in a private room when that was read may have been put out since: the shard knows.
        Some(found) if found.is_public() || shard.feeds.is_member(at, room) => {
            let head = shard.feeds.heard(room).unwrap_or_default().max(found.head);
            resume::resume(&mut shard.feeds, at, room, seq, head);
        }
        _ => {
            shard.feeds.unfollow(at, room);
            refuse(shard, at, Code::UnknownRoom);
        }
    });
}

fn backfill(shard: &mut Shard, at: u32, room: RoomId, anchor: Anchor, limit: usize) {
    if anchor == Anchor::Newest
        && shard.feeds.follows(at, room)
        && let Some(page) = chat::newest_page(&shard.app.fanout, room, limit)
    {
        return say(shard, at, &Frame::Page(page));
    }
    let reader = shard.user(at);
    let read = move |db: &Database| chat::page_of(db, reader, room, anchor, limit);
    read_in(shard, at, room, read, |shard, at, page| match page {
        Some(page) => say(shard, at, &Frame::Page(page)),
        None => refuse(shard, at, Code::UnknownRoom),
    });
}

/// Reads what is in a room. Whoever is put out of it meanwhile may not be shown that any more: it is
/// read again, as by somebody who is not in it.
fn read_in<T: Send + 'static>(
    shard: &mut Shard,
    at: u32,
    room: RoomId,
    read: impl FnOnce(&Database) -> rusqlite::Result<T> + Clone + Send + 'static,
    then: impl FnOnce(&mut Shard, u32, T) + Send + 'static,
) {
    let (was_in, again) = (shard.feeds.is_member(at, room), read.clone());
    shard.read_then(at, read, move |shard, at, found| {
        if was_in && !shard.feeds.is_member(at, room) {
            read_in(shard, at, room, again, then);
        } else {
            then(shard, at, found);
        }
    });
}

/// Who is here: for whoever hears the room anyway, and else for whoever may.
fn who(shard: &mut Shard, at: u32, room: RoomId) {
    if shard.feeds.follows(at, room) {
        return here(shard, at, room);
    }
    let me = shard.user(at);
    let read = move |db: &Database| rooms::visible(db, room, me);
    shard.read_then(at, read, move |shard, at, found| match found {
        Some(found) if found.is_public() => here(shard, at, room),
        _ => refuse(shard, at, Code::UnknownRoom),
    });
}

fn here(shard: &mut Shard, at: u32, room: RoomId) {
    let (count, people) = shard.app.presence().here(room);
    say(shard, at, &Frame::Here { room, count, people });
}

fn members(shard: &mut Shard, at: u32, room: RoomId, text: String) {
    let me = shard.user(at);
    let read = move |db: &Database| chat::members_of(db, me, room, text);
    read_in(shard, at, room, read, |shard, at, found| match found {
        Ok(frame) => say(shard, at, &frame),
        Err(code) => refuse(shard, at, code),
    });
}

fn typing(shard: &mut Shard, at: u32, room: RoomId) {
    if !shard.feeds.is_member(at, room) {
        return;
    }
    let user = shard.user(at);
    let person = {
        let mut presence = shard.app.presence();
        let passes = presence.types(user, room, std::time::Instant::now());
        presence.person(user).filter(|_| passes)
    };
    if let Some(person) = person {
        let frame = encode(&Frame::Typing { room, person });
        shard.app.fanout.ephemeral(room, Dialect::V1, Some(user), &frame);
    }
}

/// A frame made no sense. Too many of them in a short time are not a mistake any more.
pub(super) fn bad_request(shard: &mut Shard, at: u32) {
    refuse(shard, at, Code::BadRequest);
    let now = shard.now();
    let Some(Connection { kind: Kind::V1(bad_requests), .. }) = shard.connection(at) else {
        return;
    };
    let bad_requests = &mut bad_requests.get_or_insert_default().at;
    bad_requests.push_back(now);
    if bad_requests.len() < BAD_REQUESTS_MAX {
        return;
    }
    let first = bad_requests.pop_front();
    if first.is_some_and(|first| now - first < BAD_WINDOW) {
        shard.end(at, close::BAD_REQUESTS, "Too many bad requests");
    }
}

fn refuse(shard: &mut Shard, at: u32, code: Code) {
    say(shard, at, &Frame::Refused { op: None, code, message: code.sentence().into() });
}

fn say(shard: &mut Shard, at: u32, frame: &Frame) {
    shard.say(at, encode(frame));
}

/// Asks whether the peer is there, and tells which rooms have moved.
pub(super) fn ping(shard: &mut Shard, at: u32) {
    let heads = shard.feeds.moved_heads(at);
    say(shard, at, &Frame::Ping { heads });
}

/// The server stops: another one will be there in a moment.
pub(super) fn send_off(shard: &mut Shard, at: u32) {
    let after_ms = Uuid::new_v4().as_u64_pair().1 % GOAWAY_SPREAD_MS;
    say(shard, at, &Frame::Goaway { after_ms });
}

pub(super) fn goodbye(shard: &mut Shard, at: u32) {
    beat::goodbye(&shard.app, shard.user(at), true);
}

pub(super) fn tell(shard: &mut Shard, at: u32, op: OpId, answer: Answer) {
    say(shard, at, &answered(op, answer));
}

pub(crate) fn answered(op: OpId, answer: Answer) -> Frame {
    match answer {
        Answer::Accepted { room, seq, .. } => Frame::Accepted { op, room, seq },
        Answer::Refused(code) => {
            Frame::Refused { op: Some(op), code, message: code.sentence().into() }
        }
        Answer::RetryAfter { after_ms, why } => Frame::RetryAfter { op, after_ms, code: why },
    }
}
