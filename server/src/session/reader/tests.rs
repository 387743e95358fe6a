//! What a client may send, in whatever pieces it comes.

use super::*;

/// Small enough that its borders are easily met.
const BYTES_MAX: usize = 64 * 1024;

const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// A frame as a client sends it.
fn client_frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![first];
    match payload.len() {
        short @ 0..=125 => out.push(0x80 | short as u8),
        medium @ 126..=65_535 => {
            out.push(0x80 | 126);
            out.extend((medium as u16).to_be_bytes());
        }
        long => {
            out.push(0x80 | 127);
            out.extend((long as u64).to_be_bytes());
        }
    }
    out.extend(MASK);
    out.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    out
}

/// What came of some bytes: the messages, and how it ended if it did.
#[derive(Debug, Default, PartialEq, Eq)]
struct Heard {
    messages: Vec<String>,
    violation: Option<Violation>,
}

/// Reads bytes in pieces that end where `cuts` says.
fn hear(bytes: &[u8], cuts: impl IntoIterator<Item = usize>) -> Heard {
    let mut reader = Reader::default();
    let mut heard = Heard::default();
    let mut start = 0;
    for end in cuts.into_iter().chain([bytes.len()]) {
        let mut piece = bytes[start..end].to_vec();
        let mut input = &mut piece[..];
        start = end;
        loop {
            match reader.next(&mut input, BYTES_MAX) {
                Ok(Some(message)) => heard.messages.push(format!("{message:?}")),
                Ok(None) => {
                    assert!(input.is_empty(), "something was left");
                    break;
                }
                Err(violation) => {
                    heard.violation = Some(violation);
                    return heard;
                }
            }
        }
    }
    heard
}

fn refused(bytes: &[u8]) -> Option<Violation> {
    let whole = hear(bytes, []);
    let single = hear(bytes, 1..bytes.len());
    assert_eq!(whole, single);
    whole.violation
}

#[test]
fn wherever_the_bytes_are_cut_the_same_messages_come() {
    let long = "ä".repeat(30_000);
    let conversation = [
        client_frame(0x81, b"hi"),
        client_frame(0x89, b"are you there"),
        client_frame(0x01, "half of it, and ä".as_bytes()),
        client_frame(0x8a, b""),
        client_frame(0x00, b""),
        client_frame(0x89, b""),
        client_frame(0x80, b" the rest"),
        client_frame(0x82, &[0, 159, 146, 150]),
        client_frame(0x81, long.as_bytes()),
        client_frame(0x81, b""),
        client_frame(0x88, b"\x03\xe8bye"),
    ]
    .concat();
    let whole = hear(&conversation, []);
    assert_eq!(whole.violation, None);
    assert_eq!(whole.messages.len(), 9);
    assert_eq!(whole.messages[4], r#"Text("half of it, and ä the rest")"#);
    assert_eq!(whole.messages[8], "Close(Some(1000))");
    for cut in 1..conversation.len().min(400) {
        assert_eq!(hear(&conversation, [cut]), whole, "cut at {cut}");
    }
    assert_eq!(hear(&conversation, 1..conversation.len()), whole, "byte by byte");
}

#[test]
fn what_breaks_the_protocol_is_told_apart() {
    use Violation::{NotUtf8, Protocol, TooBig};
    // Reserved bits, reserved opcodes.
    for first in [0xc1, 0xa1, 0x91, 0x83, 0x87, 0x8b, 0x8f] {
        assert_eq!(refused(&client_frame(first, b"x")), Some(Protocol), "{first:x}");
    }
    assert_eq!(refused(b"\x81\x02hi"), Some(Protocol), "not masked");
    assert_eq!(refused(&client_frame(0x89, &[b'x'; 126])), Some(Protocol), "a long ping");
    assert_eq!(refused(&client_frame(0x09, b"x")), Some(Protocol), "half a ping");
    assert_eq!(refused(&client_frame(0x80, b"x")), Some(Protocol), "the end of nothing");
    let twice = [client_frame(0x01, b"x"), client_frame(0x81, b"x")].concat();
    assert_eq!(refused(&twice), Some(Protocol), "two beginnings");
    assert_eq!(refused(&client_frame(0x88, b"x")), Some(Protocol), "half a code");
    for code in [0, 999, 1_004, 1_005, 1_006, 1_015, 1_016, 2_999, 5_000, 65_535_u16] {
        let frame = client_frame(0x88, &code.to_be_bytes());
        assert_eq!(refused(&frame), Some(Protocol), "{code}");
    }
    assert_eq!(refused(&client_frame(0x88, b"\x03\xe8\xff")), Some(NotUtf8));
    assert_eq!(refused(&client_frame(0x81, b"\xff")), Some(NotUtf8));
    let halves = [client_frame(0x01, b"\xc3"), client_frame(0x80, b"x")].concat();
    assert_eq!(refused(&halves), Some(NotUtf8));
    assert_eq!(refused(&client_frame(0x82, &[0; BYTES_MAX + 1])), Some(TooBig));
    let too_long = [client_frame(0x02, &[0; BYTES_MAX]), client_frame(0x80, b"x")].concat();
    assert_eq!(refused(&too_long), Some(TooBig), "all fragments count");
}

#[test]
fn what_is_only_announced_is_refused_before_it_comes() {
    let huge = [&b"\x82\xff"[..], &(1_u64 << 40).to_be_bytes(), &MASK].concat();
    assert_eq!(refused(&huge), Some(Violation::TooBig));
    let negative = [&b"\x82\xff"[..], &u64::MAX.to_be_bytes(), &MASK].concat();
    assert_eq!(refused(&negative), Some(Violation::Protocol));
}

#[test]
fn between_messages_nothing_is_kept() {
    let mut reader = Reader::default();
    let mut bytes = client_frame(0x81, b"hello");
    let (first, second) = bytes.split_at_mut(7);
    let mut input = first;
    assert_eq!(reader.next(&mut input, BYTES_MAX), Ok(None));
    assert!(reader.is_waiting());
    let mut input = second;
    assert_eq!(reader.next(&mut input, BYTES_MAX), Ok(Some(Message::Text("hello"))));
    assert!(!reader.is_waiting());
    assert_eq!(reader.next(&mut input, BYTES_MAX), Ok(None));
    assert!(reader.partial.is_none());
}

/// xorshift64*: <https://doi.org/10.18637/jss.v008.i14>, with Vigna's multiplier.
fn dice(state: &mut u64, sides: usize) -> usize {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    (state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32) as usize % sides
}

/// Frames that are nearly right, cut anywhere: whole or in pieces the outcome is the same, nothing
/// panics, and what is kept is never more than a message may have.
#[test]
fn nonsense_in_any_pieces_ends_the_same_way() {
    let seed = std::env::var("HUBBUB_SEED").map_or(1, |seed| seed.parse().unwrap());
    for world in seed..seed + 3_000 {
        let mut state = (world + 1_u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut bytes = Vec::new();
        for _ in 0..1 + dice(&mut state, 12) {
            let first = match dice(&mut state, 12) {
                0 => dice(&mut state, 256) as u8,
                1 => 0x01,
                2 => 0x00,
                3 | 4 => 0x80,
                5 => 0x89,
                6 => 0x82,
                _ => 0x81,
            };
            let length = match dice(&mut state, 10) {
                0 => 120 + dice(&mut state, 20),
                1 => dice(&mut state, 70_000),
                _ => dice(&mut state, 40),
            };
            let payload = vec![b'a' + dice(&mut state, 26) as u8; length];
            bytes.extend(client_frame(first, &payload));
            if dice(&mut state, 30) == 0 {
                let at = dice(&mut state, bytes.len());
                bytes[at] ^= 1 << dice(&mut state, 8);
            }
        }
        let whole = hear(&bytes, []);
        let mut cuts: Vec<usize> = (0..8).map(|_| dice(&mut state, bytes.len())).collect();
        cuts.sort_unstable();
        assert_eq!(hear(&bytes, cuts), whole, "HUBBUB_SEED={world}");
    }
}
