//! Who opens the rooms and says a great deal at once, so that whoever is away falls far behind.
//!
//! A plain client of the harness beside the proxy, noted in the history like everyone else.

use std::sync::Arc;

use shared::protocol::{Command, Frame, RoomId, RoomName};

use super::Dice;
use super::history::{Happened, History};
use super::plan::token;
use crate::client::new_op;
use crate::{Client, Login, Server};

/// The host's device in the history.
pub const HOST: usize = 99;

pub struct Host {
    login: Login,
    history: Arc<History>,
    dice: Dice,
}

impl Host {
    pub async fn new(server: &Server, history: Arc<History>, seed: u64) -> Self {
        let login = Login::new(server, "the host").await;
        Self { login, history, dice: Dice::new(seed) }
    }

    /// Opens rooms that nobody's leaving will close: each has something in it.
    pub async fn open_rooms(&mut self, names: &[&str]) {
        let mut client = self.login.connect().await;
        let user = client.me().id;
        self.history.note(Happened::Owned { device: HOST, user });
        for name in names {
            let name = RoomName::parse(name).unwrap();
            let create =
                Command::CreateRoom { op: new_op(), name, topic: String::new(), private: false };
            let [room] = self.achieve(&mut client, vec![create]).await[..] else { panic!() };
            let text = token(self.dice.any());
            self.achieve(&mut client, vec![Command::Post { op: new_op(), room, text }]).await;
        }
    }

    /// Says so many things in the lobby, all at once.
    pub async fn says_much(&mut self, times: usize) {
        let mut client = self.login.connect().await;
        let room = client.lobby();
        let dice = &mut self.dice;
        let posts = (0..times).map(|_| token(dice.any()));
        let posts = posts.map(|text| Command::Post { op: new_op(), room, text }).collect();
        self.achieve(&mut client, posts).await;
    }

    async fn achieve(&self, client: &mut Client, commands: Vec<Command>) -> Vec<RoomId> {
        let (device, connection) = (HOST, 0);
        for command in &commands {
            self.history.note(Happened::Asked { device, command: command.clone() });
            self.history.note(Happened::Sent { device, connection, command: command.clone() });
            client.send(command).await;
        }
        let mut rooms = Vec::new();
        for command in &commands {
            let frame = client.answer(command.op().unwrap()).await;
            self.history.note(Happened::Heard { device, connection, frame: frame.clone() });
            let Frame::Accepted { room, .. } = frame else { panic!("{command:?} got {frame:?}") };
            rooms.push(room);
        }
        rooms
    }
}
