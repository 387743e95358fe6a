//! Pages and sockets over TLS, as over anything else.

use harness::authority::Authority;
use harness::{Browser, Client, Plain, Server};

/// Whoever got this once comes back over HTTPS.
const HTTPS_ONLY: &str = "max-age=63072000; includeSubDomains";

#[tokio::test]
async fn alice_reads_and_posts_over_https_and_her_cookie_goes_nowhere_else() {
    let authority = Authority::founded();
    let server = Server::start_secure(authority.trust(), &authority.issue().options()).await;
    let mut alice = Browser::new(&server);
    let page = alice.get("/").await;
    assert_eq!(page.status, 200);
    let cookie = page.header("set-cookie");
    assert!(cookie.starts_with("__Host-hubbub_login="), "{cookie}");
    for flag in ["; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/"] {
        assert!(cookie.contains(flag), "{cookie} without {flag}");
    }
    assert!(!cookie.to_lowercase().contains("domain="), "{cookie}");
    for path in ["/", "/healthz", "/nowhere", "/pkg/nothing.js"] {
        assert_eq!(alice.get(path).await.header("strict-transport-security"), HTTPS_ONLY, "{path}");
    }
    let form = [("op", harness::client::new_op().to_string()), ("text", "Over HTTPS".into())];
    let form = form.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(alice.post("/r/lobby/post", &form).await.status, 303);
    assert!(alice.get("/r/lobby").await.text.contains("Over HTTPS"));
}

#[tokio::test]
async fn without_tls_nobody_is_told_to_come_over_https() {
    let server = Server::start().await;
    let mut alice = Browser::new(&server);
    let page = alice.get("/").await;
    assert_eq!(page.header("strict-transport-security"), "");
    assert!(!page.header("set-cookie").contains("Secure"), "{}", page.header("set-cookie"));
}

#[tokio::test]
async fn alice_in_the_browser_and_bob_with_a_script_talk_over_tls() {
    let authority = Authority::founded();
    let server = Server::start_secure(authority.trust(), &authority.issue().options()).await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let mut bob = Plain::arrive(&server, "Bob").await;
    alice.say("Hello Bob").await;
    bob.hears("Hello Bob").await;
    bob.say("Hello Alice").await;
    alice.post("Hello Alice").await;
    // Longer than what one TLS record or any buffer on the way holds.
    let long = "x".repeat(shared::protocol::TEXT_CHARS_MAX);
    for _ in 0..50 {
        alice.say(&long).await;
        bob.hears(&long).await;
    }
}

#[tokio::test]
async fn a_server_that_stops_sends_everyone_off_over_tls_too() {
    let authority = Authority::founded();
    let mut server = Server::start_secure(authority.trust(), &authority.issue().options()).await;
    let mut bob = Plain::arrive(&server, "Bob").await;
    server.terminate();
    assert_eq!(bob.closed().await, (1001, "Server shutting down".into()));
    assert_eq!(server.ended().await.status.code(), Some(0));
}
