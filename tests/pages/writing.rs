//! Posting, naming, opening and joining by form.

use harness::client::new_op;
use harness::{Browser, Client, Page, Server};
use shared::protocol::{Anchor, Code, Frame, Person, TEXT_CHARS_MAX, What};

fn op() -> String {
    new_op().to_string()
}

/// The value of the hidden field `op` that the page's forms carry.
fn form_op(html: &str) -> String {
    let field = html.find(r#"name="op""#).expect("a form with an op");
    let value = field + html[field..].find(r#"value=""#).unwrap() + r#"value=""#.len();
    html[value..].split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn alice_posts_by_form_and_sees_it_on_the_page() {
    let server = Server::start().await;
    let mut bob = Client::arrive(&server, "Bob").await;
    let mut alice = Browser::new(&server);
    let op = form_op(&alice.get("/r/lobby").await.text);
    let form = [("op", op.as_str()), ("text", "By hand & with ümlaut")];
    let answer = alice.post("/r/lobby/post", &form).await;
    assert_eq!(answer.status, 303);
    let back = answer.header("location").to_owned();
    assert!(back.starts_with("/r/lobby") || back.starts_with(&server.origin()), "{back}");
    assert!(alice.get("/r/lobby").await.text.contains("By hand &amp; with ümlaut"));
    let event = bob.post("By hand & with ümlaut").await;
    assert_eq!(event.by.name, Person::guest_name(event.by.id));

    // The button pressed twice, or the page reloaded.
    assert_eq!(alice.post("/r/lobby/post", &form).await.status, 303);
    bob.say("fence").await;
    bob.post("fence").await;
    let again = What::Posted { text: "By hand & with ümlaut".into() };
    assert!(
        !bob.has_heard(|frame| { matches!(frame, Frame::Event(event) if event.what == again) })
    );
}

#[tokio::test]
async fn every_page_brings_a_new_op() {
    let server = Server::start().await;
    let mut alice = Browser::new(&server);
    let first = form_op(&alice.get("/").await.text);
    let second = form_op(&alice.get("/").await.text);
    assert_ne!(first, second);
}

#[tokio::test]
async fn a_form_that_is_refused_says_why() {
    let server = Server::start().await;
    let mut alice = Browser::new(&server);
    alice.get("/").await;
    let too_long = "x".repeat(TEXT_CHARS_MAX + 1);
    for (path, field, value, code) in [
        ("/r/lobby/post", "text", " ", Code::Empty),
        ("/r/lobby/post", "text", too_long.as_str(), Code::TooLong),
        ("/r/none/post", "text", "hello?", Code::UnknownRoom),
        ("/r/none/join", "text", "", Code::UnknownRoom),
        ("/rooms", "name", "lobby", Code::RoomExists),
        ("/rooms", "name", "a/b", Code::BadName),
        ("/name", "name", " ", Code::BadName),
        ("/r/lobby/leave", "text", "", Code::LobbyIsForAll),
    ] {
        let answer = alice.post(path, &[("op", &op()), (field, value)]).await;
        refused(&mut alice, &answer, code).await;
    }
}

/// The answer leads to a page that says why.
async fn refused(browser: &mut Browser, answer: &Page, code: Code) {
    assert_eq!(answer.status, 303, "{code:?}: {}", answer.text);
    let page = browser.get(answer.header("location")).await;
    assert!(page.text.contains(code.sentence()), "{} says nothing", answer.header("location"));
}

#[tokio::test]
async fn a_form_that_is_none_is_an_error_of_its_sender() {
    let server = Server::start().await;
    let mut alice = Browser::new(&server);
    alice.get("/").await;
    let origin = server.origin();
    let form = ("content-type", "application/x-www-form-urlencoded");
    for (kind, body) in [
        (form, "text=x"),
        (form, "op=1&text=x"),
        (form, ""),
        (form, "op=%ff&text=%ff"),
        (("content-type", "application/json"), "{}"),
        (("content-type", "text/plain"), "op=1"),
    ] {
        let headers = [kind, ("origin", &*origin)];
        let answer = alice.request("POST", "/r/lobby/post", &headers, body).await;
        assert!((400..500).contains(&answer.status), "{body:?} got {}", answer.status);
    }
}

#[tokio::test]
async fn alice_takes_a_name_by_form() {
    let server = Server::start().await;
    let mut alice = Browser::new(&server);
    alice.get("/").await;
    let answer = alice.post("/name", &[("op", &op()), ("name", "Alice")]).await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    alice.post("/r/lobby/post", &[("op", &op()), ("text", "named")]).await;
    let mut bob = Client::arrive(&server, "Bob").await;
    let page = bob.page(bob.lobby(), Anchor::Newest, 10).await;
    assert!(page.events.iter().any(|event| event.by.name == "Alice"));
}

#[tokio::test]
async fn alice_opens_a_room_and_bob_joins_speaks_and_leaves_by_form() {
    let server = Server::start().await;
    let mut alice = Browser::new(&server);
    let mut bob = Browser::new(&server);
    alice.get("/").await;
    bob.get("/").await;
    let answer = alice.post("/rooms", &[("op", &op()), ("name", "# Tool Library")]).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/r/tool-library"));
    let text = [("op", op()), ("text", "May I?".into())];
    let text = text.each_ref().map(|(name, value)| (*name, value.as_str()));
    let answer = bob.post("/r/tool-library/post", &text).await;
    refused(&mut bob, &answer, Code::NotMember).await;
    assert_eq!(bob.post("/r/tool-library/join", &[("op", &op())]).await.status, 303);
    assert_eq!(
        bob.post("/r/tool-library/post", &[("op", &op()), ("text", "Drill?")]).await.status,
        303
    );
    assert!(alice.get("/r/tool-library").await.text.contains("Drill?"));
    let topic = [("op", op()), ("topic", "Saws and drills".into())];
    let topic = topic.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(alice.post("/r/tool-library/topic", &topic).await.status, 303);
    assert!(bob.get("/r/tool-library").await.text.contains("Saws and drills"));
    assert_eq!(bob.post("/r/tool-library/leave", &[("op", &op())]).await.status, 303);
}

#[tokio::test]
async fn a_form_on_another_site_does_nothing() {
    let server = Server::start().await;
    let mut alice = Browser::new(&server);
    alice.get("/").await;
    let body = format!("op={}&text=forged", op());
    let kind = ("content-type", "application/x-www-form-urlencoded");
    for from in [
        &[kind, ("origin", "https://evil.example")][..],
        &[kind, ("origin", "null")],
        &[kind, ("sec-fetch-site", "cross-site")],
    ] {
        let answer = alice.request("POST", "/r/lobby/post", from, &body).await;
        assert_eq!(answer.status, 403, "{from:?}");
    }
    assert!(!alice.get("/r/lobby").await.text.contains("forged"));
}

#[tokio::test]
async fn the_chosen_theme_is_in_the_page() {
    let server = Server::start().await;
    let mut alice = Browser::new(&server);
    alice.get("/").await;
    assert_eq!(alice.post("/theme", &[("theme", "dark")]).await.status, 303);
    assert!(alice.get("/").await.text.contains(r#"data-theme="dark""#));
}
