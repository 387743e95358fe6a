//! Too fast: told to wait, never lost.

use harness::client::post;
use harness::{Client, Server};
use shared::protocol::*;

#[tokio::test]
async fn the_eleventh_post_in_a_burst_waits_and_then_succeeds() {
    let server = Server::start_with(&[]).await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let mut bob = Client::arrive(&server, "Bob").await;
    let posts: Vec<Command> = (1..=11).map(|n| post(alice.lobby(), &format!("word {n}"))).collect();
    for post in &posts {
        alice.send(post).await;
    }
    for post in &posts[..10] {
        let answer = alice.answer(post.op().unwrap()).await;
        assert!(matches!(answer, Frame::Accepted { .. }), "{answer:?}");
    }
    let answer = alice.answer(posts[10].op().unwrap()).await;
    let Frame::RetryAfter { after_ms, .. } = answer else { panic!("{answer:?}") };
    assert!((1..=60_000).contains(&after_ms), "{after_ms}");
    let answer = alice.insist(&posts[10]).await;
    assert!(matches!(answer, Frame::Accepted { .. }), "{answer:?}");
    for n in 1..=11 {
        bob.post(&format!("word {n}")).await;
    }
}

#[tokio::test]
async fn the_limit_is_the_persons_and_not_the_connections() {
    let server = Server::start_with(&[]).await;
    let mut laptop = Client::arrive(&server, "Alice").await;
    let mut phone = laptop.again().await;
    let mut waits = 0;
    for n in 0..8 {
        for device in [&mut laptop, &mut phone] {
            let answer = device.ask(&post(device.lobby(), &n.to_string())).await;
            waits += usize::from(matches!(answer, Frame::RetryAfter { .. }));
        }
    }
    assert!(waits > 0, "16 posts at once");
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
