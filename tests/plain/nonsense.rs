//! What one plain client does wrong, no other client feels.

use harness::{Plain, Server};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

#[tokio::test]
async fn nonsense_of_one_client_hurts_no_other() {
    let server = Server::start().await;
    let mut alice = Plain::arrive(&server, "Alice").await;
    let mut bob = Plain::arrive(&server, "Bob").await;
    let broken = Frame::message(vec![0xff, 0xfe], OpCode::Data(Data::Text), true);
    for nonsense in [
        Message::Frame(broken),
        Message::binary(vec![0; 10]),
        Message::text("x".repeat(70_000)),
        Message::text("a\0b"),
        Message::text(""),
        Message::text(r#"{"type":"setUsername","username":""}"#),
        Message::text(r#"{"type":"setUsername","username":{"a":1}}"#),
        Message::text(r#"{"type":"chat","content":["a"]}"#),
        Message::text(format!("{{\"type\":\"chat\",\"content\":\"{}\"}}", "x".repeat(8_001))),
    ] {
        let mut mallory = Plain::arrive(&server, "Mallory").await;
        let name = mallory.name();
        bob.hears(&format!("{name} joined the chat")).await;
        mallory.send_message(nonsense).await;
        drop(mallory);
        bob.hears(&format!("{name} left the chat")).await;
    }
    bob.say("still here").await;
    alice.hears("still here").await;
    let chat = alice.heard().filter(|text| text.contains(r#""type":"chat""#));
    assert_eq!(chat.count(), 0, "none of it was a message");
}

#[tokio::test]
async fn a_plain_frame_over_the_limit_closes_its_sender() {
    let server = Server::start().await;
    let mut mallory = Plain::arrive(&server, "Mallory").await;
    mallory.send(&"x".repeat(64 * 1024 + 1)).await;
    assert_eq!(mallory.closed().await.0, 1009);
}

#[tokio::test]
async fn a_plain_text_that_is_not_utf8_closes_its_sender() {
    let server = Server::start().await;
    let mut mallory = Plain::arrive(&server, "Mallory").await;
    let broken = Frame::message(vec![0xff, 0xfe], OpCode::Data(Data::Text), true);
    mallory.send_message(Message::Frame(broken)).await;
    assert_eq!(mallory.closed().await.0, 1007);
}
