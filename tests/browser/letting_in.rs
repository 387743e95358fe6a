//! Rooms that are not for everyone: private ones, into which people are let and put out of again, and
//! direct ones; and what those may do who look after a room.

use std::time::Duration;

use harness::browser::{Person, RoomLink, Screen, story};
use harness::{Client, Server};
use shared::protocol::RoomKind;

#[tokio::test]
async fn alice_lets_bob_into_her_attic_and_puts_him_out_again() {
    story(["Alice", "Bob"], async |server: &mut Server, [alice, bob]| {
        meet(server, [alice, bob], "member").await;
        alice.press("Control+k").await;
        alice.until("has the switcher", |screen| !screen.dialog.is_empty()).await;
        alice.types("attic").await;
        alice.press("ArrowDown").await;
        alice.until("chooses a private one", |screen| screen.chosen.contains("private")).await;
        alice.screenshot("switcher-private-light").await;
        alice.press("Enter").await;
        let screen = alice.until("is in the attic", |screen| screen.heading == "attic").await;
        assert_eq!(screen.title, "# attic, Hubbub");
        assert!(screen.path.starts_with("/r/attic-"), "{}", screen.path);
        assert!(is_in(screen.room("attic"), "Rooms"));
        alice.says("Dusty up here").await;
        // Whoever is not in it finds nothing, also at its address.
        assert!(bob.screen().await.room("attic").is_none());
        assert_eq!(bob.open(&screen.path).await.heading, "This page is not here");
        bob.open("/").await;

        opens(alice, "summary.bar-count").await;
        alice.clicks("Let somebody in").await;
        alice.until("has the list", |screen| screen.chosen.contains("Bob")).await;
        alice.types("mallory").await;
        alice.sees("Nobody else called “mallory” is known here.").await;
        alice.press("Control+a").await;
        alice.types("bob").await;
        alice.until("has found him", |screen| screen.chosen.contains("Bob")).await;
        alice.press("Enter").await;
        alice.until("reads it", |screen| screen.tells("Alice let Bob in")).await;
        bob.until("has the attic", |screen| is_in(screen.room("attic"), "Rooms")).await;
        bob.clicks("attic").await;
        bob.reads(&["Dusty up here"]).await;
        bob.says("Boxes everywhere").await;
        alice.reads(&["Dusty up here", "Boxes everywhere"]).await;

        // On his way out he is told that there is none back.
        bob.clicks("Room menu").await;
        bob.clicks("Leave # attic").await;
        bob.until("is asked", |screen| screen.dialog.contains("cannot come back")).await;
        bob.screenshot("leave-private-light").await;
        bob.clicks("Cancel").await;
        bob.until("stays", |screen| screen.dialog.is_empty() && screen.heading == "attic").await;

        opens(alice, "summary.bar-count").await;
        alice.screenshot("people-light").await;
        alice.clicks("Put Bob out of this room").await;
        alice.until("reads it", |screen| screen.tells("put Bob out of the room")).await;
        let in_the_lobby = |screen: &Screen| screen.heading == "lobby";
        let screen = bob.until("is in the lobby", in_the_lobby).await;
        assert_eq!(screen.toast, "You are not in # attic any more.");
        assert!(screen.room("attic").is_none());
    })
    .await;
}

#[tokio::test]
async fn bob_writes_to_alice_where_nobody_else_reads() {
    story(["Alice", "Bob"], async |server: &mut Server, [alice, bob]| {
        meet(server, [alice, bob], "guest").await;
        opens(bob, "summary.bar-count").await;
        bob.clicks_on(".person [title='Write to Alice']").await;
        let with_alice = |screen: &Screen| screen.heading == "Alice" && screen.draft.is_some();
        let screen = bob.until("is with Alice", with_alice).await;
        assert_eq!(screen.title, "Alice, Hubbub");
        assert!(is_in(screen.room("Alice"), "Direct messages"));
        bob.says("Psst").await;
        let unread = |screen: &Screen| {
            screen.room("Bob").is_some_and(|room| room.unread == 1)
                && is_in(screen.room("Bob"), "Direct messages")
        };
        alice.until("has a line from Bob", unread).await;
        alice.screenshot("direct-light").await;
        alice.clicks("Bob").await;
        alice.says("I hear you").await;
        bob.reads(&["Psst", "I hear you"]).await;

        // The same people are the same room, whichever way one comes, and whatever they are called.
        alice.enters("/name Alicia").await;
        bob.until("sees her new name", |screen| screen.heading == "Alicia").await;
        bob.clicks("lobby").await;
        bob.until("is in the lobby", |screen| screen.heading == "lobby").await;
        bob.writes("/msg ali").await;
        bob.until("is offered her", |screen| screen.chosen == "Alicia").await;
        bob.press("Tab").await;
        bob.press("Enter").await;
        bob.until("is with her again", |screen| screen.heading == "Alicia").await;
        bob.enters("/msg Mallory").await;
        bob.sees("Nobody called “Mallory” is known here.").await;
    })
    .await;
}

#[tokio::test]
async fn alice_finds_carol_who_is_not_here() {
    story(["Alice", "Bob"], async |server: &mut Server, [alice, bob]| {
        meet(server, [alice, bob], "member").await;
        let mut carol = Client::arrive(server, "Carol").await;
        carol.rename("Carol").await;
        let carol = carol.vanish();
        opens(alice, "summary.bar-count").await;
        alice.sees("Not here just now").await;
        alice.screenshot("absent-light").await;
        alice.press("Escape").await;

        // Alice has never met her.
        alice.press("Control+k").await;
        alice.until("has the switcher", |screen| !screen.dialog.is_empty()).await;
        alice.types("caro").await;
        alice.until("has found her", |screen| screen.chosen.contains("Carol")).await;
        alice.press("Enter").await;
        alice.until("is with her", |screen| screen.heading == "Carol").await;
        let dot = "document.querySelector('.sidebar-row[aria-current] .presence')";
        alice.finds("no dot", &format!("return !{dot}")).await;
        let back = carol.connect().await;
        alice.finds("a dot", &format!("return !!{dot}")).await;
        alice.screenshot("present-light").await;
        let carol = back.vanish();
        alice.finds("no dot", &format!("return !{dot}")).await;

        alice.enters("/create private attic").await;
        alice.until("is in the attic", |screen| screen.heading == "attic").await;
        opens(alice, "summary.bar-count").await;
        alice.clicks("Let somebody in").await;
        alice.types("carol").await;
        alice.until("has found her", |screen| screen.chosen.contains("Carol")).await;
        alice.press("Enter").await;
        alice.until("has let her in", |screen| screen.tells("Alice let Carol in")).await;
        let attic = |client: &Client| {
            client.welcome.rooms.iter().any(|room| room.kind == RoomKind::Private)
        };
        assert!(attic(&carol.connect().await));
        opens(alice, "summary.bar-count").await;
        alice.clicks("Put Carol out of this room").await;
        alice.until("has put her out", |screen| screen.tells("Alice put people out")).await;
    })
    .await;
}

#[tokio::test]
async fn alice_looks_after_the_garden() {
    story(["Alice", "Bob"], async |server: &mut Server, [alice, bob]| {
        meet(server, [alice, bob], "owner").await;
        alice.enters("/create garden").await;
        alice.until("is in the garden", |screen| screen.heading == "garden").await;
        bob.open("/r/garden").await;
        bob.clicks("Join # garden").await;
        bob.says("Buy my seeds").await;

        rules(alice, &["30 s"]).await;
        bob.until("reads the rule", |screen| screen.tells("one message every 30 s")).await;
        bob.says("Really, buy them").await;
        bob.says("And my bulbs").await;
        bob.sees("Slow mode: your message goes out in 2").await;
        bob.screenshot("slow-mode-light").await;
        bob.clicks("Take back").await;
        bob.until("has it back", |screen| screen.draft.as_deref() == Some("And my bulbs")).await;
        alice.reads(&["Buy my seeds", "Really, buy them"]).await;

        rules(alice, &["Off", "Who looks after it"]).await;
        bob.sees("Only those who look after this room write here.").await;
        bob.screenshot("read-only-light").await;
        assert_eq!(bob.screen().await.draft, None);
        alice.says("Quiet, please").await;

        // What Bob wrote she takes away, or shows to the others who look after things.
        let first = alice.screen().await.messages().next().unwrap().id.clone();
        alice.points_at(&format!("#{first}")).await;
        alice.clicks("Report").await;
        alice.until("is asked why", |screen| !screen.dialog.is_empty()).await;
        alice.types("It is spam").await;
        alice.screenshot("report-light").await;
        alice.clicks("Report").await;
        alice.until("is told", |screen| screen.toast == "Reported. The admins see it.").await;
        alice.points_at(&format!("#{first}")).await;
        alice.clicks("Delete").await;
        alice.until("has it undone for a while", |screen| screen.toast.contains("Undo")).await;
        alice.goes_away().await;
        bob.until("sees it gone", |screen| screen.messages().next().unwrap().deleted).await;
    })
    .await;
}

#[tokio::test]
async fn whoever_is_signed_out_is_told_and_a_change_is_not_worth_a_word() {
    story(["Alice"], async |_, [alice]| {
        // What the server says when it ends a connection is said here by a script.
        let kept = "window.sockets = [];
                    window.WebSocket = class extends WebSocket {
                        constructor(...all) { super(...all); sockets.push(this); }
                    };";
        alice.runs_before_each_page(kept).await;
        let ends = |code: u16| {
            format!("sockets.at(-1).dispatchEvent(new CloseEvent('close', {{ code: {code} }}))")
        };
        alice.open("/").await;
        // A connection that has only begun is not given up at once.
        alice.finds("it has lasted", "return performance.now() > 5000").await;
        alice.look::<()>(&ends(4009)).await;
        alice.finds("another connection", "return sockets.length === 2").await;
        let screen = alice.connected().await;
        assert_eq!(screen.banner, "");
        alice.says("Still here").await;

        alice.look::<()>(&ends(4001)).await;
        let told = |screen: &Screen| screen.banner.contains("You are signed out.");
        let screen = alice.until("is told", told).await;
        assert_eq!(screen.status, "Signed out");
        alice.screenshot("signed-out-light").await;
        alice.says("Kept for later").await;
        let way: String = alice.look("return document.querySelector('.banner a').pathname").await;
        assert_eq!(way, "/signin");
        assert_eq!(alice.look::<usize>("return sockets.length").await, 2, "no further attempt");
    })
    .await;
}

/// Alice and Bob say who they are, and Alice becomes more than a guest.
async fn meet(server: &Server, [alice, bob]: [&Person; 2], role: &str) {
    alice.open("/").await;
    bob.open("/").await;
    alice.enters("/name Alice").await;
    bob.enters("/name Bob").await;
    bob.until("is Bob", |screen| screen.me == "Bob").await;
    alice.until("is Alice", |screen| screen.me == "Alice").await;
    let database = rusqlite::Connection::open(server.database()).unwrap();
    database.busy_timeout(Duration::from_secs(5)).unwrap();
    let promote = "update users set role = ?1 where name = 'Alice'";
    assert_eq!(database.execute(promote, [role]).unwrap(), 1);
    alice.reload().await;
}

async fn rules(alice: &Person, choices: &[&str]) {
    alice.clicks("Room menu").await;
    alice.clicks("Rules").await;
    alice.until("has the rules", |screen| !screen.dialog.is_empty()).await;
    for choice in choices {
        alice.clicks(choice).await;
    }
    alice.screenshot("rules-light").await;
    alice.clicks("Save").await;
    alice.until("has set them", |screen| screen.dialog.is_empty()).await;
}

/// Opens a menu by keyboard.
async fn opens(person: &Person, css: &str) {
    person.look::<()>(&format!("document.querySelector('{css}').focus()")).await;
    person.press("Enter").await;
}

async fn stumbles_nowhere(person: &Person, state: &str, theme: &str) {
    person.screenshot(&format!("{state}-{theme}")).await;
    let found = person.stumbles_over().await;
    assert!(found.is_empty(), "{state}, {theme}: {found:#?}");
}

fn is_in(room: Option<&RoomLink>, section: &str) -> bool {
    room.is_some_and(|room| room.section == section)
}

#[tokio::test]
async fn a_room_goes_from_the_screen_with_all_that_looks_at_it() {
    story(["Alice", "Bob"], async |server: &mut Server, [alice, bob]| {
        meet(server, [alice, bob], "owner").await;
        alice.open("/r/nowhere").await;
        alice.clicks("Go to # lobby").await;
        alice.enters("/create garden").await;
        alice.until("is in the garden", |screen| screen.heading == "garden").await;
        bob.open("/r/garden").await;
        bob.clicks("Join # garden").await;
        bob.says("Hello").await;
        alice.reads(&["Hello"]).await;
        let row = alice.screen().await.messages().next().unwrap().id.clone();
        opens(alice, "summary.bar-count").await;
        alice.points_at(&format!("#{row}")).await;
        alice.finds("the toolbar", "return !!document.querySelector('.toolbar')").await;
        alice.look::<()>("history.go(-2)").await;
        let nowhere = |screen: &Screen| screen.heading == "This page is not here";
        alice.until("is nowhere", nowhere).await;
        alice.look::<()>("history.forward()").await;
        alice.until("is in the lobby", |screen| screen.heading == "lobby").await;
    })
    .await;
}

/// What axe-core calls serious or critical is not in anything of this either.
#[tokio::test]
async fn nobody_stumbles_over_what_is_not_for_everyone() {
    story(["Alice", "Bob"], async |server: &mut Server, [alice, bob]| {
        meet(server, [alice, bob], "owner").await;
        bob.says("Hello").await;
        alice.enters("/msg Bob").await;
        alice.until("is with Bob", |screen| screen.heading == "Bob").await;
        for theme in ["light", "dark"] {
            alice.prefers(theme).await;
            stumbles_nowhere(alice, "direct", theme).await;
            alice.enters(&format!("/create private {theme}-attic Dusty")).await;
            alice.until("is in it", |screen| screen.heading.contains("attic")).await;
            stumbles_nowhere(alice, "private", theme).await;
            opens(alice, "summary.bar-count").await;
            alice.clicks("Let somebody in").await;
            alice.until("has the list", |screen| screen.chosen.contains("Bob")).await;
            stumbles_nowhere(alice, "let-in", theme).await;
            alice.types("mallory").await;
            alice.sees("Nobody else called").await;
            stumbles_nowhere(alice, "let-in-nobody", theme).await;
            alice.press("Escape").await;
            alice.until("has it no more", |screen| screen.dialog.is_empty()).await;
            alice.clicks("Room menu").await;
            alice.clicks("Rules").await;
            stumbles_nowhere(alice, "rules", theme).await;
            alice.clicks("Cancel").await;
            alice.enters("/leave").await;
            alice.until("is asked", |screen| !screen.dialog.is_empty()).await;
            stumbles_nowhere(alice, "leave", theme).await;
            alice.clicks("Cancel").await;
            alice.clicks("lobby").await;
            opens(alice, "summary.bar-count").await;
            stumbles_nowhere(alice, "people", theme).await;
            alice.press("Escape").await;
            opens(alice, "summary.me").await;
            stumbles_nowhere(alice, "me", theme).await;
            alice.press("Escape").await;
            let row = alice.reads(&["Hello"]).await.messages().next().unwrap().id.clone();
            alice.points_at(&format!("#{row}")).await;
            alice.clicks("Report").await;
            stumbles_nowhere(alice, "report", theme).await;
            alice.press("Escape").await;
            alice.until("has it no more", |screen| screen.dialog.is_empty()).await;
            alice.clicks("Bob").await;
            alice.until("is with Bob", |screen| screen.heading == "Bob").await;
        }
    })
    .await;
}
