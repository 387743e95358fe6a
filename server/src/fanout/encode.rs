//! Turns events into bytes ready for the wire, once per event and for both protocols.
//!
//! The lines of the plain protocol are written here by hand, because their keys have a fixed order
//! that other people's clients were written against. Pure; called by the publisher, and by reads
//! that go further back than the tail.

use axum::extract::ws::Utf8Bytes;
use shared::civil::iso;
use shared::protocol::{Event, Frame, Seq, UserId, What};

/// One event as bytes. Cloning shares them.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) seq: Seq,
    pub(crate) author: UserId,
    pub(crate) v1: Utf8Bytes,
    /// `None` where plain people have nothing to see.
    pub(crate) plain: Option<Utf8Bytes>,
    /// Whether its author gets the plain line as well: a rename, but not an own chat line.
    pub(crate) echoed: bool,
    /// The message whose text is in here: itself, or the one that it edits.
    pub(super) text_of: Option<Seq>,
}

impl Line {
    /// The same event without its text: its message has been deleted.
    pub(super) fn erased(&self) -> Self {
        let Ok(mut event) = serde_json::from_str::<Event>(&self.v1) else { return self.clone() };
        if let What::Posted { text } | What::Edited { text, .. } = &mut event.what {
            text.clear();
        }
        encode_event(&event)
    }

    pub(crate) fn bytes(&self) -> usize {
        self.v1.len() + self.plain.as_ref().map_or(0, |plain| plain.len())
    }
}

pub(crate) fn encode_event(event: &Event) -> Line {
    let plain = match &event.what {
        What::Posted { text } if !text.is_empty() => {
            Some(chat_line(&event.by.name, text, event.at_ms))
        }
        What::Renamed { from } => {
            let message = format!("{from} is now known as {}", event.by.name);
            Some(system_line(&message, event.at_ms))
        }
        _ => None,
    };
    Line {
        seq: event.seq,
        author: event.by.id,
        v1: encode_json(event),
        plain,
        echoed: !matches!(event.what, What::Posted { .. }),
        text_of: match event.what {
            What::Posted { .. } => Some(event.seq),
            What::Edited { target, .. } => Some(target),
            _ => None,
        },
    }
}

pub(crate) fn encode(frame: &Frame) -> Utf8Bytes {
    encode_json(frame)
}

/// `{"type":"chat","username":…,"message":…,"timestamp":…}`
pub(crate) fn chat_line(username: &str, message: &str, at_ms: i64) -> Utf8Bytes {
    let (username, message) = (quoted(username), quoted(message));
    let at = iso(at_ms);
    format!(r#"{{"type":"chat","username":{username},"message":{message},"timestamp":"{at}"}}"#)
        .into()
}

/// `{"type":"system","message":…,"timestamp":…}`
pub(crate) fn system_line(message: &str, at_ms: i64) -> Utf8Bytes {
    let message = quoted(message);
    let at = iso(at_ms);
    format!(r#"{{"type":"system","message":{message},"timestamp":"{at}"}}"#).into()
}

/// `place` is `the chat`, or a room's `#name`.
pub(crate) fn joined_line(name: &str, place: &str, at_ms: i64) -> Utf8Bytes {
    system_line(&format!("{name} joined {place}"), at_ms)
}

pub(crate) fn left_line(name: &str, place: &str, at_ms: i64) -> Utf8Bytes {
    system_line(&format!("{name} left {place}"), at_ms)
}

pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn encode_json(value: &impl serde::Serialize) -> Utf8Bytes {
    // Every type of the wire is plain data with string keys, which JSON always holds.
    serde_json::to_string(value).unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_lines_are_the_tutorials_byte_for_byte() {
        let at_ms = 1_795_335_600_123;
        assert_eq!(
            chat_line("User-a025", "say \"hi\"\n", at_ms).as_str(),
            r#"{"type":"chat","username":"User-a025","message":"say \"hi\"\n","timestamp":"2026-11-22T08:20:00.123Z"}"#
        );
        assert_eq!(
            left_line("Alice", "the chat", at_ms).as_str(),
            r#"{"type":"system","message":"Alice left the chat","timestamp":"2026-11-22T08:20:00.123Z"}"#
        );
    }
}
