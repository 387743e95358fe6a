//! Readers that are slow, or do not read at all: bounded memory, whole frames, nobody else waits.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use harness::client::{new_op, post};
use harness::{Client, DEADLINE, Login, Server};
use shared::protocol::*;
use tokio::time::{sleep, timeout};

use crate::raw::{CLOSE, PING, PONG, Raw, TEXT, frame};
use crate::witnesses::{LINE_MAX, Witnesses};

/// `BLOCKED_MAX` of the server, its grain, the next look at the clock, and a busy machine.
const BLOCKED_MAX: Duration = Duration::from_secs(30 + 5);

/// The longest message there is, in bytes of UTF-8: all of it outside the first plane.
fn long_text(number: usize) -> String {
    let number = format!("{number:08}");
    format!("{number}{}", "🐝".repeat(TEXT_CHARS_MAX - number.len()))
}

fn number_in(text: &str) -> usize {
    text[..8].parse().unwrap()
}

/// Says hello and reads up to the end of the answer.
async fn greet(raw: &mut Raw) {
    let hello = Command::Hello { epoch: None, cursors: Vec::new() };
    raw.send_text(&serde_json::to_string(&hello).unwrap()).await;
    let welcome = raw.next().await.expect("a welcome");
    assert!(welcome.text().contains(r#""type":"welcome""#), "{}", welcome.text());
}

fn event_of(frame: &Frame) -> Option<(Seq, &str)> {
    match frame {
        Frame::Event(Event { seq, what: What::Posted { text }, .. }) => Some((*seq, text)),
        _ => None,
    }
}

#[tokio::test]
async fn whoever_never_reads_ten_megabytes_costs_little_and_is_sent_off_after_thirty_seconds() {
    /// Ten megabytes of messages of 32 kB.
    const POSTS: usize = 330;
    /// The tails, the kernel's buffers not counted, and what a message takes on its way.
    const GROWTH_MAX: u64 = 16 << 20;
    let server = Server::start().await;
    let mut people = Witnesses::arrive(&server).await;
    let login = Login::new(&server, "Mallory").await;
    let mut mallory = Raw::narrow(&login).await;
    greet(&mut mallory).await;
    let before = server.resident_bytes();
    let room = people.alice.lobby();
    let mut first = 0;
    for number in 0..POSTS {
        let began = Instant::now();
        let (_, seq) = people.alice.achieve(&post(room, &long_text(number))).await;
        first = if number == 0 { seq } else { first };
        people.bob.event(room).await;
        let took = began.elapsed();
        assert!(took < LINE_MAX, "message {number} took {took:?}");
    }
    let grown = server.resident_bytes().saturating_sub(before);
    assert!(grown < GROWTH_MAX, "{grown} bytes more");
    // The others talk on, until the server must have given her up. Only then she reads: what was
    // on its way to her, and that she was too slow.
    people.talk_until(sleep(BLOCKED_MAX)).await;
    let end = mallory.end().await;
    assert_eq!(end.close, Some((4008, "Too slow".into())));
    let mut expected = first;
    for got in &end.frames {
        let frame: Frame = serde_json::from_str(got.text()).expect("a whole frame");
        if let Some((seq, text)) = event_of(&frame) {
            assert_eq!((seq, number_in(text)), (expected, (expected - first) as usize));
            expected += 1;
        }
    }
    assert!(expected < first + POSTS as Seq, "she has not been sent everything");
    people.talk().await;
}

#[tokio::test]
async fn large_messages_at_full_speed_reach_the_fast_and_the_slow() {
    const POSTS: usize = 200;
    /// Small bites through a narrow socket: slow by its nature.
    const BITE_BYTES: usize = 512;
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let login = Login::new(&server, "Carol").await;
    let mut carol = Raw::narrow(&login).await;
    carol.bytes_at_a_time = BITE_BYTES;
    greet(&mut carol).await;
    let bob = Login::new(&server, "Bob").await;
    let mut bob = Raw::v1_as(&bob).await;
    greet(&mut bob).await;
    let room = alice.lobby();
    // Every character is written out in twelve bytes: as large a frame as there may be.
    let bees = (FRAME_BYTES_MAX - 300) / 12;
    let Raw { stream, .. } = &mut bob;
    let (mut from, mut to) = stream.split();
    let talk = async {
        for number in 0..POSTS {
            let OpId(op) = new_op();
            let text = format!("{number:08}{}", r"\ud83d\udc1d".repeat(bees));
            let RoomId(id) = room;
            let command = format!(r#"{{"type":"post","op":"{op}","room":"{id}","text":"{text}"}}"#);
            assert!(command.len() <= FRAME_BYTES_MAX && command.len() > FRAME_BYTES_MAX - 400);
            let bytes = frame(TEXT, command.as_bytes());
            tokio::io::AsyncWriteExt::write_all(&mut to, &bytes).await.unwrap();
        }
        std::future::pending::<()>().await;
    };
    // What Bob is told is thrown away, and read.
    let mut sink = tokio::io::sink();
    let hear = async { tokio::io::copy(&mut from, &mut sink).await };
    let listen = async {
        let fast = async {
            let began = Instant::now();
            for number in 0..POSTS {
                let What::Posted { text } = alice.event(room).await.what else { panic!("a post") };
                assert_eq!(number_in(&text), number);
            }
            began.elapsed()
        };
        let slow = async {
            let mut number = 0;
            while number < POSTS {
                let got = carol.next().await.expect("the next message");
                let frame: Frame = serde_json::from_str(got.text()).unwrap();
                if let Some((_, text)) = event_of(&frame) {
                    assert_eq!(number_in(text), number);
                    number += 1;
                }
            }
        };
        tokio::join!(fast, slow)
    };
    let listen = async {
        tokio::select! {
            heard = listen => heard,
            () = talk => unreachable!(),
            broken = hear => panic!("Bob was cut off: {broken:?}"),
        }
    };
    timeout(DEADLINE * 2, listen).await.expect("everything in time");
}

#[tokio::test]
async fn a_byte_at_a_time_everything_comes_whole_and_in_order() {
    /// Hundreds of lines of others, own lines with their answers, pings with their pongs.
    const ROUNDS: usize = 400;
    let server = Server::start().await;
    let mut bob = Client::arrive(&server, "Bob").await;
    let login = Login::new(&server, "Carol").await;
    let mut carol = Raw::narrow(&login).await;
    carol.bytes_at_a_time = 1;
    greet(&mut carol).await;
    let room = bob.lobby();

    let (mut ops, mut pings, mut lines) = (VecDeque::new(), VecDeque::new(), 0);
    let mut bytes = Vec::new();
    for round in 0..ROUNDS {
        let OpId(op) = new_op();
        let mine = Command::Post {
            op: OpId(op),
            room,
            text: format!("Carol {round} {}", "x".repeat(round)),
        };
        bytes.extend(frame(TEXT, serde_json::to_string(&mine).unwrap().as_bytes()));
        ops.push_back(OpId(op));
        lines += 1;
        let ping = format!("ping {round}").into_bytes();
        bytes.extend(frame(PING, &ping));
        pings.push_back(ping);
    }
    // She sends while she does not read yet: the server is stuck in the middle of something.
    carol.send(&bytes).await;
    for round in 0..ROUNDS {
        bob.send(&post(room, &format!("Bob {round} {}", "y".repeat(round)))).await;
        lines += 1;
    }
    let everything = async {
        let mut seq = None;
        while !(ops.is_empty() && pings.is_empty() && lines == 0) {
            let got = carol.next().await.expect("the next frame");
            if got.first == PONG {
                assert_eq!(Some(got.payload), pings.pop_front());
                continue;
            }
            assert_ne!(got.first, CLOSE, "{:?}", got.close());
            match serde_json::from_str(got.text()).expect("a whole frame") {
                Frame::Event(event) => {
                    assert!(seq.is_none_or(|seq| event.seq == seq + 1), "a hole at {}", event.seq);
                    seq = Some(event.seq);
                    lines -= 1;
                }
                Frame::Accepted { op, .. } => assert_eq!(Some(op), ops.pop_front()),
                Frame::Presence { .. } => {}
                other => panic!("{other:?}"),
            }
        }
    };
    timeout(DEADLINE * 2, everything).await.expect("everything in time");
    assert_eq!(lines, 0);
}
