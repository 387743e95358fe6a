//! Too fast: told to wait, never lost.

use harness::client::post;
use harness::{Client, Server};
use shared::protocol::*;

/// More than a burst, even where the machine is so slow that the bucket fills meanwhile.
const MANY: usize = 40;

#[tokio::test]
async fn after_ten_posts_in_a_burst_alice_waits_and_then_succeeds() {
    let server = Server::start_with(&[]).await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let mut bob = Client::arrive(&server, "Bob").await;
    let posts: Vec<Command> =
        (0..MANY).map(|n| post(alice.lobby(), &format!("word {n}"))).collect();
    for post in &posts {
        alice.send(post).await;
    }
    let mut waiting = Vec::new();
    for (n, post) in posts.iter().enumerate() {
        match alice.answer(post.op().unwrap()).await {
            Frame::Accepted { .. } => {}
            Frame::RetryAfter { after_ms, .. } => {
                assert!(n >= 10, "ten may go at once, not {n}");
                assert!((1..=60_000).contains(&after_ms), "{after_ms}");
                waiting.push(n);
            }
            other => panic!("{other:?}"),
        }
    }
    let first = *waiting.first().expect("some have to wait");
    let answer = alice.insist(&posts[first]).await;
    assert!(matches!(answer, Frame::Accepted { .. }), "{answer:?}");
    bob.post(&format!("word {first}")).await;
    let refused = waiting[1..].iter().map(|n| What::Posted { text: format!("word {n}") });
    for what in refused {
        let is = |frame: &Frame| matches!(frame, Frame::Event(event) if event.what == what);
        assert!(!bob.has_heard(is), "what was told to wait was not said");
    }
}

#[tokio::test]
async fn the_limit_is_the_persons_and_not_the_connections() {
    let server = Server::start_with(&[]).await;
    let mut laptop = Client::arrive(&server, "Alice").await;
    let mut phone = laptop.again().await;
    let (mut said, mut waits) = (0, 0);
    while waits == 0 {
        for device in [&mut laptop, &mut phone] {
            match device.ask(&post(device.lobby(), &said.to_string())).await {
                Frame::Accepted { .. } => said += 1,
                _ => waits += 1,
            }
        }
        assert!(said < MANY, "both together said {said} at once");
    }
    assert!(said >= 10, "{said}");
    let mut bob = Client::arrive(&server, "Bob").await;
    bob.say("nobody else waits").await;
}

#[tokio::test]
async fn an_op_that_was_accepted_gets_its_answer_however_fast_it_is_asked_for() {
    let server = Server::start_with(&[]).await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let hello = post(alice.lobby(), "hello");
    let first = alice.ask(&hello).await;
    for _ in 0..3 {
        let answer = alice.insist(&hello).await;
        assert_eq!(answer, first);
    }
}
