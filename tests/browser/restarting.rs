//! The server dies in the middle of a conversation, and nobody loses a word.

use std::time::Duration;

use harness::browser::{Person, Screen, story};
use harness::{Client, Server};
use tokio::join;

/// Lines that each of them writes before, while and after the server is gone.
const LINES: usize = 4;

/// State the goal: what was entered is there once, on both screens, in each author's order; how:
/// both write on while the server is killed, is away and comes back on the same data and port.
#[tokio::test]
async fn the_server_is_killed_while_both_write() {
    story(["Alice", "Bob"], async |server: &mut Server, [alice, bob]| {
        alice.open("/").await;
        alice.enters("/name Alice").await;
        bob.open("/").await;
        bob.enters("/name Bob").await;
        bob.until("has a name", |screen| screen.me == "Bob").await;

        join!(write(alice, 0), write(bob, 0));
        // In mid-sentence: the rest of it is typed into a page without a server.
        alice.writes("Alice 3.").await;
        bob.writes("Bob 3.").await;
        server.kill().await;
        alice.types("5\u{e007}").await;
        bob.types("5\u{e007}").await;
        join!(write(alice, LINES), write(bob, LINES));
        let away =
            alice.until("knows it", |screen| screen.status.starts_with("Reconnecting")).await;
        let waiting = away.messages().filter(|row| row.state.as_deref() == Some("pending"));
        assert_eq!(waiting.count(), LINES + 1);

        server.restart().await;
        join!(write(alice, 2 * LINES), write(bob, 2 * LINES));
        let everything = |screen: &Screen| {
            let of = |name: &str| -> Vec<String> {
                let said = screen.said().into_iter();
                said.filter(|line| line.starts_with(name)).map(str::to_owned).collect()
            };
            screen.messages().all(|row| row.state.is_none())
                && of("Alice") == lines("Alice")
                && of("Bob") == lines("Bob")
        };
        let seen_by_alice = alice.until("has everything", everything).await;
        let seen_by_bob = bob.until("has everything", everything).await;
        assert_eq!(seen_by_alice.said(), seen_by_bob.said());
        alice.connected().await;
        bob.connected().await;
        let after_reload = alice.reload().await;
        assert_eq!(after_reload.said(), seen_by_bob.said());
    })
    .await;
}

/// All that one of them writes, in order.
fn lines(name: &str) -> Vec<String> {
    let mut lines: Vec<String> = (0..3 * LINES).map(|number| format!("{name} {number}.")).collect();
    lines.insert(LINES, format!("{name} 3.5"));
    lines
}

async fn write(person: &Person, from: usize) {
    for number in from..from + LINES {
        person.says(&format!("{person} {number}.")).await;
    }
}

#[tokio::test]
async fn a_banner_appears_only_when_the_server_stays_away() {
    story(["Alice"], async |server: &mut Server, [alice]| {
        alice.open("/").await;
        alice.says("Before").await;
        alice.reads(&["Before"]).await;
        // Every banner from now on is remembered.
        alice
            .look::<()>(
                "window.banners = 0;
                 new MutationObserver(() => {
                   if (document.querySelector('.banner')) window.banners += 1;
                 }).observe(document.querySelector('.app'), { childList: true });",
            )
            .await;

        server.restart().await;
        alice.until("is connected again", |screen| screen.status == "Connected").await;
        alice.says("A moment later").await;
        alice.reads(&["Before", "A moment later"]).await;
        assert_eq!(alice.look::<u32>("return window.banners").await, 0);

        // Jitter at its longest, so that no wait ends by itself before she asks for it.
        alice.look::<()>("Math.random = () => 0.999").await;
        server.kill().await;
        alice.until("knows it", |screen| screen.status.starts_with("Reconnecting")).await;
        let screen = alice.until("reads it", |screen| !screen.banner.is_empty()).await;
        assert!(screen.banner.starts_with("Reconnecting"), "{}", screen.banner);
        alice.says("Into the void").await;
        alice.sees("Waiting for a connection").await;
        alice.screenshot("reconnecting-light").await;
        let waits_s = |screen: &Screen| -> Option<u32> {
            screen.status.strip_prefix("Reconnecting in ")?.strip_suffix(" s")?.parse().ok()
        };
        alice.until("has long to wait", |screen| waits_s(screen) >= Some(6)).await;
        server.restart().await;
        alice.clicks("Try now").await;
        alice.until("reads it no more", |screen| screen.banner.is_empty()).await;
        alice.reads(&["Before", "A moment later", "Into the void"]).await;
    })
    .await;
}

/// State the goal: who looked at the newest before an interruption looks at the newest after it;
/// how: more than a screen is said while Alice is away, and something of hers waits to be sent.
#[tokio::test]
async fn what_came_meanwhile_is_in_view_when_alice_is_back() {
    const MEANWHILE: usize = 60;
    story(["Alice"], async |server: &mut Server, [alice]| {
        alice.open("/").await;
        alice.says("See you").await;
        alice.reads(&["See you"]).await;
        alice.goes_offline().await;
        server.kill().await;
        alice.until("knows it", |screen| screen.status == "Offline").await;
        alice.says("Back in a moment").await;

        server.restart().await;
        let mut bob = Client::arrive(server, "Bob").await;
        for number in 0..MEANWHILE {
            bob.say(&format!("Meanwhile {number}")).await;
        }
        alice.has_a_good_network().await;
        alice
            .until("has everything", |screen| {
                screen.messages().all(|row| row.state.is_none())
                    && screen.said().len() == MEANWHILE + 2
            })
            .await;
        assert_eq!(alice.screen().await.said().last(), Some(&"Back in a moment"));
        alice.finds("the end", "return timeline.scrollTop >= -1").await;
        assert_eq!(alice.screen().await.jump, "");
    })
    .await;
}

#[tokio::test]
async fn without_a_network_alice_is_offline() {
    story(["Alice"], async |server: &mut Server, [alice]| {
        alice.open("/").await;
        alice.goes_offline().await;
        server.kill().await;
        alice.until("knows it", |screen| screen.status == "Offline").await;
        let screen = alice.until("reads it", |screen| !screen.banner.is_empty()).await;
        assert!(screen.banner.starts_with("You are offline."), "{}", screen.banner);
        alice.says("For later").await;
        let told = "1 message will be sent when you are back.";
        alice.until("is told", |screen| screen.banner.contains(told)).await;
        alice.screenshot("offline-light").await;
        alice.prefers("dark").await;
        alice.screenshot("offline-dark").await;

        server.restart().await;
        alice.has_a_good_network().await;
        // At once, not at the end of a wait of up to half a minute.
        let back = async { alice.reads(&["For later"]).await };
        tokio::time::timeout(Duration::from_secs(10), back).await.expect("back at once");
        alice.until("reads it no more", |screen| screen.banner.is_empty()).await;
    })
    .await;
}
