//! Read cursors and what is unread.

use harness::{Client, Server};
use shared::protocol::*;

fn unread(client: &Client) -> u32 {
    client.room("lobby").unread
}

async fn read(client: &mut Client) -> Seq {
    client
        .expect("a read cursor", |frame| match frame {
            Frame::Read { seq, .. } => Some(*seq),
            _ => None,
        })
        .await
}

#[tokio::test]
async fn the_welcome_counts_what_others_said_since_alice_read() {
    let server = Server::start().await;
    let mut bob = Client::arrive(&server, "Bob").await;
    bob.say("long before").await;
    let mut alice = Client::arrive(&server, "Alice").await;
    assert_eq!(unread(&alice), 0, "nothing is bold for a newcomer");
    let seq = alice.say("hello").await;
    for n in 1..=3 {
        bob.say(&n.to_string()).await;
    }
    bob.rename("Bob").await;
    let again = alice.again().await;
    assert_eq!(unread(&again), 3, "posts of others, and nothing else");
    assert_eq!(again.room("lobby").read, seq, "whoever speaks has read what was above");
    assert_eq!(unread(&bob.again().await), 0);
}

#[tokio::test]
async fn unread_messages_are_counted_up_to_a_hundred() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let mut bob = Client::arrive(&server, "Bob").await;
    alice.say("bye").await;
    for n in 0..120 {
        bob.send(&harness::client::post(bob.lobby(), &n.to_string())).await;
    }
    bob.post("119").await;
    assert_eq!(unread(&alice.again().await), 100);
}

#[tokio::test]
async fn what_alice_has_read_is_told_to_her_other_device_and_only_moves_forward() {
    let server = Server::start().await;
    let mut bob = Client::arrive(&server, "Bob").await;
    let mut laptop = Client::arrive(&server, "Alice").await;
    let room = laptop.lobby();
    let first = laptop.say("hello").await;
    let mut phone = laptop.again().await;
    for n in 1..=4 {
        bob.say(&n.to_string()).await;
    }
    laptop.send(&Command::MarkRead { room, seq: first + 3 }).await;
    assert_eq!(read(&mut phone).await, first + 3);
    assert_eq!(unread(&laptop.again().await), 1);
    // Back is no way.
    laptop.send(&Command::MarkRead { room, seq: first }).await;
    laptop.send(&Command::MarkRead { room, seq: first + 4 }).await;
    assert_eq!(read(&mut phone).await, first + 4);
    assert_eq!(unread(&laptop.again().await), 0);
    // Nor is the future.
    laptop.send(&Command::MarkRead { room, seq: first + 1_000 }).await;
    laptop.say("fence").await;
    bob.say("after").await;
    assert_eq!(unread(&laptop.again().await), 1);
    assert!(!bob.has_heard(|frame| matches!(frame, Frame::Read { .. })), "Bob need not know");
}

#[tokio::test]
async fn what_is_read_stays_read_after_a_restart() {
    let mut server = Server::start().await;
    let mut bob = Client::arrive(&server, "Bob").await;
    let mut alice = Client::arrive(&server, "Alice").await;
    alice.say("hello").await;
    let mut phone = alice.again().await;
    let seq = bob.say("read me").await;
    bob.say("and me").await;
    alice.send(&Command::MarkRead { room: alice.lobby(), seq }).await;
    assert_eq!(read(&mut phone).await, seq);
    server.restart().await;
    assert_eq!(unread(&alice.again().await), 1);
}
