//! Everything by keyboard: no story here touches the pointer.

use harness::browser::{Person, story};
use harness::{Client, Server};

#[tokio::test]
async fn alice_posts_from_a_fresh_page_by_keyboard_alone() {
    story(["Alice"], async |_, [alice]| {
        alice.open("/").await;
        alice.press("Tab").await;
        assert_eq!(alice.screen().await.focus, "Skip to messages");
        alice.press("Enter").await;
        alice.until("is at the messages", |screen| screen.focus == "timeline").await;
        tab_to(alice, "composer").await;
        alice.types("No hands").await;
        alice.press("Shift+Enter").await;
        alice.types("on the mouse").await;
        alice.press("Enter").await;
        alice.reads(&["No hands\non the mouse"]).await;
        assert_eq!(alice.screen().await.focus, "composer");
    })
    .await;
}

/// Whatever can be used is a stop of the Tab key, or a neighbour of one.
#[tokio::test]
async fn everything_can_be_reached_by_tab() {
    story(["Alice"], async |server: &mut Server, [alice]| {
        let mut bob = Client::arrive(server, "Bob").await;
        bob.say("https://example.com is a link").await;
        alice.open("/").await;
        alice
            .look::<()>(
                "window.visited = new Set();
             document.addEventListener('focusin', ({ target }) => visited.add(target));",
            )
            .await;
        for _ in 0..30 {
            alice.press("Tab").await;
        }
        let missed: Vec<String> = alice
            .look(
                "return [...document.querySelectorAll('a[href], button, summary, input, textarea')]
                   .filter((one) => one.checkVisibility() && !one.disabled && one.type !== 'hidden')
                   .filter((one) => one.tabIndex >= 0 && !visited.has(one))
                   .map((one) => one.outerHTML);",
            )
            .await;
        assert!(missed.is_empty(), "{missed:#?}");
    })
    .await;
}

#[tokio::test]
async fn a_verb_is_completed_with_arrows_and_tab() {
    story(["Alice"], async |_, [alice]| {
        alice.open("/").await;
        alice.press("Escape").await;
        alice.until("may write", |screen| screen.focus == "composer").await;
        alice.types("/").await;
        let screen = alice.until("is offered verbs", |screen| !screen.suggestions.is_empty()).await;
        let verbs = screen.suggestions.len();
        assert!(screen.chosen.starts_with("/name"), "{}", screen.chosen);
        alice.press("ArrowUp").await;
        alice
            .until("is at the last", |screen| screen.chosen == screen.suggestions[verbs - 1])
            .await;
        alice.press("ArrowDown").await;
        alice.press("ArrowDown").await;
        alice.until("is at the second", |screen| screen.chosen.starts_with("/join")).await;
        alice.screenshot("completion-light").await;
        alice.press("Escape").await;
        alice.until("is offered nothing", |screen| screen.suggestions.is_empty()).await;
        assert_eq!(alice.screen().await.draft.as_deref(), Some("/"));

        alice.types("na").await;
        alice.until("is offered one", |screen| screen.suggestions.len() == 1).await;
        alice.press("Tab").await;
        alice.until("has it", |screen| screen.draft.as_deref() == Some("/name ")).await;
        assert_eq!(alice.screen().await.focus, "composer");
        alice.types("Alice").await;
        alice.press("Enter").await;
        alice.until("has her name", |screen| screen.me == "Alice").await;

        // Enter takes what is chosen, and a second one sends it.
        alice.types("/he").await;
        alice.until("is offered one", |screen| screen.suggestions.len() == 1).await;
        alice.press("Enter").await;
        alice.until("has it", |screen| screen.draft.as_deref() == Some("/help")).await;
        alice.press("Enter").await;
        alice.until("sees the sheet", |screen| screen.dialog.contains("Keyboard shortcuts")).await;
        alice.press("Escape").await;
        alice
            .until("is back", |screen| screen.dialog.is_empty() && screen.focus == "composer")
            .await;

        alice.types("/dance").await;
        alice.press("Enter").await;
        alice.sees("There is no /dance. Type / to see what there is.").await;
        assert_eq!(alice.screen().await.said(), [] as [&str; 0]);
    })
    .await;
}

#[tokio::test]
async fn the_sheet_and_the_switcher_open_and_close_by_keys() {
    story(["Alice"], async |_, [alice]| {
        alice.open("/").await;
        alice.press("?").await;
        alice.until("sees the sheet", |screen| screen.dialog.contains("Keyboard shortcuts")).await;
        alice.screenshot("shortcuts-light").await;
        alice.press("Escape").await;
        alice.until("sees it no more", |screen| screen.dialog.is_empty()).await;

        // In a field it is a question mark.
        alice.press("Escape").await;
        alice.until("may write", |screen| screen.focus == "composer").await;
        alice.press("?").await;
        alice.until("wrote it", |screen| screen.draft.as_deref() == Some("?")).await;
        assert_eq!(alice.screen().await.dialog, "");

        alice.press("Control+k").await;
        alice.until("has the switcher", |screen| screen.focus == "Search or jump to").await;
        alice.press("Control+k").await;
        alice
            .until("is back", |screen| screen.dialog.is_empty() && screen.focus == "composer")
            .await;
    })
    .await;
}

#[tokio::test]
async fn alice_moves_between_rooms_and_messages_by_keys() {
    story(["Alice"], async |server: &mut Server, [alice]| {
        alice.open("/").await;
        for name in ["attic", "garden"] {
            alice.enters(&format!("/create {name}")).await;
            alice.until("is there", |screen| screen.heading == name).await;
        }
        alice.press("Alt+ArrowUp").await;
        alice.until("is above it", |screen| screen.heading != "garden").await;
        alice.press("Alt+ArrowDown").await;
        alice.until("is in the garden again", |screen| screen.heading == "garden").await;

        let mut bob = Client::arrive(server, "Bob").await;
        let garden = bob.room("garden").id;
        bob.join(garden).await;
        for text in ["One", "Two", "Three"] {
            bob.say_in(garden, text).await;
        }
        alice.reads(&["One", "Two", "Three"]).await;
        tab_to(alice, "timeline").await;
        for (key, text) in [("k", "Three"), ("k", "Two"), ("k", "One"), ("j", "Two")] {
            alice.press(key).await;
            alice.until(key, |screen| screen.focus.ends_with(row(screen, text))).await;
        }
        alice.press("ArrowUp").await;
        alice.until("is at the first", |screen| screen.focus == row(screen, "One")).await;
        alice.press("Escape").await;
        alice.until("may write", |screen| screen.focus == "composer").await;
    })
    .await;
}

/// Whoever has scrolled goes on from what they look at, not from far below.
#[tokio::test]
async fn the_first_step_among_messages_stays_in_view() {
    story(["Alice"], async |server: &mut Server, [alice]| {
        let mut bob = Client::arrive(server, "Bob").await;
        for number in 0..60 {
            bob.say(&format!("Line {number}")).await;
        }
        alice.open("/").await;
        alice.until("reads on", |screen| screen.said().contains(&"Line 59")).await;
        for (key, edge) in [("k", "bottom"), ("j", "top")] {
            alice.look::<()>("timeline.focus(); timeline.scrollTop = -700").await;
            alice.finds("the way back", "return !!document.querySelector('.jump')").await;
            alice.press(key).await;
            let distance: f64 = alice
                .look(&format!(
                    "const of = (one) => one.getBoundingClientRect().{edge};
                     return of(document.activeElement.closest('.message')) - of(timeline)"
                ))
                .await;
            assert!(distance.abs() < 60.0, "{key} went {distance} px from the {edge}");
            let scrolled: f64 = alice.look("return timeline.scrollTop").await;
            assert!((scrolled + 700.0).abs() < 60.0, "{key} scrolled to {scrolled}");
        }
    })
    .await;
}

/// In a window as low as zoom makes it, what Enter would act on can be seen.
#[tokio::test]
async fn the_chosen_line_is_in_view_in_a_low_window() {
    const CHOSEN: &str =
        "const inside = (one, box) => one.top >= box.top && one.bottom <= box.bottom;
        const chosen = document.querySelector('[role=option][aria-selected=true]');
        const place = chosen.getBoundingClientRect();
        return inside(place, chosen.parentElement.getBoundingClientRect())
          && inside(place, { top: 0, bottom: innerHeight })";
    story(["Alice"], async |server: &mut Server, [alice]| {
        let mut bob = Client::arrive(server, "Bob").await;
        for number in 0..12 {
            bob.create(&format!("room-{number}")).await;
        }
        alice.has_a_window((720, 300), false).await;
        alice.open("/").await;
        alice.press("Control+k").await;
        alice.until("has the switcher", |screen| !screen.chosen.is_empty()).await;
        alice.press("ArrowUp").await;
        alice.until("is at the last", |screen| screen.chosen.contains("User-")).await;
        alice.finds("it in view", CHOSEN).await;
        alice.press("ArrowDown").await;
        alice.until("is at the first", |screen| screen.chosen.contains("lobby")).await;
        alice.finds("it in view", CHOSEN).await;
        alice.press("Escape").await;
        alice.until("is back", |screen| screen.dialog.is_empty()).await;

        alice.writes("/").await;
        alice.until("is offered verbs", |screen| screen.chosen.starts_with("/name")).await;
        alice.finds("it in view", CHOSEN).await;
        alice.press("ArrowUp").await;
        alice.until("is at the last", |screen| screen.chosen.starts_with("/help")).await;
        alice.finds("it in view", CHOSEN).await;
    })
    .await;
}

fn row<'a>(screen: &'a harness::browser::Screen, text: &str) -> &'a str {
    let mut rows = screen.messages();
    rows.find(|row| row.text == text).map_or("nowhere", |row| row.id.as_str())
}

/// Presses Tab until the focus is there. From anywhere on the page it is a few stops away.
async fn tab_to(person: &Person, id: &str) {
    const STOPS_MAX: usize = 30;
    for _ in 0..STOPS_MAX {
        if person.screen().await.focus == id {
            return;
        }
        person.press("Tab").await;
    }
    panic!("{person} does not come to {id} by Tab");
}
