//! Every line of the protocol, as the tutorial writes it.

use harness::plain::{field, without_time};
use harness::{Plain, Server};

#[tokio::test]
async fn a_newcomer_is_welcomed_on_both_paths() {
    let server = Server::start().await;
    for path in ["/", "/ws"] {
        let alice = Plain::arrive_at(&server, "Alice", path).await;
        let id = field(&alice.welcome, "clientId");
        let name = format!("User-{}", &id[..4]);
        assert_eq!(
            without_time(&alice.welcome),
            format!(
                r#"{{"type":"system","message":"Welcome! You are connected as {name}","clientId":"{id}","timestamp":"T"}}"#
            )
        );
        let parts: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12], "{id}");
        assert_eq!(&id[14..15], "4", "a UUID of version 4: {id}");
        assert_eq!(id, id.to_lowercase());
    }
}

#[tokio::test]
async fn the_others_see_the_newcomer_join_and_leave() {
    let server = Server::start().await;
    let mut alice = Plain::arrive(&server, "Alice").await;
    let bob = Plain::arrive(&server, "Bob").await;
    let name = bob.name();
    let joined = alice.hears(&format!("{name} joined the chat")).await;
    assert_eq!(
        without_time(&joined),
        format!(r#"{{"type":"system","message":"{name} joined the chat","timestamp":"T"}}"#)
    );
    drop(bob);
    let left = alice.hears(&format!("{name} left the chat")).await;
    assert_eq!(
        without_time(&left),
        format!(r#"{{"type":"system","message":"{name} left the chat","timestamp":"T"}}"#)
    );
    let own = format!("{} joined the chat", alice.name());
    assert!(!alice.has_heard(&own), "one's own arrival is the welcome");
}

#[tokio::test]
async fn a_chat_line_goes_to_all_but_its_sender() {
    let server = Server::start().await;
    let mut alice = Plain::arrive(&server, "Alice").await;
    let mut bob = Plain::arrive(&server, "Bob").await;
    let mut carol = Plain::arrive(&server, "Carol").await;
    alice.send(r#"{"type":"chat","content":"hi \"all\" <b>&</b> ü"}"#).await;
    for reader in [&mut bob, &mut carol] {
        let line = reader.hears(r#"hi "all" <b>&</b> ü"#).await;
        assert_eq!(
            without_time(&line),
            format!(
                r#"{{"type":"chat","username":"{}","message":"hi \"all\" <b>&</b> ü","timestamp":"T"}}"#,
                alice.name()
            )
        );
    }
    bob.say("hello").await;
    alice.hears("hello").await;
    assert!(!alice.has_heard(r#"hi "all" <b>&</b> ü"#), "not echoed");
}

#[tokio::test]
async fn a_new_name_is_told_to_all_and_to_its_owner() {
    let server = Server::start().await;
    let mut alice = Plain::arrive(&server, "Alice").await;
    let mut bob = Plain::arrive(&server, "Bob").await;
    let before = alice.name();
    alice.send(r#"{"type":"setUsername","username":"Alice"}"#).await;
    let message = format!("{before} is now known as Alice");
    for reader in [&mut alice, &mut bob] {
        let told = reader.hears(&message).await;
        assert_eq!(
            without_time(&told),
            format!(r#"{{"type":"system","message":"{message}","timestamp":"T"}}"#)
        );
    }
    alice.say("it is me").await;
    assert_eq!(field(&bob.hears("it is me").await, "username"), "Alice");
    drop(alice);
    bob.hears("Alice left the chat").await;
}

#[tokio::test]
async fn a_name_is_cut_to_twenty_characters() {
    let server = Server::start().await;
    let mut alice = Plain::arrive(&server, "Alice").await;
    let before = alice.name();
    alice.rename("Алиса в Стране чудес и дальше").await;
    alice.hears(&format!("{before} is now known as Алиса в Стране чудес")).await;
}

#[tokio::test]
async fn text_that_is_not_json_is_a_chat_line() {
    let server = Server::start().await;
    let mut alice = Plain::arrive(&server, "Alice").await;
    let mut bob = Plain::arrive(&server, "Bob").await;
    for text in ["just text", "{not json", "\"half", "{\"type\":\"chat\""] {
        alice.send(text).await;
        let line = bob.hears(text).await;
        assert_eq!(field(&line, "type"), "chat");
        assert_eq!(field(&line, "username"), alice.name());
    }
}

#[tokio::test]
async fn json_of_any_other_type_is_ignored() {
    let server = Server::start().await;
    let mut alice = Plain::arrive(&server, "Alice").await;
    let mut bob = Plain::arrive(&server, "Bob").await;
    for ignored in [
        r#"{"type":"ping"}"#,
        r#"{"type":"system","message":"I am the server"}"#,
        r#"{"type":"post","text":"wrong protocol"}"#,
        r#"{"content":"no type"}"#,
        r#"{"type":7}"#,
        r#"{"type":"chat"}"#,
        r#"{"type":"setUsername"}"#,
        "{}",
    ] {
        alice.send(ignored).await;
    }
    alice.say("fence").await;
    bob.hears("fence").await;
    let others: Vec<&str> = bob.heard().collect();
    assert!(others.is_empty(), "{others:?}");
}

/// The tutorial's server reads with JavaScript's `JSON.parse`, which takes more than Rust's text and
/// numbers can hold.
#[tokio::test]
async fn json_that_only_javascript_can_hold_is_no_chat_line() {
    let server = Server::start().await;
    let mut alice = Plain::arrive(&server, "Alice").await;
    let mut bob = Plain::arrive(&server, "Bob").await;
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    for ignored in [
        r#"{"type":"ping","half":"\ud800"}"#,
        r#"{"type":"chat","content":"\ud83d"}"#,
        r#"{"type":"ping","at":1e400}"#,
        r#"{"type":"ping","\udc00":1}"#,
        r#""\udfff""#,
        "-1e400",
        &deep,
    ] {
        alice.send(ignored).await;
    }
    // What only begins like it is none.
    let not_json = r#"{"half":"\ud800""#;
    alice.send(not_json).await;
    bob.hears(not_json).await;
    let others: Vec<&str> = bob.heard().collect();
    assert!(others.is_empty(), "{others:?}");
}

#[tokio::test]
async fn shut_down_means_1001_and_a_reason() {
    let mut server = Server::start().await;
    let mut alice = Plain::arrive(&server, "Alice").await;
    server.terminate();
    assert_eq!(alice.closed().await, (1001, "Server shutting down".into()));
    assert_eq!(server.ended().await.status.code(), Some(0));
}

#[tokio::test]
async fn where_guests_are_not_allowed_the_handshake_is_followed_by_4001() {
    let server = Server::start_with(&["--guests", "off"]).await;
    for path in ["/", "/ws"] {
        let mut socket = Plain::socket(&server, path, None).await;
        let closed = harness::client::next_text(&mut socket).await;
        assert_eq!(closed, Err(Some((4001, "Unauthorized".into()))), "{path}");
    }
}

#[tokio::test]
async fn a_page_from_a_file_connects_as_the_tutorials_does() {
    let server = Server::start().await;
    // A browser names the origin of a local file "null", and sends no cookie along.
    let mut alice = Plain::arrive_from(&server, "Alice", "/", Some("null")).await;
    let mut bob = Plain::arrive_from(&server, "Bob", "/", Some("http://localhost:3000")).await;
    bob.say("hi").await;
    alice.hears("hi").await;
}
