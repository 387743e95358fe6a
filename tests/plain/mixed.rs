//! Plain people and people of `hubbub.v1` in the same rooms, and what is kept.

use harness::plain::{field, without_time};
use harness::{Client, Plain, Server};
use shared::protocol::*;

#[tokio::test]
async fn plain_people_and_others_hear_each_other() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let mut bob = Plain::arrive(&server, "Bob").await;
    bob.say("from a script").await;
    let event = alice.post("from a script").await;
    assert_eq!(event.by.name, bob.name());
    assert_eq!(event.by.id.to_string(), field(&bob.welcome, "clientId"));
    alice.say("from a browser").await;
    let line = bob.hears("from a browser").await;
    assert_eq!(field(&line, "username"), alice.me().name);
    assert_eq!(
        field(&line, "timestamp"),
        shared::civil::iso(alice.post("from a browser").await.at_ms)
    );
}

#[tokio::test]
async fn plain_people_see_others_come_and_go_and_the_other_way_round() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let mut bob = Plain::arrive(&server, "Bob").await;
    let name = bob.name();
    alice
        .expect("Bob comes", |frame| match frame {
            Frame::Presence { came, .. } => came.iter().any(|one| one.name == name).then_some(()),
            _ => None,
        })
        .await;
    let carol = Client::arrive(&server, "Carol").await;
    let person = carol.me().clone();
    bob.hears(&format!("{} joined the chat", person.name)).await;
    drop(carol.vanish());
    bob.hears(&format!("{} left the chat", person.name)).await;
    drop(bob);
    alice
        .expect("Bob goes", |frame| match frame {
            Frame::Presence { went, .. } => went.iter().any(|one| one.name == name).then_some(()),
            _ => None,
        })
        .await;
}

#[tokio::test]
async fn a_plain_person_renames_for_everyone() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let mut bob = Plain::arrive(&server, "Bob").await;
    let before = bob.name();
    bob.rename("Bob").await;
    let event = alice
        .expect("the new name", |frame| match frame {
            Frame::Event(event) => {
                matches!(event.what, What::Renamed { .. }).then(|| event.clone())
            }
            _ => None,
        })
        .await;
    assert_eq!((event.what, event.by.name.as_str()), (What::Renamed { from: before }, "Bob"));
    let guest = alice.me().name.clone();
    alice.rename("Alice").await;
    bob.hears(&format!("{guest} is now known as Alice")).await;
}

#[tokio::test]
async fn nobody_takes_a_name_that_is_taken() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let mut bob = Plain::arrive(&server, "Bob").await;
    alice.rename("Alice").await;
    let name = bob.name();
    bob.rename("alice").await;
    bob.say("who am I?").await;
    assert_eq!(alice.post("who am I?").await.by.name, name);
}

#[tokio::test]
async fn a_newcomer_gets_the_twenty_newest_messages_after_the_welcome() {
    let mut server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    alice.rename("Alice").await;
    for n in 1..=25 {
        alice.say(&format!("word {n}")).await;
    }
    server.restart().await;
    let mut bob = Plain::arrive(&server, "Bob").await;
    for n in 6..=25 {
        let line = bob.expect("history", |_| true).await;
        assert_eq!(
            without_time(&line),
            format!(r#"{{"type":"chat","username":"Alice","message":"word {n}","timestamp":"T"}}"#)
        );
    }
    let mut alice = alice.again().await;
    alice.say("live").await;
    let line = bob.expect("live", |text| field(text, "type") == "chat").await;
    assert_eq!(field(&line, "message"), "live", "nothing twice, nothing between");
}

#[tokio::test]
async fn what_plain_people_say_is_kept() {
    let mut server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let mut bob = Plain::arrive(&server, "Bob").await;
    bob.send("remember this").await;
    alice.post("remember this").await;
    server.restart().await;
    let mut alice = alice.again().await;
    let page = alice.page(alice.lobby(), Anchor::Newest, 10).await;
    let said = What::Posted { text: "remember this".into() };
    assert!(page.events.iter().any(|event| event.what == said && event.by.name == bob.name()));
}

#[tokio::test]
async fn a_plain_person_moves_to_another_room() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let garden = alice.create("garden").await;
    let mut bob = Plain::arrive(&server, "Bob").await;
    let mut carol = Plain::arrive(&server, "Carol").await;
    bob.send("/join garden").await;
    alice
        .expect("Bob joins the garden", |frame| match frame {
            Frame::Event(event) => {
                (event.room == garden && event.what == What::Joined).then_some(())
            }
            _ => None,
        })
        .await;
    bob.send("roses!").await;
    assert_eq!(alice.post("roses!").await.room, garden);
    alice.say_in(garden, "tulips").await;
    bob.hears("tulips").await;
    alice.say("lobby only").await;
    carol.hears("lobby only").await;
    alice.say_in(garden, "fence").await;
    bob.hears("fence").await;
    assert!(!bob.has_heard("lobby only"));
    assert!(!carol.has_heard("roses!") && !carol.has_heard("tulips"));
}
