//! Cursors over breaks: exactly what was missed, then live; or a gap, or a reset.

use harness::client::post;
use harness::{Client, Server};
use shared::protocol::*;
use uuid::Uuid;

#[derive(Debug, PartialEq)]
enum Answer {
    Live(Seq),
    Gap(Seq),
    Reset(Seq),
}

async fn answer(client: &mut Client) -> Answer {
    let lobby = client.lobby();
    client
        .expect("live, gap or reset", |frame| match frame {
            Frame::Live { room, head } if *room == lobby => Some(Answer::Live(*head)),
            Frame::Gap { room, head } if *room == lobby => Some(Answer::Gap(*head)),
            Frame::Reset { room, head } if *room == lobby => Some(Answer::Reset(*head)),
            _ => None,
        })
        .await
}

/// Bob says this many things, one after the other without waiting.
async fn chatter(bob: &mut Client, posts: u64) {
    for n in 1..=posts {
        bob.send(&post(bob.lobby(), &format!("Bob {n}"))).await;
    }
    bob.post(&format!("Bob {posts}")).await;
}

fn lobby_at(client: &Client, seq: Seq) -> [Cursor; 1] {
    [Cursor { room: client.lobby(), seq }]
}

#[tokio::test]
async fn alice_comes_back_and_gets_exactly_what_she_missed_and_then_what_happens() {
    let server = Server::start().await;
    let mut bob = Client::arrive(&server, "Bob").await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let seq = alice.say("brb").await;
    let (epoch, cursor, room) = (alice.welcome.epoch, lobby_at(&alice, seq), alice.lobby());
    let away = alice.vanish();
    chatter(&mut bob, 3).await;

    let mut alice = away.resume(Some(epoch), &cursor).await;
    assert_eq!(alice.room("lobby").unread, 3);
    for n in 1..=3 {
        let event = alice.event(room).await;
        assert_eq!((event.seq, event.what), (seq + n, What::Posted { text: format!("Bob {n}") }));
    }
    assert_eq!(answer(&mut alice).await, Answer::Live(seq + 3));
    bob.say("live").await;
    let event = alice.event(room).await;
    assert_eq!((event.seq, event.what), (seq + 4, What::Posted { text: "live".into() }));
}

#[tokio::test]
async fn alice_comes_back_after_the_server_was_killed() {
    let mut server = Server::start().await;
    let mut bob = Client::arrive(&server, "Bob").await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let seq = alice.say("brb").await;
    let (epoch, cursor, room) = (alice.welcome.epoch, lobby_at(&alice, seq), alice.lobby());
    let away = alice.vanish();
    bob.say("missed").await;
    server.restart().await;
    let mut alice = away.resume(Some(epoch), &cursor).await;
    assert_eq!(alice.event(room).await.what, What::Posted { text: "missed".into() });
    assert_eq!(answer(&mut alice).await, Answer::Live(seq + 1));
}

#[tokio::test]
async fn five_hundred_missed_events_come_and_one_more_is_a_gap() {
    let server = Server::start().await;
    let mut bob = Client::arrive(&server, "Bob").await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let seq = alice.say("a long holiday").await;
    let (epoch, cursor, room) = (alice.welcome.epoch, lobby_at(&alice, seq), alice.lobby());
    let away = alice.vanish();
    chatter(&mut bob, RESUME_EVENTS_MAX).await;
    let mut alice = away.resume(Some(epoch), &cursor).await;
    for n in 1..=RESUME_EVENTS_MAX {
        assert_eq!(alice.event(room).await.seq, seq + n);
    }
    let head = seq + RESUME_EVENTS_MAX;
    assert_eq!(answer(&mut alice).await, Answer::Live(head));

    bob.say("one more").await;
    let mut alice = away.resume(Some(epoch), &cursor).await;
    assert_eq!(answer(&mut alice).await, Answer::Gap(head + 1));
    bob.say("live").await;
    assert_eq!(alice.event(room).await.seq, head + 2, "nothing of the gap is sent");
}

#[tokio::test]
async fn cursors_of_another_history_are_reset() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let head = alice.say("hello").await;
    let (epoch, room) = (alice.welcome.epoch, alice.lobby());
    let elsewhere = Some(Epoch(Uuid::new_v4()));
    let away = alice.vanish();
    for (epoch, seq) in [(elsewhere, 0), (elsewhere, head), (Some(epoch), head + 1), (None, head)] {
        let mut alice = away.resume(epoch, &[Cursor { room, seq }]).await;
        assert_eq!(answer(&mut alice).await, Answer::Reset(head), "{epoch:?} {seq}");
    }
    let mut alice = away.resume(Some(epoch), &[Cursor { room, seq: u64::MAX }]).await;
    assert_eq!(answer(&mut alice).await, Answer::Reset(head));
}

#[tokio::test]
async fn a_connected_client_asks_for_a_hole_in_the_middle() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let room = alice.lobby();
    let first = alice.say("one").await;
    alice.say("two").await;
    alice.post("two").await;
    alice.send(&Command::Resume { room, seq: first }).await;
    alice.post("two").await;
    assert_eq!(answer(&mut alice).await, Answer::Live(first + 1));
    alice.say("three").await;
    alice.post("three").await;
    alice.say("fence").await;
    alice.post("fence").await;
    let is_three = |frame: &Frame| matches!(frame, Frame::Event(event) if event.what == What::Posted { text: "three".into() });
    assert!(!alice.has_heard(is_three), "two cursors over one room would double what is said");
}

#[tokio::test]
async fn while_alice_catches_up_nothing_is_lost_and_nothing_comes_twice() {
    let server = Server::start().await;
    let mut bob = Client::arrive(&server, "Bob").await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let seq = alice.say("brb").await;
    let (epoch, cursor, room) = (alice.welcome.epoch, lobby_at(&alice, seq), alice.lobby());
    let away = alice.vanish();
    chatter(&mut bob, 100).await;
    // Twenty times Alice comes back while Bob goes on talking.
    for round in 0..20 {
        let (mut alice, ()) = tokio::join!(away.resume(Some(epoch), &cursor), async {
            for _ in 0..5 {
                bob.send(&post(room, "more")).await;
            }
        });
        for next in 1..=100 + 5 * (round + 1) {
            assert_eq!(alice.event(room).await.seq, seq + next, "round {round}");
        }
    }
}
