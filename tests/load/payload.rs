//! What a message of the benchmark says: who sent it, its number, when; and dots up to its size.
//!
//! The receiver reads all of it back out of any frame of either protocol. Pure: the time, in
//! nanoseconds since the generator's start, is an argument.

use std::io::Write as _;

/// Begins every message and stands nowhere else in a frame.
const MARK: &[u8] = b"load/";

/// The mark, three numbers of fixed width, a slash after each.
pub(crate) const BYTES_MIN: usize = MARK.len() + 4 + 10 + 17;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Payload {
    pub(crate) sender: u64,
    pub(crate) number: u64,
    pub(crate) sent_ns: u64,
}

impl Payload {
    /// The text, of exactly so many bytes.
    pub(crate) fn text(&self, bytes: usize) -> Vec<u8> {
        let Self { sender, number, sent_ns } = self;
        let mut text = MARK.to_vec();
        let _ = write!(text, "{sender:03}/{number:09}/{sent_ns:016}/");
        text.resize(bytes.max(BYTES_MIN), b'.');
        text
    }

    /// Reads it out of a frame. `None`: this is no message of the benchmark, or not as it was sent.
    pub(crate) fn find(frame: &[u8], bytes: usize) -> Option<Self> {
        let at = frame.windows(MARK.len()).position(|part| part == MARK)?;
        let text = frame.get(at..at + bytes)?;
        let (numbers, dots) = text[MARK.len()..].split_at(BYTES_MIN - MARK.len());
        let mut numbers = numbers.split(|byte| *byte == b'/').map(decimal);
        let mut next = || numbers.next().flatten();
        let found = Self { sender: next()?, number: next()?, sent_ns: next()? };
        let is_whole =
            dots.iter().all(|byte| *byte == b'.') && frame.get(at + bytes) == Some(&b'"');
        is_whole.then_some(found)
    }
}

fn decimal(digits: &[u8]) -> Option<u64> {
    let digit = |digit: &u8| digit.is_ascii_digit().then(|| u64::from(digit - b'0'));
    digits.iter().try_fold(0_u64, |number, byte| Some(number * 10 + digit(byte)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_back_out_of_a_frame_and_only_whole() {
        let payload = Payload { sender: 7, number: 123_456, sent_ns: 9_876_543_210 };
        let text = String::from_utf8(payload.text(100)).unwrap();
        assert_eq!(text.len(), 100);
        let frame = |text: &str| format!(r#"{{"type":"chat","message":"{text}","timestamp":"T"}}"#);
        assert_eq!(Payload::find(frame(&text).as_bytes(), 100), Some(payload));
        assert_eq!(Payload::find(frame(&text[..99]).as_bytes(), 100), None);
        assert_eq!(Payload::find(frame(&format!("{text}.")).as_bytes(), 100), None);
        assert_eq!(Payload::find(frame("something else").as_bytes(), 100), None);
    }
}
