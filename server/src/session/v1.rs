//! A `hubbub.v1` connection: hello, then commands in and frames out.
//!
//! Commands are handled in order; those with an op do not wait for each other's commit, and their
//! answers come in order. Everything that changes something goes through `chat`.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{Utf8Bytes, WebSocket};
use shared::protocol::{
    Anchor, CURSORS_MAX, Code, Command, Cursor, Epoch, Frame, OpId, RoomId, Seq, close,
};
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use super::beat::{announce_joined, goodbye};
use super::link::{CANNOT_READ, LAST_ANSWERS_WAIT, Link, Wake};
use super::socket::{End, Socket};
use crate::app::App;
use crate::auth::Visitor;
use crate::chat;
use crate::fanout::{Dialect, encode};
use crate::log::Answer;
use crate::store::{ReadError, members, rooms};

/// A client that has nothing to say within this time is not one of ours.
const HELLO_WAIT: Duration = Duration::from_secs(10);

/// Frames that make no sense, within [`BAD_WINDOW`], before the connection is closed.
const BAD_REQUESTS_MAX: usize = 10;
const BAD_WINDOW: Duration = Duration::from_secs(60);

/// Clients come back spread over this time when the server stops, so that the next one is not met
/// by all of them at once.
const GOAWAY_SPREAD_MS: u64 = 2_000;

struct Session {
    link: Link,
    /// When the last few senseless frames came.
    bad_requests: VecDeque<Instant>,
}

/// Runs a connection to its end.
pub(super) async fn run(app: Arc<App>, ws: WebSocket, visitor: Visitor) {
    if !app.config.guests && !visitor.is_known {
        return Socket::new(ws).close(End::Close(close::UNAUTHORIZED, "Unauthorized")).await;
    }
    let mut link = Link::new(app, ws, &visitor, Dialect::V1);
    link.hello_by = Some(Instant::now() + HELLO_WAIT);
    Session { link, bad_requests: VecDeque::new() }.run().await;
}

impl Session {
    async fn run(mut self) {
        let end = loop {
            let done = match self.link.next().await {
                Wake::Input(text) => self.input(&text).await,
                Wake::Garbage => self.bad_request(),
                Wake::Answer(op, answer) => {
                    self.say(&answered(op, answer));
                    Ok(())
                }
                Wake::PingDue => {
                    let heads = self.link.moved_heads();
                    self.say(&Frame::Ping { heads });
                    Ok(())
                }
                Wake::Stopping => break self.stop().await,
                Wake::End(end) => break end,
            };
            if let Err(end) = done {
                break end;
            }
        };
        if self.link.hello_by.is_none() {
            goodbye(&self.link.app, self.link.author.id, self.link.id(), true);
        }
        self.link.close(end).await;
    }

    async fn input(&mut self, text: &Utf8Bytes) -> Result<(), End> {
        let Ok(command) = serde_json::from_str::<Command>(text) else {
            return self.bad_request();
        };
        let greeted = self.link.hello_by.is_none();
        if let Command::Hello { epoch, cursors } = command {
            if greeted {
                return self.bad_request();
            }
            return self.hello(epoch, &cursors).await.map_err(|_| CANNOT_READ);
        }
        if !greeted {
            return self.bad_request();
        }
        self.command(command).await.map_err(|_| CANNOT_READ)
    }

    async fn command(&mut self, command: Command) -> Result<(), ReadError> {
        let app = self.link.app.clone();
        let by = &self.link.author;
        let op = command.op();
        let pending = match command {
            Command::Post { op, room, text } => chat::post(&app, by, op, room, &text),
            Command::Edit { op, room, target, text } => {
                chat::edit(&app, by, op, room, target, &text)
            }
            Command::Delete { op, room, target } => chat::delete(&app, by, op, room, target),
            Command::React { op, room, target, emoji, on } => {
                chat::react(&app, by, op, room, target, emoji, on)
            }
            Command::Rename { op, name } => chat::rename(&app, by, op, &name),
            Command::CreateRoom { op, name, topic } => {
                chat::create_room(&app, by, op, name, &topic)
            }
            Command::Join { op, room } => chat::join(&app, by, op, room),
            Command::Leave { op, room } => chat::leave(&app, by, op, room),
            Command::SetTopic { op, room, topic } => chat::set_topic(&app, by, op, room, &topic),
            Command::MarkRead { room, seq } => {
                self.link.mark_read(room, seq);
                return Ok(());
            }
            Command::Resume { room, seq } => return self.resume(room, seq).await,
            Command::Backfill { room, anchor, limit } => {
                return self.backfill(room, anchor, limit).await;
            }
            Command::Who { room } => {
                let (count, people) = app.presence().here(room);
                self.say(&Frame::Here { room, count, people });
                return Ok(());
            }
            Command::Typing { room } => {
                self.typing(room);
                return Ok(());
            }
            Command::Hello { .. } | Command::Pong => return Ok(()),
        };
        if let Some(op) = op {
            self.link.expect(op, pending);
        }
        Ok(())
    }

    /// Says who one is, and brings every cursor up or tells why not.
    async fn hello(&mut self, epoch: Option<Epoch>, cursors: &[Cursor]) -> Result<(), ReadError> {
        let app = self.link.app.clone();
        let me = self.link.author.id;
        let cursors = cursors.iter().take(CURSORS_MAX).map(|cursor| (cursor.room, cursor.seq));
        let cursors: HashMap<RoomId, Seq> = cursors.collect();
        let members = app.log.readers().read(move |db| members::rooms_of(db, me)).await?;
        let rooms = members.into_iter().chain(cursors.keys().copied()).chain([app.log.lobby]);
        let followed = self.link.feed.admit(rooms);
        let welcome = chat::welcome(&app, me).await?;
        let you = welcome.you.clone();
        self.link.feed.greet(welcome, epoch, &cursors, followed);
        self.link.hello_by = None;
        let members = self.link.feed.members.iter().copied();
        if app.presence().connect(&you, members) {
            announce_joined(&app, &you, None);
        }
        Ok(())
    }

    async fn resume(&mut self, room: RoomId, seq: Seq) -> Result<(), ReadError> {
        self.link.feed.begin_resume(room);
        let found = self.link.app.log.readers().read(move |db| rooms::find(db, room)).await?;
        match found {
            Some(found) => self.link.feed.catch_up(room, seq, found.head, true),
            None => {
                self.link.feed.unfollow(room);
                self.refuse(Code::UnknownRoom);
            }
        }
        Ok(())
    }

    async fn backfill(
        &mut self,
        room: RoomId,
        anchor: Anchor,
        limit: usize,
    ) -> Result<(), ReadError> {
        let reader = self.link.author.id;
        match chat::page(&self.link.app, reader, room, anchor, limit).await? {
            Some(page) => self.say(&Frame::Page(page)),
            None => self.refuse(Code::UnknownRoom),
        }
        Ok(())
    }

    fn typing(&mut self, room: RoomId) {
        if !self.link.feed.members.contains(&room) {
            return;
        }
        let user = self.link.author.id;
        let person = {
            let mut presence = self.link.app.presence();
            let passes = presence.types(user, room, std::time::Instant::now());
            presence.person(user).filter(|_| passes).cloned()
        };
        if let Some(person) = person {
            let frame = encode(&Frame::Typing { room, person });
            self.link.app.fanout.ephemeral(room, Dialect::V1, Some(self.link.id()), &frame);
        }
    }

    fn bad_request(&mut self) -> Result<(), End> {
        self.refuse(Code::BadRequest);
        let now = Instant::now();
        self.bad_requests.push_back(now);
        if self.bad_requests.len() < BAD_REQUESTS_MAX {
            return Ok(());
        }
        let first = self.bad_requests.pop_front();
        if first.is_some_and(|first| now - first < BAD_WINDOW) {
            return Err(End::Close(close::BAD_REQUESTS, "Too many bad requests"));
        }
        Ok(())
    }

    fn refuse(&mut self, code: Code) {
        self.say(&Frame::Refused { op: None, code, message: code.sentence().into() });
    }

    fn say(&mut self, frame: &Frame) {
        self.link.say(encode(frame));
    }

    /// The server stops: what is on its way is still answered, then everyone is sent off.
    async fn stop(&mut self) -> End {
        let answers = async {
            while let Some((op, answer)) = self.link.next_answer().await {
                self.link.say(encode(&answered(op, answer)));
            }
        };
        // Who gets no answer sends the op again, to the next server.
        let _ = timeout(LAST_ANSWERS_WAIT, answers).await;
        let after_ms = Uuid::new_v4().as_u64_pair().1 % GOAWAY_SPREAD_MS;
        self.say(&Frame::Goaway { after_ms });
        End::Close(close::GOING_AWAY, "Server shutting down")
    }
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
