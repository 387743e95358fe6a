//! Saying something: everyone gets it once, in one order, under one number.

use harness::client::{new_op, post};
use harness::{Client, Server};
use shared::protocol::*;

#[tokio::test]
async fn what_alice_says_reaches_everyone_and_herself_with_its_op() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let mut bob = Client::arrive(&server, "Bob").await;
    let mut phone = alice.again().await;
    let lobby = alice.lobby();
    let head = alice.room("lobby").head;

    let hello = post(lobby, "Good morning");
    let (room, seq) = alice.achieve(&hello).await;
    assert_eq!((room, seq), (lobby, head + 1));
    let event = alice.post("Good morning").await;
    assert_eq!((event.room, event.seq, event.op), (lobby, seq, hello.op()));
    assert_eq!(event.by, *alice.me());
    assert!(event.at_ms > 1_700_000_000_000, "milliseconds since 1970");
    assert_eq!(bob.post("Good morning").await, event);
    assert_eq!(phone.post("Good morning").await, event);
}

#[tokio::test]
async fn everyone_sees_the_same_order_without_holes() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let mut bob = Client::arrive(&server, "Bob").await;
    let mut carol = Client::arrive(&server, "Carol").await;
    let lobby = alice.lobby();
    let head = alice.room("lobby").head;
    for n in 0..20 {
        alice.send(&post(lobby, &format!("Alice {n}"))).await;
        bob.send(&post(lobby, &format!("Bob {n}"))).await;
    }
    let mut seen = Vec::new();
    for reader in [&mut alice, &mut bob, &mut carol] {
        let mut events = Vec::new();
        for _ in 0..40 {
            events.push(reader.event(lobby).await);
        }
        seen.push(events);
    }
    let seqs: Vec<Seq> = seen[2].iter().map(|event| event.seq).collect();
    assert_eq!(seqs, (head + 1..=head + 40).collect::<Vec<_>>());
    assert_eq!(seen[0], seen[2]);
    assert_eq!(seen[1], seen[2]);
    // One connection's ops commit in the order they were sent.
    for name in ["Alice", "Bob"] {
        let said: Vec<String> = seen[2].iter().filter_map(said).collect();
        let said: Vec<&String> = said.iter().filter(|text| text.starts_with(name)).collect();
        assert_eq!(
            said,
            (0..20).map(|n| format!("{name} {n}")).collect::<Vec<_>>().iter().collect::<Vec<_>>()
        );
    }
}

#[tokio::test]
async fn the_same_op_again_gets_the_same_answer_and_no_second_event() {
    let mut server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let mut bob = Client::arrive(&server, "Bob").await;
    let hello = post(alice.lobby(), "once");
    let first = alice.ask(&hello).await;
    assert!(matches!(first, Frame::Accepted { .. }), "{first:?}");
    assert_eq!(alice.ask(&hello).await, first, "on the same connection");
    assert_eq!(alice.again().await.ask(&hello).await, first, "on another one");
    bob.post("once").await;
    alice.say("fence").await;
    bob.post("fence").await;
    assert!(!bob.has_heard(|frame| is_post(frame, "once")), "Bob hears it once");

    server.restart().await;
    let mut alice = alice.again().await;
    assert_eq!(alice.ask(&hello).await, first, "after a restart");
    assert_eq!(count(&mut alice, "once").await, 1);
}

#[tokio::test]
async fn the_same_op_many_times_at_once_is_one_event() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let mut phone = alice.again().await;
    let hello = post(alice.lobby(), "once");
    for _ in 0..25 {
        alice.send(&hello).await;
        phone.send(&hello).await;
    }
    let first = alice.answer(hello.op().unwrap()).await;
    for _ in 1..25 {
        assert_eq!(alice.answer(hello.op().unwrap()).await, first);
    }
    for _ in 0..25 {
        assert_eq!(phone.answer(hello.op().unwrap()).await, first);
    }
    assert_eq!(count(&mut alice, "once").await, 1);
}

#[tokio::test]
async fn an_op_used_for_something_else_is_refused() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let lobby = alice.lobby();
    let first = post(lobby, "one thing");
    let op = first.op().unwrap();
    let accepted = alice.ask(&first).await;
    let other_text = Command::Post { op, room: lobby, text: "another".into() };
    assert_eq!(alice.refused(&other_text).await, Code::OpReused);
    let other_kind = Command::Rename { op, name: "Alice".into() };
    assert_eq!(alice.refused(&other_kind).await, Code::OpReused);
    let garden = alice.create("garden").await;
    let other_room = Command::Post { op, room: garden, text: "one thing".into() };
    assert_eq!(alice.refused(&other_room).await, Code::OpReused);
    assert_eq!(alice.ask(&first).await, accepted, "the first answer stands");
    assert_eq!(count(&mut alice, "another").await, 0);
}

#[tokio::test]
async fn bobs_op_may_be_the_same_as_alices() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let mut bob = Client::arrive(&server, "Bob").await;
    let (room, op) = (alice.lobby(), new_op());
    let (_, first) = alice.achieve(&Command::Post { op, room, text: "Alice".into() }).await;
    let (_, second) = bob.achieve(&Command::Post { op, room, text: "Bob".into() }).await;
    assert_eq!(second, first + 1);
}

#[tokio::test]
async fn a_message_comes_back_exactly_as_it_was_written() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let mut bob = Client::arrive(&server, "Bob").await;
    for text in [
        "<script>alert(1)</script>",
        "line one\nline two\n\n\ttabbed",
        "\"quoted\" \\ back/slash",
        "Привет, 世界, שלום, 👩‍👩‍👧",
        "'; drop table events; --",
        "{\"type\":\"posted\"}",
        "one\u{2028}two\u{2029}",
    ] {
        alice.say(text).await;
        bob.post(text).await;
    }
}

fn said(event: &Event) -> Option<String> {
    match &event.what {
        What::Posted { text } => Some(text.clone()),
        _ => None,
    }
}

fn is_post(frame: &Frame, text: &str) -> bool {
    matches!(frame, Frame::Event(event) if said(event).is_some_and(|said| said == text))
}

/// How often a text stands in the lobby's log.
async fn count(client: &mut Client, text: &str) -> usize {
    let page = client.page(client.lobby(), Anchor::Newest, PAGE_EVENTS_MAX).await;
    page.events.iter().filter_map(said).filter(|said| said == text).count()
}
