//! Peers that are not there any more, or pretend to: a ping nobody answers ends it.

use std::time::{Duration, Instant};

use harness::{Client, Plain, Server, eventually};
use shared::protocol::{Command, Frame, PING_INTERVAL_S, PONG_TIMEOUT_S};
use tokio::time::sleep;

use crate::raw::{PING, Raw};
use crate::witnesses::Witnesses;

/// A ping and its answer, the server's grain, the spread of its pings, and a busy machine.
const SILENCE_MAX: Duration = Duration::from_secs(PING_INTERVAL_S + PONG_TIMEOUT_S + 5);

/// Whoever was heard of later than this was not given the time.
const SILENCE_MIN: Duration = Duration::from_secs(PING_INTERVAL_S + PONG_TIMEOUT_S - 6);

/// Waits until Alice is told that somebody has left, which may take a whole silence. Meanwhile she
/// answers pings, as everyone does who listens.
async fn leaves(alice: &mut Plain, name: &str) {
    alice.hears_within(&format!("{name} left the chat"), SILENCE_MAX).await;
}

fn name_of(welcome: &str) -> String {
    let message = harness::plain::field(welcome, "message");
    message.rsplit(' ').next().unwrap().to_owned()
}

#[tokio::test]
async fn whoever_reads_and_never_answers_a_ping_is_gone_for_everyone() {
    let server = Server::start().await;
    let mut alice = Plain::arrive(&server, "Alice").await;
    let mut mallory = Raw::plain(&server).await;
    let began = Instant::now();
    let name = name_of(mallory.next().await.expect("a welcome").text());
    alice.hears(&format!("{name} joined the chat")).await;
    let (end, ()) = tokio::join!(mallory.end_within(SILENCE_MAX), leaves(&mut alice, &name));
    assert_eq!(end.close, Some((4002, "No pong".into())));
    assert!(end.frames.iter().any(|got| got.first == PING), "{:?}", end.frames);
    assert!(began.elapsed() > SILENCE_MIN, "a tunnel may be that long");
}

#[tokio::test]
async fn a_peer_whose_machine_froze_is_gone_for_everyone() {
    let server = Server::start().await;
    let mut alice = Plain::arrive(&server, "Alice").await;
    let mut carol = Raw::plain(&server).await;
    let name = name_of(carol.next().await.expect("a welcome").text());
    alice.hears(&format!("{name} joined the chat")).await;
    // Nothing comes of her and nothing is taken: to the server that is a line that was cut.
    leaves(&mut alice, &name).await;
    let end = carol.end().await;
    assert_eq!(end.close, Some((4002, "No pong".into())), "when her machine wakes up");
}

#[tokio::test]
async fn a_browser_that_froze_is_sent_off_and_its_person_is_not_here_any_more() {
    let server = Server::start().await;
    let mut people = Witnesses::arrive(&server).await;
    let dave = Client::arrive(&server, "Dave").await;
    let dave_is = dave.me().id;
    let mut mallory = Raw::v1_as(&dave.login).await;
    let hello = Command::Hello { epoch: None, cursors: Vec::new() };
    mallory.send_text(&serde_json::to_string(&hello).unwrap()).await;
    mallory.next().await.expect("a welcome");
    dave.vanish();
    let end = people.talk_until(mallory.end_within(SILENCE_MAX)).await;
    assert_eq!(end.close, Some((4002, "No pong".into())));
    let pings = end.frames.iter().filter(|got| got.text().contains(r#""type":"ping""#));
    assert_eq!(pings.count(), 1, "{:?}", end.frames);
    let room = people.alice.lobby();
    eventually("Dave is not here", async || {
        people.alice.send(&Command::Who { room }).await;
        let here = people.alice.expect("who is here", |frame| match frame {
            Frame::Here { people, .. } => Some(people.clone()),
            _ => None,
        });
        (!here.await.iter().any(|person| person.id == dave_is)).then_some(())
    })
    .await;
    people.talk().await;
}

/// Goal: a server at which nobody was for longer than a hello may take meets the first who comes.
#[tokio::test]
async fn whoever_comes_first_after_a_long_silence_is_met() {
    const HELLO_WAIT: Duration = Duration::from_secs(10);
    let server = Server::start().await;
    sleep(HELLO_WAIT + Duration::from_secs(2)).await;
    Client::arrive(&server, "Alice").await.say("Anybody here?").await;
}
