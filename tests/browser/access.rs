//! What axe-core calls serious or critical does not exist, in any state, light or dark.

use harness::browser::{Person, story};
use harness::{Client, Server};

#[tokio::test]
async fn nobody_stumbles_on_a_desk() {
    story(["Alice"], async |server: &mut Server, [alice]| {
        talk(server).await;
        for theme in ["light", "dark"] {
            alice.prefers(theme).await;
            alice.open("/").await;
            stumbles_nowhere(alice, "welcome", theme).await;
            opens(alice, "summary.me").await;
            stumbles_nowhere(alice, "menu", theme).await;
            alice.press("Escape").await;
            opens(alice, "summary[aria-label='Room menu']").await;
            stumbles_nowhere(alice, "room-menu", theme).await;
            alice.press("Escape").await;
            changes(alice, theme).await;
            alice.writes("/").await;
            alice.until("is offered verbs", |screen| !screen.suggestions.is_empty()).await;
            stumbles_nowhere(alice, "completion", theme).await;
            alice.press("Backspace").await;
            alice.press("Control+k").await;
            alice.until("has the switcher", |screen| !screen.dialog.is_empty()).await;
            stumbles_nowhere(alice, "switcher", theme).await;
            alice.press("Escape").await;
            alice.until("has it no more", |screen| screen.dialog.is_empty()).await;
            alice.enters("/help").await;
            alice.until("has the sheet", |screen| !screen.dialog.is_empty()).await;
            stumbles_nowhere(alice, "shortcuts", theme).await;
            alice.open("/r/empty").await;
            stumbles_nowhere(alice, "empty", theme).await;
            alice.open("/r/nowhere").await;
            stumbles_nowhere(alice, "not-found", theme).await;
        }
    })
    .await;
}

#[tokio::test]
async fn nobody_stumbles_on_a_phone() {
    story(["Alice"], async |server: &mut Server, [alice]| {
        talk(server).await;
        alice.holds_a_phone().await;
        for theme in ["light", "dark"] {
            alice.prefers(theme).await;
            alice.open("/").await;
            stumbles_nowhere(alice, "phone-room", theme).await;
            alice.open("/?rooms").await;
            stumbles_nowhere(alice, "phone-rooms", theme).await;
        }
    })
    .await;
}

#[tokio::test]
async fn nobody_stumbles_while_the_server_is_away() {
    story(["Alice"], async |server: &mut Server, [alice]| {
        talk(server).await;
        alice.open("/").await;
        server.kill().await;
        alice.says("Are you there?").await;
        alice.until("is told", |screen| !screen.banner.is_empty()).await;
        for theme in ["light", "dark"] {
            alice.prefers(theme).await;
            stumbles_nowhere(alice, "reconnecting", theme).await;
        }
    })
    .await;
}

/// The actions of a message, the emoji in their place, and what becomes of it all.
async fn changes(alice: &Person, theme: &str) {
    alice.says("Change me").await;
    alice.finds("it is settled", "return !document.querySelector('[data-state=pending]')").await;
    points_at_the_last(alice).await;
    alice.clicks("Add reaction").await;
    stumbles_nowhere(alice, "picker", theme).await;
    alice.clicks("Heart").await;
    alice.clicks("Edit").await;
    stumbles_nowhere(alice, "editing", theme).await;
    alice.press("Control+a").await;
    alice.types("Changed").await;
    alice.press("Enter").await;
    stumbles_nowhere(alice, "changed", theme).await;
    points_at_the_last(alice).await;
    alice.clicks("Delete").await;
    stumbles_nowhere(alice, "deleted", theme).await;
}

/// Something of everything that a room may hold.
async fn points_at_the_last(alice: &Person) {
    let screen = alice.screen().await;
    let last = screen.messages().next_back().expect("a message");
    alice.points_at(&format!("#{}", last.id)).await;
}

async fn talk(server: &Server) {
    let mut bob = Client::arrive(server, "Bob").await;
    let mut carol = Client::arrive(server, "Carol").await;
    bob.rename("Bob").await;
    carol.rename("Carol").await;
    bob.create("empty").await;
    bob.say("The beans are up. Look: https://example.com/beans").await;
    bob.say("And the peas, on\ntwo lines").await;
    carol.say("אני באה מחר").await;
    carol.rename("Caroline").await;
}

/// Opens a menu by keyboard, so that no pointer rests on it.
async fn opens(person: &Person, css: &str) {
    person.look::<()>(&format!("document.querySelector(\"{css}\").focus()")).await;
    person.press("Enter").await;
}

async fn stumbles_nowhere(person: &Person, state: &str, theme: &str) {
    person.screenshot(&format!("{state}-{theme}")).await;
    let found = person.stumbles_over().await;
    assert!(found.is_empty(), "{state}, {theme}: {found:#?}");
}
