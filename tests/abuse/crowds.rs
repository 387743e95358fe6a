//! Very many sockets at once, or one after the other: all is given back, nobody loses anything.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream::{FuturesUnordered, iter};
use harness::client::post;
use harness::{DEADLINE, Login, Server};
use shared::protocol::*;
use tokio::time::timeout;

use crate::raw::{PING, PONG, Raw, frame};
use crate::witnesses::{Vitals, Witnesses, one_crowd_at_a_time, sockets};

/// Handshakes on their way at once: as many as the server's queue of new connections holds easily.
const AT_ONCE: usize = 64;

/// What stays of a crowd that has come and gone before: every guest is a row of the database, and
/// the caches of its readers fill with them, up to a bound of their own. Measured: 3 to 7 MiB; a
/// kilobyte that is lost with each of 20,000 visits would be more.
const LEFTOVER_BYTES_MAX: u64 = 14 << 20;

fn hello(epoch: Option<Epoch>, cursors: Vec<Cursor>) -> String {
    serde_json::to_string(&Command::Hello { epoch, cursors }).unwrap()
}

async fn crowd(server: &Server, wanted: usize) -> Vec<Raw> {
    iter(0..wanted).map(|_| Raw::plain(server)).buffer_unordered(AT_ONCE).collect().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_thousand_idle_sockets_leave_others_alone_and_are_given_back() {
    let _alone = one_crowd_at_a_time().await;
    let server = Server::start().await;
    let mut people = Witnesses::arrive(&server).await;
    let wanted = sockets(5_000);
    let start = Vitals::of(&server).await;
    let mut before = start;
    // The first time fills what the allocator keeps; the second one must not take more.
    for round in 0..2 {
        let idle = crowd(&server, wanted).await;
        let full = Vitals::of(&server).await;
        assert_eq!(full.connections, start.connections + wanted);
        for _ in 0..10 {
            people.talk().await;
        }
        drop(idle);
        let leftover = if round == 0 { full.resident_bytes } else { LEFTOVER_BYTES_MAX };
        before.back(&server, leftover).await;
        people.talk().await;
        before = Vitals { resident_bytes: server.resident_bytes(), ..start };
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_who_open_a_socket_say_hello_and_vanish_leave_nothing_behind() {
    const VISITS: usize = 20_000;
    const VISITS_WAIT: Duration = Duration::from_secs(12);
    /// So many visits fill most of what is kept on purpose, before anything is measured.
    const WARM_UP: usize = 4_000;
    /// The first visits also fill the allocator.
    const VISIT_BYTES_MAX: u64 = 8 << 10;
    let _alone = one_crowd_at_a_time().await;
    let server = Server::start().await;
    let mut people = Witnesses::arrive(&server).await;
    let start = Vitals::of(&server).await;
    let visits = async |visits: usize| {
        let began = Instant::now();
        let visit = |number: usize| {
            let server = &server;
            async move {
                if began.elapsed() > VISITS_WAIT {
                    return 0;
                }
                let mut mallory = Raw::v1(server).await;
                mallory.send_text(&hello(None, Vec::new())).await;
                // A few wait for the welcome, a few send half a frame more; most break off at once.
                match number % 8 {
                    0 => drop(mallory),
                    1 => {
                        mallory.next().await;
                        mallory.break_off();
                    }
                    2 => {
                        mallory.send(&[0x81, 0xfe, 0x01]).await;
                        mallory.break_off();
                    }
                    _ => mallory.break_off(),
                }
                1
            }
        };
        iter(0..visits).map(visit).buffer_unordered(AT_ONCE).fold(0, async |a, b| a + b).await
    };
    visits(WARM_UP).await;
    start.back(&server, WARM_UP as u64 * VISIT_BYTES_MAX).await;
    people.talk().await;
    let before = Vitals { resident_bytes: server.resident_bytes(), ..start };
    let (visited, ()) = tokio::join!(visits(VISITS), async {
        for _ in 0..20 {
            people.talk().await;
        }
    });
    assert!(visited >= WARM_UP, "only {visited} visits in {VISITS_WAIT:?}");
    before.back(&server, LEFTOVER_BYTES_MAX).await;
    people.talk().await;
}

/// Somebody who comes back with a cursor, again and again.
struct Regular {
    login: Login,
    /// The newest message of the lobby that was seen.
    seq: Seq,
}

impl Regular {
    /// Comes back, is brought up, hears everything up to `upto` and vanishes. How long it took to
    /// be brought up.
    async fn come_back(&mut self, epoch: Epoch, room: RoomId, upto: Seq) -> Duration {
        let began = Instant::now();
        let mut raw = Raw::v1_as(&self.login).await;
        raw.send_text(&hello(Some(epoch), vec![Cursor { room, seq: self.seq }])).await;
        let mut back = None;
        while back.is_none() || self.seq < upto {
            let got = raw.next().await.expect("the next frame");
            if got.first == PING {
                raw.send(&frame(PONG, &got.payload)).await;
                continue;
            }
            match serde_json::from_str(got.text()).expect("a whole frame") {
                Frame::Event(event) if event.room == room => {
                    assert_eq!(event.seq, self.seq + 1, "nothing is missing, nothing comes twice");
                    self.seq = event.seq;
                }
                Frame::Live { .. } => back = Some(began.elapsed()),
                Frame::Gap { .. } | Frame::Reset { .. } => panic!("{}", got.text()),
                _ => {}
            }
        }
        raw.break_off();
        back.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_come_back_in_the_same_second_and_each_gets_everything_once() {
    const REGULARS: usize = 2_000;
    const ROUNDS: usize = 4;
    /// Said while they are away, and while they come back.
    const LINES: usize = 10;
    const BACK_MAX: Duration = Duration::from_secs(10);
    let _alone = one_crowd_at_a_time().await;
    let server = Server::start().await;
    let mut people = Witnesses::arrive(&server).await;
    let (epoch, room) = (people.alice.welcome.epoch, people.alice.lobby());
    let seq = people.alice.say("the beginning").await;
    let mut regulars: Vec<Regular> = iter(0..sockets(REGULARS))
        .map(async |_| Regular { login: Login::new(&server, "a regular").await, seq })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let mut head = seq;
    for round in 0..ROUNDS {
        for line in 0..LINES {
            head = people.alice.say(&format!("{round} away {line}")).await;
        }
        let upto = head + LINES as Seq;
        let all: FuturesUnordered<_> =
            regulars.iter_mut().map(|regular| regular.come_back(epoch, room, upto)).collect();
        let all = all.collect::<Vec<Duration>>();
        let talk = async {
            for line in 0..LINES {
                people.bob.achieve(&post(room, &format!("{round} back {line}"))).await;
            }
        };
        let (all, ()) = timeout(DEADLINE * 2, async { tokio::join!(all, talk) })
            .await
            .expect("everyone is brought up");
        let slowest = all.into_iter().max().unwrap();
        assert!(slowest < BACK_MAX, "the last was back after {slowest:?}");
        head = upto;
    }
    assert!(regulars.iter().all(|regular| regular.seq == head));
    people.talk().await;
}
