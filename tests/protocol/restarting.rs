//! Killed, stopped, started again: what was accepted is there.

use harness::client::post;
use harness::{Client, Plain, Server};
use shared::protocol::*;

#[tokio::test]
async fn what_was_accepted_survives_kill_minus_nine() {
    let mut server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let (epoch, room) = (alice.welcome.epoch, alice.lobby());
    let mut last = 0;
    for n in 0..50 {
        last = alice.say(&format!("word {n}")).await;
    }
    server.restart().await;
    let mut alice = alice.again().await;
    assert_eq!(alice.welcome.epoch, epoch, "the same history");
    assert_eq!(alice.room("lobby").head, last);
    let page = alice.page(room, Anchor::Newest, 50).await;
    let said: Vec<&What> = page.events.iter().map(|event| &event.what).collect();
    for n in 0..50 {
        assert!(said.contains(&&What::Posted { text: format!("word {n}") }), "word {n}");
    }
    assert_eq!(alice.say("and on").await, last + 1);
}

#[tokio::test]
async fn killed_in_mid_sentence_every_word_is_there_once_after_it_is_sent_again() {
    let mut server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let room = alice.lobby();
    let words: Vec<Command> = (0..200).map(|n| post(room, &format!("word {n}"))).collect();
    for word in &words {
        alice.send(word).await;
    }
    // Some of them are on disk now, and nobody knows which.
    alice.post("word 20").await;
    server.kill().await;
    server.restart().await;
    let mut alice = alice.again().await;
    for word in &words {
        alice.achieve(word).await;
    }
    let mut said = Vec::new();
    let mut after = 0;
    loop {
        let page = alice.page(room, Anchor::After(after), PAGE_EVENTS_MAX).await;
        let Some(last) = page.events.last() else { break };
        after = last.seq;
        said.extend(page.events.into_iter().map(|event| event.what));
    }
    let words = (0..200).map(|n| What::Posted { text: format!("word {n}") });
    assert_eq!(said, words.collect::<Vec<_>>(), "each once, in the order they were said");
}

#[tokio::test]
async fn asked_to_stop_the_server_says_goodbye_and_keeps_everything() {
    let mut server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let mut bob = Plain::arrive(&server, "Bob").await;
    let last = alice.say("good night").await;
    server.terminate();
    alice.expect("goaway", |frame| matches!(frame, Frame::Goaway { .. }).then_some(())).await;
    let goodbye = (close::GOING_AWAY, "Server shutting down".to_owned());
    assert_eq!(alice.closed().await, goodbye);
    assert_eq!(bob.closed().await, goodbye);
    let ended = server.ended().await;
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    server.restart().await;
    assert_eq!(alice.again().await.room("lobby").head, last);
}

#[tokio::test]
async fn a_server_without_anyone_stops_at_once() {
    let mut server = Server::start().await;
    server.terminate();
    assert_eq!(server.ended().await.status.code(), Some(0));
}
