//! The first frames, and who is let in.

use futures_util::SinkExt;
use harness::client::next_text;
use harness::{Browser, Client, DEADLINE, Login, Server};
use shared::protocol::*;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Error, Message};

#[tokio::test]
async fn alice_is_welcomed_as_a_guest_in_the_lobby() {
    let server = Server::start().await;
    let alice = Client::arrive(&server, "Alice").await;
    assert_eq!(alice.me().name, Person::guest_name(alice.me().id));
    assert_eq!(alice.welcome.rooms.len(), 1);
    let lobby = alice.room("lobby");
    assert_eq!((lobby.kind, lobby.member, lobby.unread), (RoomKind::Lobby, true, 0));
}

#[tokio::test]
async fn alice_is_the_same_on_both_devices_and_bob_is_somebody_else() {
    let server = Server::start().await;
    let phone = Client::arrive(&server, "Alice").await;
    let laptop = phone.again().await;
    let bob = Client::arrive(&server, "Bob").await;
    assert_eq!(phone.me(), laptop.me());
    assert_ne!(phone.me().id, bob.me().id);
    assert_eq!(phone.welcome.epoch, bob.welcome.epoch);
}

#[tokio::test]
async fn alice_is_the_same_guest_after_a_restart_although_she_has_said_nothing() {
    let mut server = Server::start().await;
    let alice = Client::arrive(&server, "Alice").await;
    server.restart().await;
    assert_eq!(alice.again().await.me(), alice.me());
}

#[tokio::test]
async fn a_script_without_a_cookie_is_a_guest_too() {
    let server = Server::start().await;
    let script = Login { label: "script", browser: Browser::new(&server) };
    let mut script = script.connect().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    script.say("deployed").await;
    assert_eq!(alice.post("deployed").await.by, *script.me());
}

#[tokio::test]
async fn a_socket_that_never_says_hello_is_closed_after_ten_seconds() {
    let server = Server::start().await;
    let alice = Login::new(&server, "Alice").await;
    let mut socket = alice.socket().await.unwrap();
    let closed = timeout(DEADLINE, next_text(&mut socket));
    let (code, reason) = closed.await.expect("closed in time").unwrap_err().expect("a close frame");
    assert_eq!(code, close::SILENT);
    assert!(!reason.is_empty());
}

#[tokio::test]
async fn who_says_hello_twice_is_only_told_off() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    alice.send(&Command::Hello { epoch: None, cursors: vec![] }).await;
    assert_eq!(alice.complaint().await, Code::BadRequest);
    alice.say("still here").await;
}

#[tokio::test]
async fn where_guests_are_not_allowed_nobody_gets_in_without_a_login() {
    let server = Server::start_with(&["--guests", "off"]).await;
    let stranger = Login { label: "stranger", browser: Browser::new(&server) };
    let mut socket = stranger.socket().await.unwrap();
    // Whether the greeting is still read or not, the answer is the same.
    let hello = serde_json::to_string(&Command::Hello { epoch: None, cursors: vec![] }).unwrap();
    let _ = socket.send(Message::text(hello)).await;
    let closed = timeout(DEADLINE, next_text(&mut socket)).await.unwrap();
    assert_eq!(closed, Err(Some((close::UNAUTHORIZED, "Unauthorized".into()))));
}

#[tokio::test]
async fn a_page_of_another_site_cannot_use_alices_cookie() {
    let server = Server::start().await;
    let alice = Login::new(&server, "Alice").await;
    for origin in [Some("https://evil.example"), Some("null"), Some(""), None] {
        match alice.socket_from(origin).await {
            Err(Error::Http(answer)) => assert_eq!(answer.status(), 403, "{origin:?}"),
            Err(error) => panic!("{origin:?} got {error}"),
            Ok(_) => panic!("{origin:?} got in"),
        }
    }
    alice.connect().await;
}
