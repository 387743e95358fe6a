//! Bob's browser runs no scripts: he reads, pages, writes, is renamed and finds rooms all the same.

use harness::browser::{Person, Screen, story};
use harness::{Client, Server};

#[tokio::test]
async fn bob_takes_part_without_scripts() {
    story(["Bob"], async |server: &mut Server, [bob]| {
        let mut alice = Client::arrive(server, "Alice").await;
        alice.rename("Alice").await;
        for number in 1..=120 {
            alice.say(&format!("Line {number}")).await;
        }
        bob.runs_no_scripts().await;

        // The text is in the page as it comes.
        bob.visit("/").await;
        let screen = bob.screen().await;
        assert_eq!(screen.said().last(), Some(&"Line 120"));
        assert_eq!(screen.messages().next_back().unwrap().by, "Alice");
        let first = screen.said()[0].to_owned();

        bob.clicks("Earlier messages").await;
        let screen = bob.until("is a page further up", |screen| screen.said()[0] != first).await;
        assert!(screen.path.contains("before="), "{}", screen.path);
        let number = |line: &str| line.trim_start_matches("Line ").parse::<u32>().unwrap();
        let pages_meet = number(screen.said().last().unwrap()) + 1 == number(&first);
        assert!(pages_meet, "{:?} and {first:?}", screen.said().last());
        bob.clicks("Earlier messages").await;
        bob.until("is at the beginning", |screen| screen.said()[0] == "Line 1").await;
        bob.clicks("Jump to latest").await;
        bob.until("is at the end", |screen| screen.said().last() == Some(&"Line 120")).await;
        assert_eq!(bob.screen().await.jump, "");

        bob.clicks_on("#composer").await;
        bob.types("From a form").await;
        bob.clicks("Send").await;
        alice.post("From a form").await;
        bob.until("reads his line", |screen| screen.said().last() == Some(&"From a form")).await;

        bob.clicks_on(".guest input[name=name]").await;
        bob.types("Bob").await;
        bob.press("Enter").await;
        bob.until("has his name", |screen| screen.me == "Bob").await;
        bob.screenshot("without-scripts").await;

        bob.clicks_on(".sidebar-create input[name=name]").await;
        bob.types("shed").await;
        bob.press("Enter").await;
        bob.until("is in the shed", |screen| screen.heading == "shed").await;
        bob.clicks_on("#composer").await;
        bob.types("Tools are here").await;
        bob.clicks("Send").await;
        bob.until("reads his line", |screen| screen.said() == ["Tools are here"]).await;
        bob.clicks("Room menu").await;
        bob.clicks("Leave # shed").await;
        bob.until("is in the lobby", |screen| screen.heading == "lobby").await;

        bob.clicks_on(".sidebar-create input[name=name]").await;
        bob.types("attic").await;
        bob.clicks_on(".sidebar-create input[name=private]").await;
        bob.clicks("Create").await;
        let screen = bob.until("is in his attic", |screen| screen.heading == "attic").await;
        assert!(screen.path.starts_with("/r/attic-"), "{}", screen.path);
        bob.screenshot("without-scripts-private").await;

        alice.create("garden").await;
        bob.visit("/r/garden").await;
        bob.clicks("Join # garden").await;
        bob.until("is in the garden", is_member("garden")).await;
    })
    .await;
}

/// Refusals come back with the page that they belong to.
#[tokio::test]
async fn a_refused_form_says_why() {
    story(["Bob"], async |server: &mut Server, [bob]| {
        let mut alice = Client::arrive(server, "Alice").await;
        alice.rename("Alice").await;
        bob.runs_no_scripts().await;
        bob.visit("/").await;
        rename_to(bob, "Alice").await;
        bob.sees("name").await;
        bob.finds("the reason", "return !!document.querySelector('.refused[role=alert]')").await;
    })
    .await;
}

async fn rename_to(bob: &Person, name: &str) {
    bob.clicks_on(".guest input[name=name]").await;
    bob.types(name).await;
    bob.press("Enter").await;
}

fn is_member(name: &str) -> impl Fn(&Screen) -> bool {
    move |screen| screen.room(name).is_some_and(|room| room.section == "Rooms")
}
