//! A plain connection: the tutorial's six lines, for scripts, `websocat` and older clients.
//!
//! Everybody is a guest, new each time, and hears and speaks in one room at a time, first in the
//! lobby. A few slash verbs give rooms and names to people who type by hand. What is said goes
//! through `chat` like everything else; only coming and going is told directly.

use std::sync::Arc;

use axum::extract::ws::{Utf8Bytes, WebSocket};
use rusqlite::Connection;
use serde::de::IgnoredAny;
use serde_json::Value;
use shared::civil::iso;
use shared::protocol::{Code, NAME_CHARS_MAX, OpId, Person, RoomId, RoomName, UserId, What, close};
use tokio::time::timeout;
use uuid::Uuid;

use super::beat::{announce_joined, goodbye};
use super::link::{CANNOT_READ, LAST_ANSWERS_WAIT, Link, Wake};
use super::socket::{End, Socket};
use crate::app::App;
use crate::auth::Visitor;
use crate::chat;
use crate::fanout::{Dialect, chat_line, joined_line, left_line, system_line};
use crate::log::{Answer, now_ms};
use crate::store::{ReadError, rooms};

/// Messages that a newcomer is shown.
const HISTORY_MAX: usize = 20;

/// People and rooms named in one line.
const NAMED_MAX: usize = 50;

const HELP: &str = "/name NAME, /join ROOM, /leave, /rooms, /who, /help. Anything else is said.";

struct Session {
    link: Link,
    /// The room that the connection hears and speaks in, if it is not the lobby.
    room: Option<Place>,
}

struct Place {
    id: RoomId,
    name: RoomName,
}

/// Runs a connection to its end.
pub(super) async fn run(app: Arc<App>, ws: WebSocket, visitor: Visitor) {
    if !app.config.guests {
        return Socket::new(ws).close(End::Close(close::UNAUTHORIZED, "Unauthorized")).await;
    }
    let link = Link::new(app, ws, &visitor, Dialect::Plain);
    Session { link, room: None }.run(&visitor.person).await;
}

impl Session {
    async fn run(mut self, person: &Person) {
        let app = self.link.app.clone();
        let end = match self.greet(person).await {
            Ok(()) => self.listen().await,
            Err(ReadError) => CANNOT_READ,
        };
        if let Some(room) = self.room.take() {
            self.announce(&room, left_line);
            // On its way to the disk; nobody is left to hear the answer.
            drop(chat::leave(&app, &self.link.author, new_op(), room.id));
        }
        goodbye(&app, person.id, self.link.id(), false);
        self.link.close(end).await;
    }

    /// Welcome, what was said lately, and from there on everything.
    async fn greet(&mut self, person: &Person) -> Result<(), ReadError> {
        let app = self.link.app.clone();
        let lobby = app.log.lobby;
        self.link.say(welcome_line(person, now_ms()).into());
        self.link.feed.follow(lobby, 0);
        let (posts, head) = chat::newest_posts(&app, lobby, HISTORY_MAX).await?;
        for post in posts {
            if let What::Posted { text } = &post.what {
                self.link.say(chat_line(&post.by.name, text, post.at_ms));
            }
        }
        self.link.feed.follow(lobby, head);
        self.link.feed.bring_up(lobby, app.fanout.head(lobby).unwrap_or_default());
        if app.presence().connect(person, [lobby]) {
            announce_joined(&app, person, Some(self.link.id()));
        }
        Ok(())
    }

    async fn listen(&mut self) -> End {
        loop {
            let done = match self.link.next().await {
                Wake::Input(text) => self.input(&text).await.map_err(|_| CANNOT_READ),
                Wake::Garbage => Ok(()),
                Wake::Answer(_, answer) => {
                    self.tell(&answer);
                    Ok(())
                }
                Wake::PingDue => self.link.ping(),
                Wake::Stopping => return self.stop().await,
                Wake::End(end) => return end,
            };
            if let Err(end) = done {
                return end;
            }
        }
    }

    async fn input(&mut self, text: &str) -> Result<(), ReadError> {
        let frame = match serde_json::from_str::<Value>(text) {
            Ok(frame) => frame,
            // Half a surrogate pair, 1e400, nesting without end: more than can be held here, but
            // JSON to the tutorial's `JSON.parse`, and so not what anybody meant to say.
            Err(_) if serde_json::from_str::<IgnoredAny>(text).is_ok() => return Ok(()),
            Err(_) => return self.line(text).await,
        };
        match (frame["type"].as_str(), frame["content"].as_str(), frame["username"].as_str()) {
            // The tutorial's clients say what they send, whatever it begins with.
            (Some("chat"), Some(content), _) => self.post(content),
            (Some("setUsername"), _, Some(username)) => self.rename(username),
            _ => {}
        }
        Ok(())
    }

    /// What a person types by hand: a chat line, or one of the verbs.
    async fn line(&mut self, line: &str) -> Result<(), ReadError> {
        let line = line.trim_end_matches(['\r', '\n']);
        match line.split_once(' ').unwrap_or((line, "")) {
            ("/name", name) if !name.trim().is_empty() => self.rename(name),
            ("/join", room) if !room.trim().is_empty() => return self.join(room).await,
            ("/leave", "") => return self.leave().await,
            ("/rooms", "") => return self.rooms().await,
            ("/who", "") => self.who(),
            ("/help", "") => self.system(HELP),
            _ => self.post(line),
        }
        Ok(())
    }

    fn post(&mut self, line: &str) {
        let op = new_op();
        let pending = chat::post(&self.link.app, &self.link.author, op, self.place(), line);
        self.link.expect(op, pending);
    }

    fn rename(&mut self, name: &str) {
        let name: String = name.trim().chars().take(NAME_CHARS_MAX).collect();
        let op = new_op();
        let pending = chat::rename(&self.link.app, &self.link.author, op, &name);
        self.link.expect(op, pending);
    }

    /// Goes to another room, which is opened if it is not there, and leaves the one before.
    async fn join(&mut self, typed: &str) -> Result<(), ReadError> {
        let Some(name) = RoomName::parse(typed) else {
            self.tell(&Answer::Refused(Code::BadName));
            return Ok(());
        };
        let app = self.link.app.clone();
        let wanted = name.as_str().to_owned();
        let found = app.log.readers().read(move |db| rooms::find_by_name(db, &wanted)).await?;
        if found == Some(self.place()) {
            return Ok(());
        }
        if found == Some(app.log.lobby) {
            return self.leave().await;
        }
        let by = &self.link.author;
        let pending = match found {
            Some(room) => chat::join(&app, by, new_op(), room),
            None => chat::create_room(&app, by, new_op(), name.clone(), ""),
        };
        let answer = chat::answer(&app, pending).await;
        let Answer::Accepted { room, seq, .. } = answer else {
            self.tell(&answer);
            return Ok(());
        };
        self.go(Some(Place { id: room, name }), seq).await;
        Ok(())
    }

    async fn leave(&mut self) -> Result<(), ReadError> {
        if self.room.is_none() {
            self.tell(&Answer::Refused(Code::LobbyIsForAll));
            return Ok(());
        }
        let lobby = self.link.app.log.lobby;
        // Followed before the head is read: nothing that is said in between is missed.
        self.link.feed.follow(lobby, 0);
        let read = move |db: &Connection| rooms::find(db, lobby);
        let head = self.link.app.log.readers().read(read).await?.map_or(0, |row| row.head);
        self.go(None, head).await;
        Ok(())
    }

    /// Hears another room from `seq` on, and nothing more of the one before.
    async fn go(&mut self, room: Option<Place>, seq: u64) {
        let app = self.link.app.clone();
        let user = self.link.author.id;
        if let Some(before) = self.room.take() {
            self.announce(&before, left_line);
            app.presence().exit(user, before.id);
            self.link.feed.unfollow(before.id);
            let left = chat::leave(&app, &self.link.author, new_op(), before.id);
            chat::answer(&app, left).await;
        } else {
            self.link.feed.unfollow(app.log.lobby);
        }
        self.room = room;
        let place = self.place();
        self.link.feed.follow(place, seq);
        self.link.feed.bring_up(place, app.fanout.head(place).unwrap_or_default());
        app.presence().enter(user, place);
        match self.room.take() {
            Some(room) => {
                self.announce(&room, joined_line);
                self.system(&format!("You are in #{} now. /leave leads back.", room.name));
                self.room = Some(room);
            }
            None => self.system("You are in the lobby now."),
        }
    }

    async fn rooms(&mut self) -> Result<(), ReadError> {
        let rooms = chat::welcome(&self.link.app, self.link.author.id).await?.rooms;
        let names = rooms.iter().take(NAMED_MAX).map(|room| format!("#{}", room.name));
        self.system(&format!("Rooms: {}", names.collect::<Vec<_>>().join(", ")));
        Ok(())
    }

    fn who(&mut self) {
        let (count, people) = self.link.app.presence().here(self.place());
        let names = people.into_iter().take(NAMED_MAX).map(|person| person.name);
        self.system(&format!("Here ({count}): {}", names.collect::<Vec<_>>().join(", ")));
    }

    /// Tells the other plain people of a room that this one comes or goes.
    fn announce(&self, room: &Place, line: fn(&str, &str, i64) -> Utf8Bytes) {
        let app = &self.link.app;
        let name = app.presence().person(self.link.author.id).map(|person| person.name.clone());
        let line = line(&name.unwrap_or_default(), &format!("#{}", room.name), now_ms());
        app.fanout.ephemeral(room.id, Dialect::Plain, Some(self.link.id()), &line);
    }

    /// Says what went wrong; what went well shows by itself.
    fn tell(&mut self, answer: &Answer) {
        match answer {
            // The tutorial ignores empty lines.
            Answer::Accepted { .. } | Answer::Refused(Code::Empty) => {}
            Answer::Refused(code) => self.system(code.sentence()),
            // Nothing here sends it again by itself.
            Answer::RetryAfter { why: Code::TooFast, .. } => {
                self.system("This came too fast. Wait a moment and send it again.");
            }
            Answer::RetryAfter { .. } => {
                self.system("This could not be saved. Wait a moment and send it again.");
            }
        }
    }

    fn system(&mut self, message: &str) {
        self.link.say(system_line(message, now_ms()));
    }

    fn place(&self) -> RoomId {
        self.room.as_ref().map_or(self.link.app.log.lobby, |room| room.id)
    }

    async fn stop(&mut self) -> End {
        let answers = async { while self.link.next_answer().await.is_some() {} };
        let _ = timeout(LAST_ANSWERS_WAIT, answers).await;
        End::Close(close::GOING_AWAY, "Server shutting down")
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
