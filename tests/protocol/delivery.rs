//! Two clients with the browser's own engine talk while the server is killed and their network
//! breaks: everyone ends with every line once, in one order.

use futures_util::SinkExt;
use harness::client::{Socket, new_op, next_text};
use harness::{DEADLINE, Login, Server};
use shared::protocol::*;
use shared::sync::Sync;
use shared::sync::rows::{Clock, Content, rows};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

/// A person whose client is [`Sync`]: this is the socket and the screen around it.
struct Person {
    login: Login,
    sync: Sync,
    socket: Option<Socket>,
}

impl Person {
    async fn new(server: &Server, label: &'static str) -> Self {
        let mut person =
            Self { login: Login::new(server, label).await, sync: Sync::default(), socket: None };
        person.connect().await;
        person.until(|sync| sync.me().is_some()).await;
        let lobby = person.lobby();
        person.sync.show(lobby);
        person
    }

    fn lobby(&self) -> RoomId {
        self.sync.room_named(RoomName::LOBBY).unwrap()
    }

    async fn connect(&mut self) {
        self.socket = self.login.socket().await.ok();
        if self.socket.is_some() {
            let hello = self.sync.connected();
            self.send(&hello).await;
        }
    }

    fn disconnect(&mut self) {
        self.socket = None;
        self.sync.disconnected();
    }

    fn say(&mut self, text: &str) {
        let room = self.lobby();
        self.sync.ask(Command::Post { op: new_op(), room, text: text.into() }, 0);
    }

    /// Sends what is due and receives, over as many connections as it takes, until this is true.
    async fn until(&mut self, is: impl Fn(&Sync) -> bool) {
        let label = self.login.label;
        let work = async {
            while !is(&self.sync) {
                for command in self.sync.due(i64::MAX) {
                    self.send(&command).await;
                }
                let Some(socket) = &mut self.socket else {
                    self.connect().await;
                    continue;
                };
                match next_text(socket).await {
                    Ok(text) => self.sync.receive(serde_json::from_str(&text).unwrap(), 0),
                    Err(_) => self.disconnect(),
                }
            }
        };
        timeout(DEADLINE, work).await.unwrap_or_else(|_| panic!("{label} never got there"));
    }

    /// A command that does not get through is the engine's to send again.
    async fn send(&mut self, command: &Command) {
        let text = serde_json::to_string(command).unwrap();
        if let Some(socket) = &mut self.socket
            && socket.send(Message::text(text)).await.is_err()
        {
            self.disconnect();
        }
    }

    fn screen(&self) -> Vec<String> {
        screen(&self.sync)
    }
}

fn screen(sync: &Sync) -> Vec<String> {
    let clock = Clock { offset_min: &|_| 0, now_ms: None };
    let Some(state) = sync.current() else { return Vec::new() };
    let rows = rows(sync, state, clock).into_iter().flat_map(|day| day.rows);
    rows.filter_map(|row| match row.content {
        Content::Message(message) => Some(message.text),
        _ => None,
    })
    .collect()
}

#[tokio::test]
async fn alice_and_bob_talk_through_kills_and_breaks_and_see_the_same() {
    let mut server = Server::start().await;
    let mut alice = Person::new(&server, "Alice").await;
    let mut bob = Person::new(&server, "Bob").await;
    for round in 0..8 {
        for n in 0..10 {
            alice.say(&format!("Alice {round}.{n}"));
            bob.say(&format!("Bob {round}.{n}"));
        }
        // Each has heard a little of it when the trouble comes.
        alice.until(|sync| sync.outbox().unsent() < 9).await;
        bob.until(|sync| sync.outbox().unsent() < 7).await;
        match round % 3 {
            0 => server.restart().await,
            1 => alice.disconnect(),
            _ => bob.disconnect(),
        }
    }
    let all = |sync: &Sync| sync.outbox().unsent() == 0 && screen(sync).len() == 160;
    tokio::join!(alice.until(all), bob.until(all));
    assert_eq!(alice.screen(), bob.screen());
    for name in ["Alice", "Bob"] {
        let mine = |line: &String| line.starts_with(name);
        let said: Vec<String> = alice.screen().into_iter().filter(mine).collect();
        let meant: Vec<String> = (0..80).map(|n| format!("{name} {}.{}", n / 10, n % 10)).collect();
        assert_eq!(said, meant, "every line once, in the order it was said");
    }
}
