//! Turns events and frames into bytes ready for the wire, in both protocols.
//!
//! The lines of the plain protocol are written here by hand, because their keys have a fixed order
//! that other people's clients were written against. Pure; called by whoever has something to say,
//! and by `chunk` for what the log says.

use std::sync::Arc;

use shared::civil::iso;
use shared::protocol::{Event, Frame, What};

use super::frame::{Opcode, frame};

/// One whole WebSocket frame. Cloning shares it.
pub(crate) type Wire = Arc<[u8]>;

pub(crate) fn encode(frame: &Frame) -> Wire {
    text(&json(frame))
}

/// One text frame.
pub(crate) fn text(payload: &str) -> Wire {
    frame(Opcode::Text, payload.as_bytes()).into()
}

/// `{"type":"chat","username":…,"message":…,"timestamp":…}`
pub(crate) fn chat_line(username: &str, message: &str, at_ms: i64) -> Wire {
    text(&chat(username, message, at_ms))
}

/// `{"type":"system","message":…,"timestamp":…}`
pub(crate) fn system_line(message: &str, at_ms: i64) -> Wire {
    text(&system(message, at_ms))
}

/// `place` is `the chat`, or a room's `#name`.
pub(crate) fn joined_line(name: &str, place: &str, at_ms: i64) -> Wire {
    system_line(&format!("{name} joined {place}"), at_ms)
}

pub(crate) fn left_line(name: &str, place: &str, at_ms: i64) -> Wire {
    system_line(&format!("{name} left {place}"), at_ms)
}

/// An event as people of `hubbub.v1` get it.
pub(super) fn v1_event(event: &Event) -> String {
    json(event)
}

/// An event as plain people get it; `None` where they have nothing to see.
pub(super) fn plain_event(event: &Event) -> Option<String> {
    match &event.what {
        What::Posted { text } if !text.is_empty() => Some(chat(&event.by.name, text, event.at_ms)),
        What::Renamed { from } => {
            let message = format!("{from} is now known as {}", event.by.name);
            Some(system(&message, event.at_ms))
        }
        _ => None,
    }
}

fn chat(username: &str, message: &str, at_ms: i64) -> String {
    let (username, message, at) = (json(username), json(message), iso(at_ms));
    format!(r#"{{"type":"chat","username":{username},"message":{message},"timestamp":"{at}"}}"#)
}

fn system(message: &str, at_ms: i64) -> String {
    let (message, at) = (json(message), iso(at_ms));
    format!(r#"{{"type":"system","message":{message},"timestamp":"{at}"}}"#)
}

fn json(value: &(impl serde::Serialize + ?Sized)) -> String {
    // Every type of the wire is plain data with string keys, which JSON always holds.
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_lines_are_the_tutorials_byte_for_byte() {
        let at_ms = 1_795_335_600_123;
        assert_eq!(
            chat("User-a025", "say \"hi\"\n", at_ms),
            r#"{"type":"chat","username":"User-a025","message":"say \"hi\"\n","timestamp":"2026-11-22T08:20:00.123Z"}"#
        );
        assert_eq!(
            left_line("Alice", "the chat", at_ms)[2..],
            *br#"{"type":"system","message":"Alice left the chat","timestamp":"2026-11-22T08:20:00.123Z"}"#
        );
    }
}
