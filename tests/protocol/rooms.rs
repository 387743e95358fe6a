//! Rooms: opened, joined, spoken in, left, and gone when nobody cared.

use harness::client::{new_op, post};
use harness::{Client, Server};
use shared::protocol::*;

fn create(name: &str, topic: &str) -> Command {
    let name = RoomName::parse(name).unwrap();
    Command::CreateRoom { op: new_op(), name, topic: topic.into(), private: false }
}

fn opened(name: &RoomName, topic: &str) -> What {
    let (name, topic) = (name.clone(), topic.to_owned());
    What::Created { name, topic, kind: RoomKind::Open, people: vec![] }
}

#[tokio::test]
async fn alice_opens_a_room_and_everyone_hears_of_it_in_the_lobby() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let mut bob = Client::arrive(&server, "Bob").await;
    let garden = create("garden", "Roses");
    let (room, seq) = alice.achieve(&garden).await;
    assert_eq!(seq, 1);

    let created = alice.event(room).await;
    let name = RoomName::parse("garden").unwrap();
    assert_eq!(created.what, opened(&name, "Roses"));
    assert_eq!((created.seq, created.op, &created.by), (1, garden.op(), alice.me()));
    let listed = bob.event(bob.lobby()).await;
    assert_eq!(listed.what, What::Listed { listed: room, name, topic: "Roses".into() });
    assert_eq!(listed.op, None, "the first log that the op wrote to carries it");
    assert_eq!(alice.ask(&garden).await, Frame::Accepted { op: garden.op().unwrap(), room, seq });

    let carol = Client::arrive(&server, "Carol").await;
    let garden = carol.room("garden");
    assert_eq!((garden.id, garden.member, garden.topic.as_str()), (room, false, "Roses"));
    assert!(alice.again().await.room("garden").member);
}

#[tokio::test]
async fn a_room_that_is_there_is_not_opened_twice() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let mut bob = Client::arrive(&server, "Bob").await;
    alice.create("garden").await;
    assert_eq!(bob.refused(&create("garden", "")).await, Code::RoomExists);
    assert_eq!(bob.refused(&create("lobby", "")).await, Code::RoomExists);
    bob.create("größe").await;
}

#[tokio::test]
async fn posts_reach_the_rooms_people_and_nobody_else() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let mut bob = Client::arrive(&server, "Bob").await;
    let mut carol = Client::arrive(&server, "Carol").await;
    let garden = alice.create("garden").await;
    assert_eq!(bob.refused(&post(garden, "let me in")).await, Code::NotMember);
    let seq = bob.join(garden).await;
    for person in [&mut alice, &mut bob] {
        let joined = person
            .expect("Bob joins", |frame| match frame {
                Frame::Event(event) if event.what == What::Joined => Some(event.clone()),
                _ => None,
            })
            .await;
        assert_eq!((joined.room, joined.seq), (garden, seq));
    }
    alice.say_in(garden, "only for us").await;
    bob.post("only for us").await;
    alice.say("for all").await;
    carol.post("for all").await;
    assert!(!carol.has_heard(|frame| matches!(frame, Frame::Event(event) if event.room == garden)));
}

#[tokio::test]
async fn alice_joins_on_her_laptop_and_her_phone_follows_the_room() {
    let server = Server::start().await;
    let mut bob = Client::arrive(&server, "Bob").await;
    let garden = bob.create("garden").await;
    let mut laptop = Client::arrive(&server, "Alice").await;
    let mut phone = laptop.again().await;
    laptop.join(garden).await;
    bob.say_in(garden, "welcome").await;
    laptop.post("welcome").await;
    phone.post("welcome").await;
}

#[tokio::test]
async fn who_leaves_hears_nothing_more() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let mut bob = Client::arrive(&server, "Bob").await;
    let garden = alice.create("garden").await;
    bob.join(garden).await;
    bob.achieve(&Command::Leave { op: new_op(), room: garden }).await;
    alice
        .expect("Bob leaves", |frame| match frame {
            Frame::Event(event) => (event.what == What::Left).then_some(()),
            _ => None,
        })
        .await;
    alice.say_in(garden, "behind his back").await;
    alice.say("fence").await;
    bob.post("fence").await;
    assert!(!bob.has_heard(|frame| {
        matches!(frame, Frame::Event(event) if event.room == garden
            && matches!(event.what, What::Posted { .. }))
    }));
    assert_eq!(bob.refused(&post(garden, "hello?")).await, Code::NotMember);
    assert!(!bob.again().await.room("garden").member);
    // And may come back.
    bob.join(garden).await;
    bob.say_in(garden, "back").await;
}

#[tokio::test]
async fn the_lobby_cannot_be_left() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let leave = Command::Leave { op: new_op(), room: alice.lobby() };
    assert_eq!(alice.refused(&leave).await, Code::LobbyIsForAll);
}

#[tokio::test]
async fn a_new_topic_is_told_and_kept() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let mut bob = Client::arrive(&server, "Bob").await;
    let garden = alice.create("garden").await;
    let topic = |topic: &str| Command::SetTopic { op: new_op(), room: garden, topic: topic.into() };
    assert_eq!(bob.refused(&topic("Mine")).await, Code::NotMember);
    alice.achieve(&topic("Frost tonight")).await;
    alice
        .expect("the new topic", |frame| match frame {
            Frame::Event(event) => {
                (event.what == What::TopicChanged { topic: "Frost tonight".into() }).then_some(())
            }
            _ => None,
        })
        .await;
    assert_eq!(bob.again().await.room("garden").topic, "Frost tonight");
    assert_eq!(alice.refused(&topic(&"x".repeat(TOPIC_CHARS_MAX + 1))).await, Code::TooLong);
}

#[tokio::test]
async fn a_room_in_which_nobody_wrote_and_nobody_is_disappears() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let mut bob = Client::arrive(&server, "Bob").await;
    let garden = alice.create("garden").await;
    let leave = Command::Leave { op: new_op(), room: garden };
    let left = alice.ask(&leave).await;
    assert!(matches!(left, Frame::Accepted { .. }), "{left:?}");
    bob.expect("the room goes", |frame| match frame {
        Frame::Event(Event { what: What::Unlisted { unlisted, .. }, .. }) => {
            (*unlisted == garden).then_some(())
        }
        _ => None,
    })
    .await;
    let join = Command::Join { op: new_op(), room: garden };
    assert_eq!(bob.refused(&join).await, Code::UnknownRoom);
    assert_eq!(bob.again().await.welcome.rooms.len(), 1);
    assert_eq!(alice.ask(&leave).await, left, "the op keeps its answer");
    // Its name is free again.
    assert_ne!(bob.create("garden").await, garden);
}

#[tokio::test]
async fn a_room_with_something_in_it_stays_when_everyone_has_left() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let garden = alice.create("garden").await;
    alice.say_in(garden, "remember me").await;
    alice.achieve(&Command::Leave { op: new_op(), room: garden }).await;
    let mut bob = Client::arrive(&server, "Bob").await;
    assert_eq!(bob.room("garden").id, garden);
    let page = bob.page(garden, Anchor::Newest, 10).await;
    assert!(
        page.events.iter().any(|event| event.what == What::Posted { text: "remember me".into() })
    );
}

#[tokio::test]
async fn bob_follows_a_room_that_he_is_not_in() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let garden = alice.create("garden").await;
    alice.say_in(garden, "before").await;
    let mut bob = Client::arrive(&server, "Bob").await;
    bob.send(&Command::Resume { room: garden, seq: 1 }).await;
    bob.post("before").await;
    bob.expect("live", |frame| match frame {
        Frame::Live { room, head } => (*room == garden).then_some(*head),
        _ => None,
    })
    .await;
    alice.say_in(garden, "after").await;
    bob.post("after").await;
    assert_eq!(bob.refused(&post(garden, "may I?")).await, Code::NotMember);
}

#[tokio::test]
async fn a_room_that_is_not_there_is_unknown_to_every_command() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let nowhere = RoomId(new_op().0);
    for command in [
        post(nowhere, "hello?"),
        Command::Join { op: new_op(), room: nowhere },
        Command::Leave { op: new_op(), room: nowhere },
        Command::SetTopic { op: new_op(), room: nowhere, topic: "void".into() },
    ] {
        assert_eq!(alice.refused(&command).await, Code::UnknownRoom, "{command:?}");
    }
    for command in [
        Command::Backfill { room: nowhere, anchor: Anchor::Newest, limit: 10 },
        Command::Resume { room: nowhere, seq: 0 },
    ] {
        alice.send(&command).await;
        assert_eq!(alice.complaint().await, Code::UnknownRoom, "{command:?}");
    }
}
