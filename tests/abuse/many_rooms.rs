//! People who are in very many rooms: a message still comes to all of them.

use std::collections::HashSet;

use futures_util::future::join_all;
use harness::client::new_op;
use harness::{Client, DEADLINE, Login, Server};
use shared::protocol::*;
use tokio::time::timeout;

use crate::witnesses::one_crowd_at_a_time;

const PEOPLE: usize = 200;

/// Rooms that each of them is in beside the hall.
const ROOMS_EACH: usize = 100;

/// All rooms: each person is in every ninth of them, beginning elsewhere.
const ROOMS: usize = 900;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_comes_to_hundreds_who_are_each_in_a_hundred_other_rooms() {
    let _alone = one_crowd_at_a_time().await;
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let hall = alice.create("hall").await;
    let creations = (0..ROOMS).map(|n| Command::CreateRoom {
        op: new_op(),
        name: RoomName::parse(&format!("room-{n}")).unwrap(),
        topic: String::new(),
        private: false,
    });
    let rooms = all(&mut alice, creations).await;

    // They join one after the other and go: who is in a room hears of everyone who joins it.
    let mut logins = Vec::new();
    for person in 0..PEOPLE {
        let login = Login::new(&server, "one of many").await;
        let mut client = login.connect().await;
        let own = rooms.iter().skip(person % (ROOMS / ROOMS_EACH)).step_by(ROOMS / ROOMS_EACH);
        let joins = own.chain([&hall]).map(|room| Command::Join { op: new_op(), room: *room });
        assert_eq!(all(&mut client, joins).await.len(), ROOMS_EACH + 1);
        logins.push(client.vanish());
    }
    let mut people = join_all(logins.iter().map(Login::connect)).await;
    for client in &people {
        let member = client.welcome.rooms.iter().filter(|room| room.member).count();
        assert_eq!(member, ROOMS_EACH + 2, "the hall and the lobby");
    }
    for line in ["one", "two", "three"] {
        let seq = alice.say_in(hall, line).await;
        let heard = join_all(people.iter_mut().map(|client| async {
            let event = client.event(hall).await;
            (event.seq, event.what)
        }));
        for heard in timeout(DEADLINE, heard).await.expect("all of them") {
            assert_eq!(heard, (seq, What::Posted { text: line.into() }));
        }
    }
}

/// Asks for all of this at once; the rooms that it was accepted in.
async fn all(client: &mut Client, commands: impl Iterator<Item = Command>) -> Vec<RoomId> {
    let mut ops = HashSet::new();
    for command in commands {
        ops.insert(command.op().unwrap());
        client.send(&command).await;
    }
    let mut rooms = Vec::new();
    while !ops.is_empty() {
        let (op, room) = client
            .expect("another answer", |frame| match frame {
                Frame::Accepted { op, room, .. } => Some((*op, *room)),
                Frame::Refused { .. } | Frame::RetryAfter { .. } => panic!("{frame:?}"),
                _ => None,
            })
            .await;
        assert!(ops.remove(&op));
        rooms.push(room);
    }
    rooms
}
