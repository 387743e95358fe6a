//! Nonsense and too much: a clear answer, nothing written, nobody else hurt.

use harness::client::{new_op, post};
use harness::{Client, Server};
use shared::protocol::*;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame as RawFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

/// Nothing has been written, and Bob talks on.
async fn unhurt(bob: &mut Client) {
    let head = bob.room("lobby").head;
    assert_eq!(bob.say("all is well").await, head + 1);
}

#[tokio::test]
async fn there_must_be_something_to_say_and_not_too_much() {
    let server = Server::start().await;
    let mut bob = Client::arrive(&server, "Bob").await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let lobby = alice.lobby();
    for empty in ["", " ", "\n \t\n"] {
        assert_eq!(alice.refused(&post(lobby, empty)).await, Code::Empty, "{empty:?}");
    }
    let too_long = "x".repeat(TEXT_CHARS_MAX + 1);
    assert_eq!(alice.refused(&post(lobby, &too_long)).await, Code::TooLong);
    let nul = "before\0after";
    assert_eq!(alice.refused(&post(lobby, nul)).await, Code::BadRequest);
    unhurt(&mut bob).await;
}

#[tokio::test]
async fn the_longest_message_of_the_widest_characters_arrives() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let mut bob = Client::arrive(&server, "Bob").await;
    let text = "🦀".repeat(TEXT_CHARS_MAX);
    alice.say(&text).await;
    bob.post(&text).await;
}

#[tokio::test]
async fn a_refused_op_is_free_for_the_mended_text() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let (room, op) = (alice.lobby(), new_op());
    let too_long = Command::Post { op, room, text: "x".repeat(TEXT_CHARS_MAX + 1) };
    assert_eq!(alice.refused(&too_long).await, Code::TooLong);
    alice.achieve(&Command::Post { op, room, text: "x".into() }).await;
}

#[tokio::test]
async fn what_makes_no_sense_is_told_so_and_the_connection_lives_on() {
    let server = Server::start().await;
    let mut bob = Client::arrive(&server, "Bob").await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let deep = format!(r#"{{"type":"pong","x":{}{}}}"#, "[".repeat(200), "]".repeat(200));
    for nonsense in [
        "not JSON",
        r#"{"type":"destroy"}"#,
        r#"{"type":"post","op":"1","room":"2","text":"3"}"#,
        r#"{"type":"post","text":"a","text":"b"}"#,
        r#"{"type":"markRead","seq":1e400}"#,
        r#"{"type":"welcome"}"#,
        deep.as_str(),
    ] {
        alice.send_text(nonsense).await;
        assert_eq!(alice.complaint().await, Code::BadRequest, "{nonsense}");
    }
    unhurt(&mut bob).await;
    alice.post("all is well").await;
}

#[tokio::test]
async fn who_smuggles_a_role_or_an_author_changes_nothing() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let mut bob = Client::arrive(&server, "Bob").await;
    let by = serde_json::to_string(alice.me()).unwrap();
    let (op, room) = (new_op(), alice.lobby());
    bob.send_text(&format!(
        r#"{{"type":"post","op":"{op}","room":"{room}","text":"hi","by":{by},"seq":77,"atMs":1,"role":"owner"}}"#
    ))
    .await;
    let event = alice.post("hi").await;
    assert_eq!(event.by, *bob.me());
    assert_eq!(event.seq, bob.room("lobby").head + 1);
    assert!(event.at_ms > 1);
}

#[tokio::test]
async fn ten_bad_frames_end_the_connection_of_their_sender() {
    let server = Server::start().await;
    let mut bob = Client::arrive(&server, "Bob").await;
    let mut alice = Client::arrive(&server, "Alice").await;
    for _ in 0..9 {
        alice.send_text("nonsense").await;
        assert_eq!(alice.complaint().await, Code::BadRequest);
    }
    alice.send_text("nonsense").await;
    assert_eq!(alice.closed().await.0, close::BAD_REQUESTS);
    unhurt(&mut bob).await;
    alice.again().await.say("better now").await;
}

#[tokio::test]
async fn a_frame_of_exactly_the_limit_is_read_and_a_larger_one_closes() {
    let server = Server::start().await;
    let mut bob = Client::arrive(&server, "Bob").await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let mut frame = serde_json::to_string(&post(alice.lobby(), "padded")).unwrap();
    frame.push_str(&" ".repeat(FRAME_BYTES_MAX - frame.len()));
    alice.send_text(&frame).await;
    bob.post("padded").await;
    frame.push(' ');
    alice.send_text(&frame).await;
    assert_eq!(alice.closed().await.0, close::TOO_BIG);
    bob.say("all is well").await;
}

#[tokio::test]
async fn a_message_in_many_fragments_is_bounded_as_a_whole() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let part = vec![b' '; FRAME_BYTES_MAX / 2];
    let fragment = |opcode| RawFrame::message(part.clone(), OpCode::Data(opcode), false);
    alice.send_message(Message::Frame(fragment(Data::Text))).await;
    alice.send_message(Message::Frame(fragment(Data::Continue))).await;
    alice.send_message(Message::Frame(fragment(Data::Continue))).await;
    assert_eq!(alice.closed().await.0, close::TOO_BIG);
}

#[tokio::test]
async fn text_that_is_not_utf8_closes() {
    let server = Server::start().await;
    let mut bob = Client::arrive(&server, "Bob").await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let broken = RawFrame::message(vec![b'"', 0xff, b'"'], OpCode::Data(Data::Text), true);
    alice.send_message(Message::Frame(broken)).await;
    assert_eq!(alice.closed().await.0, close::NOT_UTF8);
    unhurt(&mut bob).await;
}

#[tokio::test]
async fn a_binary_frame_hurts_nobody() {
    let server = Server::start().await;
    let mut bob = Client::arrive(&server, "Bob").await;
    let mut alice = Client::arrive(&server, "Alice").await;
    alice.send_message(Message::binary(vec![0xff; 100])).await;
    unhurt(&mut bob).await;
}
