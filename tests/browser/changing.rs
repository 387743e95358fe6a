//! Messages are edited, taken back and answered with emoji, by mouse, by keyboard and by thumb.

use harness::browser::{Person, Row, Screen, story};
use harness::client::new_op;
use harness::{Client, Server};
use shared::protocol::Command;

#[tokio::test]
async fn alice_edits_and_bob_reads_it_so() {
    story(["Alice", "Bob"], async |_, [alice, bob]| {
        alice.open("/").await;
        bob.open("/").await;
        alice.says("Tea at fuor?").await;
        bob.says("Yes").await;
        alice.reads(&["Tea at fuor?", "Yes"]).await;

        // By mouse, with something else half written.
        alice.writes("By the way").await;
        acts(alice, "Tea at fuor?", "Edit").await;
        let screen = alice.until("edits", |screen| screen.focus == "composer").await;
        assert_eq!(screen.draft.as_deref(), Some("Tea at fuor?"));
        alice.sees("Editing message").await;
        alice.screenshot("editing-light").await;
        alice.press("Control+a").await;
        alice.types("Tea at four?").await;
        alice.press("Enter").await;
        for person in [alice, bob] {
            let edited =
                |screen: &Screen| row(screen, "Tea at four?").is_some_and(|row| row.edited);
            person.until("reads it so", edited).await;
        }
        let draft = |text| move |screen: &Screen| screen.draft.as_deref() == Some(text);
        alice.until("has her draft again", draft("By the way")).await;

        // By keyboard, and then not.
        alice.press("Enter").await;
        alice.says("Bring caek").await;
        alice.press("ArrowUp").await;
        alice.until("edits her last", draft("Bring caek")).await;
        alice.press("Escape").await;
        alice.until("does not", draft("")).await;
        alice.press("ArrowUp").await;
        alice.until("does", draft("Bring caek")).await;
        alice.press("Backspace").await;
        alice.press("Backspace").await;
        alice.types("ke").await;
        alice.press("Enter").await;
        bob.reads(&["Tea at four?", "Yes", "By the way", "Bring cake"]).await;

        // The server's page says the same.
        bob.reload().await;
        bob.reads(&["Tea at four?", "Yes", "By the way", "Bring cake"]).await;
        assert!(row(&bob.screen().await, "Bring cake").unwrap().edited);
    })
    .await;
}

#[tokio::test]
async fn alice_takes_a_message_back_and_one_not() {
    story(["Alice", "Bob"], async |_, [alice, bob]| {
        alice.open("/").await;
        bob.open("/").await;
        alice.says("Stays").await;
        alice.says("Goes").await;
        bob.reads(&["Stays", "Goes"]).await;

        acts(alice, "Stays", "Delete").await;
        alice.until("sees it gone", |screen| deleted(screen) == 1).await;
        alice.clicks("Undo").await;
        alice.reads(&["Stays", "Goes"]).await;

        acts(alice, "Goes", "Delete").await;
        alice.screenshot("deleted-light").await;
        // Only when it cannot be undone any more does it leave.
        bob.until("sees it gone", |screen| deleted(screen) == 1).await;
        bob.reads(&["Stays", "Message deleted"]).await;
        bob.reload().await;
        assert_eq!(deleted(&bob.screen().await), 1);
        let bobs = bob.screen().await;
        assert!(!bobs.rows.iter().any(|row| row.text.contains("Goes")));
    })
    .await;
}

#[tokio::test]
async fn bob_answers_with_a_thumb_and_alice_joins_in() {
    story(["Alice", "Bob"], async |_, [alice, bob]| {
        alice.open("/").await;
        alice.enters("/name Alice").await;
        bob.open("/").await;
        bob.enters("/name Bob").await;
        alice.says("Done!").await;
        bob.reads(&["Done!"]).await;

        acts(bob, "Done!", "Add reaction").await;
        bob.screenshot("picker-light").await;
        bob.clicks("Thumbs up").await;
        let has = |words: &'static str| {
            move |screen: &Screen| row(screen, "Done!").is_some_and(|row| row.reactions == [words])
        };
        alice.until("sees it", has("👍, 1: Bob")).await;
        alice.clicks("👍, 1: Bob").await;
        bob.until("sees hers", has("👍, 2: Bob and Alice")).await;
        alice.until("sees hers", has("👍, 2: Bob and Alice")).await;
        alice.screenshot("reactions-light").await;
        alice.prefers("dark").await;
        alice.screenshot("reactions-dark").await;
        alice.reload().await;
        alice.until("sees it still", has("👍, 2: Bob and Alice")).await;
        let pressed: bool =
            alice.look("return !!document.querySelector('.reaction[aria-pressed=true]')").await;
        assert!(pressed, "her own is marked");
        alice.clicks("👍, 2: Bob and Alice").await;
        bob.until("sees hers gone", has("👍, 1: Bob")).await;
    })
    .await;
}

/// No pointer: to the message by K, to its actions by Enter, among them by arrows, back by Esc.
#[tokio::test]
async fn everything_about_a_message_is_done_by_keys() {
    story(["Alice"], async |server: &mut Server, [alice]| {
        let mut bob = Client::arrive(server, "Bob").await;
        bob.say("From Bob").await;
        alice.open("/").await;
        alice.press("Escape").await;
        alice.types("Mine").await;
        alice.press("Enter").await;
        alice.reads(&["From Bob", "Mine"]).await;

        alice.press("Shift+Tab").await;
        to_messages(alice).await;
        alice.press("k").await;
        alice.press("Enter").await;
        alice.until("is at its actions", |screen| screen.focus == "Add reaction").await;
        alice.press("Enter").await;
        alice.until("may choose", |screen| screen.focus == "Thumbs up").await;
        alice.press("ArrowRight").await;
        alice.until("is at the next", |screen| screen.focus == "Heart").await;
        alice.press("Enter").await;
        alice
            .until("has answered", |screen| {
                row(screen, "Mine")
                    .is_some_and(|mine| mine.reactions.len() == 1 && mine.id == screen.focus)
            })
            .await;

        // Round the end of the row's buttons, where the last is to delete.
        alice.press("Enter").await;
        alice.until("is at its actions", |screen| screen.focus == "Add reaction").await;
        for action in ["Copy text", "Edit", "Delete"] {
            alice.press("ArrowRight").await;
            alice.until(action, |screen| screen.focus == action).await;
        }
        alice.press("Escape").await;
        let on = |text: &'static str| {
            move |screen: &Screen| row(screen, text).is_some_and(|row| row.id == screen.focus)
        };
        alice.until("is back at the message", on("Mine")).await;
        alice.press("k").await;
        alice.until("is at Bob's", on("From Bob")).await;
        alice.press("Enter").await;
        alice.until("is at its actions", |screen| screen.focus == "Add reaction").await;
        let actions: Vec<String> = alice
            .look(
                "return [...document.querySelectorAll('.toolbar button')].map((one) => one.title)",
            )
            .await;
        assert_eq!(actions, ["Add reaction", "Copy text", "Report"], "it is not hers");
        alice.press("j").await;
        alice.until("is at hers", on("Mine")).await;
        let toolbars: u32 = alice.look("return document.querySelectorAll('.toolbar').length").await;
        assert!(toolbars <= 1, "{toolbars} toolbars");
    })
    .await;
}

/// A touch on a message brings what can be done with it.
#[tokio::test]
async fn on_a_phone_a_touch_brings_the_actions() {
    story(["Alice"], async |server: &mut Server, [alice]| {
        let mut bob = Client::arrive(server, "Bob").await;
        bob.say("Shall we meet at the greenhouse, or is it too cold for that?").await;
        bob.say("I bring soup").await;
        alice.holds_a_phone().await;
        alice.open("/").await;
        alice.says("Soup is good").await;
        alice.finds("no actions", "return !document.querySelector('.toolbar')").await;
        alice.clicks_on(".message:last-child .message-body").await;
        alice.clicks("Add reaction").await;
        alice.screenshot("picker-phone").await;
        let fits: bool = alice
            .look(
                "const of = document.querySelector('.toolbar').getBoundingClientRect();
                 return of.left >= 0 && of.right <= innerWidth",
            )
            .await;
        assert!(fits, "the picker is in view");
        alice.clicks("Heart").await;
        alice
            .until("has answered", |screen| screen.messages().any(|row| row.reactions.len() == 1))
            .await;
        alice.screenshot("reactions-phone").await;
        alice.prefers("dark").await;
        alice.clicks("Edit").await;
        alice.sees("Editing message").await;
        alice.screenshot("editing-phone-dark").await;
    })
    .await;
}

#[tokio::test]
async fn what_is_deleted_while_bob_is_away_is_gone_when_he_is_back() {
    story(["Bob"], async |server: &mut Server, [bob]| {
        let mut alice = Client::arrive(server, "Alice").await;
        let (room, target) = (alice.lobby(), alice.say("A secret").await);
        alice.say("Not a secret").await;
        bob.open("/").await;
        bob.reads(&["A secret", "Not a secret"]).await;
        bob.goes_offline().await;
        server.kill().await;
        bob.until("knows it", |screen| screen.status == "Offline").await;
        server.restart().await;
        let mut alice = alice.again().await;
        alice.achieve(&Command::Delete { op: new_op(), room, target }).await;
        bob.has_a_good_network().await;
        bob.reads(&["Message deleted", "Not a secret"]).await;
    })
    .await;
}

/// The page without scripts says all of it, and offers nothing that it could not do.
#[tokio::test]
async fn without_scripts_changes_are_there_to_read() {
    story(["Bob"], async |server: &mut Server, [bob]| {
        let mut alice = Client::arrive(server, "Alice").await;
        let room = alice.lobby();
        let edited = alice.say("One").await;
        let gone = alice.say("Two").await;
        let text = "First".to_owned();
        alice.achieve(&Command::Edit { op: new_op(), room, target: edited, text }).await;
        alice.achieve(&Command::Delete { op: new_op(), room, target: gone }).await;
        let emoji = "🎉".to_owned();
        alice
            .achieve(&Command::React { op: new_op(), room, target: edited, emoji, on: true })
            .await;
        bob.runs_no_scripts().await;
        bob.visit("/").await;
        let screen = bob.screen().await;
        assert_eq!(screen.said(), ["First", "Message deleted"]);
        let first = row(&screen, "First").unwrap();
        assert!(first.edited);
        assert_eq!(first.reactions.len(), 1);
        let usable: u32 =
            bob.look("return document.querySelectorAll('.reaction:not(:disabled)').length").await;
        assert_eq!(usable, 0);
    })
    .await;
}

fn row<'a>(screen: &'a Screen, text: &str) -> Option<&'a Row> {
    screen.messages().find(|row| row.text == text)
}

fn deleted(screen: &Screen) -> usize {
    screen.messages().filter(|row| row.deleted).count()
}

/// Points at a message and clicks on what can be done with it.
async fn acts(person: &Person, text: &str, action: &str) {
    let id = row(&person.screen().await, text).map(|row| row.id.clone());
    person.points_at(&format!("#{}", id.expect("the message is there"))).await;
    person.clicks(action).await;
}

/// From the composer backwards to the timeline.
async fn to_messages(person: &Person) {
    for _ in 0..9 {
        if person.screen().await.focus == "timeline" {
            return;
        }
        person.press("Shift+Tab").await;
    }
    panic!("{person} does not come to the messages by Tab");
}
