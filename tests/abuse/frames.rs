//! Bytes that are no WebSocket frames, or announce what nobody may send.

use std::time::{Duration, Instant};

use harness::Server;
use harness::eventually::DEADLINE;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use crate::raw::{BINARY, CLOSE, PING, PONG, Raw, TEXT, announced, frame};
use crate::witnesses::{Vitals, Witnesses};

/// Far below the ten seconds of any deadline of the server.
const AT_ONCE: Duration = Duration::from_secs(3);

const LIMIT_BYTES: usize = 64 * 1024;

#[tokio::test]
async fn a_frame_that_announces_a_terabyte_is_refused_before_it_comes() {
    let server = Server::start().await;
    let mut people = Witnesses::arrive(&server).await;
    people.talk().await;
    let before = Vitals::of(&server).await;
    for length in [1 << 40, u64::MAX >> 1] {
        let mut mallory = Raw::plain(&server).await;
        mallory.send(&announced(TEXT, length, [1, 2, 3, 4])).await;
        let end = mallory.end_within(AT_ONCE).await;
        assert_eq!(end.close.expect("a close").0, 1009, "{length}");
    }
    let now = Vitals::of(&server).await;
    assert!(now.resident_bytes < before.resident_bytes + (1 << 20), "{before:?}, then {now:?}");
    people.talk().await;
    before.back(&server, 1 << 20).await;
}

#[tokio::test]
async fn a_message_may_be_as_large_as_the_limit_and_not_a_byte_larger() {
    let server = Server::start().await;
    let mut people = Witnesses::arrive(&server).await;
    // JSON that nobody asked for is ignored, whatever its size.
    let ignored = format!(r#"{{"x":"{}"}}"#, "x".repeat(LIMIT_BYTES - 8));
    assert_eq!(ignored.len(), LIMIT_BYTES);
    let mut mallory = Raw::plain(&server).await;
    mallory.send_text(&ignored).await;
    mallory.send(&frame(PING, b"alive")).await;
    let pong = timeout(AT_ONCE, async {
        loop {
            let got = mallory.next().await.expect("a pong");
            if got.first == PONG {
                return got.payload;
            }
        }
    });
    assert_eq!(pong.await.expect("a pong in time"), b"alive");

    let half = vec![b'x'; LIMIT_BYTES / 2];
    for (what, bytes) in [
        ("a byte more", frame(TEXT, &vec![b'x'; LIMIT_BYTES + 1])),
        ("a megabyte, all of it sent", frame(BINARY, &vec![0xff; 1 << 20])),
        ("too much in fragments", {
            let more = frame(0x00, &half);
            [frame(0x01, &half), more, frame(0x80, b"x")].concat()
        }),
    ] {
        let mut mallory = Raw::plain(&server).await;
        mallory.send(&bytes).await;
        let end = mallory.end_within(AT_ONCE).await;
        assert_eq!(end.close.expect(what).0, 1009, "{what}");
    }
    people.talk().await;
}

#[tokio::test]
async fn whoever_sends_far_too_much_may_finish_and_then_reads_why() {
    /// More than the kernel holds on the way.
    const BYTES: usize = 32 << 20;
    let server = Server::start().await;
    let mut people = Witnesses::arrive(&server).await;
    let mut mallory = Raw::plain(&server).await;
    let message = frame(BINARY, &vec![0xff; BYTES]);
    let sent =
        timeout(DEADLINE, mallory.stream.write_all(&message)).await.expect("somebody takes it");
    sent.expect("a reset would take the answer with it");
    assert_eq!(mallory.end_within(AT_ONCE).await.close, Some((1009, "Too big".into())));
    people.talk().await;
}

#[tokio::test]
async fn fragments_without_an_end_cost_little_and_have_a_deadline() {
    /// `MESSAGE_WAIT` of the server, its grain and a busy machine.
    const MESSAGE_MAX: Duration = Duration::from_secs(30 + 3);
    const MANY: usize = 50;
    let server = Server::start().await;
    let mut people = Witnesses::arrive(&server).await;
    people.talk().await;
    let before = Vitals::of(&server).await;
    let mut crowd = Vec::new();
    for _ in 0..MANY {
        let mut mallory = Raw::plain(&server).await;
        // As much as is allowed without an end, and empty fragments on top of it.
        mallory.send(&frame(0x01, &vec![b'x'; LIMIT_BYTES - 1])).await;
        for _ in 0..100 {
            mallory.send(&frame(0x00, b"")).await;
        }
        crowd.push(mallory);
    }
    let began = Instant::now();
    people.talk().await;
    let held = server.resident_bytes().saturating_sub(before.resident_bytes);
    let allowed = (MANY * LIMIT_BYTES * 2) as u64 + (4 << 20);
    assert!(held < allowed, "{held} bytes for {MANY} halves of a message");
    for mallory in &mut crowd {
        // They answer pings, so that only the deadline of the message is left.
        let end = async {
            loop {
                match mallory.next().await {
                    Some(got) if got.first == PING => {
                        mallory.send(&frame(PONG, &got.payload)).await;
                    }
                    Some(got) if got.first == CLOSE => return got.close(),
                    Some(_) => {}
                    None => panic!("no close frame"),
                }
            }
        };
        let left = MESSAGE_MAX.saturating_sub(began.elapsed()) + AT_ONCE;
        let close = timeout(left, end).await.expect("a close in time");
        assert_eq!(close, (4002, "Half a message".into()));
    }
    drop(crowd);
    people.talk().await;
    before.back(&server, 6 << 20).await;
}

#[tokio::test]
async fn whoever_breaks_the_protocol_is_told_how_and_closed() {
    let server = Server::start().await;
    let mut people = Witnesses::arrive(&server).await;
    let mut unmasked = frame(TEXT, b"");
    unmasked.truncate(2);
    unmasked[1] = 0;
    let close_of = |code: u16| frame(CLOSE, &code.to_be_bytes());
    let mut half_reason = 1000_u16.to_be_bytes().to_vec();
    half_reason.extend([0xe2, 0x82]);
    let cases: Vec<(&str, Vec<u8>, u16)> = vec![
        ("text that is not UTF-8", frame(TEXT, b"a\xff"), 1007),
        ("a lone surrogate", frame(TEXT, b"\xed\xa0\x80"), 1007),
        ("half a character", frame(TEXT, b"\xe2\x82"), 1007),
        (
            "bad UTF-8 in the second half",
            { [frame(0x01, b"fine"), frame(0x80, b"\xff")].concat() },
            1007,
        ),
        ("a reserved bit", frame(TEXT | 0x40, b"x"), 1002),
        ("another", frame(TEXT | 0x20, b"x"), 1002),
        ("the third", frame(TEXT | 0x10, b"x"), 1002),
        ("a reserved opcode", frame(0x83, b"x"), 1002),
        ("a reserved control opcode", frame(0x8b, b""), 1002),
        ("no mask", unmasked, 1002),
        ("a long ping", frame(PING, &[0; 126]), 1002),
        ("a fragmented ping", frame(0x09, b"x"), 1002),
        ("a continuation of nothing", frame(0x80, b"x"), 1002),
        ("a message within a message", [frame(0x01, b"a"), frame(TEXT, b"b")].concat(), 1002),
        ("a length beyond 2^63", announced(TEXT, 1 << 63, [1, 2, 3, 4]), 1002),
        ("a close of one byte", frame(CLOSE, b"x"), 1002),
        ("close code 0", close_of(0), 1002),
        ("close code 999", close_of(999), 1002),
        ("close code 1005", close_of(1005), 1002),
        ("close code 1006", close_of(1006), 1002),
        ("close code 1015", close_of(1015), 1002),
        ("close code 2000", close_of(2000), 1002),
        ("close code 65535", close_of(65_535), 1002),
        ("a close reason that is not UTF-8", frame(CLOSE, &half_reason), 1007),
    ];
    for (what, bytes, code) in cases {
        // Whole, and a byte at a time; with more of the same behind it, which nobody looks at.
        for is_slow in [false, true] {
            let mut mallory = Raw::plain(&server).await;
            if is_slow {
                for byte in &bytes {
                    mallory.send(&[*byte]).await;
                }
            } else {
                mallory.send(&bytes).await;
                mallory.send(&bytes.repeat(10)).await;
            }
            let end = mallory.end_within(AT_ONCE).await;
            assert_eq!(end.close.expect(what).0, code, "{what}, slow: {is_slow}");
        }
    }
    people.talk().await;
}

#[tokio::test]
async fn a_close_is_answered_with_its_code_and_what_was_said_before_it_counts() {
    let server = Server::start().await;
    let mut people = Witnesses::arrive(&server).await;
    for (payload, code) in [(&b""[..], 0), (b"\x03\xe8bye", 1000), (b"\x0f\xa0", 4000)] {
        let mut carol = Raw::plain(&server).await;
        let line = format!("last words before {code}");
        carol.send(&[frame(TEXT, line.as_bytes()), frame(CLOSE, payload)].concat()).await;
        let end = carol.end_within(DEADLINE).await;
        assert_eq!(end.close.expect("an answer").0, code);
        people.bob.post(&line).await;
    }
    people.talk().await;
}
