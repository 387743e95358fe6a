//! What is taken away is gone at once: from the page of whom it concerns, and before everybody else's
//! eyes. One is removed from a room, signed out, kept out, banned.

use std::time::{Duration, Instant};

use harness::browser::{Person, Screen, story};
use harness::{Browser, Client, Login, Server};
use shared::protocol::{Command, OpId, RoomId, RoomName};
use uuid::Uuid;

use crate::accounts::{
    PASSWORD, fills_account, invites, is_at, joins, opens_person, sets_up, signs_in,
};

/// From the click to what the other sees. ABUSE.md, 21, has the sockets closed within one second; the
/// page then has to notice.
const SOON: Duration = Duration::from_secs(4);

#[tokio::test]
async fn who_is_removed_from_a_private_room_has_it_no_more() {
    story(["Bob"], async |server: &mut Server, [bob]| {
        let mut carol = member(server, "Carol").await;
        bob.visit("/signup").await;
        fills_account(bob, "Bob Brandt").await;
        bob.clicks("Create account").await;
        bob.connected_as("Bob Brandt").await;
        bob.says("Hello").await;
        let room = private_room(&mut carol, "board").await;
        let person = carol.post("Hello").await.by.id;
        carol.achieve(&Command::Add { op: OpId(Uuid::now_v7()), room, person }).await;
        bob.until("is let in", has_the_board).await;
        bob.clicks("board").await;
        bob.until("is in it", |screen| screen.heading.contains("board")).await;
        carol.say_in(room, "For the board").await;
        bob.reads(&["For the board"]).await;
        let path = bob.screen().await.path;

        carol.achieve(&Command::Remove { op: OpId(Uuid::now_v7()), room, person }).await;
        let is_read = |screen: &Screen| screen.said().iter().any(|text| text.contains("board"));
        let gone = |screen: &Screen| !has_the_board(screen) && !is_read(screen);
        soon(bob, "has it no more", async || {
            bob.until("has it no more", gone).await;
        })
        .await;
        bob.visit(&path).await;
        let status = "return performance.getEntriesByType('navigation')[0].responseStatus";
        assert_eq!(bob.look::<u16>(status).await, 404);
    })
    .await;
}

#[tokio::test]
async fn who_is_signed_out_everywhere_sees_it_at_once() {
    story(["Mara", "Bob"], async |server: &mut Server, [mara, bob]| {
        let mut carol = arrive(server, mara, bob).await;
        opens_person(mara, "Bob Brandt").await;
        mara.clicks("Sign out everywhere").await;
        loses_the_chat(bob).await;
        mara.sees("They are signed out everywhere.").await;
        // He may come again; what he says is heard.
        signs_in(bob, "Bob Brandt", PASSWORD).await;
        bob.connected_as("Bob Brandt").await;
        bob.says("Here again").await;
        carol.post("Here again").await;
    })
    .await;
}

#[tokio::test]
async fn who_is_kept_out_comes_in_again_when_they_may() {
    story(["Mara", "Bob"], async |server: &mut Server, [mara, bob]| {
        arrive(server, mara, bob).await;
        opens_person(mara, "Bob Brandt").await;
        mara.clicks("Deactivate").await;
        loses_the_chat(bob).await;
        signs_in(bob, "Bob Brandt", PASSWORD).await;
        bob.finds("why not", "return !!document.querySelector('.field-error')").await;
        mara.sees("Deactivated").await;
        opens_person(mara, "Bob Brandt").await;
        mara.clicks("Let in again").await;
        mara.sees("They may come in again.").await;
        signs_in(bob, "Bob Brandt", PASSWORD).await;
        bob.connected_as("Bob Brandt").await;
    })
    .await;
}

#[tokio::test]
async fn who_is_banned_is_gone_before_everybodys_eyes() {
    story(["Mara", "Bob"], async |server: &mut Server, [mara, bob]| {
        let mut carol = arrive(server, mara, bob).await;
        opens_person(mara, "Bob Brandt").await;
        mara.clicks("Ban").await;
        mara.clicks_on("form[action$='/ban'] button").await;
        loses_the_chat(bob).await;
        mara.sees("They are banned.").await;
        carol.say("Where is Bob?").await;
        // Where guests are let in he is one, like everybody else who comes by.
        let screen = bob.open("/r/lobby").await;
        assert!(screen.me.starts_with("User-"), "{}", screen.me);
        signs_in(bob, "Bob Brandt", PASSWORD).await;
        bob.finds("why not", "return !!document.querySelector('.field-error')").await;

        // What he wrote stays, and he is not among those who are here.
        let screen = mara.open("/r/lobby").await;
        assert_eq!(screen.said(), ["I grow beans", "Where is Bob?"]);
        let by: Vec<&str> = screen.messages().map(|row| row.by.as_str()).collect();
        assert_eq!(by[0], "Bob Brandt");
        let mut is_here = carol.again().await;
        is_here.say("Let us go on").await;
        mara.reads(&["I grow beans", "Where is Bob?", "Let us go on"]).await;
    })
    .await;
}

/// Mara owns it, Bob has joined and said something, Carol looks on.
async fn arrive(server: &Server, mara: &Person, bob: &Person) -> Client {
    sets_up(mara, server).await;
    let link = invites(mara, 1).await;
    joins(bob, &link, "Bob Brandt").await;
    bob.connected_as("Bob Brandt").await;
    let mut carol = Client::arrive(server, "Carol").await;
    bob.says("I grow beans").await;
    carol.post("I grow beans").await;
    carol
}

/// His page says it by itself; nobody has touched it.
async fn loses_the_chat(bob: &Person) {
    soon(bob, "is told", async || {
        let told = "return location.pathname === '/signin'
          || !!document.querySelector('.banner')?.innerText";
        bob.finds("is told", told).await;
    })
    .await;
    bob.visit("/").await;
    bob.finds("has to sign in", "return !!document.querySelector('form[action=\"/signin\"]')")
        .await;
    is_at(bob, "/").await;
}

async fn soon(person: &Person, what: &str, wait: impl AsyncFnOnce()) {
    let begun = Instant::now();
    wait().await;
    let took = begun.elapsed();
    assert!(took <= SOON, "{person} {what} after {took:?} only");
}

/// Somebody with an account, over `hubbub.v1`.
async fn member(server: &Server, name: &'static str) -> Client {
    let mut browser = Browser::new(server);
    let page = browser.post("/signup", &[("name", name), ("password", PASSWORD)]).await;
    assert_eq!(page.status, 303, "{}", page.text);
    Login { label: name, browser }.connect().await
}

/// Its name has an ending of its own in the address.
fn has_the_board(screen: &Screen) -> bool {
    screen.rooms.iter().any(|room| room.name.starts_with("board"))
}

async fn private_room(carol: &mut Client, name: &str) -> RoomId {
    let create = Command::CreateRoom {
        op: OpId(Uuid::now_v7()),
        name: RoomName::parse(name).unwrap(),
        topic: String::new(),
        private: true,
    };
    carol.achieve(&create).await.0
}
