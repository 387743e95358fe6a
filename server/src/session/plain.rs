//! A plain connection: the tutorial's six lines, for scripts, `websocat` and older clients.
//!
//! Everybody is a guest, new each time, and hears and speaks in one room at a time, first in the
//! lobby. A few slash verbs give rooms and names to people who type by hand. What is said goes
//! through `chat` like everything else; only coming and going is told directly.

use serde::de::IgnoredAny;
use serde_json::Value;
use shared::civil::iso;
use shared::protocol::{Code, NAME_CHARS_MAX, OpId, Person, RoomId, RoomName, Seq, UserId};
use uuid::Uuid;

use super::beat;
use super::connection::{Connection, Kind, Place};
use super::shard::Shard;
use crate::chat;
use crate::fanout::{Dialect, Wire, joined_line, left_line, system_line, text};
use crate::log::{Answer, now_ms};
use crate::store::rooms;

/// People and rooms named in one line.
const NAMED_MAX: usize = 50;

const HELP: &str = "/name NAME, /join ROOM, /leave, /rooms, /who, /help. Anything else is said.";

/// Welcome, what was said lately, and from there on everything. Whoever has seen the welcome misses
/// nothing any more.
pub(super) fn begin(shard: &mut Shard, at: u32, person: Person) {
    let app = shard.app.clone();
    let recent = async move { chat::recent_lines(&app).await };
    shard.wait(at, recent, move |shard, at, recent| {
        shard.say(at, text(&welcome_line(&person, now_ms())));
        for line in recent.lines.iter() {
            shard.say(at, line.clone());
        }
        let app = shard.app.clone();
        go_on(shard, at, app.log.lobby, recent.head);
        if app.presence().connect(&person, [app.log.lobby]) {
            beat::announce_joined(&app, &person);
        }
    });
}

/// Hears this room from `seq` on.
fn go_on(shard: &mut Shard, at: u32, room: RoomId, seq: Seq) {
    shard.feeds.follow(at, room, seq, seq, true);
    shard.feeds.bring_up(at, room);
}

pub(super) fn input(shard: &mut Shard, at: u32, text: &str) {
    let frame = match serde_json::from_str::<Value>(text) {
        Ok(frame) => frame,
        // Half a surrogate pair, 1e400, nesting without end: more than can be held here, but
        // JSON to the tutorial's `JSON.parse`, and so not what anybody meant to say.
        Err(_) if serde_json::from_str::<IgnoredAny>(text).is_ok() => return,
        Err(_) => return line(shard, at, text),
    };
    match (frame["type"].as_str(), frame["content"].as_str(), frame["username"].as_str()) {
        // The tutorial's clients say what they send, whatever it begins with.
        (Some("chat"), Some(content), _) => post(shard, at, content),
        (Some("setUsername"), _, Some(username)) => rename(shard, at, username),
        _ => {}
    }
}

/// What a person types by hand: a chat line, or one of the verbs.
fn line(shard: &mut Shard, at: u32, line: &str) {
    let line = line.trim_end_matches(['\r', '\n']);
    match line.split_once(' ').unwrap_or((line, "")) {
        ("/name", name) if !name.trim().is_empty() => rename(shard, at, name),
        ("/join", room) if !room.trim().is_empty() => join(shard, at, room),
        ("/leave", "") => leave(shard, at),
        ("/rooms", "") => list_rooms(shard, at),
        ("/who", "") => who(shard, at),
        ("/help", "") => system(shard, at, HELP),
        _ => post(shard, at, line),
    }
}

fn post(shard: &mut Shard, at: u32, line: &str) {
    let room = room_of(shard, at);
    let by = shard.sender(at);
    let checked = chat::post(&shard.app, by, room, line);
    shard.ask(at, new_op(), checked);
}

fn rename(shard: &mut Shard, at: u32, name: &str) {
    let name: String = name.trim().chars().take(NAME_CHARS_MAX).collect();
    let by = shard.sender(at);
    let checked = chat::rename(&shard.app, by, &name);
    shard.ask(at, new_op(), checked);
}

/// Goes to another room, which is opened if it is not there, and leaves the one before.
fn join(shard: &mut Shard, at: u32, typed: &str) {
    let Some(name) = RoomName::parse(typed) else {
        return tell(shard, at, &Answer::Refused(Code::BadName));
    };
    if shard.connection(at).is_some_and(|connection| !connection.may_write) {
        return tell(shard, at, &Answer::Refused(Code::Forbidden));
    }
    let (app, by, here) = (shard.app.clone(), shard.author(at), room_of(shard, at));
    let sender = shard.sender(at);
    let wanted = name.clone();
    let went = async move {
        let key = wanted.as_str().to_owned();
        let me = by.id;
        let read = move |db: &rusqlite::Connection| rooms::visible_by_name(db, &key, me);
        let found = app.log.readers().read(read).await?;
        let checked = match found {
            Some(room) if room == here || room == app.log.lobby => return Ok((found, None)),
            Some(room) => chat::join(&app, sender, room),
            None => chat::create_room(&app, sender, wanted, "", false),
        };
        Ok((found, Some(chat::ask(&app, &by, new_op(), checked).await)))
    };
    shard.wait(at, went, move |shard, at, (found, answer)| match answer {
        Some(Answer::Accepted { room, seq, .. }) => {
            go(shard, at, Some(Place { id: room, name }), seq);
        }
        Some(answer) => tell(shard, at, &answer),
        None if found == Some(here) => {}
        None => leave(shard, at),
    });
}

fn leave(shard: &mut Shard, at: u32) {
    let lobby = shard.app.log.lobby;
    if room_of(shard, at) == lobby {
        return tell(shard, at, &Answer::Refused(Code::LobbyIsForAll));
    }
    let read = move |db: &rusqlite::Connection| rooms::find(db, lobby);
    shard.read_then(at, read, |shard, at, lobby| {
        go(shard, at, None, lobby.map_or(0, |lobby| lobby.head));
    });
}

/// Hears another room from `seq` on, and nothing more of the one before.
fn go(shard: &mut Shard, at: u32, room: Option<Place>, seq: Seq) {
    let app = shard.app.clone();
    let user = shard.user(at);
    leave_place(shard, at);
    let place = room.as_ref().map_or(app.log.lobby, |room| room.id);
    let name = room.as_ref().map(|room| room.name.clone());
    if let Some(Connection { kind: Kind::Plain(own), .. }) = shard.connection(at) {
        *own = room.map(Box::new);
    }
    go_on(shard, at, place, seq);
    app.presence().enter(user, place);
    match name {
        Some(name) => {
            announce(shard, at, place, &name, joined_line);
            system(shard, at, &format!("You are in #{name} now. /leave leads back."));
        }
        None => system(shard, at, "You are in the lobby now."),
    }
}

/// Hears nothing more of the room where the connection is, and is no member of it any more.
fn leave_place(shard: &mut Shard, at: u32) {
    let app = shard.app.clone();
    let own = match shard.connection(at) {
        Some(Connection { kind: Kind::Plain(own), .. }) => own.take(),
        _ => None,
    };
    let Some(place) = own else { return shard.feeds.unfollow(at, app.log.lobby) };
    announce(shard, at, place.id, &place.name, left_line);
    app.presence().exit(shard.user(at), place.id);
    shard.feeds.unfollow(at, place.id);
    // On its way to the disk; the answer changes nothing here.
    shard.ask(at, new_op(), chat::leave(place.id));
}

/// Somebody has put its person out of the room where the connection is.
pub(super) fn put_out(shard: &mut Shard, at: u32, room: RoomId) {
    let own = match shard.connection(at) {
        Some(Connection { kind: Kind::Plain(own), .. }) => own.take_if(|place| place.id == room),
        _ => None,
    };
    let Some(place) = own else { return };
    let app = shard.app.clone();
    let lobby = app.log.lobby;
    announce(shard, at, room, &place.name, left_line);
    app.presence().exit(shard.user(at), room);
    system(shard, at, &format!("You are not in #{} any more.", place.name));
    let read = move |db: &rusqlite::Connection| rooms::find(db, lobby);
    shard.read_then(at, read, |shard, at, lobby| {
        go(shard, at, None, lobby.map_or(0, |lobby| lobby.head));
    });
}

fn list_rooms(shard: &mut Shard, at: u32) {
    let (me, epoch) = (shard.user(at), shard.app.log.epoch);
    let read = move |db: &rusqlite::Connection| chat::welcome_of(db, epoch, me);
    shard.read_then(at, read, |shard, at, welcome| {
        let names = welcome.rooms.iter().take(NAMED_MAX).map(|room| format!("#{}", room.name));
        system(shard, at, &format!("Rooms: {}", names.collect::<Vec<_>>().join(", ")));
    });
}

fn who(shard: &mut Shard, at: u32) {
    let room = room_of(shard, at);
    // Somebody may have put them out.
    if !shard.feeds.follows(at, room) {
        return tell(shard, at, &Answer::Refused(Code::UnknownRoom));
    }
    let (count, people) = shard.app.presence().here(room);
    let names = people.into_iter().take(NAMED_MAX).map(|person| person.name);
    system(shard, at, &format!("Here ({count}): {}", names.collect::<Vec<_>>().join(", ")));
}

/// Tells the other plain people of a room that this one comes or goes.
fn announce(
    shard: &mut Shard,
    at: u32,
    room: RoomId,
    room_name: &RoomName,
    line: fn(&str, &str, i64) -> Wire,
) {
    let app = &shard.app;
    let user = shard.user(at);
    let name = app.presence().person(user).map(|person| person.name);
    let line = line(&name.unwrap_or_default(), &format!("#{room_name}"), now_ms());
    app.fanout.ephemeral(room, Dialect::Plain, Some(user), &line);
}

/// Says what went wrong; what went well shows by itself.
pub(super) fn tell(shard: &mut Shard, at: u32, answer: &Answer) {
    match answer {
        // The tutorial ignores empty lines.
        Answer::Accepted { .. } | Answer::Refused(Code::Empty) => {}
        Answer::Refused(code) => system(shard, at, code.sentence()),
        // Nothing here sends it again by itself.
        Answer::RetryAfter { why: Code::TooFast, .. } => {
            system(shard, at, "This came too fast. Wait a moment and send it again.");
        }
        Answer::RetryAfter { after_ms, why: Code::SlowMode } => {
            let wait_s = after_ms.div_ceil(1_000);
            let sentence = format!("This room is in slow mode. Send it again in {wait_s} seconds.");
            system(shard, at, &sentence);
        }
        Answer::RetryAfter { .. } => {
            system(shard, at, "This could not be saved. Wait a moment and send it again.");
        }
    }
}

fn system(shard: &mut Shard, at: u32, message: &str) {
    shard.say(at, system_line(message, now_ms()));
}

pub(super) fn goodbye(shard: &mut Shard, at: u32) {
    if room_of(shard, at) != shard.app.log.lobby {
        leave_place(shard, at);
    }
    beat::goodbye(&shard.app, shard.user(at), false);
}

fn room_of(shard: &mut Shard, at: u32) -> RoomId {
    match shard.connection(at) {
        Some(Connection { kind: Kind::Plain(Some(place)), .. }) => place.id,
        _ => shard.app.log.lobby,
    }
}

fn new_op() -> OpId {
    OpId(Uuid::now_v7())
}

/// The first line to a newcomer. Its keys have this order.
fn welcome_line(person: &Person, at_ms: i64) -> String {
    let Person { id: UserId(id), name } = person;
    let at = iso(at_ms);
    format!(
        r#"{{"type":"system","message":"Welcome! You are connected as {name}","clientId":"{id}","timestamp":"{at}"}}"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_welcome_is_the_tutorials_byte_for_byte() {
        let id: Uuid = "a0251c3e-8a54-4b5a-9c3e-0123456789ab".parse().unwrap();
        let person = Person { id: UserId(id), name: "User-a025".into() };
        assert_eq!(
            welcome_line(&person, 1_795_335_600_123),
            r#"{"type":"system","message":"Welcome! You are connected as User-a025","clientId":"a0251c3e-8a54-4b5a-9c3e-0123456789ab","timestamp":"2026-11-22T08:20:00.123Z"}"#
        );
    }
}
