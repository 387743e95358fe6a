//! Without a network: what was written waits on the device, also when the tab is closed, and what
//! was read is there to be read again.
//!
//! The server is killed in these stories: a browser's own emulation does not reach its workers.

use harness::browser::{Person, Screen, story};
use harness::{Client, Server};

const THREE: [&str; 3] = ["First", "Second", "Third"];

#[tokio::test]
async fn three_lines_written_offline_arrive_once_and_in_order() {
    story(["Alice", "Bob"], async |server: &mut Server, [alice, bob]| {
        alice.open("/").await;
        bob.open("/").await;
        loses_the_server(server, alice).await;
        for line in THREE {
            alice.says(line).await;
        }
        server.restart().await;
        bob.reads(&THREE).await;
        alice.reads(&THREE).await;
        waits_with(alice, 0).await;
    })
    .await;
}

#[tokio::test]
async fn what_is_written_offline_outlives_the_tab() {
    story(["Alice", "Bob"], async |server: &mut Server, [alice, bob]| {
        alice.open("/").await;
        alice.says("Before").await;
        bob.open("/").await;
        bob.reads(&["Before"]).await;
        loses_the_server(server, alice).await;
        for line in THREE {
            alice.says(line).await;
        }
        waits_with(alice, THREE.len()).await;
        alice.replaces_the_tab().await;
        server.restart().await;
        alice.open("/").await;
        let all = ["Before", "First", "Second", "Third"];
        alice.reads(&all).await;
        bob.reads(&all).await;
        waits_with(alice, 0).await;
    })
    .await;
}

#[tokio::test]
async fn a_reload_without_a_network_brings_the_room_and_a_composer() {
    story(["Alice"], async |server: &mut Server, [alice]| {
        let mut bob = Client::arrive(server, "Bob").await;
        alice.open("/").await;
        alice.enters("/create garden").await;
        alice.until("is in the garden", |screen| screen.heading == "garden").await;
        let garden = bob.again().await.room("garden").id;
        bob.join(garden).await;
        bob.say_in(garden, "What grows?").await;
        alice.says("Beans").await;
        alice.reads(&["What grows?", "Beans"]).await;
        is_ready_for_anything(alice).await;
        loses_the_server(server, alice).await;

        alice.visit("/r/garden").await;
        let read = |screen: &Screen| screen.said() == ["What grows?", "Beans"];
        let screen = alice.until("reads what she read", read).await;
        assert_eq!(screen.heading, "garden");
        assert!(screen.room("lobby").is_some());
        alice.says("And peas").await;
        alice.until("is told", |screen| screen.status.starts_with("Reconnecting")).await;
        alice.screenshot("offline-reload-light").await;
        waits_with(alice, 1).await;
        // Once more, and what waits is still there.
        alice.visit("/r/garden").await;
        alice.until("has it all", |screen| screen.said().len() == 3).await;
        alice.visit("/").await;
        alice.until("is in the lobby", |screen| screen.heading == "lobby").await;

        server.restart().await;
        alice.open("/r/garden").await;
        alice.reads(&["What grows?", "Beans", "And peas"]).await;
    })
    .await;
}

/// More than the server replays: the newest page comes, and the rest when it is wanted.
#[tokio::test]
async fn six_hundred_messages_while_away_are_announced_and_load_on_demand() {
    const MISSED: usize = 620;
    story(["Alice"], async |server: &mut Server, [alice]| {
        alice.open("/").await;
        alice.says("Good night").await;
        alice.reads(&["Good night"]).await;
        // A browser's own emulation would leave the way to the server open for a socket.
        alice
            .look::<()>(
                "window.Socket = WebSocket;
                 WebSocket = class { constructor() { throw new Error('no way') } };",
            )
            .await;
        loses_the_server(server, alice).await;
        server.restart().await;
        let mut bob = Client::arrive(server, "Bob").await;
        for number in 1..=MISSED {
            bob.say(&format!("Line {number}")).await;
        }
        alice.look::<()>("WebSocket = Socket; dispatchEvent(new Event('online'))").await;
        let newest = format!("Line {MISSED}");
        alice.until("reads the newest", |screen| screen.said().last() == Some(&&*newest)).await;
        let screen = alice.until("is told", |screen| missing(screen).is_some()).await;
        let untold = missing(&screen).unwrap() + screen.said().len();
        assert_eq!(untold, MISSED, "every one is on screen or counted");
        alice.look::<()>("timeline.scrollTop = -timeline.scrollHeight").await;
        alice.screenshot("gap-light").await;
        // Two screens are loaded ahead, and then no more until somebody reads on.
        let settled = "const rows = () => document.querySelectorAll('[data-row]').length;
             const done = arguments[arguments.length - 1];
             let before = rows();
             const look = () => {
               if (rows() === before) return done(before);
               before = rows();
               setTimeout(look, 500);
             };
             setTimeout(look, 500);";
        alice.look_long::<u32>(settled).await;
        let before = missing(&alice.screen().await).expect("not all of it is loaded");
        // From where she is: on the way to it with a pointer, reading on would load it as well.
        alice.look::<()>("document.querySelector('#gap button').click()").await;
        alice
            .until("has more", |screen| missing(screen).is_none_or(|missing| missing < before))
            .await;
    })
    .await;
}

#[tokio::test]
async fn two_tabs_send_each_of_their_lines_once() {
    story(["Alice", "Bob"], async |server: &mut Server, [alice, bob]| {
        alice.open("/").await;
        is_ready_for_anything(alice).await;
        let first = alice.tab().await;
        let second = alice.opens_a_tab().await;
        alice.open("/").await;
        bob.open("/").await;
        loses_the_server(server, alice).await;
        alice.says("From the second").await;
        alice.goes_to(&first).await;
        alice.says("From the first").await;
        waits_with(alice, 2).await;
        server.restart().await;
        let both = |screen: &Screen| {
            let mut said = screen.said();
            said.sort_unstable();
            said == ["From the first", "From the second"]
                && screen.messages().all(|row| row.state.is_none())
        };
        bob.until("reads each once", both).await;
        alice.until("has both", both).await;
        alice.goes_to(&second).await;
        alice.until("has both here", both).await;
        waits_with(alice, 0).await;

        // The first is closed with something in it; the second, which lives, sends it.
        alice.goes_to(&first).await;
        loses_the_server(server, alice).await;
        alice.says("Last words").await;
        waits_with(alice, 1).await;
        alice.closes_the_tab(&second).await;
        server.restart().await;
        alice.look::<()>("dispatchEvent(new Event('online'))").await;
        let all = |screen: &Screen| screen.said().last() == Some(&"Last words");
        bob.until("reads it", |screen| all(screen) && screen.said().len() == 3).await;
        waits_with(alice, 0).await;
    })
    .await;
}

/// State the goal: 20 lines typed while the server is killed and comes back are 20 lines for Bob,
/// once and in order; how: nobody waits for anything, the server least of all.
#[tokio::test]
async fn twenty_lines_around_a_kill_are_twenty_lines() {
    const LINES: usize = 20;
    story(["Alice", "Bob"], async |server: &mut Server, [alice, bob]| {
        alice.open("/").await;
        bob.open("/").await;
        let lines: Vec<String> = (1..=LINES).map(|number| format!("Line {number}")).collect();
        for (number, line) in lines.iter().enumerate() {
            match number {
                5 => server.kill().await,
                15 => server.restart().await,
                _ => {}
            }
            alice.enters(line).await;
        }
        bob.reads(&lines).await;
        alice.reads(&lines).await;
    })
    .await;
}

/// A browser that keeps nothing: everything works, and it says what that means.
#[tokio::test]
async fn without_a_place_to_keep_them_lines_are_sent_all_the_same() {
    story(["Alice"], async |server: &mut Server, [alice]| {
        alice
            .runs_before_each_page(
                "Object.defineProperty(window, 'indexedDB', { value: undefined })",
            )
            .await;
        alice.open("/").await;
        alice.says("Nothing is kept").await;
        alice.reads(&["Nothing is kept"]).await;
        alice.goes_offline().await;
        server.kill().await;
        alice.until("knows it", |screen| screen.status == "Offline").await;
        alice.says("This neither").await;
        let told = "lost if you close this page";
        alice.until("is told", |screen| screen.banner.contains(told)).await;
        server.restart().await;
        alice.has_a_good_network().await;
        alice.reads(&["Nothing is kept", "This neither"]).await;
    })
    .await;
}

/// Another client than the one that the worker knows: it says so, and waits to be asked.
#[tokio::test]
async fn a_newer_client_is_offered_and_nothing_is_reloaded() {
    story(["Alice"], async |_, [alice]| {
        alice.open("/").await;
        is_ready_for_anything(alice).await;
        alice.reload().await;
        alice.writes("Half a sen").await;
        // As if another version had just taken over.
        alice
            .look::<()>("navigator.serviceWorker.dispatchEvent(new Event('controllerchange'))")
            .await;
        alice.until("is offered it", |screen| screen.toast.contains("has been updated")).await;
        alice.screenshot("updated-light").await;
        alice.clicks("Reload").await;
        alice
            .until("has her draft", |screen| {
                screen.toast.is_empty() && screen.draft.as_deref() == Some("Half a sen")
            })
            .await;
    })
    .await;
}

async fn loses_the_server(server: &mut Server, person: &Person) {
    server.kill().await;
    person.until("knows it", |screen| screen.status != "Connected").await;
}

/// The worker has taken over, and the room that is on screen lies on the device.
async fn is_ready_for_anything(person: &Person) {
    person.finds("a worker", "return !!navigator.serviceWorker.controller").await;
    let shown = person.screen().await.said().last().map_or("", |line| line).to_owned();
    kept(person, "rooms", |rooms| rooms.iter().any(|room| room.contains(&shown))).await;
}

/// So many ops wait on the device.
async fn waits_with(person: &Person, count: usize) {
    kept(person, "ops", |ops| ops.len() == count).await;
}

async fn kept(person: &Person, store: &str, is: impl Fn(&[String]) -> bool) {
    let read = format!(
        "const done = arguments[arguments.length - 1];
         indexedDB.open('hubbub').onsuccess = ({{ target: {{ result: database }} }}) => {{
           database.transaction('{store}').objectStore('{store}').getAll().onsuccess =
             ({{ target }}) => {{ database.close(); done(target.result); }};
         }};"
    );
    harness::eventually(&format!("{person}'s device: {store}"), async || {
        is(&person.look_long::<Vec<String>>(&read).await).then_some(())
    })
    .await;
}

/// How many messages the gap says are missing.
fn missing(screen: &Screen) -> Option<usize> {
    let gap = screen.rows.iter().find(|row| row.text.contains("came while you were away"))?;
    gap.text.split(' ').next()?.parse().ok()
}
