//! A person who speaks `hubbub.v1`, on one connection.
//!
//! Everything that arrives is kept until an `expect` asks for it, so that a test does not depend
//! on the order of frames that have none. Pings are answered as a browser would.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use shared::protocol::*;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{WebSocketStream, client_async};
use uuid::Uuid;

use crate::way::Line;
use crate::{Browser, DEADLINE, Server};

pub type Socket = WebSocketStream<Line>;

/// Who somebody is, on any of their devices: the cookie, and the server that gave it.
#[derive(Clone, Debug)]
pub struct Login {
    /// What the test calls this person.
    pub label: &'static str,
    pub browser: Browser,
}

pub struct Client {
    pub login: Login,
    pub welcome: Welcome,
    socket: Socket,
    heard: VecDeque<Frame>,
    /// Everything that came, as it came.
    texts: Vec<String>,
}

impl Login {
    /// Somebody opens the page for the first time.
    pub async fn new(server: &Server, label: &'static str) -> Self {
        let mut browser = Browser::new(server);
        let page = browser.get("/").await;
        assert_eq!(page.status, 200, "{}", page.text);
        Self { label, browser }
    }

    /// A connection that follows everything from now on.
    pub async fn connect(&self) -> Client {
        self.resume(None, &[]).await
    }

    /// A connection that says what it holds.
    pub async fn resume(&self, epoch: Option<Epoch>, cursors: &[Cursor]) -> Client {
        let socket = self.socket().await.unwrap_or_else(|error| panic!("{}: {error}", self.label));
        let mut client = Client {
            login: self.clone(),
            welcome: Welcome::guest(Epoch(Uuid::nil()), nobody(), Vec::new()),
            socket,
            heard: VecDeque::new(),
            texts: Vec::new(),
        };
        client.send(&Command::Hello { epoch, cursors: cursors.to_vec() }).await;
        client.welcome = client
            .expect("a welcome", |frame| match frame {
                Frame::Welcome(welcome) => Some(welcome.clone()),
                _ => None,
            })
            .await;
        client
    }

    /// A socket on which nothing has been said.
    pub async fn socket(&self) -> Result<Socket, tungstenite::Error> {
        self.socket_from(Some(&self.browser.origin())).await
    }

    /// A socket that a page of this origin opens; `None` is a program that is no browser.
    pub async fn socket_from(&self, origin: Option<&str>) -> Result<Socket, tungstenite::Error> {
        let mut request = self.browser.way().socket("/ws").into_client_request()?;
        let headers = request.headers_mut();
        headers.insert("sec-websocket-protocol", SUBPROTOCOL.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert("origin", origin.parse().unwrap());
        }
        if let Some(cookie) = self.browser.cookies() {
            headers.insert("cookie", cookie.parse().unwrap());
        }
        let line = self.browser.way().connect().await?;
        Ok(client_async(request, line).await?.0)
    }
}

impl Client {
    /// Somebody new, connected.
    pub async fn arrive(server: &Server, label: &'static str) -> Self {
        Login::new(server, label).await.connect().await
    }

    /// The same person on another device, or after a break.
    pub async fn again(&self) -> Self {
        self.login.connect().await
    }

    pub fn me(&self) -> &Person {
        &self.welcome.you
    }

    /// A room of the welcome.
    pub fn room(&self, name: &str) -> &Room {
        let room = self.welcome.rooms.iter().find(|room| room.name.as_str() == name);
        room.unwrap_or_else(|| panic!("{} knows no room {name}", self.login.label))
    }

    pub fn lobby(&self) -> RoomId {
        self.room(RoomName::LOBBY).id
    }

    pub async fn send(&mut self, command: &Command) {
        self.send_text(&serde_json::to_string(command).unwrap()).await;
    }

    pub async fn send_text(&mut self, text: &str) {
        self.send_message(Message::text(text)).await;
    }

    pub async fn send_message(&mut self, message: Message) {
        self.socket.send(message).await.unwrap();
    }

    /// Asks for something and waits for the answer: accepted, refused or retry after.
    pub async fn ask(&mut self, command: &Command) -> Frame {
        let wanted = command.op().expect("a command with an op");
        self.send(command).await;
        self.answer(wanted).await
    }

    pub async fn answer(&mut self, wanted: OpId) -> Frame {
        self.expect("an answer", |frame| match frame {
            Frame::Accepted { op, .. } | Frame::RetryAfter { op, .. } if *op == wanted => {
                Some(frame.clone())
            }
            Frame::Refused { op: Some(op), .. } if *op == wanted => Some(frame.clone()),
            _ => None,
        })
        .await
    }

    /// Asks for something that has to be accepted; returns the room and the seq.
    pub async fn achieve(&mut self, command: &Command) -> (RoomId, Seq) {
        match self.ask(command).await {
            Frame::Accepted { room, seq, .. } => (room, seq),
            other => panic!("{}: {command:?} got {other:?}", self.login.label),
        }
    }

    /// Asks for something that must not be; returns why.
    pub async fn refused(&mut self, command: &Command) -> Code {
        match self.ask(command).await {
            Frame::Refused { code, message, .. } => {
                assert!(!message.is_empty(), "a refusal has a sentence");
                code
            }
            other => panic!("{}: {command:?} got {other:?}", self.login.label),
        }
    }

    /// Asks for something as often as the server says "later". That wait is the protocol's own.
    pub async fn insist(&mut self, command: &Command) -> Frame {
        loop {
            match self.ask(command).await {
                Frame::RetryAfter { after_ms, .. } => sleep(Duration::from_millis(after_ms)).await,
                answer => return answer,
            }
        }
    }

    /// Says something in the lobby; it is on disk when this returns.
    pub async fn say(&mut self, text: &str) -> Seq {
        self.say_in(self.lobby(), text).await
    }

    pub async fn say_in(&mut self, room: RoomId, text: &str) -> Seq {
        self.achieve(&post(room, text)).await.1
    }

    pub async fn rename(&mut self, name: &str) {
        self.achieve(&Command::Rename { op: new_op(), name: name.into() }).await;
    }

    /// Opens a room and returns it.
    pub async fn create(&mut self, name: &str) -> RoomId {
        let name = RoomName::parse(name).unwrap();
        self.achieve(&Command::CreateRoom {
            op: new_op(),
            name,
            topic: String::new(),
            private: false,
        })
        .await
        .0
    }

    pub async fn join(&mut self, room: RoomId) -> Seq {
        self.achieve(&Command::Join { op: new_op(), room }).await.1
    }

    /// Waits for the frame in which the test finds what it looks for. Others are kept.
    pub async fn expect<T>(&mut self, what: &str, mut find: impl FnMut(&Frame) -> Option<T>) -> T {
        for at in 0..self.heard.len() {
            if let Some(found) = find(&self.heard[at]) {
                self.heard.remove(at);
                return found;
            }
        }
        let label = self.login.label;
        let search = async {
            loop {
                let frame = self.receive().await.unwrap_or_else(|close| {
                    panic!("{label} expected {what}, but the connection closed: {close:?}")
                });
                match find(&frame) {
                    Some(found) => return found,
                    None => self.heard.push_back(frame),
                }
            }
        };
        match timeout(DEADLINE, search).await {
            Ok(found) => found,
            Err(_) => panic!("{label} expected {what} in vain; heard {:#?}", self.heard),
        }
    }

    /// The next event of a room that has not been asked for yet: in order, none left out.
    pub async fn event(&mut self, room: RoomId) -> Event {
        self.expect("an event", |frame| match frame {
            Frame::Event(event) if event.room == room => Some(event.clone()),
            _ => None,
        })
        .await
    }

    /// The post of this text, wherever it was said.
    pub async fn post(&mut self, text: &str) -> Event {
        self.expect(&format!("the post {text:?}"), |frame| match frame {
            Frame::Event(event) => {
                let said = What::Posted { text: text.into() };
                (event.what == said).then(|| event.clone())
            }
            _ => None,
        })
        .await
    }

    /// Asks for a stretch of a log.
    pub async fn page(&mut self, room: RoomId, wanted: Anchor, limit: usize) -> Page {
        self.send(&Command::Backfill { room, anchor: wanted, limit }).await;
        self.expect("a page", |frame| match frame {
            Frame::Page(page) if page.room == room && page.anchor == wanted => Some(page.clone()),
            _ => None,
        })
        .await
    }

    /// How many belong to a room and have this in their name, and the first of them by name.
    pub async fn members(&mut self, room: RoomId, wanted: &str) -> (usize, Vec<String>) {
        self.send(&Command::Members { room, text: wanted.to_owned() }).await;
        self.expect("members", |frame| match frame {
            Frame::Members { room: of, text, count, people }
                if (*of, &**text) == (room, wanted) =>
            {
                Some((*count, people.iter().map(|person| person.name.clone()).collect()))
            }
            _ => None,
        })
        .await
    }

    /// Whether something has arrived. Sensible only after something that came later.
    pub fn has_heard(&self, mut is: impl FnMut(&Frame) -> bool) -> bool {
        self.heard.iter().any(&mut is)
    }

    /// What nobody has asked for is of no interest any more.
    pub fn forget(&mut self) {
        self.heard.clear();
    }

    /// Everything that the server has sent on this connection and a test has waited for.
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// Waits until the server says that what it got made no sense; returns the code.
    pub async fn complaint(&mut self) -> Code {
        self.expect("a complaint", |frame| match frame {
            Frame::Refused { op: None, code, .. } => Some(*code),
            _ => None,
        })
        .await
    }

    /// Waits until the server closes the connection; returns its code and reason.
    pub async fn closed(&mut self) -> (u16, String) {
        self.closed_within(DEADLINE).await
    }

    pub async fn closed_within(&mut self, deadline: Duration) -> (u16, String) {
        let label = self.login.label;
        let close = async {
            loop {
                match self.receive().await {
                    Ok(frame) => self.heard.push_back(frame),
                    Err(close) => return close,
                }
            }
        };
        let close = timeout(deadline, close).await;
        close
            .unwrap_or_else(|_| panic!("{label} is still connected"))
            .unwrap_or_else(|| panic!("{label}'s connection broke without a close frame"))
    }

    /// The network is gone, without a word.
    pub fn vanish(self) -> Login {
        self.login
    }

    /// The next frame, or how the connection was closed; without a close frame `None`.
    async fn receive(&mut self) -> Result<Frame, Option<(u16, String)>> {
        loop {
            let text = next_text(&mut self.socket).await?;
            let frame = serde_json::from_str(&text)
                .unwrap_or_else(|error| panic!("no frame ({error}): {text}"));
            if let Frame::Ping { .. } = frame {
                self.send(&Command::Pong).await;
            } else {
                self.texts.push(text);
                return Ok(frame);
            }
        }
    }
}

/// The next text on a socket, or how it was closed; without a close frame `None`.
pub async fn next_text(socket: &mut Socket) -> Result<String, Option<(u16, String)>> {
    loop {
        match socket.next().await {
            Some(Ok(Message::Text(text))) => return Ok(text.to_string()),
            Some(Ok(Message::Close(close))) => {
                return Err(close.map(|close| (close.code.into(), close.reason.to_string())));
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(other)) => panic!("the server sent {other:?}"),
            Some(Err(_)) | None => return Err(None),
        }
    }
}

pub fn new_op() -> OpId {
    OpId(Uuid::now_v7())
}

pub fn post(room: RoomId, text: &str) -> Command {
    Command::Post { op: new_op(), room, text: text.into() }
}

fn nobody() -> Person {
    Person { id: UserId(Uuid::nil()), name: String::new() }
}
